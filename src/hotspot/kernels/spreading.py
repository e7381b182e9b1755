"""Which share of a Gaussian falls into each cell: one row of a sparse matrix a source, cut at four standard deviations.

A cell's share is the sum over its quadrature points, divided by the sum over all points within reach: so each row adds
up to one, and neither the cut nor the boundary loses anything.
"""

from __future__ import annotations

from typing import TypeAlias

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.density import REACH, Buckets, fast_exp

BLOCK = 1024  # sources that share one scratch row
Sources: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@nb.njit(cache=True)
def _one(
    source: tuple[float, float, float],
    of: Buckets,
    cell: NDArray[np.int64],
    share: NDArray[np.float64],
    touched: NDArray[np.int64],
    weigh: bool,
) -> int:
    """Add up what each cell receives of one source; share is zero before, and where it was touched positive after."""
    x, y, spread = source
    n, reach, scale = 0, REACH * spread, -0.5 / (spread * spread)
    first = max(int(np.floor((y - reach - of.y0) / of.side)), 0)
    last = min(int(np.floor((y + reach - of.y0) / of.side)), of.n_rows - 1)
    left = max(int(np.floor((x - reach - of.x0) / of.side)), 0)
    right = min(int(np.floor((x + reach - of.x0) / of.side)), of.n_columns - 1)
    if left > right:
        return 0
    for row in range(first, last + 1):
        start, stop = of.indptr[row * of.n_columns + left], of.indptr[row * of.n_columns + right + 1]
        for j in range(start, stop):
            d2 = (x - of.x[j]) ** 2 + (y - of.y[j]) ** 2
            if d2 <= reach * reach:
                if share[cell[j]] == 0.0:
                    touched[n] = cell[j]
                    n += 1
                share[cell[j]] += of.weight[j] * fast_exp(scale * d2) if weigh else 1.0
    return n


@nb.njit(parallel=True, cache=True)
def count_shares(sources: Sources, of: Buckets, cell: NDArray[np.int64], n_cells: int) -> NDArray[np.int64]:
    """Count the cells within reach of each source.

    Parameters
    ----------
    sources : tuple of three ndarrays, shape (n,)
        x, y and standard deviation of each [m].
    of : Buckets
        Quadrature points and what each stands for.
    cell : ndarray of int64, shape (n_points,)
        Cell of each point, in the order of the buckets.
    n_cells : int
        How many there are.

    Returns
    -------
    ndarray of int64, shape (n,)
        Length of each row.
    """
    x, y, spread = sources
    out = np.zeros(x.size, np.int64)
    for block in nb.prange((x.size + BLOCK - 1) // BLOCK):
        share, touched = np.zeros(n_cells), np.empty(n_cells, np.int64)
        for i in range(block * BLOCK, min((block + 1) * BLOCK, x.size)):
            out[i] = _one((x[i], y[i], spread[i]), of, cell, share, touched, False)
            for k in range(out[i]):
                share[touched[k]] = 0.0
    return out


@nb.njit(parallel=True, cache=True)
def fill_shares(
    sources: Sources,
    of: Buckets,
    cell: NDArray[np.int64],
    indptr: NDArray[np.int64],
    matrix: tuple[NDArray[np.int32], NDArray[np.float64]],
    n_cells: int,
) -> None:
    """Write the share of each cell within reach of each source; the shares of a source add up to one.

    Parameters
    ----------
    sources : tuple of three ndarrays, shape (n,)
        x, y and standard deviation of each [m].
    of : Buckets
        Quadrature points and what each stands for.
    cell : ndarray of int64, shape (n_points,)
        Cell of each point, in the order of the buckets.
    indptr : ndarray of int64, shape (n + 1,)
        Where each row starts, from `count_shares`.
    matrix : tuple of two ndarrays, shape (indptr[-1],)
        Cells, ascending within a row, and shares: are written.
    n_cells : int
        How many there are.
    """
    x, y, spread = sources
    indices, data = matrix
    for block in nb.prange((x.size + BLOCK - 1) // BLOCK):
        share, touched = np.zeros(n_cells), np.empty(n_cells, np.int64)
        for i in range(block * BLOCK, min((block + 1) * BLOCK, x.size)):
            n = _one((x[i], y[i], spread[i]), of, cell, share, touched, True)
            there = np.sort(touched[:n])
            total = 0.0
            for k in there:
                total += share[k]
            for k in range(n):
                indices[indptr[i] + k] = there[k]
                data[indptr[i] + k] = share[there[k]] / total
                share[there[k]] = 0.0
