"""Where an incident counts when it is spread by a Gaussian over the cells around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspot.domain import Domain
from hotspot.domain.nodes import Nodes, join_nodes, line_nodes, polygon_nodes
from hotspot.features._memo import remembered
from hotspot.features._points import point_rows
from hotspot.features._smoothing import Raster, Smoother
from hotspot.history import History, Ledger
from hotspot.kernels.asof import Matrix
from hotspot.kernels.density import REACH, fill_buckets
from hotspot.kernels.spreading import Sources, count_shares, fill_shares

FINE = 0.02  # of the spread: coordinates are rounded to this; what a cell receives moves by half a percent at most
MOST_FINE = 20  # spreads below this part of the spacing are integrated no more closely: nearly all stays in the cell
CLOSE = 1.5  # spreads: longest side of a triangle, or piece of a street, with three nodes each
MOST_ENTRIES = 8_000_000  # about so many has a matrix from cell to cell at most (12 bytes each)
MOST_A_PLACE = 100  # cells that an incident reaches at most, on average, where each place has a row
LEAST = 0.25  # of the variance is left when that of the cell is taken off

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def is_wide(domain: Domain, spread: float) -> bool:
    """Say whether a spread is so wide that incidents are counted in cells first, and then spread from there.

    Parameters
    ----------
    domain : Domain
        Gives the cells.
    spread : float
        Standard deviation per axis [m].

    Returns
    -------
    bool
        From the spacing of the domain on.
    """
    return spread >= domain.spacing


def is_smoothed(domain: Domain, spread: float) -> bool:
    """Say whether so many cells lie within reach that incidents are spread on a lattice; see `Smoother`.

    Only the domain decides, not the incidents: those that are known later change nothing.

    Parameters
    ----------
    domain : Domain
        Gives the cells.
    spread : float
        Standard deviation per axis [m].

    Returns
    -------
    bool
        Where a matrix would be too large, and the lattice is smaller.
    """
    if spread == 0:
        return False
    entries = remembered(domain, ("pairs", spread), lambda: _pairs(domain, REACH * spread))
    most = MOST_ENTRIES if is_wide(domain, spread) else MOST_A_PLACE * domain.n_cells
    return entries > most and Raster.over(domain, spread).size < entries


def _pairs(domain: Domain, reach: float) -> int:
    """Estimate how many pairs of cells lie within reach: those in one square as large as the circle."""
    x, y = domain.centres
    side = np.sqrt(np.pi) * reach
    column, row = (((axis - axis.min()) / side).astype(np.int64) for axis in (x, y))
    number = np.unique(row * (column.max() + 1) + column, return_counts=True)[1]
    return int((number.astype(np.int64) ** 2).sum())


def smoother(domain: Domain, spread: float) -> Smoother:
    """Prepare the lattice of a spread.

    Parameters
    ----------
    domain : Domain
        Gives the cells.
    spread : float
        Standard deviation per axis [m].

    Returns
    -------
    Smoother
        The same as before, if there was one.
    """
    return remembered(
        domain, ("smoother", spread), lambda: Smoother.of(domain, fine_nodes(domain, _fine(domain, spread)), spread)
    )


def put_spread(history: History, ledger: Ledger, spread: float) -> tuple[Ledger, Matrix]:
    """Put incidents on the lattice of a spread.

    Parameters
    ----------
    history : History
        Gives the cells and the coordinates.
    ledger : Ledger
        Its versions.
    spread : float
        Standard deviation per axis [m].

    Returns
    -------
    Ledger
        The same versions, with rows of the matrix for cells.
    Matrix
        One row a place, over the nodes of the lattice; each adds up to one.
    """
    put = smoother(history.domain, spread).put
    return point_rows(history, ledger, FINE * spread, ("put on the lattice of", spread), put)


def cell_spread(domain: Domain, spread: float) -> Matrix:
    """Spread each cell's incidents from its centre of mass.

    Putting them there adds the variance of a cell to that of the kernel, on average over where a cell may lie; it is
    taken off beforehand.

    Parameters
    ----------
    domain : Domain
        Gives the cells.
    spread : float
        Standard deviation per axis [m].

    Returns
    -------
    Matrix
        One row a cell; each adds up to one.
    """

    def make() -> Matrix:
        nodes, size = domain.nodes, np.bincount(domain.nodes.cell, domain.nodes.weight, domain.n_cells)
        x, y = (np.bincount(nodes.cell, nodes.weight * axis, domain.n_cells) / size for axis in (nodes.x, nodes.y))
        off = (nodes.x - x[nodes.cell]) ** 2 + (nodes.y - y[nodes.cell]) ** 2
        variance = np.bincount(nodes.cell, nodes.weight * off, domain.n_cells) / (2 * size)
        left = np.sqrt(np.maximum(spread**2 - variance, LEAST * spread**2))
        return _shares(domain, (x, y, left))

    return remembered(domain, ("spread of cells", spread), make)


def point_spread(history: History, ledger: Ledger, spread: float) -> tuple[Ledger, Matrix]:
    """Spread incidents from their own coordinates.

    Parameters
    ----------
    history : History
        Gives the cells and the coordinates.
    ledger : Ledger
        Its versions.
    spread : float
        Standard deviation per axis [m].

    Returns
    -------
    Ledger
        The same versions, with rows of the matrix for cells.
    Matrix
        One row a place; each adds up to one.
    """

    def make(x: Array, y: Array) -> Matrix:
        return _shares(history.domain, (x, y, np.full(x.size, spread)))

    return point_rows(history, ledger, FINE * spread, ("spread of points", spread), make)


def _shares(domain: Domain, sources: Sources) -> Matrix:
    """Share each source out over the cells; one that reaches no quadrature point goes to the nearest."""
    widest = float(sources[2].max())
    nodes = fine_nodes(domain, _fine(domain, float(sources[2].min())))
    points = fill_buckets(nodes.x, nodes.y, nodes.weight, widest)
    cell = fill_buckets(nodes.x, nodes.y, nodes.cell.astype(np.float64), widest).weight.astype(np.int64)
    found = count_shares(sources, points, cell, domain.n_cells)
    indptr = np.concatenate([[0], np.cumsum(np.maximum(found, 1))])
    indices, share = np.empty(indptr[-1], np.int32), np.empty(indptr[-1])
    fill_shares(sources, points, cell, indptr, (indices, share), domain.n_cells)
    alone = np.flatnonzero(found == 0)
    if alone.size:
        tree = cKDTree(np.column_stack([nodes.x, nodes.y]))
        indices[indptr[alone]] = nodes.cell[tree.query(np.column_stack(sources[:2])[alone])[1]]
        share[indptr[alone]] = 1.0
    return Matrix(indptr, indices, share)


def _fine(domain: Domain, spread: float) -> float:
    return max(spread, domain.spacing / MOST_FINE)


def fine_nodes(domain: Domain, spread: float) -> Nodes:
    """Give quadrature points that are close enough for a kernel: those of the domain, and more in large cells.

    Parameters
    ----------
    domain : Domain
        Gives the cells.
    spread : float
        Standard deviation per axis of the kernel [m].

    Returns
    -------
    Nodes
        A point stands for at most about the square of the spread, or its length on streets.
    """
    return remembered(domain, ("fine nodes", spread), lambda: _fine_nodes(domain, spread))


def _fine_nodes(domain: Domain, spread: float) -> Nodes:
    nodes, flat = domain.nodes, domain.measure == "area"
    most = np.zeros(domain.n_cells)
    np.maximum.at(most, nodes.cell, nodes.weight)
    coarse = most > (spread**2 if flat else spread)
    if not coarse.any():
        return nodes
    kept, cells = ~coarse[nodes.cell], np.flatnonzero(coarse)
    more = (polygon_nodes if flat else line_nodes)(domain.shapes[cells], cells, CLOSE * spread)
    x, y, weight, cell = nodes
    return join_nodes([Nodes(x[kept], y[kept], weight[kept], cell[kept]), more])
