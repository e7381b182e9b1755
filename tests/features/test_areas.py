"""Attributes of areas in cells: what is carried over, what is refused, and what holds when."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import ColumnError, InputError
from hotspot.features.area_attributes import AreaAttributes
from hotspot.features.cube import featurize
from hotspot.history import History
from hotspot.io import read_areas, read_places
from hotspot.layers import Areas
from hotspot.layers.transfer import Transfer
from hotspot.registry import make
from hotspot.windows import Windows
from tests.features import worlds
from tests.layers.test_transfer import patches

DAY, TIMES = Windows("1D"), worlds.issue_times(50)
ROWS = worlds.table(1, 50)
DATA = Path(os.environ.get("HOTSPOT_DATA", "."))


def tracts(
    seed: int = 1,
    n: int = 12,
    *,
    name: str = "tracts",
    vintage: str | None = None,
    residents: bool = True,
    **columns: object,
) -> Areas:
    frame = patches(seed, n, **columns).frame
    frame = frame.assign(income=np.linspace(1e4, 9e4, len(frame)), tract=np.arange(len(frame)), pct_black=0.5)
    return Areas(frame, id="tract", residents_column="residents" if residents else None, name=name, vintage=vintage)


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_attributes_equal_the_transfer(kind: str) -> None:
    areas = tracts()
    world = worlds.history(ROWS, kind=kind, layers=(areas,))
    found = AreaAttributes().compute(world, TIMES, DAY)
    transfer = Transfer.of(areas, world.domain, areas)
    assert list(found["column"].values) == ["residents", "rate", "income"]
    assert found.attrs["units"] == ["residents", "unit of the column", "unit of the column"]
    np.testing.assert_allclose(found[:, 0], transfer.count(areas.residents), rtol=1e-6)
    np.testing.assert_allclose(found[:, 1], transfer.rate(areas.attribute("rate")), rtol=1e-6)
    by_surface = AreaAttributes(columns=("rate",), weight="surface").compute(world, TIMES, DAY)
    np.testing.assert_allclose(
        by_surface[:, 0], Transfer.of(areas, world.domain).rate(areas.attribute("rate")), rtol=1e-6
    )
    assert found.dtype == np.float32


def test_the_finest_layer_with_residents_weighs() -> None:
    coarse, fine = tracts(2, 5, name="wards", residents=False), tracts(3, 60, name="blocks")
    world = worlds.history(ROWS, layers=(coarse, fine, tracts(4, 12, name="tracts")))
    found = AreaAttributes(columns=("rate",), layer="wards").compute(world, TIMES, DAY)[:, 0]
    values = coarse.attribute("rate")
    np.testing.assert_allclose(found, Transfer.of(coarse, world.domain, fine).rate(values), rtol=1e-6)
    named = AreaAttributes(columns=("rate",), layer="wards", weight="tracts").compute(world, TIMES, DAY)[:, 0]
    np.testing.assert_allclose(named, Transfer.of(coarse, world.domain, world.layers[2]).rate(values), rtol=1e-6)
    every = AreaAttributes(columns=("rate",)).compute(world, TIMES, DAY)
    assert list(every["column"].values) == ["wards_rate", "blocks_rate", "tracts_rate"]


def test_counts_add_up() -> None:
    areas = tracts(residents=False, homes=np.arange(12) * 10.0)
    world = worlds.history(ROWS, layers=(areas,))
    found = AreaAttributes(columns=("homes",), counts=("homes",)).compute(world, TIMES, DAY)
    spread = Transfer.of(areas, world.domain).spread
    assert found.sum() == pytest.approx((spread @ np.ones(world.domain.n_cells) * areas.frame["homes"]).sum(), rel=1e-5)
    assert found.attrs["units"] == ["number"]


def test_protected_columns_are_refused_wherever_they_are_declared() -> None:
    named = Areas(tracts().frame, residents_column="residents", groups={"g": "rate"}, name="census")
    bare = tracts(name="same file without groups")
    world = worlds.history(ROWS, layers=(bare, named))
    for column, why in (("rate", "declares it as a group of residents"), ("pct_black", "its name speaks of race")):
        for layer in ("census", "same file without groups", None):
            with pytest.raises(InputError, match=why):
                AreaAttributes(columns=(column,), layer=layer).compute(world, TIMES, DAY)
            with pytest.raises(InputError, match=why):
                featurize(world, TIMES, features=[("area_attributes", {"columns": [column]})], windows=DAY)
    columns = AreaAttributes().compute(world, TIMES, DAY)["column"].values
    assert {name.rsplit("_", 1)[-1] for name in columns} == {"residents", "income"}


@pytest.mark.parametrize("name", ["ZZ1", "zz1 ", "Zz_1"])
def test_a_declared_group_is_known_however_it_is_written(name: str) -> None:
    values = np.arange(12.0) ** 2
    census = Areas(tracts(zz1=values).frame, residents_column="residents", groups={"g": "zz1"}, name="census")
    same = Areas(census.frame.rename(columns={"zz1": name}), residents_column="residents", groups={}, name="same")
    with pytest.raises(InputError, match="declares it as a group of residents"):
        AreaAttributes(columns=(name,)).compute(worlds.history(ROWS, layers=(same, census)), TIMES, DAY)
    own = Areas(census.frame.assign(**{name: values}), groups={"g": "zz1"})
    assert name not in own.attributes
    with pytest.raises(InputError, match="it counts a group of residents"):
        own.attribute(name)


def test_a_group_under_another_name_is_refused_and_left_out_by_default() -> None:
    frame = tracts().frame
    group = np.round(frame["residents"] * np.linspace(0.9, 0.1, 12) ** 2)
    census = Areas(frame.assign(zz1=group), residents_column="residents", groups={"g": "zz1"}, name="census")
    other = Areas(frame.assign(v1=100 * group / frame["residents"], v2=frame["residents"] - group), name="other")
    world = worlds.history(ROWS, layers=(other, census))
    for column, what in (("v1", "the share of group 'g'"), ("v2", "the residents without group 'g'")):
        match = f"{column!r} of layer 'other' is protected: its numbers repeat {what} of layer 'census'.*leave it out"
        with pytest.raises(InputError, match=match):
            AreaAttributes(columns=(column,)).compute(world, TIMES, DAY)
    found = AreaAttributes(layer="other").compute(world, TIMES, DAY)
    assert sorted(found["column"].values) == ["income", "rate", "residents"]
    assert found.attrs["notes"] == "2 columns that repeat a group of residents, left out: v1, v2"
    cube = featurize(world, TIMES, features=["area_attributes"], windows=DAY)
    assert "2 columns" in cube["area_attributes_other_income"].attrs["notes"]
    weighing = Areas(other.frame, residents_column="v2", name="other")
    with pytest.raises(InputError, match=r"'v2' .* is protected"):
        AreaAttributes(columns=("rate",), weight="other").compute(
            worlds.history(ROWS, layers=(weighing, census)), TIMES, DAY
        )


def test_residents_of_a_group_weigh_nothing() -> None:
    group = Areas(tracts().frame.assign(black=5), residents_column="black", name="a")
    world = worlds.history(ROWS, layers=(group,))
    with pytest.raises(InputError, match="'black' is protected"):
        AreaAttributes(columns=("income",)).compute(world, TIMES, DAY)
    assert AreaAttributes(columns=("income",), weight="surface").compute(world, TIMES, DAY).notnull().all()


def test_census_after_census() -> None:
    old, new = tracts(5, vintage="2021-03-01"), tracts(6, vintage="2021-04-01")
    more = Areas(
        new.frame.assign(rent=3.0), id="tract", residents_column="residents", name="tracts", vintage=new.vintage
    )
    times = np.array(["2021-02-28", "2021-03-01", "2021-03-31", "2021-04-01"], "datetime64[us]")
    world = worlds.history(ROWS, layers=(more, old))
    found = AreaAttributes().compute(world, times, DAY)
    assert found.dims == ("issue_time", "cell", "column")
    assert list(found["column"].values) == ["residents", "rate", "income", "rent"]
    assert found[0].isnull().all()
    assert found.sel(column="rent")[:3].isnull().all()
    for i, areas in ((1, old), (2, old), (3, more)):
        alone = Transfer.of(areas, world.domain, areas).rate(areas.attribute("rate")).astype(np.float32)
        np.testing.assert_array_equal(found.sel(column="rate")[i], alone)


def test_residents_weigh_from_their_vintage_on() -> None:
    areas, people = tracts(5, residents=False), tracts(6, 60, name="people", vintage="2021-03-01")
    world = worlds.history(ROWS, layers=(areas, people))
    times = np.array(["2021-02-28", "2021-03-01"], "datetime64[us]")
    found = AreaAttributes(columns=("rate",), layer="tracts").compute(world, times, DAY)[..., 0]
    values = areas.attribute("rate")
    np.testing.assert_allclose(found[0], Transfer.of(areas, world.domain).rate(values), rtol=1e-6)
    np.testing.assert_allclose(found[1], Transfer.of(areas, world.domain, people).rate(values), rtol=1e-6)


def test_rows_of_areas_that_begin() -> None:
    frame = tracts(7).frame
    begin = np.where(np.arange(len(frame)) < 6, np.datetime64("2021-02-01", "us"), np.datetime64("2021-04-01", "us"))
    areas = Areas(frame.assign(since=begin), since="since", name="tracts")
    world = worlds.history(ROWS, layers=(areas,))
    times = np.array(["2021-01-31", "2021-03-01", "2021-04-01"], "datetime64[us]")
    found = AreaAttributes(columns=("rate",)).compute(world, times, DAY)[..., 0]
    assert found[0].isnull().all()
    half = areas.taking(np.arange(len(frame)) < 6)
    np.testing.assert_allclose(found[1], Transfer.of(half, world.domain).rate(half.attribute("rate")), rtol=1e-6)
    np.testing.assert_allclose(found[2], Transfer.of(areas, world.domain).rate(areas.attribute("rate")), rtol=1e-6)


def test_areas_of_half_a_city_leave_the_rest_missing_and_say_so() -> None:
    x, y = worlds.BOUNDARY.centroid.coords[0]
    west = gpd.GeoDataFrame({"rent": [5.0]}, geometry=[shapely.box(x - 5000, y - 5000, x, y + 5000)], crs=worlds.CRS)
    world = worlds.history(ROWS, layers=(Areas(west),))
    found = AreaAttributes().compute(world, TIMES, DAY)
    reached = np.array([cell.bounds[0] < x - 0.01 for cell in world.domain.shapes])
    np.testing.assert_array_equal(found[:, 0].notnull(), reached)
    true = worlds.BOUNDARY.intersection(west.geometry[0]).area / worlds.BOUNDARY.area
    assert float(found.attrs["coverage"][0]) == pytest.approx(true, abs=0.001)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ("incom",)}, "no column 'incom'; did you mean 'income'"),
        ({"counts": ("homes",)}, "no column 'homes'"),
        ({"layer": "tract"}, "0 layers of areas are called 'tract', expected one; did you mean 'tracts'"),
        ({"weight": "people"}, "are called 'people'"),
        ({"columns": ("what",)}, "'what' holds no numbers"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], message: str) -> None:
    world = worlds.history(ROWS, layers=(tracts(what=["x"] * 12),))
    with pytest.raises(InputError, match=message):
        make("feature", "area_attributes", options).compute(world, TIMES, DAY)


def test_layers_that_say_nothing() -> None:
    with pytest.raises(InputError, match=r"needs areas .*read_areas"):
        AreaAttributes().compute(worlds.history(ROWS), TIMES, DAY)
    bare = Areas(tracts().frame[["tract", "pct_black", "geometry"]], id="tract")
    with pytest.raises(ColumnError, match="no column of numbers that may describe them"):
        AreaAttributes().compute(worlds.history(ROWS, layers=(bare,)), TIMES, DAY)
    with pytest.raises(InputError, match="does not know its residents"):
        AreaAttributes(weight="areas").compute(
            worlds.history(ROWS, layers=(Areas(tracts().frame.drop(columns="tract")),)), TIMES, DAY
        )


CITIES = {
    "chicago": ("chicago_tracts_sdoh_2014", "population_2014", "EPSG:26916", "pct_poverty"),
    "new york": ("nyc_tracts_acs_2008_2012", "population", "EPSG:32618", "median_hh_income"),
}


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
@pytest.mark.parametrize("city", CITIES)
def test_real_tracts(city: str) -> None:
    name, residents, crs, rate = CITIES[city]
    areas = read_areas(DATA / f"{name}.parquet", residents=residents)
    cells = Domain.square(areas.frame, size=1000, crs=crs, time_zone="UTC")
    x, y = cells.centres
    rows = worlds.table(1, 5).assign(x=x[cells.whole][0], y=y[cells.whole][0])
    world = History(cells, worlds.Incidents(rows, crs), layers=(areas,))
    found = AreaAttributes().compute(world, TIMES, DAY)
    assert found.sel(column=residents).sum() == pytest.approx(areas.residents.sum(), rel=1e-4)
    carried = found.sel(column=rate)
    values = areas.attribute(rate)
    assert np.nanmin(values) - 1e-3 <= carried.min()
    assert carried.max() <= np.nanmax(values) * (1 + 1e-6)
    people = found.sel(column=residents).values
    known = np.isfinite(values)
    mean = np.average(values[known], weights=areas.residents[known])
    there = carried.notnull().values
    assert np.average(carried.values[there], weights=people[there]) == pytest.approx(mean, rel=0.02)
    assert {"black", "white", "pct_black", "pct_white"}.isdisjoint(found["column"].values)


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
def test_real_places_of_chicago() -> None:
    layer = read_places(DATA / "chicago_poi_liquor_supermarket.parquet", category="kind", vintage="2015-01-01")
    assert "4 rows that repeat another one" in layer.notes[-1]
    cells = Domain.square(DATA / "chicago_boundary.parquet", size=1000, crs="EPSG:26916", time_zone="UTC")
    x, y = cells.centres
    rows = worlds.table(1, 5).assign(x=x[cells.whole][0], y=y[cells.whole][0])
    world = History(cells, worlds.Incidents(rows, cells.crs), layers=(layer,))
    cube = featurize(
        world,
        np.array(["2014-12-31", "2015-01-02"], "datetime64[us]"),
        features=["place_count", "place_distance"],
        windows=DAY,
    )
    column = cube["place_count_supermarket"]
    assert column[0].isnull().all()
    inside = shapely.intersects(cells.boundary, layer.shapes_in(cells.crs))[layer.rows("supermarket")]
    assert column[1].sum() == inside.sum()
    assert column.attrs["coverage"] > "0.9"
