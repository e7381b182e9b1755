from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.windows import Duration, as_utc, as_utc_many, periods, to_utc
from tests.windows.strategies import ZONES, us, zones_and_moments

CHICAGO = "America/Chicago"
NOON = np.datetime64("2024-03-01T18:00", "us")  # 12:00 in Chicago


@pytest.mark.parametrize(
    "time",
    [
        "2024-03-01 12:00",
        " 2024-03-01T12:00:00.000 ",
        "2024-03-01T18:00Z",
        "2024-03-01 19:00+01:00",
        dt.datetime(2024, 3, 1, 12),
        dt.datetime(2024, 3, 1, 19, tzinfo=ZoneInfo("Europe/Amsterdam")),
        pd.Timestamp("2024-03-01 12:00"),
        pd.Timestamp("2024-03-01 23:30", tz="Asia/Kolkata"),
        np.datetime64("2024-03-01T18:00"),
        np.datetime64("2024-03-01T18:00:00.000000000", "ns"),
    ],
)
def test_one_moment_written_in_many_ways(time: object) -> None:
    utc = as_utc(time, CHICAGO)
    assert utc == NOON
    assert isinstance(utc, np.datetime64)
    assert utc.dtype == np.dtype("datetime64[us]")


@pytest.mark.parametrize("time", ["2024-03-01", "2024-03", dt.date(2024, 3, 1)])
def test_dates_and_months_begin_at_civil_midnight(time: object) -> None:
    assert as_utc(time, CHICAGO) == np.datetime64("2024-03-01T06:00")


@given(zones_and_moments(), st.sampled_from(ZONES))
def test_zoned_moments_do_not_depend_on_the_domain(case: tuple[str, dt.datetime], other: str) -> None:
    zone, time = case
    aware = time.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone))
    assert as_utc(aware, other) == as_utc(aware.isoformat(), other) == us(time)
    assert as_utc(time, other) == as_utc(time.isoformat(), other) == to_utc(us(time), other)


@pytest.mark.parametrize(
    "time",
    [
        "",
        "now",
        "today",
        "10:00",
        "01/02/2024",
        "2024",
        "20240301",
        "7D",
        "2024-03-01 12:00 tea",
        "2024-13-01",
    ],
)
def test_text_that_is_no_iso_time(time: str) -> None:
    with pytest.raises(InputError, match="expected ISO text such as") as caught:
        as_utc(time, CHICAGO)
    assert repr(time) in str(caught.value)


@pytest.mark.parametrize(
    "time",
    ["2024-02-30", "2024-03-01 25:00", 20240301, 1.5, True, [NOON], dt.time(12), Duration(1, "D")],
)
def test_rubbish_is_named_with_what_is_expected(time: object) -> None:
    with pytest.raises(InputError, match="expected ISO text such as") as caught:
        as_utc(time, CHICAGO)
    assert repr(time) in str(caught.value)


@pytest.mark.parametrize("time", [None, pd.NaT, np.datetime64("NaT")])
def test_missing_moment(time: object) -> None:
    with pytest.raises(InputError, match="expected ISO text such as"):
        as_utc(time, CHICAGO)


@pytest.mark.parametrize("time", ["0202-03-01", "2204-03-01", dt.date(1, 1, 1), np.datetime64("9999-01-01")])
def test_mistyped_year(time: object) -> None:
    with pytest.raises(InputError, match="expected 1900 to 2100"):
        as_utc(time, CHICAGO)


def test_many_moments() -> None:
    days = pd.date_range("2024-03-09", "2024-03-11", freq="D")
    expected = np.array(["2024-03-09T06:00", "2024-03-10T06:00", "2024-03-11T05:00"], "datetime64[us]")
    texts = ["2024-03-09", dt.date(2024, 3, 10), "2024-03-11T05:00Z"]
    for times in (
        days,
        days.tz_localize(CHICAGO),
        expected,
        pd.Series(days),
        list(days),
        texts,
        iter(texts),
    ):
        result = as_utc_many(times, CHICAGO)
        assert np.array_equal(result, expected)
        assert result.dtype == expected.dtype
    assert as_utc_many([], CHICAGO).shape == (0,)
    assert as_utc_many("2024-03-09", CHICAGO).tolist() == expected[:1].tolist()


@pytest.mark.parametrize("times", [5, None, ["2024-03-01", "soon"], [None], [np.datetime64("NaT")]])
def test_one_bad_moment_among_many(times: object) -> None:
    with pytest.raises(InputError, match="expected ISO text"):
        as_utc_many(times, CHICAGO)


def test_periods_keep_the_civil_time() -> None:
    weekly = periods("2024-03-01", "2024-03-31", "7D", CHICAGO)
    assert np.array_equal(weekly, as_utc_many(pd.date_range("2024-03-01", "2024-03-31", freq="7D"), CHICAGO))
    ends = periods("2024-01-31", "2024-05-31", "1M", "UTC").astype("datetime64[D]").astype(str)
    assert ends.tolist() == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    hours = periods("2024-03-10", "2024-03-11", "6h", CHICAGO)
    assert (np.diff(hours) == np.timedelta64(6, "h")).all()


@given(zones_and_moments(), st.integers(0, 900), st.integers(1, 90), st.sampled_from("hDWM"))
def test_periods_fill_the_span(case: tuple[str, dt.datetime], days: int, count: int, unit: str) -> None:
    zone, time = case
    start, end = time.replace(tzinfo=dt.UTC), (time + dt.timedelta(days=days)).replace(tzinfo=dt.UTC)
    times = periods(start, end, f"{count}{unit}", zone)
    longer = periods(start, end + dt.timedelta(days=100 * count), f"{count}{unit}", zone)
    assert times[0] == us(time)
    assert np.array_equal(times, longer[longer <= as_utc(end, zone)])
    assert len(longer) > len(times)
    assert (np.diff(longer) > np.timedelta64(0)).all()


def test_periods_the_wrong_way_round() -> None:
    with pytest.raises(InputError, match="got end '2024-01-01' before start '2024-02-01'"):
        periods("2024-02-01", "2024-01-01", "1D", CHICAGO)
    with pytest.raises(InputError, match="got zero"):
        periods("2024-01-01", "2024-02-01", "0D", CHICAGO)
