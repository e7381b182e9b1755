"""Nodes: sums over them are integrals over cells, exact for quadratics, and nothing lies outside."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree
from scipy.special import erf

from hotspot.domain import Domain
from hotspot.domain.nodes import piece_of
from tests.domain.tilings import frame, squares

WHERE = {"crs": "EPSG:26916", "time_zone": "America/Chicago"}
CENTRE = (445_000.0, 4_640_000.0)
SHAPE = (
    shapely.Point(CENTRE)
    .buffer(1300, quad_segs=3)
    .difference(shapely.box(CENTRE[0] - 300, CENTRE[1] - 100, CENTRE[0] + 350, CENTRE[1] + 220))
    .union(shapely.Polygon([(446_600, 4_640_000), (447_200, 4_640_050), (446_700, 4_640_900)]))
)
INNER = shapely.Point(CENTRE[0] + 300, CENTRE[1]).buffer(700, quad_segs=4)
DOMAINS = {
    "square": Domain.square(SHAPE, size=250, **WHERE),
    "turned": Domain.square(SHAPE, size=330, rotation=33.0, **WHERE),
    "coarse": Domain.square(SHAPE, size=5000, **WHERE),
    "h3": Domain.h3(SHAPE, resolution=9, **WHERE),
    "wide h3": Domain.h3(SHAPE, resolution=6, **WHERE),
    "polygons": Domain.polygons(
        SHAPE,
        cells=gpd.GeoSeries([SHAPE.buffer(40).difference(INNER), INNER], crs="EPSG:26916"),
        **WHERE,
    ),
}


@pytest.fixture(params=list(DOMAINS))
def domain(request: pytest.FixtureRequest) -> Domain:
    return DOMAINS[request.param]


def _moment(polygon: shapely.Polygon, a: int, b: int) -> float:
    """Integral of x^a y^b, a + b <= 2, over a polygon about CENTRE: Green's theorem along its rings."""
    total = 0.0
    for k, ring in enumerate([polygon.exterior, *polygon.interiors]):
        x, y = (np.array(ring.coords)[:, :2] - CENTRE).T
        x0, y0, x1, y1 = x[:-1], y[:-1], x[1:], y[1:]
        cross = x0 * y1 - x1 * y0
        forms = {
            (0, 0): cross / 2,
            (1, 0): cross * (x0 + x1) / 6,
            (0, 1): cross * (y0 + y1) / 6,
            (2, 0): cross * (x0**2 + x0 * x1 + x1**2) / 12,
            (0, 2): cross * (y0**2 + y0 * y1 + y1**2) / 12,
            (1, 1): cross * (2 * x0 * y0 + x0 * y1 + x1 * y0 + 2 * x1 * y1) / 24,
        }
        total += (-1) ** (k > 0) * abs(forms[0, 0].sum()) / forms[0, 0].sum() * forms[a, b].sum()
    return float(total)


@pytest.mark.parametrize("powers", [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)])
def test_a_quadratic_is_integrated_exactly_in_each_cell(domain: Domain, powers: tuple[int, int]) -> None:
    nodes, (a, b) = domain.nodes, powers
    values = nodes.weight * (nodes.x - CENTRE[0]) ** a * (nodes.y - CENTRE[1]) ** b
    found = np.bincount(nodes.cell, values, domain.n_cells)
    expected = [sum(_moment(part, a, b) for part in shapely.get_parts(shape)) for shape in domain.shapes]
    scale = domain.area.max() * 1500.0 ** (a + b)
    np.testing.assert_allclose(found, expected, atol=1e-9 * scale)


def test_weights_add_up_to_the_area_of_each_cell(domain: Domain) -> None:
    nodes = domain.nodes
    assert (nodes.weight > 0).all()
    assert (np.diff(nodes.cell) >= 0).all()
    np.testing.assert_allclose(np.bincount(nodes.cell, nodes.weight, domain.n_cells), domain.area, rtol=1e-9)


def test_nodes_lie_in_their_part_of_the_boundary(domain: Domain) -> None:
    nodes = domain.nodes
    assert shapely.intersects_xy(domain.boundary, nodes.x, nodes.y).all()
    assert shapely.intersects_xy(domain.shapes[nodes.cell], nodes.x, nodes.y).all()


def test_a_whole_square_integrates_degree_five() -> None:
    domain = Domain.square(shapely.box(0, 0, 100, 100), size=100, **WHERE)
    nodes = domain.nodes
    assert nodes.x.size == 9
    for degree in range(6):
        found = (nodes.weight * (nodes.x / 100) ** degree).sum() / 1e4
        assert found == pytest.approx(1 / (degree + 1), rel=1e-12)


def test_nodes_are_near_everywhere(domain: Domain) -> None:
    rng = np.random.default_rng(5)
    west, south, east, north = domain.boundary.bounds
    x, y = rng.uniform(west, east, 3000), rng.uniform(south, north, 3000)
    inside = domain.contains(x, y)
    nodes = domain.nodes
    distance, _ = cKDTree(np.column_stack([nodes.x, nodes.y])).query(np.column_stack([x, y])[inside])
    assert distance.max() < 100
    corners = shapely.get_num_coordinates(domain.shapes).sum()
    assert nodes.x.size < 9 * domain.n_cells + 3 * corners + 24 * domain.total_area / 250**2


@pytest.mark.parametrize("kind", ["square", "h3", "polygons"])
def test_a_kernel_of_200_m_is_integrated_over_cells_of_kilometres(kind: str) -> None:
    box = shapely.box(440_000, 4_630_000, 444_000, 4_634_000)
    cells = shapely.box(
        *np.array([[440_000, 4_630_000, 443_000, 4_634_000], [443_000, 4_630_000, 444_000, 4_634_000]]).T
    )
    made = {
        "square": lambda: Domain.square(box, size=2000, **WHERE),
        "h3": lambda: Domain.h3(box, resolution=6, **WHERE),
        "polygons": lambda: Domain.polygons(None, cells=frame(cells), **WHERE),
    }
    nodes = made[kind]().nodes
    for x, y in ((442_000, 4_632_000), (440_030, 4_633_111), (443_333, 4_630_990)):
        squared = (nodes.x - x) ** 2 + (nodes.y - y) ** 2
        found = (nodes.weight * np.exp(-squared / (2 * 200**2))).sum() / (2 * np.pi * 200**2)
        across, along = (
            erf((high - at) / (200 * np.sqrt(2))) / 2 - erf((low - at) / (200 * np.sqrt(2))) / 2
            for at, low, high in ((x, 440_000, 444_000), (y, 4_630_000, 4_634_000))
        )
        assert found == pytest.approx(across * along, abs=2e-3)


def test_a_border_of_many_corners_has_few_nodes_and_the_same_integrals() -> None:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    radius = 900 + 60 * np.sin(41 * angle) + np.random.default_rng(2).uniform(-4, 4, angle.size)
    lake = shapely.Point(445_200, 4_640_100).buffer(250, quad_segs=300)
    ring = np.column_stack([445_000 + radius * np.cos(angle), 4_640_000 + radius * np.sin(angle)])
    coast = shapely.Polygon(ring).difference(lake)
    domain = Domain.polygons(None, cells=frame([coast, lake]), **WHERE)
    nodes = domain.nodes
    assert nodes.x.size < 50 * (domain.total_area / 250**2 + 2)
    np.testing.assert_allclose(np.bincount(nodes.cell, nodes.weight), domain.area)
    assert shapely.intersects_xy(domain.shapes[nodes.cell], nodes.x, nodes.y).all()
    steps = np.arange(-1097.5, 1100, 5)
    x, y = (each.ravel() for each in np.meshgrid(445_000 + steps, 4_640_000 + steps))
    shapely.prepare(coast)
    within = shapely.intersects_xy(coast, x, y)
    for at in ((445_000, 4_640_000), (445_900, 4_640_000), (445_430, 4_640_100)):
        exact = 25 * np.exp(-((x[within] - at[0]) ** 2 + (y[within] - at[1]) ** 2) / (2 * 100**2)).sum()
        here = nodes.cell == np.argmax(domain.area)
        kernel = np.exp(-((nodes.x[here] - at[0]) ** 2 + (nodes.y[here] - at[1]) ** 2) / (2 * 100**2))
        assert (nodes.weight[here] * kernel).sum() == pytest.approx(exact, rel=0.01)


def test_what_is_tiny_has_one_node_inside() -> None:
    bend = shapely.LineString([(445_100, 4_640_000), (445_115, 4_640_000), (445_115, 4_640_015)]).buffer(1)
    cells = [*shapely.affinity.translate(shapely.MultiPolygon(list(squares(3, 15, 5))), 0, 0).geoms, bend]
    domain = Domain.polygons(None, cells=frame(cells), **WHERE)
    np.testing.assert_array_equal(domain.nodes.cell, np.arange(10))
    np.testing.assert_allclose(domain.nodes.weight, domain.area)
    assert domain.contains(domain.nodes.x, domain.nodes.y).all()
    small = Domain.square(shapely.box(0, 0, 100, 100), size=20, **WHERE)
    np.testing.assert_array_equal(small.nodes.cell, np.arange(25))
    assert small.nodes.weight.sum() == pytest.approx(1e4)
    np.testing.assert_allclose(small.nodes.x, small.centres[0])


def test_pieces_grow_with_a_country() -> None:
    assert piece_of(600e6) == 250.0
    assert piece_of(1e12) == 1000.0


def test_long_streets_are_cut_and_short_pieces_have_one_node() -> None:
    from hotspot.domain.nodes import line_nodes

    long = shapely.LineString([(0, 0), (1000, 0), (1010, 0)])
    nodes = line_nodes(np.array([long, shapely.LineString([(0, 5), (0, 5.5)])]), np.array([3, 7]))
    assert nodes.cell.tolist() == [3] * 13 + [7]
    np.testing.assert_allclose(np.bincount(nodes.cell, nodes.weight)[[3, 7]], [1010, 0.5])
    assert np.diff(nodes.x[:13]).max() < 100
    for power in range(6):
        assert (nodes.weight[:12] * nodes.x[:12] ** power).sum() == pytest.approx(1000 ** (power + 1) / (power + 1))
