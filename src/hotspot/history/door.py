"""What a History does to its arguments at the door: dates, cells, categories and ways to spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pyproj
from numpy.typing import NDArray

from hotspot.delays import estimate_latency
from hotspot.domain import Domain
from hotspot.eligibility import Rule
from hotspot.errors import InputError, RefusedError, nearest
from hotspot.incidents import Incidents
from hotspot.profile import Profile
from hotspot.windows import shift

SPREADS = ("uniform", "weekly")
ESTIMATED = "estimated"
UNTOLD = "14D"  # a usual delay of discovered burglaries; for records that cannot tell theirs


def check_spread(spread: object, time_zone: str) -> None:
    """Refuse a way to spread that there is not.

    Parameters
    ----------
    spread : str or Profile
        As `History` takes it.
    time_zone : str
        Of the domain.

    Raises
    ------
    InputError
        If it is none, or a profile of another zone.
    """
    if isinstance(spread, Profile):
        if spread.time_zone != time_zone:
            raise InputError(
                f"History: the profile is in {spread.time_zone}, the domain in {time_zone}; expected the same time zone"
            )
    elif spread not in SPREADS:
        raise InputError(f"History: spread is {spread!r}; expected {' or '.join(map(repr, SPREADS))}, or a Profile")


def known_spread(spread: str | Profile, time: np.datetime64) -> str | Profile:
    """Forget a profile that was estimated from what became known later.

    Parameters
    ----------
    spread : str or Profile
        As `History` takes it.
    time : numpy.datetime64
        A cutoff.

    Returns
    -------
    str or Profile
        The same, or "weekly" where it would leak.
    """
    late = isinstance(spread, Profile) and spread.cutoff is not None and spread.cutoff > time
    return "weekly" if late else spread


def known_latency(log: Incidents, time: np.datetime64, target: Iterable[str] | None) -> str:
    """Estimate the latency from what was known at a moment.

    Parameters
    ----------
    log : Incidents
        Every version known then.
    time : datetime64
        The moment, naive UTC.
    target : iterable of str or None
        Whose incidents count.

    Returns
    -------
    str
        `UNTOLD` where that is too little to tell.
    """
    there = None if target is None else [name for name in target if name in log.categories]
    try:
        return estimate_latency(log, time, categories=there)
    except InputError:
        return UNTOLD


def dated(incidents: Incidents, domain: Domain, latency: str) -> Incidents:
    """Bring rows into the domain, and fill in when each version was known.

    Parameters
    ----------
    incidents : Incidents
        In the CRS of the domain.
    domain : Domain
        The study area.
    latency : str
        How long after its end a row without a date is known.

    Returns
    -------
    Incidents
        With `known_at` in every row; where some were filled in, `said` is false.

    Raises
    ------
    InputError
        If the CRS differs, or no row is inside.
    """
    if pyproj.CRS.from_user_input(incidents.crs) != pyproj.CRS.from_user_input(domain.crs):
        raise InputError(
            f"History: incidents are in {incidents.crs}, the domain in {domain.crs}; "
            "call incidents.within(domain) first"
        )
    incidents = incidents.within(domain)
    known = incidents.known_at
    unknown = np.isnat(known)
    if not unknown.any():
        return incidents
    filled = known.copy()
    filled[unknown] = shift(incidents.end[unknown], latency, domain.time_zone)
    return replace(incidents, table=incidents.table.assign(known_at=filled, said=~unknown))


def located(incidents: Incidents, domain: Domain) -> Incidents:
    """Find the cell of each row; what was dated anew is sorted and superseded anew.

    Parameters
    ----------
    incidents : Incidents
        Dated.
    domain : Domain
        The study area.

    Returns
    -------
    Incidents
        With a column `cell`, -1 where there is none; on street segments also `snap_distance`, how far away the segment
        is [m], missing where there is none, and a note on how many are too far from every segment.
    """
    table = incidents.table
    cell, far = domain.snap(table["x"].to_numpy(), table["y"].to_numpy())
    if domain.measure != "length":
        return replace(incidents, table=table.assign(cell=cell), checked=False)
    off, report = int((cell < 0).sum()), incidents.quality
    if off:
        report = report.noting(
            f"{off:,} of {len(table):,} rows inside the boundary are too far from every street segment"
        )
    return replace(incidents, table=table.assign(cell=cell, snap_distance=far), report=report, checked=False)


def chosen(incidents: Incidents, target: Iterable[str] | None) -> NDArray[np.bool_]:
    """Say which rows are of the target.

    Parameters
    ----------
    incidents : Incidents
        Of eligible categories.
    target : tuple of str or None
        None: all.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        Whether it counts.
    """
    if target is None:
        return np.ones(len(incidents), bool)
    category = incidents.table["category"]
    return np.asarray(category.isin(list(target)).to_numpy())


def of_categories(
    incidents: Incidents, target: Iterable[str] | None, of: str | tuple[str, ...], left_out: Mapping[str, Rule]
) -> NDArray[np.bool_]:
    """Say which rows are of the target, of all categories, or of some.

    Parameters
    ----------
    incidents : Incidents
        Of eligible categories.
    target : tuple of str or None
        None: all.
    of : "target", "all" or tuple of str
        Which.
    left_out : mapping of str to Rule
        Categories that are not eligible.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        Whether it counts.

    Raises
    ------
    InputError
        If a category does not exist. One that is only met later exists: what the file holds counts, not what was known.
    RefusedError
        If a category is not eligible.
    """
    if of == "target" or of == "all":
        return chosen(incidents, target if of == "target" else None)
    names = (of,) if isinstance(of, str) else of
    there = [str(name) for name in incidents.table["category"].cat.categories if name not in left_out]
    for name in names:
        if name in left_out:
            rule = left_out[name]
            raise RefusedError(
                f"features of {name!r}: refused as {rule.kind}: {rule.why}. To use it all the same, give the reason: "
                f"History(..., eligible={{{name!r}: 'why'}})"
            )
        if name not in there:
            raise InputError(f"features of {name!r}: no incident has this category; {nearest(name, there)}")
    return chosen(incidents, names)
