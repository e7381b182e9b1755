"""Where a config's incidents come from, and how late they are taken to come."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import ConfigError, RefusedError
from hotspot.io.store import ingest, newest_recorded, set_aside_until
from hotspot.run.config import load_config
from hotspot.run.inputs import _files
from hotspot.run.manifest import config_text
from hotspot.run.records import declared_latency, read_records, shown_source

HEAD = """
name = "city"
[domain]
boundary = "b.gpkg"
crs = "EPSG:26971"
time_zone = "America/Chicago"
cells = { kind = "square", size = 250.0 }
[incidents]
"""


def _config(folder: Path, incidents: str):
    folder.mkdir(exist_ok=True)
    file = folder / "city.toml"
    file.write_text(HEAD + incidents)
    return load_config(file)


@pytest.mark.parametrize(
    ("incidents", "latency"),
    [
        ('source = "a.csv"', "0D"),
        ('source = "a.csv"\nlatency = "3D"', "3D"),
        ('source = "a.csv"\nschema = "chicago"', "7D"),
        ('source = "a.csv"\nschema = "chicago"\nlatency = "2D"', "2D"),
        ('source = "a.csv"\nlatency = "estimated"', "estimated"),
    ],
)
def test_the_config_goes_before_the_schema(tmp_path: Path, incidents: str, latency: str) -> None:
    assert declared_latency(_config(tmp_path, incidents)) == latency


def test_a_store_is_named_without_folders_and_passwords(tmp_path: Path) -> None:
    one = _config(tmp_path / "a", 'source = "duckdb:///city.duckdb"')
    other = _config(tmp_path / "b", 'source = "duckdb:///city.duckdb"')
    assert one.incidents.source != other.incidents.source  # each beside its own config
    assert config_text(one) == config_text(other)
    secret = _config(tmp_path, 'source = "postgresql://me:pa55w0rd@localhost/city"')
    assert "pa55w0rd" not in config_text(secret)
    assert "pa55w0rd" not in shown_source(secret)


def test_a_schema_file_lies_beside_the_config(tmp_path: Path) -> None:
    one = _config(tmp_path / "a", 'source = "x.csv"\nschema = "mine.toml"')
    assert Path(str(one.incidents.schema_name)) == (tmp_path / "a" / "mine.toml").resolve()
    assert str(tmp_path) not in config_text(one)


def test_a_file_keeps_no_moments_of_recording(tmp_path: Path) -> None:
    config = _config(tmp_path, 'source = "x.csv"')
    with pytest.raises(ConfigError, match="hotspot ingest"):
        read_records(config, np.datetime64("2024-01-01"))


def test_strict_refuses_what_looks_personal(tmp_path: Path) -> None:
    rows = pd.DataFrame({"start": ["2024-03-01T07:00"] * 3, "x": 350_000.0, "y": 580_000.0, "category": "theft"})
    rows.assign(email=[f"p{i}@example.org" for i in range(3)]).to_csv(tmp_path / "x.csv", index=False)
    source = 'source = "x.csv"\ncrs = "EPSG:26971"\n'
    assert len(read_records(_config(tmp_path, source))) == 3
    with pytest.raises(RefusedError, match="email"):
        read_records(_config(tmp_path, source + "[privacy]\nstrict = true"))


def _rows(n: int, faulty: int, category: str = "theft") -> pd.DataFrame:
    rows = pd.DataFrame(
        {"id": [f"i{i}" for i in range(n)], "start": "2024-03-01T07:00Z", "x": 1.0, "y": 2.0, "category": category}
    )
    return rows.assign(x=rows["x"].where(rows.index >= faulty))


def test_a_store_tells_its_past(tmp_path: Path) -> None:
    store = f"duckdb:///{tmp_path / 'city.duckdb'}"
    for day, faulty in (("2024-03-02", 3), ("2024-03-03", 2)):
        ingest(_rows(10, faulty), store, crs="EPSG:26916", at=day, complete=True)
    at = {day: np.datetime64(f"2024-03-0{day}T12:00", "us") for day in (1, 2, 3)}
    assert set_aside_until(store, at[1]) == {}
    assert set_aside_until(store, at[2]) == {"missing coordinates": 3}
    assert set_aside_until(store, at[3]) == {"missing coordinates": 2}  # a complete source says all anew
    assert set_aside_until(store, at[3], recorded_until=at[2]) == {"missing coordinates": 3}
    assert newest_recorded(store, at[3]) == np.datetime64("2024-03-03")
    assert newest_recorded(store, at[3], recorded_until=at[2]) == np.datetime64("2024-03-02")


def test_an_increment_may_go_back_to_what_was(tmp_path: Path) -> None:
    store = f"duckdb:///{tmp_path / 'city.duckdb'}"
    for category in ("theft", "burglary", "theft"):
        report = ingest(_rows(3, 0, category), store, crs="EPSG:26916")
    assert (report.changed, report.repeated) == (3, False)
    assert ingest(_rows(3, 0), store, crs="EPSG:26916").repeated


def test_rows_that_do_not_say_when_they_were_known_are_named(tmp_path: Path) -> None:
    store = f"duckdb:///{tmp_path / 'city.duckdb'}"
    first, second = (ingest(_rows(n, 0), store, crs="EPSG:26916") for n in (3, 5))
    assert not any("--archive" in note for note in first.notes)
    assert any(note.startswith("2 rows do not say") and "--archive" in note for note in second.notes)


def test_every_file_below_a_folder_is_among_the_inputs(tmp_path: Path) -> None:
    config = _config(tmp_path, 'source = "data"')
    for month in ("2024-01", "2024-02"):
        (tmp_path / "data" / month).mkdir(parents=True)
        (tmp_path / "data" / month / "street.csv").write_text("a\n")
    (tmp_path / "data" / "notes.md").write_text("no data")
    found = {name: path for name, path in _files(config).items() if name.startswith("incidents")}
    assert list(found) == ["incidents 2024-01/street.csv", "incidents 2024-02/street.csv"]
