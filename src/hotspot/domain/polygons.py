"""Given polygons as cells: beats, parcels, buildings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.boundary import areal, check_region, name_of, read_vector, with_geometry
from hotspot.domain.index import PolygonIndex
from hotspot.domain.naming import check_unique, column_ids, column_names, geometry_ids
from hotspot.domain.nodes import PIECE, Nodes, inner_points, polygon_nodes
from hotspot.domain.overlaps import without_overlaps
from hotspot.errors import ColumnError, InputError, nearest

if TYPE_CHECKING:
    from hotspot.domain.boundary import BoundaryLike

SMALLEST = 0.01  # m2: what is smaller has no shape at the precision of an id
TOUCH = 0.5  # m: polygons less than this apart touch


@dataclass(frozen=True, eq=False)
class PolygonGrid:
    """The polygons of a domain.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_cells,)
        Sorted.
    polygons : ndarray of shapely polygons, shape (n_cells,)
        Whole cells [m]; they do not overlap.
    names : ndarray of str, shape (n_cells,), optional
        The file's own ids as text.
    """

    ids: NDArray[np.int64]
    polygons: NDArray[np.object_]
    names: NDArray[np.object_] | None = None

    @cached_property
    def _index(self) -> PolygonIndex:
        return PolygonIndex.of(self.polygons)

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Find the polygons that hold points.

        Parameters
        ----------
        x, y : ndarray, shape (n,)
            Coordinates [m]; NaN is nowhere.

        Returns
        -------
        ndarray of int64, shape (n,)
            Positions, -1 where there is no polygon. A point on a common border belongs to the cell with the smallest
            id.
        """
        return self._index.locate(x, y)

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centroids, or another point inside where the centroid is not [m]."""
        points = inner_points(self.polygons)
        return shapely.get_x(points), shapely.get_y(points)

    def shapes(self) -> NDArray[np.object_]:
        """Whole polygons, shape (n_cells,)."""
        return self.polygons

    def touching(self) -> NDArray[np.int64]:
        """Pairs of positions of polygons that share a border or a corner, or nearly do, shape (n_pairs, 2)."""
        first, second = shapely.STRtree(self.polygons).query(self.polygons, predicate="dwithin", distance=TOUCH)
        kept = first < second
        return np.column_stack([first[kept], second[kept]])

    def whole_nodes(self, positions: NDArray[np.int64], piece: float = PIECE) -> Nodes:
        """Nodes of whole polygons at some positions, in pieces of some size at most [m]."""
        return polygon_nodes(self.polygons[positions], positions, piece)

    def union(self) -> BaseGeometry:
        """All cells as one area [m]."""
        return areal(shapely.disjoint_subset_union_all(self.polygons))

    def take(self, positions: NDArray[np.int64]) -> PolygonGrid:
        """Keep some cells."""
        names = None if self.names is None else self.names[positions]
        return PolygonGrid(self.ids[positions], self.polygons[positions], names)


def cover(cells: BoundaryLike, crs: str, *, id: str | None) -> tuple[PolygonGrid, tuple[str, ...]]:  # noqa: A002
    """Read polygons as cells.

    Parameters
    ----------
    cells : path, GeoDataFrame, GeoSeries or layer
        Polygons.
    crs : str
        The domain's CRS.
    id : str, optional
        Column that names them.

    Returns
    -------
    grid : PolygonGrid
        Sorted by id.
    notes : tuple of str
        What was mended or set aside.

    Raises
    ------
    InputError
        If there is no CRS, no polygon is left, ids are missing or repeated, or polygons overlap.
    """
    where = f"cells {name_of(cells)}"
    frame = _frame(cells, where)
    polygons, row, notes = _read(frame, crs, where)
    key = geometry_ids(polygons)
    ids, names, labels = key, None, np.array([f"row {i}" for i in row], object)
    if id is not None:
        column = _column(frame, id, where).iloc[row]
        ids, labels = column_ids(column, where), np.array([repr(value) for value in column.tolist()], object)
        names = column_names(column, ids)
    order = np.lexsort((ids, key))
    order = order[np.concatenate([[True], np.diff(key[order]) != 0])]  # of equal shapes the smallest id
    order = order[np.argsort(ids[order], kind="stable")]
    repeats = len(polygons) - order.size
    if repeats:
        notes = (*notes, f"{repeats:,} repeats of another polygon set aside")
    check_unique(ids[order], labels[order], where)
    polygons, slivers = without_overlaps(polygons[order], labels[order], where)
    return PolygonGrid(ids[order], polygons, None if names is None else names[order]), notes + slivers


def _frame(cells: BoundaryLike, where: str) -> gpd.GeoDataFrame | gpd.GeoSeries:
    source = getattr(cells, "frame", cells)  # of a layer
    if isinstance(source, gpd.GeoSeries):
        return source
    if isinstance(source, BaseGeometry):
        raise InputError(f"{where}: got one geometry; expected a path, a GeoDataFrame or a GeoSeries of polygons")
    return with_geometry(source, where) if isinstance(source, pd.DataFrame) else read_vector(source)


def _column(frame: gpd.GeoDataFrame | gpd.GeoSeries, name: str, where: str) -> pd.Series:
    columns = [] if isinstance(frame, gpd.GeoSeries) else [c for c in frame.columns if c != frame.geometry.name]
    if name not in columns:
        raise ColumnError(f"{where}: no column {name!r} to take ids from; {nearest(name, map(str, columns))}")
    return pd.Series(frame[name])


def _read(
    frame: gpd.GeoDataFrame | gpd.GeoSeries, crs: str, where: str
) -> tuple[NDArray[np.object_], NDArray[np.int64], tuple[str, ...]]:
    """Bring polygons into the domain's CRS and mend them: shapes, rows of the file, and notes."""
    check_region(frame, crs, where)
    shapes = np.asarray(shapely.force_2d(frame.geometry.to_crs(crs).array))
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    lost = broken & ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~shapely.is_empty(shapes)
    if lost.any():
        raise InputError(
            f"{where}: {lost.sum():,} polygons have corners that are no finite numbers in {crs}, the first is row "
            f"{np.flatnonzero(lost)[0]}; take them out, or choose a CRS made for this region"
        )
    mend = np.flatnonzero(broken | (shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION))
    shapes[mend] = [areal(shape) for shape in shapely.make_valid(shapes[mend])]
    polygonal = (shapely.get_dimensions(shapes) == 2) & (shapely.area(shapes) >= SMALLEST)
    row = np.flatnonzero(polygonal)
    if not row.size:
        raise InputError(f"{where}: none of {len(shapes):,} rows holds a polygon; expected at least one")
    aside, mended = len(shapes) - row.size, int(polygonal[mend].sum())
    notes = [f"{aside:,} of {len(shapes):,} rows without a polygon set aside"] if aside else []
    notes += [f"{mended:,} of {row.size:,} polygons mended"] if mended else []
    return shapes[row], row, tuple(notes)


def uncovered(kept: NDArray[np.bool_], inside: float, area: float) -> tuple[str, ...]:
    """Say how much of a boundary of some area [m2] has no cell, and how many polygons lie outside it."""
    notes = [f"{(~kept).sum():,} of {kept.size:,} polygons outside the boundary left out"] if not kept.all() else []
    missing = 1 - inside / area
    notes += [f"{missing:.1%} of the boundary has no cell ({missing * area / 1e6:,.2f} km2)"] if missing > 1e-4 else []
    return tuple(notes)
