"""Mass of incidents in windows of time, as known at given moments."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

FOREVER = np.iinfo(np.int64).max


@nb.njit(cache=True)
def _first_reaching(reach: NDArray[np.int64], moment: int) -> int:
    """First row whose interval, or that of a row before it, ends after a moment."""
    low, high = 0, reach.size
    while low < high:
        middle = (low + high) >> 1
        if reach[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@nb.njit(cache=True)
def _share(start: int, end: int, low: int, high: int) -> float:
    """Share of [start, end) inside [low, high); an instant counts wholly where it falls."""
    if end <= start:
        return 1.0 if low <= start < high else 0.0
    overlap = min(end, high) - max(start, low)
    return overlap / (end - start) if overlap > 0 else 0.0


@nb.njit(parallel=True, cache=True)
def window_mass(
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    asof: NDArray[np.int64],
    rows: tuple[NDArray[np.int64], ...],
    reach: NDArray[np.int64],
    n_cells: int,
) -> NDArray[np.float64]:
    """Sum the incidents in each window and cell, each window seen from its own moment.

    Parameters
    ----------
    low, high : ndarray of int64, shape (n_windows,)
        Bounds of the windows, half-open.
    asof : ndarray of int64, shape (n_windows,)
        A row counts where known <= asof < superseded.
    rows : tuple of five ndarrays of int64, shape (n_rows,)
        start (ascending), end, known, superseded, cell (-1: nowhere).
    reach : ndarray of int64, shape (n_rows,)
        Running maximum of end.
    n_cells : int
        Number of cells.

    Returns
    -------
    ndarray, shape (n_windows, n_cells)
        Mass; an interval is spread evenly over its length.
    """
    start, end, known, superseded, cell = rows
    out = np.zeros((low.size, n_cells))
    for w in nb.prange(low.size):
        for i in range(_first_reaching(reach, low[w]), start.size):
            if start[i] >= high[w]:
                break
            if known[i] <= asof[w] < superseded[i] and cell[i] >= 0:
                out[w, cell[i]] += _share(start[i], end[i], low[w], high[w])
    return out
