"""Given polygons as cells: beats, parcels, buildings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.boundary import areal, read_vector
from hotspot.domain.nodes import PIECE, Nodes, polygon_nodes
from hotspot.errors import InputError

if TYPE_CHECKING:
    from hotspot.domain.boundary import BoundaryLike


@dataclass(frozen=True, eq=False)
class PolygonGrid:
    """The polygons of a domain.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_cells,)
        Sorted.
    polygons : ndarray of shapely geometries, shape (n_cells,)
        Whole cells [m]; they do not overlap.
    """

    ids: NDArray[np.int64]
    polygons: NDArray[np.object_]

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.polygons)

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of the polygons that hold points, -1 where there is none; see `Domain.locate`."""
        found = np.full(x.shape, -1, np.int64)
        fine = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        point, cell = self._tree.query(shapely.points(x[fine], y[fine]), predicate="intersects")
        found[fine[point[::-1]]] = cell[::-1]
        return found

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centroids, or a point inside where the centroid is not [m]."""
        points = shapely.centroid(self.polygons)
        outside = ~shapely.intersects(self.polygons, points)
        points[outside] = shapely.point_on_surface(self.polygons[outside])
        return shapely.get_x(points), shapely.get_y(points)

    def shapes(self) -> NDArray[np.object_]:
        """Whole polygons, shape (n_cells,)."""
        return self.polygons

    def touching(self) -> NDArray[np.int64]:
        """Pairs of positions of polygons that touch, shape (n_pairs, 2)."""
        first, second = self._tree.query(self.polygons, predicate="dwithin", distance=0.5)
        kept = first < second
        return np.column_stack([first[kept], second[kept]])

    def whole_nodes(self, positions: NDArray[np.int64], piece: float = PIECE) -> Nodes:
        """Nodes of whole polygons at some positions."""
        return polygon_nodes(self.polygons[positions], positions, piece)

    def union(self) -> BaseGeometry:
        """All of them as one area [m]."""
        return areal(shapely.union_all(self.polygons))

    def take(self, positions: NDArray[np.int64]) -> PolygonGrid:
        """Keep some cells."""
        return PolygonGrid(self.ids[positions], self.polygons[positions])


def cover(cells: BoundaryLike, crs: str, *, id: str | None) -> tuple[PolygonGrid, tuple[str, ...]]:  # noqa: A002
    """Read polygons as cells; give them sorted by id, and notes on what was mended or set aside."""
    frame = cells if isinstance(cells, gpd.GeoDataFrame | gpd.GeoSeries) else read_vector(cells)  # type: ignore[arg-type]
    shapes = np.array([areal(shape) for shape in shapely.make_valid(frame.geometry.to_crs(crs).array)], object)
    if id is None:
        ids = geometry_ids(shapes)
    else:
        if not isinstance(frame, gpd.GeoDataFrame) or id not in frame.columns:
            raise InputError(f"Domain.polygons: no column {id!r} in the cells")
        ids = pd.to_numeric(frame[id]).to_numpy(np.int64)
    order = np.argsort(ids)
    return PolygonGrid(ids[order], shapes[order]), ()


def geometry_ids(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Hash normalised geometries, to a centimetre, into ids that depend on nothing else."""
    normal = shapely.normalize(shapely.set_precision(shapes, 0.01))
    digests = (hashlib.blake2b(blob, digest_size=8).digest() for blob in shapely.to_wkb(normal))
    return np.frombuffer(b"".join(digests), ">i8").astype(np.int64)
