"""Profile: the share of an interval in a window, and the moment before which a share lies."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.profile import Profile
from tests.reference import profile as reference

ZONE = "America/Chicago"
HOUR = np.timedelta64(3_600_000_000, "us")
EVEN = Profile({}, ZONE)
DAYTIME = np.where((np.arange(168) % 24 >= 8) & (np.arange(168) % 24 < 18), 5.0, 1.0)
DAYTIME /= DAYTIME.sum()
NIGHT = (1 / DAYTIME) / (1 / DAYTIME).sum()
BOTH = Profile({"burglary": DAYTIME, "arson": NIGHT}, ZONE)


def spans(seed, n=40):
    rng = np.random.default_rng(seed)
    start = np.datetime64("2024-03-08", "us") + rng.integers(0, 96 * 4, n) * (
        HOUR // 4
    )  # the clocks change on the 10th
    end = start + rng.integers(0, 40 * 4, n) * (HOUR // 4) * (rng.random(n) < 0.8)
    return start, end, rng.choice(["burglary", "arson", "theft"], n).astype(object)


@given(st.integers(0, 10_000))
def test_shares_are_those_of_the_twin_and_windows_share_everything(seed):
    start, end, category = spans(seed, 6)
    edges = np.datetime64("2024-03-07", "us") + np.arange(0, 12) * 16 * HOUR
    curves = {"burglary": DAYTIME, "arson": NIGHT, "theft": np.full(168, 1 / 168)}
    found = np.array([BOTH.share(start, end, category, *window) for window in pairwise(edges)])
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-9)
    slow = [
        [
            reference.share(curves[c], ZONE, s, e, low, high) if e > s else low <= s < high
            for s, e, c in zip(start, end, category, strict=True)
        ]
        for low, high in pairwise(edges)
    ]
    np.testing.assert_allclose(found, np.array(slow, float), atol=1e-8)


@given(st.integers(0, 10_000))
def test_a_place_is_the_inverse_of_the_share(seed):
    start, end, category = spans(seed)
    u = np.random.default_rng(seed).random((3, start.size))
    time = BOTH.place(start, end, category, u)
    assert time.shape == u.shape
    assert ((time >= start) & ((time < end) | (start == end))).all()
    for row in range(3):
        for i in np.flatnonzero(end > start)[:5]:
            before = BOTH.share(start[i : i + 1], end[i : i + 1], category[i], start[i], time[row, i])
            assert before[0] == pytest.approx(u[row, i], abs=1e-6)
    np.testing.assert_array_equal(time[:, start == end], np.broadcast_to(start, u.shape)[:, start == end])


def test_places_follow_the_curve():
    night = np.datetime64("2024-01-15T06:00", "us"), np.datetime64("2024-01-16T06:00", "us")  # a civil day
    u = (np.arange(10_000) + 0.5) / 10_000
    time = BOTH.place(*(np.full(u.size, edge) for edge in night), "burglary", u)
    civil = (time - 6 * HOUR).astype("datetime64[h]").astype(int) % 24
    assert ((civil >= 8) & (civil < 18)).mean() == pytest.approx(0.99 * 50 / 64 + 0.01 * 10 / 24, abs=1e-3)


def test_without_a_curve_all_is_even():
    start, end, category = spans(3)
    np.testing.assert_array_equal(EVEN.place(start, end, category, 0.5), start + (end - start) // 2)
    np.testing.assert_array_equal(EVEN.clock(start, "theft"), start.astype(np.int64))
    assert EVEN.is_uniform
    assert not BOTH.is_uniform
    low, high = start[0], start[0] + 5 * HOUR
    theft = category == "theft"
    for method in ("share",):
        ours, plain = (getattr(p, method)(start, end, category, low, high) for p in (BOTH, EVEN))
        np.testing.assert_array_equal(ours[theft], plain[theft])


def test_categories_without_a_curve_take_the_other():
    profile = Profile({"burglary": DAYTIME}, ZONE, other=NIGHT)
    np.testing.assert_array_equal(profile.curve("burglary"), DAYTIME)
    np.testing.assert_array_equal(profile.curve("theft"), NIGHT)
    assert Profile({}, ZONE).curve("theft") is None


def test_the_fingerprint_is_that_of_the_curves():
    same = Profile(dict(reversed(BOTH.curves.items())), ZONE, rows={"exact": 3})
    assert BOTH.fingerprint == same.fingerprint
    others = (
        EVEN,
        Profile(BOTH.curves, "UTC"),
        Profile(BOTH.curves, ZONE, other=NIGHT),
        Profile({"burglary": NIGHT}, ZONE),
    )
    assert len({profile.fingerprint for profile in (BOTH, *others)}) == 5


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        (np.full(24, 1 / 24), r"shape \(24,\); expected \(168,\)"),
        (np.full(168, 1.0), "adds up to 168"),
        (np.r_[-0.5, np.full(167, 1.5 / 167)], "least share of -0.5"),
        (np.full(168, np.nan), "least share of nan"),
    ],
)
def test_what_is_no_curve_is_refused(curve, message):
    with pytest.raises(InputError, match=message):
        Profile({"burglary": curve}, ZONE)
    with pytest.raises(InputError, match="'other'"):
        Profile({}, ZONE, other=curve)
