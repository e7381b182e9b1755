"""Rings on a lattice: what is said to lie inside or outside does, and nothing without a line near is left open."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspot.domain.index import Inside, PolygonIndex, rings_of
from hotspot.kernels.raster import INSIDE, LINE, OUTSIDE, rasterise


@st.composite
def areas(draw: st.DrawFn) -> shapely.Geometry:
    """Stars with a hole, needles, steps on the lattice itself, and several of them."""
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 12))
        radius = rng.uniform(1, 9, 12) * 10 ** rng.uniform(-2, 0.3)
        ring = rng.uniform(2, 18, 2) + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
        ring = np.round(ring) if draw(st.booleans()) else ring
        parts.append(shapely.make_valid(shapely.Polygon(ring)))
    area = shapely.union_all(parts).difference(shapely.Point(rng.uniform(0, 20, 2)).buffer(rng.uniform(0.1, 3)))
    area = shapely.intersection(area, shapely.box(0, 0, 20, 20))
    flat = shapely.get_parts(shapely.get_parts(area))
    flat = flat[shapely.area(flat) > 1e-4]
    return shapely.union_all(flat) if flat.size else shapely.box(3, 4, 5, 6)


@given(areas(), st.sampled_from([7, 20, 33]))
def test_buckets_are_what_shapely_says(area: shapely.Geometry, number: int) -> None:
    rings, side = rings_of(np.array([area], object)), 20 / number
    state = rasterise(rings.x / side, rings.y / side, rings.closes, (number, number), 1e-9)
    corner = np.arange(number) * side
    west, south = (each.ravel() for each in np.meshgrid(corner, corner, indexing="ij"))
    buckets = shapely.box(west, south, west + side, south + side)
    met = shapely.distance(buckets, area.boundary) <= 1e-9 * side
    covered = shapely.contains_properly(area, buckets)
    flat = state.ravel()
    assert (flat[met] == LINE).all()
    np.testing.assert_array_equal(flat == INSIDE, covered & (flat != LINE))
    near = shapely.distance(buckets, area.boundary) <= 1e-6
    np.testing.assert_array_equal(flat == LINE, near & (flat == LINE))


@given(areas(), st.integers(0, 1000))
def test_boxes_and_points_are_what_shapely_says(area: shapely.Geometry, seed: int) -> None:
    rng, inside = np.random.default_rng(seed), Inside.of(area)
    west, south = rng.uniform(-3, 23, (2, 300))
    boxes = np.column_stack([west, south, west + rng.exponential(1, 300), south + rng.exponential(1, 300)])
    state, shapes = inside.boxes(boxes), shapely.box(*boxes.T)
    assert shapely.covers(area, shapes[state == INSIDE]).all()
    assert not shapely.intersects(area, shapes[state == OUTSIDE]).any()
    edge = shapely.distance(shapes, area.boundary)
    assert (edge[state == LINE] < 2 * inside.lattice.side).all()
    x, y = np.concatenate([boxes[:, :2], shapely.get_coordinates(area)]).T
    np.testing.assert_array_equal(inside.points(x, y), shapely.intersects_xy(area, x, y))


@given(areas(), st.floats(1e-6, 0.3), st.integers(0, 1000))
def test_points_near_an_edge_are_told(area: shapely.Geometry, near: float, seed: int) -> None:
    index = PolygonIndex.of(np.array([area], object), near)
    x, y = np.random.default_rng(seed).uniform(-1, 21, (2, 500))
    found = index.locate(x, y, ask=True)
    apart = shapely.distance(shapely.points(x, y), area.boundary)
    assert (found[apart < near * (1 - 1e-9)] == -2).all()
    # the corners of the strip round an edge are a little farther away
    assert (apart[found == -2] < 1.5 * near).all()
    clear = found != -2
    np.testing.assert_array_equal(found[clear] == 0, shapely.intersects_xy(area, x, y)[clear])


def test_corners_that_come_twice_and_needles_are_no_trouble() -> None:
    ring = [(0, 0), (0, 0), (10, 0), (10, 10), (10, 10), (5, 10), (5, 30), (5, 10), (0, 10), (0, 0)]
    index = PolygonIndex.of(np.array([shapely.Polygon(ring)], object))
    np.testing.assert_array_equal(index.locate(np.array([5.0, 5, 11, 5]), np.array([5.0, 9.9, 5, 40])), [0, 0, -1, -1])


@pytest.mark.parametrize("far", [0.0, 1e7])
def test_wide_and_flat_layers(far: float) -> None:
    strip = shapely.box(far, 0, far + 100_000, 0.5)
    index = PolygonIndex.of(np.array([strip, shapely.box(far, 1, far + 1, 2)], object))
    x, y = np.array([far + 99_999, far + 0.5, far + 2]), np.array([0.25, 1.5, 1.5])
    np.testing.assert_array_equal(index.locate(x, y), [0, 1, -1])
