"""Small histories for the tests of counts, kde and grid_etas."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.domain import Domain
from hotspot.history import History
from hotspot.incidents import Incidents

CRS = "EPSG:32616"
DAY = np.timedelta64(86_400_000_000, "us")
FIRST = np.datetime64("2021-01-04", "us")  # a Monday
NEVER = np.datetime64("NaT", "us")

# a city with a slanted edge and a lake: whole, cut and tiny cells
CITY = shapely.Polygon([(0, 0), (1230, 0), (1900, 900), (1700, 1810), (0, 1500)]).difference(
    shapely.box(620, 640, 930, 1110)
)


def city(size=200.0, zone="UTC"):
    return Domain.square(CITY, size=size, crs=CRS, time_zone=zone)


def hexagons(resolution=9, zone="UTC"):
    there = shapely.affinity.translate(CITY, 447_000, 4_636_000)
    return Domain.h3(there, resolution=resolution, crs=CRS, time_zone=zone)


def streets(step=170.0, zone="UTC"):
    """Segments of about 85 m of a street grid; every point of the city is within the snap limit."""
    along = np.arange(-step / 2, 2000.0 + step, step)
    lines = [shapely.LineString([(v, -50), (v, 1900)]) for v in along]
    lines += [shapely.LineString([(-50, v), (1950, v)]) for v in along]
    return Domain.segments(
        CITY, streets=gpd.GeoSeries(lines, crs=CRS), length=step / 2, snap=2 * step, crs=CRS, time_zone=zone
    )


def beats(zone="UTC"):
    """Polygons of very different size: strips in the west, large ones in the east."""
    edges = [0, 40, 90, 150, 230, 330, 500, 1100, 2000]
    cells = [shapely.box(a, b, c, d) for a, c in pairwise(edges) for b, d in ((0, 700), (700, 1900))]
    return Domain.polygons(CITY, cells=gpd.GeoSeries(cells, crs=CRS), crs=CRS, time_zone=zone)


def squares(columns, rows, size=100.0, zone="UTC"):
    return Domain.square(shapely.box(0, 0, columns * size, rows * size), size=size, crs=CRS, time_zone=zone)


def points_in(domain, n, rng):
    """Draw points inside a domain."""
    west, south, east, north = domain.boundary.bounds
    x, y = rng.uniform(west, east, 20 * n + 100), rng.uniform(south, north, 20 * n + 100)
    inside = np.flatnonzero(domain.contains(x, y))[:n]
    return x[inside], y[inside]


def history(domain, days, x, y, *, cutoff, hours=0.0, latency="0D", precision="time", first=FIRST):
    """A History of incidents `days` after `first`, cut `cutoff` days after it; both may be fractions."""
    days = np.asarray(days, float)
    start = first + np.round(days * 86400e6).astype("timedelta64[us]")
    span = np.round(np.broadcast_to(hours, days.shape) * 3600e6).astype("timedelta64[us]")
    table = pd.DataFrame(
        {
            "id": [f"{i:06d}" for i in range(days.size)],
            "start": start,
            "end": start + span,
            "known_at": np.full(days.size, NEVER),
            "superseded_at": np.full(days.size, NEVER),
            "category": "burglary",
            "x": np.asarray(x, float),
            "y": np.asarray(y, float),
            "position_error": np.nan,
            "time_precision": precision,
        }
    )
    end = pd.Timestamp(first + np.timedelta64(round(cutoff * 86400e6), "us")).tz_localize("UTC")
    return History(domain, Incidents(table, CRS), latency=latency).as_of(end)


def at_cells(domain, cell):
    """Coordinates of the centres of cells."""
    x, y = domain.centres
    return x[cell], y[cell]
