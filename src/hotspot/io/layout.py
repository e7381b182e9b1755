"""How a source says things: which column is which, and how its times, texts and flags are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TimeLayout:
    """How a time is written.

    Parameters
    ----------
    formats : tuple of str
        Patterns of `datetime.strptime`, tried in turn on each text; ISO 8601 is always read as well.
    clock : tuple of str
        Names of the column that holds the time of day beside the date, the first one that is there.
    clock_formats : tuple of str
        Patterns of that time of day, such as ``%H:%M:%S``, ``%H%M`` (zeros in front may be missing) or ``%H``.
    precision : str, optional
        "day" or "month": the time of day, or also the day, means nothing; the incident is the whole day or month, and
        `known_at` is the end of it.
    offset : str
        "keep", or "ignore" where a source writes an offset beside what is civil time.
    """

    formats: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()
    clock_formats: tuple[str, ...] = ()
    precision: str | None = None
    offset: str = "keep"


@dataclass(frozen=True)
class Layout:
    """What is known about a source before it is opened.

    Parameters
    ----------
    name : str
        Of the schema; empty where the caller maps columns.
    title : str
        The publication in words.
    columns : mapping of str to tuple of str
        Our names to the source's: the first of the names that is there counts. Letter case and blanks at the ends of a
        column's name do not matter for a schema.
    times : mapping of str to TimeLayout
        By our name (start, end, known_at, superseded_at).
    crs, time_zone : str, optional
        Of coordinates and of times without an offset; what the caller says goes first.
    latency : str, optional
        How late the publisher says records come.
    missing : tuple of str
        Texts that mean that there is nothing, such as ``(null)``.
    constants : mapping of str to str
        Values of our columns (source, discovered) for every row.
    decimal : str
        "." or ","; None finds it out.
    point : tuple of str
        Names of a text column that holds both coordinates, latitude first: ``(41.88, -87.63)``; used where the
        columns of x and y are missing.
    count : tuple of str
        Names of a column that says how many incidents a row stands for; the row is repeated.
    area : tuple of str
        Names of a column with the code of an area, for sources that publish no points; see ``places`` of
        `read_incidents`.
    id_parts : tuple of tuple of str
        Columns that make the id only together, such as a report and its offence, each with the names it may have; the
        parts are joined by "/". Rows that are equal in all that is read are then one incident, told once a victim.
        Empty where ``columns`` has the id.
    totals : tuple of str
        Categories that are sums of others; their rows are set aside.
    updated_at : tuple of str
        Names of the column of the last change, for incremental fetching; never read as `known_at`.
    caveats : tuple of str
        What may not be concluded from this source; they go into the report.
    """

    name: str = ""
    title: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    times: Mapping[str, TimeLayout] = field(default_factory=dict)
    crs: str | None = None
    time_zone: str | None = None
    latency: str | None = None
    missing: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None
    point: tuple[str, ...] = ()
    count: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    id_parts: tuple[tuple[str, ...], ...] = ()
    totals: tuple[str, ...] = ()
    updated_at: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
