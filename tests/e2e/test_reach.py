"""A layer beside the city is refused, one of a part of it is told: in the manifest, on the map and on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest


@pytest.fixture
def rezoned(city: Path) -> Path:
    """The sample with streets said to be one UTM zone farther east."""
    file = city / "streets.parquet"
    streets = gpd.read_parquet(file)
    streets.to_crs(26916).set_crs(26917, allow_override=True).to_parquet(file)
    return city / "hotspot.toml"


def test_a_layer_of_the_wrong_zone_is_refused(rezoned: Path, hotspot: Callable) -> None:
    called = hotspot("nightly", rezoned)
    assert called.code == 2, called.err
    assert "EPSG:26917" in called.err
    assert "nothing of it lies in the domain" in called.err
    assert not (rezoned.parent / "runs" / "small" / "latest").exists()
    warnings = json.loads(hotspot("check", rezoned, "--json").out)["warnings"]
    assert any("a run would be refused" in line and "EPSG:26917" in line for line in warnings)


def test_a_layer_of_half_the_city_is_told_in_the_manifest_and_on_the_map(city: Path, hotspot: Callable) -> None:
    file = city / "streets.parquet"
    streets = gpd.read_parquet(file)
    x = streets.to_crs(26916).centroid.x
    streets[x < x.quantile(0.3)].to_parquet(file)
    called = hotspot("nightly", city / "hotspot.toml", "--json")
    assert called.code == 0, called.err
    told = [line for line in json.loads(called.out)["warnings"] if line.startswith("Layer in part: streets")]
    assert len(told) == 1
    made = city / "runs" / "small" / "latest" / "burglary"
    assert told[0] in json.loads((made / "manifest.json").read_text("utf-8"))["warnings"]
    assert "Layer in part: streets" in (made / "map.html").read_text("utf-8")
