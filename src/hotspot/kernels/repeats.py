"""Repeats: incidents of a window that are not the only one at their place, each issue time as known then."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.asof import Versions, changes, most_changes, places, steps


@nb.njit(cache=True)
def _sweep(
    times: NDArray[np.int64],
    place: NDArray[np.int64],
    of: Versions,
    cells: NDArray[np.int64],
    out: NDArray[np.float32],
    into: int,
) -> None:
    at_place, in_cell = np.zeros(cells.size, np.int64), np.zeros(out.shape[2], np.int64)
    known, gone, orders, spot = of.known, of.gone, (of.by_known, of.by_gone), of.cell
    found = np.empty(most_changes(place, 0, times.size), np.int64)
    for i in range(times.size):
        n = changes(known, gone, orders, steps(place, i, 0), (times[max(i - 1, 0)], times[i]), found)
        for r in found[:n]:
            here = spot[r if r >= 0 else ~r]
            if r >= 0:
                in_cell[cells[here]] += 1 if at_place[here] > 0 else 0
                at_place[here] += 1
            else:
                at_place[here] -= 1
                in_cell[cells[here]] -= 1 if at_place[here] > 0 else 0
        for cell in range(in_cell.size):
            out[i, into, cell] = in_cell[cell]


@nb.njit(parallel=True, cache=True)
def count_repeats(
    times: NDArray[np.int64],
    edges: NDArray[np.int64],
    pieces: NDArray[np.int64],
    of: Versions,
    cells: NDArray[np.int64],
    out: NDArray[np.float32],
    into: int,
) -> None:
    """Count in each cell the incidents of a window beyond the first at each place.

    Parameters
    ----------
    times : ndarray of int64, shape (n_times,)
        Issue times [us since 1970].
    edges : ndarray of int64, shape (1, 1, 2, n_times)
        Bounds of the window, half-open.
    pieces : ndarray of int64, shape (n_pieces, 2)
        First and last issue time of each stretch within which no time and no bound falls.
    of : Versions
        Incidents, with the position of their place for a cell.
    cells : ndarray of int64, shape (n_places,)
        Cell of each place.
    out : ndarray of float32, shape (n_times, n_columns, n_cells)
        One column of it is written.
    into : int
        Which.
    """
    place = places(of, times, edges)[0, 0]
    for p in nb.prange(pieces.shape[0]):
        first, last = pieces[p, 0], pieces[p, 1]
        _sweep(times[first:last], place[first:last], of, cells, out[first:last], into)
