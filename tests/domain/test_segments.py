"""Segments: ids that stay, lengths that add up, points that are found, streets that are refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspot.domain import Domain, read_domain, write_domain
from hotspot.domain.packing import pack_numbers
from hotspot.errors import InputError
from hotspot.layers import Streets

CRS = "EPSG:26916"
WHERE = {"crs": CRS, "time_zone": "America/Chicago"}
EAST, NORTH = 430_000.0, 4_630_000.0
BOX = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 800)


def frame(lines: list[shapely.LineString], **columns: list) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)


def city(seed: int = 0, blocks: tuple[int, int] = (8, 6)) -> gpd.GeoDataFrame:
    """Crossing streets, bent a little, that reach beyond the box."""
    rng = np.random.default_rng(seed)
    lines = []
    for along, (n, other) in enumerate((blocks, blocks[::-1])):
        for k in range(n):
            at = np.linspace(-100, 1100, 2 * other + 1)
            chain = np.column_stack([np.full_like(at, 30 + 970 * k / n), at]) + rng.normal(0, 8, (at.size, 2))
            lines.append(shapely.LineString((chain if along else chain[:, ::-1]) + (EAST, NORTH)))
    return frame(lines, kind=rng.choice(["main", "side"], len(lines)).tolist())


@st.composite
def boundaries(draw: st.DrawFn) -> shapely.Geometry:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    angle = np.sort(rng.uniform(0, 2 * np.pi, 8))
    radius = rng.uniform(200, 700, 8)
    ring = np.column_stack([EAST + 500 + radius * np.cos(angle), NORTH + 400 + radius * np.sin(angle)])
    return shapely.make_valid(shapely.Polygon(ring)).union(shapely.Point(EAST + 500, NORTH + 400).buffer(150))


LENGTHS = st.sampled_from([20.0, 100.0, 5000.0])


@given(boundaries(), st.integers(0, 9), LENGTHS)
def test_lengths_add_up_and_points_are_found(boundary: shapely.Geometry, seed: int, length: float) -> None:
    streets = city(seed)
    domain = Domain.segments(boundary, streets=streets, length=length, **WHERE)
    inside = shapely.intersection(shapely.union_all(streets.geometry.array), boundary).length
    assert domain.total_size == pytest.approx(inside, rel=1e-4)
    np.testing.assert_allclose(shapely.length(domain.shapes), domain.size, rtol=1e-9)
    assert (np.diff(domain.ids) > 0).all()
    np.testing.assert_allclose(np.bincount(domain.nodes.cell, weights=domain.nodes.weight), domain.size, rtol=1e-9)
    np.testing.assert_array_equal(domain.locate(*domain.centres), np.arange(domain.n_cells))
    cell, distance = domain.snap(domain.nodes.x, domain.nodes.y)
    np.testing.assert_array_equal(cell, domain.nodes.cell)
    assert distance.max() < 1e-6


@given(boundaries(), boundaries(), LENGTHS, st.integers(0, 1000))
def test_ids_depend_on_the_streets_alone(
    one: shapely.Geometry, two: shapely.Geometry, length: float, seed: int
) -> None:
    streets, rng = city(), np.random.default_rng(seed)
    other = streets.iloc[rng.permutation(len(streets))].reset_index(drop=True)
    turned = other.geometry.reverse().where(rng.random(len(other)) < 0.5, other.geometry)
    a = Domain.segments(one, streets=streets, length=length, **WHERE)
    b = Domain.segments(two, streets=other.set_geometry(turned), length=length, **WHERE)
    common, in_a, in_b = np.intersect1d(a.ids, b.ids, return_indices=True)
    assert common.size > 0
    assert shapely.equals_exact(a.grid.lines[in_a], b.grid.lines[in_b], 0.0).all()
    x, y = a.nodes.x[: 10 * common.size], a.nodes.y[: 10 * common.size]
    in_both = np.isin(a.ids[a.locate(x, y)], common)
    np.testing.assert_array_equal(a.ids[a.locate(x, y)][in_both], b.ids[b.locate(x, y)][in_both])


def test_streets_in_the_box_have_those_ids_forever() -> None:
    # written down once: an id may not change with a release, or stored forecasts lose their cells
    streets = frame([shapely.LineString([(EAST, NORTH + 400), (EAST + 250, NORTH + 400)])])
    domain = Domain.segments(BOX, streets=streets, **WHERE)
    assert domain.n_cells == 2
    assert domain.ids.tolist() == [391267715670712891, 3944183126850071255]
    assert domain.size.tolist() == [125.0, 125.0]


def test_cells_answer_for_what_is_near_and_tell_how_far() -> None:
    streets = frame([shapely.LineString([(EAST, NORTH + y), (EAST + 900, NORTH + y)]) for y in (100, 300)])
    domain = Domain.segments(BOX, streets=streets, length=1000, snap=60.0, **WHERE)
    x, y = np.full(6, EAST + 400), NORTH + np.array([100, 130, 160, 160.5, 200, np.nan])
    cell, distance = domain.snap(x, y)
    np.testing.assert_allclose(distance, [0, 30, 60, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(cell[:3], domain.locate(x[:1], y[:1]).repeat(3))
    np.testing.assert_array_equal(cell[3:], -1)
    middle = Domain.segments(BOX, streets=streets, length=1000, snap=100.0, **WHERE)
    assert middle.locate([EAST + 400], [NORTH + 200]).tolist() == [0]  # equally near: the lower id


def test_cells_with_an_area_are_at_no_distance() -> None:
    domain = Domain.square(BOX, size=200, **WHERE)
    cell, distance = domain.snap([EAST + 5, EAST - 500], [NORTH + 5, NORTH])
    np.testing.assert_array_equal(cell, domain.locate([EAST + 5, EAST - 500], [NORTH + 5, NORTH]))
    np.testing.assert_array_equal(distance, [0.0, np.nan])


def test_neighbours_by_junction_by_radius_and_along_streets() -> None:
    streets = frame(
        [
            shapely.LineString([(EAST, NORTH + 100), (EAST + 300, NORTH + 100)]),
            shapely.LineString([(EAST, NORTH + 200), (EAST + 300, NORTH + 200)]),
            shapely.LineString([(EAST + 300, NORTH + 100), (EAST + 300, NORTH + 200)]),
        ],
        kind=["a", "b", "c"],
    )
    domain = Domain.segments(BOX, streets=Streets(streets, "kind"), **WHERE)
    assert domain.n_cells == 7
    y = domain.centres[1]
    touching = domain.neighbours()
    assert sorted(np.diff(touching.indptr).tolist()) == [1, 1, 2, 2, 2, 2, 2]
    start = int(domain.locate([EAST + 50], [NORTH + 100])[0])
    by_air = domain.neighbours(120.0)
    along = domain.neighbours(120.0, network=domain.network)
    assert sorted(y[by_air.indices[by_air.indptr[start] : by_air.indptr[start + 1]]] - NORTH) == [100, 200]
    assert sorted(y[along.indices[along.indptr[start] : along.indptr[start + 1]]] - NORTH) == [100]
    whole = domain.neighbours(1e4, network=domain.network)
    across = int(domain.locate([EAST + 50], [NORTH + 200])[0])
    row = slice(whole.indptr[start], whole.indptr[start + 1])
    assert whole.distance[row][whole.indices[row] == across] == pytest.approx([600.0])


def test_given_ids_keep_the_lines_as_they_are() -> None:
    crossing = frame(
        [
            shapely.LineString([(EAST, NORTH + 100), (EAST + 900, NORTH + 100)]),
            shapely.LineString([(EAST + 50, NORTH), (EAST + 50, NORTH + 700)]),
            shapely.MultiLineString([[(EAST, NORTH), (EAST, NORTH + 9)], [(EAST, NORTH + 9), (EAST, NORTH + 20)]]),
        ],
        number=[7, 3, 12],
        name=["High St", "Low St", "Mews"],
    )
    domain = Domain.segments(BOX, streets=crossing, id="number", **WHERE)
    assert domain.ids.tolist() == [3, 7, 12]
    assert domain.size.tolist() == [700.0, 900.0, 20.0]
    assert any("3 parts that are not connected" in note for note in domain.notes)
    named = Domain.segments(BOX, streets=crossing, id="name", **WHERE)
    assert sorted(named.size.tolist()) == [20.0, 700.0, 900.0]
    again = Domain.segments(BOX, streets=crossing[::-1], id="name", **WHERE)
    assert named.ids.tolist() == again.ids.tolist()
    for each in (named, again):
        assert dict(zip(each.names, each.size.tolist(), strict=True)) == {"High St": 900.0, "Low St": 700.0, "Mews": 20}
    assert domain.names.tolist() == ["3", "7", "12"]
    assert not Domain.segments(BOX, streets=crossing, **WHERE).named


def test_rows_that_are_no_segments_are_counted() -> None:
    rows = frame(
        [
            shapely.LineString([(EAST, NORTH), (EAST + 9, NORTH)]),
            shapely.LineString([(EAST, NORTH), (EAST, NORTH)]),
            None,
        ],
        number=[1, 2, 3],
    )
    domain = Domain.segments(BOX, streets=rows, id="number", **WHERE)
    assert domain.ids.tolist() == [1]
    assert domain.notes == ("streets: 1 rows that are no line, set aside", "streets: 1 rows of zero length, set aside")
    noded = Domain.segments(BOX, streets=rows, **WHERE)
    assert noded.n_cells == 1
    assert len(noded.notes) == 3


LINE = shapely.LineString([(EAST, NORTH), (EAST + 100, NORTH + 9)])
PARTS = shapely.MultiLineString([LINE, shapely.affinity.translate(LINE, 0, 9)])


@pytest.mark.parametrize(
    ("streets", "options", "message"),
    [
        (gpd.GeoDataFrame(geometry=[LINE]), {}, "have no CRS"),
        (frame([LINE]).to_crs("EPSG:4326").set_crs(CRS, allow_override=True), {}, "check data and CRS"),
        (frame([shapely.LineString([(0, 0), (900, 0)])]), {}, "none of 9 street segments lies inside the boundary"),
        (frame([shapely.Point(EAST, NORTH)]), {}, "none of 1 geometries is a line"),
        (frame([]), {}, "none of 0 geometries"),
        (frame([LINE]), {"length": 0.0}, "length is 0.0; expected metres, 1 or more"),
        (frame([LINE]), {"length": np.nan}, "length is nan"),
        (frame([LINE]), {"snap": -3.0}, "snap is -3.0"),
        (frame([LINE]), {"tolerance": -1.0}, "tolerance is -1.0"),
        (frame([LINE]), {"tolerance": "2m"}, "tolerance is '2m'"),
        (frame([LINE]), {"id": "nummer"}, "no column 'nummer'; .*nothing"),
        (frame([LINE], number=[1]), {"id": "nummer"}, "did you mean 'number'"),
        (frame([LINE, LINE], number=[1, 1]), {"id": "number"}, "1 ids name more than one cell"),
        (frame([LINE, LINE], number=["a", None]), {"id": "number"}, "1 of 2 rows have no id"),
        (frame([LINE], number=[1.5]), {"id": "number"}, "expected whole numbers"),
        (frame([PARTS], n=[1]), {"id": "n"}, "in several pieces"),
        (frame([shapely.LineString([(EAST, NORTH), (EAST, NORTH)])], n=[1]), {"id": "n"}, "is a line with a length"),
        (frame([LINE]), {"keep": "whole"}, "keep is 'whole'"),
        ([LINE], {}, "streets is a list"),
        ("nowhere.gpkg", {}, "no such file"),
    ],
)  # fmt: skip
def test_wrong_streets_are_refused(streets: object, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Domain.segments(BOX, streets=streets, **WHERE, **options)


def test_streets_from_a_file_in_another_crs_and_from_a_series(tmp_path: Path) -> None:
    streets = city().to_crs("EPSG:4326")
    streets.to_file(tmp_path / "streets.gpkg")
    one = Domain.segments(BOX, streets=tmp_path / "streets.gpkg", **WHERE)
    two = Domain.segments(BOX, streets=streets.geometry, **WHERE)
    np.testing.assert_array_equal(one.ids, two.ids)
    assert one.fingerprint == two.fingerprint


def test_a_layer_keeps_classes_apart_and_land_is_left_out() -> None:
    layer = Streets(city(), "kind")
    domain = Domain.segments(BOX, streets=layer, length=1e4, **WHERE)
    plain = Domain.segments(BOX, streets=city(), length=1e4, **WHERE)
    assert set(domain.network.labels) == {"main", "side"}
    assert plain.network.labels is None
    lake = shapely.box(EAST + 300, NORTH + 200, EAST + 600, NORTH + 500)
    dry = Domain.segments(BOX, streets=layer, without=lake, **WHERE)
    assert dry.total_size < domain.total_size - 500
    assert not shapely.intersects(shapely.multilinestrings(list(shapely.get_parts(dry.shapes))), lake.buffer(-1))
    kept = Domain.segments(BOX, streets=layer, keep="centre", **WHERE)
    assert kept.contains(*kept.centres).all()


def test_streets_may_meet_at_shared_points_only() -> None:
    bridge = [
        shapely.LineString([(EAST, NORTH + 100), (EAST + 900, NORTH + 100)]),
        shapely.LineString([(EAST + 50, NORTH), (EAST + 50, NORTH + 700)]),
    ]
    apart = Domain.segments(BOX, streets=frame(bridge), length=1e4, crossings="vertices", **WHERE)
    assert apart.n_cells == 2
    assert Domain.segments(BOX, streets=frame(bridge), length=1e4, **WHERE).n_cells == 4
    with pytest.raises(InputError, match="did you mean 'split'"):
        Domain.segments(BOX, streets=frame(bridge), crossings="splits", **WHERE)


def test_streets_cut_at_the_same_place_do_not_meet_there() -> None:
    box = shapely.box(-600, -600, 600, 600)
    cross = frame([shapely.LineString([(-500, 0), (500, 0)]), shapely.LineString([(0, -500), (0, 500)])])
    domain = Domain.segments(box, streets=cross, length=100, crossings="vertices", **WHERE)
    assert domain.n_cells == 20
    y = domain.centres[1]
    part = shapely.box(-250, -250, 250, 250)
    for each in (
        domain,
        read_domain(write_domain(domain), domain.ids, domain.size),
        Domain.segments(part, streets=cross, length=100, crossings="vertices", **WHERE),
    ):
        y, near, network = each.centres[1], each.neighbours(), each.network
        upright = np.abs(y) > 1
        first = np.repeat(np.arange(each.n_cells), np.diff(near.indptr))
        assert (upright[first] == upright[near.indices]).all()
        assert len(near.indices) == 2 * (each.n_cells - 2)
        assert network.component.max() == 1
        assert network.degree.max() == 2
        assert (network.nodes == 0).all(axis=1).sum() == 2
        assert np.isnan(network.between([-50], [0], [0], [50])).all()
    some = np.flatnonzero(np.hypot(*domain.centres) < 300)[::-1]
    less = read_domain(write_domain(domain), domain.ids[some], domain.size[some])
    assert less.network.component.max() == 1
    assert less.network.degree.max() == 2
    split = Domain.segments(box, streets=cross, length=100, **WHERE)
    assert split.network.degree.max() == 4
    assert split.grid.joints is None
    assert "joints" not in write_domain(split)


def test_a_text_with_nodes_that_do_not_fit_is_refused() -> None:
    cross = frame([shapely.LineString([(-500, 0), (500, 0)]), shapely.LineString([(0, -500), (0, 500)])])
    domain = Domain.segments(shapely.box(-600, -600, 600, 600), streets=cross, crossings="vertices", **WHERE)
    record = json.loads(write_domain(domain))
    record["grid"]["joints"] = pack_numbers(np.arange(6))
    with pytest.raises(InputError, match="3 pairs of nodes do not fit 20 segments"):
        read_domain(json.dumps(record), domain.ids, domain.size)


@given(st.integers(0, 10_000), st.sampled_from(["split", "vertices"]))
def test_ids_do_not_depend_on_how_many_points_draw_a_straight_street(seed: int, crossings: str) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform((EAST, NORTH), (EAST + 1000, NORTH + 800), (2, 2)).round(2)
    share = np.sort(rng.uniform(0, 1, (5, 1)), axis=0)
    fine = np.concatenate([corners[:1], corners[0] + share * (corners[1] - corners[0]), corners[1:]])
    one, two = (
        Domain.segments(BOX, streets=frame([shapely.LineString(line)]), crossings=crossings, length=50, **WHERE)
        for line in (corners, fine)
    )
    np.testing.assert_array_equal(one.ids, two.ids)


def test_streets_side_by_side_have_ids_of_their_own() -> None:
    ends = (EAST, NORTH + 100), (EAST + 400, NORTH + 100)
    lines = [shapely.LineString([ends[0], (EAST + 200, NORTH + 100 + up), ends[1]]) for up in (0, 0.01)]
    domain = Domain.segments(BOX, streets=frame(lines), length=100, crossings="vertices", **WHERE)
    assert np.unique(domain.ids).size == domain.n_cells
    assert domain.total_size == pytest.approx(800, abs=0.01)


def test_a_short_street_on_another_is_told() -> None:
    lines = [
        shapely.LineString([(EAST, NORTH + 100), (EAST + 400, NORTH + 100)]),
        shapely.LineString([(EAST + 50, NORTH + 100), (EAST + 50.05, NORTH + 100)]),
    ]
    domain = Domain.segments(BOX, streets=frame(lines), **WHERE)
    assert "streets: 0.05 m that lie on other streets, taken once" in domain.notes


def test_a_forecast_carries_its_segments() -> None:
    domain = Domain.segments(BOX, streets=city(), **WHERE)
    again = read_domain(write_domain(domain), domain.ids, domain.size)
    assert again.fingerprint == domain.fingerprint
    x, y = np.random.default_rng(0).uniform([[EAST], [NORTH]], [[EAST + 1000], [NORTH + 800]], (2, 500))
    np.testing.assert_array_equal(again.locate(x, y), domain.locate(x, y))


def test_a_file_of_openstreetmap_is_read_by_its_reader(tmp_path: Path) -> None:
    for name in ("x.osm", "x.osm.pbf"):
        (tmp_path / name).write_text("<osm version='0.6'/>")
        with pytest.raises(InputError, match=r"hotspot.read_streets\('.*x.osm.*'\) and give that layer"):
            Domain.segments(BOX, streets=tmp_path / name, **WHERE)


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
def test_incidents_of_san_francisco_lie_on_its_streets() -> None:
    data = Path(os.environ["HOTSPOT_DATA"])
    blocks = gpd.read_parquet(data / "sanfrancisco_blockgroup_popdensity.parquet")
    streets = gpd.read_parquet(data / "sanfrancisco_streets_osm_simplified.parquet")
    domain = Domain.segments(blocks, streets=streets, crs="EPSG:26910", time_zone="America/Los_Angeles")
    rows = pd.read_parquet(data / "sanfrancisco_incidents_2003_2015_alternate_weeks.parquet", columns=["lon", "lat"])
    rows = rows[rows["lat"].notna()].iloc[::20]
    points = gpd.GeoSeries(gpd.points_from_xy(rows["lon"], rows["lat"]), crs="EPSG:4326").to_crs(domain.crs)
    cell, distance = domain.snap(points.x, points.y)
    assert (cell < 0).mean() < 1e-3
    assert np.nanmedian(distance) < 6
    assert domain.total_size == pytest.approx(2.5e6, rel=0.01)
    whole = streets.to_crs(domain.crs).length.sum()
    assert sum(note.endswith("the largest has 99.6% of the length") for note in domain.notes) == 1
    assert domain.total_size < shapely.length(domain.grid.lines).sum() < whole
