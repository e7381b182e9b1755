"""Places of an invented city (bars, schools, transit stops) and its calendar of games and markets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]

_BARS, _SCHOOLS, _STOPS = 48, 24, 110
_BARS_SCALE = 900.0  # [m] bars thin out with the distance from the city's middle


def draw_places(streets: gpd.GeoDataFrame, boundary: shapely.Polygon, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Put bars near the middle along arterials, schools off them and far apart, and stops along arterials.

    Parameters
    ----------
    streets : geopandas.GeoDataFrame
        Segments with their `class`.
    boundary : shapely Polygon
        The city, water cut out [m].
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns category (bar, school, transit_stop), name, geometry; all inside the boundary.
    """
    arterial, local = _corners(streets, "arterial"), _corners(streets, "local")
    middle = np.array([boundary.centroid.x - 700, boundary.centroid.y])
    squared = ((arterial - middle) ** 2).sum(axis=1)
    pull = np.exp(-squared / (2 * _BARS_SCALE**2)) + 0.01
    bars = arterial[rng.choice(len(arterial), _BARS, replace=False, p=pull / pull.sum())]
    stops = arterial[rng.choice(len(arterial), _STOPS, replace=False)]
    chosen = {"bar": bars, "school": _spread(local, _SCHOOLS, rng), "transit_stop": stops}
    category = np.repeat(list(chosen), [len(points) for points in chosen.values()])
    points = _beside(np.concatenate(list(chosen.values())), boundary, rng)
    number = np.concatenate([np.arange(1, len(chosen[kind]) + 1) for kind in chosen])
    names = [f"{kind.replace('_', ' ')} {n}" for kind, n in zip(category, number, strict=True)]
    columns = {"category": category, "name": names}
    return gpd.GeoDataFrame(columns, geometry=shapely.points(points), crs=streets.crs)


def _corners(streets: gpd.GeoDataFrame, kind: str) -> Points:
    lines = streets.geometry[streets["class"] == kind].to_numpy()
    return np.unique(shapely.get_coordinates(lines), axis=0)


def _spread(corners: Points, count: int, rng: np.random.Generator) -> Points:
    """Choose corners one after another, each the farthest of a handful of candidates from those chosen."""
    chosen = corners[rng.choice(len(corners), 1)]
    while len(chosen) < count:
        candidates = corners[rng.choice(len(corners), 8, replace=False)]
        gap = np.linalg.norm(candidates[:, None] - chosen[None], axis=2).min(axis=1)
        chosen = np.vstack([chosen, candidates[gap.argmax()]])
    return chosen


def _beside(points: Points, boundary: shapely.Polygon, rng: np.random.Generator) -> Points:
    """Move points some metres off the corner, unless that leaves the city."""
    moved = (points + rng.normal(0, 15, points.shape)).round(1)
    inside = shapely.contains_xy(boundary, moved[:, 0], moved[:, 1])
    return np.where(inside[:, None], moved, points)


# Name, metres east and north of the origin, days of the year, start hour, length [h], mean attendance.
_SERIES = [
    ("Lakeview Herons home game", (1350.0, 2050.0), ("04-01", "09-28", "W-SAT"), 18, 4, 14_000),
    ("Lakeview Herons midweek game", (1350.0, 2050.0), ("04-10", "09-20", "2W-WED"), 19, 3, 9_000),
    ("Ice Kings at the Coldhouse", (6600.0, 1250.0), ("10-15", "12-20", "W-FRI"), 19, 3, 6_500),
    ("Ice Kings at the Coldhouse", (6600.0, 1250.0), ("01-08", "03-20", "W-FRI"), 19, 3, 6_500),
    ("Quay farmers' market", (4350.0, 3400.0), ("05-01", "10-31", "W-SUN"), 8, 6, 2_500),
    ("Mill Yard concert", (3350.0, 4350.0), ("06-01", "08-31", "2W-FRI"), 20, 4, 3_800),
    ("Elm Street fair", (4100.0, 2450.0), ("06-14", "06-17", "D"), 11, 11, 8_000),
    ("Lantern night", (4500.0, 3100.0), ("12-05", "12-08", "D"), 16, 6, 5_000),
    ("Fourth of July fireworks", (4500.0, 3100.0), ("07-04", "07-04", "D"), 20, 3, 22_000),
]


def draw_events(
    origin: tuple[float, float], rng: np.random.Generator, start: str = "2024-01-01", end: str = "2025-06-30"
) -> pd.DataFrame:
    """Write the calendar of public events over a span of civil days.

    Parameters
    ----------
    origin : tuple of float
        x and y of the city's south-west corner [m].
    rng : numpy.random.Generator
        Source of the attendances.
    start, end : str
        First and last civil day.

    Returns
    -------
    pandas.DataFrame
        Columns name, x, y [m], start, end (naive civil time), attendance [persons]; sorted by start.
    """
    rows = []
    for name, (east, north), (first, last, every), hour, length, mean in _SERIES:
        for year in range(pd.Timestamp(start).year, pd.Timestamp(end).year + 1):
            for day in pd.date_range(f"{year}-{first}", f"{year}-{last}", freq=every):
                begin = day + pd.Timedelta(hours=hour)
                attendance = int(rng.poisson(mean / 50) * 50)
                until = begin + pd.Timedelta(hours=length)
                rows.append((name, origin[0] + east, origin[1] + north, begin, until, attendance))
    table = pd.DataFrame(rows, columns=["name", "x", "y", "start", "end", "attendance"])
    inside = (table["start"] >= start) & (table["end"] < pd.Timestamp(end) + pd.Timedelta(days=1))
    return table[inside].sort_values(["start", "name"], ignore_index=True)
