"""Estimating a profile: known truth comes back, and each kind of row says what it can."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.profile import estimate_profile
from hotspot.profile.fit import time_at_risk
from hotspot.windows import to_utc
from tests.profile.worlds import (
    FIRST,
    HOUR,
    SINCE,
    TRUTH,
    UNTIL,
    WORKING,
    ZONE,
    by_em,
    by_likelihood,
    drawn,
    estimated,
    evenly,
    held_out_hours,
    records,
)

DAY = np.timedelta64(1, "D")


def test_the_true_curve_comes_back_and_spreading_evenly_does_not():
    worlds = [drawn(20_000, [1, k]) for k in range(12)]
    curves = np.array([by_em(w) for w in worlds])
    even = np.array([evenly(w) for w in worlds])
    assert 0.35 < np.mean([w.end > w.start for w in worlds]) < 0.5
    assert np.abs(curves - TRUTH).sum(axis=1).max() < 0.1 < 0.17 < np.abs(even - TRUTH).sum(axis=1).min()
    assert min(np.corrcoef(curve, TRUTH)[0, 1] for curve in curves) > 0.98
    # the share of working hours: the pull to the even curve costs less than a hundredth, spreading evenly far more
    share = TRUTH[WORKING].sum()
    errors = [found[:, WORKING].sum(axis=1) - share for found in (curves, even)]
    assert np.abs(errors[0].mean()) < 0.01 < 0.02 < -errors[1].mean()
    assert errors[0].std() < 2 * np.sqrt(share * (1 - share) / 20_000)
    # times that are known whatever the hour, of another year
    hour = held_out_hours(20_000, 2)
    gains = np.log(curves[:, hour]) - np.log(even[:, hour])
    assert gains.mean() > 3.3 * gains.mean(axis=0).std() / np.sqrt(hour.size)


def test_without_smoothing_the_share_of_working_hours_is_right_within_its_error():
    found = [by_likelihood(drawn(5_000, [2, k]))[WORKING].sum() for k in range(12)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - TRUTH[WORKING].sum()) < 3.3 * error < 0.01


def test_more_records_come_nearer():
    gaps = [np.abs(estimated(*drawn(n, 3)[1:3]).curve("burglary") - TRUTH).sum() for n in (300, 3_000, 30_000, 300_000)]
    assert gaps[0] > gaps[1] > gaps[2] > gaps[3]
    assert gaps[3] < 0.04


def test_a_rare_category_is_drawn_to_the_city():
    many, few = drawn(20_000, 5), drawn(10, 6)
    start, end = (np.concatenate([getattr(w, edge) for w in (many, few)]) for edge in ("start", "end"))
    profile = estimated(start, end, category=["burglary"] * 20_000 + ["arson"] * 10)
    city = np.asarray(profile.other)
    assert np.abs(profile.curve("arson") - city).sum() < 0.12
    assert np.abs(profile.curve("burglary") - city).sum() > 0.25  # its Fridays and weekends differ by more than a level
    np.testing.assert_array_equal(profile.curve("never seen"), city)


def test_days_say_the_weekday_and_nothing_of_the_hour():
    days = to_utc(np.arange("2023-01-02", "2023-12-31", dtype="datetime64[D]"), ZONE)
    weekday = np.arange(days.size - 1) % 7
    start = np.repeat(days[:-1], 1 + 4 * (weekday == 5))
    end = np.repeat(days[1:], 1 + 4 * (weekday == 5))
    profile = estimated(start, end, precision="day")
    curve = profile.curve("burglary").reshape(7, 24)
    assert np.ptp(curve, axis=1).max() < 0.001 * curve.mean()
    assert curve[5].sum() == pytest.approx(5 / 11, abs=0.05)
    assert profile.rows["days"] == start.size
    # and beside rows with times, hours within each weekday stay as these say
    world = drawn(3_000, 7)
    alone = estimated(world.start, world.end).curve("burglary").reshape(7, 24)
    both = estimated(
        np.r_[world.start, start], np.r_[world.end, end], precision=["time"] * 3_000 + ["day"] * start.size
    ).curve("burglary").reshape(7, 24)  # fmt: skip
    hours = [curve / curve.sum(axis=1, keepdims=True) for curve in (alone, both)]
    assert np.abs(hours[0] - hours[1]).sum(axis=1).max() < 0.05
    assert both[5].sum() > alone[5].sum() + 0.02


@pytest.mark.parametrize("minute", [0, 1])
def test_times_heaped_just_after_midnight_are_taken_as_unknown(minute):
    world = drawn(5_000, 8)
    days = np.arange("2023-01-03", "2023-12-24", dtype="datetime64[D]").astype("datetime64[us]")
    heap = np.repeat(to_utc(days + minute * np.timedelta64(60_000_000, "us"), ZONE), 3)
    profile = estimated(np.r_[world.start, heap], np.r_[world.end, heap])
    assert profile.rows["heaped after midnight"] >= heap.size
    clean = estimated(world.start, world.end)
    assert clean.rows["heaped after midnight"] == 0
    midnight = np.arange(168) % 24 == 0
    assert profile.curve("burglary")[midnight].sum() < 1.3 * clean.curve("burglary")[midnight].sum()


def test_long_intervals_and_rows_outside_the_time_observed_are_left_out_and_counted():
    world = drawn(2_000, 9)
    monday = to_utc(np.array([FIRST], "datetime64[us]"), ZONE)
    odd_start = np.r_[monday + 8 * DAY, monday + DAY, monday - 3 * DAY, UNTIL]
    odd_end = np.r_[monday + 16 * DAY, monday + 8 * DAY, monday - 3 * DAY, UNTIL + HOUR]
    alone, both = estimated(*world[1:3]), estimated(np.r_[world.start, odd_start], np.r_[world.end, odd_end])
    assert (both.rows["longer than 7 days"], both.rows["outside the time observed"]) == (1, 2)
    assert both.rows["intervals"] == alone.rows["intervals"] + 1  # a week to the day is short enough
    assert np.abs(both.curve("burglary") - alone.curve("burglary")).sum() < 0.01


def test_time_at_risk_adds_up_over_changes_of_the_clocks():
    risk = time_at_risk(SINCE, UNTIL, ZONE)
    assert risk.sum() == pytest.approx((UNTIL - SINCE) / HOUR)
    skipped, repeated = 6 * 24 + 2, 6 * 24 + 1  # Sundays: 02:00 was skipped in March, 01:00 came twice in November
    assert (risk[skipped], risk[repeated]) == (51, 53)
    assert set(np.delete(risk, [skipped, repeated])) == {52}
    part = time_at_risk(SINCE + np.timedelta64(10, "m"), SINCE + np.timedelta64(75, "m"), ZONE)
    np.testing.assert_allclose(part[:2], [50 / 60, 15 / 60])


def test_hours_count_relative_to_the_time_they_were_observed():
    """Ten days of an even stream: Mondays to Wednesdays were seen twice, and get no more than their share."""
    start = to_utc(np.datetime64(FIRST, "us") + np.arange(10 * 24 * 60) * np.timedelta64(60_000_000, "us"), ZONE)
    curve = estimate_profile(records(start, start), ZONE, start[0], start[-1] + np.timedelta64(60_000_000, "us"))
    np.testing.assert_allclose(curve.curve("burglary"), 1 / 168, rtol=1e-6)


def test_no_row_gives_the_even_profile():
    profile = estimated(np.array([], "datetime64[us]"), np.array([], "datetime64[us]"))
    np.testing.assert_allclose(profile.curve("anything"), 1 / 168)
