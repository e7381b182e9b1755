"""Where the record begins, as it was known at many moments."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.asof import Versions

PIECE = 512  # moments walked in one go
AHEAD, SHARE = 28, 0.1  # the record begins on the first day whose next 28 days hold a tenth of the usual number


@nb.njit(cache=True)
def _sums_ahead(count: NDArray[np.int64], day: NDArray[np.int64], ahead: NDArray[np.int64]) -> None:
    """Sum the days from each one on; days are sorted, and those without any incident are left out."""
    total, last = 0, 0
    for d in range(day.size):
        while last < day.size and day[last] < day[d] + AHEAD:
            total += count[last]
            last += 1
        ahead[d] = total
        total -= count[d]


@nb.njit(cache=True)
def _at_most(value: int, ahead: NDArray[np.int64], count: NDArray[np.int64]) -> int:
    total = 0
    for d in range(ahead.size):
        total += count[d] if ahead[d] <= value else 0
    return total


@nb.njit(cache=True)
def _usual(ahead: NDArray[np.int64], count: NDArray[np.int64]) -> float:
    """Give the median over incidents of the sum ahead of their day."""
    total = count.sum()
    low, high = 0, int(ahead.max())
    while low < high:  # the least value that more than the lower half do not exceed
        middle = (low + high) >> 1
        if _at_most(middle, ahead, count) > (total - 1) // 2:
            high = middle
        else:
            low = middle + 1
    if _at_most(low, ahead, count) > total // 2:
        return float(low)
    above = ahead.max()
    for d in range(ahead.size):
        if count[d] > 0 and low < ahead[d] < above:
            above = ahead[d]
    return float((low + above) / 2)


@nb.njit(cache=True)
def _begin(day: NDArray[np.int64], count: NDArray[np.int64], ahead: NDArray[np.int64]) -> int:
    """Give the position of the first day of the record."""
    _sums_ahead(count, day, ahead)
    enough = SHARE * _usual(ahead, count)
    d = 0
    while count[d] == 0 or ahead[d] < enough:
        d += 1
    return d


@nb.njit(cache=True)
def _walk(
    times: NDArray[np.int64], of: Versions, day: NDArray[np.int64], first: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """Carry the number of known incidents a day from one moment to the next."""
    count, ahead = np.zeros(day.size, np.int64), np.empty(day.size, np.int64)
    moment, known, gone, by_known, by_gone, cell = of.moment, of.known, of.gone, of.by_known, of.by_gone, of.cell
    come, went, before = 0, 0, times[0]
    for i in range(times.size):
        now = times[i]
        while come < by_known.size and known[by_known[come]] <= now:
            count[cell[by_known[come]]] += gone[by_known[come]] > now
            come += 1
        while went < by_gone.size and gone[by_gone[went]] <= now:
            count[cell[by_gone[went]]] -= i > 0 and known[by_gone[went]] <= before  # else it was never counted
            went += 1
        before = now
        if count.sum() == 0:
            continue
        d = _begin(day, count, ahead)
        for r in range(first[d], first[d + 1]):
            if known[r] <= now < gone[r]:
                out[i] = moment[r]
                break


@nb.njit(parallel=True, cache=True)
def record_starts(
    times: NDArray[np.int64], of: Versions, day: NDArray[np.int64], first: NDArray[np.int64], none: int
) -> NDArray[np.int64]:
    """Tell when the first incident of the record began, as known at each moment.

    Parameters
    ----------
    times : ndarray of int64, shape (n_times,)
        Moments [us since 1970], ascending.
    of : Versions
        By their start, with the position of its day for a cell.
    day : ndarray of int64, shape (n_days,)
        Days on which any version starts [days since 1970], ascending.
    first : ndarray of int64, shape (n_days + 1,)
        Where the versions of each day start.
    none : int
        What to give where nothing was known.

    Returns
    -------
    ndarray of int64, shape (n_times,)
        Starts [us since 1970].
    """
    out = np.full(times.size, none)
    for p in nb.prange((times.size + PIECE - 1) // PIECE):
        _walk(times[p * PIECE : (p + 1) * PIECE], of, day, first, out[p * PIECE : (p + 1) * PIECE])
    return out
