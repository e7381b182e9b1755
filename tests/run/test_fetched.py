"""Fetched files go into a store in the order of their fetches."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from hotspot.errors import ConfigError, PortalError
from hotspot.io.store import read_store
from hotspot.run.fetched import turns

COLUMNS = ("id=id", "start=start", "x=x", "y=y", "category=category")


def _fetch(folder: Path, name: str, started: str, rows: list[dict[str, object]], holds: str = "changes") -> Path:
    path = folder / name
    pd.DataFrame(rows).to_json(path, orient="records", lines=True)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    record = {"form": 1, "sha256": digest, "holds": holds, "started": started, "rows": len(rows)}
    path.with_name(path.name + ".fetch.json").write_text(json.dumps(record))
    return path


def _row(name: str, category: str = "theft") -> dict[str, object]:
    return {"id": name, "start": "2024-03-01T07:00Z", "x": 1.5, "y": 2.5, "category": category}


def test_each_in_its_turn_whatever_the_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from hotspot.run.command_ingest import ingest

    folder = tmp_path / "data"
    folder.mkdir()
    _fetch(folder, "b.ndjson", "2024-03-05T02:00:00+00:00", [_row("a")], "all")
    _fetch(folder, "a.ndjson", "2024-03-06T02:00:00+00:00", [_row("a", "burglary"), _row("b")])
    store = f"duckdb:///{tmp_path / 'city.duckdb'}"
    for _ in range(2):  # the second time changes nothing
        ingest([str(folder)], store=store, columns=list(COLUMNS), crs="EPSG:26916")
    table = read_store(store).table.set_index(["id", "category"]).sort_index()
    assert list(table.index) == [("a", "burglary"), ("a", "theft"), ("b", "theft")]
    assert str(table.loc[("a", "burglary"), "known_at"]) == "2024-03-06 02:00:00"
    assert str(table.loc[("a", "theft"), "superseded_at"]) == "2024-03-06 02:00:00"
    assert "unchanged" in capsys.readouterr().out


def test_a_night_without_changes_brings_nothing(tmp_path: Path) -> None:
    path = _fetch(tmp_path, "a.ndjson", "2024-03-06T02:00:00+00:00", [])
    assert list(turns([str(path)], None, complete=False)) == []


def test_changes_are_not_the_whole(tmp_path: Path) -> None:
    path = _fetch(tmp_path, "a.ndjson", "2024-03-06T02:00:00+00:00", [_row("a")])
    with pytest.raises(ConfigError, match="without --since"):
        list(turns([str(path)], None, complete=True))


def test_a_file_that_was_changed_is_not_the_fetched_one(tmp_path: Path) -> None:
    path = _fetch(tmp_path, "a.ndjson", "2024-03-06T02:00:00+00:00", [_row("a")])
    path.write_text(path.read_text() + "\n")
    with pytest.raises(PortalError, match="hash"):
        list(turns([str(path)], None, complete=False))


def test_other_files_are_one_source(tmp_path: Path) -> None:
    assert list(turns(["a.csv", "b.csv"], "2024-01-01", complete=True)) == [(["a.csv", "b.csv"], "2024-01-01")]
