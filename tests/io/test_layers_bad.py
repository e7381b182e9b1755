"""Layers as cities publish them: other columns, geometries as text, faults that are counted or refused."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.errors import ColumnError, InputError
from hotspot.io import read_areas, read_places, read_streets

WGS = "EPSG:4326"
TABLE = pd.DataFrame({"kind": ["bar", "pub", "bar"], "lon": [-87.6, -87.7, -87.6], "lat": [41.8, 41.9, 41.8]})


@pytest.mark.parametrize(
    ("x", "y"), [("Longitude", "Latitude"), ("LNG", "LAT"), ("X_COORD", "Y_COORD"), ("X Coordinate", "Y Coordinate")]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_and_separators_of_cities(tmp_path: Path, x: str, y: str, separator: str) -> None:
    TABLE.rename(columns={"lon": x, "lat": y}).to_csv(tmp_path / "bars.csv", sep=separator, index=False)
    places = read_places(tmp_path / "bars.csv", crs=WGS, category="kind")
    np.testing.assert_allclose(places.of("pub").x, [-87.7])
    assert places.notes == (
        f"places 'bars' ({tmp_path / 'bars.csv'}): 1 rows that repeat another one (same geometry and category), kept",
    )
    assert len(places) == 3


def test_columns_that_are_named() -> None:
    table = TABLE.rename(columns={"lon": "east", "lat": "north"})
    places = read_places(table, crs=WGS, columns={"x": "east", "y": "north"})
    np.testing.assert_allclose(places.geometry.y, [41.8, 41.9, 41.8])
    with pytest.raises(ColumnError, match="no column 'nort'; did you mean 'north'"):
        read_places(table, crs=WGS, columns={"x": "east", "y": "nort"})
    with pytest.raises(ColumnError, match="expected 'x' and 'y'"):
        read_places(table, crs=WGS, columns={"x": "east"})
    with pytest.raises(InputError, match="columns of x and y are given, and the data have geometries"):
        read_places(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=WGS), columns={"x": "a", "y": "b"})


def test_positions_that_cannot_be_right() -> None:
    table = pd.DataFrame(
        {"lon": [-87.6, 0, 41.8, None, -87.5] + [-87.6] * 20, "lat": [41.8, 0, -187.6, 41.8, 95] + [41.8] * 20}
    )
    places = read_places(table, crs=WGS)
    assert len(places) == 21
    notes = " ".join(places.notes)
    for said in (
        "1 rows set aside: null island",
        "1 rows without a geometry, set aside",
        "set aside: coordinates outside",
    ):
        assert said in notes
    swapped = TABLE.rename(columns={"lon": "lat", "lat": "lon"}).assign(lat=-110.0)
    with pytest.raises(InputError, match="x and y look swapped"):
        read_places(swapped, crs=WGS)


@pytest.mark.parametrize("column", ["the_geom", "WKT", "geometry"])
def test_geometries_as_text(tmp_path: Path, column: str) -> None:
    square, line = shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (2, 0)])
    texts = [square.wkt, f"SRID=4326;{shapely.box(1, 0, 2, 1).wkt}", None, "POLYGON ((0 0, 1", ""]
    pd.DataFrame({column: texts, "people": [1, 2, 3, 4, 5]}).to_csv(tmp_path / "tracts.csv", index=False)
    areas = read_areas(tmp_path / "tracts.csv", crs=WGS, residents="people")
    assert areas.residents.tolist() == [1.0, 2.0]
    assert "3 rows without a geometry, set aside" in areas.notes[0]
    streets = read_streets(pd.DataFrame({column: [line.wkt]}), crs="EPSG:26916")
    assert streets.geometry.length.tolist() == [2.0]


def test_mixed_broken_and_missing_geometries_of_a_file(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    shapes = [
        shapely.Point(0, 0),
        None,
        bow,
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.MultiPoint([(1, 1), (2, 2)]),
    ]
    gpd.GeoDataFrame({"kind": list("abcde")}, geometry=shapes, crs="EPSG:26916").to_file(tmp_path / "mixed.gpkg")
    places = read_places(tmp_path / "mixed.gpkg", category="kind")
    assert list(places.frame["kind"]) == ["a", "c", "d", "e", "e"]
    assert places.geometry.is_valid.all()
    assert [note.split("): ")[1] for note in places.notes] == [
        "1 rows without a geometry, set aside",
        "1 rows with a broken geometry, mended",
    ]
    streets = read_streets(tmp_path / "mixed.gpkg")
    assert len(streets) == 1
    assert "4 rows that are not lines, set aside" in streets.notes[-1]


@pytest.mark.parametrize("read", [read_places, read_streets, read_areas])
def test_empty_layers_are_refused(tmp_path: Path, read: object) -> None:
    empty = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=WGS)
    empty.to_file(tmp_path / "empty.gpkg")
    for source in (tmp_path / "empty.gpkg", empty, empty.iloc[:0], gpd.GeoDataFrame(geometry=[None], crs=WGS)):
        with pytest.raises(InputError, match=r"no .* in it; got [01] rows; check the file"):
            read(source)


def test_openings_and_closings() -> None:
    table = TABLE.assign(opened=["2016-05-01", "2017-01-01T12:00Z", None], closed=[None, "soon", "2019-01-01"])
    places = read_places(table, crs=WGS, since="opened", until="closed", time_zone="America/Chicago")
    since, until = places.lifetimes
    assert since[0] == np.datetime64("2016-05-01T05:00", "us")
    assert until[1] == np.datetime64("2019-01-01T06:00", "us")
    assert len(places) == 2
    assert "1 rows whose 'closed' is no time, set aside" in places.notes[0]
    assert read_places(table[:1], crs=WGS, since="opened").lifetimes[0] == [np.datetime64("2016-05-01", "us")]
    with pytest.raises(InputError, match=r"'opened': none of 3 values is a time, but of the form '99/99/9999'"):
        read_places(table.assign(opened="05/01/2016"), crs=WGS, since="opened")
    with pytest.raises(InputError, match="holds numbers"):
        read_places(table.assign(opened=2016), crs=WGS, since="opened")
    with pytest.raises(ColumnError, match="no column 'open'; did you mean 'opened'"):
        read_places(table, crs=WGS, since="open")


def test_extents(tmp_path: Path) -> None:
    box = gpd.GeoDataFrame(geometry=[shapely.box(-88, 41, -87, 42)], crs=WGS)
    box.to_file(tmp_path / "county.gpkg")
    for extent in (tmp_path / "county.gpkg", box, box.geometry, box.geometry[0]):
        found = read_places(TABLE, crs=WGS, extent=extent).extent_in("EPSG:26916")
        assert found.equals(box.to_crs("EPSG:26916").geometry[0])
    with pytest.raises(InputError, match="no such file"):
        read_places(TABLE, crs=WGS, extent=tmp_path / "nowhere.gpkg")


def test_columns_about_persons_are_left_out_or_refused() -> None:
    owners = ["Maria Lopez", "John Smith", "Anna de Vries", "Peter Jones", "Linda Brown", "Hassan Ali"]
    table = pd.DataFrame(
        {"lon": -87.6, "lat": 41.8, "kind": "bar", "owner_name": owners, "phone": "312-555-0100", "seats": range(6)}
    )
    places = read_places(table, crs=WGS, category="kind")
    assert "seats" in places.frame.columns
    assert {"owner_name", "phone"}.isdisjoint(places.frame.columns)
    assert any("columns left out, look personal: 'owner_name'" in note and "'phone'" in note for note in places.notes)
    assert not any("Lopez" in note or "555" in note for note in places.notes)
    with pytest.raises(InputError, match="columns that are needed look personal: 'owner_name'"):
        read_places(table, crs=WGS, category="owner_name")
    parcels = gpd.GeoDataFrame(
        table.drop(columns=["lon", "lat"]), geometry=[shapely.box(i, 0, i + 1, 1) for i in range(6)], crs="EPSG:26916"
    )
    areas = read_areas(parcels.assign(median_age=30.0, female=5), groups={"women": "female"}, residents="seats")
    assert {"owner_name", "phone"}.isdisjoint(areas.frame.columns)
    assert areas.group_counts()["women"].sum() == 30


def test_tags_are_for_extracts() -> None:
    with pytest.raises(InputError, match="tags are for extracts of OpenStreetMap"):
        read_places(TABLE, crs=WGS, tags={"amenity": None})


def test_areas_have_a_name() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:26916")
    assert read_areas(frame, name="tracts").name == "tracts"
    assert read_areas(frame).name == "areas"
