from __future__ import annotations

import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from KDEpy import TreeKDE
from scipy.spatial.distance import cdist
from sklearn.neighbors import KernelDensity

from hotspot.errors import InputError
from hotspot.history import Events
from hotspot.models.kde import SHARE_BOUNDS, UNKNOWN_SHARE, Kde, mixture_share, spread
from hotspot.windows import Windows
from tests.models.histories import FIRST, at_cells, beats, city, hexagons, history, points_in, squares, streets

WEEK = Windows("7D")
SQUARES, HEXAGONS = city(), hexagons()
DOMAINS = {"squares": SQUARES, "h3": HEXAGONS, "segments": streets(), "polygons": beats()}
everywhere = pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)


def events_at(domain, x, y):
    moment = np.full(np.shape(x), FIRST)
    cell = domain.locate(x, y)
    return Events(
        moment, moment, np.asarray(x, float), np.asarray(y, float), cell, pd.Categorical(["burglary"] * cell.size)
    )


def forecast(recipe, past, windows=WEEK):
    return recipe.fit(past, windows=windows).forecast(past)["expected_count"].values[0]


def past_of(domain, n=300, cutoff=200.0, seed=1, **options):
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(0, cutoff, n))
    return history(domain, days, *points_in(domain, n, rng), cutoff=cutoff, **options)


@everywhere
@pytest.mark.parametrize("bandwidth", [70.0, 300.0])
def test_spread_equals_the_direct_sum_over_nodes(domain, bandwidth):
    rng = np.random.default_rng(4)
    x, y = points_in(domain, 60, rng)
    weight = rng.uniform(0, 3, 60)
    nodes = domain.nodes
    distance = cdist(np.column_stack([x, y]), np.column_stack([nodes.x, nodes.y]))
    kernel = np.where(distance <= 4 * bandwidth, np.exp(-0.5 * (distance / bandwidth) ** 2), 0) * nodes.weight
    at_nodes = weight @ (kernel / kernel.sum(1, keepdims=True))
    direct = np.bincount(nodes.cell, at_nodes, minlength=domain.n_cells)
    np.testing.assert_allclose(spread(domain, events_at(domain, x, y), weight, bandwidth), direct, rtol=1e-10)


@given(st.integers(0, 10_000), st.floats(67, 1e4))
def test_each_incident_is_spread_to_one(seed, bandwidth):
    domain = list(DOMAINS.values())[seed % len(DOMAINS)]
    x, y = points_in(domain, 1, np.random.default_rng(seed))
    share = spread(domain, events_at(domain, x, y), np.ones(1), bandwidth)
    assert share.sum() == pytest.approx(1, rel=1e-12)
    assert (share >= 0).all()


def test_equal_points_weigh_together():
    x, y = np.array([300.0, 300.0, 900.0]), np.array([300.0, 300.0, 300.0])
    both = spread(SQUARES, events_at(SQUARES, x, y), np.array([1.0, 2.0, 1.0]), 200.0)
    once = spread(SQUARES, events_at(SQUARES, x[1:], y[1:]), np.array([3.0, 1.0]), 200.0)
    np.testing.assert_array_equal(both, once)


def test_a_kernel_that_reaches_no_node_stays_in_its_cell():
    x, y = at_cells(SQUARES, np.array([12]))
    there = events_at(SQUARES, x + 20, y + 20)
    assert spread(SQUARES, there, np.array([2.0]), 1.0)[there.cell[0]] == 2.0


def test_a_huge_bandwidth_is_uniform():
    share = spread(SQUARES, events_at(SQUARES, [300.0], [300.0]), np.ones(1), 1e7)
    np.testing.assert_allclose(share, SQUARES.area / SQUARES.area.sum(), rtol=1e-6)


def test_far_from_the_edge_it_agrees_with_other_libraries():
    domain, bandwidth, rng = squares(60, 60, 100.0), 300.0, np.random.default_rng(8)
    points = rng.normal(3000, 400, (80, 2))
    ours = spread(domain, events_at(domain, *points.T), np.ones(80), bandwidth) / 80
    middle = np.hypot(domain.centres[0] - 3000, domain.centres[1] - 3000) < 800
    x, y = (centre[middle] for centre in domain.centres)
    across, up = (grid.ravel() for grid in np.meshgrid((np.arange(5) - 2) * 20.0, (np.arange(5) - 2) * 20.0))
    at = np.column_stack([(x[:, None] + across).ravel(), (y[:, None] + up).ravel()])  # 25 points a cell

    def cells(density):
        return density.reshape(-1, 25).mean(1) * 100.0**2

    theirs = cells(np.exp(KernelDensity(bandwidth=bandwidth).fit(points).score_samples(at)))
    # the cut at four bandwidths moves exp(-8) of the mass; midpoints err by (20 m / bandwidth)^2 / 24
    np.testing.assert_allclose(ours[middle], theirs, atol=1e-3 * theirs.max())
    scaled = TreeKDE(kernel="gaussian", bw=1.0).fit(points / bandwidth)
    again = cells(scaled.evaluate(at / bandwidth) / bandwidth**2)
    np.testing.assert_allclose(ours[middle], again, atol=5e-3 * again.max())  # TreeKDE cuts its kernel earlier


@pytest.mark.parametrize("share", [0.0, 0.3, None])
@pytest.mark.parametrize("domain", [SQUARES, HEXAGONS], ids=["squares", "h3"])
def test_the_total_is_the_rate_of_the_city(domain, share):
    past = past_of(domain)
    days = (past.complete_until - past.observed_from) / np.timedelta64(1, "D")
    all_alike = forecast(Kde(250.0, half_life=None, uniform_share=share), past)
    assert all_alike.sum() == pytest.approx(7 * 300 / days, rel=1e-12)
    age = (past.complete_until - past.events().start) / np.timedelta64(1, "D")
    fading = forecast(Kde(250.0, half_life="30D", uniform_share=share), past)
    integral = 30 / np.log(2) * (1 - 2 ** (-days / 30))
    assert fading.sum() == pytest.approx(7 * (2 ** (-age / 30)).sum() / integral, rel=1e-12)


def test_the_uniform_share_leaves_no_cell_at_zero():
    past = history(squares(100, 2), [0, 50, 99], [50, 60, 70], [50, 60, 70], cutoff=100.0)
    expected = forecast(Kde(bandwidth=50.0), past)
    assert (expected > 0).all()
    fitted = Kde(bandwidth=50.0).fit(past, windows=WEEK)
    assert SHARE_BOUNDS[0] <= fitted.params["uniform_share"] <= SHARE_BOUNDS[1]
    very_old = history(squares(4, 4), [0], [50], [50], cutoff=2000.0)
    assert (forecast(Kde(bandwidth=50.0, half_life="1h"), very_old) > 0).all()


def test_a_record_without_a_past_cannot_hold_incidents_out():
    past = history(SQUARES, [1.0, 1.0], [300, 500], [300, 300], cutoff=3.0)
    assert Kde().fit(past, windows=WEEK).params["uniform_share"] == UNKNOWN_SHARE


def test_the_uniform_share_is_where_em_goes():
    rng = np.random.default_rng(6)
    first, second = rng.gamma(0.3, 1.0, 400), np.full(400, 0.3)
    u = 0.2
    for _ in range(5000):
        u = (u * second / ((1 - u) * first + u * second)).mean()
    assert mixture_share(first, second) == pytest.approx(np.clip(u, *SHARE_BOUNDS), abs=1e-6)
    assert mixture_share(second, 0 * second + 1e-9) == SHARE_BOUNDS[0]
    assert mixture_share(0 * second, second) == SHARE_BOUNDS[1]


def test_the_uniform_share_recovers_the_truth():
    rng, found = np.random.default_rng(12), []
    for _ in range(40):  # an exponential with the share 0.7, and an even component on [0, 10)
        x = np.where(rng.uniform(size=500) < 0.3, rng.uniform(0, 10, 500), rng.exponential(0.5, 500))
        found.append(mixture_share(2 * np.exp(-2 * x), 0.1 * (x < 10) + 1e-300))
    assert abs(np.mean(found) - 0.3) < 3.3 * np.std(found, ddof=1) / np.sqrt(40)


def test_the_uniform_share_grows_with_what_falls_anywhere():
    rng, domain, found = np.random.default_rng(3), squares(40, 40), []
    for even in (0.0, 0.1, 0.3):
        x, y = np.where(rng.uniform(size=1500) < even, rng.uniform(0, 4000, (2, 1500)), rng.normal(2000, 90, (2, 1500)))
        past = history(domain, np.sort(rng.uniform(0, 300, 1500)), x, y, cutoff=300.0)
        found.append(Kde(bandwidth=40.0).fit(past, windows=WEEK).params["uniform_share"])
    assert found[0] < found[1] < found[2] < 0.3 + 0.1


def test_later_incidents_weigh_more():
    domain = squares(20, 20)
    past = history(domain, [0, 60], [500, 1500], [500, 1500], cutoff=61.0)
    expected = forecast(Kde(bandwidth=100.0, half_life="30D", uniform_share=0.0), past)[0]
    old, new = expected[domain.locate([500, 1500], [500, 1500])]
    assert new / old == pytest.approx(4.0)


def test_an_interval_has_the_age_of_its_middle():
    domain = squares(20, 20)
    long = history(domain, [0, 60], [500, 1500], [500, 1500], hours=[480, 0], cutoff=70.0)
    point = history(domain, [10, 60], [500, 1500], [500, 1500], cutoff=70.0)
    recipe = Kde(bandwidth=100.0, half_life="30D", uniform_share=0.0)
    ratio = forecast(recipe, long)[0].sum() / forecast(recipe, point)[0].sum()
    integral = [1 - 2 ** (-days / 30) for days in (70, 60)]  # the time at risk starts with the first incident
    assert ratio == pytest.approx(integral[1] / integral[0])


def test_refuses_what_it_cannot_use():
    past = past_of(SQUARES, 20)
    for wrong in ({"bandwidth": 0.0}, {"bandwidth": np.nan}, {"half_life": "long"}, {"uniform_share": 1.5}):
        with pytest.raises(InputError):
            Kde(**wrong)
    with pytest.raises(InputError, match=r"66\.7 m"):
        Kde(bandwidth=60.0).fit(past, windows=WEEK)
    with pytest.raises(InputError, match="no incident"):
        Kde().fit(past.as_of(FIRST), windows=WEEK)


def test_threads_change_no_bit():
    past, threads, bits = past_of(SQUARES), numba.get_num_threads(), []
    try:
        for count in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(count)
            bits.append(forecast(Kde(), past).tobytes())
    finally:
        numba.set_num_threads(threads)
    assert bits[0] == bits[1]


def test_whole_weeks_shift_nothing_but_the_dates():
    later = past_of(SQUARES, first=FIRST + np.timedelta64(350, "D"))
    np.testing.assert_array_equal(
        forecast(Kde(half_life="60D"), past_of(SQUARES)), forecast(Kde(half_life="60D"), later)
    )
