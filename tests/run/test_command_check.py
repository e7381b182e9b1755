from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from hotspot.errors import InputError
from hotspot.io.schema_files import parse_schema
from hotspot.run.command_check import add

ROWS = Path(__file__).parents[1] / "io" / "schemas"


@pytest.fixture
def app():
    app = typer.Typer()
    app.callback()(lambda: None)  # with one command alone, typer takes its name for an argument
    add(app)
    return app


@pytest.fixture
def export(tmp_path):
    rng = np.random.default_rng(2)
    table = pd.DataFrame({
        "Zaaknummer": [f"Z{i}" for i in range(60)],
        "Pleegdatum": pd.date_range("2024-01-01", periods=60).strftime("%d-%m-%Y"),
        "Tijdstip": np.resize([930, 2215], 60),
        "Delict": np.resize(["Woninginbraak", "Diefstal"], 60),
        "Slachtoffer naam": "Jan Modaal",
        "Lengtegraad": rng.normal(4.48, 0.01, 60),
        "Breedtegraad": rng.normal(51.92, 0.01, 60),
    })  # fmt: skip
    path = tmp_path / "export.csv"
    table.to_csv(path, index=False, sep=";")
    return path


def test_a_file_gets_a_proposal_that_can_be_pasted(app, export):
    result = CliRunner().invoke(app, ["check", str(export)])
    assert result.exit_code == 0, result.output
    config, schema = result.stdout.split("# ---- a file of its own beside the config: export.schema.toml\n")
    assert tomllib.loads(config)["incidents"]["schema"] == "export.schema.toml"
    assert parse_schema(schema, "export").times["start"].clock == ("Tijdstip",)
    assert "Jan Modaal" not in result.output
    assert "Slachtoffer naam" in result.stderr
    assert "unsure" in result.stderr
    assert "Tijdstip" in result.stderr


def test_what_is_printed_to_be_pasted_is_toml(app, tmp_path):
    pd.DataFrame({
        "id": range(30), "date": "2024-01-01T10:00", "type": np.resize(["theft [1]", "arson"], 30),
        "lon": np.linspace(4.4, 4.5, 30), "lat": np.linspace(51.9, 51.95, 30), "[red]x": "a",
    }).to_parquet(tmp_path / "plain.parquet")  # fmt: skip
    result = CliRunner().invoke(app, ["check", str(tmp_path / "plain.parquet")])
    incidents = tomllib.loads(result.stdout)["incidents"]
    assert incidents["columns"] == {"id": "id", "start": "date", "category": "type", "x": "lon", "y": "lat"}
    assert "[red]x" in result.stderr


def test_for_machines(app, export):
    result = CliRunner().invoke(app, ["check", str(export), "--json"])
    found = json.loads(result.stdout)
    assert found["time_zone"] == "Europe/Amsterdam"
    assert found["clock"]["column"] == "Tijdstip"
    assert "Jan Modaal" not in result.output


def test_a_file_that_is_not_there(app, tmp_path):
    result = CliRunner().invoke(app, ["check", str(tmp_path / "nothing.csv")])
    assert isinstance(result.exception, InputError)


def test_a_config_is_checked_as_before(app, tmp_path, monkeypatch):
    monkeypatch.setattr("hotspot.run.config.load_config", lambda file: file)
    monkeypatch.setattr(
        "hotspot.run.check.check", lambda config, as_of: {"run": {"as_of": as_of}, "warnings": ["[w]"], "gate": {}}
    )
    result = CliRunner().invoke(app, ["check", str(tmp_path / "hotspot.toml"), "--as-of", "2024-01-01"])
    assert result.stdout.splitlines() == ["run", "  as_of: 2024-01-01", "warnings", "  [w]"]
    result = CliRunner().invoke(app, ["check", str(tmp_path / "hotspot.toml"), "--json"])
    assert json.loads(result.stdout)["warnings"] == ["[w]"]


def test_a_publication_comes_with_what_may_not_be_concluded(app):
    result = CliRunner().invoke(app, ["check", str(ROWS / "police_uk.csv")])
    assert tomllib.loads(result.stdout)["incidents"]["schema"] == "police_uk"
    assert result.stdout.endswith("\n")
    assert "Only the month is known" in result.stderr
