"""Sampled rows: features, labels and exposure of each, in any batches."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

import hotspot as hs
from hotspot.domain import Domain
from hotspot.errors import InputError, LeakageError
from hotspot.features import drawing
from hotspot.features.calendar import Calendar
from hotspot.features.cube import featurize
from hotspot.features.place_distance import PlaceDistance
from hotspot.features.recent_counts import RecentCounts
from hotspot.features.sampling import Sample, sample_rows
from hotspot.features.training import training_times
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.windows import Windows
from tests.features import worlds

DAILY = Windows("1D", 2)
RECIPES = (RecentCounts(("28D",)), PlaceDistance(), Calendar())


@pytest.fixture(scope="module")
def history() -> History:
    return worlds.history(worlds.table(0, 3000), layers=worlds.layers()).as_of("2021-06-05")


@pytest.fixture(scope="module")
def times(history: History) -> np.ndarray:
    return training_times(history, DAILY, "60D")


def sampled(history: History, times: np.ndarray, **options) -> Sample:
    given = {"features": RECIPES, "windows": DAILY, "max_rows": 10**9, **options}
    return sample_rows(history, times, **given).join()


def test_all_rows_are_the_cube(history: History, times: np.ndarray) -> None:
    sample = sampled(history, times)
    cube = featurize(history, times, features=RECIPES, windows=DAILY)
    assert sample.columns == tuple(cube.data_vars)
    shape = (times.size, 2, history.domain.n_cells)
    index = [part.ravel() for part in np.indices(shape)]
    np.testing.assert_array_equal(sample.issue_time, times[index[0]])
    np.testing.assert_array_equal(sample.lead, index[1])
    np.testing.assert_array_equal(sample.cell, index[2])
    for i, name in enumerate(sample.columns):
        dense = cube[name].broadcast_like(cube["valid_start"] * 0 * cube["cell"]) if False else cube[name]
        dense = dense.expand_dims(
            {dim: cube.sizes[dim] for dim in ("issue_time", "lead", "cell") if dim not in dense.dims}
        )
        values = dense.transpose("issue_time", "lead", "cell").values.ravel()
        np.testing.assert_array_equal(sample.features[:, i], values.astype(np.float32))


def test_labels_exposure_and_weights(history: History, times: np.ndarray) -> None:
    sample = sampled(history, times)
    start, end = DAILY.bounds(times, worlds.ZONE)
    np.testing.assert_array_equal(sample.incidents, history.mass(start.ravel(), end.ravel()).ravel())
    np.testing.assert_array_equal(sample.weight, 1)
    hours = np.repeat((end - start).ravel() / worlds.HOUR, history.domain.n_cells)
    np.testing.assert_allclose(sample.exposure, hours * 3600 * np.tile(history.domain.area, start.size))
    most = 2 * int((sample.incidents > 0).sum()) + 50
    few = sampled(history, times, max_rows=most)
    assert few.incidents.size == most < sample.incidents.size
    assert few.weight @ few.incidents == pytest.approx(sample.incidents.sum())
    assert few.weight.sum() == pytest.approx(sample.weight.sum())


@pytest.mark.parametrize("max_rows", [10, 700, 10**6])
def test_batches_change_nothing(history: History, times: np.ndarray, max_rows: int, monkeypatch) -> None:
    whole = sampled(history, times, max_rows=max_rows, rng=5)
    monkeypatch.setattr(drawing, "AT_ONCE", 200)
    batches = sample_rows(
        history,
        times,
        features=RECIPES,
        windows=DAILY,
        max_rows=max_rows,
        rng=5,
        memory=4 * history.domain.n_cells * 20,
    )
    parts = list(batches)
    assert len(parts) > 1 or max_rows == 10
    assert sum(part.weight.size for part in parts) == batches.n_rows == whole.weight.size
    for i in range(1, len(Sample._fields)):
        np.testing.assert_array_equal(np.concatenate([part[i] for part in parts]), whole[i])
        np.testing.assert_array_equal(batches.join()[i], whole[i])


def test_weighted_means_of_features_are_right_on_average(history: History, times: np.ndarray) -> None:
    whole = sampled(history, times)
    target = np.r_[whole.features[:, 0].mean(dtype=float), (whole.features[:, 0] * whole.incidents).mean(dtype=float)]
    found = []
    for seed in range(60):
        few = sampled(history, times, max_rows=300, rng=seed)
        both = np.stack([few.features[:, 0], few.features[:, 0] * few.incidents]) @ few.weight
        found.append(both / whole.weight.size)
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - target) < 3.3 * error).all()


def test_segments_are_exposed_by_length() -> None:
    x0, y0, x1, y1 = worlds.BOUNDARY.bounds
    across = [shapely.LineString([(x0, y), (x1, y)]) for y in np.linspace(y0, y1, 8)]
    domain = Domain.segments(
        worlds.BOUNDARY,
        streets=gpd.GeoSeries(across, crs=worlds.CRS),
        crs=worlds.CRS,
        time_zone=worlds.ZONE,
        snap=200.0,
    )
    history = History(domain, Incidents(worlds.table(0, 600), worlds.CRS).within(domain)).as_of("2021-06-01")
    times = training_times(history, DAILY, "30D")
    sample = sample_rows(history, times, features=["recent_counts"], windows=DAILY, max_rows=500).join()
    start, end = DAILY.bounds(times, worlds.ZONE)
    issue = np.searchsorted(times, sample.issue_time)
    seconds = ((end - start) / np.timedelta64(1, "s"))[issue, sample.lead]
    np.testing.assert_allclose(sample.exposure, seconds * domain.length[sample.cell])


def test_what_is_refused(history: History, times: np.ndarray) -> None:
    given = {"features": ["recent_counts"], "windows": DAILY}
    with pytest.raises(InputError, match="no issue time"):
        hs.sample_rows(history, [], **given)
    for wrong in (1, 0, True, 2.5):
        with pytest.raises(InputError, match="max_rows"):
            hs.sample_rows(history, times, **given, max_rows=wrong)
    with pytest.raises(LeakageError, match="complete only until"):
        hs.sample_rows(history, [history.known_until], **given)
    with pytest.raises(LeakageError, match="no cutoff"):
        hs.sample_rows(worlds.history(worlds.table(0)), times, **given)
    for wrong in ("a", 1.5, -1, None, True, np.random.default_rng(1)):
        with pytest.raises(InputError, match=r"sample_rows rng: got .* expected a whole number >= 0"):
            hs.sample_rows(history, times, **given, rng=wrong)
    for wrong in ("3 apples", "1"):
        with pytest.raises(InputError, match="sample_rows memory: got"):
            hs.sample_rows(history, times, **given, memory=wrong)


@dataclass(frozen=True)
class Wide:
    """Forty columns over (issue_time, cell)."""

    name: ClassVar[str] = "wide"

    def compute(self, history: History, issue_times: np.ndarray, windows: Windows) -> xr.DataArray:
        day = issue_times.astype("datetime64[D]").astype(np.float32)[:, None, None] % 7
        values = np.broadcast_to(day, (day.size, 40, history.domain.n_cells)).astype(np.float32)
        attrs = {"units": "1", "source": "test", "vintage": ""}
        names = [f"c{i}" for i in range(40)]
        return xr.DataArray(values, {"column": names}, ("issue_time", "column", "cell"), attrs=attrs)


def test_memory_stays_below_a_block_and_the_sample(history: History) -> None:
    times, n_cells = worlds.issue_times(*range(10, 110)), history.domain.n_cells
    block = 10 * n_cells * 40 * 4
    given = {"features": [Wide()], "windows": DAILY, "max_rows": 400, "memory": block * 3 // 2}
    sample_rows(history, times, **given).join()  # imports, compiled kernels and rows of the History stay
    tracemalloc.start()
    sample = sample_rows(history, times, **given).join()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    labels = 2 * times.size * n_cells * 8
    assert peak < 1.5 * block + 2 * sum(part.nbytes for part in sample[1:]) + 2 * labels
    assert peak < times.size * n_cells * 40 * 4  # the cube
