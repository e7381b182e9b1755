"""Moments as a user writes them, turned into naive UTC at the door."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from hotspot.errors import InputError
from hotspot.windows.civil import FIRST_YEAR, LAST_YEAR, Times, step, to_utc
from hotspot.windows.durations import Duration

Moment: TypeAlias = str | dt.date | np.datetime64

# pandas alone would also take "10:00" (today), "now" and "01/02/2024"
_ISO = re.compile(r"\d{4}-\d{2}(-\d{2}([T ]\d{2}:?\d{2}.*)?)?")
_EXPECTED = "expected ISO text such as '2024-03-01' or '2024-03-01T07:00', a date, datetime or datetime64"


def as_utc(time: Moment, zone: str) -> np.datetime64:
    """Return one moment as a user writes it in UTC; without a zone of its own it is civil time.

    Parameters
    ----------
    time : str, date, datetime, Timestamp or datetime64
        An object, or ISO text (``"2024-03"``, ``"2024-03-01"``, ``"2024-03-01 07:00"``,
        ``"2024-03-01T07:00Z"``). Zoned ones are converted, naive ones are civil time in `zone`. A
        ``numpy.datetime64`` is what our own arrays hold, and so is naive UTC already.
    zone : str
        IANA name of the domain's zone.

    Returns
    -------
    numpy.datetime64
        Naive UTC, in microseconds.

    Raises
    ------
    InputError
        If it is no moment, missing, or outside the years 1900 to 2100.

    Examples
    --------
    >>> str(as_utc("2024-03-01", "America/Chicago"))
    '2024-03-01T06:00:00.000000'
    """
    stamp = _timestamp(time)
    if not FIRST_YEAR <= stamp.year <= LAST_YEAR:
        raise InputError(f"time {time!r}: got year {stamp.year}, expected {FIRST_YEAR} to {LAST_YEAR}")
    if isinstance(time, np.datetime64):
        return cast("np.datetime64", time.astype("datetime64[us]"))
    if stamp.tzinfo is None:
        utc = to_utc(stamp.to_datetime64(), zone)
    else:
        utc = np.asarray(stamp.tz_convert("UTC").tz_localize(None).to_datetime64()).astype("datetime64[us]")
    return cast("np.datetime64", utc[()])


def _timestamp(time: object) -> pd.Timestamp:
    if not isinstance(time, (str, dt.date, np.datetime64)):
        raise InputError(f"time {time!r}: got {type(time).__name__}, {_EXPECTED}")
    if isinstance(time, str) and not _ISO.fullmatch(time.strip()):
        raise InputError(f"time {time!r}: {_EXPECTED}")
    try:
        stamp = pd.Timestamp(time.strip() if isinstance(time, str) else time)
    except (ValueError, OverflowError) as error:
        raise InputError(f"time {time!r}: {_EXPECTED} ({error})") from error
    if pd.isna(stamp):
        raise InputError(f"time {time!r}: is missing, {_EXPECTED}")
    return stamp


def as_utc_many(times: Moment | Iterable[Moment] | pd.DatetimeIndex | Times, zone: str) -> Times:
    """Return moments as a user writes them in UTC; see `as_utc`.

    Parameters
    ----------
    times : moment, sequence of moments, DatetimeIndex, Series or datetime64 array
        Naive ones are civil time in `zone` (datetime64 arrays: UTC), zoned ones are converted. A single moment gives
        one row.
    zone : str
        IANA name of the domain's zone.

    Returns
    -------
    datetime64[us] array, shape (n,)
        Naive UTC in the given order.

    Raises
    ------
    InputError
        If one of them is no moment, missing, or outside the years 1900 to 2100.
    """
    if isinstance(times, (str, dt.date, np.datetime64)) or not isinstance(times, Iterable):
        times = [times]
    return np.array([as_utc(time, zone) for time in times], dtype="datetime64[us]")


def periods(start: Moment, end: Moment, every: str | Duration, zone: str) -> Times:
    """Return issue times from `start` to `end`, both included, one every `every` in civil time.

    Parameters
    ----------
    start, end : moment
        As `as_utc` takes them.
    every : str or Duration
        Step; months count from `start`, so the 31st does not drift.
    zone : str
        IANA name.

    Returns
    -------
    datetime64[us] array, shape (n,)
        Naive UTC, ascending; the first is `start`.

    Raises
    ------
    InputError
        If `end` lies before `start`, or an argument is not of the stated kind.

    Examples
    --------
    >>> times = periods("2024-03-09", "2024-03-11", "1D", "America/Chicago")
    >>> [str(time)[:13] for time in times]
    ['2024-03-09T06', '2024-03-10T06', '2024-03-11T05']
    """
    first, last, length = as_utc(start, zone), as_utc(end, zone), Duration.parse(every)
    if last < first:
        raise InputError(f"periods: got end {end!r} before start {start!r}; swap them")
    enough = int((last - first) / np.timedelta64(1, "s") / length.seconds) + 3
    counts: npt.NDArray[np.int64] = np.arange(enough) * length.count
    times = step(np.asarray(first), counts, length.unit, zone)
    return np.asarray(times[times <= last])
