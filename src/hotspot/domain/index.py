"""Fast answers about areas: which polygon holds a point, and what lies wholly inside a boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.kernels.locate import Bands, Buckets, Lattice, Rings, fill_bands, fill_buckets, locate_polygons
from hotspot.kernels.raster import INSIDE, LINE, box_states, rasterise

ON = 1e-6  # m: a point this near to an edge lies on it
FEWEST, MOST = 2**16, 2**23  # buckets; four a polygon between the two


def rings_of(polygons: NDArray[np.object_]) -> Rings:
    """Take the rings out of polygons.

    Parameters
    ----------
    polygons : ndarray of shapely polygons, shape (n,)
        Perhaps of several parts or with holes.

    Returns
    -------
    Rings
        Their corners.
    """
    _, corners, offsets = shapely.to_ragged_array(polygons, include_z=False)
    ring, *outer = (np.asarray(each, np.int64) for each in offsets)
    first = np.arange(len(polygons) + 1)
    for each in reversed(outer):
        first = each[first]
    closes = np.zeros(len(corners), np.bool_)
    closes[ring[1:] - 1] = True
    return Rings(np.ascontiguousarray(corners[:, 0]), np.ascontiguousarray(corners[:, 1]), closes, ring[first])


def lattice_over(bounds: tuple[float, float, float, float], number: int, margin: float) -> Lattice:
    """Lay about so many square buckets over a rectangle.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north [m].
    number : int
        Of polygons that will lie on it.
    margin : float
        How near an edge counts as met [m].

    Returns
    -------
    Lattice
        A little larger than the rectangle.
    """
    west, south, east, north = bounds
    x0, y0 = west - 2 * margin, south - 2 * margin
    width, height = east - x0 + 2 * margin, north - y0 + 2 * margin
    side = float(np.sqrt(width * height / min(max(4 * number, FEWEST), MOST)))
    return Lattice(x0, y0, side, int(width // side) + 1, int(height // side) + 1, margin)


@dataclass(frozen=True, eq=False)
class PolygonIndex:
    """An index of polygons that do not overlap.

    Parameters
    ----------
    rings : Rings
        Of the polygons.
    lattice : Lattice
        Buckets over them.
    buckets : Buckets
        What each bucket knows.
    bands : Bands
        Edges of each polygon by row of buckets.
    """

    rings: Rings
    lattice: Lattice
    buckets: Buckets
    bands: Bands

    @classmethod
    def of(cls, polygons: NDArray[np.object_], near: float = ON) -> Self:
        """Index polygons.

        Parameters
        ----------
        polygons : ndarray of shapely polygons, shape (n,)
            None of them empty [m].
        near : float
            How near an edge counts as met [m].

        Returns
        -------
        PolygonIndex
            Its memory grows with the number of corners.
        """
        rings = rings_of(polygons)
        bounds = (rings.x.min(), rings.y.min(), rings.x.max(), rings.y.max())
        lattice = lattice_over(bounds, len(polygons), near)
        return cls(rings, lattice, fill_buckets(rings, lattice), fill_bands(rings, lattice))

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64], *, ask: bool = False) -> NDArray[np.int64]:
        """Find the polygons that hold points.

        Parameters
        ----------
        x, y : ndarray, shape (n,)
            Coordinates [m]; NaN is nowhere.
        ask : bool
            Give -2 for a point near an edge. Default: the first of the polygons that share the edge.

        Returns
        -------
        ndarray of int64, shape (n,)
            Positions, -1 where there is no polygon.
        """
        points = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
        return locate_polygons(points, self.rings, self.lattice, self.buckets, self.bands, ask)


@dataclass(frozen=True, eq=False)
class Inside:
    """What lies inside a boundary, answered from buckets wherever no line is near.

    Parameters
    ----------
    boundary : shapely.Polygon or shapely.MultiPolygon
        The area [m].
    lattice : Lattice
        Buckets over it.
    state : ndarray of uint8, shape (n_columns, n_rows)
        OUTSIDE, LINE or INSIDE.
    lines : ndarray of int32, shape (n_columns + 1, n_rows + 1)
        Number of LINE buckets below and left of each corner.
    """

    boundary: BaseGeometry
    lattice: Lattice
    state: NDArray[np.uint8]
    lines: NDArray[np.int32]

    @classmethod
    def of(cls, boundary: BaseGeometry, n_cells: int = 0) -> Self:
        """Draw a boundary on buckets, so many that they are smaller than the cells."""
        rings = rings_of(np.array([boundary], object))
        lattice = lattice_over(boundary.bounds, n_cells, ON)
        u, v = (rings.x - lattice.x0) / lattice.side, (rings.y - lattice.y0) / lattice.side
        state = rasterise(u, v, rings.closes, (lattice.n_columns, lattice.n_rows), ON / lattice.side + 1e-6)
        lines = np.zeros((state.shape[0] + 1, state.shape[1] + 1), np.int32)
        np.cumsum(np.cumsum(state == LINE, axis=0, dtype=np.int32), axis=1, out=lines[1:, 1:])
        shapely.prepare(boundary)
        return cls(boundary, lattice, state, lines)

    def boxes(self, bounds: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Tell which boxes (west, south, east, north) [m] lie wholly inside or outside, LINE: they may be cut."""
        corner = np.array([self.lattice.x0, self.lattice.y0] * 2)
        return box_states((bounds - corner) / self.lattice.side, self.state, self.lines)

    def points(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points lie inside the boundary or on it; NaN does not."""
        lattice = self.lattice
        with np.errstate(invalid="ignore"):
            u, v = np.floor((x - lattice.x0) / lattice.side), np.floor((y - lattice.y0) / lattice.side)
            there = np.flatnonzero((u >= 0) & (v >= 0) & (u < lattice.n_columns) & (v < lattice.n_rows))
        state = self.state[u[there].astype(np.int64), v[there].astype(np.int64)]
        inside = np.zeros(x.shape, np.bool_)
        inside[there] = state == INSIDE
        near = there[state == LINE]
        inside[near] = shapely.intersects_xy(self.boundary, x[near], y[near])
        return inside
