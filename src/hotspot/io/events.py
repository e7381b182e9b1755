"""The door for events: tables and iCalendar files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.domain.boundary import read_vector
from hotspot.io.forms import Formats, time_layouts
from hotspot.io.ical import Reader, is_calendar, refuse_formats
from hotspot.io.rows import (
    agreed_crs,
    labels,
    named_columns,
    read_clock,
    refuse_personal,
    refuse_personal_values,
    renamed,
    without_bad_positions,
)
from hotspot.io.tables import open_table
from hotspot.io.values import as_numbers
from hotspot.layers import Events
from hotspot.layers.mend import counted

if TYPE_CHECKING:
    from pathlib import Path

    from hotspot.io.layout import TimeLayout
    from hotspot.io.tables import Source
    from hotspot.windows import Moment, Times

TIMES = ("start", "end", "known_at")
NAMES = ("start", "end", "known_at", "attendance", "category", "x", "y")


def read_events(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    formats: Formats | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    span: tuple[Moment, Moment] | None = None,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Events:
    """Read events: what takes place where, from when to when.

    Parameters
    ----------
    source : path, DataFrame or GeoDataFrame
        A table with times and coordinates (CSV, Parquet, workbook), a vector file, or an iCalendar file (``.ics``).
    columns : mapping of str to str, optional
        Our names (start, end, known_at, attendance, category, x, y) to the file's. A name left out is taken from a
        column of that name, x and y also from lon and lat, longitude and latitude, or the geometry. Of a calendar:
        known_at, attendance and category to properties, such as ``{"known_at": "CREATED"}``; category is CATEGORIES by
        default.
    formats : mapping of str to str or sequence of str, optional
        How times are written that are not of ISO form, by our names (start, end, known_at): patterns of
        `datetime.strptime`, tried in turn, such as ``{"start": "%m/%d/%Y %H:%M"}``. ``01/02/2024`` has two readings and
        is never guessed. Not for a calendar.
    crs : str, optional
        Of x and y. Needed unless the data carry one; the GEO of a calendar is in EPSG:4326.
    time_zone : str, optional
        IANA name; that of times without an offset, of floating times and whole days of a calendar. A wall time that
        occurs twice is taken as the first of the two, and counted.
    span : pair of moments, optional
        Of a calendar: from when to when events are kept. Needed where a rule of repetition has no end.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    Events
        In the CRS of the data, times in UTC. A start that is a date is the whole day, an end that is a date includes
        its day; a known_at that is a date is the end of that day. Rows without a place or a start, with a time that is
        none, and those that end before they start are set aside; cancelled events are left out; `notes` counts all of
        that.

    Raises
    ------
    ColumnError
        If a column is not there.
    ConfigError
        If a format is for no time of ours.
    InputError
        If the data cannot be read, no event is left, or the CRS or the zone is missing; if a column looks personal.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"start": ["2024-03-01 19:00"], "end": ["2024-03-01 22:00"], "lon": [-87.6], "lat": [41.9], "seats": [900]}
    ... )
    >>> events = read_events(
    ...     table, columns={"attendance": "seats"}, crs="EPSG:4326", time_zone="America/Chicago", vintage="2024-01-01"
    ... )
    >>> events.start, events.attendance
    (array(['2024-03-02T01:00:00.000000'], dtype='datetime64[us]'), array([900.]))
    """
    label, origin = labels(source, name)
    where = f"events {label or 'events'!r} ({origin})"
    layouts = time_layouts(formats, TIMES, where)
    if is_calendar(source):
        refuse_formats(formats, where)
        frame, notes = _of_calendar(Reader(cast("str | Path", source), columns, time_zone, span), crs, where)
    else:
        frame, notes = _of_table(source, columns, crs, time_zone, layouts, where)
    return Events(frame, name=label, vintage=vintage, source=origin, notes=notes)


def _of_calendar(reader: Reader, crs: str | None, where: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    own = agreed_crs("EPSG:4326", crs, where)
    table = reader.read()
    texts = {theirs: table[ours] for ours, theirs in reader.properties.items() if ours != "known_at"}
    refuse_personal_values(pd.DataFrame(texts), list(texts), where)
    x, y = table["x"].to_numpy(np.float64), table["y"].to_numpy(np.float64)
    kept, notes = without_bad_positions(x, y, own, where)
    frame = gpd.GeoDataFrame(
        table.drop(columns=["x", "y", "first", "last"]), geometry=gpd.points_from_xy(x, y), crs=own
    )
    told = (note for what, rows in reader.counts.items() for note in counted(where, rows, what))
    return frame[kept], (*told, *notes)


def _of_table(
    source: Source,
    columns: Mapping[str, str] | None,
    crs: str | None,
    time_zone: str | None,
    layouts: Mapping[str, TimeLayout],
    where: str,
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    table = open_table(source)
    mapped = named_columns(table, columns, NAMES, ("start",) if table.has_geometry else ("start", "x", "y"))
    refuse_personal(table, mapped.values())
    notes: tuple[str, ...] = ()
    if table.has_geometry and "x" not in mapped:
        read = source if isinstance(source, gpd.GeoDataFrame) else read_vector(cast("str | Path", source))
        own = agreed_crs(read.crs, crs, where)
        frame, geometry, kept = renamed(pd.DataFrame(read), mapped), read.geometry.array, np.ones(len(read), bool)
    else:
        own = agreed_crs(None, crs, where)
        frame = renamed(table.load(list(dict.fromkeys(mapped.values())), False), mapped)
        x, y = as_numbers(frame.pop("x")), as_numbers(frame.pop("y"))
        kept, notes = without_bad_positions(x, y, own, where)
        geometry = gpd.points_from_xy(x, y)
    times, told = _times(frame, time_zone, layouts, where)
    shapes = gpd.GeoDataFrame(frame.assign(**times), geometry=geometry, crs=own)
    return shapes[kept], (*notes, *told)


def _times(
    frame: pd.DataFrame, zone: str | None, layouts: Mapping[str, TimeLayout], where: str
) -> tuple[dict[str, Times], tuple[str, ...]]:
    """Turn the times into UTC: a start or end that is no time leaves no start, so that the layer sets the row aside."""
    clocks = {
        name: read_clock(frame[name], zone, f"{where}, {name}", layout)
        for name, layout in layouts.items()
        if name in frame
    }
    notes = [note for name, clock in clocks.items() for note in clock.notes(where, name)]
    start = clocks["start"]
    times = {name: clock.ends for name, clock in clocks.items() if name != "start"}
    faulty = np.logical_or.reduce([clock.parsed.unparsable | clock.parsed.skipped for clock in clocks.values()])
    whole = np.where(start.parsed.dated, start.parsed.next_day, start.utc)  # a day without an end lasts until the next
    times["end"] = np.where(np.isnat(times["end"]), whole, times["end"]) if "end" in times else whole
    return {"start": np.where(faulty, np.datetime64("NaT"), start.utc), **times}, tuple(notes)
