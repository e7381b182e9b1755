"""How long ago the last incident was, in a cell and around it, as known at many issue times."""

from __future__ import annotations

from typing import TypeAlias

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.asof import first_at

PIECE = 64  # issue times walked in one go
DAY = 86_400e6  # [us]
Rows: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@nb.njit(cache=True)
def _walk(
    times: NDArray[np.int64],
    begin: NDArray[np.int64],
    rows: Rows,
    first: NDArray[np.int64],
    near: tuple[NDArray[np.int64], NDArray[np.int64]],
    out: NDArray[np.float32],
) -> None:
    """Keep, for each cell, how many of its rows lie before the issue time; the last one known is near their end."""
    moment, known, gone = rows
    indptr, indices = near
    n_cells = first.size - 1
    before, last = np.empty(n_cells, np.int64), np.empty(n_cells, np.int64)
    for cell in range(n_cells):
        before[cell] = first[cell] + first_at(moment[first[cell] : first[cell + 1]], times[0])
    for i in range(times.size):
        t = times[i]
        for cell in range(n_cells):
            r = before[cell]
            while r < first[cell + 1] and moment[r] < t:
                r += 1
            before[cell] = r
            r -= 1
            while r >= first[cell] and moment[r] > begin[i] and not known[r] <= t < gone[r]:
                r -= 1
            last[cell] = max(moment[r], begin[i]) if r >= first[cell] else begin[i]
            out[i, 0, cell] = (t - last[cell]) / DAY
        for cell in range(n_cells):
            latest = last[cell]
            for k in range(indptr[cell], indptr[cell + 1]):
                latest = max(latest, last[indices[k]])
            out[i, 1, cell] = (t - latest) / DAY


@nb.njit(parallel=True, cache=True)
def days_since(
    times: NDArray[np.int64],
    begin: NDArray[np.int64],
    rows: Rows,
    first: NDArray[np.int64],
    near: tuple[NDArray[np.int64], NDArray[np.int64]],
    out: NDArray[np.float32],
) -> None:
    """Tell how long ago the last known incident was, or the record began.

    Parameters
    ----------
    times : ndarray of int64, shape (n_times,)
        Issue times [us since 1970], ascending.
    begin : ndarray of int64, shape (n_times,)
        Start of the record as known at each.
    rows : tuple of three ndarrays of int64, shape (n,)
        moment, known, gone of versions, sorted by cell and moment.
    first : ndarray of int64, shape (n_cells + 1,)
        Where the versions of each cell start.
    near : tuple of two ndarrays of int64
        Neighbours of each cell in compressed rows.
    out : ndarray of float32, shape (n_times, 2, n_cells)
        Is written: in the cell, and in it or a neighbour [days].
    """
    for p in nb.prange((times.size + PIECE - 1) // PIECE):
        some = slice(p * PIECE, (p + 1) * PIECE)
        _walk(times[some], begin[some], rows, first, near, out[some])
