"""The nightly run for Chicago residential burglary, as a whole process from start to last file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pytest

from benchmarks.speed.conftest import Spent

CONFIG = Path(__file__).parents[1] / "skill" / "chicago.toml"
CHILD = Path(__file__).with_name("child.py")
BAR_SECONDS, BAR_GIB = 60.0, 3.0


class Ran(NamedTuple):
    """What a finished process used."""

    spent: Spent
    gib: float


def run(config):
    command = [sys.executable, CHILD, Path(sys.executable).with_name("hotspot"), "nightly", config]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    used = json.loads(done.stdout)
    assert used["code"] == 0, done.stderr
    return Ran(Spent(used["wall"], used["cpu"]), used["gib"])


def checked(folder):
    """Compare the files with their hashes, and the week's sum with the weeks before it."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, expected in manifest["outputs_sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name
    total = gpd.read_parquet(folder / "forecast.parquet")["expected_count"].sum()
    scores = json.loads((folder / "scores.json").read_text("utf-8"))
    before = scores["incidents"] / scores["windows"] * 7
    assert 0.5 * before < total < 2 * before
    return manifest, f"expects {total:.0f} next week, had {before:.0f} a week"


def test_chicago(benchmark, rows, tmp_path):
    if "HOTSPOT_DATA" not in os.environ:
        pytest.skip("HOTSPOT_DATA names no folder with the public files; see benchmarks/README.md")
    config = tmp_path / "skill" / CONFIG.name  # results land beside the folder of the config
    config.parent.mkdir()
    shutil.copy(CONFIG, config)
    ran = benchmark.pedantic(run, (config,), rounds=1)
    (made,) = tmp_path.glob("results/**/manifest.json")
    manifest, error = checked(made.parent)
    on = f"{manifest['inputs']['rows_kept']:,} incidents, {manifest['domain']['cells']:,} cells"
    bar = Spent(BAR_SECONDS, float("nan"))
    what = f"nightly, Chicago (self-check {manifest['timings_s']['self-check']:.0f} s)"
    rows.append((what, f"{on}; peak {ran.gib:.2f} GiB", ran.spent, f"bar; {BAR_GIB:g} GiB", bar, error))
    again = run(config)
    assert made.stat().st_mtime_ns == next(tmp_path.glob("results/**/manifest.json")).stat().st_mtime_ns
    rows.append(("the same once more", f"{on}; peak {again.gib:.2f} GiB", again.spent, "first run", ran.spent, "same"))
