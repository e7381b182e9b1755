"""URLs of stores, and what their errors say and do not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotspot.errors import ConfigError, HotspotError, InputError
from hotspot.io.store import ingest, is_address, read_store
from hotspot.io.store.address import parse_address
from tests.io.store.made import day, source

SECRET = "s3cr3t%40word"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("duckdb:///city.duckdb", "city.duckdb"),
        ("duckdb://city.duckdb", "city.duckdb"),
        ("duckdb:///data/city.duckdb", "data/city.duckdb"),
        ("duckdb://data/city.duckdb", "data/city.duckdb"),
        ("city.duckdb", "city.duckdb"),
        ("duckdb:////data/city.duckdb", "/data/city.duckdb"),
        ("/data/city.duckdb", "/data/city.duckdb"),
    ],
)
def test_files(url: str, path: str, tmp_path: Path) -> None:
    address = parse_address(url, folder=tmp_path)
    assert address.kind == "duckdb"
    assert address.path == (tmp_path / path).resolve()
    assert str(address) == "duckdb:///city.duckdb"


@pytest.mark.parametrize("url", ["duckdb://", "duckdb:///:memory:", "sqlite:///x.db", "x.parquet", "duckdb:///a?b=c"])
def test_what_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="duckdb:///"):
        parse_address(url)


def test_urls_are_told_from_files() -> None:
    assert is_address("duckdb:///x.duckdb")
    assert is_address("postgresql://me@host/db")
    assert not is_address("incidents.parquet")
    assert not is_address(Path("duckdb:/x"))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@127.0.0.1:1/db",
        f"postgresql://me@127.0.0.1:1/db?password={SECRET}",
        f"postgres://me:{SECRET}@127.0.0.1:1/db?connect_timeout=1",
        f"postgresql://me:{SECRET}@127.0.0.1:notaport/db",
        f"postgresql://me:{SECRET}@/db",
        f"postgresql://me:{SECRET}@127.0.0.1:1/db?no_such_option=1",
    ],
)
def test_no_password_is_told(url: str) -> None:
    with pytest.raises((HotspotError, ConfigError)) as told:
        ingest(source({"a": (day(1), "x")}), url, at=day(2))
    error: BaseException | None = told.value
    while error is not None:
        assert "s3cr3t" not in f"{error} {error!r}"
        error = error.__cause__
    try:
        address = parse_address(url)
    except ConfigError:
        return
    assert "s3cr3t" not in f"{address} {address!r}"
    assert "s3cr3t" not in address.cleaned(f"{url} s3cr3t@word")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="four slashes"):
        ingest(source({"a": (day(1), "x")}), f"duckdb:///{tmp_path}/none/s.duckdb", at=day(2))


def test_a_store_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such store"):
        read_store(f"duckdb:///{tmp_path}/s.duckdb")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"id,start\n1,2\n", bytes(5000)])
def test_a_file_that_is_no_store_is_not_touched(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "incidents.duckdb"
    file.write_bytes(content)
    with pytest.raises(InputError):
        read_store(file)
    if content:
        with pytest.raises(InputError, match="no DuckDB store"):
            ingest(source({"a": (day(1), "x")}), file, at=day(2))
        assert file.read_bytes() == content


def test_a_later_format_is_refused(store: str) -> None:
    from hotspot.io.store.database import writing

    ingest(source({"a": (day(1), "x")}), store, at=day(2))
    with writing(parse_address(store)) as database:
        database.run("update about set format = 99")
    with pytest.raises(InputError, match="format 99"):
        read_store(store)
    with pytest.raises(InputError, match="format 99"):
        ingest(source({"a": (day(1), "y")}), store, at=day(3))


def test_an_empty_database_says_what_to_do(postgresql: str) -> None:
    from tests.io.store.server import wiped

    with pytest.raises(InputError, match="hotspot ingest"):
        read_store(wiped(postgresql))
