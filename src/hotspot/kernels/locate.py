"""Which cell holds a point: squares by arithmetic, polygons through a lattice of buckets and the few edges near.

The index of polygons. Each bucket knows the one polygon that covers it wholly, or the candidates whose edges run
through it. Each polygon has, for each row of buckets that it reaches into, the list of its edges there: a ray to the
east from a point in the row meets no other.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.raster import INSIDE, LINE, draw_edge, fill

NOWHERE, NEAR = -1, -2


class Rings(NamedTuple):
    """Rings of polygons, one after another.

    Attributes
    ----------
    x, y : ndarray, shape (n_corners,)
        Corners [m]; the first of a ring comes again as its last.
    closes : ndarray of bool, shape (n_corners,)
        Where a ring ends.
    first : ndarray of int64, shape (n_polygons + 1,)
        First corner of each polygon.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    closes: NDArray[np.bool_]
    first: NDArray[np.int64]


class Lattice(NamedTuple):
    """Buckets over all polygons: the corner and the side [m], how many, and how near an edge counts as touched [m]."""

    x0: float
    y0: float
    side: float
    n_columns: int
    n_rows: int
    margin: float


class Buckets(NamedTuple):
    """What each bucket knows, numbered column by column.

    Attributes
    ----------
    cover : ndarray of int32, shape (n_buckets,)
        The polygon that covers it wholly, or -1.
    first : ndarray of int64, shape (n_buckets + 1,)
        Where its candidates start.
    candidate : ndarray of int32
        Polygons, ascending within a bucket.
    """

    cover: NDArray[np.int32]
    first: NDArray[np.int64]
    candidate: NDArray[np.int32]


class Bands(NamedTuple):
    """Edges of each polygon by row of buckets.

    Attributes
    ----------
    row : ndarray of int32, shape (n_polygons,)
        Lowest row of each polygon.
    band : ndarray of int64, shape (n_polygons + 1,)
        First band of each polygon.
    first : ndarray of int64, shape (n_bands + 1,)
        Where the edges of a band start.
    edge : ndarray of int32
        First corner of each edge.
    """

    row: NDArray[np.int32]
    band: NDArray[np.int64]
    first: NDArray[np.int64]
    edge: NDArray[np.int32]


@nb.njit(cache=True)
def _span(values: NDArray[np.float64], start: float, side: float, margin: float, most: int) -> tuple[int, int]:
    """First bucket, and one beyond the last, that some coordinates come within a margin of."""
    low = int(np.floor((values.min() - margin - start) / side))
    high = int(np.floor((values.max() + margin - start) / side))
    return min(max(low, 0), most - 1), min(max(high, 0), most - 1) + 1


@nb.njit(cache=True)
def _drawn(rings: Rings, lattice: Lattice, p: int) -> tuple[int, int, NDArray[np.uint8]]:
    """Draw one polygon on the buckets around it: first column, first row, states."""
    a, b = rings.first[p], rings.first[p + 1]
    margin = lattice.margin
    c0, c1 = _span(rings.x[a:b], lattice.x0, lattice.side, margin, lattice.n_columns)
    r0, r1 = _span(rings.y[a:b], lattice.y0, lattice.side, margin, lattice.n_rows)
    state = np.zeros((c1 - c0, r1 - r0), np.uint8)
    u = (rings.x[a:b] - lattice.x0) / lattice.side - c0
    v = (rings.y[a:b] - lattice.y0) / lattice.side - r0
    for i in range(b - a - 1):
        if not rings.closes[a + i]:
            draw_edge(state, u[i], v[i], u[i + 1], v[i + 1], margin / lattice.side)
    fill(state)
    return c0, r0, state


@nb.njit(cache=True)
def fill_buckets(rings: Rings, lattice: Lattice) -> Buckets:
    """Find out what each bucket knows.

    Parameters
    ----------
    rings : Rings
        Of the polygons, which do not overlap.
    lattice : Lattice
        The buckets.

    Returns
    -------
    Buckets
        Their cover and candidates.
    """
    cover = np.full(lattice.n_columns * lattice.n_rows, -1, np.int32)
    first = np.zeros(cover.size + 1, np.int64)
    for p in range(rings.first.size - 1):
        c0, r0, state = _drawn(rings, lattice, p)
        for c in range(state.shape[0]):
            for r in range(state.shape[1]):
                bucket = (c0 + c) * lattice.n_rows + r0 + r
                if state[c, r] == LINE:
                    first[bucket + 1] += 1
                elif state[c, r] == INSIDE and cover[bucket] < 0:
                    cover[bucket] = p
    first = np.cumsum(first)
    filled = first[:-1].copy()
    candidate = np.empty(first[-1], np.int32)
    for p in range(rings.first.size - 1):
        c0, r0, state = _drawn(rings, lattice, p)
        for c in range(state.shape[0]):
            for r in range(state.shape[1]):
                if state[c, r] == LINE:
                    bucket = (c0 + c) * lattice.n_rows + r0 + r
                    candidate[filled[bucket]] = p
                    filled[bucket] += 1
    return Buckets(cover, first, candidate)


@nb.njit(cache=True)
def fill_bands(rings: Rings, lattice: Lattice) -> Bands:
    """List the edges of each polygon by row of buckets.

    Parameters
    ----------
    rings : Rings
        Of the polygons.
    lattice : Lattice
        The buckets.

    Returns
    -------
    Bands
        The lists.
    """
    n = rings.first.size - 1
    row, band = np.empty(n, np.int32), np.zeros(n + 1, np.int64)
    for p in range(n):
        y = rings.y[rings.first[p] : rings.first[p + 1]]
        low, high = _span(y, lattice.y0, lattice.side, lattice.margin, lattice.n_rows)
        row[p], band[p + 1] = low, band[p] + high - low
    first = np.zeros(band[n] + 1, np.int64)
    edge, filled = np.empty(0, np.int32), first[:-1].copy()
    for writes in (False, True):
        for p in range(n):
            for i in range(rings.first[p], rings.first[p + 1] - 1):
                if rings.closes[i]:
                    continue
                low, high = _span(rings.y[i : i + 2], lattice.y0, lattice.side, lattice.margin, lattice.n_rows)
                for k in range(band[p] + low - row[p], band[p] + high - row[p]):
                    if writes:
                        edge[filled[k]] = i
                        filled[k] += 1
                    else:
                        first[k + 1] += 1
        if not writes:
            first = np.cumsum(first)
            edge, filled = np.empty(first[-1], np.int32), first[:-1].copy()
    return Bands(row, band, first, edge)


@nb.njit(cache=True)
def _side(px: float, py: float, edges: NDArray[np.int32], rings: Rings, near: float) -> int:
    """Tell where a point lies: 0 outside, 1 inside, 2 within a distance of one of the edges."""
    inside = 0
    for i in edges:
        ax, ay, bx, by = rings.x[i], rings.y[i], rings.x[i + 1], rings.y[i + 1]
        if py < min(ay, by) - near or py > max(ay, by) + near or px > max(ax, bx) + near:
            continue
        dx, dy = bx - ax, by - ay
        cross = dx * (py - ay) - dy * (px - ax)
        if px >= min(ax, bx) - near and cross * cross <= near * near * (dx * dx + dy * dy):
            return 2
        if (ay <= py) != (by <= py) and (cross > 0) == (dy > 0):
            inside = 1 - inside
    return inside


@nb.njit(cache=True)
def locate_polygons(
    points: tuple[NDArray[np.float64], NDArray[np.float64]],
    rings: Rings,
    lattice: Lattice,
    buckets: Buckets,
    bands: Bands,
    ask: bool,
) -> NDArray[np.int64]:
    """Find the polygons that hold points.

    Parameters
    ----------
    points : tuple of two ndarrays, shape (n,)
        x and y [m]; NaN is nowhere.
    rings, lattice, buckets, bands
        The index. An edge less than the lattice's margin away counts as met.
    ask : bool
        What a point on an edge gets: NEAR, or else the first of the polygons that share it.

    Returns
    -------
    ndarray of int64, shape (n,)
        Positions, NOWHERE or NEAR.
    """
    x, y = points
    out = np.full(x.size, NOWHERE, np.int64)
    for k in range(x.size):
        u, v = (x[k] - lattice.x0) / lattice.side, (y[k] - lattice.y0) / lattice.side
        if not (u >= 0 and v >= 0 and u < lattice.n_columns and v < lattice.n_rows):
            continue
        bucket = int(u) * lattice.n_rows + int(v)
        if buckets.cover[bucket] >= 0:
            out[k] = buckets.cover[bucket]
            continue
        for j in range(buckets.first[bucket], buckets.first[bucket + 1]):
            p = buckets.candidate[j]
            band = bands.band[p] + int(v) - bands.row[p]
            edges = bands.edge[bands.first[band] : bands.first[band + 1]]
            side = _side(x[k], y[k], edges, rings, lattice.margin)
            if side > 0:
                out[k] = NEAR if side == 2 and ask else p
                break
    return out


@nb.njit(cache=True)
def locate_squares(
    points: tuple[NDArray[np.float64], NDArray[np.float64]],
    turn: tuple[float, float],
    corner: tuple[float, float, float, float],
    size: float,
    table: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Find the squares that hold points.

    Parameters
    ----------
    points : tuple of two ndarrays, shape (n,)
        x and y [m]; NaN is nowhere.
    turn : tuple of float
        Cosine and sine of the turn from the CRS to the grid.
    corner : tuple of float
        Offset of the grid along its axes [m], first column and first row.
    size : float
        Side [m].
    table : ndarray of int32, shape (n_columns, n_rows)
        Position of each square, or -1.

    Returns
    -------
    ndarray of int64, shape (n,)
        Positions or NOWHERE.
    """
    x, y = points
    (c, s), (u0, v0, column0, row0) = turn, corner
    out = np.empty(x.size, np.int64)
    for k in range(x.size):
        column = np.floor((c * x[k] - s * y[k] - u0) / size) - column0
        row = np.floor((s * x[k] + c * y[k] - v0) / size) - row0
        inside = column >= 0 and row >= 0 and column < table.shape[0] and row < table.shape[1]
        out[k] = table[int(column), int(row)] if inside else NOWHERE
    return out
