"""Times as a source writes them: the wall clock and the offset beside it, before any zone is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.io.arrow import arrow_text, buffers, is_null
from hotspot.io.formats import OFFSET, clock_times, has_clock, offsets_of, steps_of, strptime_many
from hotspot.io.layout import TimeLayout
from hotspot.io.values import plain_text
from hotspot.kernels import text as kernel
from hotspot.windows import Times

ISO = rf"(\d{{4}}-\d{{2}}-\d{{2}})(?:[T ](\d{{2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d{{1,9}})?)?)\s*{OFFSET}?)?"
NO_VALUE = ["", "na", "n/a", "nan", "nat", "none", "null"]
EARLIEST = np.datetime64("1900-01-01", "us")
NAT = np.datetime64("NaT", "us")
NO_OFFSET = np.timedelta64("NaT", "us")
FURTHEST = np.timedelta64(18, "h")  # of any clock from UTC


@dataclass(frozen=True)
class Wall:
    """Wall times as written.

    Parameters
    ----------
    wall : ndarray of datetime64[us], shape (n,)
        NaT where missing or no time.
    offset : ndarray of timedelta64[us], shape (n,), optional
        What the wall clock is ahead of UTC; NaT where none is written. None where none is in the whole column.
    missing, dated : ndarray of bool, shape (n,)
        Nothing there; a date without a time of day.
    """

    wall: Times
    offset: NDArray[np.timedelta64] | None
    missing: NDArray[np.bool_]
    dated: NDArray[np.bool_]


def read_written(values: pd.Series, where: str, layout: TimeLayout, clock: pd.Series | None = None) -> Wall:
    """Read a column of times.

    Parameters
    ----------
    values : Series, shape (n,)
        Text, datetime64, dates, or datetimes with or without an offset; numbers only where a format is declared.
    where : str
        File and column, for messages.
    layout : TimeLayout
        How they are written.
    clock : Series, shape (n,), optional
        Times of day beside the dates.

    Returns
    -------
    Wall
        In the order of the rows.

    Raises
    ------
    InputError
        If the column holds numbers that no format explains.
    """
    found = _read(values, where, layout)
    if layout.offset == "ignore":
        found = replace(found, offset=None)
    if found.offset is not None:  # no clock is further from UTC: a typing error, and no time that could be trusted
        found = replace(found, wall=np.where(np.abs(found.offset) > FURTHEST, NAT, found.wall))
    return found if clock is None else _with_clock(found, clock, layout)


def _read(values: pd.Series, where: str, layout: TimeLayout) -> Wall:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return _zoned(values, layout)
    missing = values.isna().to_numpy()
    if pd.api.types.is_datetime64_dtype(values.dtype):
        wall = _sane(values.to_numpy().astype("datetime64[us]"))
        return Wall(wall, None, missing, np.zeros(len(values), bool))
    if pd.api.types.is_numeric_dtype(values.dtype):
        if missing.all() or not layout.formats:
            _refuse_numbers(values, missing, where)
        values = pd.Series([None if gone else plain_text(v) for v, gone in zip(values, missing, strict=True)])
    text = arrow_text(values)
    return _of_distinct(values, where, layout) if text is None else _of_arrow(text, where, layout)


def _zoned(values: pd.Series, layout: TimeLayout) -> Wall:
    missing = values.isna().to_numpy()
    shown = values if layout.offset == "ignore" else values.dt.tz_convert("UTC")
    wall = _sane(shown.dt.tz_localize(None).to_numpy().astype("datetime64[us]"))
    offset = np.where(missing, NO_OFFSET, np.timedelta64(0, "us")).astype("timedelta64[us]")
    return Wall(wall, offset, missing, np.zeros(len(values), bool))


def _sane(wall: Times) -> Times:
    """Leave out what lies before all records."""
    return np.where(wall < EARLIEST, NAT, wall)


def _refuse_numbers(values: pd.Series, missing: NDArray[np.bool_], where: str) -> None:
    if not missing.all():
        raise InputError(
            f"{where}: holds numbers ({values[~missing].iloc[0]!r}); expected times, for example '2024-03-01T07:00'; "
            "if they are dates such as 20240301, say formats={'start': '%Y%m%d'}"
        )


def _of_arrow(text: Any, where: str, layout: TimeLayout) -> Wall:
    """Read text where it lies; only what the kernels do not know is looked at one by one."""
    there = buffers(text)
    wall, offset, kind, zoned = kernel.iso_times(*there)
    gone = is_null(text)
    if gone.any():
        kind[gone], wall[gone] = kernel.MISSING, kernel.NAT
    times = wall.view("datetime64[us]")
    east = offset.view("timedelta64[us]") if zoned else None
    found = Wall(times, east, kind == kernel.MISSING, kind == kernel.DATE)
    unknown = np.flatnonzero(kind == kernel.UNKNOWN)
    for pattern in layout.formats:
        steps = steps_of(pattern) if unknown.size else None
        if steps is None:
            break  # the patterns are tried in turn, so what follows is left to the slow way too
        times[unknown] = kernel.patterned_times(*there, unknown, steps).view("datetime64[us]")
        found.dated[unknown] = ~np.isnat(times[unknown]) & (not has_clock(pattern))
        unknown = unknown[np.isnat(times[unknown])]
    return _completed(found, unknown, text, where, layout) if unknown.size else found


def _completed(found: Wall, rows: NDArray[np.int64], text: Any, where: str, layout: TimeLayout) -> Wall:
    """Read the rows that no kernel knows one by one."""
    slow = _of_distinct(pd.Series(text.take(rows).to_pylist(), dtype="object"), where, layout)
    for name in ("wall", "missing", "dated"):
        getattr(found, name)[rows] = getattr(slow, name)
    if slow.offset is None:
        return found
    offset = np.full(found.wall.shape, NO_OFFSET) if found.offset is None else found.offset
    offset[rows] = slow.offset
    return replace(found, offset=offset)


def _of_distinct(values: pd.Series, where: str, layout: TimeLayout) -> Wall:
    """Read each distinct text once."""
    missing = values.isna()
    codes, texts = pd.factorize(values.astype(object).where(~missing, "").astype(str).to_numpy(dtype=object))
    once = _of_text(pd.Series(texts, dtype=object), where, layout)
    offset = None if once.offset is None else once.offset[codes]
    return Wall(once.wall[codes], offset, once.missing[codes], once.dated[codes])


def _of_text(texts: pd.Series, where: str, layout: TimeLayout) -> Wall:
    """Read distinct texts: ISO 8601 first, then the declared patterns in turn."""
    stripped = texts.str.strip()
    missing = stripped.str.lower().isin(NO_VALUE).to_numpy(dtype=bool)
    date, time, offset = (stripped.str.extract(rf"\A{ISO}\Z", flags=0)[i] for i in range(3))
    full = date + "T" + time.fillna("00:00").str.replace(",", ".")
    wall = _sane(pd.to_datetime(full, format="ISO8601", errors="coerce").to_numpy().astype("datetime64[us]"))
    ahead, dated = offsets_of(offset), (date.notna() & time.isna()).to_numpy() & ~np.isnat(wall)
    for pattern in layout.formats:
        left = np.flatnonzero(np.isnat(wall) & ~missing)
        if left.size:
            wall[left], ahead[left] = strptime_many(stripped.iloc[left], pattern, where)
            wall = _sane(wall)
            dated[left] = ~np.isnat(wall[left]) & (not has_clock(pattern))
    return Wall(wall, None if np.isnat(ahead).all() else ahead, missing, dated)


def _with_clock(dates: Wall, clock: pd.Series, layout: TimeLayout) -> Wall:
    """Put the time of day beside the date; without one the date stays a date."""
    codes, distinct = pd.factorize(clock)
    texts = pd.Series([plain_text(value) for value in distinct] + [""], dtype=object)
    nothing = texts.str.strip().str.lower().isin(NO_VALUE).to_numpy(dtype=bool)
    read = clock_times(texts, layout.clock_formats)
    found, absent = read[codes], nothing[codes]  # code -1, missing, is the last
    day = dates.wall.astype("datetime64[D]").astype("datetime64[us]")
    wall = np.where(absent, day, day + found)
    return replace(dates, wall=wall, dated=absent & ~np.isnat(wall))
