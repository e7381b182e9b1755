"""What features share: the guard at their door, recent counts, and the labelled array they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, LeakageError
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
    starts = np.full(times.shape, np.datetime64("NaT"), "datetime64[us]")
    for i, time in enumerate(times):
        known = history.as_of(time)
        if len(known.incidents):
            starts[i] = known.observed_from
    return starts


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
    zone = history.domain.time_zone
    complete = shift(times, history.latency, zone, -1)[:, None]
    low = np.stack([shift(complete[:, 0], window, zone, -1) for window in windows], axis=1)
    start = np.maximum(low, observed_from(history, times)[:, None])
    share = (complete - start).astype(np.float64) / (complete - low).astype(np.float64)
    share = np.where(complete > start, share, np.nan)
    high, asof = np.broadcast_to(complete, low.shape), np.broadcast_to(times[:, None], low.shape)
    mass = history.mass(start.ravel(), high.ravel(), asof=asof.ravel())
    return (mass / share.ravel()[:, None]).reshape(*low.shape, history.domain.n_cells)


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
