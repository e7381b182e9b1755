"""A clock that runs by a weekly curve: fast in the hours in which much happens, slow in the others."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hotspot.windows.civil import offset_rules

HOURS_OF_WEEK = 168
FLOOR = 0.01  # of the even pace: the clock never stands still, so that it can be turned back
HOUR, WEEK = 3_600_000_000, 604_800_000_000  # [us]
MONDAY = 4 * 24 * HOUR  # 1970-01-05, after the first instant of our times
MISSING = np.iinfo(np.int64).min  # NaT

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


class Clock:
    """Cumulative time of a weekly curve, and back.

    Between two changes of the UTC offset the reading is that of the civil week; at a change it goes on where it was,
    so an hour that the wall clock skips takes no time and one that it repeats takes its time twice.

    Parameters
    ----------
    curve : ndarray, shape (168,)
        Share of each hour of the civil week, from Monday 00:00; adds up to 1.
    zone : str
        IANA name.
    """

    def __init__(self, curve: Array, zone: str) -> None:
        share = (1 - FLOOR) * curve + FLOOR / HOURS_OF_WEEK
        edges = np.rint(np.concatenate([[0.0], np.cumsum(share)]) * WEEK).astype(np.int64)
        edges[-1] = WEEK
        self._edges, self._length = edges, np.diff(edges)
        instants, offsets = offset_rules(zone)
        self._instants, self._offsets = instants.view(np.int64), offsets.view(np.int64)
        after = self._of_week(self._instants[1:] + self._offsets[1:])
        before = self._of_week(self._instants[1:] + self._offsets[:-1])
        self._ahead = np.concatenate([[0], np.cumsum(before - after)])
        self._changes = after + self._ahead[1:]  # readings at the changes

    def read(self, utc: Whole) -> Whole:
        """Tell the reading at instants.

        Parameters
        ----------
        utc : ndarray of int64, any shape
            Microseconds since 1970 in UTC.

        Returns
        -------
        ndarray of int64, same shape
            Microseconds of the clock, rising with time; a civil week without a change takes a week. Missing stays
            missing.
        """
        known = np.where(utc == MISSING, 0, utc)
        rule = np.searchsorted(self._instants[1:], known, side="right")
        reading = self._of_week(known + self._offsets[rule]) + self._ahead[rule]
        return np.where(utc == MISSING, MISSING, reading)

    def back(self, reading: Whole) -> Whole:
        """Tell when the clock shows a reading: the inverse of `read`.

        Parameters
        ----------
        reading : ndarray of int64, any shape
            Microseconds of the clock.

        Returns
        -------
        ndarray of int64, same shape
            Microseconds since 1970 in UTC, right to what a microsecond of the clock lasts.
        """
        rule = np.searchsorted(self._changes, reading, side="right")
        week, inside = np.divmod(reading - self._ahead[rule], WEEK)
        hour = np.searchsorted(self._edges[1:], inside, side="right")
        past = np.floor((inside - self._edges[hour]) * (HOUR / self._length[hour])).astype(np.int64)
        return np.asarray(week * WEEK + MONDAY + hour * HOUR + past - self._offsets[rule])

    def _of_week(self, local: Whole) -> Whole:
        week, inside = np.divmod(local - MONDAY, WEEK)
        hour, past = np.divmod(inside, HOUR)
        return np.asarray(
            week * WEEK + self._edges[hour] + np.floor(self._length[hour] * (past / HOUR)).astype(np.int64)
        )


@lru_cache(maxsize=256)
def make_clock(curve: bytes, zone: str) -> Clock:
    """Make a clock, or take the one made before.

    Parameters
    ----------
    curve : bytes
        Of the array of 168 float64.
    zone : str
        IANA name.

    Returns
    -------
    Clock
        Of that curve.
    """
    return Clock(np.frombuffer(curve), zone)
