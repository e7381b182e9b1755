"""Cells that touch, and cells within a radius, against comparing all pairs."""

from __future__ import annotations

import h3.api.basic_int as h3int
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.errors import InputError
from tests.domain.tilings import BOX, EAST, NORTH, WHERE, frame, squares, tilings

DISC = shapely.Point(EAST + 1500, NORTH + 1500).buffer(1400)


def pairs(domain: Domain, radius: float | None = None) -> NDArray[np.int64]:
    """Rows (cell, neighbour)."""
    near = domain.neighbours(radius)
    return np.column_stack([np.repeat(np.arange(domain.n_cells), np.diff(near.indptr)), near.indices])


def all_pairs(matrix: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows (cell, neighbour) of a matrix, the diagonal left out."""
    return np.argwhere(matrix & ~np.eye(len(matrix), dtype=bool))


@pytest.mark.parametrize("rotation", [0.0, 31.0])
def test_squares_touch_at_sides_and_corners(rotation: float) -> None:
    domain = Domain.square(DISC, size=200, rotation=rotation, **WHERE)
    column, row = domain.grid.column, domain.grid.row  # type: ignore[attr-defined]
    apart = np.maximum(np.abs(column[:, None] - column), np.abs(row[:, None] - row))
    np.testing.assert_array_equal(pairs(domain), all_pairs(apart <= 1))
    assert np.diff(domain.neighbours().indptr).max() == 8


def test_hexagons_touch_six() -> None:
    domain = Domain.h3(DISC, resolution=9, **WHERE)
    ring = np.array([[b in h3int.grid_disk(a, 1) for b in domain.ids.tolist()] for a in domain.ids.tolist()])
    np.testing.assert_array_equal(pairs(domain), all_pairs(ring))
    assert np.diff(domain.neighbours().indptr).max() == 6


def test_a_pentagon_touches_five() -> None:
    pentagon = next(iter(h3int.get_pentagons(5)))
    lat, lon = h3int.cell_to_latlng(pentagon)
    crs = f"+proj=laea +lat_0={lat} +lon_0={lon} +units=m"
    domain = Domain.h3(shapely.Point(0, 0).buffer(40_000), resolution=5, crs=crs, time_zone="UTC")
    middle = int(np.flatnonzero(domain.ids == pentagon)[0])
    degree = np.diff(domain.neighbours().indptr)
    assert degree[middle] == 5
    for cell in domain.neighbours().indices[domain.neighbours().indptr[middle] :][:5]:
        assert degree[cell] == 6  # the five round it have six, the pentagon among them


@given(tilings())
@settings(max_examples=25)
def test_polygons_touch_at_borders_and_corners(cells: np.ndarray) -> None:
    domain = Domain.polygons(None, cells=frame(cells[:80]), **WHERE)
    apart = shapely.distance(domain.shapes[:, None], domain.shapes[None])
    np.testing.assert_array_equal(pairs(domain), all_pairs(apart <= 0.5))


def test_polygons_touch_after_mending_and_not_across_a_street() -> None:
    grown = shapely.buffer(squares(3), 0.1, join_style="mitre")  # borders surveyed twice
    assert "slivers" in Domain.polygons(None, cells=frame(grown), **WHERE).notes[0]
    for cells, degree in ((grown, 8), (squares(3, gap=0.3), 8), (squares(3, gap=10.0), 0)):
        assert np.diff(Domain.polygons(None, cells=frame(cells), **WHERE).neighbours().indptr).max() == degree


@pytest.mark.parametrize("radius", [0.0, 120.0, 141.5, 1e4])
def test_a_radius_counts_between_centres(radius: float) -> None:
    for domain in (
        Domain.polygons(None, cells=frame(squares(6)), **WHERE),
        Domain.h3(DISC, resolution=9, **WHERE),
        Domain.square(DISC, size=200, rotation=7.0, **WHERE),
    ):
        x, y = domain.centres
        apart = np.hypot(x[:, None] - x, y[:, None] - y)
        found = pairs(domain, radius)
        np.testing.assert_array_equal(found, all_pairs(apart <= radius * (1 + 1e-9)))
        np.testing.assert_allclose(domain.neighbours(radius).distance, apart[tuple(found.T)])


def test_too_many_pairs_are_refused() -> None:
    domain = Domain.square(BOX, size=20, **WHERE)
    with pytest.raises(InputError, match=r"pairs of 22,500 cells lie within 5000 m; .* use a smaller radius"):
        domain.neighbours(5000.0)
