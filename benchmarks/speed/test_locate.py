"""Which cell holds each of a million points?"""

from __future__ import annotations

import geopandas as gpd
import h3.api.basic_int as h3int
import numpy as np
import pyproj
import pytest
import shapely

from benchmarks.speed.city import CRS, EAST, NORTH, SIDE, domain, spots
from benchmarks.speed.conftest import Peer
from hotspot.domain import Domain

N = 1_000_000


def joined(cells, x, y):
    """Position of the cell of each point, points made first."""
    placed = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=CRS))
    found = placed.sjoin(cells, predicate="intersects")["index_right"]
    return found[~found.index.duplicated()].reindex(placed.index, fill_value=-1).to_numpy()


def test_squares(race, rng):
    there, (x, y) = domain(), spots(N, rng)

    def arithmetic():
        return ((x - EAST) // 250).astype(np.int64) * 80 + ((y - NORTH) // 250).astype(np.int64)

    assert np.array_equal(there.locate(x, y), arithmetic())
    peers = [Peer("numpy arithmetic", arithmetic)]
    race("locate squares", f"{N:,} points, {there.n_cells:,} cells", lambda: there.locate(x, y), peers)


def test_turned_squares(race, rng):
    box = shapely.box(EAST, NORTH, EAST + SIDE, NORTH + SIDE)
    there, (x, y) = Domain.square(box, size=250, rotation=30.0, crs=CRS, time_zone="UTC"), spots(N, rng)
    c, s = np.cos(np.deg2rad(30)), np.sin(np.deg2rad(30))
    column0, row0 = there.grid.column.min(), there.grid.row.min()
    n_rows = there.grid.row.max() - row0 + 1

    def arithmetic():
        column, row = (c * x + s * y) // 250 - column0, (c * y - s * x) // 250 - row0
        return column.astype(np.int64) * n_rows + row.astype(np.int64)

    found = there.locate(x, y)
    assert np.array_equal((there.grid.column[found] - column0) * n_rows + there.grid.row[found] - row0, arithmetic())
    peers = [Peer("numpy arithmetic, without a table", arithmetic)]
    race("locate turned squares", f"{N:,} points, {there.n_cells:,} cells", lambda: there.locate(x, y), peers)


def test_hexagons(race, rng):
    from h3ronpy.vector import coordinates_to_cells

    there = Domain.h3(domain().boundary, resolution=9, crs=CRS, time_zone="UTC")
    x, y = spots(N, rng)
    to_lonlat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_lonlat.transform(x, y)

    def loop(lon=lon, lat=lat):
        to_cell = h3int.latlng_to_cell
        return np.fromiter((to_cell(a, b, 9) for a, b in zip(lat.tolist(), lon.tolist(), strict=True)), np.int64, N)

    def projected():
        return loop(*to_lonlat.transform(x, y))

    def vectorised():
        east, north = to_lonlat.transform(x, y)
        return np.asarray(coordinates_to_cells(north, east, 9))

    found = there.ids[there.locate(x, y)]
    assert np.array_equal(found, loop())
    assert np.array_equal(found, vectorised())
    peers = [
        Peer("pyproj, then h3ronpy", vectorised),
        Peer("pyproj, then h3-py int loop", projected),
        Peer("h3-py int loop, degrees given", loop),
    ]
    on = f"{N:,} points, {there.n_cells:,} hexagons of resolution 9"
    race("locate hexagons", on, lambda: there.locate(x, y), peers, rounds=3)


@pytest.mark.parametrize("what", ["squares", "Voronoi cells"])
def test_polygons(race, rng, what):
    x, y = spots(N, rng)
    shapes = domain().shapes
    if what != "squares":
        centres = np.random.default_rng(1).uniform(0, SIDE, (6400, 2)) + np.array([EAST, NORTH])
        box = shapely.box(EAST, NORTH, EAST + SIDE, NORTH + SIDE)
        shapes = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(centres), extend_to=box))
        shapes = shapely.intersection(shapes, box)
    given = gpd.GeoDataFrame(geometry=shapes, crs=CRS)
    there = Domain.polygons(None, cells=given, crs=CRS, time_zone="UTC")
    cells = gpd.GeoDataFrame(geometry=there.shapes, crs=CRS)
    assert np.array_equal(there.locate(x, y), joined(cells, x, y))
    peers = [Peer("geopandas sjoin, points made", lambda: joined(cells, x, y))]
    on = f"{N:,} points, {there.n_cells:,} polygons ({what})"
    race("locate polygons", on, lambda: there.locate(x, y), peers, rounds=3)
