from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from hotspot.models._etas_em import DAY, LARGEST_BRANCHING, Record, fit_etas, offspring_share
from hotspot.models._gamma import fit_gamma
from tests.reference import etas as twin

TICKS = pytest.mark.parametrize("tick", [0.0, DAY], ids=["continuous", "dates"])


def world(rng, n_cells, per_cell, theta, delay_days, days=1000.0, tick=0.0, shape=1.0):
    """Draw a record with Gamma background; returns it with cells, moments and true levels [1/s]."""
    level = rng.gamma(shape, per_cell * (1 - theta) / days / shape, n_cells) / DAY
    cell, moment = twin.simulate(rng, level, theta, 1 / (delay_days * DAY), days * DAY, tick)
    return Record.of(cell, moment, np.ones(n_cells), days * DAY, tick), cell, moment, level


@TICKS
@settings(max_examples=20)
@given(seed=st.integers(0, 1000), theta=st.floats(0, 0.9))
def test_every_step_raises_the_bound(tick, seed, theta):
    record, *_ = world(np.random.default_rng(seed), 8, 6.0, theta, 5.0, 100.0, tick)
    if record.counts.any():
        found = fit_etas(record, 1e-10)
        assert (np.diff(found.bounds) >= -1e-9 * record.counts.sum()).all()
        assert 0 <= found.theta <= LARGEST_BRANCHING
        assert (found.rate(record) > 0).all()


@TICKS
def test_the_bound_equals_its_twin_and_a_direct_search_finds_no_better(tick):
    rng = np.random.default_rng(21)
    record, cell, moment, _ = world(rng, 4, 20.0, 0.4, 4.0, 200.0, tick)
    found = fit_etas(record, 1e-14)
    exposure, n = record.exposure / DAY, 4

    def loss(z):
        theta, omega, a, b = np.exp(z[:4])
        parameters = theta, omega, (a, b), (np.exp(z[4 : 4 + n]), np.exp(z[4 + n :]))
        return -twin.lower_bound(cell, moment / DAY, exposure, record.time / DAY, tick / DAY, parameters)

    prior, rate = found.prior, found.prior.rate / DAY
    start = np.concatenate(
        [[found.theta, found.omega * DAY, prior.shape, rate], prior.shape + found.background, rate + exposure]
    )
    days = record.counts.sum() * np.log(DAY)  # densities per day and per second
    assert -loss(np.log(start)) == pytest.approx(found.bounds[-1] + days, abs=1e-6)
    elsewhere = np.log(start) + rng.normal(0, 0.2, start.size)
    direct = minimize(loss, elsewhere, method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 10**6})
    assert loss(np.log(start)) - direct.fun < 1e-4
    np.testing.assert_allclose(np.exp(direct.x[:2]), start[:2], rtol=5e-3)


@TICKS
def test_the_intensity_integrates_to_the_number_of_incidents(tick):
    record, *_ = world(np.random.default_rng(2), 30, 20.0, 0.3, 5.0, tick=tick)
    found = fit_etas(record, 1e-13)
    total = found.rate(record).sum() * record.time + found.theta * offspring_share(record, found.omega)
    assert total == pytest.approx(record.counts.sum(), rel=1e-6)


@TICKS
def test_recovers_the_truth(tick):
    found = []
    for seed in range(12):
        record, _, _, level = world(np.random.default_rng(seed), 300, 10.0, 0.3, 3.0, tick=tick)
        fit = fit_etas(record, 1e-9)
        found.append((fit.theta / 0.3, 1 / fit.omega / DAY / 3.0, fit.rate(record).sum() / level.sum()))
    error = np.mean(found, 0) - 1
    assert (np.abs(error) < 3.3 * np.std(found, 0, ddof=1) / np.sqrt(12)).all()
    assert (np.std(found, 0) < 0.1).all()


@TICKS
def test_a_world_without_triggers_gives_none(tick):
    theta = [fit_etas(world(np.random.default_rng(s), 200, 8.0, 0.0, 5.0, tick=tick)[0], 1e-9).theta for s in range(5)]
    assert np.mean(theta) < 0.05
    assert np.max(theta) < 0.05


def test_an_even_background_makes_heterogeneity_look_like_triggers(monkeypatch):
    # the reason for a rate per cell: the same world without triggers, once with and once without it
    record, *_ = world(np.random.default_rng(4), 200, 8.0, 0.0, 5.0, shape=0.5)
    assert fit_etas(record, 1e-9).theta < 0.05
    monkeypatch.setattr("hotspot.models._gamma.LOWEST_SHAPE", 9.0e3)
    assert fit_etas(record, 1e-9).theta > 0.2


def test_without_two_incidents_in_a_cell_nothing_triggers():
    record = Record.of(np.arange(5), np.arange(5) * DAY, np.ones(7), 100 * DAY, 0.0)
    found = fit_etas(record, 1e-9)
    assert found.theta == 0.0
    prior = fit_gamma(record.counts, record.exposure)
    assert found.prior == prior
    assert found.rate(record).sum() * record.time == pytest.approx(5)


def test_two_incidents_of_one_moment_trigger_nothing():
    record = Record.of(np.array([1, 1, 1]), np.full(3, 4 * DAY), np.ones(3), 100 * DAY, 0.0)
    assert fit_etas(record, 1e-9).theta == 0.0


def test_cells_of_any_size_are_welcome():
    rng = np.random.default_rng(9)
    area = rng.uniform(1e-6, 1.0, 50) * 62_500
    cell = rng.choice(50, 300, p=area / area.sum())
    found = fit_etas(record := Record.of(cell, rng.uniform(0, 300, 300) * DAY, area, 300 * DAY, 0.0), 1e-10)
    rate = found.rate(record) / area
    assert np.isfinite(rate).all()
    assert rate.min() > 0
    assert rate.max() / rate.min() < 3  # truly even
