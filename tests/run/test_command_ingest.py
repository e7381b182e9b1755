"""`hotspot ingest` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hotspot.errors import ConfigError, InputError
from hotspot.io.store import read_store
from hotspot.run.command_ingest import add

HEAD = "number,when,what,lon,lat\n"
ROWS = ["1,2024-03-01 07:00,theft,-87.6,41.9\n", "2,2024-03-01 08:00,robbery,-87.7,41.9\n"]
COLUMNS = ["--columns", "id=number", "--columns", "start=when", "--columns", "category=what"]
WHERE = ["--crs", "EPSG:4326", "--time-zone", "America/Chicago"]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the command in an empty folder; errors come through."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer(pretty_exceptions_enable=False)
    add(app)
    app.callback()(lambda: None)

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, ["ingest", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def write(name: str, *rows: str) -> str:
    Path(name).write_text(HEAD + "".join(rows))
    return name


def test_a_file_goes_into_the_store_of_the_folder(call) -> None:
    call(write("monday.csv", *ROWS), *COLUMNS, *WHERE, "--at", "2024-03-02", "--complete")
    assert len(read_store("duckdb:///hotspot.duckdb")) == 2
    said = call(
        write("tuesday.csv", ROWS[0].replace("theft", "arson")), *COLUMNS, *WHERE, "--at", "2024-03-03", "--complete"
    )
    for fact in ("1 = 1 kept + 0 set aside", "0 new, 1 changed", "deleted: 1", "back-dated: 0", "2024-03-03T06:00"):
        assert fact in said


def test_machines_get_json(call) -> None:
    options = [*COLUMNS, *WHERE, "--store", "duckdb:///other.duckdb", "--feed", "records", "--json"]
    report = json.loads(call(write("a.csv", *ROWS), *options))
    assert (report["new"], report["feed"], report["rows_kept"]) == (2, "records", 2)
    assert json.loads(call("a.csv", *options))["repeated"]


def test_several_files_are_one_ingest(call) -> None:
    files = [write("a.csv", ROWS[0]), write("b.csv", ROWS[1])]
    call(*files, *COLUMNS, *WHERE)
    assert len(read_store("duckdb:///hotspot.duckdb")) == 2


def test_mistakes_are_told(call) -> None:
    write("a.csv", *ROWS)
    with pytest.raises(ConfigError, match="OURS=THEIRS"):
        call("a.csv", "--columns", "number")
    with pytest.raises(InputError):
        call("a.csv", *COLUMNS, "--crs", "EPSG:4326")
    with pytest.raises(ConfigError, match="duckdb:///"):
        call("a.csv", *COLUMNS, *WHERE, "--store", "mysql://root:s3cr3t@x/y")
    assert not Path("hotspot.duckdb").exists()
