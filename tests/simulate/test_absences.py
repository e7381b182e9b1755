"""Burglaries of people who are away: the truth lies in the span on record, and a span says nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.simulate.absences import ALARMED, burglary_curve, draw_burglaries
from hotspot.windows import to_local

ZONE = "America/Chicago"
CURVE = burglary_curve()


def drawn(n=50_000, seed=0):
    return draw_burglaries(n, "2023-01-02", 52, ZONE, np.random.default_rng(seed))


def hours(times):
    local = to_local(times, ZONE) - np.datetime64("1970-01-05", "us")
    return local / np.timedelta64(1, "h") % 168


def test_the_curve_is_a_curve_and_the_times_follow_it():
    assert CURVE.shape == (168,)
    assert CURVE.sum() == pytest.approx(1)
    world = drawn()
    found = np.bincount(hours(world.time).astype(int), minlength=168)
    spring = 6 * 24 + 2  # this hour does not exist on one Sunday
    error = (found - 50_000 * CURVE) / np.sqrt(50_000 * CURVE)
    assert np.abs(np.delete(error, [spring, spring + 1])).max() < 4.5  # of 166 hours


def test_the_truth_lies_in_the_span():
    world = drawn()
    instant = world.start == world.end
    np.testing.assert_array_equal(world.time[instant], world.start[instant])
    assert ((world.start <= world.time) & (world.time < world.end))[~instant].all()
    assert instant[world.alarmed].all()
    assert world.alarmed.mean() == pytest.approx(ALARMED, abs=0.006)
    assert 0.3 < (~instant).mean() < 0.6
    assert (world.end - world.start).max() < np.timedelta64(7, "D")


def test_within_a_span_the_time_follows_the_curve():
    """Coarsening at random: of those away from 8 to 17 on record, times go by the curve inside."""
    world = drawn(400_000, 1)
    first, last, time = hours(world.start), hours(world.end), hours(world.time)
    away = (first % 24 > 7) & (first % 24 < 10) & (last - first > 5) & (last - first < 12)
    for low, high in ((10, 12), (13, 15)):
        inside = away & (first % 24 <= low) & (last % 24 >= high) & (last // 24 == first // 24)
        within = inside & (time % 24 >= low) & (time % 24 < high)
        early = within & (time % 24 < low + 1)
        day = np.unique((first[inside] // 24).astype(int), return_counts=True)[0]
        shape = CURVE.reshape(7, 24)[day[0], low:high]  # working days but Friday evening are alike
        assert early.sum() / within.sum() == pytest.approx(
            shape[0] / shape.sum(), abs=3.3 * 0.5 / np.sqrt(within.sum())
        )


def test_the_same_seed_gives_the_same():
    for one, other in zip(drawn(500, 3), drawn(500, 3), strict=True):
        np.testing.assert_array_equal(one, other)
