"""Pace: how many rows a week usually has, and the runs of days that are empty by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hotspot.quality.chance import dispersion, log_none

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
WEEK = 7
FEWEST_ROWS, FEWEST_DAYS = 50, 56
AROUND = 28  # days on either side that tell the usual rate, and at least twice the length of the run
FEWEST_AROUND = 14
ALPHA = 0.01  # probability of any false finding in a record
ALPHA_GAP = 0.002  # of gaps less, as the rate beside a run is an estimate from few rows
MANY = 4  # rows a day
CAUTION = 1.5  # of the first look, before the burstiness of weeks is known


@dataclass(frozen=True, eq=False)
class Pace:
    """Counts of one record by civil day, and what follows from them.

    Parameters
    ----------
    daily : ndarray of int64, shape (n_days,)
        Rows by day.
    """

    daily: Ints

    @property
    def enough(self) -> bool:
        """Whether anything can be said."""
        return len(self.daily) >= FEWEST_DAYS and int(self.daily.sum()) >= FEWEST_ROWS

    @cached_property
    def spread(self) -> float:
        """Variance over mean of counts, of days or of weeks, whichever is larger."""
        return max(self._spread_of_days, dispersion(_blocks(self.daily[self._likely])))

    @cached_property
    def empty(self) -> Ints:
        """Runs of empty days that chance does not explain, as [first, last), shape (n_runs, 2)."""
        return _empty_runs(self.daily, self._likely, self.spread)

    @cached_property
    def _spread_of_days(self) -> float:
        rows = self.daily[self.daily > 0]
        # where a day has many rows, empty ones are what is asked for here and say nothing about bursts
        return dispersion(rows if len(rows) and np.median(rows) >= MANY else self.daily)

    @cached_property
    def _likely(self) -> NDArray[np.bool_]:
        """Days that a first look takes as observed, so that one gap does not hide another, shape (n_days,)."""
        all_days = np.ones(len(self.daily), bool)
        return _observed(self.daily, _empty_runs(self.daily, all_days, CAUTION * self._spread_of_days))

    @cached_property
    def gaps(self) -> Ints:
        """Those runs after which rows come again, shape (n_gaps, 2)."""
        return self.empty[self.empty[:, 1] < len(self.daily)]

    @cached_property
    def observed(self) -> Ints:
        """Days outside the runs, shape (n_observed,)."""
        return np.flatnonzero(_observed(self.daily, self.empty))

    @cached_property
    def weeks(self) -> Ints:
        """Rows in each seven observed days that follow one another, shape (n_weeks,)."""
        return _blocks(self.daily[self.observed])

    @cached_property
    def begins(self) -> Ints:
        """Day on which each of those weeks begins, shape (n_weeks,)."""
        return self.observed[: len(self.weeks) * WEEK : WEEK]

    def by_week(self, days: Ints) -> Ints:
        """Find the week of each day, -1 outside.

        Parameters
        ----------
        days : ndarray of int64, shape (n,)
            Numbers of days.

        Returns
        -------
        ndarray of int64, shape (n,)
            Position in `weeks`.
        """
        whole = self.observed[: len(self.weeks) * WEEK]
        of_day: Ints = np.full(len(self.daily), -1, np.int64)
        of_day[whole] = np.arange(len(whole)) // WEEK
        week: Ints = np.full(len(days), -1, np.int64)
        there = (days >= 0) & (days < len(self.daily))
        week[there] = of_day[days[there]]
        return week


def _observed(daily: Ints, runs: Ints) -> NDArray[np.bool_]:
    inside = np.zeros(len(daily) + 1, np.int64)
    np.add.at(inside, runs[:, 0], 1)
    np.add.at(inside, runs[:, 1], -1)
    return np.asarray(inside.cumsum()[:-1] == 0)


def _blocks(daily: Ints) -> Ints:
    whole = len(daily) // WEEK
    return np.asarray(daily[: whole * WEEK].reshape(whole, WEEK).sum(axis=1))


def _empty_runs(daily: Ints, likely: NDArray[np.bool_], spread: float) -> Ints:
    """Find runs of empty days that are too long for the rate on both sides; the last one has but one side."""
    rows = np.flatnonzero(daily)
    if not len(rows):
        return np.zeros((0, 2), np.int64)
    first, last = rows + 1, np.append(rows[1:], len(daily))
    empty = last > first
    first, last = first[empty], last[empty]
    expected = _rate_around(daily, likely, first, last) * (last - first)
    unlikely = log_none(expected, spread) < np.log(ALPHA_GAP / len(daily))
    return np.asarray(np.stack([first, last], axis=1)[unlikely], np.int64)


def _rate_around(daily: Ints, likely: NDArray[np.bool_], first: Ints, last: Ints) -> Floats:
    """Rows a likely day before and after each run, whichever is less."""
    total, days = (np.concatenate([[0], np.cumsum(values)]) for values in (daily, likely.astype(np.int64)))
    reach = np.maximum(AROUND, 2 * (last - first))
    low, high = np.maximum(first - reach, 0), np.minimum(last + reach, len(daily))
    before, after = days[first] - days[low], days[high] - days[last]
    rate_before = (total[first] - total[low]) / np.maximum(before, 1)
    rate_after = (total[high] - total[last]) / np.maximum(after, 1)
    rate = np.where(after < FEWEST_AROUND, rate_before, np.minimum(rate_before, rate_after))
    return np.asarray(np.where((before < FEWEST_AROUND) & (after >= FEWEST_AROUND), rate_after, rate))
