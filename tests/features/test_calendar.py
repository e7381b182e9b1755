"""The calendar against pandas and against a minute-by-minute count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.features.calendar import Calendar
from hotspot.windows import Windows
from tests.features import worlds

WINDOWS = [
    Windows("1D", 9),
    Windows("8h", 30),
    Windows("7D", 2),
    Windows("1M", 3),
    Windows("1D", 4, ["07:00", "15:00", "23:00"]),
]


@pytest.mark.parametrize("windows", WINDOWS, ids=repr)
def test_columns_equal_a_slow_count(windows: Windows) -> None:
    history, times = worlds.history(worlds.table(1, 50)), worlds.issue_times(38, 39, 275, 333)
    found = Calendar().compute(history, times, windows)
    start, end = windows.bounds(times, worlds.ZONE)
    assert found.dims == ("issue_time", "lead", "column")
    for i, j in np.ndindex(start.shape):
        row = dict(zip(found["column"].values, found.values[i, j], strict=True))
        middle = pd.Timestamp(start[i, j] + (end[i, j] - start[i, j]) // 2, tz="UTC").tz_convert(worlds.ZONE)
        minutes = pd.date_range(start[i, j], end[i, j], freq="10min", inclusive="left", tz="UTC")
        weekend = np.isin(minutes.tz_convert(worlds.ZONE).day_of_week, [5, 6]).mean()
        wall = middle.tz_localize(None)
        share = (wall - pd.Timestamp(wall.year, 1, 1)) / (
            pd.Timestamp(wall.year + 1, 1, 1) - pd.Timestamp(wall.year, 1, 1)
        )
        expected = {
            "weekday": middle.day_of_week,
            "hour": (wall - wall.normalize()) / pd.Timedelta("1h"),
            "year_sine": np.sin(2 * np.pi * share),
            "year_cosine": np.cos(2 * np.pi * share),
            "length": (end[i, j] - start[i, j]) / np.timedelta64(1, "h"),
            "weekend_share": weekend,
        }
        assert row == pytest.approx(expected, abs=1e-9)


def test_other_days_off() -> None:
    history = worlds.history(worlds.table(1, 50))
    friday = Calendar(weekend=(4,)).compute(history, worlds.issue_times(0), Windows("1D", 7))
    np.testing.assert_array_equal(friday.sel(column="weekend_share"), friday.sel(column="weekday") == 4)
    with pytest.raises(InputError, match="weekend"):
        Calendar(weekend=(7,))


def test_hour_blocks_are_those_of_the_midpoint() -> None:
    history, times = worlds.history(worlds.table(1, 50)), worlds.issue_times(38, 275)
    windows = Windows("3h", 40)
    assert "hour_block" not in Calendar().compute(history, times, windows)["column"].values
    for blocks in ((0, 6, 12, 18), (7, 15, 23)):
        found = Calendar(blocks=blocks).compute(history, times, windows)
        hour = found.sel(column="hour").values
        expected = [max((b for b in blocks if b <= h), default=blocks[-1]) for h in hour.ravel()]
        np.testing.assert_array_equal(
            np.array(blocks)[found.sel(column="hour_block").values.astype(int)].ravel(), expected
        )
    for wrong in ((6, 0), (0, 24), (0.5,), (0, 0)):
        with pytest.raises(InputError, match="blocks"):
            Calendar(blocks=wrong)
