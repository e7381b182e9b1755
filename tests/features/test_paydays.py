"""Paydays against a walk over the calendar."""

from __future__ import annotations

import calendar
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.features.paydays import Paydays
from hotspot.windows import Windows
from tests.features import timed, worlds


def paid(days: tuple[int | str, ...], before_weekend: bool) -> set[dt.date]:
    found = set()
    for year in (2020, 2021, 2022):
        for month in range(1, 13):
            last = calendar.monthrange(year, month)[1]
            for day in days:
                date = dt.date(year, month, last if day == "last" else min(int(day), last))
                while before_weekend and date.weekday() > 4:
                    date -= dt.timedelta(1)
                found.add(date)
    return found


@pytest.mark.parametrize("days", [(1, 15), ("last",), (31,), (5, 20, "last")])
@pytest.mark.parametrize("before_weekend", [True, False])
def test_rules_equal_a_walk_over_the_calendar(days: tuple[int | str, ...], before_weekend: bool) -> None:
    times, windows = worlds.issue_times(*range(-30, 335, 11)), Windows("8h", 12)
    found = Paydays(days, before_weekend).compute(timed.history(), times, windows)
    start, end = windows.bounds(times, worlds.ZONE)
    off = paid(days, before_weekend)
    for i, j in np.ndindex(start.shape):
        middle = pd.Timestamp(start[i, j] + (end[i, j] - start[i, j]) // 2, tz="UTC").tz_convert(worlds.ZONE).date()
        until = next(k for k in range(70) if middle + dt.timedelta(k) in off)
        since = next(k for k in range(70) if middle - dt.timedelta(k) in off)
        np.testing.assert_array_equal(found.values[i, j, 1:], np.minimum([until, since], 31))
        minutes = pd.date_range(start[i, j], end[i, j], freq="30min", inclusive="left", tz="UTC").tz_convert(
            worlds.ZONE
        )
        assert found.values[i, j, 0] == pytest.approx(np.mean([minute.date() in off for minute in minutes]), abs=1e-12)
    assert found.attrs == {"units": ["1", "d", "d"], "source": "rule", "vintage": ""}


def test_a_layer_may_give_them() -> None:
    history = timed.history(timed.days(1), timed.days(2, name="wages"))
    times = worlds.issue_times(30, 60)
    found = Paydays(layer="wages", cap=14).compute(history, times, Windows("1D", 7))
    from hotspot.features.holidays import Holidays

    other = Holidays().compute(history, times, Windows("1D", 7))
    np.testing.assert_array_equal(found.values, other.values[..., 3:])
    with pytest.raises(InputError, match="no days layer is called 'wage'; did you mean 'wages'"):
        Paydays(layer="wage").compute(history, times, Windows("1D"))


@pytest.mark.parametrize("days", [(), (0,), (32,), ("first",), (True,), (1.5,)])
def test_what_is_no_day_is_refused(days: tuple[object, ...]) -> None:
    with pytest.raises(InputError, match="paydays days"):
        Paydays(days)
