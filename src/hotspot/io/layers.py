"""The doors for layers of geometries: places, streets and areas from files and frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from hotspot.domain.boundary import read_vector
from hotspot.errors import InputError
from hotspot.io.codes import code_notes
from hotspot.io.osm import CATEGORY, is_osm, osm_places, osm_streets
from hotspot.io.rows import labels
from hotspot.io.shapes import Read, dated, read_shapes, without_personal
from hotspot.layers import Areas, Places, Streets

if TYPE_CHECKING:
    from hotspot.io.osm import Tags
    from hotspot.io.tables import Source
    from hotspot.windows import Moment

RESIDENTS = "residents"


def read_places(
    source: Source,
    *,
    crs: str | None = None,
    category: str | None = None,
    tags: Tags | None = None,
    columns: Mapping[str, str] | None = None,
    since: str | None = None,
    until: str | None = None,
    time_zone: str = "UTC",
    extent: str | Path | gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry | None = None,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Places:
    """Read places: points, lines or polygons.

    Parameters
    ----------
    source : path or GeoDataFrame
        A vector file (GeoPackage, GeoJSON, Shapefile, GeoParquet); a table (CSV of any separator, workbook, DataFrame)
        with x and y, lon and lat, longitude and latitude, or geometries as text (WKT); or an extract of OpenStreetMap
        (``.osm``, ``.osm.pbf``).
    crs : str, optional
        Needed unless the data carry one.
    category : str, optional
        Column that holds the category. Of an extract: the key, such as "amenity".
    tags : mapping of str to sequence of str or None, optional
        Of an extract: keys and values that are wanted, None for every value, for example
        ``{"amenity": ["bar", "pub"], "shop": None}``. The category is the value.
    columns : mapping of str to str, optional
        Columns of x and y in a table: ``{"x": "east", "y": "north"}``.
    since, until : str, optional
        Columns that say from when (included) to when (excluded) a place was there; rows whose time cannot be read are
        set aside.
    time_zone : str
        IANA name; of times without an offset in those columns.
    extent : path, GeoDataFrame, GeoSeries or geometry, optional
        The area that was searched for places: features are NaN outside. Default: where the layer has no place there is
        none.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC. None: undated, a declared leakage risk.
    name : str, optional
        Default: the name of the file. Layers of one name and different vintages are a dated series.

    Returns
    -------
    Places
        In the CRS of the data. Columns that look personal are left out.

    Raises
    ------
    InputError
        If the data cannot be read, hold no geometry, have no CRS, or a column that is needed looks personal.
    """
    if is_osm(source):
        _refuse_beside_osm(crs=crs, columns=columns, since=since, until=until)
        wanted = tags if tags is not None else {_needed(category, source): None}
        read, category = Read(*osm_places(Path(str(source)), wanted)), CATEGORY
    else:
        _refuse_tags(tags, source)
        read = read_shapes(source, crs, columns)
        read = without_personal(read, [category, since, until])
        read = dated(read, [since, until], time_zone)
    known = _told(source, name, vintage, read)
    return Places(read.frame, category, since=since, until=until, extent=_extent(extent), **known)


def read_streets(
    source: Source,
    *,
    crs: str | None = None,
    category: str | None = None,
    tags: Tags | None = None,
    footways: bool = False,
    service: bool = False,
    since: str | None = None,
    until: str | None = None,
    time_zone: str = "UTC",
    extent: str | Path | gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry | None = None,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Streets:
    """Read streets: lines.

    Parameters
    ----------
    source : path or GeoDataFrame
        A vector file, a table with geometries as text (WKT), or an extract of OpenStreetMap.
    crs : str, optional
        Needed unless the data carry one.
    category : str, optional
        Column that holds the class. Of an extract it is the value of ``highway``.
    tags : mapping, optional
        Of an extract: ``{"highway": [...]}``, the classes that are streets. Default: those for cars, living and
        pedestrian streets.
    footways, service : bool
        Of an extract: whether ways on foot and by bicycle, and service ways (driveways, aisles), are streets too.
    since, until : str, optional
        Columns that say from when (included) to when (excluded) a street was there.
    time_zone : str
        IANA name; of times without an offset in those columns.
    extent : path, GeoDataFrame, GeoSeries or geometry, optional
        The area that the streets are complete in.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    Streets
        In the CRS of the data. Columns that look personal are left out.

    Raises
    ------
    InputError
        If the data cannot be read, hold no lines, have no CRS, or a column that is needed looks personal.
    """
    if is_osm(source):
        _refuse_beside_osm(crs=crs, since=since, until=until)
        path = Path(str(source))
        read, category = Read(*osm_streets(path, footways, service, _classes(tags, category, source))), CATEGORY
    else:
        _refuse_tags(tags, source)
        read = without_personal(read_shapes(source, crs), [category, since, until])
        read = dated(read, [since, until], time_zone)
    known = _told(source, name, vintage, read)
    return Streets(read.frame, category, since=since, until=until, extent=_extent(extent), **known)


def read_areas(
    source: Source,
    *,
    crs: str | None = None,
    id: str | None = None,  # noqa: A002
    residents: str | None = None,
    groups: Mapping[str, str] | None = None,
    unit: str = "count",
    since: str | None = None,
    until: str | None = None,
    time_zone: str = "UTC",
    vintage: Moment | None = None,
    name: str | None = None,
) -> Areas:
    """Read areas with residents and other attributes.

    Parameters
    ----------
    source : path or GeoDataFrame
        A vector file with polygons, or a table with geometries as text (WKT).
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
    since, until : str, optional
        Columns that say from when (included) to when (excluded) a row holds.
    time_zone : str
        IANA name; of times without an offset in those columns.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.
    name : str, optional
        Default: the name of the file. Areas of one name and different vintages, such as two censuses, are a dated
        series.

    Returns
    -------
    Areas
        In the CRS of the data. Columns of text that look personal are left out.

    Raises
    ------
    InputError
        If the data cannot be read, hold no polygons, or have no CRS; if a column is missing or holds no counts.
    """
    if is_osm(source):
        raise InputError(f"{source}: is an extract of OpenStreetMap, which has no residents; expected a file of areas")
    read = read_shapes(source, crs)
    if residents is None and RESIDENTS in read.frame.columns:
        residents = RESIDENTS
    named = [id, residents, since, until, *(groups or {}).values()]
    read = without_personal(read, named, numbers=True)
    read = dated(read, [since, until], time_zone)
    known = _told(source, name, vintage, read)
    areas = Areas(read.frame, id, residents, groups or {}, unit, since=since, until=until, **known)
    told = code_notes(areas.frame[list(areas.attributes)], f"areas {areas.name!r} ({areas.source})")
    return replace(areas, notes=(*areas.notes, *told)) if told else areas


def _told(source: Source, name: str | None, vintage: Moment | None, read: Read) -> dict[str, Any]:
    """Say what every layer is told."""
    called, origin = labels(source, name)
    return {"name": called, "source": origin, "vintage": vintage, "notes": read.notes}


def _extent(extent: object) -> object:
    return read_vector(extent) if isinstance(extent, str | Path) else extent


def _needed(category: str | None, source: object) -> str:
    if category is None:
        raise InputError(
            f"{source}: an extract of OpenStreetMap holds everything; say what is wanted: category='amenity', or "
            "tags={'amenity': ['bar', 'pub'], 'shop': None}"
        )
    return category


def _classes(tags: Tags | None, category: str | None, source: object) -> Sequence[str] | None:
    """Classes of streets that are asked for."""
    if category not in (None, "highway") or set(tags or {"highway": None}) != {"highway"}:
        raise InputError(f"{source}: streets have the key 'highway' there; expected tags={{'highway': [...]}}, or none")
    values = (tags or {}).get("highway")
    return [values] if isinstance(values, str) else values


def _refuse_beside_osm(**given: object) -> None:
    for key, value in given.items():
        if value is not None:
            raise InputError(f"an extract of OpenStreetMap needs no {key}; got {value!r}; leave it out")


def _refuse_tags(tags: object, source: object) -> None:
    if tags is not None:
        what = source if isinstance(source, str | Path) else type(source).__name__
        raise InputError(f"{what}: tags are for extracts of OpenStreetMap (.osm, .osm.pbf); expected category=<column>")
