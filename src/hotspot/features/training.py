"""Training times: past issue times whose outcome is known."""

from __future__ import annotations

from math import ceil, gcd

import numpy as np

from hotspot.errors import InputError
from hotspot.history import History
from hotspot.windows import Duration, Times, Windows, shift

MOST_ROWS = 1_000_000  # issue times x cells to draw training rows from
# How long the record lasts before the first issue time, and how many issue times must be left for that: long counts
# over a short record are noisy, and trees that train on many such rows trust them too little later.
WARM_UP = (("365D", 26), ("28D", 1), ("7D", 1), ("0D", 1))
HOURS_OF_WEEK = 168


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
