"""How long does it take to make a large CSV into Parquet, and how much memory?

Ours parses times, coordinates and ids, looks at every row and writes a report; the peers copy. The bar: at least 60 %
of the speed of the quickest peer, below 2 GB. Each way runs in a process of its own, in turn; loading libraries
counts. HOTSPOT_BENCH_ROWS sets the rows (default a million; the bar is meant for ten).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from benchmarks.speed.conftest import Spent, middle

ROWS = int(os.environ.get("HOTSPOT_BENCH_ROWS", 1_000_000))
ROUNDS = 3
WAYS = ("hotspot", "duckdb", "polars", "polars_dates", "pyarrow")
WAY, CHILD = (Path(__file__).with_name(name) for name in ("reading.py", "child.py"))
KINDS = ["THEFT", "BATTERY", "BURGLARY", "ASSAULT", "MOTOR VEHICLE THEFT", "ROBBERY", "CRIMINAL DAMAGE"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A CSV as a records system exports it: ids, three times of a minute's precision, a kind, coordinates."""
    rng = np.random.default_rng(20261120)
    path = tmp_path_factory.mktemp("reading") / "incidents.csv"
    writer = None
    for first in range(0, ROWS, 500_000):
        n = min(500_000, ROWS - first)
        # June to August: no clock skips an hour, so that every row is kept and contents can be compared
        start = np.datetime64("2024-06-01T00:00:00") + rng.integers(0, 60 * 24 * 90, n) * np.timedelta64(60, "s")
        end = start + rng.integers(0, 600, n) * np.timedelta64(60, "s")
        known = end + rng.integers(1, 6000, n) * np.timedelta64(60, "s")
        times = {
            name: pa.array(t).cast(pa.string()) for name, t in (("start", start), ("end", end), ("known_at", known))
        }
        table = pa.table({
            "id": pa.array([f"HX{i}" for i in range(first, first + n)]), **times,
            "category": pa.array(KINDS).take(pa.array(rng.integers(0, len(KINDS), n))),
            "x": np.round(rng.normal(-87.7, 0.1, n), 6), "y": np.round(rng.normal(41.8, 0.1, n), 6),
        })  # fmt: skip
        writer = writer or csv.CSVWriter(path, table.schema)
        writer.write_table(table)
    writer.close()
    return path


def run(way, source):
    command = [sys.executable, CHILD, sys.executable, WAY, way, source, source.with_name(f"{way}.parquet")]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["code"] == 0, done.stderr
    spent = json.loads(done.stderr.splitlines()[-1])  # child.py sends there what the command prints
    return Spent(spent["wall"], spent["cpu"]), spent | {"gib": told["gib"]}


def checked(source):
    """Compare what ours and duckdb wrote: rows, ids, times, places."""
    ours, theirs = (pq.read_table(source.with_name(f"{way}.parquet")) for way in ("hotspot", "duckdb"))
    assert len(ours) == len(theirs) == ROWS
    for name in ("id", "x", "y"):
        assert ours[name].equals(theirs[name].cast(ours[name].type)), name
    assert ours["category"].cast(pa.string()).equals(theirs["category"].cast(pa.string()))
    for name in ("start", "end", "known_at"):
        local = pc.local_timestamp(
            ours[name].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "America/Chicago"))
        )
        assert local.equals(theirs[name].cast(pa.timestamp("us"))), name


def test_csv_to_parquet(benchmark, rows, source):
    for way in ("hotspot", "duckdb"):
        run(way, source)
    checked(source)
    rounds = ROUNDS if benchmark.enabled else 1
    spent = {way: [] for way in WAYS}

    def once():
        for way in WAYS:
            spent[way].append(run(way, source))

    benchmark.pedantic(once, rounds=rounds)
    times = {way: middle([time for time, _ in found]) for way, found in spent.items()}
    gib = {way: max(found["gib"] for _, found in several) for way, several in spent.items()}
    best = min(WAYS[1:], key=lambda way: times[way].wall)
    for way in WAYS[1:]:
        speed = ROWS / times["hotspot"].wall
        on = f"{ROWS:,} rows; {speed:,.0f} rows/s; peak {gib['hotspot']:.2f} GiB, its {gib[way]:.2f}"
        name = f"{way}{', the quickest: bar 0.6' if way == best else ''}"
        rows.append(("clean CSV to Parquet", on, times["hotspot"], name, times[way], "same rows and content; -"))
    benchmark.extra_info.update({way: {"wall": t.wall, "cpu": t.cpu, "gib": gib[way]} for way, t in times.items()})


def test_read_incidents(benchmark, rows, source):
    found = benchmark.pedantic(run, ("read", source), rounds=1)
    assert found[1]["rows"] == ROWS
    on = f"{ROWS:,} rows; {ROWS / found[0].wall:,.0f} rows/s; peak {found[1]['gib']:.2f} GiB"
    bar = Spent(float("nan"), float("nan"))
    rows.append(("read_incidents of a CSV", on, found[0], "bar; 2 GB for ten million rows", bar, "same number of rows"))
