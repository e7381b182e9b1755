"""What features share: the guard at their door, recent counts, and the labelled array they give."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, LeakageError
from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.schema import CELL, ISSUE_TIME
from hotspot.windows import Duration, Times, shift

COLUMN = "column"


def check_issue_times(history: History, issue_times: Times) -> Times:
    """Refuse issue times later than what the History knows.

    Parameters
    ----------
    history : History
        With or without a cutoff.
    issue_times : ndarray of datetime64, shape (n_issue_times,)
        Naive UTC.

    Returns
    -------
    ndarray of datetime64[us], shape (n_issue_times,)
        The same times.

    Raises
    ------
    LeakageError
        If one of them is later than the cutoff.
    """
    times = np.atleast_1d(np.asarray(issue_times)).astype("datetime64[us]")
    if history.cutoff is not None and times.size and times.max() > history.cutoff:
        raise LeakageError(
            f"feature at {times.max()}: this History knows nothing after {history.cutoff} UTC; "
            "start from one with a later cutoff, or leave out the later issue times"
        )
    return times


def check_durations(windows: str | Sequence[str], where: str) -> tuple[str, ...]:
    """Parse the lengths of past windows.

    Parameters
    ----------
    windows : str or sequence of str
        Durations.
    where : str
        Name used in the message.

    Returns
    -------
    tuple of str
        At least one, each once.

    Raises
    ------
    InputError
        If one is not a duration, or none is left.
    """
    given = (windows,) if isinstance(windows, str) else windows
    names = tuple(dict.fromkeys(str(Duration.parse(window)) for window in given))
    if not names:
        raise InputError(f"{where} windows: got none, expected at least one duration such as '28D'")
    return names


def observed_from(history: History, times: Times) -> Times:
    """Start of the record as it was known at each time; NaT where nothing was known yet.

    Parameters
    ----------
    history : History
        What is known.
    times : ndarray of datetime64[us], shape (n_times,)
        Naive UTC.

    Returns
    -------
    ndarray of datetime64[us], shape (n_times,)
        Naive UTC.
    """
    return _remembered(history, ("observed_from", times.tobytes()), lambda: _observed_from(history, times))


def _observed_from(history: History, times: Times) -> Times:
    starts = np.full(times.shape, np.datetime64("NaT"), "datetime64[us]")
    for i, time in enumerate(times):
        known = history.as_of(time)
        if len(known.incidents):
            starts[i] = known.observed_from
    return starts


# Several features count the same windows of the same History.
def _remembered(history: History, key: Hashable, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    kept = remembered(history, key, compute)
    kept.setflags(write=False)
    return kept


def recent(history: History, times: Times, windows: tuple[str, ...]) -> NDArray[np.float64]:
    """Count the target in windows that end `latency` before each time, as it was known then.

    Where the record begins inside a window, the count is divided by the share of the window that the record covers;
    where it begins later still, the count is NaN.

    Parameters
    ----------
    history : History
        What is known.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times, naive UTC.
    windows : tuple of str
        Durations.

    Returns
    -------
    ndarray, shape (n_times, n_windows, n_cells)
        Incidents.
    """
    counted = [
        _remembered(history, (window, times.tobytes()), lambda window=window: _recent(history, times, window))  # type: ignore[misc]
        for window in windows
    ]
    return np.stack(counted, axis=1)


def _recent(history: History, times: Times, window: str) -> NDArray[np.float64]:
    """Count in one window, shape (n_times, n_cells)."""
    zone = history.domain.time_zone
    complete = shift(times, history.latency, zone, -1)
    low = shift(complete, window, zone, -1)
    start = np.maximum(low, observed_from(history, times))
    share = (complete - start).astype(np.float64) / (complete - low).astype(np.float64)
    mass = history.mass(start, complete, asof=times)
    return np.asarray(mass / np.where(complete > start, share, np.nan)[:, None])


def cell_columns(
    history: History, times: Times, columns: Sequence[str], values: NDArray[np.float64], attrs: Mapping[str, str]
) -> xr.DataArray:
    """Label values that vary over issue time and cell.

    Parameters
    ----------
    history : History
        Gives the cells.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    columns : sequence of str
        Names of the columns.
    values : ndarray, shape (n_times, n_columns, n_cells)
        In the order of computing.
    attrs : mapping
        `units`, `source`, `vintage`.

    Returns
    -------
    xarray.DataArray
        Dimensions (issue_time, cell, column), a view of the values.
    """
    coords = {ISSUE_TIME: times, CELL: history.domain.ids, COLUMN: list(columns)}
    array = xr.DataArray(values, dims=(ISSUE_TIME, COLUMN, CELL), coords=coords, attrs=dict(attrs))
    return array.transpose(ISSUE_TIME, CELL, COLUMN)
