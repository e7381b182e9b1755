"""The nightly run, from the config to the published folder."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr

from hotspot.errors import RefusedError
from hotspot.run import nightly as pipeline
from hotspot.run.config import load_config
from hotspot.run.manifest import hashes
from hotspot.schema import check_forecast

FILES = {
    "audit.json", "forecast.parquet", "forecast.zarr", "hotspots.csv", "manifest.json", "map.html", "map.png",
    "quality.json", "scores.json",
}  # fmt: skip


def _without_timings(path: Path) -> dict[str, object]:
    content = json.loads(path.read_text("utf-8"))
    assert content.pop("timings_s")
    return content


def test_a_run_is_complete_and_says_what_it_is_made_of(city: Path, hotspot: Callable) -> None:
    called = hotspot("nightly", city / "hotspot.toml")
    assert called.code == 0, called.err
    latest = city / "runs" / "small" / "latest" / "burglary"
    assert {path.name for path in latest.iterdir()} == FILES
    assert "map.html" in called.out
    assert "plain counts" in called.out

    manifest = json.loads((latest / "manifest.json").read_text("utf-8"))
    assert manifest["outputs_sha256"] == hashes(latest)
    assert latest.resolve().parent.name.endswith(manifest["run_id"])
    quality = manifest["inputs"]
    assert quality["rows_read"] == quality["rows_kept"] + sum(quality["set_aside"].values())

    forecast = check_forecast(xr.open_zarr(latest / "forecast.zarr").load())
    table = gpd.read_parquet(latest / "forecast.parquet")
    np.testing.assert_array_equal(table["expected_count"], forecast["expected_count"].values.ravel())
    assert table.crs.to_epsg() == 26916
    assert forecast.sizes == {"issue_time": 1, "lead": 4, "cell": 180} or forecast.sizes["lead"] == 4
    assert bool((forecast["valid_start"] >= forecast["issue_time"]).all())

    with (latest / "hotspots.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for coverage in ("0.02", "0.1"):
        for lead in range(4):
            chosen = [row for row in rows if row["coverage"] == coverage and row["lead"] == str(lead)]
            assert (
                0 < sum(float(row["area_m2"]) for row in chosen) <= float(coverage) * forecast.attrs["total_area"] + 1
            )
    scores = json.loads((latest / "scores.json").read_text("utf-8"))
    assert scores["windows"] == 48
    assert {row["model"] for row in scores["summary"]} == {"counts", "kde"}


def test_a_second_run_changes_nothing_and_says_so(city: Path, hotspot: Callable) -> None:
    assert hotspot("nightly", city / "hotspot.toml").code == 0
    latest = city / "runs" / "small" / "latest"
    before = {path: path.stat().st_mtime_ns for path in latest.resolve().rglob("*")}
    again = hotspot("nightly", city / "hotspot.toml")
    assert again.code == 0
    assert "Nothing has changed" in again.out
    assert {path: path.stat().st_mtime_ns for path in latest.resolve().rglob("*")} == before


def test_equal_inputs_in_another_folder_give_equal_manifests(city: Path, tmp_path: Path, hotspot: Callable) -> None:
    other = tmp_path / "other"
    other.symlink_to(city, target_is_directory=True)
    assert hotspot("nightly", city / "hotspot.toml").code == 0
    config = load_config(city / "hotspot.toml")
    moved = config.model_copy(update={"output": config.output.model_copy(update={"store": tmp_path / "elsewhere"})})
    run = pipeline.nightly(moved).run
    first = city / "runs" / "small" / "latest" / "burglary" / "manifest.json"
    assert _without_timings(first) == _without_timings(run / "burglary" / "manifest.json")


def test_what_is_known_later_changes_no_byte_of_an_earlier_run(city: Path, tmp_path: Path, hotspot: Callable) -> None:
    config = city / "hotspot.toml"
    assert hotspot("nightly", config, "--as-of", "2025-05-20").code == 0
    first = (city / "runs" / "small" / "latest").resolve()
    lines = (city / "incidents.csv").read_text("utf-8").splitlines()
    column = lines[0].split(",").index("known_at")
    kept = [line for line in lines[1:] if next(csv.reader([line]))[column] <= "2025-05-20T00:00:00"]
    assert len(kept) < len(lines) - 100
    (city / "incidents.csv").write_text("\n".join([lines[0], *kept]) + "\n", "utf-8")
    assert hotspot("nightly", config, "--as-of", "2025-05-20").code == 0
    second = (city / "runs" / "small" / "latest").resolve()
    assert first != second
    one, two = hashes(first / "burglary"), hashes(second / "burglary")
    for name in one:
        if name.startswith("forecast") or name in ("hotspots.csv", "scores.json", "audit.json"):
            assert one[name] == two[name], name


@pytest.mark.parametrize("stage", ["write_forecast", "write_page", "write_manifest", "point_latest"])
def test_a_run_that_fails_leaves_the_old_map(
    city: Path, hotspot: Callable, edit: Callable, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    path = city / "hotspot.toml"
    assert hotspot("nightly", path).code == 0
    store = city / "runs" / "small"
    old = (store / "latest").resolve()
    before = hashes(old)
    edit("seed = 7", "seed = 8")

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(pipeline, stage, fail)
    called = hotspot("nightly", path)
    assert called.code == 3
    assert "the disk is full" in called.err
    assert "Traceback" not in called.err
    assert (store / "latest").resolve() == old
    assert hashes(old) == before
    assert not [name for name in os.listdir(store) if name.startswith(".partial")]


def test_a_killed_run_leaves_the_old_map(city: Path, hotspot: Callable, edit: Callable) -> None:
    path = city / "hotspot.toml"
    assert hotspot("nightly", path).code == 0
    store = city / "runs" / "small"
    old = (store / "latest").resolve()
    edit("seed = 7", "seed = 8")
    started = subprocess.Popen([sys.executable, "-c", "from hotspot.run.cli import main; main()", "nightly", str(path)])
    deadline = time.monotonic() + 60
    while not list(store.glob(".partial-*")) and started.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert list(store.glob(".partial-*")), "the run was over before it could be killed"
    assert (store / "latest").resolve() == old
    assert hotspot("nightly", path).code == 0  # the next run clears up and takes over
    assert (store / "latest").resolve() != old
    assert not list(store.glob(".partial-*"))


def test_a_broken_audit_bound_publishes_nothing(city: Path, hotspot: Callable, edit: Callable) -> None:
    path = edit('c = "group_c" } }', 'c = "group_c" } }\nmax_exposure_ratio = 1.0001')
    called = hotspot("nightly", path)
    assert called.code == 1
    assert "max_exposure_ratio" in called.err
    assert not (city / "runs" / "small" / "latest").exists()
    with pytest.raises(RefusedError):
        pipeline.nightly(load_config(path))


def test_backtest_prints_intervals_and_keeps_its_forecasts(city: Path, hotspot: Callable) -> None:
    called = hotspot("backtest", city / "hotspot.toml")
    assert called.code == 0, called.err
    for word in ("counts", "kde", "hit rate", "PEI*", "bootstrap"):
        assert word in called.out
    folder = city / "runs" / "small" / "backtest"
    assert (folder / "burglary.json").is_file()
    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("zarr.json")}
    assert hotspot("backtest", city / "hotspot.toml").code == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("zarr.json")} == stamps
