"""Boundaries: what is mended or set aside is told, in every kind of domain."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import InputError
from tests.domain.tilings import CRS, EAST, NORTH, WHERE, frame, voronoi

CELLS = frame(voronoi(np.random.default_rng(3), 30))
STREET = gpd.GeoSeries([shapely.LineString([(EAST - 500, NORTH + 90), (EAST + 4000, NORTH + 90)])], crs=CRS)
MAKE: dict[str, Callable[..., Domain]] = {
    "square": lambda boundary, **options: Domain.square(boundary, size=130, **WHERE, **options),
    "h3": lambda boundary, **options: Domain.h3(boundary, resolution=9, **WHERE, **options),
    "polygons": lambda boundary, **options: Domain.polygons(boundary, cells=CELLS, **WHERE, **options),
    "segments": lambda boundary, **options: Domain.segments(boundary, streets=STREET, **WHERE, **options),
}
WHOLE = shapely.box(EAST, NORTH, EAST + 500, NORTH + 500)
BOWTIE = shapely.Polygon(
    [(EAST + 600, NORTH), (EAST + 900, NORTH + 300), (EAST + 900, NORTH), (EAST + 600, NORTH + 300)]
)
ROWS = gpd.GeoSeries([WHOLE, WHOLE.reverse(), BOWTIE, None, shapely.Point(EAST, NORTH)], crs=CRS)


@pytest.fixture(params=list(MAKE))
def make(request: pytest.FixtureRequest) -> Callable[..., Domain]:
    return MAKE[request.param]


def test_mending_is_told(make: Callable[..., Domain]) -> None:
    domain = make(ROWS)
    assert domain.notes[:3] == (
        "boundary: 2 of 5 rows without a polygon set aside",
        "boundary: 1 of 3 polygons mended",
        "boundary: 1 of 3 polygons repeat another, taken once",
    )
    assert domain.total_area == pytest.approx(500**2 + 300**2 / 2)


def test_mending_of_land_taken_out_is_told(make: Callable[..., Domain]) -> None:
    domain = make(WHOLE.buffer(600), without=ROWS)
    assert [note for note in domain.notes if note.startswith(("boundary", "without"))] == [
        "without: 2 of 5 rows without a polygon set aside",
        "without: 1 of 3 polygons mended",
        "without: 1 of 3 polygons repeat another, taken once",
    ]


def test_a_bare_geometry_that_is_mended_is_told_and_a_sound_one_is_not(make: Callable[..., Domain]) -> None:
    assert make(BOWTIE).notes[0] == "boundary: 1 of 1 polygons mended"
    assert not any(note.startswith("boundary") for note in make(WHOLE).notes)


def test_cells_elsewhere_are_told_with_both_extents() -> None:
    there = shapely.affinity.translate(WHOLE, 50_000, 0)
    with pytest.raises(
        InputError, match=r"none of 30 cells overlaps the boundary; it spans 490000.*the cells 440000.*CRS"
    ):
        Domain.polygons(there, cells=CELLS, **WHERE)
    with pytest.raises(InputError, match="no centre lies inside; use smaller cells or keep='touch'"):
        Domain.square(shapely.box(EAST + 1, NORTH + 1, EAST + 9, NORTH + 9), size=1000, keep="centre", **WHERE)
