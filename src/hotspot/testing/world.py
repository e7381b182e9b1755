"""A small world with everything that a leak needs: late, revised and interval-timed records, and dated layers."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from hotspot.domain import Domain
from hotspot.errors import InputError, nearest
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.testing.city import CRS, DAYS, START, WEST_SOUTH, beats, city_layers, street_lines
from hotspot.testing.city_records import planted
from hotspot.testing.city_times import city_times

CELLS = ("square", "h3", "segments", "polygons")


@cache
def example_history(seed: int = 0, incidents: int = 2400, cells: str = "square") -> History:
    """Make a small city in UTC with some 22 months of two categories and a layer of every kind.

    Parameters
    ----------
    seed : int
        Of the generator.
    incidents : int
        How many, besides those of `city_records.planted`.
    cells : {"square", "h3", "segments", "polygons"}
        What the city is cut into: about a hundred of them.

    Returns
    -------
    History
        Without a cutoff; a tenth of the records are late by weeks, some are revised, some are intervals, some lie at
        the same place, some become known just after an issue time; latency 2D. Layers have vintages inside the period,
        and what is in them became known little by little. The same object for the same arguments.

    Raises
    ------
    InputError
        If there are no such cells.
    """
    rng = np.random.default_rng(seed)
    domain = _domain(cells)
    records = Incidents(_records(rng, incidents), CRS).within(domain)
    layers = city_layers(rng) + city_times(rng)
    return History(domain, records, target=["burglary"], layers=layers, latency="2D")


@cache
def _domain(cells: str) -> Domain:
    if cells == "square":
        return Domain.square(_boundary(), size=300, crs=CRS, time_zone="UTC")
    if cells == "h3":
        return Domain.h3(_boundary(), resolution=9, crs=CRS, time_zone="UTC")
    if cells == "segments":
        streets = gpd.GeoSeries(street_lines(), crs=CRS)
        return Domain.segments(_boundary(), streets=streets, length=450, snap=150, crs=CRS, time_zone="UTC")
    if cells == "polygons":
        return Domain.polygons(_boundary(), cells=gpd.GeoSeries(beats(40), crs=CRS), crs=CRS, time_zone="UTC")
    raise InputError(f"example_history: there are no cells of kind {cells!r}; {nearest(cells, CELLS)}")


def _boundary() -> BaseGeometry:
    ring = shapely.Polygon(
        [(0, 0), (3000, 200), (2800, 2600), (200, 2400)], [[(1200, 1200), (1700, 1200), (1500, 1600)]]
    )
    return shapely.affinity.translate(ring, *WEST_SOUTH)


def _records(rng: np.random.Generator, n: int) -> pd.DataFrame:
    bumps = np.array([[500, 600], [2200, 1900], [2400, 700]]) + WEST_SOUTH
    pick = rng.integers(0, 3, n)
    xy = bumps[pick] + rng.normal(0, 350, (n, 2))
    again = rng.random(n) < 0.15  # where another one happened, too
    xy[again] = xy[rng.integers(0, n, int(again.sum()))]
    start = START + (rng.uniform(0, DAYS, n) * 86_400).astype("timedelta64[s]")
    length = np.where(rng.random(n) < 0.2, rng.uniform(0, 3 * 86_400, n), 0).astype("timedelta64[s]")
    delay = np.where(rng.random(n) < 0.1, rng.exponential(20 * 86_400, n), rng.exponential(20_000, n))
    table = pd.DataFrame(
        {
            "id": [f"r{k:05d}" for k in range(n)],
            "start": start,
            "end": start + length,
            "known_at": start + length + delay.astype("timedelta64[s]"),
            "superseded_at": np.datetime64("NaT", "us"),
            "category": rng.choice(["burglary", "robbery"], n, p=[0.7, 0.3]),
            "x": xy[:, 0],
            "y": xy[:, 1],
            "time_precision": "time",
        }
    )
    revised = table.sample(frac=0.05, random_state=rng).copy()
    revised["known_at"] += (rng.uniform(1, 40, len(revised)) * 86_400).astype("timedelta64[s]")
    revised["x"] += rng.normal(0, 400, len(revised))
    table = pd.concat([table, revised, planted()], ignore_index=True)
    days = (table["known_at"] - START) / np.timedelta64(1, "D")
    return table.assign(position_error=5 + days * 0.1 + np.arange(len(table)) % 7)
