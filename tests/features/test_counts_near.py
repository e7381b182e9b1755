"""Time since, neighbourhood, near repeats and severity against loops over what was known."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import ConfigError, InputError, RefusedError
from hotspot.features import _sweeps
from hotspot.features.near_repeat import NearRepeat
from hotspot.features.neighbour_counts import NeighbourCounts
from hotspot.features.neighbourhood import Neighbourhood
from hotspot.features.recent_counts import RecentCounts
from hotspot.features.severity_counts import SeverityCounts
from hotspot.features.time_since import TimeSince
from hotspot.history import Events, History
from hotspot.incidents import Incidents
from hotspot.protocols import Feature
from hotspot.registry import make
from hotspot.windows import Windows, shift
from tests.features import worlds

DAY = Windows("1D")
ONE_DAY = np.timedelta64(86_400_000_000, "us")
WEIGHTS = {"burglary": 3.5, "theft": 0.25}
FEATURES = [TimeSince(), NearRepeat(), Neighbourhood("7D", "28D"), SeverityCounts(("3D", "28D"), WEIGHTS)]
SEEDS = st.integers(0, 2**32 - 1)


def known(history: History, time: np.datetime64) -> tuple[Events, np.ndarray]:
    """What was known of incidents that had a cell and lay in the record, and their middles."""
    past = history.as_of(time)
    events = past.events()
    middle = past.profile.place(events.start, events.end, events.category, 0.5)
    keep = (events.cell >= 0) & (middle >= past.observed_from) & (middle < time)
    return events.where(keep), middle[keep]


def near(history: History, cell: int) -> np.ndarray:
    x, y = history.domain.centres
    return np.flatnonzero(np.hypot(x - x[cell], y - y[cell]) <= 1.5 * history.domain.spacing * (1 + 1e-9))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@pytest.mark.parametrize("kind", worlds.KINDS)
def test_chunks_order_and_threads_change_nothing(feature: Feature, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history = worlds.history(worlds.table(5), kind=kind)
    times = worlds.FIRST + np.arange(0, worlds.DAYS * 24, 7) * np.timedelta64(1, "h")
    whole = feature.compute(history, times, DAY).values
    assert whole.dtype == np.float32
    monkeypatch.setattr(_sweeps, "PIECE", 100)
    for first in (0, 7, 300):
        np.testing.assert_array_equal(
            feature.compute(history, times[first : first + 90], DAY), whole[first : first + 90]
        )
    mixed = np.random.default_rng(1).permutation(times.size)
    np.testing.assert_array_equal(feature.compute(history, times[mixed], DAY), whole[mixed])
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    single = feature.compute(history, times, DAY).values
    numba.set_num_threads(before)
    np.testing.assert_array_equal(single, whole)


@settings(max_examples=10)
@given(seed=SEEDS, kind=st.sampled_from(worlds.KINDS), latency=st.sampled_from(["0D", "5h", "1M"]))
def test_all_equal_the_loop_in_any_world(seed: int, kind: str, latency: str) -> None:
    history = worlds.history(worlds.table(seed, 80), kind=kind, latency=latency)
    times = worlds.issue_times(*np.random.default_rng(seed).integers(-5, 130, 3))
    for feature in FEATURES:
        fast = feature.compute(history, times, DAY)
        slow = [feature.compute(history.as_of(time), times[i : i + 1], DAY) for i, time in enumerate(times)]
        np.testing.assert_array_equal(fast.values, np.concatenate([part.values for part in slow]))


@settings(max_examples=10)
@given(seed=SEEDS, n=st.integers(30, 300), day=st.integers(40, 130))
def test_days_since(seed: int, n: int, day: int) -> None:
    history, times = worlds.history(worlds.table(seed, n)), worlds.issue_times(day)
    found = TimeSince().compute(history, times, DAY)[0]
    events, middle = known(history, times[0])
    begin = history.as_of(times[0]).observed_from
    last = np.array([max([begin, *middle[events.cell == cell]]) for cell in range(history.domain.n_cells)])
    around = np.array([last[near(history, cell)].max() for cell in range(last.size)])
    np.testing.assert_allclose(found.sel(column="cell"), (times[0] - last) / ONE_DAY, rtol=2e-7)
    np.testing.assert_allclose(found.sel(column="near"), (times[0] - around) / ONE_DAY, rtol=2e-7)


@pytest.mark.parametrize("kind", worlds.KINDS)
@pytest.mark.parametrize("day", [45, 100])
def test_near_repeats(kind: str, day: int) -> None:
    rows = worlds.table(3, 600)
    rows.loc[::3, ["x", "y"]] = rows.loc[0, ["x", "y"]].to_numpy(float)
    rows[["x", "y"]] = rows[["x", "y"]].round()
    history, times = worlds.history(rows, kind=kind), worlds.issue_times(day)
    found = NearRepeat(radius=350.0, memory="5W", distance=80.0).compute(history, times, DAY)[0]
    events, middle = known(history, times[0])
    ages = [shift(times[0], f"{k}W", worlds.ZONE, -1) for k in range(1, 6)]
    x, y = history.domain.centres
    expected, repeats = np.zeros(x.size), np.zeros(x.size)
    places: dict[tuple[float, float, int], int] = {}
    for ex, ey, cell, time in zip(events.x, events.y, events.cell, middle, strict=True):
        step = sum(time < age for age in ages)
        if step == len(ages):
            continue
        distance = np.hypot(x - ex, y - ey)
        weight = np.where(distance <= 350.0, 1 / (1 + distance // 80.0), 0.0)
        weight[cell] = 1.0
        expected += weight / (1 + step)
        key = (round(ex), round(ey), cell)
        repeats[cell] += key in places
        places[key] = cell
    assert repeats.sum() > 0
    np.testing.assert_allclose(found.sel(column="near"), expected, rtol=1e-6)
    np.testing.assert_array_equal(found.sel(column="repeat"), repeats)


@pytest.mark.parametrize("day", [20, 100])
def test_trend(day: int) -> None:
    history, times = worlds.history(worlds.table(9)), worlds.issue_times(day)
    found = Neighbourhood("7D", "28D", shrinkage=0.5).compute(history, times, DAY).sel(column="trend").values[0]
    recent, usual = RecentCounts(("7D", "28D")).compute(history, times, DAY).values[0].T
    for cell in range(history.domain.n_cells):
        around = near(history, cell)
        expected = np.log((recent[around].sum() + 0.5) / (usual[around].sum() / 4 + 0.5))
        np.testing.assert_allclose(found[cell], expected, atol=1e-5)


def long_table() -> pd.DataFrame:
    """Four years with twice as much in January."""
    rng = np.random.default_rng(0)
    days = np.concatenate([rng.integers(0, 1461, 4000), *(365 * k + rng.integers(0, 31, 300) for k in range(4))])
    start = np.datetime64("2018-01-01T06:00", "us") + days * ONE_DAY
    rows = worlds.table(0, days.size).drop_duplicates("id")
    return rows.assign(start=start, end=start, known_at=start, superseded_at=np.datetime64("NaT", "us"))


def test_season() -> None:
    history = worlds.history(long_table(), latency="0D")
    times = np.array(["2018-06-01T06:00", "2021-01-15T06:00", "2021-07-01T05:00"], "datetime64[us]")
    recipe = Neighbourhood(radius=700.0, years=2)
    found = recipe.compute(history, times, DAY).sel(column="season").values
    assert (found[0] == 0).all()  # no whole year yet
    assert found[1].mean() > 0.3
    assert found[2].mean() < 0
    x, y = history.domain.centres
    time, cell = times[1], 20
    around = np.hypot(x - x[cell], y - y[cell]) <= 700
    weeks = years = length = np.float64(0)
    for back in (12, 24):
        date = shift(time, f"{back}M", worlds.ZONE, -1)
        edges = [shift(date, span, worlds.ZONE, sign) for span in ("14D", "6M") for sign in (-1, 1)]
        mass = history.mass(np.array(edges[::2]), np.array(edges[1::2]))[:, around].sum(axis=1)
        if edges[2] < history.observed_from:
            continue
        weeks, years, length = weeks + mass[0], years + mass[1], length + (edges[3] - edges[2]) / (28 * ONE_DAY)
        number = length / ((edges[3] - edges[2]) / (28 * ONE_DAY))
    expected = np.log((weeks + 1) / (years * number / length + 1))
    np.testing.assert_allclose(found[1, cell], expected, atol=2e-3)


def test_severity_is_weighed_counts() -> None:
    history, times = worlds.history(worlds.table(7)), worlds.issue_times(-3, 60, 100)
    each = RecentCounts(("28D",), of=tuple(WEIGHTS)).compute(history, times, DAY).values
    found = SeverityCounts(("28D",), WEIGHTS).compute(history, times, DAY)
    np.testing.assert_allclose(found.values[..., 0], each @ np.array(list(WEIGHTS.values())), rtol=1e-6, atol=1e-6)
    assert found.attrs["units"] == "severity"
    plain = SeverityCounts(("28D",)).compute(history, times, DAY).values
    np.testing.assert_array_equal(plain, RecentCounts(("28D",)).compute(history, times, DAY).values)


def test_neighbours_that_touch_or_lie_along_the_streets() -> None:
    history, times = worlds.history(worlds.table(9), kind="polygons"), worlds.issue_times(100)
    own = RecentCounts(("28D",)).compute(history, times, DAY).values[0, :, 0]
    found = NeighbourCounts(("28D",), by="touch").compute(history, times, DAY)
    rows = history.domain.neighbours(None)
    for cell in range(own.size):
        touching = rows.indices[rows.indptr[cell] : rows.indptr[cell + 1]]
        np.testing.assert_allclose(found.values[0, cell, 0], own[touching].sum(), rtol=1e-6)
    assert list(found["column"].values) == ["28D_touch"]
    streets = worlds.history(worlds.table(9), kind="segments")
    along = NeighbourCounts(("28D",), radius=600.0, by="streets").compute(streets, times, DAY)
    straight = NeighbourCounts(("28D",), radius=600.0).compute(streets, times, DAY)
    assert list(along["column"].values) == ["28D_600m_streets"]
    assert (along.values <= straight.values + 1e-6).all()
    assert along.values.sum() < straight.values.sum()
    with pytest.raises(InputError, match="no streets"):
        NeighbourCounts(by="streets").compute(history, times, DAY)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("time_since", {"radius": 0}),
        ("near_repeat", {"radius": -1}),
        ("near_repeat", {"distance": "50"}),
        ("near_repeat", {"age": "3M"}),
        ("neighbourhood", {"recent": "2M", "usual": "28D"}),
        ("neighbourhood", {"weeks": "1000D"}),
        ("neighbourhood", {"years": 0}),
        ("neighbourhood", {"shrinkage": 0.0}),
        ("neighbourhood", {"radius": float("inf")}),
        ("severity_counts", {"weights": {"theft": -1}}),
        ("severity_counts", {"weights": {}}),
        ("neighbour_counts", {"by": "foot"}),
        ("neighbour_counts", {"by": "touch", "radius": 500.0}),
    ],
)
def test_wrong_options_are_refused(kind: str, options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"expected|allowed|leave out"):
        make("feature", kind, options)


def test_weights_of_unknown_and_ineligible_categories_are_refused() -> None:
    rows = worlds.table(7)
    rows.loc[:20, "category"] = "rape"
    cells = worlds.domain()
    history = History(cells, Incidents(rows, worlds.CRS).within(cells), target="burglary")
    for name, error in (("burgary", InputError), ("rape", RefusedError)):
        with pytest.raises(error, match=name):
            SeverityCounts(weights={name: 1.0}).compute(history, worlds.issue_times(60), DAY)


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_rounding_moves_no_incident_into_another_cell(kind: str) -> None:
    """Incidents a hand's breadth from a border count whole in the cell that the record names, at steps so small that
    none does elsewhere."""
    rng, cells = np.random.default_rng(3), worlds.domain(kind)
    x, y = rng.uniform(447_100, 448_900, 60_000), rng.uniform(4_636_100, 4_637_900, 60_000)
    at, rounded = cells.locate(x, y), cells.locate(np.rint(x), np.rint(y))
    edge = np.flatnonzero((at >= 0) & (at != rounded))[:30]
    assert edge.size > 5
    rows = worlds.table(1, edge.size).iloc[: edge.size].assign(x=x[edge], y=y[edge], category="burglary")
    rows = rows.assign(start=worlds.FIRST, end=worlds.FIRST, known_at=worlds.FIRST)
    rows["superseded_at"] = np.datetime64("NaT", "us")
    history = History(cells, Incidents(rows, worlds.CRS), target="burglary")
    found = NearRepeat(radius=1e-3, distance=1.0).compute(history, worlds.issue_times(2), DAY).values[0, :, 0]
    own = history.as_of(worlds.issue_times(2)[0]).events().cell
    assert own.size > 5
    np.testing.assert_array_equal(found, np.bincount(own, minlength=cells.n_cells))
