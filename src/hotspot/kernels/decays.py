"""Sums of incidents whose weight fades by half each half-life, each issue time as known then: one sweep over time.

Time is cut into blocks of twelve half-lives, at multiples of that since 1970. An incident's weight at the end of its
block is a whole number of units of 2^-40, and a block's sum one of such numbers: so neither the order of incidents nor
where a sweep begins leaves a trace. The value at an issue time is made of the last three blocks, each faded to then;
incidents older than at least 24 half-lives, which weigh less than 6e-8 each, are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.asof import Matrix, Versions, changes, first_at, most_changes, places, steps, whole
from hotspot.kernels.density import fast_exp

BLOCK, BLOCKS = 12, 3  # half-lives a block, blocks that count
UNITS = float(1 << 40)
LN2 = 0.6931471805599453


class Fading(NamedTuple):
    """What to sum, column by column.

    Attributes
    ----------
    times : ndarray of int64, shape (n_times,)
        Issue times [us since 1970].
    edges : ndarray of int64, shape (n_columns, 1, 2, n_times)
        Where the record begins and where it ends; the lower one no earlier than the oldest block that counts.
    half_life : ndarray of int64, shape (n_columns,)
        Of each column [us].
    factor : ndarray, shape (n_columns, n_times)
        By which the sum is multiplied; NaN where it means nothing.
    pieces : ndarray of int64, shape (n_pieces, 3)
        Column, first and last issue time of each stretch within which no time and no edge falls.
    """

    times: NDArray[np.int64]
    edges: NDArray[np.int64]
    half_life: NDArray[np.int64]
    factor: NDArray[np.float64]
    pieces: NDArray[np.int64]


@nb.njit(cache=True)
def _weigh(moment: NDArray[np.int64], first: int, last: int, half_life: int) -> NDArray[np.int64]:
    """Give the weight of some versions at the end of their block [units]; they are sorted by moment."""
    of, block, scale = moment[first : max(first, last)], BLOCK * half_life, -LN2 / half_life
    weight, a = np.empty(of.size, np.int64), 0
    while a < of.size:
        end = (of[a] // block + 1) * block
        b = first_at(of, end)
        some, there = of[a:b], weight[a:b]
        for r in range(there.size):
            there[r] = np.int64(UNITS * fast_exp(scale * (end - some[r])) + 0.5)
        a = b
    return weight


@nb.njit(cache=True)
def _follow(
    state: NDArray[np.int64],
    rows: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]],
    changed: NDArray[np.int64],
    at: tuple[int, int, int],
    matrix: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
) -> None:
    """Add what begins to count to its block, and take away what ceases to, unless its block is gone as a whole."""
    moment, place, weights = rows
    low, newest, block = at
    indptr, indices, share = matrix
    of_newest, begin = newest % BLOCKS, newest * block
    for r in changed:
        row = r if r >= 0 else ~r
        if moment[row] < begin - 2 * block:
            continue
        slot = of_newest - (moment[row] < begin) - (moment[row] < begin - block)
        slot, weight = slot + BLOCKS if slot < 0 else slot, weights[row - low]
        if indptr.size == 0:
            state[slot, place[row]] += weight if r >= 0 else -weight
            continue
        for k in range(indptr[place[row]], indptr[place[row] + 1]):
            sent = whole(weight * share[k])
            state[slot, indices[k]] += sent if r >= 0 else -sent


@nb.njit(cache=True)
def _write(
    state: NDArray[np.int64], faded: tuple[float, float, float], out: NDArray[np.float32], i: int, c: int
) -> None:
    first, second, third = faded
    for cell in range(state.shape[1]):
        out[i, c, cell] = (state[0, cell] * first + state[1, cell] * second) + state[2, cell] * third


@nb.njit(cache=True)
def _faded(slot: int, clock: tuple[int, int, int], factor: float) -> float:
    """Fade a unit at the end of a slot's block to now; the block in progress ends later, so there it grows."""
    newest, end, half_life = clock
    block = newest - (newest - slot) % BLOCKS
    age = end - (block + 1) * BLOCK * half_life
    return float(fast_exp(-LN2 * age / half_life) * factor / UNITS)


@nb.njit(cache=True)
def _sweep(table: Fading, piece: tuple[int, int, int, int], of: Versions, to: Matrix, out: NDArray[np.float32]) -> None:
    c, first, last, into = piece
    half_life, times, factor, end = table.half_life[c], table.times, table.factor[c], table.edges[c, 0, 1]
    place = places(of, times[first:last], table.edges[c : c + 1, :, :, first:last])[0, 0]
    found = np.empty(most_changes(place, 0, last - first), np.int64)
    low = place[0, 0]
    weight = _weigh(of.moment, low, place[-1, 1], half_life)
    known, gone, orders, cell, moment = of.known, of.gone, (of.by_known, of.by_gone), of.cell, of.moment
    state, matrix = np.zeros((BLOCKS, out.shape[2]), np.int64), (to.indptr, to.indices, to.share)
    newest = end[first] // (BLOCK * half_life)
    for i in range(first, last):
        now = end[i] // (BLOCK * half_life)
        for block in range(max(newest, now - BLOCKS) + 1, now + 1):
            state[block % BLOCKS] = 0
        newest = now
        around = (times[max(i - 1, first)], times[i])
        n = changes(known, gone, orders, steps(place, i - first, 0), around, found)
        _follow(state, (moment, cell, weight), found[:n], (low, newest, BLOCK * half_life), matrix)
        clock = (newest, end[i], half_life)
        faded = (_faded(0, clock, factor[i]), _faded(1, clock, factor[i]), _faded(2, clock, factor[i]))
        _write(state, faded, out, i, into)


@nb.njit(parallel=True, cache=True)
def fading_sums(table: Fading, of: Versions, to: Matrix, out: NDArray[np.float32], into: int = 0) -> None:
    """Sum weights that fade, each issue time as it was known then.

    Parameters
    ----------
    table : Fading
        What to sum.
    of : Versions
        Incidents; an interval at its middle.
    to : Matrix
        Cells that a version counts in; empty: its own.
    out : ndarray of float32, shape (n_times, at least n_columns, n_cells)
        Is written once.
    into : int
        Column to write the first one to.
    """
    for p in nb.prange(table.pieces.shape[0]):
        c, first, last = table.pieces[p, 0], table.pieces[p, 1], table.pieces[p, 2]
        _sweep(table, (c, first, last, into + c), of, to, out)
