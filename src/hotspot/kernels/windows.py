"""Counts in windows that move with the issue time, each as known then: one sweep over time, one row in memory."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.asof import ONE, Matrix, Versions, changes, first_at, most_changes, places, steps, whole


class Spans(NamedTuple):
    """Intervals, sorted by (group, class of length, start).

    Attributes
    ----------
    start, end : ndarray of int64, shape (n,)
        Naive UTC [us since 1970].
    begin, length : ndarray of int64, shape (n,)
        Start and length in the time by which it spreads.
    known, gone, cell, weight : ndarray, shape (n,)
        As `Versions` has them.
    first : ndarray of int64, shape (n_classes + 1,)
        Where each class starts.
    reach : ndarray of int64, shape (n_classes,)
        Longest interval of each class [us].
    group : ndarray of int64, shape (n_classes,)
        Whose clock each class goes by.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    begin: NDArray[np.int64]
    length: NDArray[np.int64]
    known: NDArray[np.int64]
    gone: NDArray[np.int64]
    cell: NDArray[np.int32]
    weight: NDArray[np.int64]
    first: NDArray[np.int64]
    reach: NDArray[np.int64]
    group: NDArray[np.int64]


class Table(NamedTuple):
    """What to count, column by column; a column is a weighted sum of windows.

    Attributes
    ----------
    times : ndarray of int64, shape (n_times,)
        Issue times [us since 1970].
    edges : ndarray of int64, shape (n_columns, n_windows, 2, n_times)
        Bounds of each window, half-open.
    readings : ndarray of int64, shape (n_groups, n_columns, n_windows, 2, n_times)
        The same bounds on the clock of each group of intervals.
    times_each : ndarray of int64, shape (n_columns, n_windows)
        How often each window counts.
    factor : ndarray, shape (n_columns, n_times)
        By which the sum is multiplied; NaN where it means nothing.
    pieces : ndarray of int64, shape (n_pieces, 3)
        Column, first and last issue time of each stretch within which no time and no bound falls.
    """

    times: NDArray[np.int64]
    edges: NDArray[np.int64]
    readings: NDArray[np.int64]
    times_each: NDArray[np.int64]
    factor: NDArray[np.float64]
    pieces: NDArray[np.int64]


@nb.njit(cache=True)
def _follow(
    state: NDArray[np.int64], cell: NDArray[np.int32], weight: NDArray[np.int64], changed: NDArray[np.int64], each: int
) -> None:
    """Add what begins to count to the state, and take away what ceases to."""
    for r in changed:
        row = r if r >= 0 else ~r
        amount = each * (ONE if weight.size == 0 else weight[row])
        state[cell[row]] += amount if r >= 0 else -amount


@nb.njit(cache=True)
def _follow_spread(
    state: NDArray[np.int64],
    place: NDArray[np.int32],
    weight: NDArray[np.int64],
    changed: NDArray[np.int64],
    each: int,
    matrix: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
) -> None:
    """Do the same to all the cells that a version sends to."""
    indptr, indices, share = matrix
    for r in changed:
        row = r if r >= 0 else ~r
        amount = each * (ONE if weight.size == 0 else weight[row])
        for k in range(indptr[place[row]], indptr[place[row] + 1]):
            sent = whole(amount * share[k])
            state[indices[k]] += sent if r >= 0 else -sent


@nb.njit(cache=True)
def _cut(
    state: NDArray[np.int64], of: Spans, edge: int, reading: NDArray[np.int64], t: int, sign: int, to: Matrix
) -> None:
    """Add the share before an edge of each interval that the edge cuts."""
    for c in range(of.reach.size):
        a, b = of.first[c], of.first[c + 1]
        for r in range(a + first_at(of.start[a:b], edge - of.reach[c] + 1), b):
            if of.start[r] >= edge:
                break
            if of.end[r] > edge and of.known[r] <= t < of.gone[r] and of.length[r] > 0:
                share = min(max((reading[of.group[c]] - of.begin[r]) / of.length[r], 0.0), 1.0)
                amount = whole(share * (ONE if of.weight.size == 0 else of.weight[r]))
                if to.indptr.size == 0:
                    state[of.cell[r]] += sign * amount
                    continue
                for k in range(to.indptr[of.cell[r]], to.indptr[of.cell[r] + 1]):
                    state[to.indices[k]] += sign * whole(amount * to.share[k])


@nb.njit(cache=True)
def _cuts(state: NDArray[np.int64], of: Spans, table: Table, at: tuple[int, int], sign: int, to: Matrix) -> None:
    c, i = at
    for w in range(table.edges.shape[1]):
        each = sign * table.times_each[c, w]
        for side in range(2):
            edge, reading = table.edges[c, w, side, i], table.readings[:, c, w, side, i]
            _cut(state, of, edge, reading, table.times[i], each if side == 1 else -each, to)


@nb.njit(cache=True)
def _write(state: NDArray[np.int64], factor: float, out: NDArray[np.float32], i: int, c: int) -> None:
    for cell in range(state.size):
        out[i, c, cell] = state[cell] * factor


@nb.njit(cache=True)
def _sweep(
    table: Table,
    piece: tuple[int, int, int, int],
    place: NDArray[np.int64],
    rows: tuple[Versions, Spans],
    to: Matrix,
    out: NDArray[np.float32],
) -> None:
    """Walk one stretch of issue times of one column; `into` is the column to write."""
    c, first, last, into = piece
    of, spans = rows
    state = np.zeros(out.shape[2], np.int64)
    most = 0
    for w in range(place.shape[0]):
        most = max(most, most_changes(place[w], first, last))
    found = np.empty(most, np.int64)
    known, gone, orders = of.known, of.gone, (of.by_known, of.by_gone)
    cell, weight, times, each, factor = of.cell, of.weight, table.times, table.times_each[c], table.factor[c]
    cut, direct, matrix = spans.start.size > 0, to.indptr.size == 0, (to.indptr, to.indices, to.share)
    for i in range(first, last):
        for w in range(place.shape[0]):
            n = changes(known, gone, orders, steps(place[w], i, first), (times[max(i - 1, first)], times[i]), found)
            if direct:
                _follow(state, cell, weight, found[:n], each[w])
            else:
                _follow_spread(state, cell, weight, found[:n], each[w], matrix)
        if cut:
            _cuts(state, spans, table, (c, i), 1, to)
        _write(state, factor[i] / ONE, out, i, into)
        if cut:
            _cuts(state, spans, table, (c, i), -1, to)


@nb.njit(parallel=True, cache=True)
def window_counts(
    table: Table, of: Versions, spans: Spans, to: Matrix, out: NDArray[np.float32], into: int = 0
) -> None:
    """Count versions in moving windows, each issue time as it was known then.

    Parameters
    ----------
    table : Table
        What to count.
    of : Versions
        All incidents; an interval at its last tick.
    spans : Spans
        The intervals among them once more: what an edge of a window cuts is shared out.
    to : Matrix
        Cells that a version counts in; empty: its own.
    out : ndarray of float32, shape (n_times, at least n_columns, n_cells)
        Is written once.
    into : int
        Column to write the first one to.
    """
    place = places(of, table.times, table.edges)
    for p in nb.prange(table.pieces.shape[0]):
        c, first, last = table.pieces[p, 0], table.pieces[p, 1], table.pieces[p, 2]
        _sweep(table, (c, first, last, into + c), place[c], (of, spans), to, out)
