"""The leakage laws for features: each raises `LeakageError` with the name of the law that is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
import xarray as xr

from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.schema import ISSUE_TIME
from hotspot.testing.changes import (
    fresh,
    moments,
    reordered,
    replaced_layers,
    shifted,
    shuffled_future,
    vintages,
    with_fewest_layers,
    without_future,
)
from hotspot.testing.city import DAY
from hotspot.testing.compare import columns_of, differs, rows_of, same, until
from hotspot.testing.laws import SPAN, broken
from hotspot.windows import Times, Windows

NEAR = 1e-6  # relative: sums in another order, in single precision


@dataclass(frozen=True)
class FeatureTrial:
    """A feature, and what the laws try it on.

    Parameters
    ----------
    feature : Feature
        To try.
    history : History
        Without a cutoff.
    times : ndarray of datetime64[us], shape (n_issue_times,)
        Issue times, naive UTC, ascending.
    windows : Windows
        Give the leads.
    who : str
        What the feature and the cells are called in messages.
    """

    feature: Feature
    history: History
    times: Times
    windows: Windows
    who: str

    def compute(self, history: History, times: Times) -> xr.DataArray:
        """Compute the feature with a copy of the times, lest it changes them."""
        return self.feature.compute(history, times.copy(), self.windows)

    def changed(self, change: Callable[..., History], *arguments: Any) -> History:
        """Change the History, once for all features that are tried on it."""
        key = (change.__name__, *map(str, arguments))
        return remembered(self.history, key, lambda: change(self.history, *arguments))

    def known(self, time: np.datetime64) -> History:
        """Give what was known at a moment, once for all features."""
        return remembered_past(self.history, time)

    @cached_property
    def baseline(self) -> xr.DataArray:
        """All issue times at once, from what was known at the last one."""
        return self.compute(self.known(self.times[-1]), self.times)


def law_1_future(trial: FeatureTrial) -> None:
    """Delete and shuffle what was not known at some of the issue times: their values, and earlier ones, stay."""
    last = trial.times[-1]
    for row in dict.fromkeys((trial.times.size // 3, trial.times.size // 2, trial.times.size - 1)):
        time = trial.times[row]
        changes: tuple[tuple[str, Callable[..., History]], ...] = (("deleting", without_future), ("shuffling", _mixed))
        for what, change in changes:
            after = trial.compute(remembered_past(trial.changed(change, time), last), trial.times)
            where = differs(until(trial.baseline, row), until(after, row))
            if where:
                what = f"{what} rows of incidents or layers that were not known at {time} changes {where}"
                raise broken(1, trial.who, what)


def law_2_as_of(trial: FeatureTrial) -> None:
    """Compute each issue time from its own History: the same as all at once."""
    uncut = trial.compute(trial.history, trial.times)
    where = differs(trial.baseline, uncut)
    if where:
        raise broken(2, trial.who, f"a History without a cutoff gives another answer: {where}")
    for row, time in enumerate(moments(trial.times)):
        slow = trial.compute(trial.known(time), trial.times[row : row + 1])
        where = differs(rows_of(trial.baseline, [row]), slow)
        if where:
            raise broken(2, trial.who, f"it knows more, or less, than was known at issue time {time}: {where}")


def law_2_chunks(trial: FeatureTrial) -> None:
    """Compute the issue times in parts, in another order and one by one: the same."""
    n, past = trial.times.size, trial.known(trial.times[-1])
    for parts, how in (
        ([range(n // 2), range(n // 2, n)], "in two parts"),
        ([range(n)[::-1]], "in reverse order"),
        ([[row] for row in range(n)], "one by one"),
    ):
        for part in parts:
            rows = list(part)
            where = differs(rows_of(trial.baseline, rows), trial.compute(past, trial.times[rows]))
            if where:
                raise broken(2, trial.who, f"issue times computed {how} give another answer: {where}")


def law_2_threads(trial: FeatureTrial) -> None:
    """Compute with one thread: the same as with all of them."""
    if numba.get_num_threads() == 1:
        return
    past = fresh(trial.known(trial.times[-1]))
    with _threads(1):
        where = differs(trial.baseline, trial.compute(past, trial.times))
    if where:
        raise broken(2, trial.who, f"one thread gives another answer than {numba.get_num_threads()}: {where}")


def law_2_order(trial: FeatureTrial) -> None:
    """Mix the rows of records and layers: the same, but for the rounding of sums."""
    mixed = remembered_past(trial.changed(_reordered), trial.times[-1])
    where = differs(trial.baseline, trial.compute(mixed, trial.times), NEAR)
    if where:
        raise broken(2, trial.who, f"the same rows of incidents and layers in another order change {where}")


def law_3_weeks(trial: FeatureTrial) -> None:
    """Move incidents, layers and issue times by 13 weeks: the values stay, unless the feature reads the calendar."""
    if getattr(trial.feature, "uses_calendar", False) or trial.history.domain.time_zone != "UTC":
        return
    times = trial.times + SPAN
    after = trial.compute(remembered_past(trial.changed(shifted, SPAN), times[-1]), times)
    where = differs(trial.baseline, after, NEAR)
    if where:
        raise broken(3, trial.who, f"{where} differs 13 weeks later; say uses_calendar = True if it reads the calendar")


def law_6_vintage(trial: FeatureTrial) -> None:
    """Replace and remove dated layers: values before their vintage stay, and those of columns that see them are NaN."""
    dates = vintages(trial.history)
    if not dates:
        return
    early = [date - DAY for date in dates]
    times = np.unique(np.array([*early, trial.times[-1]], "datetime64[us]"))
    before = trial.compute(remembered_past(trial.history, times[-1]), times)
    for date in dates:
        row = int(np.searchsorted(times, date - DAY))
        other = trial.changed(replaced_layers, 400.0, date)
        fewer = trial.changed(with_fewest_layers, date)
        for what, changed in (("replacing", other), ("removing", fewer)):
            after = trial.compute(remembered_past(changed, times[-1]), times)
            where = differs(until(before, row), until(after, row))
            if where:
                what = f"{what} layers of vintage {date} or later changes {where} at {times[row]}"
                raise broken(6, trial.who, what)
            if what == "replacing" and date == dates[0]:
                _check_missing(before, after, row, trial.who)


def _check_missing(before: xr.DataArray, after: xr.DataArray, row: int, who: str) -> None:
    """Columns that dated layers change must be NaN before the first vintage."""
    if ISSUE_TIME not in before.dims:
        return
    others = columns_of(after)
    for label, one in columns_of(before).items():
        early = one.isel({ISSUE_TIME: slice(row + 1)})
        if not (label in others and same(one, others[label])) and not early.isnull().all():
            raise broken(6, who, f"column {label!r} uses a dated layer and has values before its vintage; expected NaN")


def _mixed(history: History, time: np.datetime64) -> History:
    return shuffled_future(history, time, np.random.default_rng(1))


def _reordered(history: History) -> History:
    return reordered(history, np.random.default_rng(2))


def remembered_past(history: History, time: np.datetime64) -> History:
    """Go back to a moment, once a History.

    Parameters
    ----------
    history : History
        Without a cutoff.
    time : numpy.datetime64
        Naive UTC.

    Returns
    -------
    History
        What was known; the same object each time.
    """
    return remembered(history, ("as_of", str(time)), lambda: history.as_of(time))


@contextmanager
def _threads(n: int) -> Iterator[None]:
    before = numba.get_num_threads()
    numba.set_num_threads(n)
    try:
        yield
    finally:
        numba.set_num_threads(before)
