"""Spreads too wide for a matrix: incidents are put on a lattice, smoothed there and read back by cell.

An incident at x goes to the three lattice points nearest along each axis, with the weights of a quadratic B-spline:
(1/2 - d)^2 / 2, 3/4 - d^2, (1/2 + d)^2 / 2 for an offset d of at most half a step h. That adds a variance of h^2 / 4,
wherever x lies, and reading a value at a quadrature point in the same way adds it once more; both are taken off the
kernel. With R for reading, K for the kernel and w for the size that a quadrature point stands for, the lattice holds
the size m = R' w, an incident counts 1 / (K m) where it was put, and a cell receives the sum of w R K over its points:
over all cells that is one, whatever the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.spatial import cKDTree

from hotspot.domain import Domain
from hotspot.domain.nodes import Nodes
from hotspot.features._sweeps import matrix_of
from hotspot.kernels.asof import Matrix
from hotspot.kernels.density import REACH
from hotspot.kernels.smoothing import Lattice, smoothed

STEPS = 3  # lattice points a spread
AT_ONCE = 250_000  # quadrature points looked at together

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Raster:
    """A square lattice over a domain, at multiples of its step from the zero of the CRS.

    Parameters
    ----------
    step : float
        Distance of its points [m].
    first : tuple of int
        Row and column of its south-western point, counted from the zero of the CRS.
    shape : tuple of int
        Rows (north), columns (east).
    """

    step: float
    first: tuple[int, int]
    shape: tuple[int, int]

    @classmethod
    def over(cls, domain: Domain, spread: float) -> Raster:
        """Lay a lattice over a domain, and as far beyond as the kernel reaches."""
        step, nodes = spread / STEPS, domain.nodes
        margin = int(REACH * STEPS) + 2
        first = [int(np.floor(axis.min() / step)) - margin for axis in (nodes.y, nodes.x)]
        last = [int(np.ceil(axis.max() / step)) + margin for axis in (nodes.y, nodes.x)]
        return cls(step, (first[0], first[1]), (last[0] - first[0] + 1, last[1] - first[1] + 1))

    @property
    def size(self) -> int:
        """How many points."""
        return self.shape[0] * self.shape[1]

    def weights(self, x: Array, y: Array) -> tuple[Index, Array]:
        """Give the nine points that a place is put on, and their weights; -1 for points outside."""
        (row, north), (column, east) = _spline(y / self.step), _spline(x / self.step)
        row, column = row - self.first[0], column - self.first[1]
        spot = row[:, :, None] * self.shape[1] + column[:, None, :]
        inside = ((row >= 0) & (row < self.shape[0]))[:, :, None] & ((column >= 0) & (column < self.shape[1]))[:, None]
        return np.where(inside, spot, -1).reshape(-1, 9), (north[:, :, None] * east[:, None, :]).reshape(-1, 9)


@dataclass(frozen=True)
class Smoother:
    """How incidents are spread over the cells of a domain by way of a lattice.

    Parameters
    ----------
    raster : Raster
        The lattice.
    nodes : Nodes
        Quadrature points of the cells.
    lattice : Lattice
        Those of its points that incidents can be put on.
    read : Matrix
        For each cell the points of the lattice, and how much of them it holds.
    """

    raster: Raster
    nodes: Nodes
    lattice: Lattice
    read: Matrix

    @classmethod
    def of(cls, domain: Domain, nodes: Nodes, spread: float) -> Smoother:
        """Prepare a spread [m]."""
        raster = Raster.over(domain, spread)
        read = _reading(raster, nodes, domain.n_cells)
        held = np.bincount(read.indices, read.share, raster.size).astype(np.float64).reshape(raster.shape)
        variance = spread**2 - raster.step**2 / 2  # putting and reading add a quarter each
        taps = np.exp(-0.5 * (np.arange(int(REACH * STEPS) + 1) * raster.step) ** 2 / variance)
        mass = smoothed(held, taps).ravel()
        spot = np.flatnonzero(mass > 0)
        return cls(raster, nodes, Lattice(*raster.shape, spot, mass[spot], taps), read)

    def put(self, x: Array, y: Array) -> Matrix:
        """Put places on the lattice; one beyond the reach of the domain goes to its nearest quadrature point.

        Parameters
        ----------
        x, y : ndarray, shape (n,)
            Coordinates [m].

        Returns
        -------
        Matrix
            One row a place; it adds up to one.
        """
        number = np.full(self.raster.size + 1, -1)  # the last is for points outside
        number[self.lattice.spot] = np.arange(self.lattice.spot.size)
        spot, weight = self.raster.weights(x, y)
        far = np.flatnonzero((number[spot] < 0).any(axis=1))
        if far.size:
            tree = cKDTree(np.column_stack([self.nodes.x, self.nodes.y]))
            near = tree.query(np.column_stack([x[far], y[far]]))[1]
            spot[far], weight[far] = self.raster.weights(self.nodes.x[near], self.nodes.y[near])
        indptr = np.arange(0, 9 * x.size + 1, 9, dtype=np.int64)
        return Matrix(indptr, number[spot].ravel().astype(np.int32), weight.ravel())


def _spline(at: Array) -> tuple[Index, Array]:
    """Give the three nearest whole numbers, and the weights of a quadratic B-spline."""
    nearest = np.rint(at)
    off = at - nearest
    weight = np.stack([(0.5 - off) ** 2 / 2, 0.75 - off**2, (0.5 + off) ** 2 / 2], axis=1)
    return nearest.astype(np.int64)[:, None] + np.arange(-1, 2), weight


def _reading(raster: Raster, nodes: Nodes, n_cells: int) -> Matrix:
    """Add up for each cell what its quadrature points hold of the lattice, some cells after another."""
    order = np.argsort(nodes.cell, kind="stable")
    cell, parts, first = nodes.cell[order], [], 0
    while first < n_cells:
        begin = np.searchsorted(cell, first)
        last = n_cells if begin + AT_ONCE >= cell.size else max(int(cell[begin + AT_ONCE]), first + 1)
        some = order[begin : np.searchsorted(cell, last)]
        spot, weight = raster.weights(nodes.x[some], nodes.y[some])
        held = (weight * nodes.weight[some, None]).ravel()
        place = np.repeat(nodes.cell[some] - first, 9)
        parts.append(csr_array((held, (place, spot.ravel())), shape=(last - first, raster.size)))
        first = last
    return matrix_of(vstack(parts, format="csr"))
