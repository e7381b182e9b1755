"""A clock by a weekly curve: rises, can be turned back, and keeps civil time over changes of the wall clock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.profile.clock import HOUR, MISSING, WEEK, Clock, make_clock
from tests.reference import profile as reference

ZONES = st.sampled_from(["America/Chicago", "Europe/Amsterdam", "UTC", "Australia/Lord_Howe", "Asia/Kathmandu"])
CURVES = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).dirichlet(np.full(168, 0.3)))
SECONDS = st.integers(946_684_800, 1_893_456_000)  # 2000 to 2030


def us(text):
    return np.datetime64(text, "us").astype(np.int64)


@given(CURVES, ZONES, SECONDS, st.integers(0, 30 * 86400))
def test_it_rises_and_can_be_turned_back(curve, zone, first, length):
    watch = Clock(curve, zone)
    edges = np.array([first, first + length]) * 1_000_000
    low, high = watch.read(edges)
    assert high >= low + length * 10_000 * 0.99  # never slower than a hundredth of the even pace
    np.testing.assert_allclose(watch.back(np.array([low, high])), edges, atol=200)  # 1 us at that pace, twice
    between = watch.back(np.linspace(low, high, 50).astype(np.int64))
    assert (np.diff(between) >= 0).all()


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("America/Chicago", "2024-03-09T20:00"), ("Europe/Amsterdam", "2023-10-28T10:00"), ("UTC", "2024-03-10T00:00")],
)
def test_it_passes_as_the_civil_hours_say(zone, moment):
    curve = np.random.default_rng(5).dirichlet(np.ones(168))
    start = us(moment)
    for hours in (1, 7.25, 30, 200):  # over the change of the clocks
        end = start + int(hours * HOUR)
        low, high = Clock(curve, zone).read(np.array([start, end]))
        times = (np.int64(t).astype("datetime64[us]") for t in (start, end))
        assert (high - low) / HOUR == pytest.approx(reference.passed(curve, zone, *times), abs=1e-8)


def test_an_even_clock_is_time_itself():
    times = us("2024-01-01") + np.arange(0, 366 * 24, 5) * HOUR
    read = Clock(np.full(168, 1 / 168), "America/Chicago").read(times)
    np.testing.assert_allclose(np.diff(read), 5 * HOUR, atol=50)


def test_a_week_without_a_change_takes_a_week():
    curve = np.random.default_rng(1).dirichlet(np.full(168, 0.1))
    times = us("2024-01-02T13:37") + np.arange(5) * WEEK
    assert set(np.diff(Clock(curve, "America/Chicago").read(times))) == {WEEK}


def test_a_missing_time_stays_missing_and_equal_curves_share_a_clock():
    curve = np.full(168, 1 / 168)
    assert Clock(curve, "UTC").read(np.array([MISSING, 0]))[0] == MISSING
    assert make_clock(curve.tobytes(), "UTC") is make_clock(curve.copy().tobytes(), "UTC")
