"""Nodes: sums over them are integrals over cells, exact for quadratics, and nothing lies outside."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from hotspot.domain import Domain

WHERE = {"crs": "EPSG:26916", "time_zone": "America/Chicago"}
CENTRE = (445_000.0, 4_640_000.0)
SHAPE = (
    shapely.Point(CENTRE)
    .buffer(1300, quad_segs=3)
    .difference(shapely.box(CENTRE[0] - 300, CENTRE[1] - 100, CENTRE[0] + 350, CENTRE[1] + 220))
    .union(shapely.Polygon([(446_600, 4_640_000), (447_200, 4_640_050), (446_700, 4_640_900)]))
)
DOMAINS = {
    "square": Domain.square(SHAPE, size=250, **WHERE),
    "turned": Domain.square(SHAPE, size=330, rotation=33.0, **WHERE),
    "coarse": Domain.square(SHAPE, size=5000, **WHERE),
    "h3": Domain.h3(SHAPE, resolution=9, **WHERE),
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
