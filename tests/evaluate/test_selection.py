"""Selection: what a budget buys."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError, SchemaError
from hotspot.evaluate import select
from hotspot.evaluate.draws import lots
from hotspot.evaluate.selection import rank
from hotspot.kernels import selection as kernel
from tests.evaluate.worlds import random_history, runs_of, square_domain
from tests.reference import selection as plain

sizes = st.lists(st.sampled_from([1.0, 1.0, 1.0, 0.5, 0.3, 2.0]), min_size=1, max_size=8).map(np.array)


def forecast_of(expected, area=None, total=None):
    """One window, or several along issue_time."""
    expected = np.atleast_2d(np.asarray(expected, float))
    n = expected.shape[1]
    begin = np.datetime64("2024-01-01", "us") + np.timedelta64(1, "D") * np.arange(len(expected))[:, None]
    coords = {
        "issue_time": begin[:, 0],
        "lead": [0],
        "cell": np.arange(n),
        "valid_start": (("issue_time", "lead"), begin),
        "valid_end": (("issue_time", "lead"), begin + np.timedelta64(1, "D")),
        "area": ("cell", np.ones(n) if area is None else np.asarray(area, float)),
        "target": "burglary",
    }
    attrs = {} if total is None else {"total_area": total}
    return xr.Dataset({"expected_count": (("issue_time", "lead", "cell"), expected[:, None])}, coords, attrs)


def flat(chosen):
    return chosen.values.reshape(-1, chosen.sizes["cell"])


wholes = st.sampled_from([0.0, 0.5, 1.0, 1.3])


@given(sizes, st.floats(0.1, 12), wholes, st.booleans())
def test_greedy_equals_its_twin(size, budget, whole, up):
    np.testing.assert_array_equal(kernel.greedy(size, budget, whole, up), plain.greedy(size, budget, whole, up))


@given(st.data())
def test_expected_hits_equal_their_twin(data):
    size = data.draw(sizes)
    group = np.cumsum(data.draw(st.lists(st.booleans(), min_size=size.size, max_size=size.size))).astype(np.int64)
    mass = np.array(data.draw(st.lists(st.integers(0, 3), min_size=size.size, max_size=size.size)), float)
    budget = data.draw(st.floats(0.1, 10))
    whole = data.draw(wholes)
    got = kernel.expected_hits(size, mass, group, budget, whole)
    np.testing.assert_allclose(got, plain.expected_hits(size, mass, group, budget, whole), atol=1e-9)


@given(st.data())
def test_expected_hits_are_the_mean_over_all_orders_of_equal_cells(data):
    n = data.draw(st.integers(1, 6))
    group = np.sort(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))).astype(np.int64)
    level = np.array([1.0, 0.4, 1.7])[group]  # equally large within a group, not across
    mass = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), float)
    budget = data.draw(st.floats(0.3, 7))
    whole = data.draw(wholes)
    hits, used, _ = kernel.expected_hits(level, mass, group, budget, whole)
    np.testing.assert_allclose((hits, used), plain.mean_hits(level, mass, group, budget, whole), atol=1e-9)


@given(st.data())
def test_expected_hits_of_unequal_tied_cells_are_right_within_a_cell(data):
    size = data.draw(sizes.filter(lambda value: value.size <= 6))
    group, mass = np.zeros(size.size, np.int64), size * 2.0  # two incidents a unit of area
    budget = data.draw(st.floats(0.3, 7))
    hits, used, chance = kernel.expected_hits(size, mass, group, budget, 0.0)
    mean, mean_used = plain.mean_hits(size, mass, group, budget, 0.0)
    assert abs(used - mean_used) <= size.max() + 1e-9
    assert abs(hits - mean) <= 2 * size.max() + 1e-9
    assert used <= budget * (1 + 1e-8)
    assert chance in (0, pytest.approx(used))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0.05, 1))
def test_no_cell_left_out_is_better_than_one_taken_and_the_budget_holds(expected, coverage):
    n = len(expected)
    if coverage * n < 1:
        coverage = 1 / n
    chosen = flat(select(forecast_of(expected), coverage=coverage))[0]
    values = np.array(expected)
    assert chosen.sum() == int(coverage * n + 1e-7)
    if chosen.any() and not chosen.all():
        assert values[chosen].min() >= values[~chosen].max() * (1 - 1e-8)


@given(st.data())
def test_never_above_the_budget_and_nothing_that_fits_is_left_while_a_whole_cell_would_fit(data):
    area = data.draw(sizes)
    expected = data.draw(st.lists(st.floats(0, 5), min_size=area.size, max_size=area.size))
    budget = data.draw(st.floats(area.min(), area.sum() + 1))
    chosen = flat(select(forecast_of(expected, area), area_km2=budget / 1e6))[0]
    used = area[chosen].sum()
    assert used <= budget * (1 + 1e-8)
    if budget - used >= np.median(area):
        assert (area[~chosen] + used > budget * (1 - 1e-8)).all()
    up = flat(select(forecast_of(expected, area), area_km2=budget / 1e6, rounding="up"))[0]
    assert area[up].sum() >= min(budget, area.sum()) * (1 - 1e-8)
    assert area[up].sum() - area[up].max() < budget


def test_density_decides_not_count():
    forecast = forecast_of([4.0, 3.0, 3.0], area=[4.0, 1.0, 2.0])
    np.testing.assert_array_equal(flat(select(forecast, area_km2=3e-6))[0], [False, True, True])
    np.testing.assert_array_equal(flat(select(forecast, cells=1))[0], [True, False, False])


def test_coverage_counts_the_whole_boundary():
    forecast = forecast_of(np.arange(10.0), total=40.0)
    assert flat(select(forecast, coverage=0.1)).sum() == 4
    assert flat(select(forecast_of(np.arange(10.0)), coverage=0.1)).sum() == 1


def test_length_is_a_budget_for_streets():
    forecast = forecast_of([1.0, 5.0, 2.0], area=[100.0, 300.0, 200.0]).rename(area="length")
    np.testing.assert_array_equal(flat(select(forecast, length_km=0.3))[0], [False, True, False])
    with pytest.raises(InputError, match="use length_km"):
        select(forecast, area_km2=1.0)


def test_each_cell_of_a_tie_is_drawn_equally_often():
    drawn = flat(select(forecast_of(np.ones((500, 20))), cells=5)).mean(axis=0)
    assert np.abs(drawn - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 500)  # the largest of twenty
    assert abs(drawn[:10].mean() - 0.25) < 3.3 * np.sqrt(0.25 * 0.75 / 10 / 500)


def test_rounding_noise_in_areas_breaks_no_tie():
    area = 62500 + 1e-7 * np.arange(100)
    chosen = [flat(select(forecast_of(np.ones(100), area), cells=1, rng=seed))[0].argmax() for seed in range(50)]
    assert len(set(chosen)) > 20
    order, group = rank(1 / area)
    assert group.max() == 0
    assert sorted(order) == list(range(100))


def test_lots_hang_on_cell_and_window():
    forecast = forecast_of(np.ones((3, 40)))
    chosen = select(forecast, cells=10, rng=4)
    shuffled = forecast.isel(cell=np.random.default_rng(0).permutation(40))
    xr.testing.assert_identical(select(shuffled, cells=10, rng=4).sortby("cell"), chosen)
    alone = select(forecast.isel(issue_time=[1]), cells=10, rng=4)
    xr.testing.assert_identical(alone, chosen.isel(issue_time=[1]))
    assert (flat(chosen)[0] != flat(chosen)[1]).any()
    xr.testing.assert_identical(select(forecast, cells=10), select(forecast, cells=10, rng=0))
    assert (select(forecast, cells=10, rng=5) != chosen).any()


def test_models_of_a_run_are_selected_alike():
    domain = square_domain(5, 5)
    rng = np.random.default_rng(0)
    history = random_history(rng, domain)
    runs = runs_of(history, np.repeat(rng.integers(0, 3, (1, 4, 2, 25)), 2, axis=0))
    chosen = select(runs, coverage=0.2)
    assert chosen.dims == ("model", "issue_time", "lead", "cell")
    np.testing.assert_array_equal(chosen.isel(model=0), chosen.isel(model=1))
    one = select(runs.isel(model=1, drop=True), coverage=0.2)
    np.testing.assert_array_equal(one, chosen.isel(model=1))
    lazy = select(runs.chunk(issue_time=1), coverage=0.2)
    np.testing.assert_array_equal(lazy, chosen)


def test_a_million_cells():
    rng = np.random.default_rng(1)
    forecast = forecast_of(rng.gamma(0.1, 1, 1_000_000).round(2), rng.uniform(0.5, 1, 1_000_000))
    chosen = select(forecast, coverage=0.05)
    used = float((chosen * forecast["area"]).sum())
    assert used == pytest.approx(0.05 * float(forecast["area"].sum()), rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "no budget"),
        ({"cells": 1, "coverage": 0.5}, r"\['cells', 'coverage'\]"),
        ({"coverage": 0.0}, "0 < coverage <= 1"),
        ({"coverage": 1.5}, "0 < coverage <= 1"),
        ({"coverage": float("nan")}, "0 < coverage <= 1"),
        ({"cells": 11}, "up to 10"),
        ({"cells": 2.5}, "whole number"),
        ({"area_km2": -1.0}, "more than 0"),
        ({"length_km": 1.0}, "use area_km2"),
        ({"coverage": 0.01}, r"budget of 0.1 m2 is less than the smallest cell, 1 m2"),
        ({"coverage": 0.5, "rounding": "upp"}, "did you mean 'up'"),
    ],
)
def test_errors(arguments, words):
    with pytest.raises(InputError, match=words):
        select(forecast_of(np.arange(10.0)), **arguments)


def test_a_budget_below_a_cell_can_be_rounded_up():
    assert flat(select(forecast_of(np.arange(10.0)), coverage=0.01, rounding="up")).sum() == 1


def test_schema_is_held():
    forecast = forecast_of(np.arange(10.0))
    with pytest.raises(SchemaError, match="other dimensions"):
        select(forecast.isel(issue_time=0), cells=1)
    with pytest.raises(SchemaError, match="finite number"):
        select(forecast_of([1.0, np.nan]), cells=1)
    with pytest.raises(InputError, match="not positive"):
        select(forecast_of([1.0, 2.0], area=[1.0, 0.0]), coverage=0.5)


def test_lots_are_uniform_for_numbers_and_text():
    numbers = lots(np.arange(20000), 3)
    text = lots(np.arange(20000).astype(str), 3)
    for values in (numbers, text):
        counts = np.bincount((values * 20).astype(int), minlength=20)
        assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # chi-square, 19 degrees, 0.999
    assert abs(np.corrcoef(numbers, lots(np.arange(20000), 4))[0, 1]) < 3.3 / np.sqrt(20000)
    np.testing.assert_array_equal(lots(np.arange(5)[::-1], 3), numbers[:5][::-1])


def test_the_rest_of_a_budget_is_not_spent_on_slivers():
    area = [1.0, 1.0, 1.0, 0.1, 0.2]
    expected = np.array([3.0, 2.0, 1.0, 0.05, 0.1]) * area
    chosen = flat(select(forecast_of(expected, area=area), area_km2=2.4e-6))[0]
    assert chosen.tolist() == [True, True, False, False, False]
