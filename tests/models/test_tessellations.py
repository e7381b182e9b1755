"""Counts, kde and grid_etas on cells of every kind: what they conserve, and what size stands for."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.models.boosted import Boosted
from hotspot.models.counts import Counts
from hotspot.models.grid_etas import GridEtas
from hotspot.models.kde import Kde
from hotspot.windows import Windows
from tests.models.histories import beats, city, hexagons, history, points_in, streets

DOMAINS = {"squares": city(), "h3": hexagons(), "segments": streets(), "polygons": beats()}
MODELS = {"counts": Counts(), "kde": Kde(half_life=None), "grid_etas": GridEtas()}
everywhere = pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
WEEK = Windows("7D")


def past_of(domain, n=400, cutoff=210.0, seed=3):
    rng = np.random.default_rng(seed)
    return history(domain, np.sort(rng.uniform(0, cutoff, n)), *points_in(domain, n, rng), cutoff=cutoff)


@everywhere
@pytest.mark.parametrize("name", MODELS)
def test_totals_are_the_rate_of_the_city(domain, name):
    past = past_of(domain)
    forecast = MODELS[name].fit(past, windows=WEEK).forecast(past)
    found = int((past.events().cell >= 0).sum())
    assert float(forecast["expected_count"].sum()) == pytest.approx(found * 7 / 210, rel=0.02)
    assert forecast.attrs[f"total_{domain.measure}"] == domain.total_size
    assert forecast[domain.measure].attrs["units"] == ("m" if domain.measure == "length" else "m2")


@everywhere
def test_where_nothing_tells_cells_apart_each_expects_by_its_size(domain):
    """Incidents in proportion to size, at a point inside each cell."""
    number = np.maximum(np.round(3000 * domain.size / domain.size.sum()), 1).astype(int)
    inside = np.searchsorted(domain.nodes.cell, np.arange(domain.n_cells))
    x, y = (np.repeat(axis[inside], number) for axis in domain.nodes[:2])
    past = history(domain, np.linspace(0.1, 99, x.size), x, y, cutoff=100.0)
    assert np.bincount(past.events().cell, minlength=domain.n_cells).tolist() == number.tolist()
    plain, shrunk = (
        recipe.fit(past, windows=WEEK).forecast(past)["expected_count"].values[0, 0]
        for recipe in (Counts(shrinkage=False), Counts())
    )
    np.testing.assert_allclose(plain, number * 7 / 100, rtol=1e-9)
    large = domain.size > np.median(domain.size) / 2  # of slivers, one incident is too many
    np.testing.assert_allclose((shrunk / domain.size)[large], 210 / domain.size.sum(), rtol=0.05)


def test_the_prior_counts_in_metres_on_streets_and_in_square_metres_else():
    """The prior's mean, alpha / beta, is near the rate of the city per unit of size and second."""
    for domain in DOMAINS.values():
        past = past_of(domain, n=2000)
        fitted = Counts().fit(past, windows=WEEK)
        city_rate = (past.events().cell >= 0).sum() / (domain.size.sum() * 210 * 86400)
        assert fitted.params["alpha"] / fitted.params["beta"] == pytest.approx(city_rate, rel=0.35)


def test_on_streets_a_kernel_reaches_the_next_street_and_fades():
    domain = DOMAINS["segments"]
    x, y = 850.0, 340.0
    past = history(domain, [10.0, 20.0, 30.0], [x] * 3, [y] * 3, cutoff=60.0)
    found = Kde(bandwidth=150.0, half_life=None, uniform_share=0.0).fit(past, windows=WEEK).forecast(past)
    density = found["expected_count"].values[0, 0] / domain.size
    far = np.hypot(domain.centres[0] - x, domain.centres[1] - y)
    near, middle, out = (density[(far >= a) & (far < b)] for a, b in ((0, 120), (200, 300), (700, 3000)))
    assert near.min() > middle.max() > 0
    assert (out == 0).all()


@everywhere
def test_the_rate_of_boosted_counts_per_square_kilometre_or_kilometre(domain):
    past = past_of(domain)
    fitted = Boosted(features=("recent_counts",), rounds=2, training="90D").fit(past, windows=WEEK)
    found = int((past.events().cell >= 0).sum())
    km = domain.size.sum() / (1e3 if domain.measure == "length" else 1e6)
    assert fitted.params["rate"] == pytest.approx(found / 210 / km, rel=0.25)  # of the last 90 days, not of all
