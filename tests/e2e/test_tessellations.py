"""The nightly run on street segments, hexagons and given polygons: the same files, the same promises."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import xarray as xr

from hotspot.run import nightly as pipeline
from hotspot.run.config import load_config
from hotspot.run.manifest import hashes
from hotspot.schema import check_forecast
from tests.report.browser import chromium, look

SQUARES = 'cells = { kind = "square", size = 500.0 }'
CELLS = {
    "segments": 'cells = { kind = "segments", streets = "streets.parquet", length = 150.0 }',
    "h3": 'cells = { kind = "h3", resolution = 9 }',
    "polygons": 'cells = { kind = "polygons", path = "beats.gpkg", id = "beat" }',
}
UNIT = {"segments": "length_m", "h3": "area_m2", "polygons": "area_m2"}


def _beats(city: Path) -> None:
    """Beats of very different size: thin strips downtown, the rest of the city in a few large ones."""
    boundary = gpd.read_file(city / "boundary.gpkg")
    west, south, east, north = boundary.total_bounds
    middle, high = (west + east) / 2, (south + north) / 2
    strips = [shapely.box(middle + 150 * k, south, middle + 150 * (k + 1), high) for k in range(12)]
    rest = [shapely.box(west, south, middle, high), shapely.box(middle + 1800, south, east, high)]
    rest += [shapely.box(west, high, middle, north), shapely.box(middle, high, east, north)]
    shapes = [shape.intersection(boundary.geometry.union_all()) for shape in strips + rest]
    gpd.GeoDataFrame({"beat": range(100, 116)}, geometry=shapes, crs=boundary.crs).to_file(city / "beats.gpkg")


@pytest.fixture(params=CELLS)
def kind(request: pytest.FixtureRequest, city: Path, edit: Callable) -> str:
    _beats(city)
    edit(SQUARES, CELLS[request.param])
    return str(request.param)


def test_a_run_is_complete_and_stays_within_its_budget(kind: str, city: Path, hotspot: Callable) -> None:
    called = hotspot("nightly", city / "hotspot.toml")
    assert called.code == 0, called.err
    latest = city / "runs" / "small" / "latest" / "burglary"
    manifest = json.loads((latest / "manifest.json").read_text("utf-8"))
    assert manifest["outputs_sha256"] == hashes(latest)
    assert manifest["domain"]["kind"] == kind
    assert [layer["name"] for layer in manifest["layers"]] == ["streets"]

    forecast = check_forecast(xr.open_zarr(latest / "forecast.zarr").load())
    table = gpd.read_parquet(latest / "forecast.parquet")
    lines = table.geom_type.isin(["LineString", "MultiLineString"])
    assert lines.all() if kind == "segments" else not lines.any()
    total = forecast.attrs["total_length" if kind == "segments" else "total_area"]
    with (latest / "hotspots.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for lead in range(4):
        chosen = [float(row[UNIT[kind]]) for row in rows if row["coverage"] == "0.1" and row["lead"] == str(lead)]
        assert 0 < sum(chosen) <= 0.1 * total + 1
    audit = json.loads((latest / "audit.json").read_text("utf-8"))
    assert all(value > 0 for value in audit["0.1"]["data_vars"]["overall"]["data"])

    words = json.loads((latest / "scores.json").read_text("utf-8"))["trust"]
    size = "street length" if kind == "segments" else "area"
    assert f"(at most 2.0% of the {size})" in words[0]
    assert f"of the {size} flagged" in words[-1]


def test_equal_inputs_give_equal_bytes(kind: str, city: Path, tmp_path: Path) -> None:
    config = load_config(city / "hotspot.toml")
    runs = []
    for name in ("one", "two"):
        output = config.output.model_copy(update={"store": tmp_path / name})
        runs.append(pipeline.nightly(config.model_copy(update={"output": output})).run / "burglary")
    assert hashes(runs[0]) == hashes(runs[1])


@chromium
@pytest.mark.chromium
def test_the_map_opens(kind: str, city: Path, tmp_path: Path, hotspot: Callable) -> None:
    assert hotspot("nightly", city / "hotspot.toml").code == 0
    seen = look(city / "runs" / "small" / "latest" / "burglary" / "map.html", tmp_path / "browser")
    assert seen.body["ready"] == "yes"
    assert seen.requests == []
    assert [line for line in seen.console if "setting log level" not in line] == []
    assert seen.share("#d55e00") > 1e-4
    per = {"segments": "per km and window", "h3": "per cell and window", "polygons": "per km² and window"}[kind]
    assert per in seen.dom


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (CELLS["segments"].replace("segments", "segmets"), ["domain.cells", "segmets", "did you mean 'segments'"]),
        (CELLS["segments"].replace("streets.parquet", "roads.parquet"), ["roads.parquet", "no such file"]),
        (CELLS["segments"].replace("150.0", "-150.0"), ["domain.cells", "length", "greater than 0"]),
        (CELLS["segments"].replace("length", "lenght"), ["lenght", "did you mean 'length'"]),
        (CELLS["segments"].replace(" }", ', id = "nummer" }'), ["nummer"]),
        (CELLS["polygons"].replace('"beat"', '"baet"'), ["baet"]),
        ('cells = { streets = "streets.parquet" }', ["domain.cells", "no kind"]),
    ],
)
def test_a_config_that_cannot_be(city: Path, hotspot: Callable, edit: Callable, new: str, words: list[str]) -> None:
    _beats(city)
    path = edit(SQUARES, new)
    for verb in ("check", "nightly"):
        called = hotspot(verb, path)
        assert called.code == 2, called.err
        assert "Traceback" not in called.err
        for word in words:
            assert word in called.err, called.err
