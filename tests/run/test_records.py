"""Where a config's incidents come from, and how late they are taken to come."""

from pathlib import Path

import pytest

from hotspot.errors import ConfigError
from hotspot.run.config import load_config
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
        read_records(config, "2024-01-01")
