"""Times as records write them: what is a date, what is no time, and days that do not begin at midnight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.io.times import parse_times


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-03-01T07:00", "2024-03-01T13:00"),
        (" 2024-03-01 07:00 ", "2024-03-01T13:00"),
        ("2024-03-01T07:00:00.250", "2024-03-01T13:00:00.250"),
        ("2024-03-01T07:00:00,25", "2024-03-01T13:00:00.250"),
        ("2024-03-01T07:00:00.123456789", "2024-03-01T13:00:00.123456"),
        ("2024-03-01T07:00Z", "2024-03-01T07:00"),
        ("2024-03-01T07:00 +05:30", "2024-03-01T01:30"),
        ("2024-03-01 07:00:00-0330", "2024-03-01T10:30"),
        ("2024-11-03T01:30", "2024-11-03T06:30"),  # twice that night: the first
        ("2024-03-01", "2024-03-01T06:00"),
    ],
)
def test_text(text: str, utc: str) -> None:
    parsed = parse_times(pd.Series([text, "1999-01-01T00:01"]), "America/Chicago", "here")
    assert parsed.utc[0] == np.datetime64(utc, "us")
    assert parsed.dated[0] == (len(text) == 10)


@pytest.mark.parametrize(
    "text",
    ["2024", "2024-03", "20240301", "10:00", "now", "2024-03-01Z", "2024-03-01T7:00", "2024-03-01T07", "1/2/2024",
     "2024-03-01T07:00+5", "2024-03-01T07:00 CST", "2024-13-01", "1899-12-31", "2024-03-01T24:00", "0000-00-00"],
)  # fmt: skip
def test_text_that_is_no_time(text: str) -> None:
    parsed = parse_times(pd.Series([text]), "America/Chicago", "here")
    assert parsed.unparsable.tolist() == [True]
    assert np.isnat(parsed.utc).all()


def test_each_row_is_one_of_four() -> None:
    texts = ["2024-03-01", "", None, "NaT", "soon", "2024-03-10T02:15", "2024-03-10T03:15"]
    parsed = parse_times(pd.Series(texts), "America/Chicago", "here")
    fine = ~np.isnat(parsed.utc)
    assert (fine.astype(int) + parsed.missing + parsed.unparsable + parsed.skipped == 1).all()
    assert parsed.missing.sum() == 3
    assert (parsed.unparsable.sum(), parsed.skipped.sum()) == (1, 1)


@pytest.mark.parametrize(
    "values", [["2018-11-04"], pd.to_datetime(["2018-11-04"]), pd.to_datetime(["2018-11-04"]).date]
)
def test_a_day_whose_midnight_the_clocks_skip_begins_an_hour_later(values: object) -> None:
    parsed = parse_times(pd.Series(values), "America/Sao_Paulo", "here")
    assert str(parsed.utc[0]) == "2018-11-04T03:00:00.000000"
    assert str(parsed.next_day[0]) == "2018-11-05T02:00:00.000000"
    assert not parsed.skipped.any()


def test_a_column_of_midnights_holds_dates() -> None:
    zone = "America/Chicago"
    days = pd.date_range("2024-03-08", periods=5)
    for values in (
        days,
        days.tz_localize(zone),
        days.tz_localize(zone).tz_convert("UTC"),
        days.strftime("%Y-%m-%dT%H:%M"),
    ):
        parsed = parse_times(pd.Series(values), zone, "here")
        assert parsed.midnights
        np.testing.assert_array_equal(parsed.next_day[:-1], parsed.utc[1:])
    mixed = parse_times(pd.Series([*days, pd.Timestamp("2024-03-08 00:01")]), zone, "here")
    assert not mixed.midnights
    assert np.isnat(mixed.next_day).all()


def test_numbers_are_no_times_but_an_empty_column_is_missing() -> None:
    with pytest.raises(InputError, match="here: holds numbers"):
        parse_times(pd.Series([20240301]), "UTC", "here")
    assert parse_times(pd.Series([np.nan, np.nan]), None, "here").missing.all()
