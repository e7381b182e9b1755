"""A source converted and read back is the source read; rows are conserved; batches and threads change nothing."""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.incidents import Incidents
from hotspot.io import read_incidents, stream
from hotspot.io.stream import convert_incidents
from hotspot.io.tables import delimited, frame

LONLAT: dict[str, Any] = {"crs": "EPSG:4326", "time_zone": "America/Chicago"}
STARTS = ["2024-03-01T07:00", "2024-03-02", "2024-03-10T02:30", "soon", "", "2024-03-01T00:00", "03/01/2024 07:00"]


@st.composite
def dirty(draw: st.DrawFn) -> pd.DataFrame:
    """Rows with every fault, with or without ids, some of them the same; the last rows are good."""
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows = {
        "start": rng.choice(STARTS, n),
        "known_at": rng.choice(["", "2024-03-05", "2024-03-06T01:00"], n),
        "category": rng.choice(["a", "b", "é", " "], n),
        "x": rng.choice(["-87.6", "-87.61", "0", "west", "41.9"], n, p=[0.5, 0.3, 0.1, 0.05, 0.05]),
        "y": rng.choice(["41.9", "41.91", "0", ""], n, p=[0.5, 0.3, 0.1, 0.1]),
        "discovered": rng.choice(["yes", "no", "?", ""], n),
    }
    if draw(st.booleans()):
        rows["id"] = rng.choice(["1", "2", "3", "", *map(str, range(10, 60))], n)
    good = {**dict.fromkeys(rows, ""), "start": "2024-03-03T07:00", "category": "a", "x": "-87.6", "y": "41.9"}
    return pd.concat([pd.DataFrame(rows), pd.DataFrame([good] * 6)], ignore_index=True)


def small_pieces(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Make every batch small, so that few rows are many batches."""
    monkeypatch.setattr(frame, "ROWS", rows)
    monkeypatch.setattr(stream, "ROWS", 2 * rows)


def same(one: Incidents, two: Incidents) -> None:
    assert one.quality == two.quality
    assert one.crs == two.crs
    pd.testing.assert_frame_equal(one.table, two.table)


@settings(max_examples=40)
@given(dirty(), st.integers(1, 20))
def test_batches_and_conversion_change_nothing(table: pd.DataFrame, rows: int) -> None:
    whole = read_incidents(table, **LONLAT)
    quality = whole.quality
    assert quality.rows_read == len(table) == len(whole) + sum(quality.set_aside.values())
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as name:
        folder = Path(name)
        small_pieces(patch, rows)
        same(whole, read_incidents(table, **LONLAT))
        report = convert_incidents(table, folder / "clean.parquet", **LONLAT)
        back = read_incidents(folder / "clean.parquet")
        assert report == quality
        same(whole, back)
        assert [path.name for path in folder.iterdir()] == ["clean.parquet"]


def test_midnights_until_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a column of midnights holds dates, unless one of its last rows says otherwise
    days = [str(day) + "T00:00" for day in np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")]
    small_pieces(monkeypatch, 7)
    for last, precision in (("2024-03-02T00:00", "day"), ("2024-03-02T00:01", "time")):
        table = pd.DataFrame({"start": [*days, last], "category": "a", "x": -87.6, "y": 41.9})
        incidents = read_incidents(table, **LONLAT)
        assert set(incidents.time_precision) == {precision}
        convert_incidents(table, tmp_path / "a.parquet", **LONLAT)
        same(incidents, read_incidents(tmp_path / "a.parquet"))


def test_a_csv_of_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 2**12)
    small_pieces(monkeypatch, 100)
    rng = np.random.default_rng(0)
    start = np.datetime64("2023-01-01T00:00") + rng.integers(0, 500_000, 5000).astype("timedelta64[m]")
    table = pd.DataFrame({"start": start.astype(str), "category": "a", "x": -87.6, "y": 41.9, "id": np.arange(5000)})
    table.loc[4000, "x"] = 0.0
    table.to_csv(tmp_path / "a.csv", index=False)
    text = (tmp_path / "a.csv").read_text().replace(",0.0,", ",far west,")
    (tmp_path / "a.csv").write_text(text + "2024-01-01T00:00,a\n")
    incidents = read_incidents(tmp_path / "a.csv", **LONLAT)
    skipped = incidents.quality.set_aside.get("time that the clocks skipped", 0)
    assert incidents.quality.rows_read == 5001
    assert incidents.quality.set_aside["missing coordinates"] == 1
    assert incidents.quality.set_aside["row with more or fewer fields than the header"] == 1
    assert len(incidents) == 4999 - skipped
    report = convert_incidents(tmp_path / "a.csv", tmp_path / "a.parquet", **LONLAT)
    assert report == incidents.quality
    same(incidents, read_incidents(tmp_path / "a.parquet"))


def good(rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame({"start": "2024-03-01T07:00", "category": "a", "x": -87.6, "y": 41.9, "id": range(rows)})


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"before")
    threads = threading.active_count()
    for table in (good().assign(start="soon"), good().assign(x=41.9, y=-87.6)):
        with pytest.raises(InputError):
            convert_incidents(table, tmp_path / "a.parquet", **LONLAT)
    assert (tmp_path / "a.parquet").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    assert threading.active_count() == threads
    with pytest.raises(InputError, match=r"expected a name ending in \.parquet"):
        convert_incidents(good(), tmp_path / "a.csv", **LONLAT)
    with pytest.raises(InputError, match="cannot be written"):
        convert_incidents(good(), tmp_path / "nowhere" / "a.parquet", **LONLAT)


def test_the_crs_of_a_converted_file_stands(tmp_path: Path) -> None:
    convert_incidents(good(), tmp_path / "a.parquet", **LONLAT)
    assert read_incidents(tmp_path / "a.parquet", crs="OGC:CRS84", time_zone="UTC").crs == "EPSG:4326"
    with pytest.raises(InputError, match="the data are in EPSG:4326, but crs='EPSG:26916' is given"):
        read_incidents(tmp_path / "a.parquet", crs="EPSG:26916")


@pytest.mark.parametrize("change", ["rows", "order", "column"])
def test_a_converted_file_that_was_changed_is_read_as_any_other(tmp_path: Path, change: str) -> None:
    convert_incidents(good(), tmp_path / "a.parquet", **LONLAT)
    with pq.ParquetFile(tmp_path / "a.parquet") as file:
        table, metadata = file.read(), file.metadata.metadata
    if change == "rows":
        table = table.slice(1)
    elif change == "order":
        table = table.set_column(2, "end", table["start"].cast("int64").to_pandas().sub(10**9).astype("datetime64[us]"))
    else:
        table = table.append_column("suspect", [["N. N."] * 3])
    with pq.ParquetWriter(tmp_path / "b.parquet", table.schema) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({stream.KEY: metadata[stream.KEY]})
    with pytest.raises(InputError, match=r"nothing says in which CRS|has no offset|none of 3 rows"):
        read_incidents(tmp_path / "b.parquet")
