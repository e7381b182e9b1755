"""Estimate a profile from the rows that were known at a moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspot.incidents import Incidents
from hotspot.profile.clock import HOUR, HOURS_OF_WEEK, MONDAY, WEEK, Array
from hotspot.profile.curve import Profile
from hotspot.profile.em import DAYS, HOURS_OF_DAY, Seen, fit_rates
from hotspot.windows import Times, to_local

LONGEST = np.timedelta64(7, "D")  # longer intervals say nothing about the hour
HEAP = 5  # a minute after midnight with this many times what other hours hold stands for "unknown"
MINUTE, QUARTER = HOUR // 60, HOUR // 4
HEAPED = "heaped after midnight"

Masks = dict[str, NDArray[np.bool_]]


def estimate_profile(
    incidents: Incidents,
    time_zone: str,
    since: np.datetime64,
    until: np.datetime64,
    cutoff: np.datetime64 | None = None,
) -> Profile:
    """Estimate the weekly curve of each category.

    Exact times count in their hour, and intervals are shared out by the current curve. Rows of which only the civil
    day is known speak of weekdays alone; so do times just after midnight where these are heaped, which is how records
    write an unknown time. Hours count relative to how long they were observed. Categories are drawn to the city's
    product of weekday and hour of the day; see `hotspot.profile.em.rates_of`.

    Parameters
    ----------
    incidents : Incidents
        One row an incident, as known at the cutoff.
    time_zone : str
        IANA name.
    since, until : numpy.datetime64
        The time observed, naive UTC. Rows that begin before it or end after it are left out, and so are intervals
        longer than 7 days.
    cutoff : numpy.datetime64, optional
        Nothing later is known.

    Returns
    -------
    Profile
        A curve for each category with rows; all others get the city's. `rows` counts what was used and left out.

    References
    ----------
    Turnbull (1976), Journal of the Royal Statistical Society B 38, 290-295, grouped and censored times.
    DOI 10.1111/j.2517-6161.1976.tb01597.x
    Ashby & Bowers (2013), Crime Science 2:1, even spread against known times. DOI 10.1186/2193-7680-2-1
    """
    table = incidents.table
    start, end = (to_local(table[name].to_numpy(), time_zone) for name in ("start", "end"))
    within = (table["start"].to_numpy() >= since) & (table["end"].to_numpy() <= until)
    rows = _kinds(start, end, table["time_precision"].to_numpy() == "day", within)
    used = rows["exact"] | rows["intervals"] | rows["days"] | rows[HEAPED]
    risk = time_at_risk(since, until, time_zone)
    usual = fit_rates(_seen(start, end, rows, used), risk, np.ones(HOURS_OF_WEEK), bins=False)
    codes, names = table["category"].cat.codes.to_numpy(), table["category"].cat.categories
    curves = {}
    for code in np.unique(codes[used]).tolist():
        rates = fit_rates(_seen(start, end, rows, codes == code), risk, usual)
        curves[str(names[code])] = rates / rates.sum()
    return Profile(
        curves, time_zone, usual / usual.sum(), cutoff, {kind: int(mask.sum()) for kind, mask in rows.items()}
    )


def time_at_risk(since: np.datetime64, until: np.datetime64, time_zone: str) -> Array:
    """Say how long each hour of the week was observed.

    Parameters
    ----------
    since, until : numpy.datetime64
        Naive UTC.
    time_zone : str
        IANA name.

    Returns
    -------
    ndarray, shape (168,)
        Hours; they add up to the time from `since` to `until`.
    """
    first, last = (int(time.astype("datetime64[us]").astype(np.int64)) for time in (since, until))
    edges = np.arange(first - first % QUARTER, last, QUARTER)  # offsets are whole quarters of an hour
    length = np.minimum(edges + QUARTER, last) - np.maximum(edges, first)
    hour = _hour_of_week(to_local(edges.view("datetime64[us]"), time_zone))
    return np.asarray(np.bincount(hour, length / HOUR, HOURS_OF_WEEK))


def _kinds(start: Times, end: Times, dated: NDArray[np.bool_], within: NDArray[np.bool_]) -> Masks:
    """Sort rows by what they say about the hour; start and end are civil times."""
    day = start.astype("datetime64[D]")
    whole = dated & (day == start) & (day + 1 == end)
    exact, long = within & (end <= start), within & (end - start > LONGEST)
    heaped = _heaped(start, exact)
    return {
        "exact": exact & ~heaped,
        "intervals": within & (end > start) & ~long & ~whole,
        "days": within & whole,
        HEAPED: heaped,
        "longer than 7 days": long,
        "outside the time observed": ~within,
    }


def _heaped(start: Times, exact: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find exact times at 00:00 or 00:01 where those minutes hold far more than the same minutes of other hours."""
    minute = start.view(np.int64) // MINUTE % (60 * HOURS_OF_DAY)
    held = np.bincount(minute[exact], minlength=60 * HOURS_OF_DAY).reshape(HOURS_OF_DAY, 60)
    found = np.zeros(start.size, bool)
    for placeholder in (0, 1):
        if held[0, placeholder] > HEAP * (1 + np.median(held[1:, placeholder])):
            found |= exact & (minute == placeholder)
    return found


def _seen(start: Times, end: Times, rows: Masks, chosen: NDArray[np.bool_]) -> Seen:
    """Gather chosen rows; intervals count by the minute, and by the wall clock even where it changes."""
    exact, dated, spans = (rows[kind] & chosen for kind in ("exact", "days", "intervals"))
    dated = dated | (rows[HEAPED] & chosen)
    first, last = (edge[spans].view(np.int64) // MINUTE for edge in (start, end))
    longest = 2 * WEEK // MINUTE
    pairs, number = np.unique(
        (first - MONDAY // MINUTE) % (WEEK // MINUTE) * longest + np.maximum(last - first, 1), return_counts=True
    )
    first, length = np.divmod(pairs, longest)
    return Seen(
        np.bincount(_hour_of_week(start[exact]), minlength=HOURS_OF_WEEK).astype(float),
        np.bincount(_hour_of_week(start[dated]) // HOURS_OF_DAY, minlength=DAYS).astype(float),
        first / 60,
        (first + length) / 60,
        number.astype(float),
    )


def _hour_of_week(local: Times) -> NDArray[np.int64]:
    return np.asarray((local.view(np.int64) - MONDAY) % WEEK // HOUR)
