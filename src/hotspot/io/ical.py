"""Calendars in iCalendar files: what takes place when, repeats written out.

Times with a zone of their own keep it; floating times and whole days are civil time of the zone given. As RFC 5545 has
it, a wall time that occurs twice is the first of the two, one that the clocks skip is counted with the offset before,
and a repeat that falls on such a time is left out.

References
----------
.. [1] Desruisseaux, B. (2009). Internet Calendaring and Scheduling Core Object Specification (iCalendar). RFC 5545.
   doi:10.17487/RFC5545
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from hotspot.domain.boundary import known_zone
from hotspot.errors import ColumnError, InputError, nearest
from hotspot.io.personal import safe_name
from hotspot.io.repeats import rule_parts, within_a_day, written_out
from hotspot.io.tables.table import guarded
from hotspot.windows import Moment, as_utc

ENDINGS = {".ics", ".ical", ".icalendar"}
KNOWN_AT, BROKEN = "known_at", object()
KEPT = (KNOWN_AT, "attendance", "category")  # our names that a property can be mapped to
DEFAULT = {"category": "CATEGORIES"}
FIRST_YEAR, LAST_YEAR = 1900, 2100
LAST = dt.datetime(LAST_YEAR, 12, 31)
DAY, LONGEST = dt.timedelta(days=1), dt.timedelta(days=366 * 200)

When = dt.datetime | dt.date


def is_calendar(source: object) -> bool:
    """Tell whether a source is an iCalendar file, by its ending."""
    return isinstance(source, str | Path) and Path(source).suffix.lower() in ENDINGS


def refuse_formats(formats: object, where: str) -> None:
    """Refuse forms of times beside a calendar, which has its own."""
    if formats:
        raise InputError(
            f"{where}: formats are for tables, and a calendar writes its times as iCalendar has it; leave them out"
        )


@dataclass
class Reader:
    """Takes a calendar apart.

    Parameters
    ----------
    path : path
        The file.
    columns : mapping of str to str, optional
        Our names (known_at, attendance, category) to properties.
    time_zone : str, optional
        IANA name; that of floating times and whole days.
    span : pair of moments, optional
        From when to when events are kept. Needed where a rule of repetition has no end.
    """

    path: str | Path
    columns: Mapping[str, str] | None
    time_zone: str | None
    span: tuple[Moment, Moment] | None
    counts: Counter[str] = field(default_factory=Counter, init=False)

    def __post_init__(self) -> None:
        """Check the names and the span."""
        for name in self.columns or {}:
            if name not in KEPT:
                raise ColumnError(
                    f"{self.path}: columns maps {name!r}, which no property can be; {nearest(name, KEPT)}"
                )
        self.properties = {ours: theirs.upper() for ours, theirs in {**DEFAULT, **(self.columns or {})}.items()}
        self.zone = None if self.time_zone is None else ZoneInfo(known_zone(self.time_zone))
        self.bounds = None
        if self.span is not None:
            low, high = (_aware(as_utc(moment, self.time_zone or "UTC")) for moment in self.span)
            if high <= low:
                raise InputError(f"{self.path} span: got {self.span}, expected a start and a later end")
            self.bounds = (low, high)

    def read(self) -> pd.DataFrame:
        """Give one row an event, repeats written out.

        Returns
        -------
        DataFrame
            ``start``, ``end`` (UTC, datetime64), ``first``, ``last`` (civil days, the last one included), ``x``, ``y``
            (longitude, latitude; NaN where there is no GEO) and what `columns` asks for. `counts` says what was left
            out.

        Raises
        ------
        InputError
            If the file is no calendar, a floating time has no zone, or a rule has no end and no span is given.
        """
        import icalendar

        if not Path(self.path).is_file():
            raise InputError(f"{self.path}: no such file; check the path")
        data = Path(self.path).read_bytes()
        calendars = guarded(self.path, lambda: icalendar.Calendar.from_ical(data, multiple=True))
        events = self._newest([event for calendar in calendars for event in calendar.walk("VEVENT")])
        changed = {key for event in events if (key := self._changes(event)) is not None}
        rows = [row for event in events for row in self._rows(event, changed)]
        names = ["start", "end", "first", "last", "x", "y", *self.properties]
        frame = pd.DataFrame(rows, columns=names)
        for name in ("start", "end", KNOWN_AT):
            if name in frame:
                frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_localize(None).astype("datetime64[us]")
        for name in ("first", "last"):
            frame[name] = frame[name].to_numpy("datetime64[s]")
        return frame

    def _newest(self, events: list[Any]) -> list[Any]:
        """Keep the newest version of an event: the highest SEQUENCE, of equal ones the last in the file."""
        newest: dict[object, Any] = {}
        for i, event in enumerate(events):
            uid = event.get("UID")
            key: object = i if uid is None else (str(uid), str(self._utc_of(event, "RECURRENCE-ID")))
            if key in newest:
                self.counts["older versions of an event, left out"] += 1
            if key not in newest or _sequence(event) >= _sequence(newest[key]):
                newest[key] = event
        return list(newest.values())

    def _changes(self, event: Any) -> tuple[str, dt.datetime] | None:
        """Say which repeat of which event this one replaces."""
        moment = self._utc_of(event, "RECURRENCE-ID")
        return None if moment is None else (str(event.get("UID")), moment)

    def _rows(self, event: Any, changed: set[tuple[str, dt.datetime]]) -> Iterator[tuple[object, ...]]:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            self.counts["cancelled, left out"] += 1
            return
        start = _when(event, "DTSTART")
        if start is None or not FIRST_YEAR <= start.year <= LAST_YEAR:
            self.counts["without a start" + ("" if start is None else " from 1900 to 2100") + ", set aside"] += 1
            return
        self._note_zones(event)
        length = self._length(event, start)
        if length is None:
            self.counts[f"that end before they start, or after {LAST_YEAR}, set aside"] += 1
            return
        x, y = _position(event)
        kept = [self._property(event, theirs, ours == KNOWN_AT) for ours, theirs in self.properties.items()]
        if BROKEN in kept:
            self.counts[f"whose {KNOWN_AT} is no time, set aside"] += 1
            return
        replaced = changed if event.get("RECURRENCE-ID") is None else set()
        for each in self._repeats(event, start):
            begin = self._utc(each)
            if (str(event.get("UID")), begin) in replaced:
                continue
            end = begin + length if isinstance(each, dt.datetime) else self._utc(each + length)
            if self.bounds is not None and not (begin < self.bounds[1] and end >= self.bounds[0]):
                self.counts["outside the span, left out"] += 1
                continue
            yield begin, end, *self._days(each, begin, end, length), x, y, *kept

    def _days(self, start: When, begin: dt.datetime, end: dt.datetime, length: dt.timedelta) -> tuple[dt.date, dt.date]:
        """First and last civil day of an event; one that ends at midnight does not reach the next day."""
        if not isinstance(start, dt.datetime):
            return start, start + max(length, DAY) - DAY
        zone = self.zone or start.tzinfo
        inside = max(begin, end - dt.timedelta(microseconds=1))
        return begin.astimezone(zone).date(), inside.astimezone(zone).date()

    def _length(self, event: Any, start: When) -> dt.timedelta | None:
        """How long an event lasts: elapsed time, or days; None where that cannot be."""
        end, duration = _when(event, "DTEND"), _held(event.get("DURATION"), "dt")
        whole = not isinstance(start, dt.datetime)
        if end is not None and end.year > LAST_YEAR:
            return None
        if end is not None and whole == (not isinstance(end, dt.datetime)):
            length = end - start if whole else self._utc(end) - self._utc(start)
        elif isinstance(duration, dt.timedelta):
            length = duration
        else:
            length = DAY if whole else dt.timedelta()
        return length if dt.timedelta() <= length < LONGEST else None

    def _repeats(self, event: Any, start: When) -> Iterator[When]:
        """Write the repeats out."""
        rule = event.get("RRULE")
        if rule is None and event.get("RDATE") is None:
            self._note_twice(start)
            yield start
            return
        rules = rule if isinstance(rule, list) else [rule]
        every = dict.fromkeys(
            [start] if rule is None else (each for one in rules for each in self._of_rule(one, start))
        )
        every |= dict.fromkeys(_listed(event, "RDATE", start))
        left_out = {self._utc(when) for when in _listed(event, "EXDATE", start)}
        for each in sorted(every, key=self._utc):
            if self._utc(each) in left_out:
                continue
            if each != start and not self._exists(each):
                self.counts["repeats at a time that the clocks skip, left out"] += 1
                continue
            self._note_twice(each)
            yield each

    def _of_rule(self, rule: Any, start: When) -> Iterator[When]:
        """Write out a rule of repetition."""
        zone, wall = None, start
        if isinstance(start, dt.datetime):
            zone, wall = self._zone(start), start.replace(tzinfo=None)
        try:
            parts = rule_parts(rule.to_ical().decode())
            if within_a_day(parts):
                self.counts["that repeat within a day, set aside"] += 1
                return
            self._check_end(parts)
            ends = (LAST, *rule.get("UNTIL", ()), *(self.bounds or ())[1:])
            last = min(_wall(when, zone) for when in ends)
            for each in written_out(parts, pd.Timestamp(wall).to_pydatetime(), last):
                yield each.date() if zone is None else each.replace(tzinfo=zone)
        except InputError:
            raise
        except (ValueError, TypeError):  # also what icalendar raises for a broken property
            self.counts["with a rule of repetition that cannot be read: its first time is kept"] += 1
            yield start

    def _check_end(self, parts: Mapping[str, str]) -> None:
        if self.bounds is None and not {"COUNT", "UNTIL"} & parts.keys():
            raise InputError(
                f"{self.path}: an event repeats without end; say from when to when events are wanted, for example "
                "span=('2023-01-01', '2025-01-01')"
            )

    def _zone(self, when: dt.datetime) -> dt.tzinfo:
        if when.tzinfo is not None:
            return when.tzinfo
        if self.zone is None:
            raise InputError(
                f"{self.path}: time {when} has no zone and no time zone is given; expected an IANA name, for example "
                "time_zone='America/Chicago'"
            )
        return self.zone

    def _utc(self, when: When) -> dt.datetime:
        full = when if isinstance(when, dt.datetime) else dt.datetime.combine(when, dt.time())
        return full.replace(tzinfo=self._zone(full)).astimezone(dt.UTC)

    def _utc_of(self, event: Any, name: str) -> dt.datetime | None:
        when = _when(event, name)
        return None if when is None else self._utc(when)

    def _exists(self, when: When) -> bool:
        if not isinstance(when, dt.datetime):
            return True
        return self._utc(when).astimezone(self._zone(when)).replace(tzinfo=None) == when.replace(tzinfo=None)

    def _note_zones(self, event: Any) -> None:
        """Count an event with a time in a zone that nobody knows, which leaves its times floating."""
        held = [event.get(name) for name in ("DTSTART", "DTEND", self.properties.get(KNOWN_AT, "DTSTART"))]
        floating = [each for each in held if isinstance(when := _held(each, "dt"), dt.datetime) and when.tzinfo is None]
        zones = dict.fromkeys(str(each.params["TZID"]) for each in floating if "TZID" in each.params)
        for zone in zones:
            self.counts[f"in a time zone that is not known, {safe_name(zone)}, read in {self.time_zone}"] += 1

    def _note_twice(self, when: When) -> None:
        if isinstance(when, dt.datetime) and self._exists(when):
            zone = self._zone(when)
            first, second = (when.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
            if first != second:
                self.counts["in an hour that the clocks repeat, taken as the first of the two"] += 1

    def _property(self, event: Any, name: str, is_time: bool) -> object:
        """Read a property: a time, or text; of several categories the first."""
        value = event.get(name)
        if isinstance(value, list):
            value = value[0]
        if value is None:
            return None
        if is_time:
            when = _held(value, "dt")
            if not isinstance(when, dt.date):
                return BROKEN
            return self._utc(when if isinstance(when, dt.datetime) else when + DAY)  # a date is known when it is over
        names = _held(value, "cats")
        return str(value if names is None else names[0]) if names is None or names else None


def _aware(moment: np.datetime64) -> dt.datetime:
    return pd.Timestamp(moment).to_pydatetime().replace(tzinfo=dt.UTC)


def _sequence(event: Any) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _held(value: Any, name: str) -> Any:
    """Read what a property holds; None where it is missing or broken, or of another kind."""
    try:
        return getattr(value, name, None)
    except ValueError:  # broken
        return None


def _when(event: Any, name: str) -> When | None:
    """Read a date or a time; None where it is missing or broken."""
    when = _held(event.get(name), "dt")
    return when if isinstance(when, dt.date) else None


def _wall(when: When, zone: dt.tzinfo | None) -> dt.datetime:
    """Write a moment on the wall clock of a zone; a date reaches to its end."""
    if not isinstance(when, dt.datetime):
        return dt.datetime.combine(when, dt.time(23, 59, 59))
    return (when if when.tzinfo is None or zone is None else when.astimezone(zone)).replace(tzinfo=None)


def _listed(event: Any, name: str, start: When) -> Iterator[When]:
    """Read a list of times, of the kind that the start is."""
    held = event.get(name)
    for each in held if isinstance(held, list) else [] if held is None else [held]:
        for value in _held(each, "dts") or ():
            when = value.dt[0] if isinstance(value.dt, tuple) else value.dt
            if isinstance(when, dt.date) and isinstance(when, dt.datetime) == isinstance(start, dt.datetime):
                yield when


def _position(event: Any) -> tuple[float, float]:
    """Longitude and latitude; NaN where there is none."""
    place = event.get("GEO")
    try:
        return float(place.longitude), float(place.latitude)
    except (AttributeError, TypeError, ValueError):
        return np.nan, np.nan
