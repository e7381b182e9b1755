"""The simulator against its own formula: rates by chi-square, triggering by moments, the family tree by its laws."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from scipy import stats

from hotspot.errors import InputError
from hotspot.simulate import Background, Bump, Near, Trigger, World, intensity, simulate

ZONE = "America/Chicago"
P_LEAST = 2 * stats.norm.sf(3.3)
CITY = shapely.Polygon(
    [(0, 0), (4000, 0), (4000, 2000), (3000, 3000), (0, 3000)],
    holes=[[(1000, 1000), (2000, 1000), (2000, 1800), (1000, 1800)]],
)


def _background(level: float = 1.0) -> Background:
    week = np.outer([1.2, 1.0, 0.9, 0.9, 1.0, 1.1, 0.9], 1 + 0.6 * np.cos(2 * np.pi * (np.arange(24) - 20) / 24))
    near = Near(np.array([500.0, 2500.0]), np.array([500.0, 2200.0]), gain=2.0, scale_m=200.0)
    bumps = (Bump(1500.0, 2200.0, 2.0 * level, 500.0), Bump(3500.0, 600.0, 1.0 * level, 300.0))
    return Background(0.5 * level, bumps, week, season=0.3, season_peak=40, near=near)


def _world(trigger: Trigger | None = None, level: float = 1.0) -> World:
    start, end = np.datetime64("2024-01-01T06:00", "us"), np.datetime64("2024-12-30T06:00", "us")
    triggers = {} if trigger is None else {"theft": trigger}
    return World(CITY, ZONE, start, end, {"theft": _background(level)}, triggers)


@pytest.fixture(scope="module")
def flat():
    """A catalogue of background only."""
    world = _world(level=6.0)
    return world, simulate(world, np.random.default_rng(11))


@pytest.fixture(scope="module")
def clustered():
    """A catalogue with much triggering."""
    world = _world(Trigger(0.5, 7.0, 120.0), level=4.0)
    return world, simulate(world, np.random.default_rng(12))


def _chi_square(seen: np.ndarray, weight: np.ndarray) -> float:
    """Give the p-value of counts against weights, the total taken as given."""
    assert weight.min() * seen.sum() / weight.sum() > 5
    return float(stats.chisquare(seen, weight / weight.sum() * seen.sum()).pvalue)


def test_background_follows_the_hour_of_the_week(flat):
    world, catalogue = flat
    background = world.backgrounds["theft"]
    # An oracle that counts hours with the standard library's clock, not with the code under test.
    hours = np.arange(world.start, world.end, np.timedelta64(1, "h"))
    weight, seen = np.zeros((7, 24)), np.zeros((7, 24))
    for hour in hours:
        civil = _civil(hour)
        season = 1 + 0.3 * np.cos(2 * np.pi * (civil.timetuple().tm_yday - 40) / 365.25)
        weight[civil.weekday(), civil.hour] += background.week[civil.weekday(), civil.hour] * season
    for moment in catalogue.t[catalogue.observed]:
        civil = _civil(moment)
        seen[civil.weekday(), civil.hour] += 1
    assert _chi_square(seen.ravel(), weight.ravel()) > P_LEAST


def _civil(moment):
    return moment.astype("datetime64[us]").item().replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE))


def test_background_follows_the_season(flat):
    world, catalogue = flat
    month = catalogue.t[catalogue.observed].astype("datetime64[M]").astype(int) % 12
    hours = np.arange(world.start, world.end, np.timedelta64(1, "h"))
    here = np.full(len(hours), 300.0)
    weight = np.bincount(hours.astype("datetime64[M]").astype(int) % 12, intensity(world, "theft", hours, here, here))
    assert _chi_square(np.bincount(month, minlength=12), weight) > P_LEAST


def test_background_follows_the_surface(flat):
    world, catalogue = flat
    x, y = (g.ravel() for g in np.meshgrid(np.arange(10, 4000, 20.0), np.arange(10, 3000, 20.0)))
    noon = np.full(len(x), np.datetime64("2024-06-05T17:00", "us"))
    value = intensity(world, "theft", noon, x, y)
    edges = [np.arange(0, 4001, 500), np.arange(0, 3001, 500)]
    weight = np.histogram2d(x, y, edges, weights=value)[0].ravel()
    seen = np.histogram2d(catalogue.x[catalogue.observed], catalogue.y[catalogue.observed], edges)[0].ravel()
    assert _chi_square(seen[weight > 0], weight[weight > 0]) > P_LEAST


def test_background_total_is_the_integral(flat):
    world, catalogue = flat
    x, y = (g.ravel() for g in np.meshgrid(np.arange(10, 4000, 20.0), np.arange(10, 3000, 20.0)))
    noon = np.full(len(x), np.datetime64("2024-06-05T17:00", "us"))
    hours = np.arange(world.start, world.end, np.timedelta64(1, "h"))
    here = np.full(len(hours), 300.0)
    at_noon = intensity(world, "theft", noon[:1], here[:1], here[:1])[0]
    in_time = intensity(world, "theft", hours, here, here).sum() / 24 / at_noon
    expected = intensity(world, "theft", noon, x, y).sum() * 20.0**2 / 1e6 * in_time
    assert abs(catalogue.observed.sum() - expected) < 3.3 * np.sqrt(expected)


def test_background_stays_on_land(flat):
    _, catalogue = flat
    assert shapely.contains_xy(CITY, catalogue.x, catalogue.y).all()
    assert (catalogue.parent == -1).all()


def test_intensity_is_zero_in_the_lake_and_outside():
    world = _world()
    x, y = np.array([1500.0, -1.0, 3900.0, 100.0]), np.array([1500.0, 100.0, 2900.0, 100.0])
    value = intensity(world, "theft", np.full(4, world.start), x, y)
    assert (value[:3] == 0).all()
    assert value[3] > 0


def test_family_tree(clustered):
    world, catalogue = clustered
    child = np.flatnonzero(catalogue.parent >= 0)
    parent = catalogue.parent[child]
    assert (np.diff(catalogue.t) >= np.timedelta64(0, "us")).all()
    assert (parent < child).all()
    assert (catalogue.t[parent] < catalogue.t[child]).all()
    roots = catalogue.parent < 0
    assert shapely.contains_xy(CITY, catalogue.x[roots], catalogue.y[roots]).all()
    inside = shapely.contains_xy(CITY, catalogue.x, catalogue.y)
    in_span = (catalogue.t >= world.start) & (catalogue.t < world.end)
    np.testing.assert_array_equal(catalogue.observed, inside & in_span)


def test_offspring_are_poisson(clustered):
    _, catalogue = clustered
    n = len(catalogue)
    offspring = np.bincount(catalogue.parent[catalogue.parent >= 0], minlength=n)
    assert abs(offspring.mean() - 0.5) < 3.3 * np.sqrt(0.5 / n)
    # Var of the sample variance of a Poisson(m): about (m + 2 m^2) / n.
    assert abs(offspring.var() - 0.5) < 3.3 * np.sqrt((0.5 + 2 * 0.25) / n)


def test_delays_are_exponential(clustered):
    _, catalogue = clustered
    child = np.flatnonzero(catalogue.parent >= 0)
    days = (catalogue.t[child] - catalogue.t[catalogue.parent[child]]) / np.timedelta64(1, "D")
    assert abs(days.mean() - 7.0) < 3.3 * 7.0 / np.sqrt(len(days))
    assert stats.kstest(days, stats.expon(scale=7.0).cdf).pvalue > P_LEAST


@pytest.mark.parametrize("axis", ["x", "y"])
def test_displacements_are_gaussian(clustered, axis):
    _, catalogue = clustered
    child = np.flatnonzero(catalogue.parent >= 0)
    along = getattr(catalogue, axis)
    step = along[child] - along[catalogue.parent[child]]
    n = len(step)
    assert abs(step.mean()) < 3.3 * 120.0 / np.sqrt(n)
    assert abs(step.std() - 120.0) < 3.3 * 120.0 / np.sqrt(2 * n)
    assert stats.kstest(step, stats.norm(scale=120.0).cdf).pvalue > P_LEAST


def test_burn_in_makes_the_first_weeks_like_the_others():
    """Without a burn-in the first two weeks would miss a third of their near repeats; the rhythm is flat here."""
    flat = Background(3.0, (), np.ones((7, 24)))
    start, end = np.datetime64("2024-01-01", "us"), np.datetime64("2024-03-11", "us")
    trigger = {"theft": Trigger(0.6, 7.0, 50.0)}
    early, whole = [], []
    for child in np.random.default_rng(13).spawn(20):
        world = World(CITY, "UTC", start, end, {"theft": flat}, trigger)
        catalogue = simulate(world, child)
        seen = catalogue.t[catalogue.observed]
        early.append(np.sum(seen < start + np.timedelta64(14, "D")) / 14)
        whole.append(len(seen) / 70)
    difference = np.subtract(early, whole)
    assert abs(difference.mean()) < 3.3 * difference.std(ddof=1) / np.sqrt(len(difference))


def test_same_generator_same_catalogue_and_other_categories_do_not_matter():
    world = _world(Trigger(0.3, 3.0, 50.0))
    first, again = (simulate(world, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.t, again.t)
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.parent, again.parent)
    backgrounds = {**world.backgrounds, "arson": _background()}
    more = World(world.boundary, ZONE, world.start, world.end, backgrounds, world.triggers)
    both = simulate(more, np.random.default_rng(3))
    np.testing.assert_array_equal(both.t[both.category == "theft"], first.t)
    triggered = both.parent >= 0
    assert (both.category[triggered] == both.category[both.parent[triggered]]).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [((1.0, 7.0, 100.0), "endless"), ((-0.1, 7.0, 100.0), "0 <= ratio"), ((0.2, 0.0, 1.0), "above 0")],
)
def test_impossible_triggers_are_refused(values, words):
    with pytest.raises(InputError, match=words):
        Trigger(*values)


def test_impossible_worlds_are_refused():
    world = _world()
    with pytest.raises(InputError, match="empty"):
        World(CITY, ZONE, world.end, world.start, world.backgrounds, {})
    with pytest.raises(InputError, match="did you mean 'theft'"):
        World(CITY, ZONE, world.start, world.end, world.backgrounds, {"thefts": Trigger(0.1, 1.0, 1.0)})
    with pytest.raises(InputError, match="no category 'arson'"):
        intensity(world, "arson", np.array([world.start]), np.zeros(1), np.zeros(1))
