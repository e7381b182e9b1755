"""Rules of repetition of calendars, written out within bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice

TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
TIMES_OF_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
AHEAD = 7600  # years, whole cycles of 400 after which the calendar is the same


def rule_parts(text: str) -> dict[str, str]:
    """Take a rule apart.

    Parameters
    ----------
    text : str
        Such as ``"FREQ=WEEKLY;BYDAY=MO"``.

    Returns
    -------
    dict of str to str
        Its parts by name.

    Raises
    ------
    ValueError
        If it is no rule.
    """
    parts = dict(part.split("=", 1) for part in text.upper().split(";"))
    if int(parts.get("INTERVAL", 1)) < 1:  # it would never move on
        raise ValueError(f"INTERVAL is {parts['INTERVAL']}; expected 1 or more")
    return parts


def within_a_day(parts: dict[str, str]) -> bool:
    """Tell whether a rule repeats several times a day.

    Parameters
    ----------
    parts : dict of str to str
        Of the rule.

    Returns
    -------
    bool
        Whether it does.
    """
    return parts.get("FREQ") in TOO_OFTEN or any("," in parts.get(name, "") for name in TIMES_OF_DAY)


def written_out(parts: dict[str, str], first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    """Write a rule out.

    Parameters
    ----------
    parts : dict of str to str
        Of the rule; what it says of its own end (UNTIL) is not looked at.
    first, last : datetime
        Wall times at which it begins and ends, from the year 1900 to 2100.

    Yields
    ------
    datetime
        Wall times, ascending, as many as COUNT says at most.

    Raises
    ------
    ValueError
        If the rule cannot be read.
    """
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    # a rule that is never met is tried up to the year 9999: so late there are few years left to try
    begin, end = (moment.replace(year=moment.year + AHEAD) for moment in (first, last))
    text = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("COUNT", "UNTIL"))
    try:
        rule = rrulestr(f"{text};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=begin)
        count = int(parts["COUNT"]) if "COUNT" in parts else None
        found = list(islice(rule, count))
    except (TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
    yield from (moment.replace(year=moment.year - AHEAD) for moment in found)
