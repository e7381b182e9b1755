"""What a source holds before it is read, and reading that fails in one way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from hotspot.errors import InputError

Source: TypeAlias = str | Path | pd.DataFrame | gpd.GeoDataFrame

T = TypeVar("T")

# under these names the coordinates of a point geometry enter the table
GEOMETRY_X, GEOMETRY_Y = "geometry: x", "geometry: y"


@dataclass(frozen=True)
class Table:
    """What a source holds, before any of it is read.

    Parameters
    ----------
    name : str
        For messages.
    columns : tuple of str
        All there are, without the geometry.
    crs : pyproj.CRS, optional
        Of the geometry.
    has_geometry : bool
        Whether there is one.
    load : callable
        Takes the columns to read and whether to read the geometry; gives a DataFrame. The geometry comes as
        `GEOMETRY_X` and `GEOMETRY_Y`, NaN where a row is no point.
    """

    name: str
    columns: tuple[str, ...]
    crs: pyproj.CRS | None
    has_geometry: bool
    load: Callable[[Sequence[str], bool], pd.DataFrame]


def guarded(path: Path, read: Callable[[], T]) -> T:
    """Read, and say in one way what went wrong.

    Parameters
    ----------
    path : Path
        For the message.
    read : callable
        Does it.

    Returns
    -------
    object
        What it gives.

    Raises
    ------
    InputError
        Whatever the driver raised.
    """
    try:
        return read()
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text ({error}); save it as UTF-8") from error
    except Exception as error:  # each driver raises its own kind
        raise InputError(f"{path}: cannot be read ({type(error).__name__}: {error})") from error


def with_points(table: pd.DataFrame, geometry: gpd.GeoSeries) -> pd.DataFrame:
    """Add the coordinates of points (and of multi-points of one point), NaN elsewhere.

    Parameters
    ----------
    table : DataFrame
        Without geometry.
    geometry : GeoSeries
        Of the same rows.

    Returns
    -------
    DataFrame
        With `GEOMETRY_X` and `GEOMETRY_Y`.
    """
    shapes = np.asarray(geometry.array)
    lone = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(lone, shapely.get_geometry(shapes, 0), shapes)
    return table.assign(**{GEOMETRY_X: shapely.get_x(shapes), GEOMETRY_Y: shapely.get_y(shapes)})
