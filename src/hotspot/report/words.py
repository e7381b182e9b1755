"""Numbers, windows and fixed sentences as people read them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from hotspot.windows import to_local

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

LIMITS = (
    "It forecasts places, not persons. It says nothing about anybody who lives, works or is met in a cell.",
    "It rests on recorded incidents only. What nobody reports or records is not in it; where more is recorded "
    "because more is looked for, more is expected.",
    "It does not say why incidents are expected somewhere, nor what would prevent them.",
    "An expected count is an average over many such windows: most selected cells will see no incident in this one, "
    "and incidents will happen elsewhere.",
)
NO_TRUST = "No score of earlier forecasts came with this map, so it does not show how often such forecasts were right."
TERMS = (
    ("Hit rate", "share of the recorded incidents that fell into the selected cells."),
    ("Oracle", "the most that any choice of the same {size} could have caught, known only afterwards."),
    ("PAI", "hit rate divided by the share of the {size} that was selected; 1 is no better than chance."),
    ("Exposure", "share of the time that a resident's cell is selected."),
)


def plain(value: float, digits: int = 2) -> str:
    """Write a number with a few significant digits and without an exponent.

    Parameters
    ----------
    value : float
        Any number.
    digits : int
        How many significant digits.

    Returns
    -------
    str
        Such as ``"0.0012"``; ``"n/a"`` where it is missing.

    Examples
    --------
    >>> plain(0.001234), plain(12.0), plain(1234.5, 3)
    ('0.0012', '12', '1,230')
    """
    if not np.isfinite(value):
        return "n/a"
    text = np.format_float_positional(value, precision=digits, unique=False, fractional=False, trim="-")
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}" if abs(value) >= 1000 else text


def percent(share: float) -> str:
    r"""Write a share as a percentage with two significant digits, not to be broken across lines.

    Examples
    --------
    >>> percent(0.0789)
    '7.9\xa0%'
    """
    return f"{plain(100 * share)}\u00a0%"


def tied(text: str) -> str:
    """Keep numbers and their percent signs on one line."""
    return text.replace(" %", "\u00a0%")


def window_labels(start: npt.ArrayLike, end: npt.ArrayLike, zone: str) -> list[str]:
    """Write windows in civil time.

    Parameters
    ----------
    start, end : datetime64 arrays, shape (n,)
        Windows [start, end) in UTC.
    zone : str
        IANA name.

    Returns
    -------
    list of str
        Such as ``"Fri 21 Nov 2025, 15:00-23:00"``; with the UTC offset where the clocks change and windows are short.

    Examples
    --------
    >>> import numpy as np
    >>> start = np.array(["2025-11-21T21:00"], "datetime64[us]")
    >>> window_labels(start, start + np.timedelta64(8, "h"), "America/Chicago")
    ['Fri 21 Nov 2025, 15:00-23:00']
    """
    start, end = np.asarray(start, "datetime64[us]"), np.asarray(end, "datetime64[us]")
    begins, ends = to_local(start, zone), to_local(end, zone)
    labels = [_window(pd.Timestamp(a), pd.Timestamp(b)) for a, b in zip(begins, ends, strict=True)]
    offsets = np.concatenate([begins - start, ends - end]) / np.timedelta64(1, "h")
    if np.ptp(offsets) == 0 or (end - start).min() > np.timedelta64(20, "h"):
        return labels
    return [f"{label} (UTC{offset:+g} h)" for label, offset in zip(labels, offsets[: len(labels)], strict=True)]


def moment_label(utc: np.datetime64, zone: str) -> str:
    """Write one moment in civil time, such as ``"Fri 21 Nov 2025, 15:00"``."""
    local = pd.Timestamp(to_local(np.asarray(utc).reshape(1), zone)[0])
    return f"{_day(local)} {local.year}, {local:%H:%M}"


def _day(time: pd.Timestamp) -> str:
    return f"{DAYS[time.weekday()]} {time.day} {MONTHS[time.month - 1]}"


def _first(start: pd.Timestamp, last: pd.Timestamp) -> str:
    return _day(start) if start.year == last.year else f"{_day(start)} {start.year}"


def _window(start: pd.Timestamp, end: pd.Timestamp) -> str:
    day, one = f"{_day(start)} {start.year}", pd.Timedelta(1, "D")
    from_midnight, to_midnight = start == start.normalize(), end == end.normalize()
    if from_midnight and to_midnight:
        last, days = end - one, (end - start) // one
        return f"{day}, whole day" if days == 1 else f"{_first(start, last)} to {_day(last)} {last.year}, {days} days"
    if start.normalize() == end.normalize():
        return f"{day}, {start:%H:%M}-{end:%H:%M}"
    if to_midnight and end == start.normalize() + one:
        return f"{day}, {start:%H:%M}-24:00"
    return f"{_first(start, end)} {start:%H:%M} to {_day(end)} {end.year} {end:%H:%M}"
