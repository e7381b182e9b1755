"""Streets of an invented city: a turned, jittered grid with arterials and diagonals, in one planar piece."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Edges = NDArray[np.int64]
Points = NDArray[np.float64]

_BLOCK = (200.0, 165.0)  # [m] along a row and along a column
_TURN = np.deg2rad(6.0)
_JITTER = 13.0  # [m]
_GAP = 0.07  # share of local streets that were never built
_ARTERIAL, _COLLECTOR = 6, 3  # every so many rows and columns


def draw_streets(boundary: shapely.Polygon, crs: str, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Draw the streets between the corners of a jittered grid; none leaves the boundary or crosses its lake.

    Parameters
    ----------
    boundary : shapely Polygon
        The city, water cut out [m].
    crs : str
        CRS of the boundary.
    rng : numpy.random.Generator
        Source of the jitter and the gaps.

    Returns
    -------
    geopandas.GeoDataFrame
        One segment a row: street_id, class (arterial, collector, local), geometry. They meet at corners only.
    """
    shape, corners = _corners(boundary, rng)
    edges, kind = _edges(shape)
    kept = (kind != "local") | (rng.uniform(size=len(kind)) >= _GAP)
    lines = np.asarray(shapely.linestrings(corners[edges]))
    shapely.prepare(boundary)
    kept &= shapely.contains(boundary, lines)
    kept[kept] = _largest_piece(edges[kept], len(corners))
    return gpd.GeoDataFrame(
        {"street_id": np.arange(1, kept.sum() + 1), "class": kind[kept]}, geometry=lines[kept], crs=crs
    )


def _corners(boundary: shapely.Polygon, rng: np.random.Generator) -> tuple[tuple[int, int], Points]:
    """Place corners on a turned grid over the bounds; give its (columns, rows) and the corners by rows."""
    left, low, right, high = boundary.bounds
    reach = float(np.hypot(right - left, high - low)) / 2
    across, along = (np.arange(-reach, reach, step) for step in _BLOCK)
    u, v = np.meshgrid(across, along)
    x = (left + right) / 2 + u * np.cos(_TURN) - v * np.sin(_TURN)
    y = (low + high) / 2 + u * np.sin(_TURN) + v * np.cos(_TURN)
    corners = np.column_stack([x.ravel(), y.ravel()])
    return (len(across), len(along)), (corners + rng.normal(0, _JITTER, corners.shape)).round(1)


def _edges(shape: tuple[int, int]) -> tuple[Edges, NDArray[np.str_]]:
    """List the pairs of corners that a street joins, and each street's class."""
    columns, rows = shape
    number = np.arange(columns * rows).reshape(rows, columns)
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    rising = column[:-1, :-1] - row[:-1, :-1] == (columns - rows) // 2
    falling = column[:-1, 1:] + row[:-1, 1:] == (columns + rows) // 2 + 8
    parts = [
        (number[:, :-1], number[:, 1:], _class(row[:, :-1])),
        (number[:-1], number[1:], _class(column[:-1])),
        (number[:-1, :-1][rising], number[1:, 1:][rising], np.full(rising.sum(), "arterial")),
        (number[:-1, 1:][falling], number[1:, :-1][falling], np.full(falling.sum(), "arterial")),
    ]
    pairs = [np.column_stack([one.ravel(), other.ravel()]) for one, other, _ in parts]
    return np.concatenate(pairs), np.concatenate([kind.ravel() for *_, kind in parts])


def _class(line: NDArray[np.int64]) -> NDArray[np.str_]:
    kind = np.where(line % _COLLECTOR == 0, "collector", "local")
    return np.where(line % _ARTERIAL == 0, "arterial", kind)


def _largest_piece(edges: Edges, n_corners: int) -> NDArray[np.bool_]:
    """Mark the streets of the largest connected piece, so that no street is cut off from the rest."""
    links = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n_corners, n_corners))
    _, piece = connected_components(links, directed=False)
    of_street = piece[edges[:, 0]]
    return np.asarray(of_street == np.bincount(of_street).argmax(), dtype=np.bool_)
