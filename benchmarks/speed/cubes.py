"""Stream a cube of 40 features for 1,461 days x 10,000 cells and print what it took: `python cubes.py STORE [one]`.

A process of its own, because peak memory is asked of the process. Imports, compiled kernels and what a History keeps
for good (its rows in order of time) come before the baseline: a cube of two days of the same city and features warms
up. With `one` all columns come from a single feature, which then is as large as a chunk. `HOTSPOT_BENCH_CHUNK` sets
the size of a chunk [MB], `HOTSPOT_BENCH_DAYS` the number of issue times.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import hotspot as hs
from benchmarks.speed import city
from hotspot.features.cube import make_features
from hotspot.features.plan import CHUNK_SHARE, plan_cube
from hotspot.features.store import stream
from hotspot.history import History
from hotspot.incidents import Incidents

CHUNK = int(float(os.environ.get("HOTSPOT_BENCH_CHUNK", "256")) * 1e6)
TIMES = city.FIRST + (400 + np.arange(int(os.environ.get("HOTSPOT_BENCH_DAYS", "1461")))) * city.DAY
INCIDENTS, WINDOWS = 500_000, hs.Windows("1D", leads=7)
KINDS = ("burglary", "theft", "robbery")
LONG = ("1D", "3D", "7D", "14D", "28D", "91D", "182D", "365D")
FEATURES = [
    ("recent_counts", {"windows": LONG}),
    ("recent_counts", {"windows": LONG[2:5], "of": KINDS}),
    ("neighbour_counts", {"windows": LONG[3:8]}),
    ("neighbour_counts", {"windows": LONG[5:8], "radius": 800.0}),
    ("decayed_counts", {"half_lives": ("3D", "14D", "60D", "240D", None), "spreads": (0.0, 150.0, 500.0)}),
]
ONE = [("recent_counts", {"windows": tuple(f"{days}D" for days in range(1, 41))})]


def history():
    """Half a million incidents of three kinds over 1,861 days, known one to ten days later; some are recoded."""
    rng = np.random.default_rng(7)
    x, y = city.spots(INCIDENTS, rng)
    start = city.FIRST + (np.sort(rng.uniform(0, 1861, INCIDENTS)) * 86_400e6).astype("timedelta64[us]")
    table = {
        "id": np.arange(INCIDENTS).astype(str), "start": start, "end": start,
        "known_at": start + rng.integers(24, 240, INCIDENTS) * np.timedelta64(3_600_000_000, "us"),
        "superseded_at": np.datetime64("NaT", "us"), "category": rng.choice(KINDS, INCIDENTS), "x": x, "y": y,
        "position_error": np.nan, "time_precision": "time",
    }  # fmt: skip
    return History(city.domain(200.0), Incidents(pd.DataFrame(table), city.CRS), latency="3D")


def resident(key):
    """Memory of this process from /proc [bytes]: `VmRSS` now, `VmHWM` at the highest."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def watched(call):
    """Seconds that a call takes, and bytes by which memory rose above what it was before."""
    ctypes.CDLL(None).malloc_trim(0)  # what is free is given back, or the next call would take it unseen
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the highest is forgotten
    began = time.perf_counter()
    call()
    return time.perf_counter() - began, resident("VmHWM") - before


def by_feature(plan, step):
    """For a chunk of each feature: seconds, those of filling as much memory, bytes, and bytes by which memory rose."""
    part, told = slice(0, min(step, plan.issue_times.size)), []
    for owner, feature in enumerate(plan.features):
        names = [name for name in plan.dated if plan.owners[name] == owner]
        size = sum(int(np.prod(plan.shape(name, part.stop))) for name in names)
        seconds, rose = watched(lambda owner=owner: [None for _ in plan.compute(owner, part)])
        fill, _ = watched(lambda size=size: np.full(size, 1, np.float32))
        told.append((f"{feature.name} x {len(names)}", seconds, fill, 4 * size, rose))
    return told


def rewritten(store, target, step):
    """Seconds to write the same values again from memory: as a cube, and as raw bytes."""
    cube = hs.read_cube(store)
    block = cube.isel(issue_time=slice(0, step)).load()
    share = cube.nbytes / block.nbytes
    zarr, _ = watched(lambda: hs.write_cube(block, target))
    began = time.perf_counter()
    with open(target.with_suffix(".raw"), "wb", buffering=0) as file:
        file.writelines(np.ascontiguousarray(column.values) for column in block.data_vars.values())
    return zarr * share, (time.perf_counter() - began) * share


def digest(store):
    """Hash names and bytes of all columns."""
    total = hashlib.sha256()
    for name, column in hs.read_cube(store).data_vars.items():
        total.update(name.encode() + column.values.tobytes())
    return total.hexdigest()


def main():
    store = Path(sys.argv[1])
    past = history()
    plan = plan_cube(past, TIMES, make_features(ONE if sys.argv[2:] == ["one"] else FEATURES), WINDOWS)
    step = plan.step(int(CHUNK / CHUNK_SHARE) + 1)
    stream(plan_cube(past, TIMES[:2], plan.features, WINDOWS), store.with_name("warm"), 2)
    seconds, peak = watched(lambda: stream(plan, store, step))
    told = {
        "columns": len(plan.columns), "bytes": plan.nbytes, "step": step, "peak": peak, "seconds": seconds,
        "chunk": sum(column.nbytes for column in plan.dated.values()) * step,
    }  # fmt: skip
    if "HOTSPOT_BENCH_DIGEST" in os.environ:
        told["digest"] = digest(store)
    else:
        told["zarr"], told["raw"] = rewritten(store, store.with_name("again"), step)
        told["features"] = by_feature(plan, step)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
