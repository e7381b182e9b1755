"""Layers: geometries mended and counted, categories and residents as the file has them."""

from __future__ import annotations

import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.errors import InputError
from hotspot.layers import Areas, Layer, Places, Streets

CRS = "EPSG:26916"
BOW = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])  # crosses itself


def frame(shapes: list[object], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=CRS))


POINTS = frame([shapely.Point(0, 0), shapely.Point(1, 1), shapely.Point(2, 2)], kind=["bar", None, "school"])
SQUARES = frame(
    [shapely.box(i, 0, i + 1, 1) for i in range(3)],
    code=[17031.0, 17032.0, 17033.0],
    people=[100, 0, 50],
    a=[60, 0, np.nan],
    b=[40, 0, 50],
    income=[1.0, np.nan, 3.0],
)
GROUPS = {"first": "a", "second": "b"}


def test_places_by_category() -> None:
    places = Places(POINTS, "kind", name="venues")
    assert places.categories == ("bar", "school")
    assert list(places.of("school").x) == [2.0]
    assert len(places.of()) == len(places) == 3
    assert places.notes == ("places 'venues' (memory): 1 rows without a category",)
    with pytest.raises(InputError, match="layer 'venues': no category 'bars'; did you mean 'bar'"):
        places.of("bars")
    with pytest.raises(InputError, match="no column 'kin'; did you mean 'kind'"):
        Places(POINTS, "kin")
    assert Places(POINTS).categories == ()


def test_multi_points_and_multi_lines_are_cut_and_keep_their_category() -> None:
    shapes = [shapely.MultiPoint([(0, 0), (1, 1)]), shapely.MultiPoint([(5, 5)]), shapely.Point(3, 3), BOW]
    places = Places(frame(shapes, kind=["a", "b", "c", "d"]), "kind")
    assert [shape.geom_type for shape in places.geometry] == ["Point", "Point", "Point", "Point", "MultiPolygon"]
    assert list(places.frame["kind"]) == ["a", "a", "b", "c", "d"]
    assert list(places.of("a").x) == [0.0, 1.0]
    streets = Streets(frame([shapely.MultiLineString([[(0, 0), (1, 0)], [(5, 0), (7, 0)]])]))
    assert list(streets.geometry.length) == [1.0, 2.0]


def test_what_is_broken_is_mended_and_what_is_no_geometry_is_counted() -> None:
    shapes = [None, shapely.Point(), shapely.Point(np.nan, 1), BOW, shapely.Point(1, 1)]
    places = Places(frame(shapes))
    assert len(places) == 2
    assert places.geometry.is_valid.all()
    assert [note.split(": ")[1] for note in places.notes] == [
        "3 rows without a geometry, set aside",
        "1 rows with a broken geometry, mended",
    ]


def test_areas_and_streets_take_only_their_kind() -> None:
    line, square = shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)
    mixed = frame([line, square, shapely.GeometryCollection([square, line])])
    areas = Areas(mixed)
    assert list(areas.geometry.area) == [1.0, 1.0]
    assert areas.notes == ("areas 'areas' (memory): 1 rows that are not polygons, set aside",)
    assert list(Streets(mixed).geometry.length) == [np.sqrt(2)]
    with pytest.raises(InputError, match=r"no lines in it; got 1 rows"):
        Streets(frame([square]))


@pytest.mark.parametrize("kind", [Places, Streets, Areas])
def test_nothing_and_no_crs_are_refused(kind: type[Layer]) -> None:
    for empty in (frame([]), frame([None])):
        with pytest.raises(InputError, match="in it; got"):
            kind(empty)
    with pytest.raises(InputError, match=r"has no CRS; expected .* crs='EPSG:4326'"):
        kind(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]))
    with pytest.raises(InputError, match="got DataFrame; expected a GeoDataFrame"):
        kind(pd.DataFrame())


@pytest.mark.parametrize("vintage", ["2016-01-01", np.datetime64("2016-01-01"), pd.Timestamp("2016-01-01").date()])
def test_a_vintage_is_utc(vintage: object) -> None:
    layer = Places(POINTS, vintage=vintage)
    assert layer.vintage == np.datetime64("2016-01-01T00:00", "us")
    assert Places(POINTS).vintage is None
    with pytest.raises(InputError, match="expected ISO text"):
        Places(POINTS, vintage="spring")


@pytest.mark.parametrize(
    "layer",
    [
        Places(POINTS, "kind", name="p", vintage="2016-01-01", source="here"),
        Streets(frame([shapely.LineString([(0, 0), (1, 1)])])),
        Areas(SQUARES, "code", "people", GROUPS),
    ],
    ids=["places", "streets", "areas"],
)
def test_reprojection_keeps_all_but_the_coordinates(layer: Layer) -> None:
    there = layer.to_crs("EPSG:4326")
    assert type(there) is type(layer)
    assert there.crs == "EPSG:4326"
    assert (there.name, there.vintage, there.source, there.notes) == (
        layer.name,
        layer.vintage,
        layer.source,
        layer.notes,
    )
    back = there.to_crs(CRS)
    np.testing.assert_allclose(back.geometry.bounds, layer.geometry.bounds, atol=1e-3)
    assert layer.to_crs(CRS) is layer
    pd.testing.assert_frame_equal(pd.DataFrame(pickle.loads(pickle.dumps(there)).frame), pd.DataFrame(there.frame))
    with pytest.raises(InputError, match="CRS 'EPSG:0' is not known"):
        layer.to_crs("EPSG:0")


def test_areas_know_their_residents() -> None:
    areas = Areas(SQUARES, "code", "people", GROUPS)
    assert areas.ids.tolist() == ["17031", "17032", "17033"]
    np.testing.assert_array_equal(areas.residents, [100, 0, 50])
    counts = areas.group_counts()
    assert list(counts.columns) == ["first", "second"]
    assert counts.index.tolist() == areas.ids.tolist()
    np.testing.assert_array_equal(counts["first"], [60, 0, 0])
    assert areas.notes == ("areas 'areas' (memory): 1 rows without a number in 'a', taken as 0",)
    assert Areas(SQUARES).ids.tolist() == ["0", "1", "2"]
    assert Areas(SQUARES).group_counts().shape == (3, 0)
    with pytest.raises(InputError, match="does not know its residents"):
        _ = Areas(SQUARES).residents


def test_percent_become_counts() -> None:
    counts = Areas(SQUARES, "code", "people", GROUPS, "percent").group_counts()
    np.testing.assert_allclose(counts["first"], [60.0, 0.0, 0.0])
    np.testing.assert_allclose(counts["second"], [40.0, 0.0, 25.0])


def test_protected_columns_are_no_attributes() -> None:
    areas = Areas(SQUARES, "code", "people", GROUPS)
    assert areas.protected == {"a", "b"}
    np.testing.assert_array_equal(areas.attribute("income"), [1.0, np.nan, 3.0])
    with pytest.raises(InputError, match="is protected"):
        areas.attribute("a")
    with pytest.raises(InputError, match="did you mean 'income'"):
        areas.attribute("incom")


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({"code": ["x", "x", "y"]}, ("code",), "id 'x' stands at several areas"),
        ({"people": [1, -2, 3]}, (None, "people"), "'people': 1 negative or infinite"),
        ({"people": ["many", "1", "2"]}, (None, "people"), "'people' holds no numbers"),
        ({}, (None, "peopel"), "no column 'peopel'; did you mean 'people'"),
        ({}, (None, "people", GROUPS, "share"), "unit is 'share'"),
        ({}, (None, None, GROUPS, "percent"), "need the column of residents"),
        ({"a": [101, 1, 1]}, (None, "people", GROUPS, "percent"), "largest value .* is 101"),
        ({"a": [0.3, 0.2, 0.1], "b": 0.5}, (None, "people", GROUPS, "percent"), "multiply shares of one by 100"),
    ],
)
def test_areas_that_make_no_sense_are_refused(
    changes: dict[str, object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Areas(SQUARES.assign(**changes), *arguments)
