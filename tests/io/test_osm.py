"""Extracts of OpenStreetMap: places by tags, streets by class, and files that are something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hotspot.errors import InputError
from hotspot.io import read_areas, read_places, read_streets
from hotspot.io.osm import tags_of
from tests.io.extracts import Nodes, Ways, write_pbf, write_xml

QUAINT = 'The "Ship" => a\\b & c'
NODES: Nodes = {
    1: (-87.60, 41.80, {"amenity": "bar", "name": QUAINT}),
    2: (-87.61, 41.81, {"amenity": "pub;bar", "shop": "alcohol"}),
    3: (-87.62, 41.82, {"shop": "yes"}),
    4: (-87.63, 41.83, {"amenity": "school", "name": "Lincoln"}),  # inside way 20
    5: (-87.6301, 41.8301, {"amenity": "school", "name": "Another"}),
    6: (-87.6302, 41.8302, {"amenity": "bar"}),
    7: (-87.64, 41.84, {"amenity": "no"}),
    8: (-87.65, 41.85, {"note": 'says "amenity"=>"bar"'}),
    10: (-87.631, 41.829, {}),
    11: (-87.629, 41.829, {}),
    12: (-87.629, 41.831, {}),
    13: (-87.631, 41.831, {}),
}
WAYS: Ways = {
    20: ([10, 11, 12, 13, 10], {"amenity": "school", "building": "yes", "name": "Lincoln"}),
    21: ([1, 2, 3], {"highway": "residential", "name": "Main Street"}),
    22: ([3, 4], {"highway": "footway"}),
    23: ([4, 5, 6], {"highway": "service"}),
    24: ([6, 7], {"highway": "proposed"}),
    25: ([7, 8], {"barrier": "fence"}),
}
WRITERS = {"city.osm": write_xml, "city.osm.pbf": write_pbf}


@pytest.fixture(params=WRITERS)
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return WRITERS[request.param](tmp_path / request.param, NODES, WAYS)


def test_places_by_key(city: Path) -> None:
    places = read_places(city, category="amenity", vintage="2020-01-01")
    assert (places.crs, places.categories) == ("EPSG:4326", ("bar", "pub", "school"))
    assert places.frame.groupby("category").size().to_dict() == {"bar": 2, "pub": 1, "school": 2}
    # the school that is a building stands once; the other school inside has another name and stays
    assert sorted(places.frame.loc[places.rows("school"), "osm_id"]) == ["20", "5"]
    assert (
        len([note for note in places.notes if "1 rows that lie in a polygon of the same category and name" in note])
        == 1
    )
    assert "name" not in places.frame.columns


def test_places_by_tags(city: Path) -> None:
    places = read_places(city, tags={"amenity": ["bar", "restaurant"], "shop": None}, name="nightlife")
    found = dict(zip(places.frame["osm_id"], places.frame["category"], strict=True))
    assert found == {"1": "bar", "2": "bar", "3": "shop", "6": "bar"}
    assert places.name == "nightlife"
    several = read_places(city, tags={"shop": "*", "building": "yes", "barrier": None})
    assert several.categories == ("alcohol", "building", "fence", "shop")
    assert sorted(several.frame["osm_id"]) == ["2", "20", "25", "3"]


def test_streets(city: Path) -> None:
    def classes(**options: object) -> list[str]:
        streets = read_streets(city, **options)
        assert streets.category == "category"
        return sorted(streets.frame["category"])

    assert classes() == ["residential"]
    assert classes(category="highway", footways=True) == ["footway", "residential"]
    assert classes(service=True) == ["residential", "service"]
    assert classes(tags={"highway": ["proposed", "footway"]}) == ["footway", "proposed"]
    np.testing.assert_allclose(read_streets(city).geometry.iloc[0].coords[0], [-87.60, 41.80])


@pytest.mark.parametrize(
    ("read", "options", "message"),
    [
        (read_places, {}, "holds everything; say what is wanted: category='amenity'"),
        (read_places, {"category": "cuisine"}, r"nothing in it is tagged cuisine=\*"),
        (read_places, {"tags": {"amenity": ["opera"]}}, "nothing in it is tagged amenity=opera"),
        (read_places, {"tags": {}}, "names no key"),
        (read_places, {"tags": {"a' OR 1=1": None}}, "is none of OpenStreetMap"),
        (read_places, {"tags": {"amenity": [1]}}, "expected texts"),
        (read_places, {"category": "amenity", "crs": "EPSG:4326"}, "needs no crs"),
        (read_places, {"category": "amenity", "since": "x"}, "needs no since"),
        (read_streets, {"category": "railway"}, "have the key 'highway' there"),
        (read_streets, {"tags": {"railway": None}}, "have the key 'highway' there"),
        (read_streets, {"tags": {"highway": ["motorway"]}}, "no street in it"),
        (read_areas, {}, "is an extract of OpenStreetMap, which has no residents"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered(
    tmp_path: Path, read: Callable[..., object], options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(write_xml(tmp_path / "city.osm", NODES, WAYS), **options)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("city.osm", b"<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml'/>"),
        ("city.osm", b'<!DOCTYPE osm [<!ENTITY a "b">]><osm version="0.6"></osm>'),
        ("city.osm", b"id,lon,lat\n1,2,3\n"),
        ("city.osm", b""),
        ("city.osm.pbf", b"<osm version='0.6'></osm>"),
        ("city.osm.pbf", bytes(range(256))),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="does not begin like an extract"):
        read_places(tmp_path / name, category="amenity")
    with pytest.raises(InputError, match="no such file"):
        read_streets(tmp_path / f"other_{name}")


def test_a_broken_extract_is_refused(tmp_path: Path) -> None:
    path = write_xml(tmp_path / "city.osm", NODES, WAYS)
    path.write_text(path.read_text("utf-8")[:900], "utf-8")
    with pytest.raises(InputError, match=r"city\.osm"):
        read_places(path, category="amenity")
    cut = write_pbf(tmp_path / "city.osm.pbf", NODES, WAYS)
    cut.write_bytes(cut.read_bytes()[:120])
    with pytest.raises(InputError, match=r"city\.osm\.pbf"):
        read_places(cut, category="amenity")


@pytest.mark.parametrize("name", [QUAINT, "", '"=>"', "\\", 'a","b"=>"c'])
def test_tags_written_as_text(tmp_path: Path, name: str) -> None:
    written = name.replace("\\", "\\\\").replace('"', '\\"')
    assert tags_of(f'"amenity"=>"bar","x:y"=>"{written}","z"=>"1"') == {"amenity": "bar", "x:y": name, "z": "1"}
    assert tags_of(None) == {}
    if name:
        path = write_xml(tmp_path / "city.osm", {1: (1.0, 2.0, {"brewery": name, "amenity": "bar"})}, {})
        found = read_places(path, tags={"brewery": None}).categories
        assert found == (name.split(";")[0].strip(),)
