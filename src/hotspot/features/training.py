"""Training rows: past issue times with known outcomes, and a sample of their (issue time, lead, cell).

Incidents are rare, so most rows are zeros. All rows with an incident are kept and zeros are drawn at random; each row
weighs the inverse of the share that was kept of its kind, so that weighted sums estimate those over all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.features.cube import assemble, rows
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.windows import Duration, Times, Windows, shift

MOST_ROWS = 1_000_000  # issue times x cells held at once while training rows are drawn
# How long the record lasts before the first issue time, and how many issue times must be left for that: long counts
# over a short record are noisy, and trees that train on many such rows trust them too little later.
WARM_UP = (("365D", 26), ("28D", 1), ("7D", 1), ("0D", 1))
VALUES_AT_ONCE = 1_000_000  # of one column
HOURS_OF_WEEK = 168
SECOND = np.timedelta64(1, "s")


class Sample(NamedTuple):
    """Rows to train on.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
        In the order of `feature_names`.
    incidents : ndarray, shape (n_rows,)
        Incidents of the target in the window and cell, as known at the cutoff.
    exposure : ndarray, shape (n_rows,)
        Length of the window times area of the cell [s m2], above 0.
    weight : ndarray, shape (n_rows,)
        How many rows of all it stands for.
    """

    features: NDArray[np.float32]
    incidents: NDArray[np.float64]
    exposure: NDArray[np.float64]
    weight: NDArray[np.float64]


def training_times(history: History, windows: Windows, training: str) -> Times:
    """Choose past issue times whose windows are over.

    They lie a whole number of spans (all leads end to end) apart, so that labels do not overlap, and as many spans as
    spread about a hundred of them over the training period. The step takes them through all weekdays and hours that the
    windows can start at.

    Parameters
    ----------
    history : History
        With a cutoff.
    windows : Windows
        What will be forecast.
    training : str
        How far back from `complete_until`.

    Returns
    -------
    ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC, ascending; the windows of the last one end by `complete_until`, the first one lies in the record.

    Raises
    ------
    InputError
        If there is none.
    """
    zone, cutoff = history.domain.time_zone, np.asarray(history.known_until)
    limit = shift(history.complete_until, training, zone, -1)
    back = [Duration(day, "D") for day in range(_most_days(windows))]
    over = (shift(cutoff, day, zone, -1) for day in back)
    last = next((time for time in over if windows.bounds(time, zone)[1].max() <= history.complete_until), cutoff)
    most = most_issue_times(history.domain.n_cells)
    step = _step(windows, training, most)
    times = np.array(
        [shift(last, Duration(i * step.count, step.unit), zone, -1) for i in range(most)], "datetime64[us]"
    )
    times = times[windows.bounds(times, zone)[1].max(axis=1) <= history.complete_until]
    for warm_up, fewest in WARM_UP:
        fits = times >= max(limit, shift(history.observed_from, warm_up, zone))
        if fits.sum() >= fewest:
            return np.asarray(times[fits][::-1])
    raise InputError(
        f"no past window of {windows.period} x {windows.leads} lies between the start of the record "
        f"({history.observed_from}) and {history.complete_until} UTC; fit at a later cutoff, or use shorter windows"
    )


def _most_days(windows: Windows) -> int:
    """Days to go back at most until windows are over: their span, a long latency, and some rounding."""
    return int(windows.duration.seconds * windows.leads / 86400) + 400


def most_issue_times(n_cells: int) -> int:
    """Say how many issue times to train on at most: more where they have few cells, which then hold few incidents.

    Parameters
    ----------
    n_cells : int
        Of the domain.

    Returns
    -------
    int
        Between 105 (two years of weeks) and 730.
    """
    return min(max(MOST_ROWS // n_cells, 105), 730)


def _step(windows: Windows, training: str, most: int) -> Duration:
    """Choose a multiple of the span of all leads that visits every weekday and hour the span itself would."""
    period = windows.duration
    span = Duration(period.count * windows.leads, period.unit)
    times = ceil(Duration.parse(training).seconds / (most * span.seconds))
    hours = round(span.seconds / 3600)
    while period.unit != "M" and gcd(times * hours, HOURS_OF_WEEK) != gcd(hours, HOURS_OF_WEEK):
        times += 1
    return Duration(span.count * times, span.unit)


def sample_rows(
    history: History, issue_times: Times, features: Sequence[Feature], windows: Windows, max_rows: int, seed: int
) -> Sample:
    """Draw training rows and compute their features, a few issue times after another.

    Parameters
    ----------
    history : History
        With a cutoff; gives the labels.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        From `training_times`.
    features : sequence of Feature
        Recipes.
    windows : Windows
        What will be forecast.
    max_rows : int
        About how many rows.
    seed : int
        Of the draw.

    Returns
    -------
    Sample
        In the order of issue time, lead, cell.
    """
    domain = history.domain
    start, end = windows.bounds(issue_times, domain.time_zone)
    flat, count = _positives(history, start, end)
    flat, count, weight = _drawn(flat, count, start.size * domain.n_cells, max_rows, np.random.default_rng(seed))
    window, cell = np.divmod(flat, domain.n_cells)
    issue, lead = np.divmod(window, windows.n_leads)
    parts, block = [], max(VALUES_AT_ONCE // domain.n_cells, 1)
    for first in range(0, issue_times.size, block):
        inside = slice(*np.searchsorted(issue, [first, first + block]))
        cube = assemble(history, issue_times[first : first + block], features, windows)
        parts.append(rows(cube, issue[inside] - first, lead[inside], cell[inside], np.float32))
    exposure = ((end - start) / SECOND).ravel()[window] * domain.size[cell]
    some = exposure > 0  # the clocks may skip a whole shift
    return Sample(np.concatenate(parts)[some], count[some], exposure[some], weight[some])


def _positives(history: History, start: Times, end: Times) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give flat positions (window, cell) of rows with an incident, ascending, and their counts."""
    found, counts = [], []
    block = max(VALUES_AT_ONCE // history.domain.n_cells, 1)
    for first in range(0, start.size, block):
        inside = slice(first, first + block)
        mass = history.mass(start.ravel()[inside], end.ravel()[inside]).ravel()
        at = np.flatnonzero(mass)
        found.append(at + first * history.domain.n_cells)
        counts.append(mass[at])
    return np.concatenate(found), np.concatenate(counts)


def _drawn(
    flat: NDArray[np.int64], count: NDArray[np.float64], total: int, max_rows: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Draw zeros, and positives where they alone are too many; give positions, counts and weights, ascending."""
    n_positive, n_zero = flat.size, total - flat.size
    keep = min(n_positive, max(max_rows // 2, max_rows - n_zero))
    some = np.sort(rng.choice(n_positive, keep, replace=False)) if keep < n_positive else np.arange(n_positive)
    n_drawn = min(n_zero, max_rows - keep)
    # the zero of rank r lies behind as many positives as have at most r zeros before them
    rank = np.sort(rng.choice(n_zero, n_drawn, replace=False))
    zeros = rank + np.searchsorted(flat - np.arange(n_positive), rank, side="right")
    weights = np.repeat([n_positive / max(keep, 1), n_zero / max(n_drawn, 1)], [keep, n_drawn])
    position = np.concatenate([flat[some], zeros])
    order = np.argsort(position)
    counts = np.concatenate([count[some], np.zeros(n_drawn)])
    return position[order], counts[order], weights[order]
