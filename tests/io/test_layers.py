"""The doors for layers: each kind of file, the CRS it has or lacks, names and vintages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.domain.boundary import read_vector
from hotspot.errors import InputError
from hotspot.io import read_areas, read_places, read_streets
from hotspot.layers import Areas, Streets

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
BARS = gpd.GeoDataFrame(
    {"kind": ["bar", "club"]}, geometry=gpd.points_from_xy([-87.6, -87.7], [41.9, 41.8]), crs="EPSG:4326"
)


@pytest.mark.parametrize("name", ["bars.gpkg", "bars.geojson", "bars.shp", "bars.parquet"])
def test_places_from_each_kind_of_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    BARS.to_parquet(path) if path.suffix == ".parquet" else BARS.to_file(path)
    places = read_places(path, category="kind", vintage="2016-01-01")
    assert places.crs == "EPSG:4326"
    assert places.categories == ("bar", "club")
    assert (places.name, places.source) == ("bars", str(path))
    assert places.vintage == np.datetime64("2016-01-01", "us")
    np.testing.assert_allclose(places.of("club").x, [-87.7])


@pytest.mark.parametrize("pair", [("x", "y"), ("lon", "lat"), ("longitude", "latitude")])
def test_places_from_a_table(tmp_path: Path, pair: tuple[str, str]) -> None:
    table = pd.DataFrame({pair[0]: [-87.6, None, -87.7], pair[1]: [41.9, 41.9, 41.8], "kind": ["bar", "bar", "club"]})
    table.to_csv(tmp_path / "bars.csv", index=False)
    for source in (tmp_path / "bars.csv", table):
        places = read_places(source, crs="EPSG:4326", category="kind", name="venues")
        assert places.name == "venues"
        assert len(places) == 2
        assert "1 rows without a geometry, set aside" in places.notes[0]
        np.testing.assert_allclose(places.of("club").x, [-87.7])
    with pytest.raises(InputError, match="has no CRS"):
        read_places(table)
    with pytest.raises(InputError, match="no coordinates; got "):
        read_places(table.drop(columns=pair[0]), crs="EPSG:4326")


def test_the_crs_of_the_data_and_of_the_argument_must_agree() -> None:
    bare = BARS.set_crs(None, allow_override=True)
    assert read_places(BARS, crs="OGC:CRS84").crs == "EPSG:4326"
    assert read_places(bare, crs="EPSG:4326").crs == "EPSG:4326"
    assert bare.crs is None
    with pytest.raises(InputError, match="has no CRS"):
        read_places(bare)
    with pytest.raises(InputError, match="the data are in EPSG:4326, but crs='EPSG:26916' is given"):
        read_places(BARS, crs="EPSG:26916")
    with pytest.raises(InputError, match="is not known"):
        read_places(bare, crs="EPSG:0")


def test_streets_and_areas() -> None:
    lines = gpd.GeoDataFrame({"class": ["main"]}, geometry=[shapely.LineString([(0, 0), (100, 0)])], crs="EPSG:26916")
    streets = read_streets(lines, category="class", vintage="2020-06-01")
    assert isinstance(streets, Streets)
    assert (streets.name, streets.source, streets.categories) == ("streets", "memory", ("main",))
    areas = read_areas(lines.set_geometry(lines.buffer(10)).assign(n=5), id="class", residents="n")
    assert (areas.ids.tolist(), areas.residents.tolist()) == (["main"], [5.0])
    with pytest.raises(InputError, match="no polygons in it"):
        read_areas(lines)


@pytest.mark.parametrize("source", ["nowhere.gpkg", "nowhere.csv"])
def test_files_that_are_not_there(source: str) -> None:
    for read in (read_places, read_streets, read_areas):
        with pytest.raises(InputError, match=f"{source}: no such file"):
            read(source, crs="EPSG:4326")


def test_the_sample() -> None:
    groups = {"a": "group_a", "b": "group_b", "c": "group_c"}
    areas = read_areas(SAMPLE / "areas.parquet", id="area_id", residents="residents", groups=groups)
    np.testing.assert_array_equal(areas.group_counts().sum(axis=1), areas.residents)
    assert len(areas) == 6
    assert read_places(SAMPLE / "places.gpkg", category="category").categories == ("bar", "school", "transit_stop")
    assert len(read_streets(SAMPLE / "streets.parquet", category="class")) > 1000
    for layer in (areas, read_places(SAMPLE / "places.gpkg"), read_streets(SAMPLE / "streets.parquet")):
        assert layer.notes == ()


AREAS: list[tuple[str, dict[str, Any], float]] = [
    (
        "chicago_tracts_sdoh_2014",
        {"id": "geoid10", "residents": "population_2014", "groups": {"black": "pct_black"}, "unit": "percent"},
        863_647.5,
    ),
    ("nyc_tracts_acs_2008_2012", {"id": "boroct2010", "residents": "population", "groups": {"black": "black"}}, 0),
    ("portland_blockgroups_2010_race_income", {"id": "geoid10", "groups": {"black": "black"}}, 0),
]


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
@pytest.mark.parametrize(("name", "options", "black"), AREAS)
def test_real_areas(name: str, options: dict[str, Any], black: float) -> None:
    path = Path(os.environ["HOTSPOT_DATA"]) / f"{name}.parquet"
    areas = read_areas(path, vintage="2015-01-01", **options)
    assert isinstance(areas, Areas)
    assert len(areas) == len(gpd.read_parquet(path))
    assert all(text.isdigit() for text in areas.ids)
    total = areas.group_counts()["black"].sum()
    assert total == pytest.approx(black or gpd.read_parquet(path)["black"].sum(), rel=1e-6)


def test_a_blank_category_is_missing() -> None:
    corners = [shapely.Point(i, 0) for i in range(4)]
    frame = gpd.GeoDataFrame({"kind": ["bar", "", "  ", None]}, geometry=corners, crs="EPSG:26916")
    places = read_places(frame, category="kind")
    assert places.categories == ("bar",)
    assert any(note.endswith("3 rows without a category") for note in places.notes)


def test_rows_of_an_extent_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    (tmp_path / "searched.csv").write_text('name,WKT\nnorth,"POLYGON ((0 0, 1 x))"\nsouth,POINT (1 1)\n', "utf-8")
    read = read_vector(tmp_path / "searched.csv")  # what the driver says of it is no warning for the user
    assert read.geometry.isna().tolist() == [True, False]
    square = gpd.GeoSeries([shapely.box(0, 0, 9, 9), None], crs="EPSG:26916")
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)], crs="EPSG:26916")
    places = read_places(frame, extent=square)
    assert any(note.endswith("1 rows of the extent without a geometry, left out") for note in places.notes)
