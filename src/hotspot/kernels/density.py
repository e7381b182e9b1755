"""Sums of Gaussian kernels from many points at many points, cut at four bandwidths.

The points that send are sorted into square buckets, row by row, so that what lies near is a few runs of
memory. A receiver sums its own runs: one parallel index writes one element, and any number of threads gives the
same bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

REACH = 4.0  # bandwidths; beyond it lies exp(-8), 0.03 % of the kernel's mass in the plane
LOWEST = -708.0  # exp of less is not a normal float64
LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10


class Buckets(NamedTuple):
    """Points sorted into square buckets.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
        Coordinates [m], bucket after bucket.
    weight : ndarray, shape (n,)
        What each point sends, in the same order.
    indptr : ndarray of int64, shape (n_columns * n_rows + 1,)
        Where each bucket starts; row-major, so neighbours along x follow each other.
    x0, y0, side : float
        Corner and side of the buckets [m].
    n_columns, n_rows : int
        How many.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    weight: NDArray[np.float64]
    indptr: NDArray[np.int64]
    x0: float
    y0: float
    side: float
    n_columns: int
    n_rows: int


@nb.njit(cache=True)
def fast_exp(x: float) -> float:
    """Exponential without a branch or a library call, so that loops over it become vector code.

    2**n times a polynomial of degree 11 on [-ln(2)/2, ln(2)/2], whose remainder is below 7e-15.

    Parameters
    ----------
    x : float
        At most 709; less than -708 counts as -708.

    Returns
    -------
    float
        exp(x) within 1e-13 relative.
    """
    x = max(x, LOWEST)
    n = np.floor(x * LOG2E + 0.5)
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    power = (np.int64(np.int32(n)) + np.int64(1023)) << np.int64(52)
    return float(p * np.int64(power).view(np.float64))


@nb.njit(cache=True)
def _bucket_of(x: float, y: float, corner: tuple[float, float], side: float, shape: tuple[int, int]) -> int:
    column = min(int((x - corner[0]) / side), shape[0] - 1)
    row = min(int((y - corner[1]) / side), shape[1] - 1)
    return row * shape[0] + column


@nb.njit(cache=True)
def fill_buckets(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64], bandwidth: float
) -> Buckets:
    """Sort points into buckets of half a bandwidth (wider where the points lie thousands of bandwidths apart).

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Coordinates [m], at least one.
    weight : ndarray, shape (n,)
        What each point sends.
    bandwidth : float
        Of the kernel to come [m].

    Returns
    -------
    Buckets
        Equal buckets keep the order of their points.
    """
    corner = (x.min(), y.min())
    width, height = x.max() - corner[0], y.max() - corner[1]
    side = max(bandwidth / 2, width / 2000, height / 2000)
    shape = (int(width / side) + 1, int(height / side) + 1)
    bucket = np.empty(x.size, np.int64)
    indptr = np.zeros(shape[0] * shape[1] + 1, np.int64)
    for i in range(x.size):
        bucket[i] = _bucket_of(x[i], y[i], corner, side, shape)
        indptr[bucket[i] + 1] += 1
    for b in range(indptr.size - 1):
        indptr[b + 1] += indptr[b]
    filled = indptr[:-1].copy()
    to_x, to_y, to_weight = np.empty_like(x), np.empty_like(y), np.empty_like(weight)
    for i in range(x.size):
        j = filled[bucket[i]]
        filled[bucket[i]] += 1
        to_x[j], to_y[j], to_weight[j] = x[i], y[i], weight[i]
    return Buckets(to_x, to_y, to_weight, indptr, corner[0], corner[1], side, shape[0], shape[1])


@nb.njit(cache=True, fastmath={"reassoc", "nsz"})
def _run_sum(x: float, y: float, near: tuple[NDArray[np.float64], ...], scale: float, reach2: float) -> float:
    """Sum one run; `reassoc` lets the additions run in vector lanes."""
    of_x, of_y, weight = near
    total = 0.0
    for j in range(of_x.size):
        dx, dy = x - of_x[j], y - of_y[j]
        d2 = dx * dx + dy * dy
        value = weight[j] * fast_exp(scale * d2)
        total += value if d2 <= reach2 else 0.0
    return total


@nb.njit(cache=True)
def _sum_at(x: float, y: float, of: Buckets, bandwidth: float) -> float:
    """Walk the rows of buckets within reach and sum the run of each."""
    reach = REACH * bandwidth
    scale = -0.5 / (bandwidth * bandwidth)
    first = max(int(np.floor((y - reach - of.y0) / of.side)), 0)
    last = min(int(np.floor((y + reach - of.y0) / of.side)), of.n_rows - 1)
    total = 0.0
    for row in range(first, last + 1):
        below = of.y0 + row * of.side
        away = max(below - y, y - below - of.side, 0.0)
        half = np.sqrt(max(reach * reach - away * away, 0.0)) + 1e-6 * of.side  # a hair more than can count
        left = max(int(np.floor((x - half - of.x0) / of.side)), 0)
        right = min(int(np.floor((x + half - of.x0) / of.side)), of.n_columns - 1)
        if left <= right:
            a, b = of.indptr[row * of.n_columns + left], of.indptr[row * of.n_columns + right + 1]
            total += _run_sum(x, y, (of.x[a:b], of.y[a:b], of.weight[a:b]), scale, reach * reach)
    return total


@nb.njit(parallel=True, cache=True)
def gaussian_sum(x: NDArray[np.float64], y: NDArray[np.float64], of: Buckets, bandwidth: float) -> NDArray[np.float64]:
    """Sum what reaches each point: weight_j exp(-d_ij^2 / (2 bandwidth^2)) over points within four bandwidths.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Where to sum [m].
    of : Buckets
        The points that send, from `fill_buckets` with the same bandwidth.
    bandwidth : float
        Standard deviation per axis [m].

    Returns
    -------
    ndarray, shape (n,)
        Sums, in the units of the weights.
    """
    out = np.empty(x.size)
    for i in nb.prange(x.size):
        out[i] = _sum_at(x[i], y[i], of, bandwidth)
    return out
