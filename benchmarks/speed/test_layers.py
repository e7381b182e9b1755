"""Areas carried over to cells, and places around them, against the usual overlay and joins."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from benchmarks.speed.conftest import Peer
from hotspot.domain import Domain
from hotspot.features.place_density import within
from hotspot.layers import Areas
from hotspot.layers.transfer import overlaps

CRS = "EPSG:26916"
CITY = shapely.box(430_000, 4_600_000, 460_000, 4_630_000)


@pytest.fixture(scope="module")
def cells():
    domain = Domain.square(CITY, size=250, crs=CRS, time_zone="UTC")
    assert domain.shapes.size == domain.n_cells == 14_400
    return domain


@pytest.fixture(scope="module")
def tracts():
    """About 2,000 crooked tracts."""
    rng = np.random.default_rng(0)
    x0, y0, x1, y1 = CITY.bounds
    seeds = shapely.multipoints(rng.uniform((x0, y0), (x1, y1), (2000, 2)))
    shapes = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=CITY))
    return gpd.GeoDataFrame(geometry=shapely.segmentize(shapely.intersection(shapes, CITY), 30.0), crs=CRS)


def test_areas_to_cells(race, cells, tracts):
    areas = Areas(tracts)
    frame = gpd.GeoDataFrame({"cell": np.arange(cells.n_cells)}, geometry=cells.shapes, crs=CRS)

    def overlay():
        both = gpd.overlay(tracts.assign(area=np.arange(len(tracts))), frame, how="intersection")
        return both["area"], both["cell"], both.geometry.area

    found = overlaps(areas, cells).toarray()
    area, cell, size = overlay()
    theirs = np.zeros(found.shape)
    np.add.at(theirs, (area, cell), size)
    error = np.abs(found - theirs).max()
    assert error < 1.0  # m2 of 62,500: slivers are none
    race(
        "areas to cells", f"{len(tracts):,} tracts, {cells.n_cells:,} squares of 250 m",
        lambda: overlaps(areas, cells), [Peer("geopandas.overlay", overlay)], error=f"{error:.1g} m2", rounds=3,
    )  # fmt: skip


def test_places_within(race, cells):
    rng = np.random.default_rng(1)
    places = shapely.points(rng.uniform(CITY.bounds[:2], CITY.bounds[2:], (20_000, 2)))
    discs = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*cells.centres, crs=CRS))
    frame = gpd.GeoDataFrame(geometry=places, crs=CRS)

    def join():
        pairs = gpd.sjoin(frame, discs, predicate="dwithin", distance=500.0)
        return np.bincount(pairs["index_right"], minlength=cells.n_cells)

    ours = within(cells, places, 500.0)
    np.testing.assert_array_equal(ours, join())
    race(
        "places within 500 m", f"20,000 places, {cells.n_cells:,} cells",
        lambda: within(cells, places, 500.0), [Peer("geopandas.sjoin dwithin", join)], rounds=3,
    )  # fmt: skip
