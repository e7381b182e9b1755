from __future__ import annotations

import json
from functools import partial

import geopandas as gpd
import pytest
import typer
from shapely import box
from typer.testing import CliRunner

from hotspot.errors import ColumnError, ConfigError, HotspotError, InputError, PortalError
from hotspot.io.portals import Manners, Options
from hotspot.io.portals.area import read_area
from hotspot.run import command_fetch
from tests.io.portals.conftest import HASTY, rows_of
from tests.io.portals.fakes import DATASET, FakeSocrata, serve, status


@pytest.fixture
def portal(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("hotspot.io.portals.Options", partial(Options, manners=HASTY))
    fake = FakeSocrata()
    fake.types = {"id": "text", "date": "floating_timestamp", "primary_type": "text", "block": "text"}
    fake.rows = [
        {":id": f"row-{n}", ":updated_at": "2024-01-01T00:00:00.000Z", "id": str(n), "date": "2024-01-01T10:00:00.000"}
        | {"primary_type": "THEFT", "block": "001XX N STATE ST"}
        for n in range(5)
    ]
    with serve(fake) as address:
        fake.address = address
        yield fake


def run(*arguments: str):
    app = typer.Typer()
    command_fetch.add(app)
    return CliRunner().invoke(app, list(arguments))


def schema_at(address, tmp_path, columns=""):
    file = tmp_path / "mine.toml"
    file.write_text(
        f'title = "x"\n[columns]\nid = ["ID"]\nstart = ["Date"]\ncategory = ["primary_type"]\n{columns}'
        f'[portal]\nkind = "socrata"\nhost = "{address}"\ndataset = "{DATASET}"\n'
    )
    return str(file)


def test_a_schema_with_a_portal_is_all_it_takes(portal, tmp_path):
    result = run(schema_at(portal.address, tmp_path), "--out", f"{tmp_path}/data/", "--since", "last", "--json")
    assert result.exit_code == 0, result.exception
    record = json.loads(result.stdout)
    assert record["columns"] == [":id", ":updated_at", "id", "date", "primary_type"]
    assert record["rows"] == 5
    assert record["path"].startswith(f"{tmp_path}/data/mine-")


def test_an_address_and_columns(portal, tmp_path):
    out = tmp_path / "a.ndjson.gz"
    url = f"{portal.address}/resource/{DATASET}.json"
    result = run("socrata", "--url", url, "--out", str(out), "--columns", "date, primary_type", "--where", "id > '1'")
    assert result.exit_code == 0, result.exception
    assert "a.ndjson.gz: 5 rows, all" in result.stdout
    assert set(rows_of(out)[0]) == {":id", ":updated_at", "date", "primary_type"}
    assert portal.pages[-1]["$where"].startswith("(id > '1')")


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (["chicagoo", "--out", "x.ndjson.gz"], ConfigError, "did you mean 'chicago'"),
        (["nij", "--out", "x.ndjson.gz"], ConfigError, "names no portal"),
        (["socrata", "--out", "x.ndjson.gz"], ConfigError, "--url"),
        (["chicago", "--out", "x.csv"], ConfigError, "ends with .ndjson.gz or .parquet"),
        (["chicago", "--out", "nowhere/x.parquet"], ConfigError, "no such folder"),
        (["police_uk", "--out", "x.parquet"], ConfigError, "--area"),
        (["police_uk", "--out", "x.parquet", "--area", "99,0"], ConfigError, "LATITUDE,LONGITUDE"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_asked(arguments, error, match, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert match in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_without_columns_there_is_a_list_and_no_file(portal, tmp_path):
    result = run("socrata", "--url", f"{portal.address}/d/{DATASET}", "--out", f"{tmp_path}/a.ndjson.gz")
    assert isinstance(result.exception, ColumnError)
    assert "'primary_type' (text)" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_portal_that_fails_is_neither_a_wrong_input_nor_a_refusal(portal, tmp_path):
    portal.always = status(500)
    result = run(schema_at(portal.address, tmp_path), "--out", f"{tmp_path}/a.ndjson.gz")
    assert isinstance(result.exception, PortalError)
    assert isinstance(result.exception, HotspotError)
    assert not isinstance(result.exception, InputError)  # exit 3: failed, the old result stays


def test_an_area_is_a_file_or_a_centre(tmp_path):
    file = tmp_path / "area.geojson"
    gpd.GeoDataFrame(geometry=[box(-1.2, 52.5, -1.0, 52.7)], crs="EPSG:4326").to_file(file)
    assert set(read_area(str(file))) == {(-1.2, 52.5), (-1.2, 52.7), (-1.0, 52.5), (-1.0, 52.7)}
    assert read_area("52.6,-1.1") == ((-1.1, 52.6),)


def test_manners_are_polite_by_default():
    manners = Options().manners
    assert isinstance(manners, Manners)
    assert manners.pause >= 0.2
