"""Domain: the study area cut into cells with stable ids."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain import h3 as hexagon
from hotspot.domain import polygons as polygon
from hotspot.domain import segments as segment
from hotspot.domain import square
from hotspot.domain.boundary import known_zone, metric_crs, read_boundary, take_out
from hotspot.domain.clip import ROUNDING, Grid, clip, cut_shapes, whole_sizes
from hotspot.domain.index import Inside
from hotspot.domain.near import Neighbours, as_rows, within
from hotspot.domain.network import Network
from hotspot.domain.nodes import Nodes, join_nodes, line_nodes, piece_of, polygon_nodes
from hotspot.errors import InputError

if TYPE_CHECKING:
    from hotspot.domain.boundary import BoundaryLike
    from hotspot.domain.segments import LinesLike


@dataclass(frozen=True, eq=False)
class Domain:
    """The study area: boundary, CRS in metres, time zone and cells.

    Make one with `Domain.square`, `Domain.h3`, `Domain.segments` or `Domain.polygons`.

    Parameters
    ----------
    kind : str
        ``"square"``, ``"h3"``, ``"segments"`` or ``"polygons"``.
    boundary : shapely.Polygon or shapely.MultiPolygon
        The area, holes cut out [m].
    crs : str
        Projected CRS in metres.
    time_zone : str
        IANA name.
    ids : ndarray of int64, shape (n_cells,)
        Stable ids.
    size : ndarray, shape (n_cells,)
        Part of each cell inside the boundary: area [m2], or length [m] of street segments.
    grid : Grid
        Maps points to cells.
    notes : tuple of str
        What was mended or set aside when the cells were made.
    """

    kind: str
    boundary: BaseGeometry
    crs: str
    time_zone: str
    ids: NDArray[np.int64]
    size: NDArray[np.float64]
    grid: Grid = field(repr=False)
    notes: tuple[str, ...] = ()

    @classmethod
    def square(
        cls,
        boundary: BoundaryLike,
        *,
        size: float,
        crs: str,
        time_zone: str,
        origin: tuple[float, float] | None = None,
        rotation: float = 0.0,
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Cut a boundary into squares.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry
            The area; reprojected to `crs`. A bare geometry is taken to be in `crs`.
        size : float
            Side of a square [m].
        crs : str
            Projected CRS in metres.
        time_zone : str
            IANA name.
        origin : tuple of float, optional
            A corner of the grid [m]. Default: the bounds floored to multiples of `size`.
        rotation : float
            Of the grid, degrees counter-clockwise.
        keep : {"touch", "centre"}
            Every overlapping square, or those whose centre lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land on which nothing can be built, such as water and airfields: taken out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by column, then row.

        Raises
        ------
        InputError
            If an argument cannot be used or no cell is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        area = read_boundary(boundary, crs, without)
        grid = square.cover(area, size, origin, rotation)
        kept, inside = clip(grid, area, keep)
        grid = replace(grid, column=grid.column[kept], row=grid.row[kept])
        return cls("square", area, crs, time_zone, grid.ids, inside, grid)

    @classmethod
    def h3(
        cls,
        boundary: BoundaryLike,
        *,
        resolution: int,
        crs: str,
        time_zone: str,
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Cut a boundary into H3 hexagons.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry
            The area; reprojected to `crs`.
        resolution : int
            H3 resolution, 0 to 15.
        crs : str
            Projected CRS in metres, in which areas and distances are measured.
        time_zone : str
            IANA name.
        keep : {"touch", "centre"}
            Every overlapping hexagon, or those whose centre lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land to take out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by H3 id.

        Raises
        ------
        InputError
            If an argument cannot be used or no cell is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        area = read_boundary(boundary, crs, without)
        grid = hexagon.cover(area, resolution, crs)
        kept, inside = clip(grid, area, keep)
        grid = hexagon.HexGrid(grid.resolution, crs, grid.ids[kept])
        return cls("h3", area, crs, time_zone, grid.ids, inside, grid)

    @classmethod
    def segments(
        cls,
        boundary: BoundaryLike,
        *,
        streets: LinesLike,
        crs: str,
        time_zone: str,
        length: float = 100.0,
        snap: float = 50.0,
        tolerance: float = 2.0,
        crossings: str = "split",
        id: str | None = None,  # noqa: A002
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Cut the streets inside a boundary into segments.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry
            The area; reprojected to `crs`.
        streets : path, GeoDataFrame, GeoSeries or Streets
            Lines; reprojected to `crs`. They are noded before they are cut (see `Network.of`), and cut before they are
            clipped, so that ids depend neither on the boundary nor on the order or direction of the lines. Classes of
            a Streets layer keep streets apart.
        crs : str
            Projected CRS in metres.
        time_zone : str
            IANA name.
        length : float
            Target length [m]: a street between two junctions is cut into equal parts of about this length.
        snap : float
            An incident farther than this from every segment has no cell [m].
        tolerance : float
            Ends closer than this to another street are joined to it, and ends that pass one by less are cut [m].
        crossings : {"split", "vertices"}
            Streets meet wherever they cross or touch, or only at points that both have (see `Network.of`).
        id : str, optional
            Column of whole numbers or text (hashed) that names the streets. Then they are taken as they are, neither
            noded nor cut. Default: a hash of each segment's points, to a centimetre.
        keep : {"touch", "centre"}
            Every segment that reaches into the boundary, or those whose middle lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land to take out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by id; `size` is the length inside the boundary [m].

        Raises
        ------
        InputError
            If an argument cannot be used or no segment is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        area = read_boundary(boundary, crs, without)
        grid, notes = segment.cover(streets, crs, segment.Cutting(length, snap, tolerance, crossings), id)
        segment.check_inside(grid, area)
        kept, inside = clip(grid, area, keep)
        grid = grid.take(np.flatnonzero(kept))
        return cls("segments", area, crs, time_zone, grid.ids, inside, grid, notes)

    @classmethod
    def polygons(
        cls,
        boundary: BoundaryLike | None,
        *,
        cells: BoundaryLike,
        crs: str,
        time_zone: str,
        id: str | None = None,  # noqa: A002
        keep: str = "touch",
        without: BoundaryLike | None = None,
    ) -> Domain:
        """Take given polygons as cells: beats, parcels, buildings.

        Parameters
        ----------
        boundary : path, GeoDataFrame, GeoSeries or geometry, optional
            The area; reprojected to `crs`. None: the union of the polygons.
        cells : path, GeoDataFrame or GeoSeries
            Polygons; reprojected to `crs`.
        crs : str
            Projected CRS in metres.
        time_zone : str
            IANA name.
        id : str, optional
            Column that names the polygons. Default: a hash of each polygon's geometry.
        keep : {"touch", "centre"}
            Every polygon that overlaps the boundary, or those whose centre lies inside.
        without : path, GeoDataFrame, GeoSeries or geometry, optional
            Land to take out of the boundary.

        Returns
        -------
        Domain
            Cells sorted by id.

        Raises
        ------
        InputError
            If an argument cannot be used, polygons overlap, or no cell is left.
        """
        crs, time_zone = metric_crs(crs), known_zone(time_zone)
        grid, notes = polygon.cover(cells, crs, id=id)
        if boundary is not None:
            area = read_boundary(boundary, crs, without)
        else:
            area = take_out(grid.union(), without, crs, "cells")
        if boundary is None and without is None:  # nothing to clip
            return cls("polygons", area, crs, time_zone, grid.ids, shapely.area(grid.polygons), grid, notes)
        kept, inside = clip(grid, area, keep)
        notes += polygon.uncovered(kept, float(inside.sum()), area.area)
        return cls("polygons", area, crs, time_zone, grid.ids[kept], inside, grid.take(np.flatnonzero(kept)), notes)

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.ids.size

    @property
    def measure(self) -> str:
        """What `size` is: ``"area"`` [m2], or ``"length"`` [m] of street segments."""
        return "length" if self.kind == "segments" else "area"

    @property
    def area(self) -> NDArray[np.float64]:
        """Part of each cell inside the boundary [m2], shape (n_cells,).

        Raises
        ------
        InputError
            If the cells are street segments.
        """
        return self._sized("area")

    @property
    def length(self) -> NDArray[np.float64]:
        """Length of each street segment inside the boundary [m], shape (n_cells,).

        Raises
        ------
        InputError
            If the cells have an area.
        """
        return self._sized("length")

    def _sized(self, measure: str) -> NDArray[np.float64]:
        if measure != self.measure:
            raise InputError(
                f"Domain.{measure}: cells of kind {self.kind!r} have {self.measure}; use Domain.{self.measure}, or "
                "Domain.size for either"
            )
        return self.size

    @property
    def total_area(self) -> float:
        """Area of the boundary [m2]."""
        return float(self.boundary.area)

    @property
    def total_size(self) -> float:
        """Area of the boundary [m2], or length of all streets inside it [m]: the A of every score."""
        return self.total_area if self.measure == "area" else float(self.size.sum())

    @property
    def network(self) -> Network:
        """The streets that the segments are part of.

        Raises
        ------
        InputError
            If the cells are no street segments.
        """
        if not isinstance(self.grid, segment.SegmentGrid):
            raise InputError(f"Domain.network: cells of kind {self.kind!r} know no streets; use Domain.segments")
        return self.grid.network

    def locate(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.int64]:
        """Find the cells of points.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Coordinates [m] in the domain's CRS.

        Returns
        -------
        ndarray of int64, shape (n,)
            Position of the cell, -1 where there is none. A cell that the boundary cuts answers for all of its square or
            hexagon; `contains` tells whether a point is inside the boundary.
        """
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        return self.grid.locate(np.atleast_1d(x), np.atleast_1d(y))

    def snap(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the cells of points, and how far away each is.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Coordinates [m] in the domain's CRS.

        Returns
        -------
        cell : ndarray of int64, shape (n,)
            As `locate` gives it.
        distance : ndarray, shape (n,)
            To the nearest street segment, or 0 in a cell that has an area [m]; NaN where there is no cell.
        """
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        if isinstance(self.grid, segment.SegmentGrid):
            return self.grid.snap(np.atleast_1d(x), np.atleast_1d(y))
        cell = self.locate(x, y)
        return cell, np.where(cell >= 0, 0.0, np.nan)

    def contains(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points lie inside the boundary or on it.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Coordinates [m].

        Returns
        -------
        ndarray of bool, shape (n,)
            Whether inside.
        """
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        return self._inside.points(np.atleast_1d(x), np.atleast_1d(y))

    @cached_property
    def _inside(self) -> Inside:
        """The boundary, drawn on buckets."""
        return Inside.of(self.boundary, self.n_cells)

    def neighbours(self, radius: float | None = None, *, network: Network | None = None) -> Neighbours:
        """Cells that are near.

        Parameters
        ----------
        radius : float, optional
            Largest distance between centres [m]. None: cells that touch (squares also at a corner, segments at a
            junction).
        network : Network, optional
            Measure along these streets, from the points on them that are nearest to the centres. Needs a radius.

        Returns
        -------
        Neighbours
            Compressed rows.

        Raises
        ------
        InputError
            If the radius is negative or NaN, or a network is given without one.
        """
        if radius is not None and not radius >= 0:
            raise InputError(f"Domain.neighbours: radius is {radius!r}; expected a distance in metres, 0 or more")
        if radius is None and network is not None:
            raise InputError("Domain.neighbours: got a network and no radius; say how far along the streets [m]")
        key = (radius, id(network))
        if key not in self._near:
            self._near[key] = (self._neighbours(radius, network), network)  # keeps the network, and so its id, alive
        return self._near[key][0]

    @cached_property
    def _near(self) -> dict[tuple[float | None, int], tuple[Neighbours, Network | None]]:
        """Neighbours by radius and network: every issue time of a backtest asks for the same."""
        return {}

    def _neighbours(self, radius: float | None, network: Network | None) -> Neighbours:
        points = np.column_stack(self.centres)
        if network is not None and radius is not None:
            return Neighbours(*network.within(points[:, 0], points[:, 1], radius))
        pairs = self.grid.touching() if radius is None else within(points, radius)
        return as_rows(pairs, points)

    @cached_property
    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres (x, y) of the whole cells [m], each of shape (n_cells,)."""
        return self.grid.centres()

    @cached_property
    def spacing(self) -> float:
        """Side of a square of the size of a typical cell, or length of a typical segment [m]."""
        typical = float(np.median(self.size[self.whole]) if self.whole.any() else self.size.max())
        return typical if self.measure == "length" else float(np.sqrt(typical))

    @cached_property
    def whole(self) -> NDArray[np.bool_]:
        """Which cells lie wholly inside the boundary, shape (n_cells,)."""
        whole: NDArray[np.bool_] = self.size >= whole_sizes(self.grid) * (1 - ROUNDING)
        return whole

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """The part of each cell inside the boundary: polygons, or lines of street segments, shape (n_cells,)."""
        shapes = self.grid.shapes().copy()
        cut = np.flatnonzero(~self.whole)
        shapes[cut] = cut_shapes(self.grid, cut, self.boundary)
        return shapes

    @cached_property
    def nodes(self) -> Nodes:
        """Quadrature points: weights add up to the size of each cell."""
        cut = np.flatnonzero(~self.whole)
        rule = polygon_nodes if self.measure == "area" else line_nodes
        piece = piece_of(self.total_area)
        whole = self.grid.whole_nodes(np.flatnonzero(self.whole), piece)
        return join_nodes([whole, rule(cut_shapes(self.grid, cut, self.boundary), cut, piece)])

    @cached_property
    def fingerprint(self) -> str:
        """Hash of cells, areas, centres, CRS and zone: equal for domains whose forecasts can be compared."""
        digest = hashlib.sha256(f"{self.kind}|{self.crs}|{self.time_zone}".encode())
        digest.update(self.ids.tobytes())
        for values in (self.size, *self.centres):
            digest.update((np.round(values, 3) + 0.0).tobytes())
        return digest.hexdigest()[:16]
