"""Cells at the edge of what makes sense: ten of them, absurd sizes, and a record through an hour that comes twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import hotspot as hs
from hotspot import registry
from hotspot.errors import InputError
from hotspot.features.cube import assemble
from hotspot.testing.city import CRS, DAY, beats, street_lines
from hotspot.testing.world import CELLS
from hotspot.windows import as_utc
from tests.features import worlds

WEEK = hs.Windows("7D")
QUICK = {"boosted": {"rounds": 5}}


def ten(kind: str) -> hs.Domain:
    """About ten cells of the small world."""
    boundary = hs.testing.example_history().domain.boundary
    where: dict[str, Any] = {"crs": CRS, "time_zone": "UTC"}
    if kind == "square":
        return hs.Domain.square(boundary, size=1000, **where)
    if kind == "h3":
        return hs.Domain.h3(boundary, resolution=8, **where)
    if kind == "segments":
        few = gpd.GeoSeries(street_lines()[::8], crs=CRS)
        return hs.Domain.segments(boundary, streets=few, length=500, snap=600, **where)
    return hs.Domain.polygons(boundary, cells=gpd.GeoSeries(beats(10), crs=CRS), **where)


@pytest.fixture(scope="module", params=CELLS)
def small(request: pytest.FixtureRequest) -> hs.History:
    full = hs.testing.example_history()
    domain = ten(request.param)
    assert 6 <= domain.n_cells <= 25
    return hs.History(domain, full.versions, target=["burglary"], layers=full.layers, latency="2D")


@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_models_on_ten_cells(small: hs.History, kind: str) -> None:
    past = small.as_of("2023-12-01")
    forecast = registry.make("model", kind, QUICK.get(kind)).fit(past, windows=WEEK, rng=1).forecast(past, rng=1)
    weekly = 7 * (past.events().cell >= 0).sum() / ((past.complete_until - past.observed_from) / DAY)
    assert float(forecast["expected_count"].sum()) == pytest.approx(weekly, rel=0.25)
    assert int(hs.select(forecast, cells=1).sum()) == 1


def test_features_on_ten_cells(small: hs.History) -> None:
    times = np.array(["2023-06-05", "2023-12-04"], "datetime64[us]")
    for kind in registry.kinds("feature"):
        for column in assemble(small.as_of(times[-1]), times, [registry.make("feature", kind)], WEEK).values():
            assert np.isfinite(column).any(), column.name


def test_a_backtest_on_ten_cells(small: hs.History) -> None:
    origins = pd.date_range("2023-11-06", periods=3, freq="7D")
    runs = hs.backtest([hs.models.Counts(), hs.models.Kde()], small, origins, windows=WEEK, rng=1)
    scores = hs.score(runs, small, coverage=[0.01, 0.3])
    hits = scores["hits"].sum(["issue_time", "lead"]).sel(coverage=0.3)
    assert (hits > 0).all()
    assert (hits <= scores["oracle_hits"].sum(["issue_time", "lead"]).sel(coverage=0.3) + 1e-9).all()
    # a budget smaller than every cell buys none, and no hit either
    assert float(scores["flagged_area"].sel(coverage=0.01).max()) <= 0.01 * small.domain.total_size


@pytest.mark.parametrize("resolution", [-1, 16, 9.5, "9", True, None, 15, 14])
def test_absurd_resolutions_are_refused_at_once(resolution: Any) -> None:
    county = shapely.box(430_000, 4_600_000, 470_000, 4_640_000)
    with pytest.raises(InputError, match="resolution"):
        hs.Domain.h3(county, resolution=resolution, crs=worlds.CRS, time_zone=worlds.ZONE)


@pytest.mark.parametrize("size", [0, -5, np.nan, np.inf, 0.01])
def test_absurd_squares_are_refused_at_once(size: float) -> None:
    county = shapely.box(430_000, 4_600_000, 470_000, 4_640_000)
    with pytest.raises(InputError, match=r"Domain\.square"):
        hs.Domain.square(county, size=size, crs=worlds.CRS, time_zone=worlds.ZONE)


def test_one_hexagon_larger_than_the_city_is_a_city() -> None:
    domain = hs.Domain.h3(worlds.BOUNDARY, resolution=0, crs=worlds.CRS, time_zone=worlds.ZONE)
    assert domain.n_cells == 1
    assert domain.area.sum() == pytest.approx(worlds.BOUNDARY.area, rel=1e-6)


@pytest.fixture(params=worlds.KINDS)
def doubled(request: pytest.FixtureRequest, tmp_path: Path) -> hs.History:
    """A record every ten minutes of the night in which the clocks go back, in civil time: one hour is written twice."""
    domain = worlds.domain(request.param)
    x, y = (np.repeat(at[domain.whole][:1], 36) for at in domain.centres)
    instants = pd.date_range("2021-11-07T04:00", periods=36, freq="10min", tz="UTC")
    rows = pd.DataFrame(
        {
            "datetime": instants.tz_convert(worlds.ZONE).tz_localize(None).astype(str),
            "x": x,
            "y": y,
            "offense": "burglary",
            "case": np.arange(36),
        }
    )
    assert rows["datetime"].duplicated().sum() == 6
    rows.to_csv(tmp_path / "night.csv", index=False)
    names = {"start": "datetime", "x": "x", "y": "y", "category": "offense", "id": "case"}
    read = hs.read_incidents(tmp_path / "night.csv", columns=names, crs=worlds.CRS, time_zone=worlds.ZONE)
    return hs.History(domain, read.within(domain), target="burglary")


def test_an_hour_that_comes_twice_loses_no_incident(doubled: hs.History) -> None:
    days = hs.Windows("1D")
    past = doubled.as_of("2021-11-10")
    counts = past.counts(days)
    assert float(counts.sum()) == 36
    lengths = (counts["valid_end"] - counts["valid_start"]) / np.timedelta64(1, "h")
    assert 25.0 in lengths.values
    of_day = counts.isel(valid_start=int(np.argmax(lengths.values == 25.0)))
    assert float(of_day.sum()) == 30  # from 05:00 UTC, civil midnight


def test_features_around_the_hour_that_comes_twice_equal_the_loop(doubled: hs.History) -> None:
    times = as_utc("2021-11-07", worlds.ZONE) + np.arange(0, 600, 30).astype("timedelta64[m]")
    full = doubled.as_of(times[-1])
    hours = hs.Windows("1h", leads=4)
    for kind in ("recent_counts", "neighbour_counts", "calendar", "sky"):
        feature = registry.make("feature", kind)
        fast = assemble(full, times, [feature], hours)
        for row, time in enumerate(times):
            slow = assemble(doubled.as_of(time), times[row : row + 1], [feature], hours)
            for name, column in slow.items():
                np.testing.assert_array_equal(fast[name].isel(issue_time=[row]).values, column.values, str(name))
