from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.models._base import Origin
from hotspot.models._etas_em import DAY
from hotspot.models.grid_etas import FittedGridEtas, GridEtas
from hotspot.windows import Windows
from tests.models.histories import FIRST, at_cells, hexagons, history, points_in, squares
from tests.reference import etas as twin

GRID = squares(4, 3)
WEEK = Windows("7D")
TICKS = pytest.mark.parametrize("tick", [0.0, DAY], ids=["continuous", "dates"])


def past_of(days, cell, cutoff, *, dated=False, domain=GRID, **options):
    how = {"hours": 24.0, "precision": "day"} if dated else {}
    return history(domain, days, *at_cells(domain, np.asarray(cell)), cutoff=cutoff, **{**how, **options})


def fitted(past, theta, delay_days, tick, level, windows=WEEK):
    origin = Origin.of(past, windows)
    background = np.full(past.domain.n_cells, level / DAY)
    return FittedGridEtas(origin, theta, 1 / (delay_days * DAY), tick, 1.0, background)


@TICKS
def test_the_forecast_is_the_mean_of_simulated_futures(tick):
    rng, theta, delay = np.random.default_rng(31), 0.6, 3.0
    days, cell = np.array([90, 97, 98, 99, 99.0]), np.array([0, 1, 1, 1, 2])
    past = past_of(days + (0 if tick else 0.4), cell, 100.0, dated=bool(tick))
    model = fitted(past, theta, delay, tick, 0.2, Windows("1D", leads=6))
    expected = model.forecast(past)["expected_count"].values[0]
    parents = cell, (days + (0 if tick else 0.4) - 100) * DAY
    drawn = np.zeros((3000, 6, GRID.n_cells))
    for one in drawn:
        where, when = twin.simulate(rng, model.background, theta, model.omega, 6 * DAY, tick, parents)
        np.add.at(one, (np.floor(when / DAY).astype(int), where), 1)
    error = (drawn.mean(0) - expected) / (drawn.std(0, ddof=1) / np.sqrt(3000))
    assert np.abs(error[:, :3]).max() < 3.3
    assert abs(drawn.sum((1, 2)).mean() - expected.sum()) < 3.3 * drawn.sum((1, 2)).std() / np.sqrt(3000)


@TICKS
@given(theta=st.floats(0, 0.99), delay=st.floats(1 / 24, 400), level=st.floats(1e-12, 10))
def test_never_negative_and_returns_to_its_level(tick, theta, delay, level):
    past = past_of([98, 98, 40], [3, 3, 4], 100.0, dated=bool(tick))
    for period in ("1h", "7D"):
        expected = fitted(past, theta, delay, tick, level, Windows(period, leads=30)).forecast(past)
        values = expected["expected_count"].values[0]
        assert (values > 0).all()
    long_run = level * 7 / (1 - theta)
    away = np.abs(values - long_run).max(1)
    assert (np.diff(away) <= 1e-12 * (1 + long_run)).all()


@TICKS
def test_parts_of_a_window_add_up(tick):
    past = past_of([98, 99], [3, 4], 100.0, dated=bool(tick))
    whole, parts = (
        fitted(past, 0.5, 4.0, tick, 0.1, windows).forecast(past)["expected_count"].values[0]
        for windows in (Windows("7D"), Windows("1h", leads=7 * 24))
    )
    np.testing.assert_allclose(parts.sum(0), whole[0], rtol=1e-12)


def test_one_incident_raises_its_own_cell_only():
    quiet, loud = past_of([1], [0], 100.0), past_of([1, 99.9], [0, 5], 100.0)
    before, after = (fitted(p, 0.3, 5.0, 0.0, 0.1).forecast(p)["expected_count"].values[0, 0] for p in (quiet, loud))
    assert after[5] > before[5]
    np.testing.assert_array_equal(np.delete(after, 5), np.delete(before, 5))


def test_latency_lets_the_excitation_fade():
    expected = [
        fitted(p, 0.3, 5.0, 0.0, 0.1).forecast(p)["expected_count"].values[0, 0, 5]
        for p in (past_of([0, 90], [0, 5], 100.0, latency=gap) for gap in ("0D", "3D"))
    ]
    # both forecast the same days from the same incident; what may have happened in the gap is now only expected
    assert expected[1] > expected[0]


def test_dates_of_one_day_never_trigger_each_other():
    days, cell = np.repeat(np.arange(12.0) * 8, 4), np.repeat(np.arange(12), 4)  # four a day, each day in its own cell
    timed = GridEtas().fit(past_of(days + np.tile([0, 0.1, 0.2, 0.3], 12), cell, 100.0), windows=WEEK)
    dated = GridEtas().fit(past_of(days, cell, 100.0, dated=True), windows=WEEK)
    assert timed.params["branching_ratio"] > 0.3
    assert dated.params["branching_ratio"] == 0
    assert (timed.tick, dated.tick) == (0.0, DAY)


def test_dates_survive_the_change_of_clocks():
    domain = squares(4, 3, zone="America/Chicago")
    first = np.datetime64("2021-03-01T06:00", "us")  # civil midnight; the clocks go forward on 14 March
    date = np.arange(60)
    past = past_of(date - (date > 13) / 24, date % 12, 61.0, dated=True, domain=domain, first=first)
    model = GridEtas().fit(past, windows=WEEK)
    direct = np.bincount(date % 12, np.exp(-model.omega * (61 - date) * DAY))
    np.testing.assert_allclose(model.state(past), direct, rtol=1e-12)


def test_an_interval_counts_at_its_middle():
    long, point = past_of([0, 50], [0, 3], 100.0, hours=[0, 48]), past_of([0, 51], [0, 3], 100.0)
    states = [fitted(past, 0.4, 5.0, 0.0, 0.1).state(past) for past in (long, point)]
    np.testing.assert_allclose(*states, rtol=1e-12)


@TICKS
def test_a_fit_through_the_door_recovers_the_truth(tick):
    rng, domain = np.random.default_rng(5), squares(20, 15)
    level = rng.gamma(2.0, 0.02, domain.n_cells)
    cell, moment = twin.simulate(rng, level / DAY, 0.4, 1 / (3 * DAY), 700 * DAY, tick)
    days = moment / DAY
    order = np.argsort(days, kind="stable")
    past = past_of(days[order], cell[order], 700.0, dated=bool(tick), domain=domain)
    params = GridEtas().fit(past, windows=WEEK).params
    mean_delay = 1 / -np.expm1(-1 / 3) if tick else 3.0
    assert params["branching_ratio"] == pytest.approx(0.4, abs=0.04)
    assert params["delay_days"] == pytest.approx(mean_delay, rel=0.12)
    assert params["background_share"] == pytest.approx(0.6, abs=0.04)


def test_without_repeats_it_is_a_background():
    model = GridEtas().fit(past_of([0, 1, 2], [0, 1, 2], 100.0), windows=WEEK)
    assert model.params == {"branching_ratio": 0.0, "delay_days": 10.0, "background_share": 1.0}
    expected = model.forecast(past_of([0, 1, 2], [0, 1, 2], 100.0))["expected_count"].values[0, 0]
    assert (expected > 0).all()
    assert expected.sum() == pytest.approx(3 * 7 / 100, rel=1e-9)


def test_refuses_what_it_cannot_use():
    with pytest.raises(InputError, match="tolerance"):
        GridEtas(tolerance=0.0)
    with pytest.raises(InputError, match="no incident"):
        GridEtas().fit(past_of([5], [0], 100.0).as_of(FIRST), windows=WEEK)
    mixed = past_of([0.2, 0.3], [0, 1], 0.9, precision=["time", "day"])
    with pytest.raises(InputError, match="whole day"):
        GridEtas().fit(mixed, windows=WEEK)


@TICKS
def test_whole_weeks_shift_nothing_but_the_dates(tick):
    rng = np.random.default_rng(7)
    days, cell = np.sort(rng.integers(0, 99, 80)), rng.integers(0, 12, 80)
    results = []
    for weeks in (0, 9):
        past = past_of(days, cell, 100.0, dated=bool(tick), first=FIRST + np.timedelta64(7 * weeks, "D"))
        results.append(GridEtas().fit(past, windows=WEEK).forecast(past)["expected_count"].values)
    np.testing.assert_array_equal(*results)


def test_a_state_made_before_gives_the_same_forecast():
    past = past_of([0, 98, 99], [0, 3, 3], 100.0)
    model = fitted(past, 0.3, 5.0, 0.0, 0.1)
    later = past_of([0, 98, 99, 101], [0, 3, 3, 4], 103.0)
    advanced = model.forecast(later, state=model.advance(model.state(past), later))
    assert advanced.equals(model.forecast(later))


def test_any_tessellation_will_do():
    domain, rng = hexagons(), np.random.default_rng(1)
    past = history(domain, np.sort(rng.uniform(0, 99, 200)), *points_in(domain, 200, rng), cutoff=100.0)
    expected = GridEtas().fit(past, windows=WEEK).forecast(past)["expected_count"].values
    assert (expected > 0).all()
    assert expected.sum() == pytest.approx(14, rel=0.1)
