"""Small sources for stores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.incidents import Incidents

CRS = "EPSG:26916"
NAT = np.datetime64("NaT", "us")


def day(number: float) -> np.datetime64:
    """A moment, counted in days."""
    return np.datetime64("2024-03-01T00:00", "us") + np.timedelta64(round(number * 86_400_000_000), "us")


def source(rows: dict[str, tuple[np.datetime64, str]]) -> Incidents:
    """One row an id: {id: (known_at, category)}; all happened on day 0."""
    return log([(name, known, NAT, category) for name, (known, category) in rows.items()])


def log(rows: list[tuple[str, np.datetime64, np.datetime64, str]]) -> Incidents:
    """Rows (id, known_at, superseded_at, category)."""
    table = pd.DataFrame(rows, columns=["id", "known_at", "superseded_at", "category"])
    place = {"x": 440_000.0, "y": 4_640_000.0, "position_error": np.nan, "time_precision": "time"}
    return Incidents(table.assign(start=day(0), end=day(0), **place), CRS)


def told(incidents: Incidents) -> set[tuple[str, str, str, str]]:
    """Every version as (id, known_at, superseded_at, category)."""
    table = incidents.table
    known, ended = (table[name].to_numpy().astype("datetime64[us]") for name in ("known_at", "superseded_at"))
    return set(zip(table["id"], map(str, known), map(str, ended), table["category"].astype(str), strict=True))


def live(incidents: Incidents, at: np.datetime64) -> set[tuple[str, str]]:
    """Ids and categories that stood at a moment; what has no moment was always known."""
    known, ended = incidents.known_at, incidents.superseded_at
    rows = incidents.table[~(known > at) & ~(ended <= at)]
    return set(zip(rows["id"], rows["category"].astype(str), strict=True))
