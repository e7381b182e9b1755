from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize
from scipy.stats import nbinom

from hotspot.errors import InputError
from hotspot.models._gamma import HIGHEST_SHAPE, balanced, fit_gamma, log_marginal, posterior_mean
from hotspot.models.counts import Counts
from hotspot.profile import Profile
from hotspot.windows import Windows
from tests.models.histories import FIRST, at_cells, city, history, points_in, squares

WEEK = Windows("7D", leads=2)
GRID = squares(6, 5)


def spread_counts(counts, cutoff=100.0, domain=GRID, **options):
    """A History with the given count in each cell."""
    cell = np.repeat(np.arange(domain.n_cells), counts)
    days = np.linspace(0, cutoff - 1, cell.size)
    return history(domain, days, *at_cells(domain, cell), cutoff=cutoff, **options)


def forecast(recipe, past, windows=WEEK):
    return recipe.fit(past, windows=windows).forecast(past)["expected_count"].values[0]


some_counts = hnp.arrays(np.int64, GRID.n_cells, elements=st.integers(0, 9)).filter(np.any)


@given(some_counts)
def test_equal_cells_keep_the_order_of_their_counts(counts):
    expected = forecast(Counts(), spread_counts(counts))[0]
    more = counts[:, None] > counts[None, :]
    assert (expected[:, None] > expected[None, :])[more].all()
    assert (expected > 0).all()


@given(some_counts)
def test_the_time_at_risk_keeps_its_total(counts):
    past = spread_counts(counts)
    week = forecast(Counts(), past)[0].sum()
    time = (past.complete_until - past.observed_from) / np.timedelta64(7, "D")
    assert week * time == pytest.approx(counts.sum(), rel=1e-12)


def test_total_is_kept_with_cut_cells_and_after_the_fit():
    domain = city()
    rng = np.random.default_rng(3)
    past = history(domain, np.sort(rng.uniform(0, 90, 400)), *points_in(domain, 400, rng), cutoff=100.0)
    fitted = Counts().fit(past.as_of(FIRST + np.timedelta64(40, "D")), windows=WEEK)
    for known in (past.as_of(FIRST + np.timedelta64(40, "D")), past):
        days = (known.complete_until - known.observed_from) / np.timedelta64(1, "D")
        total = fitted.forecast(known)["expected_count"].values[0, 0].sum() / 7 * days
        assert total == pytest.approx(len(known.incidents), rel=1e-12)


def test_without_shrinkage_it_counts():
    counts = np.arange(GRID.n_cells) % 4
    expected = forecast(Counts(shrinkage=False), spread_counts(counts, cutoff=70.0))
    np.testing.assert_allclose(expected, np.tile(counts / 10, (2, 1)), rtol=1e-12)


def test_memory_forgets_what_is_older_and_shortens_the_time_at_risk():
    cell = np.array([0, 0, 0, 1, 2])
    past = history(GRID, [0, 10, 20, 75, 99], *at_cells(GRID, cell), cutoff=100.0)
    expected = forecast(Counts(memory="28D", shrinkage=False), past)[0]
    np.testing.assert_allclose(expected[:3], [0, 0.25, 0.25])
    np.testing.assert_array_equal(
        forecast(Counts(memory="999D"), past), forecast(Counts(), past), "no longer than the record"
    )


def test_memory_cuts_an_interval_by_the_profile():
    late = Profile({"burglary": np.repeat([1.0, 3.0], 84) / 336}, "UTC")  # three quarters from Thursday noon on
    past = history(GRID, [0.0, 71.5], *at_cells(GRID, [0, 0]), cutoff=100.0, hours=[0.0, 96.0]).spread_by(late)
    expected = forecast(Counts(memory="28D", shrinkage=False), past)[0]
    start = FIRST + np.timedelta64(72, "D")
    half = FIRST + np.array([1716], "timedelta64[h]")
    share = late.share(half, half + np.timedelta64(4, "D"), "burglary", start, start + np.timedelta64(28, "D"))[0]
    assert expected[0] == pytest.approx(7 * share / 28)
    assert share > 3.5 / 4 + 0.05  # as it would be evenly


def test_memory_cuts_an_interval():
    past = history(GRID, [0, 70], *at_cells(GRID, np.array([0, 1])), hours=[0, 96], cutoff=100.0)
    expected = forecast(Counts(memory="28D", shrinkage=False), past)[0]
    assert expected[1] == pytest.approx(0.5 / 4)  # two of its four days lie within the last 28


def test_incidents_in_the_incomplete_days_do_not_count():
    cell = np.array([0, 1])
    past = history(GRID, [0, 99], *at_cells(GRID, cell), cutoff=100.0, latency="3D")
    assert forecast(Counts(shrinkage=False), past)[0, 1] == 0


@given(some_counts)
def test_prior_is_where_a_direct_search_finds_it(counts):
    exposure = np.linspace(0.5, 2.0, counts.size)
    prior = fit_gamma(counts, exposure)

    def loss(parameters):
        shape, mean = np.exp(parameters)
        return -nbinom.logpmf(counts, shape, shape / (shape + mean * exposure)).sum()

    here = np.log([prior.shape, prior.shape / prior.rate])
    found = minimize(loss, here, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    inside = np.log(1e-3) <= found.x[0] <= np.log(HIGHEST_SHAPE)
    assert not inside or loss(here) - found.fun < 1e-5
    total = (posterior_mean(prior, counts, exposure) * exposure).sum()
    assert total == pytest.approx(counts.sum(), rel=1e-10)


def test_prior_recovers_the_truth():
    rng = np.random.default_rng(11)
    found = []
    for _ in range(20):
        exposure = rng.uniform(0.5, 2.0, 600)
        prior = fit_gamma(rng.poisson(rng.gamma(1.5, 2.0, 600) * exposure), exposure)
        found.append((prior.shape, prior.shape / prior.rate))
    error = np.mean(found, 0) - [1.5, 3.0]
    assert (np.abs(error) < 3.3 * np.std(found, 0, ddof=1) / np.sqrt(20)).all()


def test_equal_counts_push_the_prior_to_its_end_and_the_rates_together():
    counts, exposure = np.full(50, 3.0), np.ones(50)
    counts[0] = 4.0
    prior = fit_gamma(counts, exposure)
    assert prior.shape == pytest.approx(HIGHEST_SHAPE, rel=1e-3)
    rates = posterior_mean(prior, counts, exposure)
    assert rates[0] > rates[1]
    assert np.ptp(rates) / rates.mean() < 1e-3


def test_a_start_is_never_left_for_worse():
    rng = np.random.default_rng(1)
    counts, exposure = rng.poisson(rng.gamma(0.5, 4.0, 200)).astype(float), rng.uniform(0.5, 2.0, 200)
    for start in (0.01, 0.5, 40.0):
        before = log_marginal(balanced(start, counts, exposure), counts, exposure)
        assert log_marginal(fit_gamma(counts, exposure, start), counts, exposure) >= before


def test_refuses_what_it_cannot_use():
    with pytest.raises(InputError, match="duration"):
        Counts(memory="a year")
    past = history(GRID, [0, 1], [50, 50], [50, 50], cutoff=100.0)
    with pytest.raises(InputError, match="longer memory"):
        Counts(memory="7D").fit(past, windows=WEEK)
    with pytest.raises(InputError, match="no incident"):
        Counts().fit(past.as_of(FIRST + np.timedelta64(0, "D")), windows=WEEK)


def test_an_empty_memory_after_the_fit_leaves_the_prior():
    past = history(GRID, [0, 1], [50, 150], [50, 50], cutoff=100.0)
    fitted = Counts(memory="7D").fit(past.as_of(FIRST + np.timedelta64(5, "D")), windows=WEEK)
    expected = fitted.forecast(past)["expected_count"].values
    assert (expected > 0).all()
    assert np.ptp(expected) == pytest.approx(0)


@pytest.mark.parametrize("weeks", [1, 30])
def test_whole_weeks_shift_nothing_but_the_dates(weeks):
    counts = np.arange(GRID.n_cells) % 3
    later = spread_counts(counts, first=FIRST + np.timedelta64(7 * weeks, "D"))
    for recipe in (Counts(), Counts(memory="56D")):
        np.testing.assert_array_equal(forecast(recipe, spread_counts(counts)), forecast(recipe, later))
