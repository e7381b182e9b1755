"""Versions of incidents, and which of them come into and go out of a window between one issue time and the next.

A version counts at an issue time t where known <= t < gone and its moment lies in [low, high). While t, low and high
only rise, few versions change from one issue time to the next, and those are found without looking at the others.
Sums that follow the changes are whole numbers in fixed point, so that the way there leaves no trace in them.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

ONE = 1 << 32  # an incident in fixed point
PIECE = 4096  # issue times swept in one go: a constant, so that the number of threads changes nothing


class Versions(NamedTuple):
    """Versions of incidents in a cell, sorted by moment.

    Attributes
    ----------
    moment : ndarray of int64, shape (n,)
        When it happened [us since 1970]; for an interval the last tick of it, or its middle.
    known, gone : ndarray of int64, shape (n,)
        It counts at t where known <= t < gone [us since 1970].
    cell : ndarray of int32, shape (n,)
        Position of the cell, or row of a `Matrix`.
    weight : ndarray of int64, shape (n,) or (0,)
        What each counts in units of 2^-32; none where each counts 1.
    by_known : ndarray of int32, shape (n,)
        Positions in the order of known.
    by_gone : ndarray of int32, shape (n_gone,)
        Positions of those that are gone at some time, in the order of gone.
    """

    moment: NDArray[np.int64]
    known: NDArray[np.int64]
    gone: NDArray[np.int64]
    cell: NDArray[np.int32]
    weight: NDArray[np.int64]
    by_known: NDArray[np.int32]
    by_gone: NDArray[np.int32]


class Matrix(NamedTuple):
    """Where incidents count: a sparse matrix, one row a place.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_rows + 1,) or (0,)
        Where each row starts; empty where each incident counts in its own cell only.
    indices : ndarray of int32, shape (n,)
        Cells.
    share : ndarray, shape (n,)
        How much each of them receives.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    share: NDArray[np.float64]


@nb.njit(cache=True)
def whole(amount: float) -> int:
    """Round to the nearest whole number; halves go up."""
    return int(np.floor(amount + 0.5))


@nb.njit(cache=True)
def first_at(values: NDArray[np.int64], moment: int) -> int:
    """Count the values before a moment; they are sorted.

    Parameters
    ----------
    values : ndarray of int64, shape (n,)
        Sorted.
    moment : int
        Where to cut.

    Returns
    -------
    int
        Position of the first value at or after the moment.
    """
    low, high = 0, values.size
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@nb.njit(cache=True)
def until(values: NDArray[np.int64], order: NDArray[np.int32], moment: int) -> int:
    """Count the values at or before a moment, where an order sorts them.

    Parameters
    ----------
    values : ndarray of int64, shape (n,)
        In any order.
    order : ndarray of int32, shape (m,)
        Positions that sort them.
    moment : int
        Where to cut.

    Returns
    -------
    int
        How many of the ordered values are at most the moment.
    """
    low, high = 0, order.size
    while low < high:
        middle = (low + high) >> 1
        if values[order[middle]] <= moment:
            low = middle + 1
        else:
            high = middle
    return low


@nb.njit(cache=True)
def places(of: Versions, times: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find where windows and issue times lie among the versions.

    Parameters
    ----------
    of : Versions
        Sorted by moment.
    times : ndarray of int64, shape (n_times,)
        Issue times.
    edges : ndarray of int64, shape (n_columns, n_windows, 2, n_times)
        Bounds of each window, half-open.

    Returns
    -------
    ndarray of int64, shape (n_columns, n_windows, n_times, 4)
        First version in the window, first one after it, how many are known at t, and how many are gone.
    """
    n_columns, n_windows, _, n_times = edges.shape
    out = np.empty((n_columns, n_windows, n_times, 4), np.int64)
    for i in range(n_times):
        known = until(of.known, of.by_known, times[i])
        gone = until(of.gone, of.by_gone, times[i])
        for c in range(n_columns):
            for w in range(n_windows):
                out[c, w, i, 0] = first_at(of.moment, edges[c, w, 0, i])
                out[c, w, i, 1] = first_at(of.moment, edges[c, w, 1, i])
                out[c, w, i, 2] = known
                out[c, w, i, 3] = gone
    return out


@nb.njit(cache=True)
def most_changes(place: NDArray[np.int64], first: int, last: int) -> int:
    """Say how many versions may change at most from one issue time to the next.

    Parameters
    ----------
    place : ndarray of int64, shape (n_times, 4)
        From `places`, for one window.
    first, last : int
        Issue times swept.

    Returns
    -------
    int
        Room that `changes` needs.
    """
    most = max(place[first, 1] - place[first, 0], 0)
    for i in range(first + 1, last):
        here = 0
        for k in range(4):
            here += place[i, k] - place[i - 1, k]
        most = max(most, here)
    return int(most)


@nb.njit(cache=True)
def steps(place: NDArray[np.int64], i: int, first: int) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """Give the places before and at an issue time; before the first one the window is empty.

    Parameters
    ----------
    place : ndarray of int64, shape (n_times, 4)
        From `places`, for one window.
    i, first : int
        Issue time, and the first one of the sweep.

    Returns
    -------
    tuple of two tuples of int
        For `changes`.
    """
    here = (place[i, 0], place[i, 1], place[i, 2], place[i, 3])
    if i == first:
        return (here[0], here[0], here[2], here[3]), here
    return (place[i - 1, 0], place[i - 1, 1], place[i - 1, 2], place[i - 1, 3]), here


@nb.njit(cache=True)
def changes(
    known: NDArray[np.int64],
    gone: NDArray[np.int64],
    orders: tuple[NDArray[np.int32], NDArray[np.int32]],
    places: tuple[tuple[int, int, int, int], tuple[int, int, int, int]],
    times: tuple[int, int],
    found: NDArray[np.int64],
) -> int:
    """List the versions that begin or cease to count from one issue time to the next.

    Arrays come one by one: a call that takes them all in one tuple counts its references, and threads wait for that.

    Parameters
    ----------
    known, gone : ndarray of int64, shape (n,)
        Of the versions.
    orders : tuple of two ndarrays of int32
        `by_known` and `by_gone`.
    places : tuple of two tuples of int
        Before and now, from `places`; none of the numbers falls. To begin with, the window is empty before.
    times : tuple of int
        Issue times before and now.
    found : ndarray of int64, shape (at least `most_changes`,)
        Is filled with positions r of those that begin to count and ~r of those that cease to.

    Returns
    -------
    int
        How many.
    """
    by_known, by_gone = orders
    (first0, last0, known0, gone0), (first1, last1, known1, gone1) = places
    before, now = times
    n = 0
    for r in range(first0, min(first1, last0)):  # the lower edge left them behind
        if known[r] <= before < gone[r]:
            found[n] = ~r
            n += 1
    for r in range(max(first1, last0), last1):  # the upper edge reached them
        if known[r] <= now < gone[r]:
            found[n] = r
            n += 1
    for j in range(known0, known1):  # the window holds them already, and now they are known
        r = int(by_known[j])
        if first1 <= r < last0 and gone[r] > now:
            found[n] = r
            n += 1
    for j in range(gone0, gone1):  # the window still holds them, but they are known to be otherwise
        r = int(by_gone[j])
        if first1 <= r < last0 and known[r] <= before:
            found[n] = ~r
            n += 1
    return n
