"""The committed sample is what the generator makes, it is small, and its truth agrees with its process."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tomllib
from datetime import UTC
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal

from hotspot.errors import InputError
from hotspot.simulate import intensity
from hotspot.simulate.truth import mean_background

TEXT = ["incidents.csv", "events.csv", "truth.json"]
GEO = ["boundary.gpkg", "places.gpkg", "streets.parquet", "areas.parquet"]


def _read(path):
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


@pytest.mark.parametrize("name", TEXT)
def test_text_files_are_made_again_byte_for_byte(written, committed, name):
    assert (written / name).read_bytes() == (committed / name).read_bytes()


@pytest.mark.parametrize("name", GEO)
def test_geographic_files_are_made_again_with_equal_content(written, committed, name):
    made, kept = _read(written / name), _read(committed / name)
    assert kept.crs.to_epsg() == 26916
    assert_geodataframe_equal(made, kept)


def test_background_is_made_again(written, committed):
    name = "truth_background.parquet"
    assert_frame_equal(pd.read_parquet(written / name), pd.read_parquet(committed / name), rtol=1e-9)


def test_sample_is_small(committed):
    files = [path for path in committed.rglob("*") if path.is_file() and "runs" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 3_000_000


def test_every_file_is_described(written, committed):
    readme = (committed / "README.md").read_text(encoding="utf-8")
    for path in written.iterdir():
        assert f"`{path.name}`" in readme
    for kind in json.loads((written / "truth.json").read_text(encoding="utf-8"))["faults"]:
        assert f"`{kind}`" in readme


def test_config_names_files_and_columns_that_exist(committed, sample):
    config = tomllib.loads((committed / "hotspot.toml").read_text(encoding="utf-8"))
    groups = config["audit"]["groups"]
    layers = [layer["path"] for layer in config["layers"]]
    for name in [config["domain"]["boundary"], config["incidents"]["source"], groups["path"], *layers]:
        assert (committed / name).is_file()
    assert set(config["incidents"]["columns"].values()) == set(sample.incidents.columns)
    assert {groups["residents"], *groups["groups"].values()} <= set(sample.city.areas.columns)
    assert {name for target in config["targets"] for name in target["category"]} <= set(sample.world.backgrounds)


def test_drawn_totals_agree_with_the_expected_ones(sample):
    for told in sample.truth["categories"].values():
        expected = told["expected_background"]
        assert abs(told["observed_background"] - expected) < 3.3 * np.sqrt(expected)
    total = sum(told["expected_total"] for told in sample.truth["categories"].values())
    assert 9_000 < total < 12_000


def test_mean_background_averages_the_intensity(sample):
    """Against a plain mean of `intensity` over random moments and places of one whole cell."""
    cells, world = sample.background, sample.world
    cell = cells[np.isclose(cells["area_km2"], 0.0625)].nlargest(1, "assault").iloc[0]
    rng = np.random.default_rng(5)
    n = 100_000
    span = (world.end - world.start) / np.timedelta64(1, "us")
    t = world.start + rng.uniform(0, span, n).astype("timedelta64[us]")
    x, y = cell["x"] + rng.uniform(-125, 125, n), cell["y"] + rng.uniform(-125, 125, n)
    for category in world.backgrounds:
        value = intensity(world, category, t, x, y)
        assert abs(value.mean() - cell[category]) < 3.3 * value.std() / np.sqrt(n) + 1e-3 * cell[category]


def test_cells_cover_the_city_on_the_zero_of_the_crs(sample):
    cells = sample.background
    assert abs(cells["area_km2"].sum() * 1e6 - sample.city.boundary.area) < 1
    assert (cells[["x", "y"]].to_numpy() % 250 == 125).all()
    assert not cells.isna().any(axis=None)
    with pytest.raises(InputError, match="multiple of 25 m"):
        mean_background(sample.world, size=130.0)


def test_command_line_writes_the_files(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "hotspot.simulate", "--out", str(tmp_path / "city"), "--seed", "5"]
    subprocess.run(command, check=True, timeout=60)
    made = json.loads((tmp_path / "city" / "truth.json").read_text(encoding="utf-8"))
    assert made["seed"] == 5
    assert {path.name for path in (tmp_path / "city").iterdir()} >= {*TEXT, *GEO, "truth_background.parquet"}


def _formula_of_the_readme(told, bars, civil, x, y):
    rhythm = told["week"][civil.weekday()][civil.hour]
    rhythm *= 1 + told["season"] * math.cos(2 * math.pi * (civil.timetuple().tm_yday - told["season_peak"]) / 365.25)
    surface = told["uniform"]
    for bump in told["bumps"]:
        squared = (x - bump["x"]) ** 2 + (y - bump["y"]) ** 2
        surface += bump["peak"] * math.exp(-squared / (2 * bump["scale_m"] ** 2))
    if told["near"]:
        distance = min(math.dist((x, y), bar) for bar in bars)
        surface *= 1 + told["near"]["gain"] * math.exp(-(distance**2) / (2 * told["near"]["scale_m"] ** 2))
    return surface * rhythm


def test_files_alone_give_the_intensity(sample, committed):
    """truth.json, places.gpkg and the formula in README.md are enough to compute what the simulator used."""
    truth = json.loads((committed / "truth.json").read_text(encoding="utf-8"))
    places = gpd.read_file(committed / "places.gpkg")
    bars = [(point.x, point.y) for point in places.geometry[places["category"] == "bar"]]
    seen = np.flatnonzero(sample.catalogue.observed)[::100]
    t, x, y = sample.catalogue.t[seen], sample.catalogue.x[seen], sample.catalogue.y[seen]
    zone = ZoneInfo(truth["time_zone"])
    civil = [moment.item().replace(tzinfo=UTC).astimezone(zone) for moment in t]
    for category, told in truth["categories"].items():
        plain = [_formula_of_the_readme(told["background"], bars, *each) for each in zip(civil, x, y, strict=True)]
        np.testing.assert_allclose(intensity(sample.world, category, t, x, y), plain, rtol=1e-12)
