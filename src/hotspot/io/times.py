"""Times as records write them, turned into naive UTC; what cannot be a time is told apart, not guessed.

Text must be of ISO form: a date, or a date and a time of day, with or without an offset. ``01/02/2024`` has two
readings and is refused. Each distinct text is parsed once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.windows import Times, to_local, to_utc

ISO = r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?"
NO_VALUE = ["", "na", "n/a", "nan", "nat", "none", "null"]
EARLIEST = np.datetime64("1900-01-01", "us")
NAT = np.datetime64("NaT", "us")
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Parsed:
    """A column of times, row by row.

    Parameters
    ----------
    utc : ndarray of datetime64[us], shape (n,)
        Naive UTC; NaT where missing, unparsable or skipped. A date is its first instant.
    next_day : ndarray of datetime64[us], shape (n,)
        First instant of the civil day after, for dates and where `midnights` holds; NaT elsewhere.
    missing, unparsable, skipped, dated : ndarray of bool, shape (n,)
        Nothing there; no time; a wall time that the clocks skipped; a date without a time of day.
    midnights : bool
        Whether every time of the column is local midnight, so that it holds dates in fact.
    """

    utc: Times
    next_day: Times
    missing: NDArray[np.bool_]
    unparsable: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    dated: NDArray[np.bool_]
    midnights: bool


@dataclass(frozen=True)
class _Wall:
    """Wall times as written, and their offsets from UTC (NaT: none written)."""

    wall: Times
    offset: NDArray[np.timedelta64]
    missing: NDArray[np.bool_]
    dated: NDArray[np.bool_]


def parse_times(values: pd.Series, zone: str | None, where: str) -> Parsed:
    """Turn a column of times into UTC.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
        Text, datetime64, dates, or datetimes with or without an offset.
    zone : str, optional
        IANA name; that of the times without an offset.
    where : str
        File and column, for messages.

    Returns
    -------
    Parsed
        In the order of the rows.

    Raises
    ------
    InputError
        If a time has no offset and no zone is given, or the column holds numbers.
    """
    written = _written(values, where)
    there = ~np.isnat(written.wall)
    naive = there & np.isnat(written.offset)
    if zone is None:
        if naive.any():
            example = written.wall[naive][0]
            raise InputError(
                f"{where}: time {example} has no offset from UTC and no time zone is given; expected an IANA name, for "
                "example time_zone='America/Chicago' (time_zone='UTC' if the file is in UTC)"
            )
        local = written.wall
    else:
        local = np.where(naive, written.wall, to_local(written.wall - written.offset, zone))
    day = local.astype("datetime64[D]").astype("datetime64[us]")
    midnights = zone is not None and bool(there.any()) and bool((local == day)[there].all())
    return _in_utc(written, day, zone, midnights)


def _in_utc(written: _Wall, day: Times, zone: str | None, midnights: bool) -> Parsed:
    wall, offset = written.wall, written.offset
    there = ~np.isnat(wall)
    naive, whole = there & np.isnat(offset), written.dated | (midnights & there)
    utc, next_day = wall - offset, np.full(wall.shape, NAT)
    if zone is not None:
        utc = np.where(naive, to_utc(wall, zone, nonexistent="NaT"), utc)
        # a date begins with its first instant, even where the clocks skip midnight
        utc = np.where(whole & naive, to_utc(day, zone), utc)
        next_day = np.where(whole, to_utc(day + DAY, zone), NAT)
    unparsable, skipped = ~there & ~written.missing, naive & np.isnat(utc)
    return Parsed(utc, next_day, written.missing, unparsable, skipped, written.dated, midnights)


def _written(values: pd.Series, where: str) -> _Wall:
    missing = values.isna().to_numpy()
    nothing = np.zeros(len(values), bool)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        utc = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        return _Wall(utc, np.where(missing, NAT, np.timedelta64(0, "us")).astype("timedelta64[us]"), missing, nothing)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        wall = values.to_numpy().astype("datetime64[us]")
        return _Wall(wall, np.full(wall.shape, NAT - NAT), missing, nothing)
    if pd.api.types.is_numeric_dtype(values.dtype) and not missing.all():
        raise InputError(
            f"{where}: holds numbers ({values[~missing].iloc[0]!r}); expected times, for example '2024-03-01T07:00'"
        )
    codes, texts = pd.factorize(values.where(~missing, "").astype(str).to_numpy(dtype=object))
    once = _of_text(pd.Series(texts, dtype=object))
    return _Wall(once.wall[codes], once.offset[codes], once.missing[codes], once.dated[codes])


def _of_text(texts: pd.Series) -> _Wall:
    """Read distinct texts."""
    stripped = texts.str.strip()
    missing = stripped.str.lower().isin(NO_VALUE).to_numpy(dtype=bool)
    date, time, offset = (stripped.str.extract(rf"\A{ISO}\Z")[i] for i in range(3))
    full = date + "T" + time.fillna("00:00").str.replace(",", ".")
    wall = pd.to_datetime(full, format="ISO8601", errors="coerce").to_numpy().astype("datetime64[us]")
    wall = np.where(wall < EARLIEST, NAT, wall)
    dated = (date.notna() & time.isna()).to_numpy()
    return _Wall(wall, _offsets(offset), missing, dated & ~np.isnat(wall))


def _offsets(texts: pd.Series) -> NDArray[np.timedelta64]:
    """Turn ``Z``, ``+01:00`` or ``-0500`` into offsets; NaT where there is none."""
    digits = texts.str.replace("Z", "+0000").str.replace(":", "")
    sign = np.where(digits.str.startswith("-", na=False), -1.0, 1.0)
    minutes = sign * (60 * digits.str[1:3].astype(float) + digits.str[3:5].astype(float)).to_numpy()
    known = np.where(np.isnan(minutes), 0, minutes).astype("timedelta64[m]").astype("timedelta64[us]")
    return np.where(np.isnan(minutes), np.timedelta64("NaT", "us"), known)
