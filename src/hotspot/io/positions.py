"""Coordinates that cannot be right: missing, null island, swapped axes, outside what the CRS is made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyproj
from numpy.typing import NDArray

from hotspot.errors import InputError

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]
Box = tuple[float, float, float, float]

MISSING = "missing coordinates"
NULL_ISLAND = "null island (0, 0)"
SWAPPED = "x and y look swapped"
OUTSIDE = "coordinates outside the CRS's area of use"

MARGIN = 0.5  # of the extent of the area of use, on each side: a generous reading of "outside"
INHABITED = (-180.0, -60.0, 180.0, 84.0)  # nobody keeps records south of it, but swapped axes lead there
NEARLY_ALL = 0.9


def known_crs(crs: object, where: str) -> pyproj.CRS:
    """Read a CRS.

    Parameters
    ----------
    crs : str, int or pyproj.CRS
        Anything that pyproj reads.
    where : str
        For the message.

    Returns
    -------
    pyproj.CRS
        The same.

    Raises
    ------
    InputError
        If it is not known, or is neither geographic nor projected.
    """
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError(f"{where}: CRS {crs!r} is not known; expected for example 'EPSG:4326' ({error})") from error
    if not (known.is_geographic or known.is_projected):
        raise InputError(f"{where}: CRS {crs!r} ({known.type_name}) has no x and y; expected for example 'EPSG:4326'")
    return known


@dataclass
class PositionRules:
    """What coordinates of one source can be, and how many rows look swapped so far.

    Parameters
    ----------
    crs : pyproj.CRS
        Of the coordinates.
    where : str
        The source, for messages.
    """

    crs: pyproj.CRS
    where: str
    rows: int = field(init=False, default=0)
    swapped: int = field(init=False, default=0)
    example: tuple[float, float] | None = field(init=False, default=None)

    def faults(self, x: Numbers, y: Numbers) -> dict[str, Mask]:
        """Find the rows whose coordinates cannot be right.

        Parameters
        ----------
        x, y : ndarray, shape (n,)
            Longitude and latitude [degrees], or easting and northing [units of `crs`].

        Returns
        -------
        dict of str to ndarray of bool, shape (n,)
            Rows by reason. A row may stand under several; the first counts.
        """
        there = np.isfinite(x) & np.isfinite(y)
        null = there & self._at_zero(x, y)
        there = there & ~null
        inside, likely = _in(self._box, x, y), self._likely
        swapped = there & ~_in(likely, x, y)
        if swapped.any():
            swapped &= _in(likely, y, x)
        self._count(there, swapped, x, y)
        return {MISSING: ~there & ~null, NULL_ISLAND: null, SWAPPED: swapped, OUTSIDE: there & ~inside}

    def refuse_swapped(self) -> None:
        """Refuse the source if nearly all rows look swapped.

        Raises
        ------
        InputError
            If they do.
        """
        if self.example is not None and self.swapped >= NEARLY_ALL * self.rows:
            raise InputError(
                f"{self.where}: x and y look swapped in {self.swapped:,} of {self.rows:,} rows, for example "
                f"x={self.example[0]:g}, y={self.example[1]:g}; x is longitude or easting, y is latitude or northing; "
                "map them the other way round: columns={'x': '<column of y now>', 'y': '<column of x now>'}"
            )

    def _count(self, there: Mask, swapped: Mask, x: Numbers, y: Numbers) -> None:
        self.rows += int(there.sum())
        self.swapped += int(swapped.sum())
        if self.example is None and swapped.any():
            i = int(np.flatnonzero(swapped)[0])
            self.example = (float(x[i]), float(y[i]))

    def _at_zero(self, x: Numbers, y: Numbers) -> Mask:
        """Rows at (0, 0), or where (0, 0) of longitude and latitude came to lie."""
        zero: Mask = (x == 0) & (y == 0)
        if self.crs.is_geographic:
            return zero
        x0, y0 = self._origin
        return np.asarray(zero | ((np.abs(x - x0) < 1) & (np.abs(y - y0) < 1)))

    @cached_property
    def _origin(self) -> tuple[float, float]:
        x0, y0 = pyproj.Transformer.from_crs("EPSG:4326", self.crs, always_xy=True).transform(0.0, 0.0)
        return float(x0), float(y0)

    @cached_property
    def _box(self) -> Box:
        return _box(self.crs)

    @cached_property
    def _likely(self) -> Box:
        return _overlap(self._box, INHABITED) if self.crs.is_geographic else self._box


def _box(crs: pyproj.CRS) -> Box:
    """West, south, east and north end of where coordinates can be, generously."""
    if crs.is_geographic and crs.axis_info[0].unit_name != "degree":
        return (-np.inf, -np.inf, np.inf, np.inf)
    world = (-180.0, -90.0, 180.0, 90.0)
    area = crs.area_of_use
    if area is None:
        return world if crs.is_geographic else (-np.inf, -np.inf, np.inf, np.inf)
    if crs.is_geographic:
        # an area across the date line has its west end in the east
        west, east = (area.west, area.east) if area.west < area.east else (-180.0, 180.0)
        return _overlap(_wider((west, area.south, east, area.north)), world)
    to_crs = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    bounds = to_crs.transform_bounds(area.west, area.south, area.east, area.north)
    return _wider(bounds) if np.isfinite(bounds).all() else (-np.inf, -np.inf, np.inf, np.inf)


def _wider(box: Box) -> Box:
    west, south, east, north = box
    dx, dy = MARGIN * (east - west), MARGIN * (north - south)
    return (west - dx, south - dy, east + dx, north + dy)


def _overlap(a: Box, b: Box) -> Box:
    return (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))


def _in(box: Box, x: NDArray[np.float64], y: NDArray[np.float64]) -> Mask:
    return np.asarray((x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3]))
