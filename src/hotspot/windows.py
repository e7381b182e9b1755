"""Durations, civil time and forecast windows.

Arrays of times are naive UTC ``datetime64[us]`` everywhere; civil time appears only in here, as the wall clock of one
IANA zone. A nonexistent wall time (clocks moved forward) means the first valid instant after it, an ambiguous one
(clocks moved back) its first occurrence. Offsets are known from 1900 to 2100 and constant outside.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from hotspot.errors import InputError

Times: TypeAlias = npt.NDArray[np.datetime64]
Moment: TypeAlias = str | dt.date | np.datetime64

_SECONDS = {"h": 3600.0, "D": 86400.0, "W": 604800.0, "M": 30.4375 * 86400.0}
_UNIT_HINTS = {"h": (1, "h"), "d": (1, "D"), "w": (1, "W"), "m": (1, "M"), "q": (3, "M"), "y": (12, "M")}
_LARGEST_COUNT = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_HOUR, _DAY = np.timedelta64(3_600_000_000, "us"), np.timedelta64(86_400_000_000, "us")


# ---- durations ----


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


@dataclass(frozen=True)
class Duration:
    """A length of civil time.

    Parameters
    ----------
    count : int
        How many units, 0 to 1 000 000. `parse` refuses 0 unless told otherwise.
    unit : {"h", "D", "W", "M"}
        Elapsed hours, or civil days, weeks or calendar months.

    Raises
    ------
    InputError
        If the count or the unit is not one of these.

    Examples
    --------
    >>> Duration.parse("28D")
    Duration(count=28, unit='D')
    >>> str(Duration(28, "D"))
    '28D'
    """

    count: int
    unit: str

    def __post_init__(self) -> None:
        if not _is_whole(self.count, 0):
            raise InputError(f"Duration count: got {self.count!r}, expected a whole number >= 0")
        if self.count > _LARGEST_COUNT:
            raise InputError(f"Duration count: got {self.count}, expected at most {_LARGEST_COUNT}")
        if self.unit not in _SECONDS:
            raise InputError(f"Duration unit: got {self.unit!r}, expected one of {', '.join(_SECONDS)}")

    @classmethod
    def parse(cls, text: str | Duration, *, zero: bool = False) -> Duration:
        """Read ``<n>h|D|W|M``; a Duration passes through.

        Parameters
        ----------
        text : str or Duration
            Such as ``"8h"``, ``"28D"``, ``"1W"``, ``"6M"``.
        zero : bool
            Whether ``"0D"`` is allowed (a latency may be zero, a period may not).

        Returns
        -------
        Duration

        Raises
        ------
        InputError
            If the text is not a duration, or is zero where that has no meaning.
        """
        duration = text if isinstance(text, Duration) else cls._read(text)
        if duration.count == 0 and not zero:
            raise InputError(
                f"duration {str(text)!r}: got zero, expected at least 1; write for instance '1D'"
            )
        return duration

    @classmethod
    def _read(cls, text: str) -> Duration:
        match = re.fullmatch(r"([0-9]{1,9})([hDWM])", text) if isinstance(text, str) else None
        if match is None:
            raise InputError(
                f"duration {text!r}: expected a whole number and one of h (hours), D (days), W (weeks), "
                f"M (calendar months), such as '8h' or '28D'{_duration_hint(text)}"
            )
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def seconds(self) -> float:
        """Nominal length [s]: a day has 24 h and a month 30.4375 days. For weights, not for calendars."""
        return self.count * _SECONDS[self.unit]


def _duration_hint(text: object) -> str:
    match = re.fullmatch(
        r"\s*([0-9]{1,5})\s*(h|d|w|m|q|y|hours?|hrs?|days?|weeks?|months?|quarters?|years?)\s*",
        str(text),
        re.IGNORECASE,
    )
    if match is None:
        return ""
    factor, unit = _UNIT_HINTS[match[2][0].lower()]
    return f"; did you mean '{int(match[1]) * factor}{unit}'?"


# ---- civil time ----


def _zone(name: str) -> zoneinfo.ZoneInfo:
    if isinstance(name, str) and name:
        try:
            return zoneinfo.ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass  # told below, with the nearest names
    near = difflib.get_close_matches(str(name), sorted(zoneinfo.available_timezones()), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"time zone: got {name!r}, expected an IANA name such as 'America/Chicago'{hint}")


@lru_cache(maxsize=64)
def _offsets(zone: str) -> tuple[Times, npt.NDArray[np.timedelta64]]:
    """Return the instants (n,) from which each UTC offset (n,) holds, oldest first.

    zoneinfo tells offsets of instants but not its transitions: look once a day, then bisect to the second.
    """
    tz = _zone(zone)

    def offset(second: int) -> int:
        delta = (_EPOCH + dt.timedelta(seconds=second)).astimezone(tz).utcoffset()
        return 0 if delta is None else round(delta.total_seconds())

    edges = [
        int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (_FIRST_YEAR, _LAST_YEAR + 1)
    ]
    instants, offsets = [-(2**42)], [offset(edges[0])]
    for end in range(edges[0] + 86400, edges[1] + 1, 86400):
        low = end - 86400
        while offset(end) != offsets[-1]:
            high = end
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
            instants.append(high)
            offsets.append(offset(high))
            low = high
    return (
        np.array(instants, "datetime64[s]").astype("datetime64[us]"),
        np.array(offsets, "timedelta64[s]").astype("timedelta64[us]"),
    )


def _as_us(times: npt.ArrayLike, *, missing: bool = True) -> Times:
    """Check that `times` are naive datetime64 and return them as datetime64[us]."""
    array = np.asarray(times)
    if array.dtype.kind != "M":
        raise InputError(
            f"times: got {type(times).__name__} of {array.dtype}, expected naive UTC datetime64; "
            "turn texts, dates and zoned times into that with as_utc or as_utc_many"
        )
    array = array.astype("datetime64[us]")
    if not missing and np.isnat(array).any():
        raise InputError(
            f"times: got {int(np.isnat(array).sum())} missing (NaT), expected none; drop them first"
        )
    return array


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
    utc = _as_us(naive_utc)
    instants, offsets = _offsets(zone)
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
    local = _as_us(naive_local)
    instants, offsets = _offsets(zone)
    # The first offset whose rule has not ended by this wall time is the first occurrence.
    rule = np.searchsorted(instants[1:] + offsets[:-1], local, side="right")
    utc, since = local - offsets[rule], instants[rule]
    if nonexistent == "NaT":
        return np.where(utc < since, np.datetime64("NaT", "us"), utc)
    return np.asarray(np.maximum(utc, since))


def _add_civil(local: Times, steps: npt.NDArray[np.int64] | int, unit: str) -> Times:
    """Add days, weeks or months to wall clock times; a month clips to its last day."""
    if unit != "M":
        return np.asarray(local + steps * _DAY * (7 if unit == "W" else 1))
    month, day = local.astype("datetime64[M]"), local.astype("datetime64[D]")
    target = month + steps
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved = np.minimum(target.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last)
    return np.asarray(moved + (local - day))


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
    utc, steps = _as_us(times), sign * duration.count
    if duration.unit == "h":
        return np.asarray(utc + steps * _HOUR)
    if steps == 0:  # the wall clock of a second occurrence would lead back to the first
        return utc
    return to_utc(_add_civil(to_local(utc, zone), steps, duration.unit), zone)


def civil_midnight(times: npt.ArrayLike, zone: str, side: Literal["floor", "ceil"] = "floor") -> Times:
    """Return the civil midnight at or before ("floor"), or at or after ("ceil"), each instant.

    Where the clocks skip midnight, the day starts at its first valid instant; where they repeat it, at the first.

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
    utc = _as_us(times)
    day = to_local(utc, zone).astype("datetime64[D]")
    # Clocks set back just after midnight return to the old day when the new one has already begun.
    day = day + (to_utc(day + 1, zone) <= utc)
    floor = to_utc(day, zone)
    return floor if side == "floor" else np.where(floor == utc, utc, to_utc(day + 1, zone))


# ---- what a user writes ----

_ISO = re.compile(r"\d{4}-\d{2}(-\d{2}([T ]\d{2}:?\d{2}.*)?)?")


def as_utc(time: Moment, zone: str) -> np.datetime64:
    """Return one moment as a user writes it in UTC; without a zone of its own it is civil time.

    Parameters
    ----------
    time : str, date, datetime, Timestamp or datetime64
        ISO text (``"2024-03"``, ``"2024-03-01"``, ``"2024-03-01 07:00"``, with or without an offset), or an object.
        Zoned ones are converted; naive ones, datetime64 among them, are civil time in `zone`.
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
    >>> as_utc("2024-03-01", "America/Chicago")
    np.datetime64('2024-03-01T06:00:00.000000')
    """
    stamp = _timestamp(time)
    if not _FIRST_YEAR <= stamp.year <= _LAST_YEAR:
        raise InputError(f"time {time!r}: got year {stamp.year}, expected {_FIRST_YEAR} to {_LAST_YEAR}")
    if stamp.tzinfo is not None:
        return np.datetime64(stamp.tz_convert("UTC").tz_localize(None).to_datetime64(), "us")
    return np.datetime64(to_utc(stamp.to_datetime64(), zone)[()], "us")


def _timestamp(time: Moment) -> pd.Timestamp:
    expected = "expected ISO text such as '2024-03-01' or '2024-03-01T07:00', a date, datetime or datetime64"
    if not isinstance(time, (str, dt.date, np.datetime64)):
        raise InputError(f"time {time!r}: got {type(time).__name__}, {expected}")
    # pandas alone would also take '10:00' (today), 'now' and '01/02/2024'
    if isinstance(time, str) and not _ISO.fullmatch(time.strip()):
        raise InputError(f"time {time!r}: {expected}")
    try:
        stamp = pd.Timestamp(time.strip() if isinstance(time, str) else time)
    except (ValueError, OverflowError) as error:
        raise InputError(f"time {time!r}: {expected} ({error})") from error
    if not isinstance(stamp, pd.Timestamp):
        raise InputError(f"time {time!r}: is missing, {expected}")
    return stamp


def as_utc_many(times: Moment | Iterable[Moment] | npt.ArrayLike | pd.DatetimeIndex, zone: str) -> Times:
    """Return moments as a user writes them in UTC; see `as_utc`.

    Parameters
    ----------
    times : moment, sequence of moments, DatetimeIndex, Series or datetime64 array
        Naive ones are civil time in `zone`, zoned ones are converted. A single moment gives one row.
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
    if isinstance(times, (str, dt.date, np.datetime64)):
        times = [times]
    if not isinstance(times, Iterable):
        raise InputError(
            f"times: got {type(times).__name__}, expected a sequence of moments or a DatetimeIndex"
        )
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
    """
    first, last, step = as_utc(start, zone), as_utc(end, zone), Duration.parse(every)
    if last < first:
        raise InputError(f"periods: got end {end!r} before start {start!r}; swap them")
    n = int((last - first) / np.timedelta64(1, "s") / step.seconds) + 3
    steps = np.arange(n) * step.count
    if step.unit == "h":
        times = first + steps * _HOUR
    else:
        times = to_utc(_add_civil(to_local(first, zone), steps, step.unit), zone)
        times[0] = first
    return np.asarray(times[times <= last])


# ---- windows ----


@dataclass(frozen=True)
class Windows:
    """The forecast windows that follow an issue time.

    Lead 0 starts at the first civil midnight at or after the issue time, for hours at the first multiple of the
    period after civil midnight, for shifts at the first shift start. Later windows follow end to end. There is no
    other anchor: no epoch, weekday or first of the month.

    Hours are elapsed hours: on a day of 23 hours the multiples of 4 h after midnight are counted as they pass, and
    where none remains before the next civil midnight, lead 0 starts there. Windows of hours all have equal length.
    Months count from lead 0's start (31 January, 29 February, 31 March). Shifts last until the next one starts.

    Parameters
    ----------
    period : str
        Length of a window, ``<n>h|D|W|M``; kept as text, parsed in `duration`.
    leads : int
        Number of periods, at least 1.
    shifts : sequence of str, optional
        Shift starts ``"HH:MM"`` in civil time, ascending; needs the period ``"1D"``.

    Raises
    ------
    InputError
        If one of them is not of the stated kind.

    Examples
    --------
    >>> Windows("1D", leads=7, shifts=["07:00", "15:00", "23:00"]).n_leads
    21
    """

    period: str
    leads: int = 1
    shifts: Sequence[str] | None = None

    def __post_init__(self) -> None:
        duration = Duration.parse(self.period)
        object.__setattr__(self, "period", str(self.period))
        if not _is_whole(self.leads, 1):
            raise InputError(f"Windows leads: got {self.leads!r}, expected a whole number >= 1")
        if self.shifts is None:
            return
        if duration != Duration(1, "D"):
            raise InputError(
                f"Windows period: got {self.period!r} with shifts, expected '1D'; shifts divide a day"
            )
        object.__setattr__(self, "shifts", _check_shifts(self.shifts))

    @property
    def duration(self) -> Duration:
        """The parsed period."""
        return Duration.parse(self.period)

    @property
    def n_leads(self) -> int:
        """Length of the lead dimension: leads x max(1, number of shifts)."""
        return self.leads * len(self.shifts or "1")

    def bounds(self, issue_time: npt.ArrayLike, zone: str) -> tuple[Times, Times]:
        """Return when each window starts and ends.

        Parameters
        ----------
        issue_time : datetime64, scalar or shape (n_issue,)
            Instants in UTC.
        zone : str
            IANA name.

        Returns
        -------
        valid_start, valid_end : datetime64[us] arrays, shape (n_leads,) or (n_issue, n_leads)
            Half-open windows in UTC, end to end.

        Raises
        ------
        InputError
            If the times are missing or not datetime64, or the zone is unknown.
        """
        edges = self._edges(_as_us(issue_time, missing=False), np.arange(self.n_leads + 1), zone)
        return edges[..., :-1], edges[..., 1:]

    def shift_index(self, issue_time: npt.ArrayLike, zone: str) -> npt.NDArray[np.int64]:
        """Return the position in `shifts` of each window; all 0 without shifts.

        Parameters
        ----------
        issue_time : datetime64, scalar or shape (n_issue,)
            Instants in UTC.
        zone : str
            IANA name.

        Returns
        -------
        int array, shape (n_leads,) or (n_issue, n_leads)

        Raises
        ------
        InputError
            If the times are missing or not datetime64, or the zone is unknown.
        """
        first = self._first_shift(_as_us(issue_time, missing=False), zone)
        return np.asarray((first[..., None] + np.arange(self.n_leads)) % len(self.shifts or "1"))

    def before(
        self, moment: npt.ArrayLike, zone: str, n: int | None = None, since: npt.ArrayLike | None = None
    ) -> tuple[Times, Times]:
        """Return the windows that tile the past, end to end, up to lead 0's start.

        Parameters
        ----------
        moment : datetime64
            Issue time in UTC.
        zone : str
            IANA name.
        n : int, optional
            How many, the latest ones.
        since : datetime64, optional
            Instead of `n`: all that start at or after this instant, in UTC.

        Returns
        -------
        valid_start, valid_end : datetime64[us] arrays, shape (n,)
            In time order; the last one ends where lead 0 of `moment` starts.

        Raises
        ------
        InputError
            Unless exactly one of `n` and `since` is given, and the arguments are of the stated kind.
        """
        if (n is None) == (since is None):
            raise InputError(
                "Windows.before: expected one of n (how many) and since (from when on), not both or none"
            )
        issue = _as_us(moment, missing=False)
        if since is None:
            if n is None or n < 0:
                raise InputError(f"Windows.before n: got {n!r}, expected a whole number >= 0")
            edges = self._edges(issue, np.arange(-n, 1), zone)
            return edges[:-1], edges[1:]
        earliest = _as_us(since, missing=False)
        days = float((issue - earliest) / _DAY) + 3.0  # the start of lead 0, and shortened days and months
        most = (int(max(days, 0.0) * 86400.0 / self.duration.seconds) + 2) * len(self.shifts or "1")
        edges = self._edges(issue, np.arange(-most, 1), zone)
        kept = edges[:-1] >= earliest
        return edges[:-1][kept], edges[1:][kept]

    def _edges(self, issue: Times, steps: npt.NDArray[np.int64], zone: str) -> Times:
        """Return the starts of the windows numbered `steps` from lead 0, negative ones before it."""
        if self.shifts is not None:
            serial = self._first_shift(issue, zone)[..., None] + steps
            return self._shift_start(serial, zone)
        duration = self.duration
        if duration.unit == "h":
            midnight, next_midnight = civil_midnight(issue, zone), civil_midnight(issue, zone, "ceil")
            length = duration.count * _HOUR
            multiple = -((midnight - issue) // length)
            start = np.minimum(midnight + multiple * length, next_midnight)
            return np.asarray(start[..., None] + steps * length)
        # Start from the civil date: where midnight is skipped, the first window starts later than the others.
        date = to_local(civil_midnight(issue, zone, "ceil"), zone).astype("datetime64[D]")
        dates = date.astype("datetime64[us]")[..., None]
        return to_utc(_add_civil(dates, steps * duration.count, duration.unit), zone)

    def _shift_start(self, serial: npt.NDArray[np.int64], zone: str) -> Times:
        """Return when shifts start; they are numbered through from the first one of 1970-01-01."""
        starts = np.array([_minutes(text) for text in self.shifts or ("00:00",)])
        day, position = np.divmod(serial, len(starts))
        local = day.astype("datetime64[D]") + starts[position].astype("timedelta64[m]")
        return to_utc(local, zone)

    def _first_shift(self, issue: Times, zone: str) -> npt.NDArray[np.int64]:
        """Return the number of the first shift at or after each issue time."""
        n = len(self.shifts or "1")
        day = to_local(issue, zone).astype("datetime64[D]").astype(np.int64)
        candidates = (day[..., None] - 1) * n + np.arange(4 * n)
        passed = self._shift_start(candidates, zone) < issue[..., None]
        return np.asarray(candidates[..., 0] + passed.sum(axis=-1))


def _minutes(text: Any) -> int:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text) if isinstance(text, str) else None
    if match is None:
        raise InputError(f"Windows shifts: got {text!r}, expected text 'HH:MM' from '00:00' to '23:59'")
    return 60 * int(match[1]) + int(match[2])


def _check_shifts(shifts: Sequence[str]) -> tuple[str, ...]:
    if isinstance(shifts, str) or not isinstance(shifts, Sequence) or len(shifts) == 0:
        raise InputError(
            f"Windows shifts: got {shifts!r}, expected a list such as ['07:00', '15:00', '23:00']"
        )
    minutes = [_minutes(text) for text in shifts]
    if any(later <= earlier for earlier, later in zip(minutes, minutes[1:], strict=False)):
        raise InputError(
            f"Windows shifts: got {list(shifts)}, expected each start once and in ascending order"
        )
    return tuple(shifts)
