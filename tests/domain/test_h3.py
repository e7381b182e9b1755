"""Hexagons: H3's own ids, areas measured in the domain's CRS."""

from __future__ import annotations

import os
from pathlib import Path

import h3
import h3.api.basic_int as h3int
import numpy as np
import pyproj
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import InputError

WHERE = {"crs": "EPSG:26916", "time_zone": "America/Chicago"}
DISC = shapely.Point(445_000, 4_640_000).buffer(2000).difference(shapely.Point(445_300, 4_640_000).buffer(500))


@pytest.mark.parametrize("resolution", [7, 8, 9, 10])
def test_areas_add_up_and_centres_are_found(resolution: int) -> None:
    domain = Domain.h3(DISC, resolution=resolution, **WHERE)
    np.testing.assert_allclose(domain.area.sum(), domain.total_area, rtol=1e-6)
    np.testing.assert_array_equal(domain.locate(*domain.centres), np.arange(domain.n_cells))
    assert (np.diff(domain.ids) > 0).all()
    assert domain.contains(domain.nodes.x, domain.nodes.y).all()
    np.testing.assert_array_equal(domain.locate(domain.nodes.x, domain.nodes.y), domain.nodes.cell)


def test_ids_are_those_of_h3() -> None:
    domain = Domain.h3(DISC, resolution=9, **WHERE)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(443_500, 446_500, 300), rng.uniform(4_638_500, 4_641_500, 300)
    lon, lat = pyproj.Transformer.from_crs(WHERE["crs"], "EPSG:4326", always_xy=True).transform(x, y)
    own = np.array([int(h3.latlng_to_cell(b, a, 9), 16) for a, b in zip(lon, lat, strict=True)])
    found = domain.locate(x, y)
    assert (found[domain.contains(x, y)] >= 0).all()
    np.testing.assert_array_equal(domain.ids[found[found >= 0]], own[found >= 0])
    assert not np.isin(own[found < 0], domain.ids).any()


def test_ids_do_not_depend_on_the_boundary() -> None:
    one = Domain.h3(DISC, resolution=9, **WHERE)
    two = Domain.h3(shapely.affinity.translate(DISC, 1500, 300), resolution=9, **WHERE)
    common, in_one, in_two = np.intersect1d(one.ids, two.ids, return_indices=True)
    assert common.size > 20
    np.testing.assert_allclose(np.array(one.centres)[:, in_one], np.array(two.centres)[:, in_two], atol=1e-6)


def test_neighbours_within_a_spacing_are_those_of_h3() -> None:
    domain = Domain.h3(DISC, resolution=9, **WHERE)
    side = domain.spacing * np.sqrt(2 / np.sqrt(3))  # between centres of hexagons of the same area
    near = domain.neighbours(1.2 * side)
    for i in range(0, domain.n_cells, 7):
        ring = {int(cell, 16) for cell in h3.grid_disk(f"{domain.ids[i]:x}", 1)} - {int(domain.ids[i])}
        mine = domain.ids[near.indices[near.indptr[i] : near.indptr[i + 1]]]
        assert set(mine.tolist()) == ring & set(domain.ids.tolist())


def test_centre_cells_are_fewer() -> None:
    touch = Domain.h3(DISC, resolution=8, **WHERE)
    centre = Domain.h3(DISC, resolution=8, keep="centre", **WHERE)
    assert set(centre.ids) < set(touch.ids)
    assert centre.contains(*centre.centres).all()


def test_a_point_nowhere() -> None:
    domain = Domain.h3(DISC, resolution=8, **WHERE)
    assert (domain.locate([np.nan, 0.0, np.inf], [0.0, np.nan, 1.0]) == -1).all()
    assert domain.locate([500_000.0], [4_000_000.0]).tolist() == [-1]


@pytest.mark.parametrize("resolution", [-1, 16, 9.0, "9", True, None])
def test_other_resolutions_are_refused(resolution: object) -> None:
    with pytest.raises(InputError, match="expected a whole number from 0 to 15"):
        Domain.h3(DISC, resolution=resolution, **WHERE)


def asked(domain: Domain, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Positions of points, each asked of h3."""
    lon, lat = pyproj.Transformer.from_crs(domain.crs, "EPSG:4326", always_xy=True).transform(x, y)
    resolution = h3int.get_resolution(int(domain.ids[0]))
    at = {cell: position for position, cell in enumerate(domain.ids.tolist())}
    pairs = zip(lat.tolist(), lon.tolist(), strict=True)
    return np.array([at.get(h3int.latlng_to_cell(b, a, resolution), -1) for b, a in pairs])


def near_edges(domain: Domain, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points from a nanometre to ten metres away from a side."""
    corner, owner = shapely.get_coordinates(domain.grid.shapes(), return_index=True)
    side = rng.choice(np.flatnonzero(owner[1:] == owner[:-1]), n)
    share = rng.uniform(0, 1, (n, 1))
    place = corner[side] * (1 - share) + corner[side + 1] * share
    return tuple((place + rng.normal(size=(n, 2)) * 10 ** rng.uniform(-9, 1, (n, 1))).T)


@pytest.mark.parametrize(
    ("resolution", "radius"), [(0, 3e3), (3, 2e5), (5, 4e4), (8, 6e3), (10, 2e3), (13, 90), (15, 9)]
)
def test_points_are_found_where_h3_says(resolution: int, radius: float) -> None:
    domain = Domain.h3(shapely.Point(445_000, 4_640_000).buffer(radius), resolution=resolution, **WHERE)
    rng = np.random.default_rng(resolution)
    x, y = rng.uniform(-1.6 * radius, 1.6 * radius, (2, 20_000)) + np.array([[445_000], [4_640_000]])
    np.testing.assert_array_equal(domain.locate(x, y), asked(domain, x, y))
    x, y = near_edges(domain, rng, 10_000)
    np.testing.assert_array_equal(domain.locate(x, y), asked(domain, x, y))


@pytest.mark.parametrize("resolution", [2, 5, 9])
def test_points_round_pentagons_are_found_where_h3_says(resolution: int) -> None:
    rng = np.random.default_rng(resolution)
    for pentagon in list(h3int.get_pentagons(resolution))[::4]:
        lat, lon = h3int.cell_to_latlng(pentagon)
        crs = f"+proj=laea +lat_0={lat} +lon_0={lon} +units=m"
        reach = 3 * h3.average_hexagon_edge_length(resolution, unit="m")
        domain = Domain.h3(shapely.Point(0, 0).buffer(reach), resolution=resolution, crs=crs, time_zone="UTC")
        assert pentagon in domain.ids
        np.testing.assert_allclose(domain.area.sum(), domain.total_area, rtol=1e-6)
        x, y = rng.uniform(-2 * reach, 2 * reach, (2, 4000))
        np.testing.assert_array_equal(domain.locate(x, y), asked(domain, x, y))
        x, y = near_edges(domain, rng, 2000)
        np.testing.assert_array_equal(domain.locate(x, y), asked(domain, x, y))


def test_hexagons_on_both_sides_of_the_date_line() -> None:
    x, y = pyproj.Transformer.from_crs(4326, 3460, always_xy=True).transform(180.0, -17.0)
    domain = Domain.h3(shapely.Point(x, y).buffer(9000), resolution=7, crs="EPSG:3460", time_zone="Pacific/Fiji")
    np.testing.assert_allclose(domain.area.sum(), domain.total_area, rtol=1e-9)
    x, y = near_edges(domain, np.random.default_rng(0), 2000)
    np.testing.assert_array_equal(domain.locate(x, y), asked(domain, x, y))


def test_a_side_of_many_kilometres_bends_and_loses_no_cell() -> None:
    long = shapely.box(420_000, 4_640_000, 470_000, 4_640_040)
    domain = Domain.h3(long, resolution=12, **WHERE)
    np.testing.assert_allclose(domain.area.sum(), domain.total_area, rtol=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_each_hexagon_stands_once_in_cities_of_many_parts_and_holes(seed: int) -> None:
    """Parts closer than a hexagon and holes as large as one: h3 names the first twice and loses cells at the second."""
    rng = np.random.default_rng(seed)
    resolution = int(rng.integers(6, 10))
    edge = h3.average_hexagon_edge_length(resolution, unit="m")
    middle = np.array([448_000.0, 4_636_000.0]) + rng.uniform(-20_000, 20_000, 2)
    parts = [shapely.Point(middle + rng.uniform(-6, 6, 2) * edge).buffer(edge * rng.uniform(0.3, 3)) for _ in range(6)]
    holes = [
        shapely.Point(middle + rng.uniform(-6, 6, 2) * edge).buffer(edge * rng.uniform(0.2, 1.5)) for _ in range(4)
    ]
    boundary = shapely.difference(shapely.union_all(parts), shapely.union_all(holes))
    domain = Domain.h3(boundary, resolution=resolution, **WHERE)
    assert np.unique(domain.ids).size == domain.n_cells
    np.testing.assert_allclose(domain.size.sum(), domain.total_size, rtol=1e-9)
    assert (domain.locate(domain.nodes.x, domain.nodes.y) == domain.nodes.cell).all()


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
@pytest.mark.parametrize("resolution", [6, 8])
def test_new_york_and_its_islands(resolution: int) -> None:
    boundary = Path(os.environ["HOTSPOT_DATA"]) / "nyc_tracts_acs_2008_2012.parquet"
    domain = Domain.h3(boundary, resolution=resolution, crs="EPSG:26918", time_zone="America/New_York")
    assert np.unique(domain.ids).size == domain.n_cells
    np.testing.assert_allclose(domain.size.sum(), domain.total_size, rtol=1e-9)


def test_a_pole_is_refused() -> None:
    with pytest.raises(InputError, match="holds a pole"):
        Domain.h3(shapely.Point(2e6, 2e6).buffer(2e5), resolution=4, crs="EPSG:32661", time_zone="UTC")


def test_hexagons_larger_than_the_crs_can_draw_are_refused() -> None:
    crs = "+proj=tmerc +approx +lat_0=0 +lon_0=-87 +units=m"  # a series that holds near its meridian only
    with pytest.raises(InputError, match=r"hexagons of resolution 0 .* use a higher resolution"):
        Domain.h3(shapely.Point(0, 4_640_000).buffer(2000), resolution=0, crs=crs, time_zone="UTC")


def test_too_many_hexagons_are_refused() -> None:
    with pytest.raises(InputError, match="use a lower resolution"):
        Domain.h3(shapely.box(400_000, 4_600_000, 450_000, 4_650_000), resolution=15, **WHERE)


def test_a_resolution_from_numpy_is_fine() -> None:
    domain = Domain.h3(DISC, resolution=np.int64(8), **WHERE)
    assert domain.fingerprint == Domain.h3(DISC, resolution=8, **WHERE).fingerprint


@pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")
def test_chicago() -> None:
    boundary = Path(os.environ["HOTSPOT_DATA"]) / "chicago_boundary.parquet"
    domain = Domain.h3(boundary, resolution=9, crs="EPSG:26971", time_zone="America/Chicago")
    np.testing.assert_allclose(domain.area.sum(), domain.total_area, rtol=1e-6)
    np.testing.assert_allclose(domain.nodes.weight.sum(), domain.total_area, rtol=1e-6)
