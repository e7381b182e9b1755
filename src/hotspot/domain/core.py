"""Domain: the study area cut into cells with stable ids."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from hotspot.domain import h3 as hexagon
from hotspot.domain import square
from hotspot.domain.boundary import areal, known_zone, metric_crs, read_boundary
from hotspot.domain.nodes import Nodes, join_nodes, polygon_nodes
from hotspot.errors import InputError, nearest

if TYPE_CHECKING:
    from hotspot.domain.boundary import BoundaryLike


class Grid(Protocol):
    """What a kind of cells has to offer."""

    @property
    def ids(self) -> NDArray[np.int64]:
        """Signed 64-bit ids."""

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of points, -1 where there is no cell."""

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres of the whole cells [m]."""

    def polygons(self) -> NDArray[np.object_]:
        """Whole cells."""

    def whole_nodes(self, positions: NDArray[np.int64]) -> Nodes:
        """Quadrature points of whole cells."""


class Neighbours(NamedTuple):
    """Which cells are near which, in compressed rows.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_cells + 1,)
        Where the neighbours of a cell start in `indices`.
    indices : ndarray of int64, shape (n_pairs,)
        Positions of neighbours, the cell itself left out, ascending within a row.
    distance : ndarray, shape (n_pairs,)
        Between centres [m].
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    distance: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Domain:
    """The study area: boundary, CRS in metres, time zone and cells.

    Make one with `Domain.square` or `Domain.h3`.

    Parameters
    ----------
    kind : str
        ``"square"`` or ``"h3"``.
    boundary : shapely.Polygon or shapely.MultiPolygon
        The area, holes cut out [m].
    crs : str
        Projected CRS in metres.
    time_zone : str
        IANA name.
    ids : ndarray of int64, shape (n_cells,)
        Stable ids.
    area : ndarray, shape (n_cells,)
        Part of each cell inside the boundary [m2].
    grid : Grid
        Maps points to cells.
    """

    kind: str
    boundary: BaseGeometry
    crs: str
    time_zone: str
    ids: NDArray[np.int64]
    area: NDArray[np.float64]
    grid: Grid = field(repr=False)

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
        area = read_boundary(boundary, crs)
        grid = square.cover(area, size, origin, rotation)
        kept, inside = _clip(grid, area, keep)
        grid = replace(grid, column=grid.column[kept], row=grid.row[kept])
        return cls("square", area, crs, time_zone, grid.ids, inside, grid)

    @classmethod
    def h3(cls, boundary: BoundaryLike, *, resolution: int, crs: str, time_zone: str, keep: str = "touch") -> Domain:
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
        area = read_boundary(boundary, crs)
        grid = hexagon.cover(area, resolution, crs)
        kept, inside = _clip(grid, area, keep)
        grid = hexagon.HexGrid(grid.resolution, crs, grid.ids[kept])
        return cls("h3", area, crs, time_zone, grid.ids, inside, grid)

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.ids.size

    @property
    def total_area(self) -> float:
        """Area of the boundary [m2]: the A of every score."""
        return float(self.boundary.area)

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
        x, y = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
        cell = self.grid.locate(x, y)
        inside = (cell >= 0) & self.whole[cell]
        # only points in cells that the boundary cuts need the slow test
        open_question = ~inside & np.isfinite(x) & np.isfinite(y)
        shapely.prepare(self.boundary)
        inside[open_question] = shapely.intersects_xy(self.boundary, x[open_question], y[open_question])
        return inside

    def neighbours(self, radius: float) -> Neighbours:
        """Cells whose centres are near.

        Parameters
        ----------
        radius : float
            Largest distance between centres [m].

        Returns
        -------
        Neighbours
            Compressed rows.

        Raises
        ------
        InputError
            If the radius is negative or NaN.
        """
        if not radius >= 0:
            raise InputError(f"Domain.neighbours: radius is {radius!r}; expected a distance in metres, 0 or more")
        if radius not in self._near:
            self._near[radius] = self._neighbours(radius)
        return self._near[radius]

    @cached_property
    def _near(self) -> dict[float, Neighbours]:
        """Neighbours by radius: every issue time of a backtest asks for the same."""
        return {}

    def _neighbours(self, radius: float) -> Neighbours:
        points = np.column_stack(self.centres)
        pairs = cKDTree(points).query_pairs(radius * (1 + 1e-9), output_type="ndarray")
        both = np.concatenate([pairs, pairs[:, ::-1]])
        both = both[np.lexsort((both[:, 1], both[:, 0]))]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=self.n_cells))])
        distance = np.hypot(*(points[both[:, 0]] - points[both[:, 1]]).T)
        return Neighbours(indptr, both[:, 1].astype(np.int64), distance)

    @cached_property
    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres (x, y) of the whole cells [m], each of shape (n_cells,)."""
        return self.grid.centres()

    @cached_property
    def spacing(self) -> float:
        """Side of a square of the size of a typical cell [m]."""
        return float(np.sqrt(np.median(self.area[self.whole]) if self.whole.any() else self.area.max()))

    @cached_property
    def whole(self) -> NDArray[np.bool_]:
        """Which cells lie wholly inside the boundary, shape (n_cells,)."""
        shapely.prepare(self.boundary)
        return np.asarray(shapely.covers(self.boundary, self.grid.polygons()))

    @cached_property
    def polygons(self) -> NDArray[np.object_]:
        """The part of each cell inside the boundary, shape (n_cells,)."""
        shapes = self.grid.polygons().copy()
        cut = ~self.whole
        shapes[cut] = shapely.intersection(shapes[cut], self.boundary)
        # a cell that also touches the boundary along a line gets that line from the intersection
        mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
        shapes[mixed] = [areal(shape) for shape in shapes[mixed]]
        return shapes

    @cached_property
    def nodes(self) -> Nodes:
        """Quadrature points: weights add up to the area of each cell."""
        cut = np.flatnonzero(~self.whole)
        parts = [self.grid.whole_nodes(np.flatnonzero(self.whole)), polygon_nodes(self.polygons[cut], cut)]
        return join_nodes(parts)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of cells, areas, centres, CRS and zone: equal for domains whose forecasts can be compared."""
        digest = hashlib.sha256(f"{self.kind}|{self.crs}|{self.time_zone}".encode())
        digest.update(self.ids.tobytes())
        for values in (self.area, *self.centres):
            digest.update((np.round(values, 3) + 0.0).tobytes())
        return digest.hexdigest()[:16]


def _clip(grid: Grid, boundary: BaseGeometry, keep: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which cells to keep, and the area inside the boundary of those [m2]."""
    if keep not in ("touch", "centre"):
        raise InputError(f"keep is {keep!r}; {nearest(keep, ['touch', 'centre'])}")
    shapes = grid.polygons()
    shapely.prepare(boundary)
    area = np.where(shapely.covers(boundary, shapes), shapely.area(shapes), 0.0)
    cut = (area == 0) & shapely.intersects(boundary, shapes)
    area[cut] = shapely.area(shapely.intersection(shapes[cut], boundary))
    # a sliver of rounding is no overlap
    kept = area > 1e-9 * np.minimum(shapely.area(shapes), boundary.area)
    if keep == "centre":
        kept &= shapely.intersects_xy(boundary, *grid.centres())
    if not kept.any():
        raise InputError(f"no cell is left with keep={keep!r}; use smaller cells or keep='touch'")
    return kept, area[kept]
