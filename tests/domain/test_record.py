"""A forecast carries its own domain, exactly; texts of others are refused."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.domain import Domain, read_domain, write_domain
from hotspot.errors import InputError
from tests.domain.tilings import CRS, EAST, NORTH, WHERE, frame, squares, tilings, voronoi

ZONE = {"crs": "EPSG:32631", "time_zone": "UTC"}
RING = shapely.Polygon(
    [(-900, -800), (1500, -700), (1300, 1200), (-700, 900)], holes=[[(0, 0), (300, 0), (300, 300), (0, 300)]]
)
THERE = shapely.affinity.translate(RING, 5e5, 5.6e6)
STREETS = [
    shapely.LineString([(EAST + a, NORTH + b), (EAST + c, NORTH + d)])
    for a, b, c, d in ((0, 300, 900, 333), (300, 0, 310, 900), (500, 0, 500, 800))
]
DOMAINS = {
    "square": Domain.square(RING, size=100, rotation=12.5, origin=(3.0, 4.0), **ZONE),
    "h3": Domain.h3(THERE, resolution=9, **ZONE),
    "polygons": Domain.polygons(
        shapely.Point(EAST + 1500, NORTH + 1500).buffer(1300),
        cells=frame(voronoi(np.random.default_rng(0), 50)),
        **WHERE,
    ),
    "segments": Domain.segments(
        shapely.box(EAST, NORTH, EAST + 700, NORTH + 900), streets=gpd.GeoSeries(STREETS, crs=CRS), **WHERE
    ),
}


@pytest.mark.parametrize("kind", list(DOMAINS))
def test_a_domain_read_again_is_the_same(kind: str) -> None:
    domain = DOMAINS[kind]
    again = read_domain(write_domain(domain), domain.ids, domain.size)
    assert (again.fingerprint, again.notes, again.crs) == (domain.fingerprint, domain.notes, domain.crs)
    assert again.boundary.equals_exact(domain.boundary)
    assert all(one.equals_exact(two) for one, two in zip(again.shapes, domain.shapes, strict=True))
    x, y = domain.nodes.x, domain.nodes.y
    np.testing.assert_array_equal(again.locate(x, y), domain.locate(x, y))
    assert (again.neighbours().indices == domain.neighbours().indices).all()
    assert write_domain(again) == write_domain(domain)


@given(tilings())
@settings(max_examples=25)
def test_any_polygons_come_back_exactly(cells: np.ndarray) -> None:
    domain = Domain.polygons(None, cells=frame(cells), **WHERE)
    again = read_domain(write_domain(domain), domain.ids, domain.size)
    assert again.fingerprint == domain.fingerprint
    assert (shapely.get_coordinates(again.shapes) == shapely.get_coordinates(domain.shapes)).all()


@pytest.mark.parametrize("kind", list(DOMAINS))
def test_a_part_of_the_cells_in_another_order(kind: str) -> None:
    domain = DOMAINS[kind]
    part = np.random.default_rng(1).permutation(domain.n_cells)[: domain.n_cells // 2 + 1]
    again = read_domain(write_domain(domain), domain.ids[part], domain.size[part])
    np.testing.assert_allclose(again.centres[0], domain.centres[0][part])
    inside = np.isin(domain.nodes.cell, part)
    found = again.locate(domain.nodes.x[inside], domain.nodes.y[inside])
    if kind != "segments":  # a point at a junction has another nearest segment when one is left out
        np.testing.assert_array_equal(part[found], domain.nodes.cell[inside])


def test_classes_of_streets_come_back() -> None:
    domain = DOMAINS["segments"]
    labels = np.array([None, "path", "main"], object)[np.arange(domain.n_cells) % 3]
    named = replace(domain, grid=replace(domain.grid, labels=labels))  # type: ignore[type-var]
    again = read_domain(write_domain(named), domain.ids, domain.size)
    assert again.grid.labels.tolist() == labels.tolist()  # type: ignore[attr-defined]


TEXTS = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(-99, 99).map(str))
TEXT = TEXTS.filter(lambda text: bool(text.strip()))


@given(st.lists(TEXT, min_size=16, max_size=16, unique=True), st.integers(0, 100))
@settings(max_examples=50)
def test_names_come_back_exactly(names: list[str], seed: int) -> None:
    domain = Domain.polygons(None, cells=frame(squares(4), beat=names), id="beat", **WHERE)
    text = write_domain(domain)
    again = read_domain(text, domain.ids, domain.size)
    assert again.names.tolist() == domain.names.tolist()
    assert set(again.names) == set(names)
    assert again.named
    part = np.random.default_rng(seed).permutation(16)[:5]
    assert read_domain(text, domain.ids[part], domain.size[part]).names.tolist() == domain.names[part].tolist()
    assert write_domain(again) == text


def named_streets() -> Domain:
    streets = gpd.GeoDataFrame({"name": ["High St", "Low St", "7"]}, geometry=STREETS, crs=CRS)
    return Domain.segments(shapely.box(EAST, NORTH, EAST + 700, NORTH + 900), streets=streets, id="name", **WHERE)


def test_names_of_streets_come_back() -> None:
    domain = named_streets()
    again = read_domain(write_domain(domain), domain.ids, domain.size)
    assert again.names.tolist() == domain.names.tolist()
    assert set(again.names) == {"High St", "Low St", "7"}


@pytest.mark.parametrize("kind", ["polygons", "segments"])
def test_texts_without_names_are_read(kind: str) -> None:
    domain = named_streets() if kind == "segments" else beats()
    record = json.loads(write_domain(domain))
    del record["grid"]["names"]  # as before cells had names
    again = read_domain(json.dumps(record), domain.ids, domain.size)
    assert again.names.tolist() == domain.ids.astype(str).tolist()
    assert again.fingerprint == domain.fingerprint


def beats(number: bool = False) -> Domain:
    names = list(range(2500)) if number else [f"A{i:04d}" for i in range(2500)]
    return Domain.polygons(None, cells=frame(squares(50), beat=names), id="beat", **WHERE)


def test_names_take_little_room() -> None:
    plain = len(write_domain(Domain.polygons(None, cells=frame(squares(50)), **WHERE)))
    assert len(write_domain(beats(number=True))) < plain + 100
    assert len(write_domain(beats())) < plain + 10 * 2500


BOMB = base64.b64encode(zlib.compress(bytes(10**8))).decode()


def packed(listed: object, length: int = 0) -> dict[str, Any]:
    data = listed if isinstance(listed, bytes) else json.dumps(listed).encode()
    return {"length": length or len(data), "bytes": base64.b64encode(zlib.compress(data)).decode()}


@pytest.mark.parametrize(
    "names",
    [
        None, [], "A", {"length": True, "bytes": ""}, {"length": -1, "bytes": ""}, {"length": 2**40, "bytes": ""},
        packed(["a"] * 3), packed(["a"] * 5), packed({"a": 1}), packed([1, 2, 3, 4]), packed([["a"]] * 4),
        packed(["a"] * 4, length=7), packed(["a"] * 4, length=70), packed(b"[" * 200_000), packed(b"\xff\xff"),
        packed(["\ud800", "b", "c", "d"]), {"length": 9, "bytes": BOMB},
    ],
    ids=range(17),
)  # fmt: skip
def test_names_of_others_are_refused(names: object) -> None:
    domain = Domain.polygons(None, cells=frame(squares(2), beat=list("abcd")), id="beat", **WHERE)
    record = json.loads(write_domain(domain))
    record["grid"]["names"] = names
    with pytest.raises(InputError, match="the domain of a forecast cannot be read"):
        read_domain(json.dumps(record), domain.ids, domain.size)


def earlier(domain: Domain) -> str:
    """The text that version 0.1 wrote."""
    grid = {"resolution": domain.grid.resolution} if domain.kind == "h3" else {
        "size": domain.grid.size, "offset": domain.grid.offset, "rotation": domain.grid.rotation
    }  # fmt: skip
    boundary = base64.b64encode(shapely.to_wkb(domain.boundary)).decode()
    record = {"kind": domain.kind, "crs": domain.crs, "time_zone": domain.time_zone, "grid": grid, "boundary": boundary}
    return json.dumps(record)


@pytest.mark.parametrize("kind", ["square", "h3"])
@pytest.mark.parametrize("parts", [1, 3])
def test_texts_of_an_earlier_version_are_read(kind: str, parts: int) -> None:
    place = RING if kind == "square" else THERE
    boundary = shapely.union_all([shapely.affinity.translate(place, 3000 * k, 0) for k in range(parts)])
    domain = replace(DOMAINS[kind], boundary=boundary)
    again = read_domain(earlier(domain), domain.ids, domain.size)
    assert again.fingerprint == domain.fingerprint
    assert again.boundary.equals(boundary)


def test_the_text_is_not_much_longer_than_it_must_be() -> None:
    cells = voronoi(np.random.default_rng(4), 2000)
    domain = Domain.polygons(None, cells=frame(cells), **WHERE)
    corners = shapely.get_num_coordinates(cells).sum()
    assert len(write_domain(domain)) < 10 * corners  # two doubles a corner are 16 bytes


DEEP = base64.b64encode(struct.pack("<BII", 1, 6, 1) * 200_000).decode()
COLLECTIONS = base64.b64encode(struct.pack("<BII", 1, 7, 1) * 200_000).decode()
NUMBERS = {"number": 1, "bytes": base64.b64encode(zlib.compress(bytes(8))).decode()}


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("square", ["kind"], "triangle"),
        ("square", ["kind"], ["square"]),
        ("square", ["crs"], "EPSG:4326"),
        ("square", ["time_zone"], "../../etc/passwd"),
        ("square", ["grid"], None),
        ("square", ["grid", "size"], 0),
        ("square", ["grid", "size"], "100"),
        ("square", ["grid", "size"], float("nan")),
        ("square", ["grid", "offset"], [1.0]),
        ("square", ["grid", "rotation"], True),
        ("square", ["boundary"], "AAAA"),
        ("square", ["boundary"], "no base64!"),
        ("square", ["boundary"], DEEP),
        ("square", ["boundary"], COLLECTIONS),
        ("square", ["boundary"], base64.b64encode(shapely.to_wkb(shapely.Point(0, 0))).decode()),
        ("square", ["boundary"], base64.b64encode(shapely.to_wkb(RING)[:50]).decode()),
        ("square", ["boundary", "type"], 1),
        ("square", ["boundary", "type"], 7),
        ("square", ["boundary", "offsets"], []),
        ("square", ["boundary", "x", "number"], 10**12),
        ("square", ["boundary", "x", "number"], -1),
        ("square", ["boundary", "x", "number"], True),
        ("square", ["boundary", "x", "bytes"], BOMB),
        ("square", ["boundary", "x"], NUMBERS),
        ("h3", ["grid", "resolution"], 8),
        ("h3", ["grid", "resolution"], None),
        ("polygons", ["grid", "shapes"], "AAAA"),
        ("polygons", ["grid", "shapes", "offsets", 0], NUMBERS),
        ("polygons", ["grid", "shapes", "corners"], NUMBERS),
        ("polygons", ["grid", "ids"], NUMBERS),
        ("segments", ["grid", "snap"], "50"),
        ("segments", ["grid", "shapes"], "AAAA"),
    ],
)
def test_texts_of_others_are_refused(kind: str, path: list[Any], value: object) -> None:
    domain = DOMAINS[kind]
    record = inner = json.loads(write_domain(domain))
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(InputError, match="the domain of a forecast cannot be read"):
        read_domain(json.dumps(record), domain.ids, domain.size)


@pytest.mark.parametrize("text", ["{}", "", "[]", "null", "7", "[" * 100_000, '{"kind": "square"}'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_domain(text, np.array([1]), np.array([1.0]))


@pytest.mark.parametrize("kind", list(DOMAINS))
def test_cells_of_another_domain_are_refused(kind: str) -> None:
    domain = DOMAINS[kind]
    ids, size = np.array([1, 2**62]), np.ones(2)
    with pytest.raises(InputError, match="cannot be read"):
        read_domain(write_domain(domain), ids, size)
    for wrong in (domain.size[1:], -domain.size, np.full(domain.n_cells, np.nan)):
        with pytest.raises(InputError, match="are no cells"):
            read_domain(write_domain(domain), domain.ids, wrong)


@given(st.integers(0, 10**9), st.sampled_from(list(DOMAINS)))
def test_a_damaged_text_is_read_or_refused(seed: int, kind: str) -> None:
    domain, rng = DOMAINS[kind], np.random.default_rng(seed)
    text = list(write_domain(domain))
    for place in rng.integers(0, len(text), 3):
        text[place] = chr(rng.integers(32, 127))
    try:
        again = read_domain("".join(text), domain.ids, domain.size)
    except InputError:
        return
    assert again.locate(*domain.centres).shape == (domain.n_cells,)


def test_corners_that_are_no_numbers_are_refused() -> None:
    domain = Domain.polygons(None, cells=frame(squares(2)), **WHERE)
    from hotspot.domain.packing import pack_numbers

    record = json.loads(write_domain(domain))
    record["grid"]["shapes"]["x"] = pack_numbers(np.full(9, np.nan))
    with pytest.raises(InputError, match="corners are no finite numbers"):
        read_domain(json.dumps(record), domain.ids, domain.size)
