"""The nightly run on street segments, hexagons and given polygons: the same files, the same promises."""

from __future__ import annotations

import csv
import json
import shutil
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
from tests.e2e.conftest import SAMPLE, SMALL
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
    names = [f"A{k}" for k in range(100, 116)]
    gpd.GeoDataFrame({"beat": names}, geometry=shapes, crs=boundary.crs).to_file(city / "beats.gpkg")


def _city(folder: Path, kind: str) -> Path:
    """Make the city of the other tests, cut another way."""
    city = folder / "city"
    shutil.copytree(SAMPLE, city, ignore=shutil.ignore_patterns("runs"))
    _beats(city)
    text = SMALL.replace(SQUARES, CELLS[kind]).replace("weeks = 12", "weeks = 4")
    (city / "hotspot.toml").write_text(text, "utf-8")
    return city


@pytest.fixture(scope="module", params=CELLS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def made(kind: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pipeline.Outcome]:
    """A city, and its run."""
    city = _city(tmp_path_factory.mktemp(kind), kind)
    return city, pipeline.nightly(load_config(city / "hotspot.toml"))


def test_a_run_is_complete_and_stays_within_its_budget(kind: str, made: tuple[Path, pipeline.Outcome]) -> None:
    latest = made[0] / "runs" / "small" / "latest" / "burglary"
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
    assert ("name" in table) == ("name" in rows[0]) == (kind == "polygons")
    if kind == "polygons":
        beats = {f"A{k}" for k in range(100, 116)}
        assert set(table["name"]) == beats
        assert {row["name"] for row in rows} <= beats
        assert all(name in (latest / "map.html").read_text("utf-8") for name in beats)
    audit = json.loads((latest / "audit.json").read_text("utf-8"))
    assert all(value > 0 for value in audit["0.1"]["data_vars"]["overall"]["data"])

    words = json.loads((latest / "scores.json").read_text("utf-8"))["trust"]
    size = "street length" if kind == "segments" else "area"
    assert f"(at most 2.0% of the {size})" in words[0]
    assert f"of the {size} flagged" in words[-1]


def test_equal_inputs_give_equal_bytes(made: tuple[Path, pipeline.Outcome], tmp_path: Path) -> None:
    config = load_config(made[0] / "hotspot.toml")
    output = config.output.model_copy(update={"store": tmp_path / "again"})
    again = pipeline.nightly(config.model_copy(update={"output": output}))
    assert hashes(again.run / "burglary") == hashes(made[1].run / "burglary")


def test_what_is_known_later_changes_no_byte_of_an_earlier_run(kind: str, tmp_path: Path) -> None:
    city, runs = _city(tmp_path, kind), []
    for cut in (False, True):
        if cut:
            lines = (city / "incidents.csv").read_text("utf-8").splitlines()
            column = lines[0].split(",").index("known_at")
            kept = [line for line in lines[1:] if next(csv.reader([line]))[column] <= "2025-05-20T00:00:00"]
            (city / "incidents.csv").write_text("\n".join([lines[0], *kept]) + "\n", "utf-8")
        run = pipeline.nightly(load_config(city / "hotspot.toml"), as_of="2025-05-20")
        runs.append(hashes(run.run / "burglary"))
    for name in runs[0]:
        if name.startswith("forecast") or name in ("hotspots.csv", "scores.json", "audit.json"):
            assert runs[0][name] == runs[1][name], name


def test_check_tells_where_incidents_and_layers_lie(
    kind: str, made: tuple[Path, pipeline.Outcome], hotspot: Callable
) -> None:
    config = made[0] / "hotspot.toml"
    called = hotspot("check", config, "--json")
    assert called.code == 0, called.err
    facts = json.loads(called.out)
    (layer,) = facts["layers"]
    assert layer["layer"] == "Streets: streets"
    assert layer["covers"] > 0.9
    if kind == "segments":
        assert facts["domain"]["length_km"] > 300
        assert facts["incidents"]["without_cell"] > 1000  # more than 50 m from every street
        median, most = facts["incidents"]["metres_to_street"]["50%"], facts["incidents"]["metres_to_street"]["99%"]
        assert 0 < median < most <= 50
    else:
        assert facts["incidents"]["without_cell"] == 0
        assert "metres_to_street" not in facts["incidents"]
    shown = hotspot("check", config).out
    assert "Streets: streets" in shown
    assert "reach over" in shown  # what coverage says


def test_the_map_says_how_many_incidents_no_cell_holds(kind: str, made: tuple[Path, pipeline.Outcome]) -> None:
    sentence = "incidents of the target lie in no cell, more than 50 m from every street segment"
    assert any(sentence in line for line in made[1].warnings) == (kind == "segments")
    assert (sentence in (made[1].run / "burglary" / "map.html").read_text("utf-8")) == (kind == "segments")


@chromium
@pytest.mark.chromium
def test_the_map_opens(kind: str, made: tuple[Path, pipeline.Outcome], tmp_path: Path) -> None:
    seen = look(made[1].run / "burglary" / "map.html", tmp_path / "browser")
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
