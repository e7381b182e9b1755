from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from hotspot.domain import Domain
from hotspot.errors import InputError, SchemaError
from hotspot.evaluate.selection import select
from hotspot.report.scene import Scene, single
from hotspot.schema import CELL, EXPECTED, ISSUE_TIME, LEAD, MODEL
from hotspot.windows import Windows
from tests.report.cities import forecast_for, page_of, square_city


@pytest.fixture(scope="module")
def city() -> Domain:
    return square_city()


def test_a_scene_says_what_is_selected(city: Domain) -> None:
    page = page_of(city)
    scene = Scene.of(page)
    assert list(scene.chosen) == ["2\u00a0% of the area", "10\u00a0% of the area"]
    chosen = page.selections[0.02].squeeze().values
    expected = page.forecast[EXPECTED].squeeze().values
    share = expected[1][chosen[1]].sum() / expected[1].sum()
    text = scene.summary("2\u00a0% of the area", 1).replace("\u00a0", " ")
    covered = 100 * city.area[chosen[1]].sum() / city.total_area
    assert text.startswith(f"{chosen[1].sum()} selected cells cover {covered:.2g} % of the area, ")
    assert f"with {100 * share:.2g} % of the expected incidents" in text
    assert scene.windows[0] == "Fri 21 Nov 2025, whole day"


def test_ranks_follow_the_order_of_selection(city: Domain) -> None:
    page = page_of(city, selections={"whole cells": select(forecast_for(city), cells=12)})
    scene = Scene.of(page)
    density = scene.expected[0] / city.area
    assert scene.ranks.min() == 1
    assert (np.diff(density[np.argsort(scene.ranks[0], kind="stable")]) <= 1e-6 * density.max()).all()


def test_tied_cells_share_a_rank(city: Domain) -> None:
    forecast = forecast_for(city)
    forecast[EXPECTED] = forecast[EXPECTED] * 0 + city.area / city.area.max() * 0.01
    assert (Scene.of(page_of(city, forecast)).ranks == 1).all()


def test_nothing_expected_and_nothing_selected(city: Domain) -> None:
    forecast = forecast_for(city)
    forecast[EXPECTED] = forecast[EXPECTED] * 0.0
    none = xr.zeros_like(forecast[EXPECTED], bool)
    scene = Scene.of(page_of(city, forecast, selections={"none": none, "all": ~none}))
    assert scene.summary("none", 0) == "No cell is selected in this window."
    assert "with 0\u00a0% of the expected incidents" in scene.summary("all", 0)
    assert scene.outline("none", 0) == []
    assert len(scene.outline("all", 0)) >= 3  # outer side, lake, island


def test_several_issue_times_are_refused(city: Domain) -> None:
    forecast = forecast_for(city)
    later = forecast.assign_coords({ISSUE_TIME: forecast[ISSUE_TIME] + np.timedelta64(1, "D")})
    with pytest.raises(InputError, match=r"2 values of 'issue_time'.*isel"):
        single(xr.concat([forecast, later], ISSUE_TIME))


def test_a_model_dimension_of_one_is_taken(city: Domain) -> None:
    forecast = forecast_for(city)
    one = forecast.expand_dims({MODEL: ["kde"]})
    for name in ("valid_start", "valid_end", "area", "target"):
        one[name] = forecast[name]
    xr.testing.assert_equal(single(one)[EXPECTED].drop_vars(MODEL), single(forecast)[EXPECTED])


def test_bad_forecasts_are_refused(city: Domain) -> None:
    forecast = forecast_for(city)
    with pytest.raises(SchemaError):
        Scene.of(page_of(city, selections={}, forecast=forecast.assign({EXPECTED: -forecast[EXPECTED]})))


def test_selections_must_fit_the_forecast(city: Domain) -> None:
    page = page_of(city)
    chosen = page.selections[0.02]
    with pytest.raises(InputError, match="select from this forecast"):
        Scene.of(replace(page, selections={0.02: chosen.isel({CELL: slice(1, None)})}))
    with pytest.raises(InputError, match="expected bool over"):
        Scene.of(replace(page, selections={0.02: chosen.isel({LEAD: 0})}))
    with pytest.raises(InputError, match="expected bool over"):
        Scene.of(replace(page, selections={0.02: chosen.astype(float)}))
    other = select(forecast_for(city, Windows("1D", leads=2)), coverage=0.02)
    with pytest.raises(InputError, match="select from this forecast"):
        Scene.of(replace(page, selections={0.02: other}))
