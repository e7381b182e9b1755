"""Boosted trees on simulated counts with a planted effect."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import ConfigError, InputError, LeakageError
from hotspot.features.calendar import Calendar
from hotspot.features.cube import assemble
from hotspot.features.training import training_times
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.layers import Places, Streets
from hotspot.models.boosted import Boosted, default_features
from hotspot.protocols import Fitted, Model
from hotspot.schema import check_forecast
from hotspot.windows import Windows

FIRST, DAYS, SIDE, LEVEL = np.datetime64("2021-01-04", "us"), 560, 20, 0.09
DAY = np.timedelta64(1, "D")
SLOPE = -0.5  # of the log rate, a km from the station
WEEKEND = 2.0  # times as many on Saturday and Sunday
WEEK, DAILY = Windows("7D"), Windows("1D", 7)


def simulated(side: int, level: float) -> History:
    """Poisson counts whose log rate falls with the distance to a station, and doubles at weekends."""
    rng = np.random.default_rng(11)
    square = shapely.box(0, 0, side * 250, side * 250)
    domain = Domain.square(square, size=250, crs="EPSG:32631", time_zone="UTC")
    x, y = domain.centres
    rate = level * np.exp(SLOPE * np.hypot(x, y) / 1000)
    weekend = np.arange(DAYS) % 7 >= 5
    counts = rng.poisson(np.where(weekend, WEEKEND, 1.0)[:, None] * rate)
    day, cell = np.nonzero(counts)
    day, cell = (np.repeat(index, counts[counts > 0]) for index in (day, cell))
    start = FIRST + day * DAY + rng.integers(0, 86_400_000_000, day.size).astype("timedelta64[us]")
    rows = pd.DataFrame(
        {
            "id": np.arange(day.size).astype(str),
            "start": start,
            "end": start,
            "known_at": start,
            "superseded_at": np.datetime64("NaT", "us"),
            "category": "a",
            "x": x[cell],
            "y": y[cell],
            "position_error": np.nan,
            "time_precision": "time",
        }
    )
    station = Places(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=domain.crs), name="station")
    return History(domain, Incidents(rows, domain.crs), layers=(station,), latency="2D").as_of("2022-07-12")


@pytest.fixture(scope="module")
def world() -> History:
    return simulated(SIDE, LEVEL)


@pytest.fixture(scope="module")
def weekly(world: History):
    return Boosted().fit(world, windows=WEEK, rng=1)


def test_a_log_linear_effect_is_recovered(world: History) -> None:
    fitted = Boosted(features=("place_distance",)).fit(world, windows=WEEK)
    expected = fitted.forecast(world)["expected_count"].values[0, 0]
    distance = np.hypot(*world.domain.centres) / 1000
    truth = SLOPE * distance
    inner = (distance > 0.5) & (distance < 5)
    slope, _ = np.polyfit(distance[inner], np.log(expected[inner]), 1)
    assert slope == pytest.approx(SLOPE, rel=0.1)
    assert np.corrcoef(truth, np.log(expected))[0, 1] > 0.98


def test_the_weekend_is_recovered() -> None:
    busy = simulated(8, 20 * LEVEL)
    forecast = Boosted(features=(Calendar(),)).fit(busy, windows=DAILY).forecast(busy)
    city = forecast["expected_count"].sum("cell").values[0]
    weekend = (forecast["valid_start"].values[0] - FIRST) // DAY % 7 >= 5
    assert city[weekend].mean() / city[~weekend].mean() == pytest.approx(WEEKEND, rel=0.1)


def test_the_default_orders_cells_and_keeps_the_total(world: History, weekly) -> None:
    forecast = check_forecast(weekly.forecast(world))
    expected = forecast["expected_count"].values[0, 0]
    truth = 9 * LEVEL * np.exp(SLOPE * np.hypot(*world.domain.centres) / 1000)  # five days and a doubled weekend
    assert np.corrcoef(np.log(expected), np.log(truth))[0, 1] > 0.9
    assert expected.sum() == pytest.approx(truth.sum(), rel=0.1)
    assert isinstance(weekly, Fitted)
    assert isinstance(Boosted(), Model)


def test_the_training_total_is_what_was_observed(world: History) -> None:
    fitted = Boosted(max_rows=10**8, rounds=20).fit(world, windows=WEEK)
    times = training_times(world, WEEK, "730D")
    start, end = WEEK.bounds(times, "UTC")
    expected = 0.0
    for i, time in enumerate(times):
        cube = assemble(world, np.array([time]), fitted.features, WEEK)
        expected += fitted.expected(cube, world, start[i], end[i]).sum()
    assert expected == pytest.approx(world.mass(start.ravel(), end.ravel()).sum(), rel=1e-6)
    assert fitted.params["n_rows"] == times.size * world.domain.n_cells
    assert fitted.params["rounds"] == 20


def test_threads_and_repetition_change_nothing(world: History) -> None:
    options = {"max_rows": 8_000, "rounds": 40, "min_rows_in_leaf": 50}
    runs = [
        Boosted(threads=threads, **options).fit(world, windows=WEEK, rng=seed).forecast(world)["expected_count"].values
        for threads, seed in ((1, 5), (2, 5), (None, 5), (2, 6))
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    np.testing.assert_array_equal(runs[0], runs[2])
    assert not np.array_equal(runs[0], runs[3])


def test_no_label_ends_after_complete_until(world: History, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.datetime64] = []
    mass = History.mass

    def spy(self: History, start: np.ndarray, end: np.ndarray, **options: object) -> np.ndarray:
        latest = options["asof"] if options.get("asof") is not None else np.asarray(self.known_until)
        assert (end <= np.minimum(latest, self.complete_until)).all()
        seen.append(end.max())
        return mass(self, start, end, **options)

    monkeypatch.setattr(History, "mass", spy)
    Boosted(rounds=2).fit(world, windows=DAILY)
    assert max(seen) <= world.complete_until


def test_layers_decide_the_default_features(world: History) -> None:
    def names(*layers: object) -> set[str]:
        history = History(world.domain, world.incidents, layers=layers)
        return {feature.name for feature in default_features(history)}

    place = world.layers[0]
    road = Streets(gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (900, 900)])], crs=world.domain.crs))
    counts = {"recent_counts", "neighbour_counts", "calendar"}
    assert names() == counts
    assert names(place) == counts | {"place_distance", "place_density"}
    assert names(place, road) == counts | {"place_distance", "place_density", "street_density"}


def test_without_layers(world: History) -> None:
    bare = History(world.domain, world.incidents, latency="2D", cutoff="2022-07-12")
    fitted = Boosted(rounds=30).fit(bare, windows=WEEK)
    assert fitted.forecast(bare)["expected_count"].values.min() > 0
    with pytest.raises(InputError, match="place_distance needs places"):
        Boosted(features=("place_distance",)).fit(bare, windows=WEEK)


def test_a_forecast_with_other_layers_is_refused(world: History, weekly) -> None:
    more = Places(gpd.GeoDataFrame(geometry=[shapely.Point(9, 9)], crs=world.domain.crs), name="bars")
    layers = (*world.layers, more)
    history = History(world.domain, world.incidents, latency="2D", cutoff="2022-07-12", layers=layers)
    with pytest.raises(InputError, match="place_density_bars"):
        weekly.forecast(history)


def test_an_earlier_forecast_is_refused(world: History, weekly) -> None:
    with pytest.raises(LeakageError):
        weekly.forecast(world.as_of("2022-06-01"))


def test_a_state_gives_the_same_forecast(world: History, weekly) -> None:
    direct = weekly.forecast(world)
    assert direct.identical(weekly.forecast(world, state=weekly.state(world)))
    with pytest.raises(InputError, match="state"):
        weekly.forecast(world, state=3)


def test_no_incident_in_the_training_windows(world: History) -> None:
    rows = world.incidents.table.drop(columns="cell")
    first = rows[rows["start"] < FIRST + 30 * DAY].assign(category="b")
    last = FIRST + 31 * DAY  # in a window that is not complete
    late = rows[-1:].assign(start=last, end=last, known_at=last)
    both = Incidents(pd.concat([first, late]), world.domain.crs)
    history = History(world.domain, both, target="a", latency="2D", cutoff="2021-02-05")
    with pytest.raises(InputError, match="no incident of 'a'"):
        Boosted().fit(history, windows=WEEK)


@pytest.mark.parametrize(
    "options",
    [
        {"rounds": 0},
        {"leaves": 1},
        {"leaves": 2.5},
        {"min_rows_in_leaf": 0},
        {"learning_rate": 0.0},
        {"learning_rate": 1.5},
        {"shrinkage": -1.0},
        {"shrinkage": np.nan},
        {"max_rows": 10},
        {"training": "2Q"},
        {"threads": 0},
        {"features": ()},
    ],
    ids=repr,
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Boosted(**options)


def test_a_wrong_feature_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'calendar'"):
        Boosted(features=("calender",))
