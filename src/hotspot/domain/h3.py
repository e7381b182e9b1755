"""H3 hexagons. Latitude comes first in h3's own calls, and only here."""

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

from hotspot.domain.nodes import PIECE, Nodes, polygon_nodes
from hotspot.errors import InputError


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
        lon, lat = self._to_lonlat.transform(np.asarray(x, float), np.asarray(y, float))
        fine = np.isfinite(lon) & np.isfinite(lat)
        found = np.full(np.shape(lon), -1, np.int64)
        to_cell, resolution = h3int.latlng_to_cell, self.resolution
        pairs = zip(lat[fine].tolist(), lon[fine].tolist(), strict=True)
        ids = np.fromiter((to_cell(a, b, resolution) for a, b in pairs), np.int64, int(fine.sum()))
        place = np.minimum(np.searchsorted(self.ids, ids), self.ids.size - 1)
        found[fine] = np.where(self.ids[place] == ids, place, -1)
        return found

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres of the whole hexagons [m]."""
        lat, lon = np.array([h3int.cell_to_latlng(i) for i in self.ids.tolist()]).T
        x, y = self._to_lonlat.transform(lon, lat, direction="INVERSE")
        return np.asarray(x), np.asarray(y)

    @cached_property
    def _polygons(self) -> NDArray[np.object_]:
        rings = [h3int.cell_to_boundary(i) for i in self.ids.tolist()]
        corner = np.concatenate([np.asarray(ring) for ring in rings])
        x, y = self._to_lonlat.transform(corner[:, 1], corner[:, 0], direction="INVERSE")
        owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
        return np.asarray(shapely.polygons(shapely.linearrings(np.column_stack([x, y]), indices=owner)))

    def shapes(self) -> NDArray[np.object_]:
        """Whole hexagons, shape (n_cells,)."""
        return self._polygons

    def touching(self) -> NDArray[np.int64]:
        """Pairs of positions of hexagons that share a side, shape (n_pairs, 2)."""
        disks = [h3int.grid_disk(i, 1) for i in self.ids.tolist()]
        other = np.concatenate([np.fromiter(disk, np.int64, len(disk)) for disk in disks])
        first = np.repeat(np.arange(len(disks)), [len(disk) for disk in disks])
        place = np.minimum(np.searchsorted(self.ids, other), self.ids.size - 1)
        there = (self.ids[place] == other) & (first < place)
        return np.column_stack([first[there], place[there]])

    def whole_nodes(self, positions: NDArray[np.int64], piece: float = PIECE) -> Nodes:
        """Nodes of whole hexagons at some positions.

        Parameters
        ----------
        positions : ndarray of int64, shape (n,)
            Which cells.

        Returns
        -------
        Nodes
            Three a triangle.
        """
        return polygon_nodes(self._polygons[positions], positions, piece)


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
        If the resolution is not one of H3's or gives too many hexagons.
    """
    if isinstance(resolution, bool) or not isinstance(resolution, int | np.integer) or not 0 <= resolution <= 15:
        raise InputError(f"Domain.h3: resolution is {resolution!r}; expected a whole number from 0 to 15")
    resolution = int(resolution)
    expected = boundary.area / (h3.average_hexagon_area(resolution, unit="m^2"))
    if expected > 20e6:
        raise InputError(
            f"Domain.h3: about {expected:.3g} hexagons at resolution {resolution}; expected at most 2e7; "
            "use a lower resolution"
        )
    to_lonlat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    # a straight side bends between the two systems; a margin of a tenth of a cell keeps every overlap
    margin = 0.1 * np.sqrt(h3.average_hexagon_area(resolution, unit="m^2"))
    lonlat = shapely.transform(
        boundary.buffer(margin), lambda c: np.column_stack(to_lonlat.transform(c[:, 0], c[:, 1]))
    )
    shape = h3.geo_to_h3shape(lonlat)
    ids = h3int.h3shape_to_cells_experimental(shape, resolution, contain="overlap")
    return HexGrid(resolution, crs, np.sort(np.fromiter(ids, np.int64, len(ids))))
