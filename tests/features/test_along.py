"""Places along streets, against every way through a small grid of streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.errors import InputError
from hotspot.features.place_count import PlaceCount
from hotspot.features.place_density import PlaceDensity
from hotspot.features.place_distance import PlaceDistance
from hotspot.history import History
from hotspot.layers import Places, Streets
from hotspot.windows import Windows
from tests.features import worlds

DAY, TIMES = Windows("1D"), worlds.issue_times(50)
ROWS = worlds.table(1, 50)
X0, Y0, X1, Y1 = worlds.BOUNDARY.buffer(700).bounds + np.array([13.7, 71.3, 0, 0])  # no centre is amid two streets
STEP = 200.0


def grid() -> list[shapely.LineString]:
    """Streets along multiples of 200 m: ways are sums of steps east and north."""
    xs, ys = np.arange(X0, X1 + STEP, STEP), np.arange(Y0, Y1 + STEP, STEP)
    east = [shapely.LineString([(xs[0], y), (xs[-1], y)]) for y in ys]
    return east + [shapely.LineString([(x, ys[0]), (x, ys[-1])]) for x in xs]


def corners(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    xs, ys = np.arange(X0, X1, STEP), np.arange(Y0, Y1, STEP)
    return np.column_stack([rng.choice(xs, n), rng.choice(ys, n)])


def history(kind: str, *, vintage: str | None = None, places: str | None = None, lines: object = None) -> History:
    frame = gpd.GeoDataFrame(geometry=shapely.points(corners(6)), crs=worlds.CRS)
    streets = gpd.GeoDataFrame(geometry=lines or grid(), crs=worlds.CRS)
    layers = (Places(frame, name="bars", vintage=places), Streets(streets, name="roads", vintage=vintage))
    return worlds.history(ROWS, kind=kind, layers=layers)


def ways(world: History) -> np.ndarray:
    """Ways between centres and bars, shape (n_cells, n_bars): to the grid, then by steps east and north."""
    x, y = world.domain.centres
    off = np.minimum(np.abs((x - X0 + 100) % STEP - 100), np.abs((y - Y0 + 100) % STEP - 100))
    to = corners(6)
    found = np.empty((x.size, len(to)))
    for i, (a, b) in enumerate(zip(x - X0, y - Y0, strict=True)):
        along_x = abs((b + 100) % STEP - 100) < abs((a + 100) % STEP - 100)  # the nearest street runs east
        a, b = (a, round(b / STEP) * STEP) if along_x else (round(a / STEP) * STEP, b)
        for j, (u, v) in enumerate(to - [X0, Y0]):
            if along_x:  # to a corner of this street first, unless the bar lies on it
                turns = [np.floor(a / STEP) * STEP, np.ceil(a / STEP) * STEP]
                best = min(abs(a - turn) + abs(turn - u) + abs(b - v) for turn in turns)
                found[i, j] = abs(a - u) if b == v else best
            else:
                turns = [np.floor(b / STEP) * STEP, np.ceil(b / STEP) * STEP]
                best = min(abs(b - turn) + abs(turn - v) + abs(a - u) for turn in turns)
                found[i, j] = abs(b - v) if a == u else best
    return found + off[:, None]


@pytest.mark.parametrize("kind", ["square", "h3", "polygons"])
def test_ways_on_a_grid(kind: str) -> None:
    world = history(kind)
    true = ways(world)
    distance = PlaceDistance(along="streets").compute(world, TIMES, DAY)
    x, y = world.domain.centres
    amid = (x > X0) & (x < X1) & (y > Y0) & (y < Y1)  # beyond, streets end
    np.testing.assert_allclose(distance[amid, 0], true.min(axis=1)[amid], rtol=1e-5, atol=0.05)
    straight = PlaceDistance().compute(world, TIMES, DAY)
    assert (distance.values >= straight.values - 0.05).all()
    near = np.abs(true - 700) > 0.1
    count = PlaceCount(radius=700.0, along="streets").compute(world, TIMES, DAY)
    sure = near.all(axis=1) & amid
    np.testing.assert_array_equal(count[sure, 0], (true <= 700).sum(axis=1)[sure])
    density = PlaceDensity(radius=700.0, along="streets").compute(world, TIMES, DAY)
    np.testing.assert_allclose(density, count / (np.pi * 0.7**2), rtol=1e-6)


def test_street_segments_are_the_streets_where_there_is_no_layer() -> None:
    world = worlds.history(ROWS, kind="segments", layers=worlds.layers()[:2])
    found = PlaceDistance(along="streets").compute(world, TIMES, DAY)
    straight = PlaceDistance().compute(world, TIMES, DAY)
    there = found.notnull().values
    assert there.mean() > 0.9
    assert (found.values[there] >= straight.values[there] - 0.05).all()
    with pytest.raises(InputError, match="place_distance needs streets"):
        PlaceDistance(along="streets").compute(worlds.history(ROWS, layers=worlds.layers()[:2]), TIMES, DAY)


def test_what_no_street_leads_to_is_missing_or_none() -> None:
    apart = [shapely.LineString([(X0, y), (X1, y)]) for y in (Y0 + 100, Y1 - 100)]
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(X0 + 800, Y0 + 100)], crs=worlds.CRS)
    streets = Streets(gpd.GeoDataFrame(geometry=apart, crs=worlds.CRS))
    world = worlds.history(ROWS, layers=(Places(frame), streets))
    north = world.domain.centres[1] > (Y0 + Y1) / 2
    found = PlaceDistance(along="streets").compute(world, TIMES, DAY)[:, 0]
    np.testing.assert_array_equal(found.isnull(), north)
    count = PlaceCount(radius=5000.0, along="streets").compute(world, TIMES, DAY)[:, 0]
    np.testing.assert_array_equal(count, ~north)


def test_the_rim_of_a_park_counts_and_inside_it_is_zero() -> None:
    park = shapely.box(X0 + 1390, Y0 + 1390, X0 + 2010, Y0 + 2010)
    streets = Streets(gpd.GeoDataFrame(geometry=grid(), crs=worlds.CRS))
    world = worlds.history(ROWS, layers=(Places(gpd.GeoDataFrame(geometry=[park], crs=worlds.CRS)), streets))
    found = PlaceDistance(along="streets").compute(world, TIMES, DAY)[:, 0].values
    straight = shapely.distance(park, shapely.points(*world.domain.centres))
    np.testing.assert_array_equal(found[straight == 0], 0)
    assert (found >= straight - 0.1).all()
    assert (found <= straight * np.sqrt(2) + 2 * STEP).all()


def test_nothing_is_known_before_the_vintage_of_the_streets() -> None:
    times = np.array(["2021-02-28", "2021-03-01", "2021-04-01"], "datetime64[us]")
    static = PlaceDistance(along="streets").compute(history("square"), times, DAY)
    for world in (
        history("square", vintage="2021-03-01"),
        history("square", vintage="2021-02-01", places="2021-03-01"),
    ):
        found = PlaceDistance(along="streets").compute(world, times, DAY)
        assert found[0].isnull().all()
        for i in (1, 2):
            np.testing.assert_array_equal(found[i], static)
