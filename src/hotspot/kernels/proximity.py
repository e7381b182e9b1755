"""How near events are to cells, in space and time."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

HOUR = 3.6e9  # microseconds


@nb.njit(cache=True)
def presence(low: float, high: float, length: float, before: float, after: float, reach: float) -> float:
    """Mean over a window of what an event weighs: 1 while it lasts, decaying before and after.

    Parameters
    ----------
    low, high : float
        Bounds of the window, from the start of the event [h].
    length : float
        Of the event [h].
    before, after : float
        Decay times [h]; 0 for none.
    reach : float
        Decay times after which nothing is left.

    Returns
    -------
    float
        From 0 to 1.
    """
    total = max(0.0, min(high, length) - max(low, 0.0))
    if before > 0:
        first, last = max(low, -reach * before), min(high, 0.0)
        if first < last:
            total += before * (np.exp(last / before) - np.exp(first / before))
    if after > 0:
        first, last = max(low - length, 0.0), min(high - length, reach * after)
        if first < last:
            total += after * (np.exp(-first / after) - np.exp(-last / after))
    return total / (high - low)


@nb.njit(cache=True, parallel=True)
def event_mass(
    issue: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    known: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    weight: NDArray[np.float64],
    site: NDArray[np.int64],
    indptr: NDArray[np.int64],
    cell: NDArray[np.int64],
    near: NDArray[np.float64],
    decay: tuple[float, float, float],
    out: NDArray[np.float32],
) -> None:
    """Sum events over their sites' cells, one window an index; events are added in their order.

    Parameters
    ----------
    issue, low, high : ndarray of int, shape (n_windows,)
        Issue time and bounds of each window [us].
    first, last : ndarray of int, shape (n_windows,)
        Events that can matter, half-open.
    known, start, end : ndarray of int, shape (n_events,)
        When each was known, begins and ends [us].
    weight : ndarray, shape (n_events,)
        Of each.
    site : ndarray of int, shape (n_events,)
        Where each takes place.
    indptr, cell, near : ndarray
        Cells near each site and how near, as compressed rows.
    decay : tuple of float
        Decay times before and after [h], and their number after which nothing is left.
    out : ndarray of float32, shape (n_windows, n_cells)
        Written; NaN where no time elapses in a window.
    """
    before, after, reach = decay
    for w in nb.prange(low.size):
        if high[w] <= low[w]:
            out[w] = np.nan
            continue
        total = np.zeros(out.shape[1])
        for e in range(first[w], last[w]):
            if known[e] > issue[w]:
                continue
            begin, length = (low[w] - start[e]) / HOUR, (end[e] - start[e]) / HOUR
            mass = weight[e] * presence(begin, (high[w] - start[e]) / HOUR, length, before, after, reach)
            if mass > 0:
                for k in range(indptr[site[e]], indptr[site[e] + 1]):
                    total[cell[k]] += mass * near[k]
        for c in range(total.size):
            out[w, c] = total[c]
