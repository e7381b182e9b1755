"""Times out of text as it lies in memory: one buffer of bytes, and where each row begins."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

# what a row of text is
UNKNOWN, TIME, DATE, MISSING = 0, 1, 2, 3
NAT = np.iinfo(np.int64).min
EARLIEST = -2_208_988_800_000_000  # 1900-01-01; what lies before is no time of a record
_NONE = np.iinfo(np.int64).max

# steps of a pattern; a literal byte is itself, below 256
YEAR, MONTH, DAY, HOUR, HOUR12, MINUTE, SECOND, HALF, BLANKS = 256, 257, 258, 259, 260, 261, 262, 263, 264

Offsets = NDArray[np.int32] | NDArray[np.int64]
Bytes = NDArray[np.uint8]
Read = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], int]

_DAY_US, _MINUTE_US, _SECOND_US = 86_400_000_000, 60_000_000, 1_000_000


@nb.njit(cache=True, nogil=True, inline="always")
def _digits(data: Bytes, at: int, number: int) -> int:
    """Whole number of so many digits, or -1."""
    value = 0
    for i in range(at, at + number):
        digit = nb.int64(data[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = 10 * value + digit
    return value


@nb.njit(cache=True, nogil=True, inline="always")
def _civil_days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, or NAT if there is no such date."""
    if year < 1 or month < 1 or month > 12 or day < 1 or day > 31:
        return NAT
    if day > 28:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        last = (28 + leap) if month == 2 else (30 if month in (4, 6, 9, 11) else 31)
        if day > last:
            return NAT
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@nb.njit(cache=True, nogil=True, inline="always")
def _clock(hour: int, minute: int, second: int) -> int:
    """Microseconds since midnight, or -1."""
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return -1
    return (hour * 3600 + minute * 60 + second) * _SECOND_US


@nb.njit(cache=True, nogil=True)
def _fraction(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Microseconds of up to nine digits, and where they end; no digit gives -1."""
    value, scale, stop = 0, 100_000, at
    while stop < end and stop < at + 9 and 48 <= data[stop] <= 57:
        value += scale * (nb.int64(data[stop]) - 48)
        scale //= 10
        stop += 1
    return (value if stop > at else -1), stop


@nb.njit(cache=True, nogil=True)
def _offset(data: Bytes, at: int, end: int) -> int:
    """Microseconds east of UTC that ``Z``, ``+01:00``, ``-0500`` or ``+00`` say, or NAT."""
    if end - at == 1 and data[at] == 90:
        return 0
    size = end - at
    if size not in (3, 5, 6) or data[at] not in (43, 45) or (size == 6 and data[at + 3] != 58):
        return NAT
    hours, minutes = _digits(data, at + 1, 2), (_digits(data, end - 2, 2) if size > 3 else 0)
    if hours < 0 or minutes < 0:
        return NAT
    east = (60 * hours + minutes) * _MINUTE_US
    return -east if data[at] == 45 else east


@nb.njit(cache=True, nogil=True)
def _iso(data: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Wall time, offset and kind of one text."""
    unknown = (NAT, NAT, UNKNOWN)
    if end - at < 10 or data[at + 4] != 45 or data[at + 7] != 45:
        return unknown
    days = _civil_days(_digits(data, at, 4), _digits(data, at + 5, 2), _digits(data, at + 8, 2))
    if days == NAT:
        return unknown
    if days * _DAY_US < EARLIEST:
        return unknown
    if end - at == 10:
        return days * _DAY_US, NAT, DATE
    if end - at < 16 or (data[at + 10] != 84 and data[at + 10] != 32) or data[at + 13] != 58:
        return unknown
    second, micros, stop = 0, 0, at + 16
    if end >= stop + 3 and data[stop] == 58:
        second = _digits(data, stop + 1, 2)
        stop += 3
        if second >= 0 and stop < end and (data[stop] == 46 or data[stop] == 44):
            micros, stop = _fraction(data, stop + 1, end)
    clock = _clock(_digits(data, at + 11, 2), _digits(data, at + 14, 2), second)
    if clock < 0 or micros < 0:
        return unknown
    wall = days * _DAY_US + clock + micros
    while stop < end and data[stop] == 32:
        stop += 1
    if stop == end:
        return wall, NAT, TIME
    offset = _offset(data, stop, end)
    return (wall, offset, TIME) if offset != NAT else unknown


@nb.njit(cache=True, nogil=True)
def iso_times(begins: Offsets, data: Bytes) -> Read:
    """Read times of ISO form.

    Parameters
    ----------
    begins : ndarray of int, shape (n + 1,)
        Where in `data` each text begins, and where the last one ends.
    data : ndarray of uint8
        UTF-8.

    Returns
    -------
    wall : ndarray of int64, shape (n,)
        Microseconds of the wall clock since 1970; NAT where it is not known.
    offset : ndarray of int64, shape (n,)
        Microseconds east of UTC; NAT where none is written.
    kind : ndarray of uint8, shape (n,)
        TIME, DATE, MISSING where nothing or blanks stand, UNKNOWN.
    zoned : int
        How many have an offset.
    """
    n, zoned = begins.size - 1, 0
    wall, offset, kind = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint8)
    for i in range(n):
        at, end = begins[i], begins[i + 1]
        while at < end and data[at] == 32:
            at += 1
        while end > at and data[end - 1] == 32:
            end -= 1
        if at == end:
            wall[i], offset[i], kind[i] = NAT, NAT, MISSING
        else:
            wall[i], offset[i], kind[i] = _iso(data, at, end)
            zoned += offset[i] != NAT
    return wall, offset, kind, zoned


@nb.njit(cache=True, nogil=True)
def _one_or_two(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Read a number of one or two digits; -1 if there is none; and say where it ends."""
    value, stop = -1, at
    while stop < end and stop < at + 2 and 48 <= data[stop] <= 57:
        value = max(value, 0) * 10 + nb.int64(data[stop]) - 48
        stop += 1
    return value, stop


@nb.njit(cache=True, nogil=True)
def _after_noon(data: Bytes, at: int, end: int) -> int:
    """0 for AM, 1 for PM, -1 for neither."""
    if end - at < 2 or data[at + 1] | 32 != 109:
        return -1
    letter = data[at] | 32
    return 0 if letter == 97 else (1 if letter == 112 else -1)


@nb.njit(cache=True, nogil=True)
def _patterned(data: Bytes, at: int, end: int, steps: NDArray[np.int64]) -> int:
    """Wall time of one text, or NAT."""
    found = np.array([-1, 1, 1, 0, 0, 0, 0, -1])  # year to second, and half of the day
    for step in steps:
        if step == BLANKS:
            first = at
            while at < end and data[at] == 32:
                at += 1
            if at == first:
                return NAT
        elif step == YEAR:
            if end - at < 4:
                return NAT
            found[0], at = _digits(data, at, 4), at + 4
        elif step == HALF:
            found[7], at = _after_noon(data, at, end), at + 2
            if found[7] < 0:
                return NAT
        elif step > 255:
            value, at = _one_or_two(data, at, end)
            if value < 0:
                return NAT
            found[step - 256] = value
        elif at < end and data[at] == step:
            at += 1
        else:
            return NAT
    if at != end or found[0] < 1:
        return NAT
    hour = found[3]
    if found[7] >= 0:
        if found[4] < 1 or found[4] > 12:
            return NAT
        hour = found[4] % 12 + 12 * found[7]
    days, clock = _civil_days(found[0], found[1], found[2]), _clock(hour, found[5], found[6])
    if days == NAT or clock < 0 or days * _DAY_US < EARLIEST:
        return NAT
    return days * _DAY_US + clock


@nb.njit(cache=True, nogil=True)
def patterned_times(
    begins: Offsets, data: Bytes, rows: NDArray[np.int64], steps: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Read times that follow a pattern.

    Parameters
    ----------
    begins : ndarray of int, shape (n + 1,)
        As for `iso_times`.
    data : ndarray of uint8
        UTF-8.
    rows : ndarray of int64, shape (m,)
        Which texts to read.
    steps : ndarray of int64, shape (k,)
        The pattern: YEAR (four digits), MONTH, DAY, HOUR, HOUR12, MINUTE, SECOND (one or two digits), HALF (AM, PM),
        BLANKS (one or more), or the value of a byte.

    Returns
    -------
    ndarray of int64, shape (m,)
        Microseconds of the wall clock since 1970; NAT where the text does not follow it.
    """
    wall = np.empty(rows.size, np.int64)
    for k in range(rows.size):
        at, end = begins[rows[k]], begins[rows[k] + 1]
        while at < end and data[at] == 32:
            at += 1
        while end > at and data[end - 1] == 32:
            end -= 1
        wall[k] = _patterned(data, at, end, steps)
    return wall


@nb.njit(cache=True, nogil=True)
def civil_to_utc(
    wall: NDArray[np.int64], until: NDArray[np.int64], since: NDArray[np.int64], offsets: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Turn wall times into UTC; the first occurrence of a repeated one, NAT for a skipped one.

    Parameters
    ----------
    wall : ndarray of int64, shape (n,)
        Microseconds of the wall clock; NAT stays.
    until : ndarray of int64, shape (r - 1,)
        Wall time at which each offset but the last ends, ascending.
    since, offsets : ndarray of int64, shape (r,)
        Instant from which each offset holds, and the offset.

    Returns
    -------
    ndarray of int64, shape (n,)
        Microseconds of UTC.
    """
    out = np.empty(wall.size, np.int64)
    low, high = _NONE, NAT
    for time in wall:
        if time != NAT:
            low, high = min(low, time), max(high, time)
    # the rule at the start of each slice of 2**41 microseconds (25 days): from there it is a step or none
    first = low >> 41
    rules = np.zeros(max(0, (high >> 41) - first + 1) if low <= high else 0, np.int64)
    for k in range(rules.size):
        rules[k] = np.searchsorted(until, (first + k) << 41, side="right")
    for i in range(wall.size):
        time = wall[i]
        if time == NAT:
            out[i] = NAT
            continue
        rule = rules[(time >> 41) - first]
        while rule < until.size and until[rule] <= time:
            rule += 1
        utc = time - offsets[rule]
        out[i] = utc if utc >= since[rule] else NAT
    return out
