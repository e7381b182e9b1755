"""A run with a layer of every kind, from the config to the map."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspot.run import nightly as pipeline
from hotspot.run.config import load_config
from tests.e2e.conftest import SAMPLE, SMALL

LAYERS = """
[[layers]]
kind = "places"
path = "places.gpkg"
category = "category"
vintage = 2023-01-01
[[layers]]
kind = "areas"
path = "areas.parquet"
name = "tracts"
id = "name"
residents = "residents"
vintage = 2023-01-01
[[layers]]
kind = "events"
path = "events.csv"
crs = "EPSG:26916"
time_zone = "America/Chicago"
vintage = 2023-01-01
[[layers]]
kind = "days"
path = "breaks.csv"
vintage = 2023-01-01
[[layers]]
kind = "series"
path = "weather.csv"
time_zone = "UTC"
latency = "6h"
[[layers]]
kind = "tracks"
path = "patrols.csv"
crs = "EPSG:26916"
time_zone = "UTC"
gap = 30.0
"""
FEATURES = "".join(
    f'[[features]]\nkind = "{kind}"\n{options}\n'
    for kind, options in {
        "recent_counts": "",
        "calendar": "",
        "place_distance": "",
        "place_density": "",
        "street_density": "",
        "intersections": "",
        "area_attributes": 'options = { columns = ["residents"] }',
        "event_proximity": "",
        "holidays": 'options = { country = "US", subdivision = "IL" }',
        "sky": "",
        "weather": "",
        "patrol_dwell": "",
    }.items()
)
MODEL = '[[models]]\nkind = "boosted"\noptions = { rounds = 20, max_rows = 20000 }\npublish = true\n'
SQUARES = 'cells = { kind = "square", size = 500.0 }'
SEGMENTS = 'cells = { kind = "segments", streets = "streets.parquet", length = 300.0 }'
KINDS = ["streets", "places", "areas", "events", "days", "series", "tracks"]


def _write_tables(city: Path) -> None:
    """Days, weather and patrols that the sample city does not have."""
    rng = np.random.default_rng(8)
    pd.DataFrame({"start": ["2024-03-25", "2025-03-24"], "end": ["2024-03-29", "2025-03-28"]}).to_csv(
        city / "breaks.csv", index=False
    )
    hours = pd.date_range("2024-01-01", "2025-07-02", freq="6h")
    warmth = 10 - 12 * np.cos(2 * np.pi * hours.day_of_year / 365.25) + rng.normal(0, 2, hours.size)
    pd.DataFrame({"time": hours, "temperature": warmth.round(1)}).to_csv(city / "weather.csv", index=False)
    pings = pd.date_range("2025-01-01", "2025-06-28", freq="20min")
    x, y = 424_000 + rng.normal(0, 800, pings.size), 4_653_000 + rng.normal(0, 800, pings.size)
    pd.DataFrame({"unit": 1, "time": pings, "x": x.round(1), "y": y.round(1)}).to_csv(city / "patrols.csv", index=False)


def _city(folder: Path, cells: str) -> Path:
    city = folder / "city"
    shutil.copytree(SAMPLE, city, ignore=shutil.ignore_patterns("runs"))
    _write_tables(city)
    old = SMALL[SMALL.index('[[models]]\nkind = "kde"') : SMALL.index("[backtest]")]
    text = SMALL.replace(old, LAYERS + FEATURES + MODEL).replace(SQUARES, cells).replace("weeks = 12", "weeks = 2")
    (city / "hotspot.toml").write_text(text, "utf-8")
    return city


@pytest.fixture(scope="module", params=[SQUARES, SEGMENTS], ids=["square", "segments"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pipeline.Outcome]:
    city = _city(tmp_path_factory.mktemp("layers"), request.param)
    return city, pipeline.nightly(load_config(city / "hotspot.toml"))


def test_the_manifest_lists_every_layer(made: tuple[Path, pipeline.Outcome]) -> None:
    manifest = json.loads((made[1].run / "burglary" / "manifest.json").read_text("utf-8"))
    assert [layer["kind"] for layer in manifest["layers"]] == KINDS
    assert all("/" not in layer["file"] for layer in manifest["layers"])
    assert len({layer["fingerprint"] for layer in manifest["layers"]}) == len(KINDS)
    files = {name for name in manifest["inputs"]["sha256"] if name.startswith("layer")}
    assert files == {f"layer {i} ({kind})" for i, kind in enumerate(KINDS)}
    assert not any("has no vintage" in risk for risk in manifest["leakage_risks"])
    assert manifest["model"]["name"] == "boosted"
    assert manifest["model"]["params"]["rounds"] > 0


def test_check_tells_what_layers_cover(made: tuple[Path, pipeline.Outcome], hotspot: Callable) -> None:
    facts = json.loads(hotspot("check", made[0] / "hotspot.toml", "--json").out)
    assert [layer["layer"].split(":")[0].lower() for layer in facts["layers"]] == KINDS
    assert all(layer["notes"] for layer in facts["layers"])
    assert facts["layers"][-2]["notes"][0].endswith("holds for the whole domain")


def test_equal_layers_make_equal_runs_and_a_changed_one_another(
    made: tuple[Path, pipeline.Outcome], tmp_path: Path, hotspot: Callable
) -> None:
    city, outcome = made
    assert not pipeline.nightly(load_config(city / "hotspot.toml")).changed
    other = tmp_path / "city"
    shutil.copytree(city, other, ignore=shutil.ignore_patterns("runs"))
    with (other / "weather.csv").open("a", encoding="utf-8") as file:
        file.write("2025-07-02 06:00:00,21.0\n")
    facts = json.loads(hotspot("check", other / "hotspot.toml", "--json").out)
    assert facts["run"]["run_id"] not in outcome.run.name


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "series"', 'kind = "serie"', ["serie", "did you mean 'series'"]),
        ('path = "weather.csv"', 'path = "weathr.csv"', ["weathr.csv", "no such file"]),
        ('latency = "6h"', 'latancy = "6h"', ["latancy", "did you mean 'latency'"]),
        ('columns = ["residents"]', 'columns = ["group_b"]', ["group_b", "protected"]),
        ('latency = "6h"', 'latency = "3x"', ["layers.5 (series)", "3x"]),
        ('path = "events.csv"\ncrs = "EPSG:26916"', 'path = "events.csv"', ["layers.3 (events)", "CRS"]),
        ('time_zone = "UTC"\nlatency', "latency", ["layers.5 (series)", "time zone"]),
        ("coverage = [0.02", "coverage = [0.000001", ["selection.coverage 1e-06", "less than the smallest cell"]),
        ('kind = "sky"', 'kind = "skye"', ["skye", "did you mean 'sky'"]),
    ],
)
def test_a_config_that_cannot_be(tmp_path: Path, hotspot: Callable, old: str, new: str, words: list[str]) -> None:
    path = _city(tmp_path, SQUARES) / "hotspot.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    called = hotspot("nightly", path)
    assert called.code == 2, called.err
    assert "Traceback" not in called.err
    for word in words:
        assert word in called.err, called.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('columns = ["residents"]', 'columns = ["resident"]', ["feature 'area_attributes'", "resident"]),
        ("coverage = [0.02", "coverage = [0.000001", ["less than the smallest cell"]),
    ],
)
def test_check_foretells_what_a_run_refuses(
    tmp_path: Path, hotspot: Callable, old: str, new: str, words: list[str]
) -> None:
    path = _city(tmp_path, SQUARES) / "hotspot.toml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    called = hotspot("check", path, "--json")
    assert called.code == 0, called.err
    told = [line for line in json.loads(called.out)["warnings"] if line.startswith("a run would be refused")]
    assert len(told) == 1
    for word in words:
        assert word in told[0]
