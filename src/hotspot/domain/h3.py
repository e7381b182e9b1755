"""H3 hexagons. Latitude comes first in h3's own calls, and only here.

The side of a hexagon is an arc of a great circle, which is nearly a chord in the domain's CRS. Points are found among
polygons of chords; the few that lie near a side, nearer than arc and chord come apart, are asked of h3 itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import h3
import h3.api.basic_int as h3int
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.index import PolygonIndex
from hotspot.domain.nodes import PIECE, Nodes, triangle_nodes
from hotspot.errors import InputError
from hotspot.kernels.locate import NEAR

MAX_CELLS = 5e6  # beyond, hexagons are smaller than the error of any address
CHORD = 20_000.0  # m: longer sides (below resolution 5) are drawn as several chords
CHUNK = 100_000  # cells drawn at a time
METRES = 111_195.0  # a degree of a great circle
LOST = 1.0  # m: there and back through the CRS must be better than this


@dataclass(frozen=True, eq=False)
class HexGrid:
    """The hexagons of a domain.

    Parameters
    ----------
    resolution : int
        H3 resolution, 0 to 15.
    crs : str
        The domain's CRS.
    ids : ndarray of int64, shape (n_cells,)
        H3 ids, sorted.
    """

    resolution: int
    crs: str
    ids: NDArray[np.int64]

    @cached_property
    def _to_lonlat(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of the hexagons that hold points, -1 where there is none.

        Parameters
        ----------
        x, y : ndarray, shape (n,)
            Coordinates [m]; NaN is nowhere.

        Returns
        -------
        ndarray of int64, shape (n,)
            Positions.
        """
        found = self._index.locate(x, y, ask=True)
        near = np.flatnonzero(found == NEAR)
        found[near] = self._asked(x[near], y[near])
        return found

    @cached_property
    def _index(self) -> PolygonIndex:
        return PolygonIndex.of(*self._drawn)

    def _asked(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Ask h3 for the positions of points."""
        lon, lat = self._to_lonlat.transform(x, y)
        pairs = zip(lat.tolist(), lon.tolist(), strict=True)
        ids = np.fromiter((h3int.latlng_to_cell(a, b, self.resolution) for a, b in pairs), np.int64, x.size)
        return self._positions(ids)

    def _positions(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where ids are among the cells, -1 where they are not."""
        order = np.argsort(self.ids, kind="stable")  # a forecast may hold its cells in another order
        place = order[np.minimum(np.searchsorted(self.ids, ids, sorter=order), self.ids.size - 1)]
        return np.where(self.ids[place] == ids, place, -1)

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres of the whole hexagons [m]."""
        lat, lon = np.array([h3int.cell_to_latlng(i) for i in self.ids.tolist()]).T
        x, y = self._to_lonlat.transform(lon, lat, direction="INVERSE")
        return np.asarray(x), np.asarray(y)

    @cached_property
    def _drawn(self) -> tuple[NDArray[np.object_], float]:
        """Hexagons in the CRS, and how near their sides h3 must be asked [m]."""
        chunks = [self.ids[start : start + CHUNK] for start in range(0, self.ids.size, CHUNK)]
        polygons, apart = zip(*(_draw(chunk, self.resolution, self._to_lonlat) for chunk in chunks), strict=True)
        return np.concatenate(polygons), 0.01 + 2 * max(apart)

    def shapes(self) -> NDArray[np.object_]:
        """Whole hexagons, shape (n_cells,)."""
        return self._drawn[0]

    def touching(self) -> NDArray[np.int64]:
        """Pairs of positions of hexagons that share a side, shape (n_pairs, 2)."""
        disks = [h3int.grid_disk(i, 1) for i in self.ids.tolist()]
        other = np.concatenate([np.fromiter(disk, np.int64, len(disk)) for disk in disks])
        first = np.repeat(np.arange(len(disks)), [len(disk) for disk in disks])
        place = self._positions(other)
        there = first < place
        return np.column_stack([first[there], place[there]])

    def whole_nodes(self, positions: NDArray[np.int64], piece: float = PIECE) -> Nodes:
        """Nodes of whole hexagons, cut into triangles round the middle, at some positions.

        Parameters
        ----------
        positions : ndarray of int64, shape (n,)
            Which cells.
        piece : float
            Longest side of what one rule serves [m].

        Returns
        -------
        Nodes
            Sorted by cell.
        """
        polygons = self.shapes()[positions]
        corner, owner = shapely.get_coordinates(polygons, return_index=True)
        middle = shapely.get_coordinates(shapely.centroid(polygons))
        side = np.flatnonzero(owner[1:] == owner[:-1])
        corners = np.stack([middle[owner[side]], corner[side], corner[side + 1]], axis=1)
        return triangle_nodes(corners, positions[owner[side]], piece)


def _draw(ids: NDArray[np.int64], resolution: int, to_lonlat: pyproj.Transformer) -> tuple[NDArray[np.object_], float]:
    """Draw hexagons in a CRS, and measure how far chords and arcs come apart [m]."""
    lon, lat, number = _arcs(ids, int(np.ceil(h3.average_hexagon_edge_length(resolution, unit="m") / CHORD)))
    x, y = to_lonlat.transform(lon, lat, direction="INVERSE")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise _cannot_be_drawn(resolution)
    back_lon, back_lat = to_lonlat.transform(x, y)
    east = ((back_lon - lon + 180) % 360 - 180) * np.cos(np.radians(lat))
    lost = float(np.hypot(back_lat - lat, east).max() * METRES)
    corner, middle = np.column_stack([x, y])[::2], np.column_stack([x, y])[1::2]
    polygons = np.asarray(shapely.polygons(shapely.linearrings(corner, indices=np.repeat(np.arange(ids.size), number))))
    if lost > LOST or not shapely.is_valid(polygons).all():
        raise _cannot_be_drawn(resolution)
    (dx, dy), (mx, my) = (corner[_after(number)] - corner).T, (middle - corner).T
    return polygons, lost + float((np.abs(dx * my - dy * mx) / np.hypot(dx, dy)).max())


def _arcs(ids: NDArray[np.int64], pieces: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Longitude and latitude of points along the sides, ends and middles of pieces in turn; how many pieces a cell."""
    rings = [h3int.cell_to_boundary(i) for i in ids.tolist()]
    number = np.fromiter((len(ring) for ring in rings), np.int64, len(rings))
    lat, lon = np.radians([corner for ring in rings for corner in ring]).T
    start = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    share = np.arange(2 * pieces) / (2 * pieces)
    east, north, up = start[..., None] * (1 - share) + start[:, _after(number), None] * share
    lon, lat = np.degrees(np.arctan2(north, east)).ravel(), np.degrees(np.arctan2(up, np.hypot(east, north))).ravel()
    return lon, lat, number * pieces


def _after(number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the corner that follows each corner of closed rings with some numbers of corners."""
    after = np.arange(1, number.sum() + 1)
    after[np.cumsum(number) - 1] -= number
    return after


def _cannot_be_drawn(resolution: int) -> InputError:
    return InputError(
        f"Domain.h3: hexagons of resolution {resolution} (sides of "
        f"{h3.average_hexagon_edge_length(resolution, unit='km'):,.3g} km) reach beyond where the domain's CRS is "
        "usable; use a higher resolution"
    )


def cover(boundary: BaseGeometry, resolution: int, crs: str) -> HexGrid:
    """Hexagons that overlap a boundary.

    Parameters
    ----------
    boundary : shapely geometry
        The area, in `crs`.
    resolution : int
        H3 resolution.
    crs : str
        The domain's CRS.

    Returns
    -------
    HexGrid
        Sorted by id.

    Raises
    ------
    InputError
        If the resolution is not one of H3's, gives too many hexagons, or the boundary holds a pole.
    """
    if isinstance(resolution, bool) or not isinstance(resolution, int | np.integer) or not 0 <= resolution <= 15:
        raise InputError(f"Domain.h3: resolution is {resolution!r}; expected a whole number from 0 to 15")
    resolution = int(resolution)
    expected = boundary.area / (h3.average_hexagon_area(resolution, unit="m^2"))
    if expected > MAX_CELLS:
        raise InputError(
            f"Domain.h3: about {expected:.3g} hexagons at resolution {resolution}; expected at most {MAX_CELLS:.0e}; "
            "use a lower resolution"
        )
    to_lonlat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    pole_x, pole_y = to_lonlat.transform([0.0, 0.0], [90.0, -90.0], direction="INVERSE")
    if shapely.intersects_xy(boundary, pole_x, pole_y).any():
        raise InputError("Domain.h3: the boundary holds a pole, where degrees have no direction; use Domain.square")
    # a straight side bends between the two systems; short sides and a margin of a tenth of a cell keep every overlap
    margin = 0.1 * np.sqrt(h3.average_hexagon_area(resolution, unit="m^2"))
    ids = [_overlapping(part, resolution, to_lonlat, margin) for part in _filled(boundary.buffer(margin))]
    # a hexagon may reach over several parts
    return HexGrid(resolution, crs, np.unique(np.concatenate(ids)))


def _filled(area: BaseGeometry) -> NDArray[np.object_]:
    """Parts of an area with their holes filled: h3 loses hexagons near holes, and what lies in one is cut off later."""
    rings = shapely.get_exterior_ring(shapely.get_parts(area))
    return np.asarray(shapely.get_parts(shapely.union_all(shapely.polygons(rings))))


def _overlapping(
    part: BaseGeometry, resolution: int, to_lonlat: pyproj.Transformer, margin: float
) -> NDArray[np.int64]:
    """Ids of the hexagons that overlap a polygon without holes."""
    lonlat = shapely.transform(
        shapely.segmentize(part, 1000 * np.sqrt(margin)),
        lambda c: np.column_stack(to_lonlat.transform(c[:, 0], c[:, 1])),
    )
    ids = h3int.h3shape_to_cells_experimental(h3.geo_to_h3shape(lonlat), resolution, contain="overlap")
    return np.fromiter(ids, np.int64, len(ids))
