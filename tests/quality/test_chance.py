"""Dispersion and tails against simulation and against sums of probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hotspot.quality.chance import dispersion, log_lower_tail, log_none, log_upper_tail
from hotspot.quality.steps import find_step


@pytest.mark.parametrize("spread", [1.0, 1.8, 6.0])
@pytest.mark.parametrize("mean", [0.4, 4.0, 60.0])
def test_dispersion_is_found_in_spite_of_season_and_trend(spread: float, mean: float) -> None:
    rng = np.random.default_rng(5)
    level = mean * np.exp(0.4 * np.sin(np.arange(4000) / 8) + np.arange(4000) / 4000)
    counts = rng.poisson(rng.gamma(level / (spread - 1), spread - 1) if spread > 1 else level)
    assert spread < 1.06 * dispersion(counts)
    assert dispersion(counts) < 1.25 * spread


def test_dispersion_hardly_minds_gaps_and_steps() -> None:
    counts = np.random.default_rng(5).poisson(100.0, 500)
    counts[100:110], counts[300:] = 0, counts[300:] * 2
    assert dispersion(counts) < 2.6


def test_nothing_counted_is_poisson() -> None:
    assert dispersion([0, 0, 0]) == dispersion([3]) == 1.0


@pytest.mark.parametrize(("mean", "spread"), [(3.0, 1.0), (3.0, 2.5), (40.0, 4.0)])
def test_tails_are_those_of_the_distribution(mean: float, spread: float) -> None:
    law = stats.poisson(mean) if spread == 1 else stats.nbinom(mean / (spread - 1), 1 / spread)
    assert law.mean() == pytest.approx(mean)
    assert law.var() == pytest.approx(mean * spread)
    np.testing.assert_allclose(np.exp(log_lower_tail(2, mean, spread)), law.pmf([0, 1, 2]).sum())
    np.testing.assert_allclose(np.exp(log_upper_tail(2, mean, spread)), 1 - law.pmf([0, 1]).sum())
    np.testing.assert_allclose(np.exp(log_none(mean, spread)), law.pmf(0))


def test_a_step_is_told_from_a_season_a_trend_and_an_outlier() -> None:
    rng = np.random.default_rng(1)
    weeks = np.arange(160)
    noise = rng.normal(0, 0.1, 160)
    season, step = 0.3 * np.sin(2 * np.pi * weeks / 52.18), np.where(weeks < 90, 0.0, 0.4)
    found = find_step(season + step + noise, 1)
    assert found is not None
    assert abs(found.at - 90) <= 2
    assert found.size == pytest.approx(0.4, abs=0.08)
    assert not found.chance
    outlier = np.where(weeks == 80, 3.0, 0.0)
    for quiet in (season, weeks / 160, outlier, 0.0 * weeks, np.maximum(weeks - 80, 0) / 80):
        other = find_step(quiet + noise, 1)
        assert other is not None
        assert other.chance


def test_a_short_series_has_no_step() -> None:
    assert find_step(np.zeros(20), 1) is None
