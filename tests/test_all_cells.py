"""From History to audit on squares, hexagons, street segments and given polygons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import hotspot as hs
from hotspot import registry
from hotspot.errors import InputError
from hotspot.layers import Areas
from hotspot.report.notebook import MapView
from hotspot.testing.world import CELLS

MODELS = [hs.models.Counts(), hs.models.Kde(bandwidth=300)]
WEEK = hs.Windows("7D")


@pytest.fixture(scope="module", params=CELLS)
def world(request: pytest.FixtureRequest) -> hs.History:
    return hs.testing.example_history(cells=request.param)


@pytest.fixture(scope="module")
def runs(world: hs.History) -> xr.Dataset:
    return hs.backtest(MODELS, world, pd.date_range("2023-10-02", periods=6, freq="7D"), windows=WEEK, rng=7)


def test_a_backtest_is_scored_and_compared(world: hs.History, runs: xr.Dataset) -> None:
    scores = hs.score(runs, world, coverage=[0.05, 0.2])
    assert float(scores["incidents"].isel(model=0).sum()) > 30
    summary = hs.summarise(scores, ["hit_rate", "pai", "information_gain"])
    hits = summary["hit_rate"]
    assert (hits.sel(coverage=0.2) > hits.sel(coverage=0.05)).all()
    assert (summary["pai"].sel(coverage=0.2) > 1).all()
    table = hs.compare(scores, to="counts", metric="information_gain")
    assert len(table) or table.sizes


def test_chosen_cells_keep_to_the_budget(world: hs.History, runs: xr.Dataset) -> None:
    one = runs.isel(model=0)
    size, total = world.domain.size, world.domain.total_size
    for coverage in (0.02, 0.1, 0.5):
        chosen = hs.select(one, coverage=coverage)
        share = (chosen.values * size).sum(axis=-1) / total
        assert chosen.any()
        assert (share <= coverage + 1e-9).all()
    assert (hs.select(one, cells=5).sum("cell") == 5).all()
    by_size = {"length_km": 3.0} if world.domain.measure == "length" else {"area_km2": 0.5}
    spent = (hs.select(one, **by_size).values * size).sum(axis=-1)
    limit = 3000.0 if world.domain.measure == "length" else 0.5e6
    assert (spent <= limit + 1e-6).all()
    assert (spent > 0.3 * limit).all()
    other = {"area_km2": 0.5} if world.domain.measure == "length" else {"length_km": 3.0}
    with pytest.raises(InputError):
        hs.select(one, **other)


def test_a_forecast_is_drawn(world: hs.History, runs: xr.Dataset) -> None:
    one = runs.isel(model=1, issue_time=[0])
    view = hs.report.map(one, selected=hs.select(one, coverage=0.1), layers=world.layers)
    assert isinstance(view, MapView)
    assert "burglary" in view.html


def test_exposure_of_groups(world: hs.History, runs: xr.Dataset) -> None:
    areas = next(layer for layer in world.layers if isinstance(layer, Areas))
    audit = hs.audit.exposure(runs, groups=areas, coverage=0.1, rng=1)
    overall = audit["overall"]
    assert np.isfinite(overall).all()
    assert ((overall > 0) & (overall < 1)).all()


def test_a_cube_holds_every_registered_feature(world: hs.History) -> None:
    cube = hs.featurize(
        world, pd.date_range("2023-10-02", periods=3, freq="7D"), features=registry.kinds("feature"), windows=WEEK
    )
    assert len(cube.data_vars) >= len(registry.kinds("feature"))
    for name, column in cube.data_vars.items():
        assert bool(np.isfinite(column).any()), name
