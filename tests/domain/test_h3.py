"""Hexagons: H3's own ids, areas measured in the domain's CRS."""

from __future__ import annotations

import os
from pathlib import Path

import h3
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
