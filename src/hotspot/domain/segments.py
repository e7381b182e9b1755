"""Street segments as cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.boundary import read_vector
from hotspot.domain.network import Network
from hotspot.domain.nodes import PIECE, Nodes, line_nodes
from hotspot.domain.polygons import geometry_ids

if TYPE_CHECKING:
    from typing import TypeAlias

    LinesLike: TypeAlias = str | Path | gpd.GeoDataFrame | gpd.GeoSeries | Any  # or a Streets layer


@dataclass(frozen=True, eq=False)
class SegmentGrid:
    """The street segments of a domain.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_cells,)
        Sorted.
    lines : ndarray of shapely lines, shape (n_cells,)
        Whole segments [m].
    snap_limit : float
        Points farther away than this have no cell [m].
    """

    ids: NDArray[np.int64]
    lines: NDArray[np.object_]
    snap_limit: float

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.lines)

    @cached_property
    def network(self) -> Network:
        """The segments as a network: their ends are its nodes."""
        return Network(self.lines)

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of the nearest segments, -1 where none is within the limit; see `Domain.locate`."""
        return self.snap(x, y)[0]

    def snap(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the nearest segment within the limit: its position, and how far away it is [m] (-1 and NaN: none)."""
        found, distance = np.full(x.shape, -1, np.int64), np.full(x.shape, np.nan)
        fine = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        points = shapely.points(x[fine], y[fine])
        (point, cell), far = self._tree.query_nearest(
            points, max_distance=self.snap_limit, return_distance=True, all_matches=False
        )
        found[fine[point]], distance[fine[point]] = cell, far
        return found, distance

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Middles of the segments [m]."""
        points = shapely.line_interpolate_point(self.lines, 0.5, normalized=True)
        return shapely.get_x(points), shapely.get_y(points)

    def shapes(self) -> NDArray[np.object_]:
        """Whole segments, shape (n_cells,)."""
        return self.lines

    def touching(self) -> NDArray[np.int64]:
        """Pairs of positions of segments that share an end, shape (n_pairs, 2)."""
        return self.network.touching()

    def whole_nodes(self, positions: NDArray[np.int64], piece: float = PIECE) -> Nodes:
        """Nodes of whole segments at some positions."""
        return line_nodes(self.lines[positions], positions, piece)

    def take(self, positions: NDArray[np.int64]) -> SegmentGrid:
        """Keep some cells."""
        return SegmentGrid(self.ids[positions], self.lines[positions], self.snap_limit)


def cover(
    streets: LinesLike,
    crs: str,
    *,
    length: float,
    snap: float,
    tolerance: float,
    id: str | None,  # noqa: A002
) -> tuple[SegmentGrid, tuple[str, ...]]:
    """Read streets, node and cut them; give segments sorted by id, and notes on what was mended or set aside."""
    frame = read_vector(streets) if isinstance(streets, str | Path) else getattr(streets, "frame", streets)
    lines = shapely.get_parts(np.asarray(frame.geometry.to_crs(crs).array))
    noded = shapely.get_parts(shapely.line_merge(shapely.node(shapely.union_all(lines))))
    pieces = [part for line in noded for part in _cut(line, length)]
    found = np.array(pieces, object)
    ids = geometry_ids(found)
    order = np.argsort(ids)
    return SegmentGrid(ids[order], found[order], float(snap)), ()


def _cut(line: BaseGeometry, length: float) -> list[BaseGeometry]:
    n = max(round(line.length / length), 1)
    edges = np.linspace(0, line.length, n + 1)
    return [shapely.ops.substring(line, a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def linear(geometry: BaseGeometry) -> BaseGeometry:
    """Take the lines out of a mixed geometry."""
    flat = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(flat[shapely.get_dimensions(flat) == 1])
