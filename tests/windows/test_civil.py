from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.windows import civil_midnight, shift, to_local, to_utc
from tests.reference import civil as twin
from tests.windows.strategies import us, zones_and_moments

CHICAGO = "America/Chicago"


@given(zones_and_moments())
def test_wall_clock_equals_the_twin(case: tuple[str, dt.datetime]) -> None:
    zone, time = case
    assert to_local(us(time), zone) == us(twin.to_local(time, zone))
    # The same moment read as a wall clock time, then one beside the clock change.
    for wall in (time, twin.to_local(time, zone)):
        assert to_utc(us(wall), zone) == us(twin.to_utc(wall, zone))
        strict = to_utc(us(wall), zone, nonexistent="NaT")
        assert np.isnat(strict) == (not twin.exists(wall, zone))


@given(zones_and_moments())
def test_round_trips_err_to_the_safe_side(case: tuple[str, dt.datetime]) -> None:
    zone, time = case
    utc = us(time)
    there_and_back = to_utc(to_local(utc, zone), zone)
    assert there_and_back <= utc  # the first occurrence
    assert to_local(there_and_back, zone) == to_local(utc, zone)
    assert to_local(to_utc(utc, zone), zone) >= utc  # skipped times move forward


@pytest.mark.parametrize(
    ("zone", "pandas_rule", "rule"),
    [
        (CHICAGO, "shift_forward", "shift"),
        ("Asia/Beirut", "shift_forward", "shift"),
        (CHICAGO, "NaT", "NaT"),
        ("Australia/Lord_Howe", "NaT", "NaT"),  # pandas 3.1 moves a skipped 02:10 to 03:00, not to 02:30
    ],
)
def test_arrays_equal_pandas(zone: str, pandas_rule: str, rule: str) -> None:
    wall = pd.date_range("2009-12-31", "2026-01-01", freq="17min")
    oracle = wall.tz_localize(zone, nonexistent=pandas_rule, ambiguous=np.ones(len(wall), bool))
    utc = to_utc(wall, zone, nonexistent=rule)
    expected = oracle.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
    assert np.array_equal(utc, expected, equal_nan=True)
    assert np.isnat(utc).any() == (rule == "NaT")


def test_shape_is_kept_and_missing_stays_missing() -> None:
    times = np.array([["2024-03-10T08:00", "NaT"], ["2024-11-03T06:30", "2024-11-03T07:30"]], "datetime64[s]")
    for result in (
        to_local(times, CHICAGO),
        to_utc(times, CHICAGO),
        to_utc(times, CHICAGO, nonexistent="NaT"),
        shift(times, "1M", CHICAGO),
        shift(times, "1h", CHICAGO),
        civil_midnight(times, CHICAGO),
        civil_midnight(times, CHICAGO, "ceil"),
    ):
        assert result.shape == (2, 2)
        assert result.dtype == np.dtype("datetime64[us]")
        assert np.isnat(result).tolist() == [[False, True], [False, False]]
    assert to_utc(times[:0], CHICAGO).shape == (0, 2)


@given(zones_and_moments(), st.integers(1, 400), st.sampled_from("hDWM"), st.sampled_from([1, -1]))
def test_shift_equals_the_twin(case: tuple[str, dt.datetime], count: int, unit: str, sign: int) -> None:
    zone, time = case
    shifted = shift(us(time), f"{count}{unit}", zone, sign)
    if unit == "h":
        assert shifted == us(time + sign * dt.timedelta(hours=count))
    else:
        assert shifted == us(twin.to_utc(twin.add(twin.to_local(time, zone), sign * count, unit), zone))


@given(zones_and_moments(), st.sampled_from(["0h", "0D", "0W", "0M"]))
def test_shift_by_nothing_moves_nothing(case: tuple[str, dt.datetime], zero: str) -> None:
    assert shift(us(case[1]), zero, case[0]) == us(case[1])


def test_shift_keeps_the_wall_clock() -> None:
    noon = us(dt.datetime(2024, 3, 9, 18))  # 12:00 in Chicago, the day before a day of 23 hours
    assert shift(noon, "1D", CHICAGO) == np.datetime64("2024-03-10T17:00")
    assert shift(noon, "24h", CHICAGO) == np.datetime64("2024-03-10T18:00")
    second = us(dt.datetime(2024, 11, 3, 7, 30))  # 01:30 for the second time
    assert shift(second, "1D", CHICAGO) == np.datetime64("2024-11-04T07:30")
    assert shift(shift(second, "1D", CHICAGO), "1D", CHICAGO, -1) == np.datetime64("2024-11-03T06:30")


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2024-01-31", "1M", "2024-02-29"),
        ("2023-01-31", "1M", "2023-02-28"),
        ("2024-01-31", "2M", "2024-03-31"),
        ("2024-02-29", "12M", "2025-02-28"),
        ("1969-12-31", "2M", "1970-02-28"),
    ],
)
def test_months_clip(start: str, months: str, expected: str) -> None:
    assert shift(np.datetime64(f"{start}T13:14:15.5"), months, "UTC") == np.datetime64(f"{expected}T13:14:15.5")


@given(zones_and_moments())
def test_midnight_is_the_nearest_one(case: tuple[str, dt.datetime]) -> None:
    zone, time = case
    instants = [instant for instant, _ in twin.midnights(time, zone)]
    assert civil_midnight(us(time), zone) == us(max(i for i in instants if i <= time))
    assert civil_midnight(us(time), zone, "ceil") == us(min(i for i in instants if i >= time))


def test_clocks_that_go_back_into_the_day_before() -> None:
    zone = "America/St_Johns"  # on 7 November 2010 from 00:01 to 23:01 of the 6th: midnight comes twice
    late = np.datetime64("2010-11-07T03:00")
    assert to_local(late, zone) == np.datetime64("2010-11-06T23:30")
    assert civil_midnight(late, zone) == np.datetime64("2010-11-07T02:30")
    assert civil_midnight(late, zone, "ceil") == np.datetime64("2010-11-08T03:30")


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        (CHICAGO, "2024-03-10", "2024-03-10T06:00", 23),
        (CHICAGO, "2024-11-03", "2024-11-03T05:00", 25),
        ("Europe/Amsterdam", "2024-03-31", "2024-03-30T23:00", 23),
        ("Europe/Amsterdam", "2024-10-27", "2024-10-26T22:00", 25),
        ("America/Santiago", "2024-09-08", "2024-09-08T04:00", 23),  # starts at 01:00
        ("America/Santiago", "2024-04-06", "2024-04-06T03:00", 25),
        ("Asia/Beirut", "2024-03-31", "2024-03-30T22:00", 23),
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00", 23),
        ("America/Havana", "2024-11-03", "2024-11-03T04:00", 25),  # midnight comes twice
        ("Australia/Lord_Howe", "2024-10-06", "2024-10-05T13:30", 23.5),
        ("Asia/Kolkata", "2024-10-06", "2024-10-05T18:30", 24),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00", 24),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),  # never was
    ],
)
def test_days_known_from_the_almanac(zone: str, day: str, start: str, hours: float) -> None:
    date = np.datetime64(day, "D")
    begin, end = to_utc(np.array([date, date + 1]), zone)
    assert begin == np.datetime64(start)
    assert (end - begin) / np.timedelta64(1, "h") == hours


def test_times_outside_the_table_keep_the_nearest_offset() -> None:
    far = np.array(["0001-01-01T12:00", "2500-07-01T12:00"], "datetime64[us]")
    assert np.array_equal(to_utc(to_local(far, CHICAGO), CHICAGO), far)
    assert to_local(far[1], CHICAGO) == np.datetime64("2500-07-01T06:00")


@pytest.mark.parametrize("zone", ["America/Chicgo", "", "America", "/etc/hosts", "../UTC", None, 5])
def test_unknown_zone(zone: str) -> None:
    with pytest.raises(InputError, match=r"time zone: got .* expected an IANA name"):
        to_local(np.datetime64("2024-01-01"), zone)


def test_misspelt_zone_gets_a_hint() -> None:
    with pytest.raises(InputError, match="did you mean 'America/Chicago'"):
        to_utc(np.datetime64("2024-01-01"), "America/Chicgo")


def test_refused_arguments() -> None:
    now = np.datetime64("2024-01-01")
    with pytest.raises(InputError, match="nonexistent: got 'raise'"):
        to_utc(now, "UTC", nonexistent="raise")
    with pytest.raises(InputError, match="civil_midnight side: got 'round'"):
        civil_midnight(now, "UTC", "round")
    with pytest.raises(InputError, match="shift sign: got 0"):
        shift(now, "1D", "UTC", 0)
    with pytest.raises(InputError, match="duration '1d'"):
        shift(now, "1d", "UTC")
    zoned = pd.date_range("2024-01-01", periods=2, tz="UTC")
    for times in ("2024-01-01", 5, [1.0, 2.0], zoned):
        with pytest.raises(InputError, match=r"expected naive UTC datetime64; turn .* as_utc"):
            to_local(times, "UTC")
