"""Which cell holds each of a million points?"""

from __future__ import annotations

import geopandas as gpd
import h3.api.basic_int as h3int
import numpy as np
import pyproj

from benchmarks.speed.city import CRS, EAST, NORTH, domain, spots
from benchmarks.speed.conftest import Peer
from hotspot.domain import Domain

N = 1_000_000


def test_squares(race, rng):
    there, (x, y) = domain(), spots(N, rng)
    cells = gpd.GeoDataFrame(geometry=there.shapes, crs=CRS)

    def arithmetic():
        return ((x - EAST) // 250).astype(np.int64) * 80 + ((y - NORTH) // 250).astype(np.int64)

    def joined():
        placed = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=CRS))
        return placed.sjoin(cells, predicate="within")["index_right"].to_numpy()

    found = there.locate(x, y)
    assert np.array_equal(found, arithmetic())
    assert np.array_equal(found, joined())
    peers = [Peer("numpy arithmetic", arithmetic), Peer("geopandas sjoin", joined)]
    race("locate squares", f"{N:,} points, {there.n_cells:,} cells", lambda: there.locate(x, y), peers, rounds=3)


def test_hexagons(race, rng):
    there = Domain.h3(domain().boundary, resolution=9, crs=CRS, time_zone="UTC")
    x, y = spots(N, rng)
    to_lonlat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_lonlat.transform(x, y)

    def loop(lon=lon, lat=lat):
        to_cell = h3int.latlng_to_cell
        return np.fromiter((to_cell(a, b, 9) for a, b in zip(lat.tolist(), lon.tolist(), strict=True)), np.int64, N)

    def projected():
        return loop(*to_lonlat.transform(x, y))

    assert np.array_equal(there.ids[there.locate(x, y)], loop())
    peers = [Peer("h3-py int loop, degrees given", loop), Peer("pyproj, then h3-py int loop", projected)]
    on = f"{N:,} points, {there.n_cells:,} hexagons of resolution 9"
    race("locate hexagons", on, lambda: there.locate(x, y), peers, rounds=3)
