"""Replay on the command line: each night `hotspot ingest` and `hotspot nightly`, and at the end every night again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from hotspot.run.manifest import hashes
from tests.feeds import COLUMNS, CRS, RING, ZONE, feed

NIGHTS = ("2024-03-11", "2024-11-04", "2024-12-16")
EARLIER = ("2023-08-01", "2023-11-01", "2024-02-01", "2024-06-03", "2024-09-02")

CONFIG = """
name = "small"
seed = 5
[domain]
boundary = "boundary.gpkg"
crs = "EPSG:26916"
time_zone = "America/Chicago"
cells = { kind = "square", size = 500.0 }
[incidents]
source = "duckdb:///store.duckdb"
latency = "2D"
[[targets]]
name = "burglary"
category = ["burglary"]
[windows]
period = "1D"
leads = 2
shifts = ["07:00", "19:00"]
[[models]]
kind = "counts"
[[models]]
kind = "kde"
options = { bandwidth = 400.0 }
[[models]]
kind = "grid_etas"
publish = true
[self_check]
weeks = 2
[output]
store = "runs"
formats = ["geoparquet", "csv"]
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a boundary and a config whose incidents are in a store."""
    gpd.GeoDataFrame({"name": ["small"]}, geometry=[RING], crs=CRS).to_file(tmp_path / "boundary.gpkg")
    (tmp_path / "hotspot.toml").write_text(CONFIG, "utf-8")
    return tmp_path


def _columns(**more: str) -> list[str]:
    return [word for pair in {**COLUMNS, **more}.items() for word in ("--columns", "=".join(pair))]


def _hand_in(place: Path, hotspot: Callable, night: str, columns: list[str]) -> dict[str, object]:
    export = place / f"export-{night}.csv"
    feed().snapshot(night).to_csv(export, index=False)
    called = hotspot(
        "ingest", export, "--store", f"duckdb:///{place / 'store.duckdb'}", "--complete", "--at", night,
        "--crs", CRS, "--time-zone", ZONE, "--json", *columns,
    )  # fmt: skip
    assert called.code == 0, called.err
    return json.loads(called.out)


def _forecast(place: Path, hotspot: Callable, night: str, *more: str) -> tuple[dict[str, object], Path]:
    called = hotspot("nightly", place / "hotspot.toml", "--as-of", night, "--json", *more)
    assert called.code == 0, called.err
    told = json.loads(called.out)
    return told, Path(told["run"]) / "burglary"


def _manifest(folder: Path) -> dict[str, object]:
    content = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert content.pop("timings_s")
    del content["commit"]  # somebody may commit while the tests run
    return content


def _edit(place: Path, old: str, new: str) -> None:
    text = (place / "hotspot.toml").read_text("utf-8")
    assert old in text
    (place / "hotspot.toml").write_text(text.replace(old, new), "utf-8")


def _elsewhere(place: Path) -> None:
    _edit(place, 'store = "runs"', 'store = "again"')


def test_every_night_again(place: Path, hotspot: Callable) -> None:
    then = {}
    for night in sorted(NIGHTS + EARLIER):
        report = _hand_in(place, hotspot, night, _columns())
        assert report["rows_read"] == report["rows_kept"] == report["new"] + report["changed"] + report["unchanged"]
        if night in NIGHTS:
            told, then[night] = _forecast(place, hotspot, night)
            assert told["changed"]
    for night in NIGHTS:
        told, folder = _forecast(place, hotspot, night)
        assert not told["changed"], "the same run, although the store has learned since"
        assert folder == then[night]
    _elsewhere(place)
    for night, first in then.items():
        told, again = _forecast(place, hotspot, night)
        assert told["changed"]
        assert again != first
        assert hashes(again) == hashes(first)
        assert _manifest(again) == _manifest(first)


def test_every_night_again_although_rows_came_back_dated(place: Path, hotspot: Callable) -> None:
    """With a latency and a profile of interval times that are estimated from what was known, too."""
    _edit(place, 'latency = "2D"', 'latency = "estimated"\nspread = "weekly"')
    then, back_dated = {}, 0
    columns = _columns(known_at="reported")
    for night in sorted(NIGHTS + EARLIER):
        back_dated += int(_hand_in(place, hotspot, night, columns)["back_dated"])
        if night in NIGHTS:
            then[night] = _forecast(place, hotspot, night)[1]
    assert back_dated > 10
    _elsewhere(place)
    for night, first in then.items():
        again = _forecast(place, hotspot, night, "--recorded", night)[1]
        assert hashes(again) == hashes(first), night
        assert _manifest(again) == _manifest(first)


def test_the_same_export_twice_changes_nothing(place: Path, hotspot: Callable) -> None:
    for night in EARLIER[:3]:
        _hand_in(place, hotspot, night, _columns())
        before = (place / "store.duckdb").read_bytes()
        again = _hand_in(place, hotspot, night, _columns())
        assert again["repeated"]
        assert (again["new"], again["changed"], again["deleted"]) == (0, 0, 0)
        assert (place / "store.duckdb").read_bytes() == before
    _, folder = _forecast(place, hotspot, EARLIER[2])
    table = gpd.read_parquet(folder / "forecast.parquet")
    assert np.isfinite(table["expected_count"]).all()
    assert len(pd.read_csv(folder / "hotspots.csv"))
