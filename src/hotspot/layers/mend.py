"""Geometries as a file has them, made valid and of one kind; what was done is said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspot.errors import InputError

POINT, LINE, POLYGON = 0, 1, 2  # dimensions of geometries
KINDS = {POINT: "points", LINE: "lines", POLYGON: "polygons"}


def mended(
    frame: gpd.GeoDataFrame,
    where: str,
    dimensions: tuple[int, ...],
    parts: tuple[int, ...],
    told: tuple[str, ...] = (),
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Give valid geometries of the wanted kinds, and say what was done."""
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"{where}: got {type(frame).__name__}; expected a GeoDataFrame")
    if frame.crs is None:
        raise InputError(
            f"{where} has no CRS; expected one with the data; name it when reading, for example crs='EPSG:4326'"
        )
    shapes = np.asarray(frame.geometry.array)
    there = np.asarray(np.isfinite(shapely.bounds(shapes)).all(axis=1))  # missing and empty ones have no bounds
    notes = counted(where, int((~there).sum()), "without a geometry, set aside")
    frame = frame[there].reset_index(drop=True)
    broken = ~shapely.is_valid(np.asarray(frame.geometry.array))
    if broken.any():
        shapes = np.asarray(frame.geometry.array).copy()
        shapes[broken] = shapely.make_valid(shapes[broken])
        frame = frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))
        notes += counted(where, int(broken.sum()), "with a broken geometry, mended")
    frame = _simple(frame, parts)
    right = np.isin(shapely.get_dimensions(np.asarray(frame.geometry.array)), dimensions)
    notes += counted(where, int((~right).sum()), f"that are not {_kinds(dimensions)}, set aside")
    if not right.any():
        why = reasons(told + notes, where)
        raise InputError(f"{where}: no {_kinds(dimensions)} in it; got {len(there)} rows; check the file{why}")
    return frame[right].reset_index(drop=True), notes


def with_times(frame: gpd.GeoDataFrame, column: str, where: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Turn a column into naive UTC, NaT where missing; naive times are UTC.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Of the layer.
    column : str
        Its name; ISO text, dates or datetimes.
    where : str
        The layer, for messages.

    Returns
    -------
    geopandas.GeoDataFrame
        With the column as datetime64[us].
    tuple of str
        How many are missing.

    Raises
    ------
    InputError
        If it holds numbers, or text that is no time.
    """
    values = frame[column]
    missing = np.asarray(values.isna() | values.astype(str).str.strip().isin(["", "NaT"]))
    if pd.api.types.is_numeric_dtype(values.dtype) and not missing.all():
        raise InputError(f"{where}: column {column!r} holds numbers; expected times such as '2016-05-01'")
    times = pd.to_datetime(values.where(~missing), utc=True, errors="coerce", format="ISO8601")
    wrong = int((times.isna() & ~missing).sum())
    if wrong:
        raise InputError(
            f"{where}: column {column!r}: {wrong:,} values are no times; expected ISO text such as '2016-05-01' or "
            "'2016-05-01T07:00Z', dates or datetimes; turn the column into times before reading"
        )
    naive = times.dt.tz_localize(None).astype("datetime64[us]")
    return frame.assign(**{column: naive}), counted(where, int(missing.sum()), f"without a time in {column!r}")


def _simple(frame: gpd.GeoDataFrame, parts: tuple[int, ...]) -> gpd.GeoDataFrame:
    """Cut multi-part points and lines into their parts, and take the polygons out of mixed collections."""
    shapes = np.asarray(frame.geometry.array).copy()
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for i in mixed:
        shapes[i] = _largest_kind(shapes[i])
    if mixed.size:
        frame = frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))
    multiple = np.isin(shapely.get_dimensions(shapes), parts) & (shapely.get_num_geometries(shapes) > 1)
    return _exploded(frame, multiple)


def _exploded(frame: gpd.GeoDataFrame, which: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    shapes = np.asarray(frame.geometry.array)
    times = np.where(which, shapely.get_num_geometries(shapes), 1)
    owner = np.repeat(np.arange(len(frame)), times)
    single = shapes[owner].copy()
    cut = which[owner]
    single[cut] = shapely.get_parts(shapes[which])
    # a multi-part type with one part is still a multi-part type
    lone = np.isin(shapely.get_type_id(single), [4, 5])
    single[lone] = shapely.get_geometry(single[lone], 0)
    return frame.iloc[owner].reset_index(drop=True).set_geometry(gpd.GeoSeries(single, crs=frame.crs))


def _largest_kind(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the parts of the highest dimension of a mixed collection."""
    flat = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(flat[shapely.get_dimensions(flat) == shapely.get_dimensions(flat).max()])


def _kinds(dimensions: tuple[int, ...]) -> str:
    return " or ".join(KINDS[d] for d in dimensions)


def counted(where: str, rows: int, what: str) -> tuple[str, ...]:
    """Say how many rows something befell; nothing where there are none."""
    return (f"{where}: {rows:,} rows {what}",) if rows else ()


def reasons(notes: tuple[str, ...], where: str) -> str:
    """Say what befell the rows where none is left, to be put after a message; empty where nothing was noted."""
    said = [note.removeprefix(f"{where}: ") for note in dict.fromkeys(notes)]
    return f" ({'; '.join(said)})" if said else ""
