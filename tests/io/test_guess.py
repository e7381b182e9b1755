from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.io.guess.names import name_score
from hotspot.io.guess.times import guess_times
from hotspot.io.guess.written import toml_comments, toml_text
from hotspot.io.guess.zones import TOWNS, guess_zone

PATTERNS = [
    "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %H:%M", "%d-%m-%Y", "%d.%m.%y %H:%M:%S", "%Y/%m/%d %I:%M:%S %p", "%Y/%m/%d",
    "%Y %b %d %I:%M:%S %p", "%Y%m%d", "%Y%m%d%H%M", "%Y-%m", "%YMM%m", "%m/%d/%y", "%Y/%m/%d %H:%M:%S%z", "%H:%M",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pattern_is_found_and_reads_what_was_written(pattern):
    moments = pd.date_range("2021-01-05 03:07:11", periods=120, freq="77h", tz="UTC")
    texts = pd.Series(moments.strftime(pattern))
    guess = guess_times(texts)
    assert guess is not None
    assert guess.pattern == pattern
    assert guess.sure
    assert [datetime.strptime(text, pattern) for text in texts][:1]


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ"])
def test_iso_needs_no_pattern(form):
    guess = guess_times(pd.Series(pd.date_range("2021-01-05 03:07:11", periods=50, freq="77h").strftime(form)))
    assert guess is not None
    assert guess.pattern is None
    assert guess.what == ("date" if form == "%Y-%m-%d" else "time")
    assert guess.offsets == float(form.endswith("Z"))


@pytest.mark.parametrize("texts", [["a", "b"], ["12", "13"], ["1.5", "2.5"], [None, None], ["99/99/2020"], ["2024"]])
def test_what_is_no_time_is_left_alone(texts):
    assert guess_times(pd.Series(texts, dtype=object)) is None


def test_midnights_are_dates():
    texts = pd.Series(pd.date_range("2021-01-05", periods=40).strftime("%m/%d/%Y %I:%M:%S %p"))
    guess = guess_times(texts)
    assert guess is not None
    assert guess.what == "date"


def test_midnight_of_another_zone_is_a_date():
    local = pd.date_range("2024-01-01", periods=300, tz="America/Toronto").tz_convert("UTC")
    guess = guess_times(pd.Series(local.strftime("%m/%d/%Y %I:%M:%S %p")))
    assert guess is not None
    assert guess.what == "date"
    assert "another zone" in guess.why[0]


def test_both_orders_are_doubted():
    guess = guess_times(pd.Series(["13/01/2024", "01/13/2024", "14/02/2024"]))
    assert guess is not None
    assert not guess.sure
    assert guess.pattern == "%d/%m/%Y"


@pytest.mark.parametrize("zone", sorted(TOWNS))
def test_towns_lie_in_zones_that_exist_and_are_found(zone):
    assert zone in available_timezones()
    for latitude, longitude in TOWNS[zone]:
        assert guess_zone(longitude, latitude).zone == zone


@pytest.mark.parametrize(
    ("longitude", "latitude", "zone"),
    [
        (-71.1, 42.3, "America/New_York"), (-76.6, 39.3, "America/New_York"), (-122.33, 47.6, "America/Los_Angeles"),
        (-79.38, 43.65, "America/Toronto"), (-1.5, 53.8, "Europe/London"), (5.1, 52.1, "Europe/Amsterdam"),
        (4.35, 50.85, "Europe/Brussels"), (139.7, 35.7, "Asia/Tokyo"), (-74.1, 4.7, "America/Bogota"),
    ],
)  # fmt: skip
def test_zone_of_a_town(longitude, latitude, zone):
    guess = guess_zone(longitude, latitude)
    assert guess.zone == zone
    assert guess.is_near


def test_a_border_and_the_open_sea_are_weak():
    between = guess_zone(-8.68, 41.72)  # Porto and Vigo keep different clocks
    assert {between.zone, *between.others} == {"Europe/Lisbon", "Europe/Madrid"}
    assert not between.is_near
    assert not guess_zone(-35.0, 0.0).is_near


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_place_gets_a_zone_that_exists(longitude, latitude):
    guess = guess_zone(longitude, latitude)
    assert ZoneInfo(guess.zone)
    assert guess.distance_km >= 0


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_toml_text_reads_back(text):
    import tomllib

    line = f"a = {toml_text(text)}"
    assert tomllib.loads(line) == {"a": text}
    assert line.isprintable()
    assert tomllib.loads("\n".join(toml_comments([text]))) == {}


@pytest.mark.parametrize(
    ("ours", "better", "worse"),
    [
        ("category", "OFNS_DESC", "PREM_TYP_DESC"), ("category", "Crime type", "Last outcome category"),
        ("id", "Case Number", "Beat"), ("start", "DATE OCC", "Date Rptd"), ("known_at", "RPT_DT", "CMPLNT_FR_DT"),
        ("end", "CMPLNT_TO_DT", "CMPLNT_FR_DT"), ("x", "LONG_WGS84", "LAT_WGS84"), ("updated_at", "Updated On", "Date"),
    ],
)  # fmt: skip
def test_names_speak(ours, better, worse):
    assert name_score(better, ours) > name_score(worse, ours)
