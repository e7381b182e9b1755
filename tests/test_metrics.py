"""Metrics: formulas, oracles and empty cases."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot import metrics
from hotspot.errors import InputError
from hotspot.schema import COVERAGE_SUMS, SCORE_SUMS


def test_pai_is_hit_rate_over_share_of_area():
    rng = np.random.default_rng(0)
    hits, incidents, flagged, area = rng.uniform(1, 9, (4, 50))
    expected = metrics.hit_rate(hits, incidents) * area / flagged
    np.testing.assert_allclose(metrics.pai(hits, incidents, flagged, area), expected)


def test_flagging_everything_gives_one():
    assert metrics.hit_rate(7, 7) == metrics.pai(7, 7, 3.5, 3.5) == metrics.pei_star(7, 7) == 1


def test_information_gain_is_the_difference_per_incident_and_antisymmetric():
    assert metrics.information_gain(-40, -50, 20) == 0.5
    assert metrics.information_gain(-50, -40, 20) == -0.5
    assert metrics.information_gain(-50, -50, 20) == 0


def test_information_gain_in_the_form_of_rhoades():
    """(1/N) sum log(m / m0) - (M - M0) / N over incidents, as the T test has it."""
    from scipy.stats import poisson

    rng = np.random.default_rng(1)
    own, base = rng.gamma(2, 0.2, (2, 40))
    counts = rng.poisson(own)
    total = counts.sum()
    rhoades = (counts * np.log(own / base)).sum() / total - (own.sum() - base.sum()) / total
    logs = poisson.logpmf(counts, own).sum(), poisson.logpmf(counts, base).sum()
    np.testing.assert_allclose(metrics.information_gain(*logs, total), rhoades)


def test_minus_infinity_is_kept():
    assert metrics.log_score(-np.inf, 10) == -np.inf
    assert metrics.information_gain(-np.inf, -50, 20) == -np.inf
    assert metrics.information_gain(-50, -np.inf, 20) == np.inf
    assert np.isnan(metrics.information_gain(-np.inf, -np.inf, 20))


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_nothing_below_the_line_is_nan_without_a_warning(name):
    metric = metrics.METRICS[name]
    count = len(metric.sums) + len(metric.baseline) + len(metric.last)
    assert np.isnan(metric.function(*np.zeros(count))).all()


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_each_metric_is_made_of_sums_and_cites_its_source(name):
    metric = metrics.METRICS[name]
    assert {*metric.sums, *metric.baseline, *metric.last} <= {*SCORE_SUMS, *COVERAGE_SUMS}
    assert "doi:10." in metric.function.__doc__
    assert metric.needs_coverage == (name in ("hit_rate", "pai", "pei_star"))


def test_an_unknown_metric_is_told_the_nearest():
    with pytest.raises(InputError, match="did you mean 'hit_rate'"):
        metrics.find_metric("hitrate")
