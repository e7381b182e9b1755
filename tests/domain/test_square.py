"""Squares: ids that stay, areas that add up, points that are found, boundaries that are refused."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspot.domain import Domain
from hotspot.errors import InputError

WHERE = {"crs": "EPSG:26916", "time_zone": "America/Chicago"}
CENTRE = (430_000.0, 4_630_000.0)


@st.composite
def boundaries(draw: st.DrawFn) -> shapely.Geometry:
    """Areas of 1 to 5 km with a hole, perhaps in two parts."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radius = rng.uniform(500, 2500, 9)
    ring = np.column_stack([CENTRE[0] + radius * np.cos(angles), CENTRE[1] + radius * np.sin(angles)])
    area = shapely.make_valid(shapely.Polygon(ring)).difference(shapely.Point(CENTRE).buffer(rng.uniform(50, 400)))
    if draw(st.booleans()):
        area = area.union(shapely.box(434_000, 4_630_000, 434_000 + rng.uniform(100, 900), 4_630_700))
    return shapely.make_valid(area)


SIZES = st.sampled_from([97.3, 250.0, 1000.0])
TURNS = st.sampled_from([0.0, 17.0, -45.0])


@given(boundaries(), SIZES, TURNS)
def test_areas_add_up_and_points_are_found(boundary: shapely.Geometry, size: float, rotation: float) -> None:
    domain = Domain.square(boundary, size=size, rotation=rotation, **WHERE)
    np.testing.assert_allclose(domain.area.sum(), domain.total_area, rtol=1e-9)
    np.testing.assert_allclose(shapely.area(domain.shapes), domain.area, rtol=1e-9)
    assert (np.diff(domain.ids) > 0).all() or rotation != 0
    np.testing.assert_array_equal(domain.locate(*domain.centres), np.arange(domain.n_cells))
    # nodes of a cell lie in it, and no point inside the boundary is without a cell
    np.testing.assert_array_equal(domain.locate(domain.nodes.x, domain.nodes.y), domain.nodes.cell)
    assert domain.contains(domain.nodes.x, domain.nodes.y).all()


@given(boundaries(), boundaries(), SIZES, TURNS)
def test_ids_do_not_depend_on_the_boundary(
    one: shapely.Geometry, two: shapely.Geometry, size: float, rotation: float
) -> None:
    a, b = (Domain.square(area, size=size, rotation=rotation, **WHERE) for area in (one, two))
    common, in_a, in_b = np.intersect1d(a.ids, b.ids, return_indices=True)
    np.testing.assert_allclose(np.array(a.centres)[:, in_a], np.array(b.centres)[:, in_b], atol=1e-6)
    # a point that both have a cell for lies in the same one
    x, y = a.nodes.x, a.nodes.y
    there, here = b.locate(x, y), a.locate(x, y)
    both = there >= 0
    np.testing.assert_array_equal(b.ids[there[both]], a.ids[here[both]])
    assert np.isin(b.ids[there[both]], common).all()


def test_ids_west_and_south_of_zero_are_unique() -> None:
    domain = Domain.square(shapely.box(-500, -500, 500, 500), size=100, **WHERE)
    assert domain.n_cells == np.unique(domain.ids).size == 100
    np.testing.assert_array_equal(domain.ids >> 32, np.repeat(np.arange(-5, 5), 10))


def test_an_origin_moves_the_grid_and_not_the_number_of_metres() -> None:
    box = shapely.box(430_000, 4_630_000, 431_000, 4_631_000)
    domain = Domain.square(box, size=250, origin=(430_100, 4_630_030), **WHERE)
    assert (((domain.centres[0] - 125 - 100) % 250) < 1e-6).all()
    assert (((domain.centres[1] - 125 - 30) % 250) < 1e-6).all()
    same = Domain.square(box, size=250, origin=(430_100 - 2500, 4_630_030 + 500), **WHERE)
    assert same.fingerprint == domain.fingerprint
    assert Domain.square(box, size=250, **WHERE).fingerprint != domain.fingerprint


def test_contains_agrees_with_the_boundary() -> None:
    ring = shapely.Polygon([(430_050, 4_630_000), (431_500, 4_630_020), (430_700, 4_631_300)])
    domain = Domain.square(ring, size=200, **WHERE)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(429_900, 431_600, 2000), rng.uniform(4_629_900, 4_631_400, 2000)
    np.testing.assert_array_equal(domain.contains(x, y), shapely.intersects_xy(ring, x, y))
    assert (domain.locate(x, y)[domain.contains(x, y)] >= 0).all()
    assert not domain.contains([np.nan, np.inf], [0.0, 1.0]).any()
    assert (domain.locate([np.nan, np.inf], [0.0, 1.0]) == -1).all()


def test_whole_cells_and_centre_cells() -> None:
    disc = shapely.Point(CENTRE).buffer(1000)
    touch = Domain.square(disc, size=250, **WHERE)
    centre = Domain.square(disc, size=250, keep="centre", **WHERE)
    assert set(centre.ids) < set(touch.ids)
    assert centre.contains(*centre.centres).all()
    assert centre.total_area == touch.total_area > centre.area.sum()
    np.testing.assert_allclose(touch.area[touch.whole], 250.0**2)
    assert (touch.area[~touch.whole] < 250.0**2).all()
    assert touch.spacing == pytest.approx(250.0)


@pytest.mark.parametrize("radius", [0.0, 250.0, 400.0, 1e6])
def test_neighbours_by_brute_force(radius: float) -> None:
    domain = Domain.square(shapely.Point(CENTRE).buffer(900), size=250, rotation=10.0, **WHERE)
    x, y = domain.centres
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    near = (distance <= radius * (1 + 1e-9)) & ~np.eye(domain.n_cells, dtype=bool)
    found = domain.neighbours(radius)
    row, column = np.nonzero(near)
    np.testing.assert_array_equal(np.repeat(np.arange(domain.n_cells), np.diff(found.indptr)), row)
    np.testing.assert_array_equal(found.indices, column)
    np.testing.assert_allclose(found.distance, distance[row, column])


def test_a_cell_touched_along_a_line_stays_an_area() -> None:
    step = shapely.union_all([shapely.box(0, 0, 250, 500), shapely.box(250, 100, 300, 200)])
    domain = Domain.square(step, size=250, **WHERE)
    assert {shape.geom_type for shape in domain.shapes} == {"Polygon"}
    np.testing.assert_allclose(shapely.area(domain.shapes), domain.area)


def test_a_boundary_from_a_file_is_mended_and_reprojected(tmp_path: Path) -> None:
    bow = shapely.Polygon([(-87.8, 41.8), (-87.7, 41.9), (-87.7, 41.8), (-87.8, 41.9)])
    frame = gpd.GeoDataFrame(geometry=[bow, None, shapely.Point(-87.7, 41.8)], crs="EPSG:4326")
    frame.to_parquet(tmp_path / "b.parquet")
    domain = Domain.square(tmp_path / "b.parquet", size=500, **WHERE)
    expected = gpd.GeoSeries([shapely.make_valid(bow)], crs="EPSG:4326").to_crs(WHERE["crs"]).area.iloc[0]
    assert domain.total_area == pytest.approx(expected, rel=1e-3)


def test_a_domain_travels_through_pickle() -> None:
    domain = Domain.square(shapely.Point(CENTRE).buffer(900), size=250, **WHERE)
    assert pickle.loads(pickle.dumps(domain)).fingerprint == domain.fingerprint


BOX = shapely.box(430_000, 4_630_000, 432_000, 4_632_000)
AUSTRALIA = gpd.GeoSeries([shapely.box(150, -34, 151, -33)], crs="EPSG:4326")


@pytest.mark.parametrize(
    ("boundary", "options", "message"),
    [
        (BOX, {"crs": "EPSG:2913"}, "counts in foot; expected a projected CRS in metres"),
        (BOX, {"crs": "EPSG:4326"}, "counts in degree"),
        (BOX, {"crs": "EPSG:3857"}, "stretches distances"),
        (BOX, {"crs": "EPSG:1"}, "is not known"),
        (BOX, {"crs": None}, "is not known"),
        (BOX, {"time_zone": "America/Chicgo"}, "time zone 'America/Chicgo' is not known"),
        (BOX, {"time_zone": None}, "time zone None is not known"),
        (BOX, {"size": 0}, "size is 0"),
        (BOX, {"size": -5.0}, "size is -5"),
        (BOX, {"size": np.nan}, "size is nan"),
        (BOX, {"size": "large"}, "size is 'large'"),
        (BOX, {"size": 0.001}, "squares of 0.001 m span the boundary"),
        (BOX, {"rotation": np.inf}, "rotation is inf"),
        (BOX, {"origin": (1.0,)}, "origin is"),
        (BOX, {"origin": (1.0, None)}, "origin is None"),
        (BOX, {"keep": "center"}, "did you mean 'centre'"),
        (shapely.box(0, 0, 1, 1).buffer(30), {"size": 1e4, "keep": "centre"}, "no cell is left"),
        (shapely.Polygon(), {}, "holds no area"),
        (shapely.LineString([(0, 0), (1, 1)]), {}, "holds no area"),
        (shapely.box(-87.9, 41.6, -87.5, 42.0), {}, "if these are degrees"),
        (gpd.GeoSeries([BOX]), {}, "has no CRS"),
        (gpd.GeoSeries([None], crs="EPSG:26916"), {}, "holds no area"),
        (AUSTRALIA, {}, "choose one made for this region"),
        ("nowhere.gpkg", {}, "no such file"),
        (gpd.GeoDataFrame({"a": [1]}), {}, "holds no geometry"),
        ({"type": "Polygon"}, {}, "got dict; expected a path"),
    ],
)
def test_what_cannot_be_used_is_refused(boundary: object, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Domain.square(boundary, **({"size": 250.0} | WHERE | options))


def test_a_file_that_is_no_map_is_refused(tmp_path: Path) -> None:
    for name in ("b.gpkg", "b.geojson", "b.parquet"):
        (tmp_path / name).write_text("not a map")
        with pytest.raises(InputError, match="cannot be read as vector data"):
            Domain.square(tmp_path / name, size=250, **WHERE)


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
def test_chicago() -> None:
    boundary = Path(os.environ["HOTSPOT_DATA"]) / "chicago_boundary.parquet"
    domain = Domain.square(boundary, size=250, crs="EPSG:26971", time_zone="America/Chicago")
    assert domain.total_area == pytest.approx(598e6, rel=0.01)
    np.testing.assert_allclose(domain.area.sum(), domain.total_area, rtol=1e-9)
    np.testing.assert_allclose(domain.nodes.weight.sum(), domain.total_area, rtol=1e-9)
    assert 9_500 < domain.n_cells < 11_000


def test_a_table_without_shapes_is_no_boundary(tmp_path: Path) -> None:
    path = tmp_path / "city.csv"
    path.write_text("lon,lat\n-87.6,41.8\n", "utf-8")
    with pytest.raises(InputError, match="holds no geometry"):
        Domain.square(path, size=250, **WHERE)


@pytest.mark.parametrize("rotation", [0.0, 30.0])
@pytest.mark.parametrize("origin", [None, (430_012.3, 4_630_007.9)])
def test_every_point_on_the_rim_has_a_cell(rotation: float, origin: tuple[float, float] | None) -> None:
    corner = origin or (430_000.0, 4_630_000.0)
    frame = Domain.square(shapely.Point(corner).buffer(2000), size=250, rotation=rotation, origin=origin, **WHERE)
    block = shapely.union_all(frame.shapes[np.hypot(frame.centres[0] - corner[0], frame.centres[1] - corner[1]) < 900])
    rim = shapely.simplify(block, 0.01)  # the sides of whole squares
    domain = Domain.square(rim, size=250, rotation=rotation, origin=origin, **WHERE)
    domain_cells = domain.area > 1
    rings = shapely.segmentize(rim.exterior, 50.0)
    x, y = shapely.get_coordinates(rings).T
    cell = domain.locate(x, y)
    assert (cell >= 0).all()
    touched = shapely.distance(domain.grid.shapes()[cell], shapely.points(x, y))
    assert touched.max() < 1e-3
    assert domain_cells[cell].all()
    away = rim.buffer(0.01).exterior
    out = domain.locate(*shapely.get_coordinates(away).T)
    assert (~domain_cells[out] | (out < 0)).all()


def test_points_on_a_common_side_belong_further_along_the_axes() -> None:
    domain = Domain.square(shapely.box(0, 0, 300, 200), size=100, **WHERE)
    x, y = domain.centres
    found = domain.locate([100, 100, 300, 300, 0, 50, 300.01], [50, 100, 50, 200, 200, 200, 50])
    np.testing.assert_array_equal(x[found[:6]], [150, 150, 250, 250, 50, 50])
    np.testing.assert_array_equal(y[found[:6]], [50, 150, 50, 150, 150, 150])
    assert found[6] == -1
    assert domain.contains(np.array([300.0]), np.array([200.0])).all()
