"""Replay every night of a simulated two-year feed: `python benchmarks/science/replay.py [--every 1D] [--store URL]`.

Lakeview's records system publishes a full export each night: late, back-dated, revised and deleted records, and two
outages. Each night the export goes into a store, and every registered model forecasts from what is there by then.
At the end every night is forecast again from the final store. Printed is how many forecasts came out byte for byte, and
how many nights the store knew exactly what had been published; anything but all of them is exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from hotspot import registry
from hotspot.domain import Domain
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.io.store import ingest, read_store
from hotspot.simulate import simulate
from hotspot.simulate.city import CRS, TIME_ZONE, lakeview_city
from hotspot.simulate.entries import FeedHabits
from hotspot.simulate.feed import Feed, simulate_feed
from hotspot.simulate.lakeview import SEED, lakeview_world, rng_for
from hotspot.windows import Times, Windows, periods

FIRST, LAST = "2024-01-01", "2025-12-31"
FIRST_FORECAST = "2024-04-01"
OUTAGES = (("2024-09-02", "2024-09-13"), ("2025-10-27", "2025-11-05"))
COLUMNS = {"id": "incident_id", "start": "occurred_from", "end": "occurred_to", "category": "offense"}
OPTIONS = {"kde": {"bandwidth": 400.0}, "boosted": {"rounds": 20, "max_rows": 20_000, "threads": 1}}
SAYS = ["id", "start", "end", "known_at", "superseded_at", "category", "x", "y"]


def two_years() -> tuple[Domain, Feed]:
    """Lakeview's feed from 2024 to 2025."""
    city = lakeview_city(rng_for(SEED, "city"))
    world = replace(lakeview_world(city), end=periods("2026-01-01", "2026-01-01", "1D", TIME_ZONE)[0])
    catalogue = simulate(world, rng_for(SEED, "incidents"))
    feed = simulate_feed(catalogue, world, rng_for(SEED, "feed"), FeedHabits(outages=OUTAGES))
    return Domain.square(city.boundary, size=500, crs=CRS, time_zone=TIME_ZONE), feed


def answer(domain: Domain, incidents: Incidents, night: np.datetime64) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows known on a night, and a hash of each model's forecast."""
    past = History(domain, incidents.within(domain), target=["burglary"], latency="2D").as_of(night)
    made = {}
    for kind in registry.kinds("model"):
        fitted = registry.make("model", kind, OPTIONS.get(kind)).fit(past, windows=Windows("1D", leads=3), rng=1)
        expected = fitted.forecast(past, rng=1)["expected_count"].values
        made[kind] = hashlib.sha256(repr(sorted(fitted.params.items())).encode() + expected.tobytes()).hexdigest()
    rows = past.versions.table[SAYS]
    return rows.astype({"id": str, "category": str}).reset_index(drop=True), made


def lived_through(
    domain: Domain, feed: Feed, nights: Times, store: str, spent: dict[str, float]
) -> dict[np.datetime64, dict[str, str]]:
    """Hand in the export of each night, and forecast."""
    made = {}
    for night in nights:
        export = feed.snapshot(night)
        if not len(export):
            continue
        began = time.perf_counter()
        ingest(
            export,
            store,
            feed="records",
            columns=COLUMNS,
            crs=CRS,
            time_zone=TIME_ZONE,
            at=night,
            complete=True,
            archive=False,
        )
        spent["ingest"] += time.perf_counter() - began
        if night >= np.datetime64(FIRST_FORECAST):
            began = time.perf_counter()
            made[night] = answer(domain, read_store(store), night)[1]
            spent["forecast"] += time.perf_counter() - began
    return made


def main() -> None:
    """Live through two years, replay them, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", default="1D", help="from one export to the next (default: %(default)s)")
    parser.add_argument("--store", help="URL of an empty store (default: a new DuckDB file)")
    given = parser.parse_args()
    domain, feed = two_years()
    nights, spent = periods(FIRST, LAST, given.every, TIME_ZONE), {"ingest": 0.0, "forecast": 0.0, "replay": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        store = given.store or f"duckdb:///{Path(folder) / 'replay.duckdb'}"
        made = lived_through(domain, feed, nights, store, spent)
        final, began = read_store(store), time.perf_counter()
        nightly, same, exact = feed.published(nights), 0, 0
        for night, then in made.items():
            rows, now = answer(domain, final, night)
            same += sum(now[kind] == then[kind] for kind in then)
            exact += rows.equals(nightly.known(night).astype({"id": str, "category": str})[SAYS])
        spent["replay"] = time.perf_counter() - began
    forecasts = sum(map(len, made.values()))
    print(f"records published: {feed.log['incident_id'].nunique():,}; versions in the store: {len(final):,}")
    print(f"exports handed in: {len(nights)}; nights forecast: {len(made)}")
    print(f"forecasts that came out byte for byte again: {same} of {forecasts}")
    print(f"nights on which the store knew exactly what had been published: {exact} of {len(made)}")
    print("seconds: " + ", ".join(f"{name} {value:.0f}" for name, value in spent.items()))
    sys.exit(0 if same == forecasts and exact == len(made) else 1)


if __name__ == "__main__":
    main()
