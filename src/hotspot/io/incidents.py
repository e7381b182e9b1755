"""The door for incidents: columns mapped, times and coordinates checked, faulty rows set aside and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
import pyproj

from hotspot.domain.boundary import known_zone
from hotspot.errors import ConfigError, InputError, RefusedError, nearest
from hotspot.incidents import Incidents
from hotspot.io.cleaning import TIMES, Door
from hotspot.io.columns import REQUIRED, Mapped, map_columns
from hotspot.io.layout import Layout, TimeLayout
from hotspot.io.personal import personal_columns, told
from hotspot.io.points import AreaPoints
from hotspot.io.positions import known_crs
from hotspot.io.tables import Table, open_table
from hotspot.layers.protected import refuse_protected

if TYPE_CHECKING:
    import geopandas as gpd

    from hotspot.io.tables import Source

Formats: TypeAlias = Mapping[str, str | Sequence[str]]

STORES = ("duckdb://", "postgresql://", "postgres://")


def read_incidents(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    schema: str | Path | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    formats: Formats | None = None,
    strict: bool = False,
    places: str | Path | gpd.GeoDataFrame | None = None,
) -> Incidents:
    """Read incidents, and set aside the rows that cannot be used.

    Only the columns that are mapped, or that carry one of our names, are read; those that look personal never. Each
    row is kept, or counted in the report under exactly one reason. Memory holds the clean rows and one batch.

    Parameters
    ----------
    source : path, list of paths, DataFrame or GeoDataFrame
        CSV of any separator and encoding, Parquet, GeoParquet, GeoPackage, Shapefile, GeoJSON, JSON records (one a
        line, or an array), a workbook; packed (gz, bz2, zst, or alone in a zip) or not; a directory, a pattern with
        ``*`` or a list for many files of the same columns; a store (``duckdb:///...``, ``postgresql://...``).
    columns : mapping of str to str, optional
        Our names (id, start, end, known_at, superseded_at, category, x, y, position_error, discovered, source) to the
        file's. A name left out is taken from the schema, or without one from a column of that name; start also from
        ``datetime``, x and y from the geometry, ``lon`` and ``lat`` or ``longitude`` and ``latitude``.
    schema : str or path, optional
        Name of a city's schema, or the path of one's own.
    crs : str, optional
        CRS of x and y. Needed unless the file or the schema says it.
    time_zone : str, optional
        IANA name; the zone of times without an offset. Needed unless all have one, or the schema says it.
    formats : mapping of str to str or list of str, optional
        By our name of a time, how it is written beside ISO 8601: ``{"start": "%m/%d/%Y %H:%M"}``.
    strict : bool
        Whether columns that look personal refuse the source instead of being left out.
    places : path or GeoDataFrame, optional
        Where the areas are, for a source with codes of areas and no points: polygons with a column of the same codes.

    Returns
    -------
    Incidents
        Times in naive UTC, coordinates as in the file. A start that is a date, or a time where all in the column are
        local midnight, is the interval from that midnight to the next, with `time_precision` "day" (where only the
        month is known, from its first instant to that of the next, "month"); a date in the other columns means the
        end of that day. A missing end is the start. Without an id column, ids are made of the rows' content, and
        repeats are kept.

    Raises
    ------
    InputError
        If the file cannot be read or is empty, a column, the CRS or the zone is missing, nearly all coordinates look
        swapped, a column that is needed looks personal, or no row is left.
    ConfigError
        If the schema or a format is none.
    RefusedError
        If `strict` and columns look personal.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"datetime": ["2024-03-01 07:00"], "lon": [-87.6], "lat": [41.9], "type": ["theft"]})
    >>> incidents = read_incidents(
    ...     table, columns={"category": "type"}, crs="EPSG:4326", time_zone="America/Chicago"
    ... )
    >>> incidents.start
    array(['2024-03-01T13:00:00.000000'], dtype='datetime64[us]')
    """
    if isinstance(source, str) and source.startswith(STORES):
        from hotspot.io.store import read_store

        return read_store(source)
    if schema is None and not columns and not formats:
        from hotspot.io.stream import read_converted

        if (before := read_converted(source, crs)) is not None:
            return before
    layout = layout_of(schema, formats)
    return read_layout(source, layout, columns=columns, crs=crs, time_zone=time_zone, strict=strict, places=places)


def read_layout(
    source: Source,
    layout: Layout,
    *,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    strict: bool = False,
    places: str | Path | gpd.GeoDataFrame | None = None,
) -> Incidents:
    """Read incidents whose layout is at hand; see `read_incidents`.

    Parameters
    ----------
    source, columns, crs, time_zone, strict, places
        As for `read_incidents`.
    layout : Layout
        How the source says things.

    Returns
    -------
    Incidents
        As `read_incidents` gives them.

    Raises
    ------
    InputError
        As `read_incidents` does.
    """
    from hotspot.io.compact import single_versions
    from hotspot.io.endings import FORGOTTEN, end_before
    from hotspot.io.gathering import Gathered, report_of

    given = {"columns": columns, "crs": crs, "time_zone": time_zone, "strict": strict, "places": places}
    door, gathered = open_door(source, layout, **given), Gathered()  # type: ignore[arg-type]
    door.read(gathered)
    table, report = gathered.table(door), report_of(door)
    if "known_at" in door.mapped.names and report.set_aside:
        table = end_before(table, report.aside)
        report = report if report.aside is not None else report.noting(FORGOTTEN)
    # checking and sorting once more would cost as much memory again
    return Incidents(table, str(door.crs.to_string()), report, checked=single_versions(table))


def open_door(
    source: Source,
    layout: Layout,
    *,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    strict: bool = False,
    places: str | Path | gpd.GeoDataFrame | None = None,
) -> Door:
    """Find out all that is needed to read a source.

    Parameters
    ----------
    source, columns, crs, time_zone, strict, places
        As for `read_incidents`.
    layout : Layout
        How the source says things.

    Returns
    -------
    Door
        Nothing is read yet but the first rows.

    Raises
    ------
    InputError
        If a column, the CRS or the zone is missing or unknown, or a column that is needed looks personal.
    RefusedError
        If `strict` and columns look personal.
    """
    table = open_table(source)
    mapped = map_columns(table, layout, columns)
    refuse_protected(mapped.wanted, table.name)
    personal = personal_columns(table.sample())
    mapped = _without_personal(table, mapped, personal, strict)
    areas = AreaPoints.read(places) if mapped.area is not None and places is not None else None
    zone = time_zone or layout.time_zone
    return Door(
        table, layout, mapped, _crs_of(table, mapped, crs, layout, areas), None if zone is None else known_zone(zone),
        current_time(), areas, personal,
    )  # fmt: skip


def layout_of(schema: str | Path | None, formats: Formats | None) -> Layout:
    """Take the layout of a schema, and the formats of the caller over it.

    Parameters
    ----------
    schema : str or path, optional
        Name or path.
    formats : mapping of str to str or list of str, optional
        By our name of a time.

    Returns
    -------
    Layout
        Empty where neither is given.

    Raises
    ------
    ConfigError
        If there is no such schema, or a format is for no time of ours.
    """
    if schema is None:
        layout = Layout()
    else:
        from hotspot.io.schema_files import load_schema

        layout = load_schema(schema)
    times = dict(layout.times)
    for name, patterns in (formats or {}).items():
        if name not in TIMES:
            raise ConfigError(f"formats: got {name!r}, which is no time of ours; {nearest(name, TIMES)}")
        declared = (patterns,) if isinstance(patterns, str) else tuple(patterns)
        times[name] = replace(times.get(name, TimeLayout()), formats=declared)
    return replace(layout, times=times)


def current_time() -> np.datetime64:
    """Tell the time, in naive UTC; tests set it."""
    return np.datetime64(pd.Timestamp.now("UTC").tz_localize(None), "us")


def _crs_of(table: Table, mapped: Mapped, given: str | None, layout: Layout, areas: AreaPoints | None) -> pyproj.CRS:
    """Take the CRS from the file, the argument or the schema; file and argument may not contradict each other."""
    named = None if given is None else known_crs(given, table.name)
    carried = areas.frame.crs if areas is not None else table.crs if mapped.geometry else None
    inside = None if carried is None else known_crs(carried, table.name)
    either = inside or named or (None if layout.crs is None else known_crs(layout.crs, f"schema {layout.name!r}"))
    if either is None:
        x, y = (mapped.names.get(name, mapped.point or mapped.area) for name in ("x", "y"))
        raise InputError(
            f"{table.name}: nothing says in which CRS {x!r} and {y!r} are; name it: "
            "crs='EPSG:4326' for longitude and latitude, or the code of the projected system the publisher states"
        )
    if inside is not None and named is not None and not inside.equals(named, ignore_axis_order=True):
        raise InputError(
            f"{table.name}: the data are in {inside.to_string()}, but crs={given!r} is given; leave crs out"
        )
    return either


def _without_personal(table: Table, mapped: Mapped, personal: Mapping[str, str], strict: bool) -> Mapped:
    """Leave out what looks personal; refuse where that cannot be left out."""
    if not personal:
        return mapped
    if strict:
        raise RefusedError(
            f"{table.name}: columns look personal: {told(personal)}; expected none with strict=True; delete them from "
            "the source"
        )
    needed = {name for name in REQUIRED if mapped.names.get(name) in personal}
    place = {mapped.point, mapped.area, mapped.count, *mapped.clocks.values()} & set(personal)
    if needed or place:
        columns = {str(mapped.names[name]) for name in needed} | {str(name) for name in place}
        why = told({name: personal[name] for name in sorted(columns)})
        raise InputError(
            f"{table.name}: columns that are needed look personal: {why}; expected time, place and kind of an incident "
            "and nothing about persons; map other columns, or clean this one at the source"
        )
    return mapped.without(set(personal))
