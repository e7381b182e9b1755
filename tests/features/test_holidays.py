"""Holidays against a minute-by-minute count and a walk over the days."""

from __future__ import annotations

import datetime as dt

import holidays as published
import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.features.holidays import Holidays
from hotspot.layers import Days
from hotspot.windows import Windows
from tests.features import timed, worlds

WINDOWS = [Windows("1D", 9), Windows("8h", 30), Windows("7D", 2), Windows("1D", 4, ["07:00", "15:00", "23:00"])]
TIMES = worlds.issue_times(38, 150, 275, 325)  # both changes of the clocks lie within


def slow(start, end, off: set[dt.date], cap: int) -> tuple[float, float, float]:
    """Count minutes, and walk day by day."""
    minutes = pd.date_range(start, end, freq="10min", inclusive="left", tz="UTC").tz_convert(worlds.ZONE)
    share = np.mean([minute.date() in off for minute in minutes])
    day = pd.Timestamp(start + (end - start) // 2, tz="UTC").tz_convert(worlds.ZONE).date()
    until = next((k for k in range(cap) if day + dt.timedelta(k) in off), cap)
    since = next((k for k in range(cap) if day - dt.timedelta(k) in off), cap)
    return share, until, since


@pytest.mark.parametrize("windows", WINDOWS, ids=repr)
def test_public_holidays_equal_a_slow_count(windows: Windows) -> None:
    history = timed.history()
    found = Holidays(country="US", subdivision="IL", cap=20).compute(history, TIMES, windows)
    off = set(published.country_holidays("US", subdiv="IL", years=[2021, 2022]))
    start, end = windows.bounds(TIMES, worlds.ZONE)
    assert list(found["column"].values) == ["public_share", "public_until", "public_since"]
    assert found.attrs["units"] == ["1", "d", "d"]
    for i, j in np.ndindex(start.shape):
        assert found.values[i, j] == pytest.approx(slow(start[i, j], end[i, j], off, 20), abs=1e-12)
    assert found.values[..., 0].max() > 0


@pytest.mark.parametrize("category", [None, "strike"])
def test_days_of_layers_count_once_they_are_known(category: str | None) -> None:
    layer, times, windows = timed.days(4), worlds.issue_times(5, 30, 37, 60, 90), Windows("1D", 12)
    found = Holidays(category=category).compute(timed.history(layer), times, windows)
    start, end = windows.bounds(times, worlds.ZONE)
    for i, j in np.ndindex(start.shape):
        known = layer.frame[layer.known_at <= times[i]]
        known = known if category is None else known[known["category"] == category]
        off = {day.date() for row in known.itertuples() for day in pd.date_range(row.start, row.end)}
        assert found.values[i, j] == pytest.approx(slow(start[i, j], end[i, j], off, 14), abs=1e-12)


def test_layers_and_country_stand_side_by_side_and_equal_names_apart() -> None:
    history = timed.history(timed.days(1), timed.days(2))
    found = Holidays(country="US").compute(history, TIMES, Windows("1D"))
    assert [name for name in found["column"].values if name.endswith("share")] == [
        "public_share", "school_share", "school_2_share",
    ]  # fmt: skip
    assert found.attrs["source"][0] == "python-holidays, US"
    assert found.attrs["vintage"][3] == "by row"


def test_a_strike_announced_afterwards_is_never_seen_ahead() -> None:
    day = pd.to_datetime(["2021-03-10"])
    layer = Days(pd.DataFrame({"start": day, "known_at": pd.to_datetime(["2021-03-10T12:00"])}))
    times = np.array(["2021-03-09T06:00", "2021-03-10T06:00", "2021-03-10T12:00"], "datetime64[us]")
    found = Holidays().compute(timed.history(layer), times, Windows("1D", 1))
    np.testing.assert_array_equal(found.sel(column="days_share")[:, 0], [0, 0, 0])
    np.testing.assert_array_equal(found.sel(column="days_since")[:, 0], [14, 14, 1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"country": "USA2"}, "country: 'USA2' is not known"),
        ({"country": "US", "subdivision": "Illinois2"}, "subdivision: US has no 'Illinois2'"),
        ({"subdivision": "IL"}, "no country; expected both"),
        ({"cap": 0}, "cap: got 0"),
    ],
)
def test_unknown_places_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Holidays(**options)


def test_unknown_categories_and_missing_layers_are_named() -> None:
    with pytest.raises(InputError, match="did you mean 'strike'"):
        Holidays(category="strikes").compute(timed.history(timed.days()), TIMES, Windows("1D"))
    with pytest.raises(InputError, match="days off, or a country such as"):
        Holidays().compute(timed.history(), TIMES, Windows("1D"))
