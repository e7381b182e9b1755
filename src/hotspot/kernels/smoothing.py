"""Gaussian smoothing on a square lattice: a pass along rows and one along columns, and sums read back by cell."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.asof import Matrix


class Lattice(NamedTuple):
    """Points of a square lattice that incidents are put on.

    Attributes
    ----------
    n_rows, n_columns : int
        Of the lattice: northward, eastward.
    spot : ndarray of int64, shape (n_nodes,)
        Where in the lattice (row-major) each node lies that can receive an incident.
    mass : ndarray, shape (n_nodes,)
        What the domain holds of the kernel around each node, above 0.
    taps : ndarray, shape (reach + 1,)
        The kernel at 0, 1, ... steps; the same on both sides.
    """

    n_rows: int
    n_columns: int
    spot: NDArray[np.int64]
    mass: NDArray[np.float64]
    taps: NDArray[np.float64]


@nb.njit(cache=True)
def _add_shifted(of: NDArray[np.float64], by: int, tap: float, out: NDArray[np.float64]) -> None:
    n = of.size - by
    for j in range(n):
        out[j] += tap * of[j + by]
    for j in range(n):
        out[j + by] += tap * of[j]


@nb.njit(cache=True)
def smoothed(raster: NDArray[np.float64], taps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth along rows, then along columns; beyond the lattice there is nothing.

    Parameters
    ----------
    raster : ndarray, shape (n_rows, n_columns)
        Values.
    taps : ndarray, shape (reach + 1,)
        The kernel at 0, 1, ... steps.

    Returns
    -------
    ndarray, shape (n_rows, n_columns)
        Each value times the kernel around it, added up.
    """
    n_rows = raster.shape[0]
    along, out = raster * taps[0], np.zeros(raster.shape)
    for i in range(n_rows):
        for k in range(1, min(taps.size, raster.shape[1])):
            _add_shifted(raster[i], k, taps[k], along[i])
    for i in range(n_rows):
        for k in range(max(i - taps.size + 1, 0), min(i + taps.size, n_rows)):
            tap, here, there = taps[abs(k - i)], out[i], along[k]
            for j in range(here.size):
                here[j] += tap * there[j]
    return out


@nb.njit(cache=True)
def _smooth_row(row: NDArray[np.float32], of: Lattice, read: Matrix, out: NDArray[np.float32]) -> None:
    raster, spot, mass = np.zeros((of.n_rows, of.n_columns)), of.spot, of.mass
    flat = raster.reshape(-1)
    for node in range(spot.size):
        flat[spot[node]] = row[node] / mass[node]
    around = smoothed(raster, of.taps).reshape(-1)
    indptr, indices, share = read.indptr, read.indices, read.share
    for cell in range(out.size):
        total = 0.0
        for k in range(indptr[cell], indptr[cell + 1]):
            total += share[k] * around[indices[k]]
        out[cell] = np.nan if np.isnan(row[0]) else total


@nb.njit(parallel=True, cache=True)
def smooth_sums(sums: NDArray[np.float32], of: Lattice, read: Matrix, out: NDArray[np.float32], into: int) -> None:
    """Smooth sums on a lattice, each source divided by its mass inside the domain, and add them up by cell.

    Parameters
    ----------
    sums : ndarray of float32, shape (n_times, n_columns, n_nodes)
        On the nodes; all of a row are NaN where it has no value.
    of : Lattice
        The nodes.
    read : Matrix
        For each cell the points of the lattice, and how much of them it holds.
    out : ndarray of float32, shape (n_times, at least n_columns, n_cells)
        Is written.
    into : int
        Column to write the first one to.
    """
    n_columns = sums.shape[1]
    for job in nb.prange(sums.shape[0] * n_columns):
        i, c = job // n_columns, job % n_columns
        _smooth_row(sums[i, c], of, read, out[i, into + c])
