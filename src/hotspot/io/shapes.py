"""Geometries from files and tables, before they are a layer: the CRS agreed on, positions and times checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspot.domain.boundary import read_vector
from hotspot.errors import ColumnError, InputError, nearest
from hotspot.io.columns import PAIRS
from hotspot.io.personal import personal_columns, safe_names, shape_of, told
from hotspot.io.positions import known_crs
from hotspot.io.rows import agreed_crs, read_clock, without_bad_positions
from hotspot.io.tables import Table, open_table
from hotspot.io.tables.geopackage import check_geopackage
from hotspot.io.tables.table import guarded
from hotspot.io.values import as_numbers
from hotspot.layers.base import require_column
from hotspot.layers.mend import counted

if TYPE_CHECKING:
    from hotspot.io.tables import Source

TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ndjson", ".jsonl"}
# as open data write them; letter case does not matter
WRITTEN_PAIRS = (
    *PAIRS, ("lng", "lat"), ("long", "lat"), ("lng", "latitude"), ("x_coord", "y_coord"),
    ("x_coordinate", "y_coordinate"), ("x coordinate", "y coordinate"), ("xcoord", "ycoord"), ("point_x", "point_y"),
)  # fmt: skip
NAME = "name"  # of a place or street, not of a person
WRITTEN = ("the_geom", "geometry", "geom", "wkt", "shape")  # geometries as text


class Read(NamedTuple):
    """What was read.

    Attributes
    ----------
    frame : geopandas.GeoDataFrame
        With a CRS, or none where nothing said it.
    notes : tuple of str
        What was set aside.
    """

    frame: gpd.GeoDataFrame
    notes: tuple[str, ...] = ()


def read_shapes(source: Source, crs: str | None, columns: Mapping[str, str] | None = None) -> Read:
    """Read geometries; the file and the argument may not contradict each other about the CRS.

    Parameters
    ----------
    source : path, DataFrame or GeoDataFrame
        A vector file or a table.
    crs : str, optional
        Of the coordinates.
    columns : mapping of str to str, optional
        Columns of x and y in a table.

    Returns
    -------
    Read
        Rows whose position cannot be right have no geometry, which the layer counts.

    Raises
    ------
    InputError
        If it cannot be read, or the CRS contradict each other.
    """
    if isinstance(source, gpd.GeoDataFrame):
        frame = source
    elif isinstance(source, str | Path) and Path(source).suffix.lower() not in TABLES:
        if Path(source).suffix.lower() == ".gpkg" and Path(source).is_file():
            guarded(source, lambda: check_geopackage(str(source), str(source)))
        frame = read_vector(source)
    else:
        return _of_table(open_table(source), crs, columns)
    where = str(source) if isinstance(source, str | Path) else type(source).__name__
    if columns:
        raise InputError(f"{where}: columns of x and y are given, and the data have geometries; leave columns out")
    if crs is None:
        return Read(frame)
    agreed = agreed_crs(frame.crs, crs, where)
    return Read(frame if frame.crs is not None else frame.set_crs(agreed))


def _of_table(table: Table, crs: str | None, columns: Mapping[str, str] | None) -> Read:
    """Turn a table into geometries."""
    pair, written = _pair(table, columns), _find(table, WRITTEN)
    if pair is None and written is None:
        raise InputError(
            f"{table.name}: no coordinates; got {safe_names(table.columns)}; expected x and y, lon and lat, longitude "
            "and latitude, or geometries as text; say which columns they are: columns={'x': ..., 'y': ...}"
        )
    frame, named = table.load(table.columns, False), None if crs is None else known_crs(crs, "crs")
    if pair is None:
        shapes = _parsed(frame[str(written)])
        return Read(gpd.GeoDataFrame(frame.drop(columns=str(written)), geometry=shapes, crs=named))
    x, y = (as_numbers(frame[name]) for name in pair)
    notes: tuple[str, ...] = ()
    kept = np.ones(x.shape, bool)
    if named is not None:
        there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))  # the layer counts the others
        kept[there], notes = without_bad_positions(x[there], y[there], named, table.name)
    return Read(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y), crs=named)[kept], notes)


def _pair(table: Table, columns: Mapping[str, str] | None) -> tuple[str, str] | None:
    """Find the columns of x and y."""
    if columns:
        if set(columns) != {"x", "y"}:
            raise ColumnError(f"{table.name}: columns maps {sorted(columns)}; expected 'x' and 'y', and nothing else")
        for name in columns.values():
            if name not in table.columns:
                raise ColumnError(f"{table.name}: no column {name!r}; {nearest(name, table.columns)}")
        return columns["x"], columns["y"]
    found = ((_find(table, (x,)), _find(table, (y,))) for x, y in WRITTEN_PAIRS)
    return next(((x, y) for x, y in found if x is not None and y is not None), None)


def _find(table: Table, names: Collection[str]) -> str | None:
    """First column of one of these names, whatever its letter case."""
    plain = {name.strip().lower(): name for name in reversed(table.columns)}
    return next((plain[name] for name in names if name in plain), None)


def _parsed(texts: pd.Series) -> NDArray[np.object_]:
    """Geometries written as text; what cannot be read is none."""
    plain = texts.astype(object).where(texts.notna(), "").astype(str).str.replace(r"^SRID=\d+;", "", regex=True)
    return np.asarray(shapely.from_wkt(plain.to_numpy(object), on_invalid="ignore"))


def without_personal(read: Read, needed: Sequence[str | None], *, numbers: bool = False) -> Read:
    """Leave out columns that look personal, and refuse where one of them is needed.

    Parameters
    ----------
    read : Read
        From `read_shapes`.
    needed : sequence of str or None
        Columns that the layer uses.
    numbers : bool
        Columns of numbers stay, and what is needed is used all the same: areas count people.

    Returns
    -------
    Read
        Without those columns; the notes name them.

    Raises
    ------
    InputError
        If a column that is needed looks personal.
    """
    columns = read.frame.drop(columns=[*_geometry(read.frame), *(name for name in (NAME,) if name in read.frame)])
    if numbers:  # what is needed may be gone already, or not be there, which the layer itself will say
        columns = columns.select_dtypes(exclude="number").drop(columns=_those(needed), errors="ignore")
    found = personal_columns(columns)
    wrong = {name: found[name] for name in _those(needed) if name in found}
    if wrong:
        raise InputError(
            f"layer: columns that are needed look personal: {told(wrong)}; expected kinds and times of places and "
            "nothing about persons; name other columns, or clean these at the source"
        )
    if not found:
        return read
    kept = read.frame.drop(columns=[name for name in read.frame.columns if str(name) in found])
    return Read(kept, (*read.notes, f"columns left out, look personal: {told(found)}"))


def dated(read: Read, columns: Sequence[str | None], time_zone: str) -> Read:
    """Turn columns into naive UTC, and set rows aside whose time cannot be read: nothing says when they hold.

    Parameters
    ----------
    read : Read
        From `read_shapes`.
    columns : sequence of str or None
        Of times.
    time_zone : str
        IANA name; of times without an offset.

    Returns
    -------
    Read
        Missing times stay missing.

    Raises
    ------
    InputError
        If a column is not there or holds numbers, or no time in it can be read.
    """
    frame, notes = read
    for column in _those(columns):
        require_column(frame, column, "layer")
        times = read_clock(frame[column], time_zone, f"layer: column {column!r}").parsed
        wrong = times.unparsable | times.skipped
        if wrong.any() and wrong.sum() == (~times.missing).sum():
            raise InputError(
                f"layer: column {column!r}: none of {wrong.sum():,} values is a time, but of the form "
                f"{shape_of(frame[column][wrong].iloc[0])!r}; expected ISO such as '2016-05-01', dates or datetimes"
            )
        frame = frame.assign(**{column: times.utc})[~wrong]
        notes += counted("layer", int(wrong.sum()), f"whose {column!r} is no time, set aside")
    return Read(frame, notes)


def _those(columns: Sequence[str | None]) -> list[str]:
    return [column for column in columns if column is not None]


def _geometry(frame: gpd.GeoDataFrame) -> list[str]:
    """Columns of geometries."""
    return [str(name) for name in frame.columns if isinstance(frame[name].dtype, gpd.array.GeometryDtype)]
