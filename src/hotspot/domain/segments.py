"""Street segments as cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.boundary import read_vector
from hotspot.domain.lines import GRID, cut, pack, straightened, unpack
from hotspot.domain.naming import check_unique, column_ids, column_names, geometry_ids
from hotspot.domain.network import Network
from hotspot.domain.nodes import PIECE, Nodes, line_nodes
from hotspot.errors import ColumnError, InputError, nearest

if TYPE_CHECKING:
    from typing import TypeAlias

    LinesLike: TypeAlias = str | Path | gpd.GeoDataFrame | gpd.GeoSeries | Any  # or a Streets layer

OSM = (".osm", ".osm.pbf", ".pbf")
SHORTEST = 1.0  # [m]; of the target length


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
    labels : ndarray of str or None, shape (n_cells,), optional
        Class of the street.
    names : ndarray of str, shape (n_cells,), optional
        The file's own ids as text.
    joints : ndarray of int64, shape (n_cells, 2), optional
        The nodes at both ends of each segment, where places do not tell: two streets may be cut at the same place, one
        over the other.
    """

    ids: NDArray[np.int64]
    lines: NDArray[np.object_]
    snap_limit: float
    labels: NDArray[np.object_] | None = None
    names: NDArray[np.object_] | None = None
    joints: NDArray[np.int64] | None = None

    @cached_property
    def network(self) -> Network:
        """The segments as a network: their ends are its nodes."""
        return Network(self.lines, self.labels, joints=self.joints)

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of the nearest segments, -1 where none is within the limit; see `Domain.locate`."""
        return self.snap(x, y)[0]

    def snap(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the nearest segment within the limit, of equally near ones that of the lowest id; see `Domain.snap`."""
        cell, _, distance = self.network.snap(x, y, self.snap_limit)
        return cell, distance

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
        labels, names = (None if each is None else each[positions] for each in (self.labels, self.names))
        joints = None if self.joints is None else self.joints[positions]
        return SegmentGrid(self.ids[positions], self.lines[positions], self.snap_limit, labels, names, joints)


class Cutting(NamedTuple):
    """How streets are made into segments; see `Domain.segments`."""

    length: float
    snap: float
    tolerance: float
    crossings: str = "split"


def cover(
    streets: LinesLike,
    crs: str,
    how: Cutting,
    id: str | None,  # noqa: A002
) -> tuple[SegmentGrid, tuple[str, ...]]:
    """Make streets into segments.

    Parameters
    ----------
    streets : path, GeoDataFrame, GeoSeries or Streets
        Lines with a CRS.
    crs : str
        The domain's.
    how : Cutting
        Length, limits, and where streets meet.
    id : str, optional
        As for `Domain.segments`.

    Returns
    -------
    grid : SegmentGrid
        Sorted by id, not yet clipped.
    notes : tuple of str
        What was mended or set aside.

    Raises
    ------
    InputError
        If an argument or the streets cannot be used.
    """
    _check("length", how.length, SHORTEST)
    _check("snap", how.snap, GRID)
    _check("tolerance", how.tolerance, 0.0)
    frame = _frame(streets)
    lines = np.asarray(frame.geometry.to_crs(crs).array)
    labels = _labels(streets, frame)
    if id is not None:
        grid, notes = _as_given(lines, labels, *_given_ids(frame, id), how.snap)
    else:
        grid, notes = _noded(lines, labels, how)
    order = np.argsort(grid.ids)
    return grid.take(order), notes


def check_inside(grid: SegmentGrid, boundary: BaseGeometry) -> None:
    """Refuse streets of which none reaches into the boundary, and say where both lie."""
    if shapely.STRtree(grid.lines).query(boundary, predicate="intersects").size:
        return
    here, there = (", ".join(f"{value:.0f}" for value in shapely.total_bounds(each)) for each in (boundary, grid.lines))
    raise InputError(
        f"Domain.segments: none of {len(grid.lines):,} street segments lies inside the boundary; it spans {here} "
        f"(west, south, east, north, in metres), the streets {there}; check that both are of one city, and their CRS"
    )


def _check(name: str, value: float, least: float) -> None:
    if not (isinstance(value, int | float | np.number) and np.isfinite(value) and value >= least):
        raise InputError(f"Domain.segments: {name} is {value!r}; expected metres, {least:g} or more")


def _frame(streets: LinesLike) -> gpd.GeoDataFrame | gpd.GeoSeries:
    if isinstance(streets, str | Path) and str(streets).lower().endswith(OSM) and Path(streets).is_file():
        raise InputError(
            f"Domain.segments: streets {streets} is a file of OpenStreetMap, which holds more than streets; read it "
            f"with hotspot.read_streets({str(streets)!r}) and give that layer"
        )
    frame = read_vector(streets) if isinstance(streets, str | Path) else getattr(streets, "frame", streets)
    name = str(streets) if isinstance(streets, str | Path) else type(streets).__name__
    if not isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries):
        raise InputError(f"Domain.segments: streets is a {name}; expected a path, GeoDataFrame, GeoSeries or Streets")
    if frame.crs is None:
        raise InputError(
            f"Domain.segments: streets {name} have no CRS; expected one with the data; set it, for example with "
            "GeoDataFrame.set_crs('EPSG:4326')"
        )
    return frame


def _labels(streets: LinesLike, frame: gpd.GeoDataFrame | gpd.GeoSeries) -> NDArray[np.object_] | None:
    """Class of each street, where a layer says which column holds it."""
    column = getattr(streets, "category", None)
    return None if not isinstance(column, str) else np.asarray(frame[column].to_numpy(dtype=object))


def _noded(
    lines: NDArray[np.object_], labels: NDArray[np.object_] | None, how: Cutting
) -> tuple[SegmentGrid, tuple[str, ...]]:
    """Cut streets between junctions into equal parts; ids are hashes of their points, to a centimetre."""
    network = Network.of(lines, tolerance=how.tolerance, labels=labels, crossings=how.crossings)
    pieces, ids, street = _parts(network.lines, how.length)
    kind = None if network.labels is None else network.labels[street]
    return SegmentGrid(ids, pieces, float(how.snap), kind, joints=_joints(network, pieces, street)), network.notes


def _parts(
    lines: NDArray[np.object_], length: float
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.int64]]:
    """Cut streets: the parts, their ids, and the street of each.

    Streets that run within a finger's breadth of each other, so that their parts would be equal, stay whole.
    """
    streets, longest = straightened(lines), np.full(len(lines), float(length))
    while True:
        parts, street = cut(unpack(streets), longest)
        pieces = pack(parts)
        ids = geometry_ids(pieces)
        known, number = np.unique(ids, return_counts=True)
        equal = np.unique(street[np.isin(ids, known[number > 1])])
        if np.isinf(longest[equal]).all():
            return pieces, ids, street
        streets[equal], longest[equal] = lines[equal], np.inf


def _joints(network: Network, pieces: NDArray[np.object_], street: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Nodes at both ends of the parts of streets; None where their places tell the same."""
    inner = np.append(street[1:] == street[:-1], False)  # another part of the same street follows
    after = len(network.nodes) + np.arange(street.size)  # a node for each cut
    begin = np.where(np.append(False, inner[:-1]), after - 1, network.ends[street, 0])
    joints = np.column_stack([begin, np.where(inner, after, network.ends[street, 1])]).astype(np.int64)
    return None if np.unique(joints).size == len(Network(pieces).nodes) else joints


def _given_ids(frame: gpd.GeoDataFrame | gpd.GeoSeries, column: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Ids and names of the streets."""
    known = [] if isinstance(frame, gpd.GeoSeries) else [str(name) for name in frame.columns.drop(frame.geometry.name)]
    if column not in known:
        raise ColumnError(f"Domain.segments: streets have no column {column!r}; {nearest(column, known)}")
    ids = column_ids(frame[column], "Domain.segments")
    order = np.argsort(ids, kind="stable")
    check_unique(ids[order], frame[column].astype(str).to_numpy(dtype=object)[order], "Domain.segments")
    return ids, column_names(frame[column], ids)


def _as_given(
    lines: NDArray[np.object_],
    labels: NDArray[np.object_] | None,
    ids: NDArray[np.int64],
    names: NDArray[np.object_],
    snap: float,
) -> tuple[SegmentGrid, tuple[str, ...]]:
    """Take lines as they are; what is no line or has no length is set aside and counted."""
    lines = shapely.force_2d(lines)
    several = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
    lines[several] = shapely.line_merge(lines[several])
    pieces = np.flatnonzero(shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING)
    if pieces.size:
        raise InputError(
            f"Domain.segments: {pieces.size:,} streets with an id are in several pieces; expected one line an id; give "
            "each piece its own, or leave id out"
        )
    line = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & np.isfinite(shapely.bounds(lines)).all(1)
    long = line & (shapely.length(lines) > 0)
    notes = [
        f"streets: {number:,} rows {what}, set aside"
        for number, what in ((int((~line).sum()), "that are no line"), (int((line & ~long).sum()), "of zero length"))
        if number
    ]
    if not long.any():
        raise InputError(f"Domain.segments: none of {lines.size:,} rows is a line with a length; check the streets")
    labels = None if labels is None else labels[long]
    grid = SegmentGrid(ids[long], lines[long], float(snap), labels, names[long])
    return grid, (*notes, *grid.network.parts_said())


def linear(geometry: BaseGeometry) -> BaseGeometry:
    """Take the lines out of a mixed geometry."""
    flat = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(flat[shapely.get_dimensions(flat) == 1])
