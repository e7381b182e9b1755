"""Coordinates that a source hides in one text, or behind the code of an area."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.io.values import as_text, plain_text

NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
LATITUDE_FIRST = rf"\(\s*{NUMBER}\s*,\s*{NUMBER}\s*\)\s*\Z"
WKT = rf"(?i)\bPOINT\s*\(\s*{NUMBER}\s+{NUMBER}\s*\)"
GEOJSON = rf"""["']coordinates["']\s*:\s*\[\s*{NUMBER}\s*,\s*{NUMBER}"""
NAMED = {name: rf"""["']{name}["']\s*:\s*["']?{NUMBER}""" for name in ("longitude", "latitude")}

Numbers = NDArray[np.float64]


def text_points(values: pd.Series) -> tuple[Numbers, Numbers]:
    """Read points written as text.

    Parameters
    ----------
    values : Series, shape (n,)
        Such as ``(41.88, -87.63)``, latitude first, perhaps behind an address; ``POINT (-87.63 41.88)``;
        ``{'latitude': '41.88', 'longitude': '-87.63'}``; or a GeoJSON point.

    Returns
    -------
    x, y : ndarray, shape (n,)
        Longitude and latitude; NaN where there is no point.
    """
    codes, distinct = pd.factorize(values)
    texts = pd.Series([*map(plain_text, distinct), ""], dtype=object)
    y, x = _pair(texts, LATITUDE_FIRST)
    for pattern in (WKT, GEOJSON):
        other_x, other_y = _pair(texts, pattern)
        x, y = np.where(np.isnan(x), other_x, x), np.where(np.isnan(y), other_y, y)
    named = [pd.to_numeric(texts.str.extract(NAMED[name])[0]).to_numpy(float) for name in ("longitude", "latitude")]
    both = np.isnan(x) & ~np.isnan(named[0]) & ~np.isnan(named[1])
    return np.where(both, named[0], x)[codes], np.where(both, named[1], y)[codes]


def _pair(texts: pd.Series, pattern: str) -> tuple[Numbers, Numbers]:
    found = texts.str.extract(pattern)
    return pd.to_numeric(found[0]).to_numpy(float), pd.to_numeric(found[1]).to_numpy(float)


@dataclass(frozen=True)
class AreaPoints:
    """A point in each area, and how far the area reaches from it.

    Parameters
    ----------
    frame : GeoDataFrame
        Polygons, with a column of codes.
    """

    frame: gpd.GeoDataFrame

    @classmethod
    def read(cls, places: str | Path | gpd.GeoDataFrame) -> AreaPoints:
        """Read areas.

        Parameters
        ----------
        places : path or GeoDataFrame
            Polygons with a CRS.

        Returns
        -------
        AreaPoints
            Of them.

        Raises
        ------
        InputError
            If they cannot be read, or have no CRS.
        """
        from hotspot.domain.boundary import read_vector

        frame = places if isinstance(places, gpd.GeoDataFrame) else read_vector(places)
        if frame.crs is None:
            raise InputError("places: have no CRS; expected one inside the data; set it with set_crs('EPSG:4326')")
        return cls(frame[frame.geometry.notna() & ~frame.geometry.is_empty].reset_index(drop=True))

    def code_column(self, codes: pd.Series, name: str) -> str:
        """Find the column that holds the codes.

        Parameters
        ----------
        codes : Series
            Of the source.
        name : str
            Of its column, for the message.

        Returns
        -------
        str
            The column in which most of the codes are found; of equal ones, the first.

        Raises
        ------
        InputError
            If none of the codes is found.
        """
        wanted = {plain_text(code).strip() for code in codes.dropna().unique()} - {""}
        columns = [str(column) for column in self.frame.columns if column != self.frame.active_geometry_name]
        hits = {column: len(wanted & set(self._codes(column))) for column in columns}
        best = max(columns, key=lambda column: hits[column], default="")
        if not hits.get(best):
            raise InputError(
                f"places: no column holds the codes of {name!r}; got the columns {columns}; expected one with the same "
                "codes; are the areas of the same year?"
            )
        return best

    def points(self, codes: pd.Series, column: str) -> tuple[Numbers, Numbers, Numbers]:
        """Give the point of each row's area.

        Parameters
        ----------
        codes : Series, shape (n,)
            Of the source.
        column : str
            Of the areas, with the same codes.

        Returns
        -------
        x, y : ndarray, shape (n,)
            A point inside the area, in its CRS; NaN where there is no such area.
        radius : ndarray, shape (n,)
            Distance to the area's farthest corner [m].
        """
        text, _ = as_text(codes)
        place: dict[str, int] = {}
        for i, code in enumerate(self._codes(column)):
            place.setdefault(code, i)
        which = np.array([*(place.get(code.strip(), -1) for code in text.categories), -1], np.int64)[text.codes]
        nowhere = np.append(self._points(), [[np.nan] * 3], axis=0)
        x, y, radius = nowhere[which].T
        return x, y, radius

    def _codes(self, column: str) -> list[str]:
        return [plain_text(value).strip() for value in self.frame[column]]

    def _points(self) -> NDArray[np.float64]:
        shapes = np.asarray(self.frame.geometry.array)
        middle = shapely.point_on_surface(shapes)
        x, y = shapely.get_x(middle), shapely.get_y(middle)
        corners, of = shapely.get_coordinates(shapes, return_index=True)
        to_degrees = pyproj.Transformer.from_crs(self.frame.crs, "EPSG:4326", always_xy=True)
        centre, corner = to_degrees.transform(x[of], y[of]), to_degrees.transform(*corners.T)
        far = np.zeros(len(shapes))
        np.maximum.at(far, of, pyproj.Geod(ellps="WGS84").inv(*centre, *corner)[2])
        return np.column_stack([x, y, far])
