"""Water and airfields taken out of the boundary, on every tessellation."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import InputError
from tests.domain.tilings import BOX, CRS, EAST, NORTH, SIDE, WHERE, frame, voronoi

LAKE = shapely.Point(EAST + 1400, NORTH + 1500).buffer(700)
CELLS = frame(voronoi(np.random.default_rng(8), 90))
GRID = [shapely.LineString([(EAST + k, NORTH), (EAST + k, NORTH + SIDE)]) for k in range(50, 3000, 220)]
STREETS = gpd.GeoSeries([*GRID, *(shapely.affinity.rotate(line, 90, BOX.centroid) for line in GRID)], crs=CRS)
MAKE: dict[str, Callable[..., Domain]] = {
    "square": lambda boundary=BOX, **options: Domain.square(boundary, size=130, **WHERE, **options),
    "turned": lambda boundary=BOX, **options: Domain.square(boundary, size=130, rotation=20.0, **WHERE, **options),
    "h3": lambda boundary=BOX, **options: Domain.h3(boundary, resolution=10, **WHERE, **options),
    "polygons": lambda boundary=BOX, **options: Domain.polygons(boundary, cells=CELLS, **WHERE, **options),
    "own boundary": lambda boundary=None, **options: Domain.polygons(boundary, cells=CELLS, **WHERE, **options),
    "segments": lambda boundary=BOX, **options: Domain.segments(boundary, streets=STREETS, **WHERE, **options),
}


@pytest.fixture(params=list(MAKE))
def make(request: pytest.FixtureRequest) -> Callable[..., Domain]:
    return MAKE[request.param]


@pytest.mark.parametrize("keep", ["touch", "centre"])
def test_land_is_taken_out(make: Callable[..., Domain], keep: str) -> None:
    whole, dry = make(keep=keep), make(keep=keep, without=gpd.GeoSeries([LAKE], crs=CRS).to_crs(4326))
    np.testing.assert_allclose(dry.total_area, whole.total_area - LAKE.area, rtol=1e-4)
    assert set(dry.ids) < set(whole.ids)
    assert not dry.contains(LAKE.centroid.x, LAKE.centroid.y).any()
    assert not shapely.intersects_xy(LAKE.buffer(-1), dry.nodes.x, dry.nodes.y).any()
    np.testing.assert_allclose(np.bincount(dry.nodes.cell, dry.nodes.weight), dry.size)
    here = np.searchsorted(np.sort(whole.ids), dry.ids)
    full = whole.size[np.argsort(whole.ids)][here]
    assert (dry.size <= full * (1 + 1e-9)).all()
    if keep == "centre":
        assert dry.contains(*dry.centres).all()
    else:
        left = dry.total_area if dry.measure == "area" else STREETS.union_all().intersection(dry.boundary).length
        assert dry.size.sum() == pytest.approx(left, rel=1e-4)


def test_the_same_place_has_the_same_id_with_another_boundary(make: Callable[..., Domain]) -> None:
    one, two = make(), make(shapely.box(EAST + 333, NORTH - 50, EAST + 2100, NORTH + 1777))
    x, y = two.nodes.x, two.nodes.y
    inside = one.contains(x, y)
    assert inside.sum() > 500
    np.testing.assert_array_equal(one.ids[one.locate(x, y)][inside], two.ids[two.locate(x, y)][inside])


def test_contains_is_what_the_boundary_says(make: Callable[..., Domain]) -> None:
    domain = make(without=LAKE)
    x, y = np.random.default_rng(0).uniform([[EAST - 99], [NORTH - 99]], [[EAST + 3100], [NORTH + 3100]], (2, 5000))
    np.testing.assert_array_equal(domain.contains(x, y), shapely.intersects_xy(domain.boundary, x, y))


def test_nothing_left_is_refused(make: Callable[..., Domain]) -> None:
    with pytest.raises(InputError, match="nothing is left without"):
        make(without=BOX.buffer(100))
    with pytest.raises(InputError, match="has no CRS"):
        make(without=gpd.GeoSeries([LAKE]))
