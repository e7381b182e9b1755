"""What every domain can do, however its cells were made: find points, neighbours, shapes and nodes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.clip import ROUNDING, Grid, cut_shapes, whole_sizes
from hotspot.domain.index import Inside
from hotspot.domain.near import Neighbours, as_rows, within
from hotspot.domain.network import Network
from hotspot.domain.nodes import Nodes, join_nodes, line_nodes, piece_of, polygon_nodes
from hotspot.domain.polygons import PolygonGrid
from hotspot.domain.segments import SegmentGrid
from hotspot.errors import InputError


@dataclass(frozen=True, eq=False)
class Cells:
    """A boundary, its CRS and time zone, and the cells in it; `Domain` makes them.

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

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.ids.size

    @property
    def named(self) -> bool:
        """Whether names are worth showing beside the ids: of given polygons, and of streets with ids of their own."""
        return isinstance(self.grid, PolygonGrid) or self._own_names is not None

    @cached_property
    def names(self) -> NDArray[np.object_]:
        """The file's own id of each cell as text; where it gave none, the id as text, shape (n_cells,)."""
        own = self._own_names
        return np.array([str(i) for i in self.ids.tolist()], object) if own is None else own

    @property
    def _own_names(self) -> NDArray[np.object_] | None:
        return self.grid.names if isinstance(self.grid, PolygonGrid | SegmentGrid) else None

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
        if not isinstance(self.grid, SegmentGrid):
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
            Position of the cell, -1 where there is none. A cell that the boundary cuts answers for all of its square,
            hexagon or polygon; `contains` tells whether a point is inside the boundary. A point on a common side
            belongs to the square further along the axes if there is one, to the hexagon that h3 says, or to the
            polygon with the smaller id.
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
        if isinstance(self.grid, SegmentGrid):
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
