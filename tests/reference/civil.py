"""Slow twin of hotspot.windows: one time after another, with nothing but datetime and zoneinfo."""

from __future__ import annotations

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

Naive = dt.datetime


def to_local(utc: Naive, zone: str) -> Naive:
    return utc.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def exists(local: Naive, zone: str) -> bool:
    return to_local(_plainly(local, zone, fold=0), zone) == local


def to_utc(local: Naive, zone: str) -> Naive:
    """First occurrence; a skipped time becomes the first second of the new offset."""
    if exists(local, zone):
        return _plainly(local, zone, fold=0)
    low, high = _plainly(local, zone, fold=1), _plainly(local, zone, fold=0)
    old = to_local(low, zone) - low
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if to_local(middle, zone) - middle == old else (low, middle)
    return high.replace(microsecond=0)


def _plainly(local: Naive, zone: str, fold: int) -> Naive:
    return local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC).replace(tzinfo=None)


def add(local: Naive, count: int, unit: str) -> Naive:
    """Add civil days, weeks or months to a wall clock time."""
    if unit != "M":
        return local + dt.timedelta(days=count * (7 if unit == "W" else 1))
    year, month = divmod(local.year * 12 + local.month - 1 + count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))


def midnights(utc: Naive, zone: str) -> list[tuple[Naive, Naive]]:
    """Return (instant, civil date) of the midnights from three days before to three days after."""
    day = to_local(utc, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [day + dt.timedelta(days=n) for n in range(-3, 4)]
    return [(to_utc(day, zone), day) for day in days]


def edges(issue: Naive, count: int, unit: str, shifts: tuple[str, ...] | None, steps: range, zone: str) -> list[Naive]:
    """Return the window starts numbered `steps` from lead 0."""
    first, date = next(pair for pair in midnights(issue, zone) if pair[0] >= issue)
    if shifts:
        return _shift_edges(issue, shifts, steps, zone)
    if unit != "h":
        return [to_utc(add(date, k * count, unit), zone) for k in steps]
    length = dt.timedelta(hours=count)
    start = max(pair[0] for pair in midnights(issue, zone) if pair[0] <= issue)
    while start < issue:
        start += length
    return [min(start, first) + k * length for k in steps]


def _shift_edges(issue: Naive, shifts: tuple[str, ...], steps: range, zone: str) -> list[Naive]:
    day = to_local(issue, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    reach = 3 + max(abs(steps.start), abs(steps.stop))
    starts = [
        to_utc(day + dt.timedelta(days=n, hours=int(text.split(":")[0]), minutes=int(text.split(":")[1])), zone)
        for n in range(-reach, reach)
        for text in shifts
    ]
    lead_0 = next(i for i, start in enumerate(starts) if start >= issue)
    return [starts[lead_0 + k] for k in steps]
