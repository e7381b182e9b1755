"""Small worlds for tests: cells of any kind, and incidents with versions, intervals and gaps in what was known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.domain import Domain
from hotspot.incidents import Incidents

CRS = "EPSG:26916"
ZONE = "America/Chicago"
BASE = np.datetime64("2024-03-01T00:00", "us")  # the clocks change on 2024-03-10
HOUR = np.timedelta64(3_600_000_000, "us")
NAT = np.datetime64("NaT", "us")
RING = shapely.Polygon([(430_050, 4_630_000), (431_500, 4_630_020), (431_200, 4_631_300), (430_000, 4_631_000)])


def domain(size: float = 500.0, keep: str = "touch", kind: str = "square") -> Domain:
    """Cut the ring into squares, hexagons, street segments or polygons, the last two of about `size`."""
    if kind == "h3":
        return Domain.h3(RING, resolution=8, crs=CRS, time_zone=ZONE, keep=keep)
    if kind == "segments":
        return Domain.segments(RING, streets=blocks(size), length=size, snap=size, crs=CRS, time_zone=ZONE, keep=keep)
    if kind == "polygons":
        return Domain.polygons(RING, cells=beats(size), crs=CRS, time_zone=ZONE, keep=keep)
    return Domain.square(RING, size=size, crs=CRS, time_zone=ZONE, keep=keep)


def blocks(size: float) -> gpd.GeoSeries:
    """Streets: the edges of crooked squares."""
    corner = _corners(size)
    pairs = [np.stack([corner[:-1], corner[1:]], 2), np.stack([corner[:, :-1], corner[:, 1:]], 2)]
    return gpd.GeoSeries(shapely.linestrings(np.concatenate([pair.reshape(-1, 2, 2) for pair in pairs])), crs=CRS)


def beats(size: float) -> gpd.GeoSeries:
    """Crooked squares."""
    corner = _corners(size)
    rings = np.stack([corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]], 2).reshape(-1, 4, 2)
    return gpd.GeoSeries(shapely.polygons(rings), crs=CRS)


def _corners(size: float) -> np.ndarray:
    west, south, east, north = RING.bounds
    steps = [np.arange(low - size / 2, high + size, size) for low, high in ((west, east), (south, north))]
    corner = np.stack(np.meshgrid(*steps, indexing="ij"), -1)
    return corner + np.random.default_rng(6).uniform(-0.2, 0.2, corner.shape) * size


def table(rng: np.random.Generator, n: int = 60, *, versions: bool = True, known: bool = True) -> pd.DataFrame:
    """Rows of two categories inside the boundary; a third of them intervals; some ids with three versions."""
    x, y = _inside(rng, n)
    start = BASE + rng.integers(0, 40 * 24, n) * HOUR
    length = np.where(rng.uniform(size=n) < 0.33, rng.integers(1, 72, n), 0)
    delay = rng.integers(0, 15 * 24, n)
    ids = np.arange(n)
    if versions:
        ids = np.where(rng.uniform(size=n) < 0.4, rng.integers(0, max(n // 6, 1), n), ids)
    rows = pd.DataFrame(
        {
            "id": np.char.add("i", ids.astype(str)).astype(object),
            "start": start,
            "end": start + length * HOUR,
            "known_at": start + (length + delay) * HOUR if known else np.full(n, NAT),
            "superseded_at": np.full(n, NAT),
            "category": rng.choice(["burglary", "theft"], n),
            "x": x,
            "y": y,
            "position_error": np.nan,
            "time_precision": "time",
        }
    )
    if not known:
        rows["id"] = np.char.add("i", np.arange(n).astype(str)).astype(object)
    return rows.drop_duplicates(["id", "known_at"], ignore_index=True) if known else rows


def incidents(rows: pd.DataFrame) -> Incidents:
    return Incidents(rows, CRS)


def _inside(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = RING.bounds
    x, y = rng.uniform(west, east, 20 * n + 20), rng.uniform(south, north, 20 * n + 20)
    good = np.flatnonzero(shapely.contains_xy(RING, x, y))[:n]
    return x[good], y[good]
