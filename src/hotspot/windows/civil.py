"""Civil time of one zone for whole arrays: wall clock to UTC and back, steps of days and months, midnights.

Offsets are known from 1900 to 2100 and constant outside. pandas localises too, but one time after another
where the zone comes from zoneinfo; a table of offsets is quick and has one rule for skipped and repeated
times.
"""

from __future__ import annotations

import datetime as dt
import difflib
import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from hotspot.errors import InputError
from hotspot.windows.durations import Duration

Times: TypeAlias = npt.NDArray[np.datetime64]

FIRST_YEAR, LAST_YEAR = 1900, 2100
HOUR, DAY = np.timedelta64(3_600_000_000, "us"), np.timedelta64(86_400_000_000, "us")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def as_us(times: npt.ArrayLike, *, missing: bool = True) -> Times:
    """Check that `times` are naive datetime64 (NaT only if `missing`) and return them as datetime64[us]."""
    array = np.asarray(times)
    if array.dtype.kind != "M":
        raise InputError(
            f"times: got {type(times).__name__} of {array.dtype}, expected naive UTC datetime64; "
            "turn texts, dates and zoned times into that with as_utc or as_utc_many"
        )
    n_missing = 0 if missing else int(np.isnat(array).sum())
    if n_missing:
        raise InputError(f"times: got {n_missing} missing (NaT), expected none; drop them first")
    return array.astype("datetime64[us]")


def to_local(naive_utc: npt.ArrayLike, zone: str) -> Times:
    """Turn UTC into the wall clock of a zone.

    Parameters
    ----------
    naive_utc : datetime64 array, any shape
        Instants in UTC; NaT stays NaT.
    zone : str
        IANA name.

    Returns
    -------
    datetime64[us] array, same shape
        Wall clock times.

    Raises
    ------
    InputError
        If the zone is unknown or the times are not datetime64.
    """
    utc = as_us(naive_utc)
    instants, offsets = offset_rules(zone)
    return np.asarray(utc + offsets[np.searchsorted(instants[1:], utc, side="right")])


def to_utc(naive_local: npt.ArrayLike, zone: str, *, nonexistent: Literal["shift", "NaT"] = "shift") -> Times:
    """Turn the wall clock of a zone into UTC.

    Parameters
    ----------
    naive_local : datetime64 array, any shape
        Wall clock times; NaT stays NaT. An ambiguous one means its first occurrence.
    zone : str
        IANA name.
    nonexistent : {"shift", "NaT"}
        A wall time that the clocks skipped becomes the first valid instant after it, or NaT.

    Returns
    -------
    datetime64[us] array, same shape
        Instants in UTC; later wall times never give earlier instants.

    Raises
    ------
    InputError
        If the zone or `nonexistent` is unknown or the times are not datetime64.
    """
    if nonexistent not in ("shift", "NaT"):
        raise InputError(f"nonexistent: got {nonexistent!r}, expected 'shift' or 'NaT'")
    local = as_us(naive_local)
    instants, offsets = offset_rules(zone)
    # The first offset that has not ended by this wall time gives the first occurrence.
    rule = np.searchsorted(instants[1:] + offsets[:-1], local, side="right")
    utc, since = local - offsets[rule], instants[rule]
    if nonexistent == "NaT":
        return np.where(utc < since, np.datetime64("NaT", "us"), utc)
    return np.asarray(np.maximum(utc, since))


def shift(times: npt.ArrayLike, duration: str | Duration, zone: str, sign: int = 1) -> Times:
    """Move instants by a duration in the civil time of a zone.

    Hours are elapsed time. Days, weeks and months keep the wall clock; a month clips to its last day.

    Parameters
    ----------
    times : datetime64 array, any shape
        Instants in UTC; NaT stays NaT.
    duration : str or Duration
        How far; zero moves nothing.
    zone : str
        IANA name.
    sign : {1, -1}
        Forward or back.

    Returns
    -------
    datetime64[us] array, same shape
        Instants in UTC.

    Raises
    ------
    InputError
        If an argument is not of the stated kind.
    """
    if sign not in (1, -1):
        raise InputError(f"shift sign: got {sign!r}, expected 1 or -1")
    duration = Duration.parse(duration, zero=True)
    return step(as_us(times), sign * duration.count, duration.unit, zone)


def step(utc: Times, counts: int | npt.NDArray[np.int64], unit: str, zone: str) -> Times:
    """Move instants by whole units of civil time, as `shift` does; `counts` broadcasts against `utc`."""
    if unit == "h":
        return np.asarray(utc + counts * HOUR)
    moved = to_utc(add_civil(to_local(utc, zone), counts, unit), zone)
    # Through its wall clock a second occurrence would come back as the first.
    return np.where(np.equal(counts, 0), utc, moved)


def add_civil(local: Times, counts: int | npt.NDArray[np.int64], unit: str) -> Times:
    """Add days, weeks or months to wall clock times; a month clips to its last day."""
    if unit != "M":
        return np.asarray(local + counts * DAY * (7 if unit == "W" else 1))
    day = local.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    target = month + counts
    last = (target + 1).astype("datetime64[D]") - 1
    moved = np.minimum(target.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last)
    return np.asarray(moved + (local - day))


def civil_midnight(times: npt.ArrayLike, zone: str, side: Literal["floor", "ceil"] = "floor") -> Times:
    """Return the civil midnight at or before ("floor"), or at or after ("ceil"), each instant.

    Where the clocks skip midnight, the day starts at its first valid instant; where they repeat it, at the
    first one.

    Parameters
    ----------
    times : datetime64 array, any shape
        Instants in UTC; NaT stays NaT.
    zone : str
        IANA name.
    side : {"floor", "ceil"}
        Which midnight.

    Returns
    -------
    datetime64[us] array, same shape
        Instants in UTC.

    Raises
    ------
    InputError
        If an argument is not of the stated kind.
    """
    if side not in ("floor", "ceil"):
        raise InputError(f"civil_midnight side: got {side!r}, expected 'floor' or 'ceil'")
    utc = as_us(times)
    day = to_local(utc, zone).astype("datetime64[D]")
    # Clocks set back just after midnight return to the old day when the new one has already begun.
    day = day + (to_utc(day + 1, zone) <= utc)
    floor = to_utc(day, zone)
    return floor if side == "floor" else np.where(floor == utc, utc, to_utc(day + 1, zone))


@lru_cache(maxsize=64)
def offset_rules(zone: str) -> tuple[Times, npt.NDArray[np.timedelta64]]:
    """Return the instants (n,) from which each UTC offset (n,) holds, oldest first.

    zoneinfo tells the offset of an instant but not when it changes: look once a day, bisect to the second.

    Parameters
    ----------
    zone : str
        IANA name.

    Returns
    -------
    instants : ndarray of datetime64[us], shape (n,)
        Naive UTC; the first lies before all times.
    offsets : ndarray of timedelta64[us], shape (n,)
        What the wall clock is ahead of UTC.
    """
    tz = _zone(zone)

    def offset(second: int) -> int:
        delta = (_EPOCH + dt.timedelta(seconds=second)).astimezone(tz).utcoffset()
        return 0 if delta is None else round(delta.total_seconds())

    years = FIRST_YEAR, LAST_YEAR + 1
    first, last = (int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in years)
    instants, offsets = [-(2**42)], [offset(first)]
    for high in range(first + 86400, last + 1, 86400):
        low = high - 86400
        while offset(high) != offsets[-1]:
            low = _change(offset, low, high)
            instants.append(low)
            offsets.append(offset(low))
    return (
        np.array(instants, "datetime64[s]").astype("datetime64[us]"),
        np.array(offsets, "timedelta64[s]").astype("timedelta64[us]"),
    )


def _change(offset: Callable[[int], int], low: int, high: int) -> int:
    """Return the first second after `low` with another offset than `low`; `high` has one."""
    before = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return high


def _zone(name: object) -> zoneinfo.ZoneInfo:
    if isinstance(name, str) and name:
        try:
            return zoneinfo.ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass  # told below, with the nearest name
    near = difflib.get_close_matches(str(name), sorted(zoneinfo.available_timezones()), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"time zone: got {name!r}, expected an IANA name such as 'America/Chicago'{hint}")


def one_time(times: npt.ArrayLike) -> np.datetime64:
    """Take the single time of an array.

    Parameters
    ----------
    times : datetime64 array of one element
        As `shift` or `civil_midnight` give for one time.

    Returns
    -------
    numpy.datetime64
        In microseconds.
    """
    return cast("np.datetime64", np.asarray(times, "datetime64[us]").reshape(())[()])
