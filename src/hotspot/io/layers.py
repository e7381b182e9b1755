"""The doors for layers: places, streets and areas from files and frames."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from hotspot.domain.boundary import read_vector
from hotspot.errors import InputError
from hotspot.io.columns import PAIRS
from hotspot.io.personal import safe_names
from hotspot.io.positions import known_crs
from hotspot.io.tables import open_table
from hotspot.io.tables.geopackage import check_geopackage
from hotspot.io.tables.table import guarded
from hotspot.io.values import as_numbers
from hotspot.layers import Areas, Places, Streets

if TYPE_CHECKING:
    from hotspot.io.tables import Source
    from hotspot.windows import Moment

TABLES = {".csv", ".tsv", ".txt"}

RESIDENTS = "residents"


def read_places(
    source: Source,
    *,
    crs: str | None = None,
    category: str | None = None,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Places:
    """Read places: points, lines or polygons.

    Parameters
    ----------
    source : path or GeoDataFrame
        A vector file (GeoPackage, GeoJSON, Shapefile, GeoParquet), or a CSV or DataFrame with x and y, lon and lat, or
        longitude and latitude.
    crs : str, optional
        Needed unless the data carry one.
    category : str, optional
        Column that holds the category.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC. None: undated, a declared leakage risk.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    Places
        In the CRS of the data.

    Raises
    ------
    InputError
        If the data cannot be read, hold no geometry, or have no CRS.
    """
    labels = _labels(source, name)
    return Places(_frame(source, crs), category, name=labels[0], vintage=vintage, source=labels[1])


def read_streets(
    source: Source,
    *,
    crs: str | None = None,
    category: str | None = None,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Streets:
    """Read streets: lines.

    Parameters
    ----------
    source : path or GeoDataFrame
        A vector file.
    crs : str, optional
        Needed unless the data carry one.
    category : str, optional
        Column that holds the class.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    Streets
        In the CRS of the data.

    Raises
    ------
    InputError
        If the data cannot be read, hold no lines, or have no CRS.
    """
    labels = _labels(source, name)
    return Streets(_frame(source, crs), category, name=labels[0], vintage=vintage, source=labels[1])


def read_areas(
    source: Source,
    *,
    crs: str | None = None,
    id: str | None = None,  # noqa: A002
    residents: str | None = None,
    groups: Mapping[str, str] | None = None,
    unit: str = "count",
    vintage: Moment | None = None,
) -> Areas:
    """Read areas with residents.

    Parameters
    ----------
    source : path or GeoDataFrame
        A vector file with polygons.
    crs : str, optional
        Needed unless the data carry one.
    id : str, optional
        Column that names the areas. Default: their order.
    residents : str, optional
        Column that counts residents. Default: one of our own name, if there is one.
    groups : mapping of str to str, optional
        Our name of a resident group to its column. These columns are protected: no feature may use them.
    unit : {"count", "percent"}
        What the group columns hold.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.

    Returns
    -------
    Areas
        In the CRS of the data.

    Raises
    ------
    InputError
        If the data cannot be read, hold no polygons, or have no CRS; if a column is missing or holds no counts.
    """
    frame, (name, origin) = _frame(source, crs), _labels(source, None)
    if residents is None and RESIDENTS in frame.columns:
        residents = RESIDENTS
    return Areas(frame, id, residents, groups or {}, unit, name=name, vintage=vintage, source=origin)


def _labels(source: Source, name: str | None) -> tuple[str, str]:
    """Say what a layer is called and where it comes from."""
    if isinstance(source, str | Path):
        return name or Path(source).stem, str(source)
    return name or "", "memory"


def _frame(source: Source, crs: str | None) -> gpd.GeoDataFrame:
    """Read geometries; the file and the argument may not contradict each other about the CRS."""
    named = None if crs is None else known_crs(crs, "crs")
    if isinstance(source, gpd.GeoDataFrame):
        frame = source
    elif isinstance(source, str | Path) and Path(source).suffix.lower() not in TABLES:
        if Path(source).suffix.lower() == ".gpkg" and Path(source).is_file():
            guarded(source, lambda: check_geopackage(str(source), str(source)))
        frame = read_vector(source)
    else:
        frame = _points(source)
    if named is None or frame.crs is None:
        return frame if named is None else frame.set_crs(named)
    if not named.equals(frame.crs, ignore_axis_order=True):
        raise InputError(
            f"{_name(source)}: the data are in {frame.crs.to_string()}, but crs={crs!r} is given; leave crs out"
        )
    return frame


def _points(source: Source) -> gpd.GeoDataFrame:
    """Turn a table with coordinates into points; rows without any become empty points, which the layer counts."""
    table = open_table(source)
    pair = next(((x, y) for x, y in PAIRS if x in table.columns and y in table.columns), None)
    if pair is None:
        raise InputError(
            f"{table.name}: no coordinates; got {safe_names(table.columns)}; expected x and y, lon and lat, or "
            "longitude and latitude; rename them, or give a GeoDataFrame"
        )
    frame = table.load(table.columns, False)
    x, y = (as_numbers(frame[name]) for name in pair)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y))


def _name(source: Source) -> str:
    return str(source) if isinstance(source, str | Path) else type(source).__name__
