"""Cells cut at the boundary."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.boundary import areal
from hotspot.domain.index import Inside
from hotspot.domain.nodes import Nodes
from hotspot.domain.segments import SegmentGrid, linear
from hotspot.domain.square import SquareGrid
from hotspot.errors import InputError, nearest
from hotspot.kernels.raster import LINE, OUTSIDE

ROUNDING = 1e-9  # of a cell: neither an overlap with the boundary, nor a cut


class Grid(Protocol):
    """What a kind of cells has to offer."""

    @property
    def ids(self) -> NDArray[np.int64]:
        """Signed 64-bit ids."""

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of points, -1 where there is no cell."""

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres of the whole cells [m]."""

    def shapes(self) -> NDArray[np.object_]:
        """Whole cells: polygons, or the lines of street segments."""

    def touching(self) -> NDArray[np.int64]:
        """Pairs (i, j), i < j, of positions of cells that touch, shape (n_pairs, 2)."""

    def whole_nodes(self, positions: NDArray[np.int64], piece: float) -> Nodes:
        """Quadrature points of whole cells, in pieces of some size at most [m]."""


def whole_sizes(grid: Grid) -> NDArray[np.float64]:
    """Area [m2] or length [m] of whole cells; of squares without making their shapes, shape (n_cells,)."""
    if isinstance(grid, SquareGrid):
        return np.full(grid.column.size, grid.size**2)
    measure = shapely.length if isinstance(grid, SegmentGrid) else shapely.area
    return np.asarray(measure(grid.shapes()))


def some_shapes(grid: Grid, positions: NDArray[np.int64]) -> NDArray[np.object_]:
    """Whole cells at some positions."""
    return grid.shapes(positions) if isinstance(grid, SquareGrid) else grid.shapes()[positions]


def cut_shapes(grid: Grid, positions: NDArray[np.int64], boundary: BaseGeometry) -> NDArray[np.object_]:
    """Cells at some positions, cut at the boundary."""
    shapes = shapely.intersection(some_shapes(grid, positions), boundary)
    # a cell that also touches the boundary along a line gets that line from the intersection
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    keep = linear if isinstance(grid, SegmentGrid) else areal
    shapes[mixed] = [keep(shape) for shape in shapes[mixed]]
    return np.asarray(shapes)


def clip(grid: Grid, boundary: BaseGeometry, keep: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Find which cells to keep, and how much of them lies inside the boundary.

    Parameters
    ----------
    grid : Grid
        The cells.
    boundary : shapely.Polygon or shapely.MultiPolygon
        The area [m].
    keep : {"touch", "centre"}
        Every overlapping cell, or those whose centre lies inside.

    Returns
    -------
    kept : ndarray of bool, shape (n_cells,)
        Which cells.
    size : ndarray, shape (n_kept,)
        Area [m2] or length [m] inside the boundary.

    Raises
    ------
    InputError
        If `keep` is another word or no cell is left.
    """
    if keep not in ("touch", "centre"):
        raise InputError(f"keep is {keep!r}; {nearest(keep, ['touch', 'centre'])}")
    inside = Inside.of(boundary, grid.ids.size)
    whole = whole_sizes(grid)
    state = inside.boxes(grid.bounds() if isinstance(grid, SquareGrid) else shapely.bounds(grid.shapes()))
    near = np.flatnonzero(state == LINE)  # only these may be cut
    cut = near[~shapely.covers(boundary, some_shapes(grid, near))]
    size = np.where(state == OUTSIDE, 0.0, whole)
    measure = shapely.length if isinstance(grid, SegmentGrid) else shapely.area
    size[cut] = measure(shapely.intersection(some_shapes(grid, cut), boundary))
    kept = size > ROUNDING * np.minimum(whole, boundary.area)
    if not kept.any():
        raise _apart(grid, boundary)
    if keep == "centre":
        kept &= inside.points(*grid.centres())
    if not kept.any():
        raise InputError("no cell is left with keep='centre': no centre lies inside; use smaller cells or keep='touch'")
    return kept, size[kept]


def _apart(grid: Grid, boundary: BaseGeometry) -> InputError:
    here, there = (
        ", ".join(f"{value:.0f}" for value in shapely.total_bounds(each)) for each in (boundary, grid.shapes())
    )
    return InputError(
        f"none of {grid.ids.size:,} cells overlaps the boundary; it spans {here} (west, south, east, north, in "
        f"metres), the cells {there}; check that both are of one city, and their CRS (a bare geometry is taken to "
        "be in the domain's)"
    )
