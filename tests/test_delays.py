"""Delays of reports: exact against slow twins, right where the plain shares are not, blind to the future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.delays import DAY, HOUR, Delays, _reverse_product, estimate_latency, report_delays
from hotspot.errors import InputError
from hotspot.incidents import Incidents

START = np.datetime64("2024-01-01", "us")
CUTOFF = START + np.timedelta64(200, "D")
NAT = np.datetime64("NaT", "us")


def incidents(end: np.ndarray, known: np.ndarray, **columns: object) -> Incidents:
    """A table of what is needed; times in days since the start."""
    utc = [START + (np.asarray(days) * DAY * 1e6).astype("timedelta64[us]") for days in (end, np.nan_to_num(known))]
    utc[1] = np.where(np.isnan(known), NAT, utc[1])
    place = {"x": 0.0, "y": 0.0, "position_error": np.nan, "time_precision": "time", "superseded_at": NAT}
    table = pd.DataFrame({"id": [f"i{k}" for k in range(len(end))], "start": utc[0], "end": utc[0], "known_at": utc[1]})
    return Incidents(table.assign(**{"category": "x", **place, **columns}), "EPSG:26916")


def drawn(rng: np.random.Generator, rows: int, mean: float = 6.0) -> Incidents:
    """Ever more incidents, each told after an exponential time."""
    end = 200 * np.sqrt(rng.random(rows))
    return incidents(end, end + rng.exponential(mean, rows))


def chain_ladder(delay: np.ndarray, age: np.ndarray) -> dict[int, float]:
    """The development factors of a run-off triangle: cohorts by age, cumulative counts by delay."""
    longest = int(delay.max())
    cohorts = {a: [np.sum((age == a) & (delay <= u)) for u in range(longest + 1)] for a in set(age)}
    share, shares = 1.0, {longest: 1.0}
    for u in range(longest, 0, -1):
        seen = [counts for a, counts in cohorts.items() if a >= u]
        share *= sum(counts[u - 1] for counts in seen) / sum(counts[u] for counts in seen)
        shares[u - 1] = share
    return shares


def lynden_bell(delay: np.ndarray, age: np.ndarray, at: float) -> float:
    """The product-limit estimate for right truncation, by its definition."""
    share = 1.0
    for u in sorted(set(delay[delay > at])):
        share *= 1 - np.sum(delay == u) / np.sum((delay <= u) & (age >= u))
    return share


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60))
def test_whole_delays_are_a_chain_ladder(pairs: list[tuple[int, int]]) -> None:
    rows = np.array([(d, d + more) for d, more in [*pairs, (0, 12)]], float)
    delay, age = rows.T
    curve = _reverse_product(delay, age, 12.0)
    truth = chain_ladder(delay, age)
    np.testing.assert_allclose(curve.at(np.array(list(truth))), list(truth.values()), atol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_any_delays_are_the_product_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    delay, age = np.round(rng.exponential(3, 40), 1), np.round(rng.uniform(0, 20, 40), 1)
    delay, age = delay[delay <= age], age[delay <= age]
    if not delay.size:
        return
    curve = _reverse_product(delay, age, 20.0)
    for at in (0.0, 0.5, 2.0, 7.0, 20.0):
        assert curve.at(at) == pytest.approx(lynden_bell(delay, age, at), abs=1e-12)
    assert (np.diff(curve.completeness) >= 0).all()
    assert (curve.lower <= curve.completeness).all()
    assert (curve.completeness <= curve.upper).all()


def test_without_truncation_it_is_the_plain_share_with_greenwoods_variance() -> None:
    delay = np.array([1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 8.0, 9.0])
    curve = _reverse_product(delay, np.full(8, 100.0), 50.0)
    np.testing.assert_allclose(curve.completeness, [2 / 8, 3 / 8, 6 / 8, 7 / 8, 1], atol=1e-15)
    share, error = 6 / 8, np.sqrt(0.25 * 0.75 / 8)  # binomial, as Greenwood's is without truncation
    spread = np.exp(1.959963984540054 * error / share / -np.log(share))
    assert curve.lower[2] == pytest.approx(share**spread)
    assert curve.upper[2] == pytest.approx(share ** (1 / spread))


def test_the_true_delays_are_found_where_plain_shares_are_too_high() -> None:
    """Exponential delays, incidents on the rise; 60 feeds, so that the mean of the curves has a standard error."""
    ages, longest = np.array([1.0, 3.0, 7.0, 14.0]), 60.0
    truth = -np.expm1(-ages / 6) / -np.expm1(-longest / 6)
    rng, ours, plain, held = np.random.default_rng(88), [], [], []
    for _ in range(60):
        feed = drawn(rng, 3_000)
        curve = report_delays(feed, CUTOFF, longest="60D")
        ours.append(curve.at(ages * DAY))
        seen = feed.known_at <= CUTOFF
        late = (feed.known_at - feed.end)[seen] / np.timedelta64(1, "s")
        plain.append([(late <= age * DAY).mean() for age in ages])
        place = np.searchsorted(curve.age, ages * DAY, side="right") - 1
        held.append((curve.lower[place] <= truth) & (truth <= curve.upper[place]))
    error = np.std(ours, axis=0, ddof=1) / np.sqrt(len(ours))
    assert (np.abs(np.mean(ours, axis=0) - truth) < 3.3 * error).all()
    assert (np.mean(plain, axis=0) - truth > 3.3 * error).all()
    held_error = np.sqrt(0.95 * 0.05 / 60)
    assert (np.abs(np.mean(held, axis=0) - 0.95) < 3.3 * held_error).all()


def test_latency_is_rounded_up_to_hours_or_days() -> None:
    curve = Delays(
        np.array([0.0, 4 * HOUR + 1, DAY, 2 * DAY + 1]), np.array([0.1, 0.5, 0.8, 1.0]), *np.zeros((2, 4)), 1, 1
    )
    asked = {0.1: "0h", 0.3: "5h", 0.5: "5h", 0.8: "1D", 0.9: "3D", 1.0: "3D"}
    assert {share: curve.latency(share) for share in asked} == asked
    for wrong in (0.0, 1.1, float("nan")):
        with pytest.raises(InputError, match="share"):
            curve.latency(wrong)


def test_latency_of_known_delays() -> None:
    """Exponential with a mean of 6 days: 95 % within 18 days."""
    assert estimate_latency(drawn(np.random.default_rng(5), 40_000), CUTOFF) in ("17D", "18D", "19D")


def test_what_came_later_changes_nothing() -> None:
    feed = drawn(np.random.default_rng(6), 2_000)
    table = feed.table
    late = table["known_at"] > CUTOFF
    assert late.any()
    other = pd.concat([table[~late], table[late].assign(known_at=lambda t: t["known_at"] + pd.Timedelta("9D"), x=1.0)])
    revised = table[~late].head(300).assign(known_at=CUTOFF + np.timedelta64(1, "us"), category="z")
    curves = [
        report_delays(Incidents(part, feed.crs), CUTOFF)
        for part in (table, table[~late], other, pd.concat([table, revised]))
    ]
    for curve in curves[1:]:
        np.testing.assert_array_equal(curve.age, curves[0].age)
        np.testing.assert_array_equal(curve.completeness, curves[0].completeness)


def test_the_first_version_counts() -> None:
    feed = drawn(np.random.default_rng(7), 1_000)
    again = feed.table.head(400).assign(known_at=lambda t: t["known_at"] + pd.Timedelta("1h"), category="z")
    both = Incidents(pd.concat([again, feed.table]), feed.crs)
    np.testing.assert_array_equal(report_delays(both, CUTOFF).completeness, report_delays(feed, CUTOFF).completeness)


def test_an_archive_does_not_make_the_rest_look_late() -> None:
    """Of incidents as old as the archive only the late ones say when they were known; without care all look late."""
    rng = np.random.default_rng(8)
    end = 200 * rng.random(20_000)
    known = end + rng.exponential(6.0, end.size)
    from_archive = known < 160
    feed = incidents(end, np.where(from_archive, np.nan, known))
    naive = incidents(end[~from_archive], known[~from_archive])
    ours, careless = report_delays(feed, CUTOFF), report_delays(naive, CUTOFF)
    for curve, low, high in ((ours, -0.03, 0.03), (careless, -1, -0.03)):
        truth = -np.expm1(-3 / 6) / -np.expm1(-curve.longest / DAY / 6)
        assert low < curve.at(3 * DAY) - truth < high
    filled = incidents(end, np.where(from_archive, end + 3, known), said=~from_archive)
    np.testing.assert_array_equal(report_delays(filled, CUTOFF).completeness, report_delays(feed, CUTOFF).completeness)
    scattered = incidents(end, np.where(rng.random(end.size) < 0.05, np.nan, known))
    assert report_delays(scattered, CUTOFF).number > 15_000


def test_habits_change_and_categories_differ() -> None:
    rng = np.random.default_rng(9)
    end = 200 * rng.random(20_000)
    quick = rng.random(end.size) < 0.5
    feed = incidents(
        end, end + rng.exponential(np.where(quick, 1.0, 10.0)), category=np.where(quick, "calls", "records")
    )
    at = {name: float(report_delays(feed, CUTOFF, categories=[name]).at(2 * DAY)) for name in ("calls", "records")}
    assert at["calls"] > 0.8 > 0.3 > at["records"]
    changed = incidents(end, end + rng.exponential(np.where(end < 150, 20.0, 2.0)))
    old, new = (float(report_delays(changed, CUTOFF, memory=memory).at(4 * DAY)) for memory in (None, "50D"))
    assert new > 0.8 > 0.6 > old
    with pytest.raises(InputError, match="call"):
        report_delays(feed, CUTOFF, categories=["call"])


def test_too_little_is_refused() -> None:
    feed = drawn(np.random.default_rng(10), 60)
    with pytest.raises(InputError, match="declare the latency"):
        report_delays(feed, START + np.timedelta64(40, "D"))
    with pytest.raises(InputError, match="declare"):
        report_delays(incidents(np.arange(100.0), np.full(100, np.nan)), CUTOFF)
