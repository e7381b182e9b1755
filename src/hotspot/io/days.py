"""The door for dated spans of the whole city: tables and iCalendar files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from hotspot.io.forms import Formats, first_form, time_layouts, written_as
from hotspot.io.ical import Reader, is_calendar, refuse_formats
from hotspot.io.rows import (
    labels,
    named_columns,
    read_clock,
    refuse_personal,
    refuse_personal_values,
    renamed,
)
from hotspot.io.tables import open_table
from hotspot.io.written import read_written
from hotspot.layers import Days
from hotspot.layers.mend import counted

if TYPE_CHECKING:
    from pathlib import Path

    from hotspot.io.layout import TimeLayout
    from hotspot.io.tables import Source
    from hotspot.windows import Moment

TIMES = ("start", "end", "known_at")
NAMES = ("start", "end", "known_at", "category")


def read_days(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    formats: Formats | None = None,
    time_zone: str | None = None,
    span: tuple[Moment, Moment] | None = None,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Days:
    """Read spans of days that hold for the whole city: school holidays, paydays, strikes.

    Parameters
    ----------
    source : path or DataFrame
        A table with the first day of each span, or an iCalendar file (``.ics``).
    columns : mapping of str to str, optional
        Our names (start, end, known_at, category) to the file's; a name left out is taken from a column of that name.
        Both start and end are part of the span; without an end it is one day. Of a calendar: known_at and category to
        properties, such as ``{"known_at": "CREATED"}``; category is CATEGORIES by default.
    formats : mapping of str to str or sequence of str, optional
        How times are written that are not of ISO form, by our names (start, end, known_at): patterns of
        `datetime.strptime`, tried in turn, such as ``{"start": "%m/%d/%Y %H:%M"}``. ``01/02/2024`` has two readings and
        is never guessed. Not for a calendar.
    time_zone : str, optional
        IANA name; that of a known_at without an offset, and of the times of a calendar.
    span : pair of moments, optional
        Of a calendar: from when to when events are kept. Needed where a rule of repetition has no end.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.
    name : str, optional
        Default: the name of the file. Columns of features are named after it.

    Returns
    -------
    Days
        A known_at that is a date is the end of that day. Rows without a start, with a time that is none, and those that
        end before they start are set aside; cancelled ones are left out; `notes` counts all of that.

    Raises
    ------
    ColumnError
        If a column is not there.
    ConfigError
        If a format is for no time of ours.
    InputError
        If the data cannot be read, no span is left, or the zone is missing; if a column looks personal.

    Examples
    --------
    >>> import pandas as pd
    >>> breaks = read_days(pd.DataFrame({"start": ["2024-03-25"], "end": ["2024-03-29"]}), vintage="2023-08-01")
    >>> breaks.first, breaks.last
    (array(['2024-03-25'], dtype='datetime64[D]'), array(['2024-03-29'], dtype='datetime64[D]'))
    """
    label, origin = labels(source, name)
    where = f"days {label or 'days'!r} ({origin})"
    layouts = time_layouts(formats, TIMES, where)
    if is_calendar(source):
        refuse_formats(formats, where)
        frame, notes = _of_calendar(Reader(cast("str | Path", source), columns, time_zone, span), where)
    else:
        frame, notes = _of_table(source, columns, time_zone, layouts, where)
    return Days(frame, name=label, vintage=vintage, source=origin, notes=notes)


def _of_calendar(reader: Reader, where: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    table = reader.read()
    texts = {theirs: table[ours] for ours, theirs in reader.properties.items() if ours != "known_at"}
    refuse_personal_values(pd.DataFrame(texts), list(texts), where)
    frame = table.drop(columns=["start", "end", "x", "y"]).rename(columns={"first": "start", "last": "end"})
    return frame, tuple(note for what, rows in reader.counts.items() for note in counted(where, rows, what))


def _of_table(
    source: Source,
    columns: Mapping[str, str] | None,
    time_zone: str | None,
    layouts: Mapping[str, TimeLayout],
    where: str,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    table = open_table(source)
    mapped = named_columns(table, columns, NAMES, ("start",))
    refuse_personal(table, mapped.values())
    frame = renamed(table.load(list(dict.fromkeys(mapped.values())), False), mapped)
    notes: tuple[str, ...] = ()
    faulty = np.zeros(len(frame), bool)
    for name in ("start", "end"):
        if name in frame:
            values = frame[name]
            written = read_written(values, f"{where}, {name}", layouts[name])
            wrong = np.isnat(written.wall) & ~written.missing
            frame[name], faulty = written.wall.astype("datetime64[D]").astype("datetime64[s]"), faulty | wrong
            said = written_as(first_form(values, wrong), name)
            notes += counted(where, int(wrong.sum()), f"whose {name} is no date{said}")
    if "known_at" in frame:
        clock = read_clock(frame["known_at"], time_zone, f"{where}, known_at", layouts["known_at"])
        frame["known_at"], faulty = clock.ends, faulty | clock.parsed.unparsable | clock.parsed.skipped
        notes += clock.notes(where, "known_at")
    return frame.assign(start=frame["start"].mask(faulty)), notes
