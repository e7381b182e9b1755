"""Counts in windows and cells as a sparse table, in one pass over incidents in the order of time."""

from __future__ import annotations

from typing import TypeAlias

import numba as nb
import numpy as np
from numpy.typing import NDArray

TASKS = 32  # stretches of windows counted side by side; each holds one row of cells
CROWDED = 16  # cells for each incident of a window; where there are fewer, walking all is quicker than sorting some
Sparse: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]


@nb.njit(cache=True)
def _many(
    cell: NDArray[np.int32], scratch: NDArray[np.int32], indices: NDArray[np.int32], count: NDArray[np.int32]
) -> int:
    """Count one window and walk all cells; scratch is zero before and after. Give the number of cells that have any."""
    for c in cell:
        scratch[c] += 1
    n = 0
    for c in range(scratch.size):  # without a branch, which nobody could foretell
        indices[n], count[n] = c, scratch[c]
        n += scratch[c] > 0
        scratch[c] = 0
    return n


@nb.njit(cache=True)
def _few(
    cell: NDArray[np.int32], scratch: NDArray[np.int32], indices: NDArray[np.int32], count: NDArray[np.int32]
) -> int:
    """Do the same where few cells have any: sort those."""
    n = 0
    for c in cell:
        indices[n] = c
        n += scratch[c] == 0
        scratch[c] += 1
    indices[:n].sort()
    for k in range(n):
        count[k] = scratch[indices[k]]
        scratch[indices[k]] = 0
    return n


@nb.njit(parallel=True, cache=True)
def count_sparse(first: NDArray[np.int64], last: NDArray[np.int64], cell: NDArray[np.int32], n_cells: int) -> Sparse:
    """Count incidents in windows and cells.

    Parameters
    ----------
    first, last : ndarray of int64, shape (n_windows,)
        Which incidents lie in each window: those from first to before last.
    cell : ndarray of int32, shape (n,)
        Cell of each incident, in the order of time; none is missing.
    n_cells : int
        How many there are.

    Returns
    -------
    tuple of three ndarrays
        Where each window starts, of shape (n_windows + 1,); cells, ascending within a window; counts.
    """
    n_windows = first.size
    room, found = np.zeros(n_windows + 1, np.int64), np.zeros(n_windows + 1, np.int64)
    for w in range(n_windows):
        room[w + 1] = room[w] + min(max(last[w] - first[w], 0), n_cells) + 1
    some, count = np.empty(room[-1], np.int32), np.empty(room[-1], np.int32)
    for task in nb.prange(TASKS):
        scratch = np.zeros(n_cells, np.int32)
        for w in range(n_windows * task // TASKS, n_windows * (task + 1) // TASKS):
            a, b, rows = room[w], room[w + 1], cell[first[w] : max(first[w], last[w])]
            if rows.size * CROWDED > n_cells:
                found[w + 1] = _many(rows, scratch, some[a:b], count[a:b])
            else:
                found[w + 1] = _few(rows, scratch, some[a:b], count[a:b])
    for w in range(n_windows):
        found[w + 1] += found[w]
    indices, data = np.empty(found[-1], np.int32), np.empty(found[-1])
    for w in nb.prange(n_windows):
        for k in range(found[w + 1] - found[w]):
            indices[found[w] + k] = some[room[w] + k]
            data[found[w] + k] = count[room[w] + k]
    return found, indices, data
