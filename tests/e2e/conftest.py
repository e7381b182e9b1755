"""A copy of the sample city with a small config, and a way to call the command line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "data" / "sample"

SMALL = """
name = "small"
seed = 7
[domain]
boundary = "boundary.gpkg"
crs = "EPSG:26916"
time_zone = "America/Chicago"
cells = { kind = "square", size = 500.0 }
[incidents]
source = "incidents.csv"
columns = { id = "incident_id", start = "occurred_from", end = "occurred_to", category = "offense" }
crs = "EPSG:26916"
time_zone = "America/Chicago"
latency = "2D"
[[targets]]
name = "burglary"
category = ["burglary"]
[windows]
issue = "latest"
period = "1D"
leads = 2
shifts = ["07:00", "19:00"]
[selection]
coverage = [0.02, 0.1]
[[layers]]
kind = "streets"
path = "streets.parquet"
vintage = 2023-01-01
[[models]]
kind = "counts"
[[models]]
kind = "kde"
options = { bandwidth = 400.0 }
publish = true
[backtest]
start = 2025-05-01
end = 2025-06-12
every = "7D"
refit = "28D"
[self_check]
weeks = 12
[audit]
groups = { path = "areas.parquet", residents = "residents", groups = { a = "group_a", b = "group_b", c = "group_c" } }
[output]
store = "runs"
"""


@dataclass
class Called:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A folder with the sample's files and the small config."""
    folder = tmp_path / "city"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("runs"))
    (folder / "hotspot.toml").write_text(SMALL, "utf-8")
    return folder


@pytest.fixture
def hotspot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """Call the command line in this process."""
    from hotspot.run import cli

    def call(*words: object) -> Called:
        monkeypatch.setattr(sys, "argv", ["hotspot", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Called(code, captured.out, captured.err)

    return call


@pytest.fixture
def edit(city: Path) -> Callable[[str, str], Path]:
    """Change a piece of the config."""

    def change(old: str, new: str) -> Path:
        path = city / "hotspot.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return path

    return change
