"""Features of places and streets against scipy and shapely, one cell after another."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from hotspot.errors import InputError
from hotspot.features.place_density import PlaceDensity
from hotspot.features.place_distance import PlaceDistance
from hotspot.features.street_density import StreetDensity
from hotspot.layers import Places
from hotspot.windows import Windows
from tests.features import worlds

DAY, TIMES = Windows("1D"), worlds.issue_times(50)


@pytest.fixture(scope="module", params=["square", "h3"])
def history(request):
    return worlds.history(worlds.table(1, 50), kind=request.param, layers=worlds.layers())


@pytest.mark.parametrize("category", ["bar", "stop", None])
def test_distances_and_densities_cell_by_cell(history, category: str | None) -> None:
    layer = history.layers[0] if category else history.layers[1]
    column = category or "schools"
    shapes = np.asarray(layer.of(category).to_crs(history.domain.crs).array)
    centres = shapely.points(*history.domain.centres)
    between = np.array([shapely.distance(centre, shapes) for centre in centres])
    distance = PlaceDistance().compute(history, TIMES, DAY)
    density = PlaceDensity(radius=450.0).compute(history, TIMES, DAY)
    assert list(distance["column"].values) == ["bar", "stop", "schools"]
    np.testing.assert_allclose(distance.sel(column=column), between.min(axis=1), rtol=1e-6)
    inside = (between <= 450).sum(axis=1) / (np.pi * 0.45**2)
    np.testing.assert_allclose(density.sel(column=column), inside, rtol=1e-6)
    assert inside.sum() > 0


def test_street_density_cell_by_cell(history) -> None:
    found = StreetDensity().compute(history, TIMES, DAY)
    lines = shapely.union_all(np.asarray(history.layers[2].geometry.array))
    cells = history.domain.shapes
    slow = [lines.intersection(cell).length / 1e3 / (cell.area / 1e6) for cell in cells]
    np.testing.assert_allclose(found, slow, rtol=2e-3)  # streets are on a grid of a centimetre, and mended
    assert found.dims == ("cell",)
    city = (found.values * history.domain.area / 1e3).sum()
    assert city == pytest.approx(lines.intersection(history.domain.boundary).length, rel=1e-3)


def test_one_category_and_its_name(history) -> None:
    only = PlaceDistance(category="stop").compute(history, TIMES, DAY)
    assert list(only["column"].values) == ["stop"]
    with pytest.raises(InputError, match="did you mean 'stop'"):
        PlaceDistance(category="stops").compute(history, TIMES, DAY)


def test_equal_categories_of_two_layers_keep_apart() -> None:
    bars = worlds.layers()[0]
    again = Places(bars.frame, name="city", category="kind")
    history = worlds.history(worlds.table(1, 50), layers=(bars, again, bars))
    columns = list(PlaceDistance(category="bar").compute(history, TIMES, DAY)["column"].values)
    assert columns == ["osm_bar", "city_bar", "osm_bar_3"]


def test_streets_of_two_layers_are_two_columns() -> None:
    roads = worlds.layers()[2]
    found = StreetDensity().compute(worlds.history(worlds.table(1, 50), layers=(roads, roads)), TIMES, DAY)
    assert list(found["column"].values) == ["roads", "roads_2"]
    np.testing.assert_array_equal(found[:, 0], found[:, 1])


@pytest.mark.parametrize("feature", [PlaceDistance(), PlaceDensity(), StreetDensity()], ids=repr)
def test_a_missing_layer_is_named(feature) -> None:
    with pytest.raises(InputError, match=r"needs .* add hotspot\.read_"):
        feature.compute(worlds.history(worlds.table(1, 50)), TIMES, DAY)


@pytest.mark.parametrize("radius", [0.0, np.nan])
def test_a_wrong_radius_is_refused(radius: float) -> None:
    with pytest.raises(InputError, match="radius"):
        PlaceDensity(radius=radius)
