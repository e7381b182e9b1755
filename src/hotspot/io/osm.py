"""OpenStreetMap extracts (``.osm``, ``.osm.pbf``): places by their tags, and streets."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.io.tables.table import guarded
from hotspot.layers.mend import counted

Tags: TypeAlias = Mapping[str, Sequence[str] | str | None]

ENDINGS = (".osm", ".osm.pbf", ".pbf")
CATEGORY = "category"
ALL = "*"  # every value, where a config file has no word for None
LAYERS = ("multipolygons", "lines", "points")
# ways for cars and on foot through the city; driveways, aisles and footways are left out unless asked for
STREETS = (
    *("motorway", "trunk", "primary", "secondary", "tertiary", "motorway_link", "trunk_link", "primary_link"),
    *("secondary_link", "tertiary_link", "unclassified", "residential", "living_street", "pedestrian", "road"),
)
FOOTWAYS, SERVICE = ("footway", "path", "steps", "cycleway", "bridleway", "track", "corridor"), ("service",)
KEY = re.compile(r"[\w:.-]+")
PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
HEADS = {".osm": b"<osm", ".pbf": b"OSMHeader"}
_FIELDS: dict[str, frozenset[str]] = {}  # of each kind of geometries: the driver gives every file the same
HEAD = 4096  # bytes that tell what a file is


def is_osm(source: object) -> bool:
    """Tell whether a source is an extract of OpenStreetMap, by its name.

    Parameters
    ----------
    source : object
        As a reader takes it.

    Returns
    -------
    bool
        Whether it is.
    """
    return isinstance(source, str | Path) and str(source).lower().endswith(ENDINGS)


def osm_places(path: str | Path, tags: Tags) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Read what has certain tags: points, lines and polygons.

    Parameters
    ----------
    path : str or Path
        An extract.
    tags : mapping of str to sequence of str or None
        Keys and the values that are wanted; None or "*": every value.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a place, with `osm_id` and `category`: the value of the first key that fits, the key where it is "yes".
        A point inside a polygon of the same category, with the same name or none, is the same place.
    tuple of str
        What was left out.

    Raises
    ------
    InputError
        If the file is no extract, or nothing in it has such tags.
    """
    check_osm(path)
    wanted = {_key(key): _values(key, values) for key, values in tags.items()}
    if not wanted:
        raise InputError(f"{path}: tags names no key; expected for example tags={{'amenity': ['bar', 'pub']}}")
    parts, notes = zip(*(_layer(path, layer, wanted) for layer in LAYERS), strict=True)
    every = pd.concat(parts, ignore_index=True)
    if not len(every):
        raise InputError(
            f"{path}: nothing in it is tagged {_shown(wanted)}; check the keys and values, and the extract"
        )
    frame = gpd.GeoDataFrame(every, geometry="geometry", crs="EPSG:4326")
    twice = _mapped_twice(frame)
    what = "that lie in a polygon of the same category and name, the same place, left out"
    said = tuple(note for part in notes for note in part) + counted(str(path), int(twice.sum()), what)
    return frame.loc[~twice, ["osm_id", CATEGORY, "geometry"]].reset_index(drop=True), said


def osm_streets(
    path: str | Path, footways: bool, service: bool, classes: Sequence[str] | None = None
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Read streets.

    Parameters
    ----------
    path : str or Path
        An extract.
    footways, service : bool
        Whether ways on foot and by bicycle, and service ways such as driveways and aisles, are streets too.
    classes : sequence of str, optional
        Values of the key ``highway``, instead of all that.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a way, with `osm_id` and `category`: the value of ``highway``.
    tuple of str
        What was left out.

    Raises
    ------
    InputError
        If the file is no extract, or there is no such street.
    """
    check_osm(path)
    wanted = (*STREETS, *(FOOTWAYS if footways else ()), *(SERVICE if service else ()))
    frame, notes = _layer(path, "lines", {"highway": frozenset(wanted if classes is None else classes)})
    if not len(frame):
        raise InputError(f"{path}: no street in it; check the extract, or name the classes: tags={{'highway': [...]}}")
    return gpd.GeoDataFrame(frame[["osm_id", CATEGORY, "geometry"]], geometry="geometry", crs="EPSG:4326"), notes


def check_osm(path: str | Path) -> None:
    """Refuse a file that is no extract: the driver goes by content, and some forms of XML fetch other files.

    Parameters
    ----------
    path : str or Path
        Of the file.

    Raises
    ------
    InputError
        If it is missing, or begins with something else.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"{path}: no such file; check the path (paths in a config are relative to the config file)")
    with file.open("rb") as content:
        head = content.read(HEAD)
    if HEADS[file.suffix.lower()] not in head or b"<!" in head.replace(b"<!--", b"") or b"opengis" in head:
        raise InputError(
            f"{path}: does not begin like an extract of OpenStreetMap; expected XML with the root <osm>, without "
            "declarations, in .osm, or the binary form in .osm.pbf; get it again"
        )


def _key(key: str) -> str:
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise InputError(f"tags: key {key!r} is none of OpenStreetMap; expected for example 'amenity' or 'shop'")
    return key


def _values(key: str, values: Sequence[str] | str | None) -> frozenset[str] | None:
    if values is None or values == ALL:
        return None
    listed = [values] if isinstance(values, str) else list(values)
    if not listed or not all(isinstance(value, str) for value in listed):
        raise InputError(f"tags: {key!r} has the values {values!r}; expected texts, or None for every value")
    return frozenset(listed)


def _layer(
    path: str | Path, layer: str, wanted: Mapping[str, frozenset[str] | None]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read what fits of one kind of geometries."""
    frame, notes = _read(path, layer, wanted)
    tags = pd.DataFrame({key: _column(frame, key) for key in wanted}, index=frame.index)
    category = pd.Series(None, index=frame.index, dtype=object)
    for key, values in reversed(list(wanted.items())):
        found = tags[key].map(lambda text, key=key, values=values: _fitting(text, key, values))
        category = found.where(found.notna(), category)
    ids = frame["osm_id"].astype(object)
    if "osm_way_id" in frame.columns:
        ids = ids.where(ids.notna(), frame["osm_way_id"])
    kept = frame.assign(osm_id=ids.astype(str), **{CATEGORY: category})[category.notna()]
    return kept[["osm_id", "name", CATEGORY, "geometry"]].reset_index(drop=True), notes


def _read(path: str | Path, layer: str, keys: Iterable[str]) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Read rows that have one of the keys; what the driver warns of is told."""
    import pyogrio

    if layer not in _FIELDS:
        _FIELDS[layer] = frozenset(guarded(path, lambda: pyogrio.read_info(path, layer=layer))["fields"])
    fields = _FIELDS[layer]
    has = [f'"{key}" IS NOT NULL' if key in fields else f"other_tags LIKE '%\"{key}\"=>%'" for key in keys]
    columns = [name for name in ("osm_id", "osm_way_id", "name", *keys, "other_tags") if name in fields]
    elsewhere = not os.environ.get("CPL_TMPDIR")  # the driver puts large indices into the working folder otherwise
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            if elsewhere:
                pyogrio.set_gdal_config_options({"CPL_TMPDIR": tempfile.gettempdir()})
            where = " OR ".join(has)
            frame = guarded(path, lambda: pyogrio.read_dataframe(path, layer=layer, columns=columns, where=where))
        finally:
            if elsewhere:
                pyogrio.set_gdal_config_options({"CPL_TMPDIR": None})
    told = Counter(re.sub(r"\d+", "9", str(warning.message)) for warning in said)
    notes = (f"{path}: {layer}: {text} ({number:,} times)" for text, number in told.items())
    return frame, tuple(notes)


def _column(frame: gpd.GeoDataFrame, key: str) -> pd.Series:
    """Values of a key, from its own column or from the other tags."""
    inside = key not in frame.columns
    values: pd.Series = frame["other_tags"].map(lambda text: tags_of(text).get(key)) if inside else frame[key]
    return values.astype(object)


def tags_of(text: object) -> dict[str, str]:
    r"""Parse tags that are written as one text.

    Parameters
    ----------
    text : str or missing
        As the driver writes them.

    Returns
    -------
    dict of str to str
        Empty where there are none.

    Examples
    --------
    >>> tags_of('"amenity"=>"bar","name:en"=>"The \\"Ship\\""')
    {'amenity': 'bar', 'name:en': 'The "Ship"'}
    """
    if not isinstance(text, str):
        return {}
    return {key: re.sub(r"\\(.)", r"\1", value) for key, value in PAIR.findall(text)}


def _fitting(text: object, key: str, wanted: frozenset[str] | None) -> str | None:
    """First of several values, with semicolons between them, that is wanted; "no" is none."""
    if not isinstance(text, str):
        return None
    values = [value.strip() for value in text.split(";")]
    found = next((value for value in values if value and value != "no" and (wanted is None or value in wanted)), None)
    return key if found == "yes" else found


def _mapped_twice(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Points inside a polygon of the same category, with the same name or none."""
    shapes = np.asarray(frame.geometry.array)
    dimension = shapely.get_dimensions(shapes)
    points, areas = np.flatnonzero(dimension == 0), np.flatnonzero(dimension == 2)
    i, j = shapely.STRtree(shapes[areas]).query(shapes[points], predicate="intersects")
    point, area = points[i], areas[j]
    category, name = frame[CATEGORY].to_numpy(object), frame["name"].to_numpy(object)
    unnamed = pd.isna(name)
    same = (category[point] == category[area]) & (unnamed[point] | unnamed[area] | (name[point] == name[area]))
    twice = np.zeros(len(frame), bool)
    twice[point[same]] = True
    return twice


def _shown(wanted: Mapping[str, frozenset[str] | None]) -> str:
    return " or ".join(f"{key}={'*' if values is None else '|'.join(sorted(values))}" for key, values in wanted.items())
