"""Places in cells and around them, on every kind of cells, against shapely on every pair; what holds when."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.features import _layers
from hotspot.features._groups import place_groups
from hotspot.features.boundary_distance import BoundaryDistance
from hotspot.features.place_count import PlaceCount
from hotspot.features.place_density import PlaceDensity
from hotspot.features.place_distance import PlaceDistance
from hotspot.history import History
from hotspot.layers import Places
from hotspot.windows import Windows
from tests.features import worlds

DAY, TIMES = Windows("1D"), worlds.issue_times(50)
ROWS = worlds.table(1, 50)
DOMAINS = {kind: worlds.domain(kind) for kind in worlds.KINDS}


def history(kind: str, *layers: object) -> History:
    return worlds.history(ROWS, kind=kind, layers=layers)


def points(n: int = 40, seed: int = 3) -> np.ndarray:
    x0, y0, x1, y1 = worlds.BOUNDARY.buffer(300).bounds
    return shapely.points(np.random.default_rng(seed).uniform([x0, y0], [x1, y1], (n, 2)))


def places(shapes: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=worlds.CRS)


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_points_count_in_their_cell(kind: str) -> None:
    shapes, cells = points(200), DOMAINS[kind]
    found = PlaceCount().compute(history(kind, Places(places(shapes).to_crs("EPSG:4326"))), TIMES, DAY)
    slow = np.zeros(cells.n_cells)
    for point in shapes:
        if not worlds.BOUNDARY.covers(point):
            continue
        apart = shapely.distance(cells.shapes, point)
        if apart.min() <= (150 if kind == "segments" else 1e-3):
            slow[int(np.argmin(apart))] += 1
    assert found.dtype == np.float32
    assert found.attrs["units"] == ["places"]
    np.testing.assert_array_equal(found[:, 0], slow)
    assert slow.sum() > 90


@pytest.mark.parametrize("kind", ["square", "h3", "polygons"])
def test_large_places_count_where_they_reach(kind: str) -> None:
    x, y = worlds.BOUNDARY.centroid.coords[0]
    shapes = [shapely.box(x, y, x + 400, y + 300), shapely.LineString([(x - 300, y), (x + 100, y + 500)])]
    found = PlaceCount().compute(history(kind, Places(places(shapes))), TIMES, DAY)[:, 0]
    slow = np.array([sum(cell.intersection(shape).length > 1e-6 for shape in shapes) for cell in DOMAINS[kind].shapes])
    np.testing.assert_array_equal(found, slow)


def test_places_that_fill_cells_do_not_count_next_door() -> None:
    cells = DOMAINS["polygons"]
    found = PlaceCount().compute(history("polygons", Places(places(cells.shapes[:5]))), TIMES, DAY)[:, 0]
    np.testing.assert_array_equal(found, np.arange(cells.n_cells) < 5)


def test_a_building_beside_a_street_counts_at_that_street() -> None:
    cells = DOMAINS["segments"]
    middle = shapely.line_interpolate_point(cells.shapes[7], 0.5, normalized=True)
    beside = shapely.affinity.translate(middle.buffer(4), 12, 12)
    assert not shapely.intersects(cells.shapes, beside).any()
    found = PlaceCount().compute(history("segments", Places(places([beside]))), TIMES, DAY)[:, 0]
    at = cells.locate(beside.centroid.x, beside.centroid.y)
    np.testing.assert_array_equal(found, np.arange(cells.n_cells) == at)


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_places_within_a_radius(kind: str) -> None:
    world = worlds.history(ROWS, kind=kind, layers=worlds.layers())
    layer, centres = world.layers[0], shapely.points(*DOMAINS[kind].centres)
    found = PlaceCount("bar", radius=450.0).compute(world, TIMES, DAY)[:, 0]
    bars = np.asarray(layer.of("bar").to_crs(worlds.CRS).array)
    np.testing.assert_array_equal(found, [(shapely.distance(centre, bars) <= 450).sum() for centre in centres])
    density = PlaceDensity("bar", radius=450.0).compute(world, TIMES, DAY)[:, 0]
    np.testing.assert_allclose(density, found / (np.pi * 0.45**2), rtol=1e-6)


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_distance_to_the_boundary(kind: str) -> None:
    cells = DOMAINS[kind]
    found = BoundaryDistance().compute(history(kind), TIMES, DAY)
    assert found.dims == ("cell",)
    centres = shapely.points(*cells.centres)
    sign = np.where(shapely.covers(cells.boundary, centres), 1, -1)
    np.testing.assert_allclose(found, sign * shapely.distance(cells.boundary.boundary, centres), rtol=1e-5, atol=0.01)
    clipped = BoundaryDistance(signed=False).compute(history(kind), TIMES, DAY)
    np.testing.assert_array_equal(clipped, np.maximum(found, 0))


def test_holes_are_part_of_the_boundary_if_they_shall() -> None:
    lake = worlds.BOUNDARY.centroid.buffer(200)
    cells = Domain.square(worlds.BOUNDARY, size=250, crs=worlds.CRS, time_zone=worlds.ZONE, without=lake)
    world = History(cells, worlds.history(ROWS).incidents)
    centres = shapely.points(*cells.centres)
    for holes, area in ((True, cells.boundary), (False, worlds.BOUNDARY)):
        found = BoundaryDistance(holes=holes).compute(world, TIMES, DAY)
        sign = np.where(shapely.covers(area, centres), 1, -1)
        np.testing.assert_allclose(found, sign * shapely.distance(area.boundary, centres), rtol=1e-5, atol=0.01)


def test_outside_the_declared_extent_nothing_is_known() -> None:
    x, y = worlds.BOUNDARY.centroid.coords[0]
    west = shapely.box(x - 5000, y - 5000, x, y + 5000)
    frame = places([shape for shape in points(60) if shape.x < x])
    world = history("square", Places(frame, extent=west), Places(frame, name="all"))
    inside = DOMAINS["square"].centres[0] <= x
    for feature in (PlaceCount(), PlaceCount(radius=300.0), PlaceDensity(), PlaceDistance()):
        found = feature.compute(world, TIMES, DAY)
        assert found[:, 0].isnull().equals(xr.zeros_like(found[:, 0], bool).copy(data=~inside))
        assert not found[:, 1].isnull().any()
        np.testing.assert_array_equal(found[inside, 0], found[inside, 1])
    assert float(found.attrs["coverage"][0]) == pytest.approx(inside.mean(), abs=0.1)
    assert found.attrs["coverage"][1] != ""


@pytest.mark.parametrize("feature", [PlaceCount(), PlaceCount(radius=400.0), PlaceDensity(), PlaceDistance()], ids=repr)
def test_places_that_open_and_close(feature: object) -> None:
    shapes, times = points(30), worlds.issue_times(0, 20, 21, 40, 60, 80, 100)
    rng = np.random.default_rng(5)
    opened = worlds.FIRST + rng.integers(-20, 90, 30) * 24 * worlds.HOUR
    closed = opened + rng.integers(1, 80, 30) * 24 * worlds.HOUR
    opened[:3], closed[3:6] = np.datetime64("NaT"), np.datetime64("NaT")
    kind = rng.choice(["bar", "pub"], 30)
    layer = Places(places(shapes, kind=kind, a=opened, b=closed), "kind", since="a", until="b")
    found = feature.compute(history("square", layer), times, DAY)
    assert found.dims == ("issue_time", "cell", "column")
    for i, time in enumerate(times):
        alive = ~(opened > time) & ~(closed <= time)
        for column in ("bar", "pub"):
            rows = alive & (kind == column)
            now = found.sel(column=column).isel(issue_time=i)
            if rows.any():
                alone = feature.compute(history("square", Places(places(shapes[rows]))), times, DAY)[:, 0]
                np.testing.assert_array_equal(now, alone)
            else:
                assert now.isnull().all() or (now == 0).all()
    assert found.attrs["vintage"] == ["by 'a'", "by 'a'"]


def test_vintages_of_one_layer_follow_each_other() -> None:
    old = Places(places(points(20, 1), kind=["bar"] * 20), "kind", name="bars", vintage="2021-03-01")
    new = Places(places(points(20, 2), kind=["bar"] * 10 + ["pub"] * 10), "kind", name="bars", vintage="2021-04-01")
    times = np.array(["2021-02-28", "2021-03-01", "2021-03-31", "2021-04-01"], "datetime64[us]")
    found = PlaceDistance().compute(history("square", new, old), times, DAY)
    assert list(found["column"].values) == ["bar", "pub"]
    assert found[0].isnull().all()
    assert found.sel(column="pub")[:3].isnull().all()
    for i, layer in ((1, old), (2, old), (3, new)):
        alone = PlaceDistance("bar").compute(history("square", layer), times, DAY)[3, :, 0]
        np.testing.assert_array_equal(found.sel(column="bar")[i], alone)


def test_each_state_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    frame = places(points(6), a=worlds.FIRST + np.array([0, 0, 20, 20, 40, 40]) * 24 * worlds.HOUR)
    layer, other = Places(frame, since="a"), Places(frame, name="static")
    world, true = history("square", layer, other), _layers.geometries
    monkeypatch.setattr(_layers, "geometries", lambda state, crs: calls.append(len(calls)) or true(state, crs))
    times = worlds.issue_times(*range(1, 60))
    first = PlaceDistance().compute(world, times, DAY)
    assert len(calls) == 4
    again = PlaceDistance().compute(world, times[30:], DAY)
    PlaceDistance().compute(worlds.history(worlds.table(2, 50), layers=(layer, other)), times[:5], DAY)
    assert len(calls) == 4
    np.testing.assert_array_equal(first[30:], again)
    PlaceDistance(category=None, along="straight").compute(world, times, DAY)
    PlaceDensity().compute(world, times, DAY)
    assert len(calls) == 8


def test_what_would_fill_the_memory_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    world = history("square", Places(places(points(6))))
    kept = PlaceCount().compute(world, TIMES, DAY)
    monkeypatch.setattr(_layers, "MOST_REMEMBERED", 10)
    np.testing.assert_array_equal(PlaceCount().compute(world, TIMES, DAY), kept)


def test_categories_of_a_protected_attribute_are_refused() -> None:
    layer = Places(places(points(2), religion=["a", "b"]), "religion", name="worship")
    for feature in (PlaceCount(), PlaceDensity(), PlaceDistance()):
        with pytest.raises(InputError, match=r"'worship' are those of 'religion', which speaks of religion: .* audit"):
            feature.compute(history("square", layer), TIMES, DAY)


@pytest.mark.parametrize("make", [PlaceCount, PlaceDensity, PlaceDistance])
def test_places_of_a_community_make_no_column(make: type) -> None:
    kinds = ["bar", "mosque", "church", "black residents", "mosque"]
    layer = Places(places(points(5), kind=kinds), "kind", name="osm")
    assert any("4 rows of categories that are protected (black residents, church, mosque)" in n for n in layer.notes)
    world = history("square", layer)
    assert make().compute(world, TIMES, DAY).attrs["units"]
    assert [group.column for group in place_groups(world, None, "x")] == ["bar"]
    with pytest.raises(InputError, match=r"'mosque' is a place of a religious .* community.*category=\.\.\.\).*tags"):
        make(category="mosque").compute(world, TIMES, DAY)
    alone = Places(places(points(2), kind=["mosque", "church"]), "kind")
    with pytest.raises(InputError, match="'church' is a place of a religious"):
        make().compute(history("square", alone), TIMES, DAY)


@pytest.mark.parametrize("make", [PlaceCount, PlaceDensity, PlaceDistance])
def test_wrong_options_are_refused(make: type) -> None:
    with pytest.raises(InputError, match="along: got 'street'; did you mean 'streets'"):
        make(along="street")


def test_more_wrong_options() -> None:
    with pytest.raises(InputError, match="counts within a radius and got none"):
        PlaceCount(along="streets")
    for radius in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InputError, match="radius"):
            PlaceCount(radius=radius)
