"""Flags of civil days, and how windows lie to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.features._timed import Group, known_levels
from hotspot.layers import Days
from hotspot.windows import Times, to_local, to_utc

Dates = NDArray[np.datetime64]  # datetime64[D]
DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
NOTHING = np.timedelta64(0, "us")
UNITS = {"share": "1", "until": "d", "since": "d"}  # of what `lie_of` gives


def share_of_days(
    start: Times, end: Times, zone: str, wanted: Callable[[Dates], NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Share of the elapsed time of windows that falls on some civil days.

    Parameters
    ----------
    start, end : ndarray of datetime64[us], any shape
        Bounds, naive UTC.
    zone : str
        IANA name.
    wanted : callable
        Says of civil days (datetime64[D]) whether they count.

    Returns
    -------
    ndarray, same shape
        From 0 to 1; NaN where no time elapses.
    """
    first = to_local(start, zone).astype("datetime64[D]")
    n_days = int(np.max((end - start) / DAY, initial=0.0)) + 3
    days = first[..., None] + np.arange(n_days).astype("timedelta64[D]")
    low = np.maximum(to_utc(days, zone), start[..., None])
    high = np.minimum(to_utc(days + 1, zone), end[..., None])
    inside = np.maximum(high - low, NOTHING) / HOUR
    length = (end - start) / HOUR
    return np.asarray((inside * wanted(days)).sum(axis=-1) / np.where(length > 0, length, np.nan))


def middle_day(start: Times, end: Times, zone: str) -> Dates:
    """Civil day of the midpoint of windows.

    Parameters
    ----------
    start, end : ndarray of datetime64[us], any shape
        Bounds, naive UTC.
    zone : str
        IANA name.

    Returns
    -------
    ndarray of datetime64[D], same shape
        Dates.
    """
    return to_local(start + (end - start) // 2, zone).astype("datetime64[D]")


@dataclass(frozen=True)
class DayFlags:
    """Which civil days of a range count.

    Parameters
    ----------
    first : numpy.datetime64
        First day of the range [D].
    on : ndarray of bool, shape (n_days,)
        Whether a day counts; days outside the range do not.
    """

    first: np.datetime64
    on: NDArray[np.bool_]

    @classmethod
    def of_spans(cls, first: Dates, last: Dates, low: np.datetime64, high: np.datetime64) -> DayFlags:
        """Flag the days of spans.

        Parameters
        ----------
        first, last : ndarray of datetime64[D], shape (n_spans,)
            Both included.
        low, high : numpy.datetime64
            First and last day of the range.

        Returns
        -------
        DayFlags
            Of the range.
        """
        size = int((high - low) / DAY) + 1
        begin = np.clip((first - low).astype(np.int64), 0, size)
        after = np.clip((last - low).astype(np.int64) + 1, 0, size)
        change = np.bincount(begin, minlength=size + 1) - np.bincount(after, minlength=size + 1)
        return cls(low, np.cumsum(change)[:size] > 0)

    def __call__(self, days: Dates) -> NDArray[np.bool_]:
        """Tell whether days count, any shape."""
        position = (days - self.first).astype(np.int64)
        inside = (position >= 0) & (position < self.on.size)
        return inside & self.on[np.where(inside, position, 0)]

    def until(self, days: Dates, cap: int) -> NDArray[np.float64]:
        """Days to the next one that counts, 0 on it, at most `cap`; `days` and `cap` days more lie in the range."""
        return self._away(days, cap, 1)

    def since(self, days: Dates, cap: int) -> NDArray[np.float64]:
        """Days since the last one that counts, 0 on it, at most `cap`."""
        return self._away(days, cap, -1)

    def _away(self, days: Dates, cap: int, sign: int) -> NDArray[np.float64]:
        position = np.flatnonzero(self.on)
        wanted = (days - self.first).astype(np.int64)
        if not position.size:
            return np.full(days.shape, float(cap))
        k = np.searchsorted(position, wanted, side="left" if sign > 0 else "right") - (sign < 0)
        there = (k >= 0) & (k < position.size)
        away = np.abs(position[np.where(there, k, 0)] - wanted)
        return np.where(there, np.minimum(away, cap), cap).astype(np.float64)


def check_cap(cap: int, where: str) -> None:
    """Refuse a cap that is no whole number of days.

    Parameters
    ----------
    cap : int
        Days.
    where : str
        The feature, for the message.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(cap, int) or isinstance(cap, bool) or cap < 1:
        raise InputError(f"{where} cap: got {cap!r}, expected a whole number of days, at least 1")


def day_range(start: Times, end: Times, cap: int) -> tuple[np.datetime64, np.datetime64]:
    """First and last day that can matter to windows.

    Parameters
    ----------
    start, end : ndarray of datetime64[us], any shape
        Bounds.
    cap : int
        Days that are looked ahead and back.

    Returns
    -------
    low, high : numpy.datetime64
        Days; the time zone is allowed for.
    """
    if not start.size:
        return np.datetime64("2000-01-01", "D"), np.datetime64("2000-01-01", "D")
    return start.min().astype("datetime64[D]") - (cap + 2), end.max().astype("datetime64[D]") + (cap + 2)


def layer_flags(
    group: Group[Days], times: Times, start: Times, end: Times, cap: int, category: str | None
) -> Iterator[tuple[NDArray[np.int64], DayFlags]]:
    """Flag the days of a layer as they were known.

    Parameters
    ----------
    group : Group of Days
        Its vintages.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    start, end : ndarray of datetime64[us], shape (n_times, n_leads)
        Bounds of the windows.
    cap : int
        Days that are looked ahead and back.
    category : str, optional
        Only days of it.

    Yields
    ------
    index : ndarray of int
        Positions of issue times.
    flags : DayFlags
        What was known at them.
    """
    low, high = day_range(start, end, cap)
    for layer, index in group.holding(times):
        wanted = np.ones(len(layer), bool) if category is None else (layer.frame["category"] == category).to_numpy(bool)
        first, last, known = layer.first[wanted], layer.last[wanted], layer.known_from[wanted]
        for rows, at in known_levels(known, times[index]):
            yield index[at], DayFlags.of_spans(first[rows], last[rows], low, high)


def lie_of(flags: DayFlags, start: Times, end: Times, zone: str, cap: int) -> NDArray[np.float64]:
    """Say how windows lie to flagged days.

    Parameters
    ----------
    flags : DayFlags
        Days that count.
    start, end : ndarray of datetime64[us], shape (n_times, n_leads)
        Bounds of the windows.
    zone : str
        IANA name.
    cap : int
        Largest distance [d].

    Returns
    -------
    ndarray, shape (n_times, n_leads, 3)
        Share of the window, days until the next, days since the last.
    """
    day = middle_day(start, end, zone)
    return np.stack([share_of_days(start, end, zone, flags), flags.until(day, cap), flags.since(day, cap)], axis=-1)
