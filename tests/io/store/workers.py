"""What other processes do to a store, in a module of their own so that they can import it."""

from __future__ import annotations

from multiprocessing.synchronize import Barrier, Event

import numpy as np
import pandas as pd

from hotspot.incidents import Incidents
from hotspot.io.store import ingest
from tests.io.store.made import CRS, NAT, day, source


def many(rows: int, category: str) -> Incidents:
    """Many rows that all say the same."""
    table = pd.DataFrame({"id": [f"row {k}" for k in range(rows)], "known_at": day(1), "superseded_at": NAT})
    place = {"x": 440_000.0, "y": 4_640_000.0, "position_error": np.nan, "time_precision": "time"}
    return Incidents(table.assign(start=day(0), end=day(0), category=category, **place), CRS)


def hand_in_many(store: str, rows: int, category: str, at: float, ready: Event) -> None:
    """Ingest, after saying so."""
    incidents = many(rows, category)
    ready.set()
    ingest(incidents, store, at=day(at), complete=True)


def hand_in_often(store: str, name: str, times: int, begin: Barrier) -> None:
    """Ingest small sources one after another, as fast as the other one lets."""
    begin.wait()
    for number in range(times):
        ingest(source({f"{name}{number}": (NAT, "x"), "both": (NAT, f"{name}{number}")}), store, archive=False)
