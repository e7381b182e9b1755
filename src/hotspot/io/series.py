"""The door for values over time that hold for the whole city, such as the weather."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.errors import ColumnError, nearest
from hotspot.io.codes import code_notes
from hotspot.io.forms import Formats, time_layouts
from hotspot.io.personal import personal_columns, safe_names
from hotspot.io.rows import Clock, labels, named_columns, read_clock, refuse_personal, renamed
from hotspot.io.tables import Table, open_table
from hotspot.io.values import as_numbers
from hotspot.layers import Series
from hotspot.layers.protected import protected_name, refuse_protected

if TYPE_CHECKING:
    from hotspot.io.tables import Source
    from hotspot.windows import Moment, Times

NAMES = ("time", "known_at")
MOSTLY = 0.5  # of a column's values must be numbers for it to be a variable that nobody named


def read_series(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    formats: Formats | None = None,
    variables: Sequence[str] | Mapping[str, str] | None = None,
    time_zone: str | None = None,
    latency: str = "0h",
    units: Mapping[str, str] | None = None,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Series:
    """Read values over time, measured or forecast.

    Parameters
    ----------
    source : path or DataFrame
        A table with a row a time.
    columns : mapping of str to str, optional
        Our names (time, known_at) to the file's; a name left out is taken from a column of that name. known_at is when
        a forecast was issued.
    formats : mapping of str to str or sequence of str, optional
        How times are written that are not of ISO form, by our names (time, known_at): patterns of
        `datetime.strptime`, tried in turn, such as ``{"time": "%m/%d/%Y %H:%M"}``. ``01/02/2024`` has two readings and
        is never guessed.
    variables : sequence of str, or mapping of str to str, optional
        Columns of values, or our names for them to the file's. Default: every other column of numbers that does not
        look personal.
    time_zone : str, optional
        IANA name; that of times without an offset. A wall time that occurs twice is the first of the two where it
        stands for the first time (of equal known_at), and the second where it stands again.
    latency : str
        How long after its time a value was known whose row has no known_at. Where a value is a total or mean over an
        hour or a day and its time the start, that hour or day belongs into the latency. Days are 24 hours.
    units : mapping of str to str, optional
        Units of the variables.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    Series
        Times in UTC; a date is its first instant, as known_at the end of the day. Rows without a time, with a time that
        is none or that the clocks skipped are set aside, repeated ones are left out; `notes` counts them, values that
        are no numbers, and gaps.

    Raises
    ------
    ColumnError
        If a column is not there, or there is no variable.
    ConfigError
        If a format is for no time of ours.
    InputError
        If the data cannot be read, no row is left, or the zone is missing; if a column looks personal.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"time": ["2024-03-01 12:00"], "temperature": [4.5], "station": ["MDW"]})
    >>> weather = read_series(table, time_zone="America/Chicago", latency="1h")
    >>> weather.variables, weather.known_at
    (('temperature',), array(['2024-03-01T19:00:00.000000'], dtype='datetime64[us]'))
    """
    label, origin = labels(source, name)
    where = f"series {label or 'series'!r} ({origin})"
    layouts = time_layouts(formats, NAMES, where)
    table = open_table(source)
    mapped = named_columns(table, columns, NAMES, ("time",))
    values = _variables(table, variables, set(mapped.values()))
    refuse_personal(table, [*mapped.values(), *values.values()])
    refuse_protected(values, table.name)
    frame = renamed(table.load(list(dict.fromkeys([*mapped.values(), *values.values()])), False), mapped | values)
    clocks = {
        ours: read_clock(frame[ours], time_zone, f"{where}, {ours}", layout)
        for ours, layout in layouts.items()
        if ours in mapped
    }
    known = clocks.get("known_at")
    faulty = np.zeros(len(frame), bool) if known is None else known.parsed.unparsable | known.parsed.skipped
    times = {"time": np.where(faulty, np.datetime64("NaT"), _told_apart(clocks["time"], known))}
    if known is not None:
        times["known_at"] = known.ends
    repeated = "the first of the two where it stands first"
    notes = [note for ours, clock in clocks.items() for note in clock.notes(where, ours, repeated)]
    notes += code_notes(frame[list(values)], where)
    notes += _left_out(table, where) if variables is None else ()
    kept = frame.assign(**times)
    return Series(kept, latency, units or {}, name=label, vintage=vintage, source=origin, notes=tuple(notes))


def _variables(table: Table, given: Sequence[str] | Mapping[str, str] | None, taken: set[str]) -> dict[str, str]:
    """Which columns hold values, by our names."""
    if given is None:
        sample = table.sample()
        personal = personal_columns(sample)
        known = (name for name in table.columns if name not in taken and not protected_name(name))
        other = [name for name in known if name not in personal]
        found = {name: name for name in other if _is_number(sample[name])}
    else:
        names = [given] if isinstance(given, str) else given
        found = dict(names) if isinstance(names, Mapping) else {name: name for name in names}
        for name in found.values():
            if name not in table.columns:
                raise ColumnError(f"{table.name}: no column {name!r} for a variable; {nearest(name, table.columns)}")
    wrong = sorted({"time", "known_at"} & found.keys())
    if not found or wrong:
        raise ColumnError(
            f"{table.name}: no variable of numbers, or one that is called {wrong or 'nothing'}; the source has "
            f"{safe_names(table.columns)}; say which columns hold values: variables=['<column>']"
        )
    return found


def _left_out(table: Table, where: str) -> tuple[str, ...]:
    """Count the columns that nobody named and that speak of protected attributes."""
    names = [name for name in table.columns if protected_name(name)]
    return (f"{where}: {len(names)} columns that are protected, left out: {safe_names(names)}",) if names else ()


def _is_number(values: pd.Series) -> bool:
    there = values.dropna()
    there = there[there.astype(str).str.strip() != ""]
    return bool(len(there)) and bool(np.isfinite(as_numbers(there)).mean() > MOSTLY)


def _told_apart(time: Clock, known: Clock | None) -> Times:
    """Take the second row of a wall time that occurs twice as its second occurrence."""
    rows = np.flatnonzero(time.overlap > np.timedelta64(0, "us"))
    issued = np.zeros(rows.size, np.int64) if known is None else known.utc[rows].astype(np.int64)
    nth = pd.DataFrame({"time": time.utc[rows], "issued": issued}).groupby(["time", "issued"]).cumcount().to_numpy()
    utc = time.utc.copy()
    utc[rows[nth > 0]] += time.overlap[rows[nth > 0]]
    return utc
