"""A small city whose records come late and are revised, for the tests of features."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.domain import Domain
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.layers import Places, Streets
from hotspot.layers.base import Layer

CRS, ZONE = "EPSG:26916", "America/Chicago"
BOUNDARY = shapely.Polygon([(447_100, 4_636_100), (449_000, 4_636_000), (448_800, 4_637_900), (447_050, 4_637_300)])
FIRST, DAYS = np.datetime64("2021-02-01T06:00", "us"), 120  # the clocks change on 14 March
HOUR = np.timedelta64(1, "h")


KINDS = ("square", "h3", "segments", "polygons")


def domain(kind: str = "square") -> Domain:
    if kind == "h3":
        return Domain.h3(BOUNDARY, resolution=9, crs=CRS, time_zone=ZONE)
    if kind == "segments":
        return Domain.segments(BOUNDARY, streets=streets(), length=250, snap=150, crs=CRS, time_zone=ZONE)
    if kind == "polygons":
        return Domain.polygons(BOUNDARY, cells=beats(), crs=CRS, time_zone=ZONE)
    return Domain.square(BOUNDARY, size=250, crs=CRS, time_zone=ZONE)


def streets() -> gpd.GeoSeries:
    """Blocks of a crooked grid; some are missing."""
    rng, (x0, y0, x1, y1) = np.random.default_rng(7), BOUNDARY.bounds
    corner = np.stack(np.meshgrid(np.arange(x0, x1 + 250, 250), np.arange(y0, y1 + 250, 250), indexing="ij"), -1)
    corner += rng.uniform(-50, 50, corner.shape)
    pairs = [np.stack([corner[:-1], corner[1:]], 2), np.stack([corner[:, :-1], corner[:, 1:]], 2)]
    blocks = np.concatenate([pair.reshape(-1, 2, 2) for pair in pairs])
    return gpd.GeoSeries(shapely.linestrings(blocks[rng.random(len(blocks)) < 0.9]), crs=CRS)


def beats() -> gpd.GeoSeries:
    """Polygons of different sizes that cover the boundary."""
    rng, (x0, y0, x1, y1) = np.random.default_rng(8), BOUNDARY.bounds
    seeds = shapely.multipoints(rng.uniform((x0, y0), (x1, y1), (30, 2)))
    return gpd.GeoSeries(list(shapely.voronoi_polygons(seeds, extend_to=BOUNDARY).geoms), crs=CRS)


def table(seed: int, n: int = 400) -> pd.DataFrame:
    """Incidents of two categories: a third are intervals, some are known late, some are moved or deleted later."""
    rng = np.random.default_rng(seed)
    start = FIRST + rng.integers(0, DAYS * 24, n) * HOUR
    end = start + np.where(rng.random(n) < 0.3, rng.integers(1, 100, n), 0) * HOUR
    known = end + np.where(rng.random(n) < 0.3, rng.integers(1, 60 * 24, n), rng.integers(1, 48, n)) * HOUR
    x0, y0, x1, y1 = BOUNDARY.bounds
    rows = pd.DataFrame(
        {
            "id": np.arange(n).astype(str),
            "start": start,
            "end": end,
            "known_at": known,
            "superseded_at": np.datetime64("NaT", "us"),
            "category": rng.choice(["burglary", "theft"], n),
            "x": rng.uniform(x0, x1, n),
            "y": rng.uniform(y0, y1, n),
            "position_error": np.nan,
            "time_precision": "time",
        }
    )
    revised = rng.choice(n, n // 5, replace=False)
    later = rows.loc[revised, "known_at"] + rng.integers(1, 60 * 24, revised.size) * HOUR
    rows.loc[revised, "superseded_at"] = later
    moved = rows.loc[revised[: n // 10]].assign(superseded_at=np.datetime64("NaT", "us"))
    moved = moved.assign(known_at=later[: n // 10], x=moved["x"] + 300, start=moved["start"] - 30 * HOUR)
    return pd.concat([rows, moved], ignore_index=True)


def history(
    rows: pd.DataFrame, *, kind: str = "square", latency: str = "2D", layers: tuple[Layer, ...] = ()
) -> History:
    cells = domain(kind)
    incidents = Incidents(rows, CRS).within(cells)
    return History(cells, incidents, target="burglary", latency=latency, layers=layers)


def issue_times(*days: int) -> np.ndarray:
    """Moments so many days (and an odd hour) after the first incident, in UTC."""
    return FIRST + np.asarray(days) * np.timedelta64(24, "h") + 5 * HOUR


def layers(vintage: str | None = None) -> tuple[Layer, ...]:
    """Bars (points and a polygon), stops (lines), another layer without categories, and streets."""
    rng = np.random.default_rng(0)
    x0, y0, x1, y1 = BOUNDARY.bounds
    points = shapely.points(rng.uniform(x0, x1, 30), rng.uniform(y0, y1, 30))
    ring = shapely.box(x0 + 600, y0 + 600, x0 + 1000, y0 + 900)
    lines = shapely.linestrings(rng.uniform([x0, y0], [x1, y1], (5, 3, 2)))
    kinds = ["bar"] * 30 + ["bar"] + ["stop"] * 5
    mixed = gpd.GeoDataFrame({"kind": kinds}, geometry=[*points, ring, *lines], crs=CRS).to_crs("EPSG:4326")
    plain = gpd.GeoDataFrame(geometry=points[:4], crs=CRS)
    network = gpd.GeoDataFrame(geometry=shapely.linestrings(rng.uniform([x0, y0], [x1, y1], (40, 4, 2))), crs=CRS)
    return (
        Places(mixed, name="osm", category="kind", vintage=vintage),
        Places(plain, name="schools"),
        Streets(network, name="roads", vintage=vintage),
    )
