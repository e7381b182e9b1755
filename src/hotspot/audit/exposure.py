"""Exposure: the share of the time a resident's cell is flagged, by group and by area."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hotspot.audit.residents import surface_shares
from hotspot.domain import Domain, read_domain
from hotspot.errors import InputError
from hotspot.evaluate.bootstrap import Bootstrap, check_level
from hotspot.evaluate.pieces import pieces
from hotspot.evaluate.scores import with_model
from hotspot.evaluate.selection import select, sizes
from hotspot.layers import Areas
from hotspot.schema import CELL, ISSUE_TIME, LEAD, MODEL, VALID_END, VALID_START

FEWEST_RESIDENTS = 500
GROUP, AREA = "group", "area_id"
CAVEATS = (
    "Group shares belong to areas, not to persons: residents are spread evenly {over} their area, and nothing here "
    "says who in it met with what.",
    "Residents are not the people who are there by day or at night; visitors and workers are not counted.",
    "The figures depend on the size of cells and areas ({typical} here); make them again with another size before "
    "relying on them.",
)


class _People(NamedTuple):
    """Residents by cell and by area; the last column of `cells` holds all residents."""

    groups: list[str]
    cells: NDArray[np.float64]
    shares: csr_array
    covered: NDArray[np.float64]
    areas: Areas
    measure: str
    spacing: float


def exposure(
    runs: xr.Dataset,
    *,
    groups: Areas,
    coverage: float = 0.01,
    rng: int | None = None,
    interval: float = 0.95,
    domain: Domain | None = None,
) -> xr.Dataset:
    """Measure how much of the time residents live in a flagged cell.

    For group g, E_g = sum_c pop_cg x_c / sum_c pop_cg, where x_c is the share of the time that `select` flags cell c.

    Parameters
    ----------
    runs : xarray.Dataset
        From `backtest`, or one forecast, which is then called ``"forecast"``.
    groups : Areas
        Residents, as a whole and by group.
    coverage : float
        Share of the domain's area (street length) that is flagged in each window.
    rng : int, optional
        Seed of the lots between tied cells; default 0.
    interval : float
        Level of the limits, from a moving-block bootstrap over issue times; NaN with fewer than three blocks.
    domain : Domain, optional
        Cells of the runs. Default: the one that the runs carry in their attributes.

    Returns
    -------
    xarray.Dataset
        `exposure` (model, group), `difference` from and `ratio` to the mean of all residents with `ratio_lower` and
        `ratio_upper`; `overall` (model), that mean; `min_max_ratio` (model), least over largest exposure of a group;
        `residents` (group); `exposure_by_area` (model, area_id) and `residents_by_area` (area_id). Groups with fewer
        than 500 residents in cells are NaN and named in ``attrs["suppressed"]``. ``attrs["residents_outside"]`` counts
        residents of no cell, ``attrs["caveats"]`` says what the figures cannot say.

    Raises
    ------
    InputError
        If there are no groups or residents, none lives in a cell, or the cells are not those of the domain.

    References
    ----------
    Barocas, Hardt & Narayanan (2023), Fairness and Machine Learning, MIT Press, ch. 3: parity between groups; Feldman
    et al. (2015), doi:10.1145/2783258.2783311: least over largest rate; Weerts et al. (2023), JMLR 24(257): fairlearn's
    form of overall, by group, difference and ratio; Kunsch (1989), doi:10.1214/aos/1176347265.
    """
    check_level(interval, "exposure")
    runs = with_model(runs).sortby(ISSUE_TIME)
    people = _people(groups, _domain(runs, domain))
    flagged = xr.concat(list(_flagged_time(runs, coverage, rng)), ISSUE_TIME)
    seconds = _seconds(runs).sum(LEAD)
    counts = xr.DataArray(people.cells, dims=(CELL, GROUP))
    time = xr.dot(flagged, counts, dim=CELL)
    boot = Bootstrap.of(runs)
    whole = _rates(time.sum(ISSUE_TIME), seconds.sum(ISSUE_TIME), people)
    lower, upper = boot.limits(_rates(boot.sums(time), boot.sums(seconds), people)["ratio"], interval)
    share = (flagged.sum(ISSUE_TIME) / seconds.sum()).transpose(CELL, MODEL)
    by_area = xr.DataArray(people.shares @ share.values, dims=(AREA, MODEL)) / xr.DataArray(people.covered, dims=AREA)
    result = xr.Dataset({**whole, "ratio_lower": lower, "ratio_upper": upper, "exposure_by_area": by_area})
    coords = {MODEL: runs[MODEL].values, GROUP: people.groups, AREA: people.areas.ids, "coverage": coverage}
    result = result.assign(
        residents=(GROUP, people.cells.sum(axis=0)[:-1]), residents_by_area=(AREA, people.areas.residents)
    )
    order = (MODEL, GROUP, AREA)
    result = result.drop_vars("target", errors="ignore").assign_attrs(target=str(runs["target"].values))
    return _described(result.assign_coords(coords).transpose(*order), people, boot.note(interval))


def _domain(runs: xr.Dataset, domain: Domain | None) -> Domain:
    if domain is None:
        if "domain" not in runs.attrs:
            raise InputError("exposure: the runs do not carry their domain; give it: exposure(..., domain=domain)")
        domain = read_domain(runs.attrs["domain"], runs[CELL].values, sizes(runs)[0])
    if not np.array_equal(domain.ids, runs[CELL].values):
        raise InputError(
            f"exposure: the runs have {runs.sizes[CELL]} cells, the domain {domain.n_cells}, and their ids are not the "
            "same; give the domain of the runs"
        )
    return domain


def _people(areas: Areas, domain: Domain) -> _People:
    if not isinstance(areas, Areas):
        raise InputError(
            f"exposure: groups is a {type(areas).__name__}; expected read_areas(..., residents=column, groups={{...}})"
        )
    shares = surface_shares(areas, domain)
    table = areas.group_counts()
    counts = np.column_stack([table.to_numpy(np.float64), areas.residents])
    cells = shares.T @ counts
    if not cells[:, -1].sum() > 0:
        raise InputError("exposure: no resident lives in a cell; check the CRS of the areas and the residents column")
    covered = shares.sum(axis=1)
    covered[covered == 0] = np.nan  # such an area has no exposure
    return _People([str(name) for name in table.columns], cells, shares, covered, areas, domain.measure, domain.spacing)


def _seconds(runs: xr.Dataset) -> xr.DataArray:
    span: xr.DataArray = (runs[VALID_END] - runs[VALID_START]) / np.timedelta64(1, "s")
    return span.drop_vars([VALID_START, VALID_END])


def _flagged_time(runs: xr.Dataset, coverage: float, rng: int | None) -> Iterator[xr.DataArray]:
    """Seconds that each cell was flagged, (model, issue_time, cell), some issue times after the other."""
    for _, piece in pieces(runs):
        chosen = select(piece, coverage=coverage, rng=rng)
        yield xr.dot(
            chosen.drop_vars(list(chosen.coords)).astype(float), _seconds(piece).drop_vars([ISSUE_TIME, LEAD]), dim=LEAD
        )


def _rates(time: xr.DataArray, seconds: xr.DataArray, people: _People) -> dict[str, xr.DataArray]:
    """Exposure of each group and of all, from the person-seconds under flagged cells."""
    total = people.cells.sum(axis=0)
    shown = total >= FEWEST_RESIDENTS
    shown[-1] = True
    rate = time / seconds / xr.DataArray(np.where(shown, total, np.nan), dims=GROUP)
    overall, by_group = rate.isel({GROUP: -1}), rate.isel({GROUP: slice(None, -1)})
    axis = by_group.get_axis_num(GROUP)
    # without groups there is nothing to compare; what is left is exposure overall and by area
    least = overall.copy(data=np.fmin.reduce(by_group.values, axis=axis, initial=np.inf if len(total) == 1 else None))
    largest = overall.copy(data=np.fmax.reduce(by_group.values, axis=axis, initial=0.0 if len(total) == 1 else None))
    return {
        "exposure": by_group,
        "overall": overall,
        "difference": by_group - overall,
        "ratio": by_group / overall.where(overall > 0),
        "min_max_ratio": least / largest.where(largest > 0),
    }


def _described(result: xr.Dataset, people: _People, note: str) -> xr.Dataset:
    units = {"residents": "persons", "residents_by_area": "persons"}
    for name, variable in result.data_vars.items():
        variable.attrs = {"units": units.get(str(name), "1")}
    few = people.cells.sum(axis=0)[:-1] < FEWEST_RESIDENTS
    return result.assign_attrs(
        interval=note,
        suppressed=[name for name, small in zip(people.groups, few, strict=True) if small],
        residents_outside=max(0.0, round(float(people.areas.residents.sum() - people.cells[:, -1].sum()), 3)),
        measure=people.measure,
        caveats=_caveats(people),
    )


def _caveats(people: _People) -> list[str]:
    """Say what the figures cannot say."""
    streets = people.measure == "length"
    typical = f"{'segments' if streets else 'cells'} of {people.spacing:.0f} m"
    return [line.format(over="along the streets of" if streets else "over", typical=typical) for line in CAVEATS]
