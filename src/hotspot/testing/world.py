"""A small world with everything that a leak needs: late, revised and interval-timed records, dated layers."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.domain import Domain
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.layers import Layer, Places, Shapes, Streets
from hotspot.windows import Times, as_utc

CRS, DAY = "EPSG:32631", np.timedelta64(86_400_000_000, "us")
START = np.datetime64("2023-01-02T00:00", "us")
DAYS = 420


def example_history(seed: int = 0, incidents: int = 1500) -> History:
    """Make a small city in UTC with some 14 months of two categories.

    Parameters
    ----------
    seed : int
        Of the generator.
    incidents : int
        How many.

    Returns
    -------
    History
        Without a cutoff; a tenth of the records are late by weeks, some are revised, some are intervals; latency 2D.
        Places and streets have a vintage inside the period.
    """
    rng = np.random.default_rng(seed)
    ring = shapely.Polygon(
        [(0, 0), (3000, 200), (2800, 2600), (200, 2400)], [[(1200, 1200), (1700, 1200), (1500, 1600)]]
    )
    boundary = shapely.affinity.translate(ring, 500_000, 5_700_000)
    domain = Domain.square(boundary, size=300, crs=CRS, time_zone="UTC")
    records = Incidents(_records(rng, incidents), CRS).within(domain)
    return History(domain, records, target=["burglary"], layers=_layers(rng), latency="2D")


def _records(rng: np.random.Generator, n: int) -> pd.DataFrame:
    bumps = np.array([[500_500, 5_700_600], [502_200, 5_701_900], [502_400, 5_700_700]])
    pick = rng.integers(0, 3, n)
    xy = bumps[pick] + rng.normal(0, 350, (n, 2))
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
            "position_error": np.nan,
            "time_precision": "time",
        }
    )
    revised = table.sample(frac=0.05, random_state=rng).copy()
    revised["known_at"] += (rng.uniform(1, 40, len(revised)) * 86_400).astype("timedelta64[s]")
    revised["x"] += rng.normal(0, 400, len(revised))
    return pd.concat([table, revised], ignore_index=True)


def _layers(rng: np.random.Generator) -> tuple[Layer, ...]:
    x, y = rng.uniform(500_000, 503_000, 30), rng.uniform(5_700_000, 5_702_600, 30)
    kind = rng.choice(["bar", "school"], 30)
    places = gpd.GeoDataFrame({"kind": kind}, geometry=gpd.points_from_xy(x, y), crs=CRS)
    lines = [shapely.LineString([(a, b), (a + 900, b + 200)]) for a, b in zip(x, y, strict=True)]
    streets = gpd.GeoDataFrame(geometry=lines, crs=CRS)
    vintage = START + 60 * DAY
    return (
        Places(places, name="places", category="kind", vintage=vintage),
        Streets(streets, name="streets", vintage=vintage),
    )


def rebuilt(history: History, table: pd.DataFrame, layers: tuple[Layer, ...] | None = None) -> History:
    """Make a History like another one from other records.

    Parameters
    ----------
    history : History
        Gives domain, target and latency.
    table : pandas.DataFrame
        Versions.
    layers : tuple of layers, optional
        Default: the same.

    Returns
    -------
    History
        Without a cutoff.
    """
    records = Incidents(table.drop(columns="cell", errors="ignore"), history.incidents.crs)
    return replace(
        history, incidents=records, layers=history.layers if layers is None else layers, cutoff=None, log=None
    )


def without_future(history: History, cutoff: np.datetime64) -> History:
    """Delete every version, and every later fate of a version, not known at a cutoff.

    Parameters
    ----------
    history : History
        Without a cutoff.
    cutoff : numpy.datetime64
        Naive UTC.

    Returns
    -------
    History
        What a file written at the cutoff would hold.
    """
    table = history.versions.table
    table = table[table["known_at"] <= cutoff]
    fate = table["superseded_at"].where(table["superseded_at"] <= cutoff)
    return rebuilt(history, table.assign(superseded_at=fate))


def shuffled_future(history: History, cutoff: np.datetime64, rng: np.random.Generator) -> History:
    """Shuffle what the versions not known at a cutoff say.

    Parameters
    ----------
    history : History
        Without a cutoff.
    cutoff : numpy.datetime64
        Naive UTC.
    rng : numpy.random.Generator
        For the order.

    Returns
    -------
    History
        The same rows, their future contents exchanged.
    """
    table = history.versions.table.copy()
    later = np.flatnonzero(table["known_at"].to_numpy() > cutoff)
    order = rng.permutation(later)
    for columns in (["x", "y", "category"], ["start", "end"]):
        table.loc[later, columns] = table.loc[order, columns].to_numpy()
    return rebuilt(history, table)


def shifted(history: History, span: np.timedelta64) -> History:
    """Move everything that has a time.

    Parameters
    ----------
    history : History
        Without a cutoff.
    span : numpy.timedelta64
        By how much.

    Returns
    -------
    History
        Records and vintages moved.
    """
    table = history.versions.table
    moved = {name: table[name] + span for name in ("start", "end", "known_at", "superseded_at")}
    layers = tuple(
        layer if layer.vintage is None else replace(layer, vintage=as_utc(layer.vintage, "UTC") + span)
        for layer in history.layers
    )
    return rebuilt(history, table.assign(**moved), layers)


def without_gap(history: History, complete_until: np.datetime64) -> History:
    """Delete what is known of the time that is not complete yet.

    Parameters
    ----------
    history : History
        Without a cutoff.
    complete_until : numpy.datetime64
        Naive UTC.

    Returns
    -------
    History
        Without incidents that begin at `complete_until` or later.
    """
    table = history.versions.table
    return rebuilt(history, table[table["start"].to_numpy() < complete_until])


def moved_layers(history: History, by: float) -> History:
    """Move the geometries of every dated layer, so that a model which sees them answers differently.

    Parameters
    ----------
    history : History
        Without a cutoff.
    by : float
        Along both axes [m].

    Returns
    -------
    History
        The same records.
    """
    layers = tuple(
        layer
        if layer.vintage is None or not isinstance(layer, Shapes)
        else replace(layer, frame=layer.frame.set_geometry(layer.frame.geometry.translate(by, -by)))
        for layer in history.layers
    )
    return replace(history, layers=layers)


def moments(times: Times) -> list[np.datetime64]:
    """Take the times of an array one by one.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n,)
        Naive UTC.

    Returns
    -------
    list of numpy.datetime64
        The same.
    """
    return [np.datetime64(time, "us") for time in times]
