"""Rates of the hours of the week: the E step against its twin, the climb of the likelihood, and what is pooled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.profile.em import PULL, Seen, expected, fit_rates, log_likelihood, rates_of, scaled
from tests.reference import profile as reference

EVEN, NO_DAYS = np.ones(168), np.zeros(7)
NONE = np.zeros(0)


def seen(seed, n=60, dated=30):
    rng = np.random.default_rng(seed)
    exact = rng.multinomial(n, rng.dirichlet(np.ones(168))).astype(float)
    first = rng.integers(0, 168 * 4, n) / 4
    last = first + rng.integers(1, 168 * 4, n) / 4
    return Seen(
        exact, rng.multinomial(dated, np.ones(7) / 7).astype(float), first, last, rng.integers(1, 4, n).astype(float)
    )


def risks(seed):
    return np.random.default_rng([seed, 1]).choice([3.0, 4.0], 168)


@given(st.integers(0, 10_000))
def test_intervals_are_shared_out_as_by_hand(seed):
    rows, rates = seen(seed), np.random.default_rng(seed).uniform(0.1, 3, 168)
    counts = expected(rows, rates)
    np.testing.assert_allclose(counts, reference.expected(rates, rows.exact, *rows[2:]), rtol=1e-9, atol=1e-9)
    assert counts.sum() == pytest.approx(rows.rows - rows.dated.sum())


@given(st.integers(0, 10_000))
def test_without_smoothing_no_step_lowers_the_likelihood(seed):
    rows, risk = seen(seed), risks(seed)
    rates, before = EVEN, -np.inf
    for _ in range(40):
        rates = rates_of(expected(rows, rates), rows.dated, risk, EVEN, smooth=False)
        now = log_likelihood(rows, rates, risk)
        assert now >= before - 1e-9 * abs(now)
        before = now


def test_without_smoothing_exact_rows_give_counts_over_time_at_risk():
    rows, risk = seen(2)._replace(first=NONE, last=NONE, number=NONE, dated=NO_DAYS), risks(2)
    np.testing.assert_allclose(fit_rates(rows, risk, EVEN, smooth=False), scaled(rows.exact / risk, risk), atol=1e-12)


def test_dated_rows_speak_of_weekdays_only():
    rng = np.random.default_rng(4)
    exact = rng.multinomial(5000, rng.dirichlet(np.ones(168) * 5)).astype(float)
    rows = Seen(exact, NO_DAYS, NONE, NONE, NONE)
    many = rows._replace(dated=np.array([0, 0, 0, 0, 0, 9000.0, 0]))
    risk = np.full(168, 52.0)
    without, with_days = (fit_rates(r, risk, EVEN, smooth=False).reshape(7, 24) for r in (rows, many))
    np.testing.assert_allclose(
        with_days / with_days.sum(axis=1, keepdims=True), without / without.sum(axis=1, keepdims=True), atol=1e-12
    )
    days = exact.reshape(7, 24).sum(axis=1) + many.dated
    np.testing.assert_allclose(with_days.sum(axis=1) / with_days.sum(), days / days.sum(), atol=1e-12)


def test_few_rows_keep_what_is_usual_and_many_leave_it():
    rng = np.random.default_rng(0)
    usual, own = (scaled(rng.uniform(0.5, 2, 168), EVEN) for _ in range(2))
    risk = np.full(168, 52.0)
    none = Seen(np.zeros(168), NO_DAYS, NONE, NONE, NONE)
    np.testing.assert_allclose(rates_of(none.exact, NO_DAYS, risk, usual), scaled(usual, risk), rtol=1e-12)
    gaps = []
    for rows in (PULL, 100 * PULL, 1e4 * PULL):
        counts = own * rows  # that many in each hour
        gaps.append(np.abs(fit_rates(none._replace(exact=counts), risk, usual) - own).max())
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.01


def test_the_pool_is_a_product_of_weekday_and_hour():
    rates = fit_rates(seen(7, 3000), risks(7), EVEN, bins=False).reshape(7, 24)
    hours = rates / rates.sum(axis=1, keepdims=True)
    assert np.ptp(hours, axis=0).max() < 1e-12
    assert rates.ravel() @ risks(7) == pytest.approx(risks(7).sum())


def test_hours_that_were_never_observed_keep_what_is_usual():
    risk = np.where(np.arange(168) < 48, 4.0, 0.0)  # two days only
    rows = Seen(np.where(risk > 0, 30.0, 0.0), NO_DAYS, NONE, NONE, NONE)
    for smooth in (True, False):
        rates = fit_rates(rows, risk, EVEN, smooth=smooth)
        assert np.isfinite(rates).all()
        assert (rates > 0).all()
        np.testing.assert_allclose(rates[:48], 1, atol=1e-9)
