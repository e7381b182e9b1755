"""Quadrature points of cells, so that a kernel model only sums over nodes and runs on any tessellation.

Squares carry the 3 x 3 Gauss-Legendre rule (exact to degree 5), all other shapes are cut into triangles that carry the
interior three-point rule (exact to degree 2; Strang & Fix 1973). Squares and triangles larger than a piece (250 m) are
cut first, so that nodes are some 100 m apart at most. A cell less than 25 m across has one node. Nodes lie inside the
boundary and the weights of a cell add up to its area.

How many nodes: some twenty for each 250 m x 250 m of land, and in small cells nine, or three a corner. Where the
outline of a cell has so many corners that there would be more than fifty, those within 50 m are put into one, which
keeps their centre of gravity. A domain of more than 62,500 km2 has larger pieces, a million of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

PIECE = 250.0  # m: longest side of a square or triangle under one rule, longest straight piece of a street
TINY = 25.0  # m: what is smaller has one node
MOST_PIECES = 1e6
CROWD = 50  # nodes for each piece's worth of area: more than twice what plain shapes need
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


def piece_of(area: float) -> float:
    """Longest side of what one rule serves [m], for a domain of some area [m2]."""
    return max(PIECE, float(np.sqrt(area / MOST_PIECES)))


def square_nodes(
    u: NDArray[np.float64], v: NDArray[np.float64], size: float, cell: NDArray[np.int64], piece: float = PIECE
) -> Nodes:
    """Nodes of whole squares.

    Parameters
    ----------
    u, v : ndarray, shape (n,)
        Centres [m] along the axes of the grid.
    size : float
        Side [m].
    cell : ndarray of int64, shape (n,)
        Positions.
    piece : float
        Longest side of what one rule serves [m].

    Returns
    -------
    Nodes
        Nine a piece of a square, in the coordinates of the grid; one a tiny square.
    """
    if size < TINY:
        return Nodes(u, v, np.full(u.size, size**2), cell)
    number = int(np.ceil(size / piece * (1 - 1e-12)))
    start = (np.arange(number) + 0.5) / number - 0.5
    place = (start[:, None] + GAUSS / (2 * number)).ravel() * size
    share = np.tile(GAUSS_WEIGHT / number, number)
    du, dv = (grid.ravel() for grid in np.meshgrid(place, place, indexing="ij"))
    weight = np.outer(share, share).ravel() * size**2
    return Nodes(
        (u[:, None] + du).ravel(), (v[:, None] + dv).ravel(), np.tile(weight, u.size), np.repeat(cell, du.size)
    )


def polygon_nodes(polygons: NDArray[np.object_], cell: NDArray[np.int64], piece: float = PIECE) -> Nodes:
    """Nodes of arbitrary polygons.

    Parameters
    ----------
    polygons : ndarray of shapely geometries, shape (n,)
        Areas [m], perhaps of several parts or with holes.
    cell : ndarray of int64, shape (n,)
        Positions.
    piece : float
        Longest side of what one rule serves [m].

    Returns
    -------
    Nodes
        Those of the constrained Delaunay triangulation; one a tiny polygon.
    """
    west, south, east, north = shapely.bounds(polygons).reshape(-1, 4).T
    large = np.flatnonzero(np.hypot(east - west, north - south) >= TINY)
    triangles, owner = shapely.get_parts(shapely.constrained_delaunay_triangles(polygons[large]), return_index=True)
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    found = _thinned(triangle_nodes(corners, large[owner], piece), polygons, piece)
    area = shapely.area(polygons)
    total = np.bincount(found.cell, found.weight, area.size)
    lost = total < area * (1 - 1e-6)  # tiny, or so thin that triangles lose part of it
    kept = ~lost[found.cell]
    scale = area[found.cell[kept]] / total[found.cell[kept]]
    point = inner_points(polygons[lost])
    nodes = join_nodes(
        [
            Nodes(found.x[kept], found.y[kept], found.weight[kept] * scale, found.cell[kept]),
            Nodes(shapely.get_x(point), shapely.get_y(point), area[lost], np.flatnonzero(lost)),
        ]
    )
    return nodes._replace(cell=cell[nodes.cell])


def _thinned(nodes: Nodes, polygons: NDArray[np.object_], piece: float) -> Nodes:
    """Where a border has so many corners that nodes crowd, put those of a fifth of a piece into one."""
    crowd = np.bincount(nodes.cell, minlength=len(polygons)) > CROWD * (1 + shapely.area(polygons) / piece**2)
    here = np.flatnonzero(crowd[nodes.cell])
    if not here.size:
        return nodes
    column, row = (np.floor(place[here] / (piece / 5)) for place in (nodes.x, nodes.y))
    order = here[np.lexsort((row, column, nodes.cell[here]))]
    x, y, weight, cell = nodes.x[order], nodes.y[order], nodes.weight[order], nodes.cell[order]
    column, row = (np.floor(place / (piece / 5)) for place in (x, y))
    new = np.flatnonzero(np.concatenate([[True], (np.diff(cell) != 0) | (np.diff(column) != 0) | (np.diff(row) != 0)]))
    total = np.add.reduceat(weight, new)
    middle_x, middle_y = (np.add.reduceat(place * weight, new) / total for place in (x, y))
    shapely.prepare(polygons)
    outside = ~shapely.intersects_xy(polygons[cell[new]], middle_x, middle_y)
    middle_x[outside], middle_y[outside] = x[new[outside]], y[new[outside]]
    rest = ~crowd[nodes.cell]
    kept = Nodes(nodes.x[rest], nodes.y[rest], nodes.weight[rest], nodes.cell[rest])
    return join_nodes([kept, Nodes(middle_x, middle_y, total, cell[new])])


def inner_points(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Centroids of polygons, or another point inside where the centroid is not, shape (n,)."""
    points = shapely.centroid(polygons)
    outside = ~shapely.intersects(polygons, points)
    points[outside] = shapely.point_on_surface(polygons[outside])
    return np.asarray(points)


def triangle_nodes(corners: NDArray[np.float64], cell: NDArray[np.int64], piece: float = PIECE) -> Nodes:
    """Nodes of triangles.

    Parameters
    ----------
    corners : ndarray, shape (n, 3, 2)
        x and y [m].
    cell : ndarray of int64, shape (n,)
        Of each triangle, ascending.
    piece : float
        A triangle with a longer side is cut in two until none is left [m].

    Returns
    -------
    Nodes
        Three a triangle, one a tiny triangle.
    """
    corners, cell = _cut_triangles(corners, cell, piece)
    (ax, ay), (bx, by), (cx, cy) = (corners[:, k].T for k in range(3))
    area = np.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    tiny = _sides(corners).max(axis=1, initial=0.0) < TINY
    points = np.einsum("ij,njd->nid", TRIANGLE, corners[~tiny]).reshape(-1, 2)
    middle = corners[tiny].mean(axis=1)
    return join_nodes(
        [
            Nodes(points[:, 0], points[:, 1], np.repeat(area[~tiny] / 3, 3), np.repeat(cell[~tiny], 3)),
            Nodes(middle[:, 0], middle[:, 1], area[tiny], cell[tiny]),
        ]
    )


def _sides(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths of the sides that end at each corner, shape (n, 3)."""
    return np.asarray(np.hypot(*(corners - np.roll(corners, 1, axis=1)).transpose(2, 0, 1)))


def _cut_triangles(
    corners: NDArray[np.float64], cell: NDArray[np.int64], piece: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cut triangles through the middle of their longest side until no side is longer than a piece."""
    done: list[tuple[NDArray[np.float64], NDArray[np.int64]]] = []
    while cell.size:
        sides = _sides(corners)
        long = sides.max(axis=1) > piece * (1 + 1e-12)
        done.append((corners[~long], cell[~long]))
        corners, cell, last = corners[long], cell[long], np.argmax(sides[long], axis=1)
        a, b, c = (np.take_along_axis(corners, (last[:, None, None] + k) % 3, axis=1)[:, 0] for k in range(3))
        middle = (a + c) / 2  # the longest side runs from c, the corner before a, to a
        corners = np.concatenate([np.stack([a, b, middle], axis=1), np.stack([middle, b, c], axis=1)])
        cell = np.concatenate([cell, cell])
    if not done:
        return corners, cell
    corners, cell = (np.concatenate(column) for column in zip(*done, strict=True))
    order = np.argsort(cell, kind="stable")
    return corners[order], cell[order]


def line_nodes(lines: NDArray[np.object_], cell: NDArray[np.int64], piece: float = PIECE) -> Nodes:
    """Nodes of lines.

    Parameters
    ----------
    lines : ndarray of shapely lines, shape (n,)
        Perhaps of several parts [m].
    cell : ndarray of int64, shape (n,)
        Positions.
    piece : float
        A straight piece that is longer is cut into equal ones [m].

    Returns
    -------
    Nodes
        Three (Gauss-Legendre) a straight piece, one a tiny one; the weights are lengths [m].
    """
    parts, owner = shapely.get_parts(lines, return_index=True)
    points, line = shapely.get_coordinates(parts, return_index=True)
    same = line[1:] == line[:-1]
    start, step, owner = points[:-1][same], np.diff(points, axis=0)[same], owner[line[:-1][same]]
    length = np.hypot(*step.T)
    number = np.maximum(np.ceil(length / piece * (1 - 1e-12)), 1).astype(np.int64)
    rank = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    start, step, owner, length = (np.repeat(each, number, axis=0) for each in (start, step, owner, length))
    share = 1 / np.repeat(number, number)
    start, step, length = start + step * (rank * share)[:, None], step * share[:, None], length * share
    tiny = length < TINY
    place = start[~tiny, None] + step[~tiny, None] * ((GAUSS + 1) / 2)[None, :, None]
    weight = length[~tiny, None] * GAUSS_WEIGHT
    middle = start[tiny] + step[tiny] / 2
    cells = cell[owner]
    return join_nodes(
        [
            Nodes(place[..., 0].ravel(), place[..., 1].ravel(), weight.ravel(), np.repeat(cells[~tiny], GAUSS.size)),
            Nodes(middle[:, 0], middle[:, 1], length[tiny], cells[tiny]),
        ]
    )


def join_nodes(parts: list[Nodes]) -> Nodes:
    """Put nodes of several kinds of cells together, sorted by cell.

    Parameters
    ----------
    parts : list of Nodes
        Each from one of the functions above, sorted by cell.

    Returns
    -------
    Nodes
        All of them.
    """
    parts = [part for part in parts if part.cell.size] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    n = max(int(part.cell[-1]) for part in parts) + 1
    counts = [np.bincount(part.cell, minlength=n) for part in parts]
    first = np.cumsum(sum(counts)) - sum(counts)
    size = sum(part.cell.size for part in parts)
    out = Nodes(np.empty(size), np.empty(size), np.empty(size), np.empty(size, np.int64))
    for part, count in zip(parts, counts, strict=True):
        place = np.arange(part.cell.size) + np.repeat(first - (np.cumsum(count) - count), count)
        for column, values in zip(out, part, strict=True):
            column[place] = values
        first += count
    return out
