"""How long does it take to stream a cube to disk, and how much memory?

40 features of incidents for 1,461 days x 10,000 cells, 2.3 GB in float32. The bars: peak memory, above what there was
before, below 1.5 times a chunk (the float32 columns of the issue times computed at once), both where many features
share the columns and where one gives all of them; the same bytes for any chunks and threads. The limit is writing the
same values from memory. Each way runs in a process of its own. HOTSPOT_BENCH_DAYS sets the days.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.speed.conftest import Spent

ROOT = Path(__file__).parents[2]
WAY, CHILD = (Path(__file__).with_name(name) for name in ("cubes.py", "child.py"))
NAN = float("nan")
pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")


def run(folder, *arguments, **environment):
    command = [sys.executable, CHILD, sys.executable, WAY, folder / "cube", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True, env=environment)
    spent = json.loads(done.stdout)
    assert spent["code"] == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1])  # child.py sends there what the command prints


@pytest.mark.parametrize("way", ["many", "one"])
def test_streaming(way, rows, tmp_path):
    told = run(tmp_path, *["one"] * (way == "one"))
    assert told["columns"] == 40
    ratio = told["peak"] / told["chunk"]
    assert ratio < 1.5
    size = f"{told['bytes'] / 1e6:,.0f} MB"
    what = f"stream a cube, {way} feature{'s' if way == 'many' else ''}"
    on = f"{size}, chunks of {told['chunk'] / 1e6:.0f} MB, peak {ratio:.2f} chunks"
    speed = f"{told['bytes'] / told['seconds'] / 1e6:,.0f} MB/s"
    for name, seconds in (("write it from memory", told["zarr"]), ("raw bytes", told["raw"])):
        its = f"{told['bytes'] / seconds / 1e6:,.0f} MB/s"
        rows.append((what, on, Spent(told["seconds"], NAN), name, Spent(seconds, NAN), f"{speed}; {its}"))
    for name, seconds, fill, given, rose in told["features"]:
        on = f"{given / 1e6:.0f} MB, memory rose by {rose / given:.2f} of it"
        rows.append((f"  {name}", on, Spent(seconds, NAN), "fill as much memory", Spent(fill, NAN), "-"))


def test_chunks_and_threads_change_nothing(tmp_path):
    digests, few = set(), {"HOTSPOT_BENCH_DAYS": "40", "HOTSPOT_BENCH_DIGEST": "1"}
    for chunk, threads in (("8", "1"), ("8", "2"), ("30", "2"), ("1000", "1")):
        folder = tmp_path / f"{chunk}-{threads}"
        folder.mkdir()
        told = run(folder, **few, HOTSPOT_BENCH_CHUNK=chunk, NUMBA_NUM_THREADS=threads)
        digests.add(told["digest"])
    assert len(digests) == 1
