"""Quadrature points of cells, so that a kernel model only sums over nodes and runs on any tessellation.

Whole squares carry the 3 x 3 Gauss-Legendre rule (exact to degree 5), all other shapes are cut into triangles that
carry the interior three-point rule (exact to degree 2; Strang & Fix 1973). Nodes lie inside the boundary and the
weights of a cell add up to its area.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

GAUSS = np.array([-np.sqrt(0.6), 0.0, np.sqrt(0.6)])
GAUSS_WEIGHT = np.array([5.0, 8.0, 5.0]) / 18.0
TRIANGLE = np.array([[4.0, 1.0, 1.0], [1.0, 4.0, 1.0], [1.0, 1.0, 4.0]]) / 6.0


class Nodes(NamedTuple):
    """Quadrature points of a domain, sorted by cell.

    Attributes
    ----------
    x, y : ndarray, shape (n_nodes,)
        Coordinates [m].
    weight : ndarray, shape (n_nodes,)
        Area [m2]; the weights of a cell add up to its area.
    cell : ndarray of int64, shape (n_nodes,)
        Position of the cell.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    weight: NDArray[np.float64]
    cell: NDArray[np.int64]


def square_nodes(u: NDArray[np.float64], v: NDArray[np.float64], size: float, cell: NDArray[np.int64]) -> Nodes:
    """Nodes of whole squares.

    Parameters
    ----------
    u, v : ndarray, shape (n,)
        Centres [m] along the axes of the grid.
    size : float
        Side [m].
    cell : ndarray of int64, shape (n,)
        Positions.

    Returns
    -------
    Nodes
        Nine a square, in the coordinates of the grid.
    """
    du, dv = (grid.ravel() * size / 2 for grid in np.meshgrid(GAUSS, GAUSS, indexing="ij"))
    weight = np.outer(GAUSS_WEIGHT, GAUSS_WEIGHT).ravel() * size**2
    return Nodes((u[:, None] + du).ravel(), (v[:, None] + dv).ravel(), np.tile(weight, u.size), np.repeat(cell, 9))


def polygon_nodes(polygons: NDArray[np.object_], cell: NDArray[np.int64]) -> Nodes:
    """Nodes of arbitrary polygons.

    Parameters
    ----------
    polygons : ndarray of shapely geometries, shape (n,)
        Areas [m], perhaps of several parts or with holes.
    cell : ndarray of int64, shape (n,)
        Positions.

    Returns
    -------
    Nodes
        Three a triangle of the constrained Delaunay triangulation.
    """
    triangles, owner = shapely.get_parts(shapely.constrained_delaunay_triangles(polygons), return_index=True)
    if triangles.size == 0:
        nothing = np.empty(0)
        return Nodes(nothing, nothing, nothing, np.empty(0, np.int64))
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    points = np.einsum("ij,njd->nid", TRIANGLE, corners)
    weight = np.repeat(shapely.area(triangles) / 3, 3)
    return Nodes(points[..., 0].ravel(), points[..., 1].ravel(), weight, np.repeat(cell[owner], 3))


def line_nodes(lines: NDArray[np.object_], cell: NDArray[np.int64]) -> Nodes:
    """Nodes of lines.

    Parameters
    ----------
    lines : ndarray of shapely lines, shape (n,)
        Perhaps of several parts [m].
    cell : ndarray of int64, shape (n,)
        Positions.

    Returns
    -------
    Nodes
        Three (Gauss-Legendre) a straight piece; the weights are lengths [m].
    """
    parts, owner = shapely.get_parts(lines, return_index=True)
    points, line = shapely.get_coordinates(parts, return_index=True)
    same = line[1:] == line[:-1]
    start, end, owner = points[:-1][same], points[1:][same], owner[line[:-1][same]]
    length = np.hypot(*(end - start).T)
    place = start[:, None] + (end - start)[:, None] * ((GAUSS + 1) / 2)[None, :, None]
    weight = length[:, None] * GAUSS_WEIGHT
    return Nodes(place[..., 0].ravel(), place[..., 1].ravel(), weight.ravel(), np.repeat(cell[owner], GAUSS.size))


def join_nodes(parts: list[Nodes]) -> Nodes:
    """Put nodes of several kinds of cells together, sorted by cell.

    Parameters
    ----------
    parts : list of Nodes
        Each from one of the functions above.

    Returns
    -------
    Nodes
        All of them.
    """
    x, y, weight, cell = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(cell, kind="stable")
    return Nodes(x[order], y[order], weight[order], cell[order])
