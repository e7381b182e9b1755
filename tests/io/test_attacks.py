"""Bad input: each file is read with every row kept or set aside and counted, or refused in words. Nothing else."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError, RefusedError
from hotspot.io import read_incidents
from hotspot.io.tables.quotes import UNPAIRED
from hotspot.io.tables.table import guarded
from hotspot.run.outputs import write_csv
from tests.io.hostile import HEADER, LONLAT, ROW, in_limits, outcome, rows, written, zipped

RAGGED = "row with more or fewer fields than the header"


# --- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        ("\n\r\n\n", "is empty"),
        (HEADER, "has no rows"),
        (b"\xef\xbb\xbf" + HEADER.encode() + rows(3).encode(), (3, 3, {})),
        ((HEADER + rows(3)).encode("utf-16"), (3, 3, {})),
        ((HEADER + rows(3)).replace("\n", "\r"), (3, 3, {})),
        (HEADER + rows(2) + rows(2, 2).replace("\n", "\r\n"), (4, 4, {})),
        ((HEADER + rows(5)).removesuffix(",41.9\n"), (5, 4, {RAGGED: 1})),
        (HEADER + rows(30) + "a,b\n" + "c,2024-03-01T07:00,theft,-87.6,41.9,x,y\n", (32, 30, {RAGGED: 2})),
        (HEADER + rows(3) + "9,2024-03-01T07:00,th\0eft,-87.6,41.9\n", "not text"),
        (np.random.default_rng(0).bytes(5000), "not text"),
        (HEADER.encode() + rows(3).encode() + "7,2024-03-01T07:00,Überfall,-87.6,41.9\n".encode("latin-1"), (4, 4, {})),
        (HEADER + rows(3) + "9,2024-03-01T07:00,=cmd()|' /C calc'!A0,-87.6,41.9\n", (4, 4, {})),
        (HEADER + rows(3) + "'; DROP TABLE incidents; --,2024-03-01T07:00,\"x' OR '1'='1\",-87.6,41.9\n", (4, 4, {})),
        ("{\\rtf1 not a table}", "no column for"),
        ("<html><body>503 Service Unavailable</body></html>", "no column for"),
    ],
)
def test_text(tmp_path: Path, content: str | bytes, expected: Any) -> None:
    found = outcome(written(tmp_path, "a.csv", content))
    assert found == expected if isinstance(expected, tuple) else expected in found


def test_mixed_encodings_lose_nothing(tmp_path: Path) -> None:
    mixed = [f"{i},2024-03-01T07:00,Überfall,-87.6,41.9\n".encode("utf-8" if i % 2 else "latin-1") for i in range(40)]
    incidents = read_incidents(written(tmp_path, "a.csv", HEADER.encode() + b"".join(mixed)), **LONLAT)
    assert set(incidents.table["category"]) == {"Überfall"}
    assert len(incidents) == 40


@pytest.mark.parametrize("behind", [50, 200_000])
def test_a_quotation_mark_that_is_never_closed_counts_the_lines_it_takes(tmp_path: Path, behind: int) -> None:
    content = HEADER + rows(30) + '9,2024-03-01T07:00,"theft,-87.6,41.9\n' + rows(behind, 1000)
    assert outcome(written(tmp_path, "a.csv", content)) == (31 + behind, 30, {RAGGED: 1 + behind})


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_quotation_mark_that_swallows_rows_into_a_value_is_told(tmp_path: Path, name: str) -> None:
    content = (HEADER + rows(30) + '9,2024-03-01T07:00,theft,-87.6,"41.9\n' + rows(50, 1000)).encode()
    path = written(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content)
    incidents = read_incidents(path, **LONLAT)
    assert incidents.quality.set_aside == {"missing coordinates": 1}
    assert UNPAIRED.format(name=path) in incidents.quality.notes


@pytest.mark.parametrize(
    "start",
    ["0000-01-01", "99999-01-01", "1e300", "-1", "-62135596800", "253402300800", "2024-02-30", "2024-13-01", "NaN",
     "inf", "1677-09-21", "1899-12-31", "2024-03-01T24:01", "2024-03-01T07:00+99:99", "9999-12-31T23:59", "2262-04-12",
     "٢٠٢٤"],
)  # fmt: skip
def test_absurd_dates_are_set_aside(tmp_path: Path, start: str) -> None:
    found = outcome(written(tmp_path, "a.csv", HEADER + rows(3) + f"9,{start},theft,-87.6,41.9\n"))
    assert found[:2] == (4, 3)
    assert sum(found[2].values()) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "x", ["nan", "inf", "-inf", "1e400", "1e308", "0x10", "--1", "9" * 400, "1_0", "=1+1", "\uff19"]
)
def test_absurd_coordinates_are_set_aside(tmp_path: Path, x: str) -> None:
    assert outcome(written(tmp_path, "a.csv", HEADER + rows(3) + f"9,2024-03-01T07:00,theft,{x},41.9\n"))[:2] == (4, 3)


# --- names of columns ----------------------------------------------------------------------------

HOSTILE = ["\x1b[2J", "<script>alert(1)</script>", "[bold red]x[/]", "[/]", "\u202egpj.exe", "=cmd()",
           "'; DROP TABLE x", "x" * 100_000, "", " ", "a\rb", "\u0000"]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_columns_come_out_spelled(name: str) -> None:
    table = pd.DataFrame([{**ROW, name: "1"}])
    assert outcome(table) == (1, 1, {})
    assert "no column for start" in outcome(table.drop(columns="start"))
    assert "no column for category" in outcome(table.rename(columns={"category": name + "!"}))
    assert isinstance(outcome(table, columns={"category": name[:50] + "?"}), str)


def test_repeated_and_empty_names(tmp_path: Path) -> None:
    content = "id,id,,start,start,,category,lon,lat\n1,2,3,2024-03-01T07:00,x,y,theft,-87.6,41.9\n"
    incidents = read_incidents(written(tmp_path, "a.csv", content), **LONLAT)
    assert incidents.table["id"].tolist() == ["1"]
    assert outcome(pd.DataFrame([[1, *ROW.values()]], columns=["id", *ROW])) == (1, 1, {})


def test_a_hundred_thousand_columns_are_refused_at_once(tmp_path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(100_000))
    content = f"{HEADER.strip()},{names}\n" + f"{rows(1).strip()},{',' * 99_999}\n" * 3
    assert "105 columns" not in (said := outcome(written(tmp_path, "a.csv", content)))
    assert "has 100,005 columns" in said


# --- JSON ----------------------------------------------------------------------------------------

LINE = json.dumps(ROW)
NO_RECORD = "line that is no JSON record"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.ndjson", f"{LINE}\n" + '{"a":' * 100_000 + "1" + "}" * 100_000 + f"\n{LINE[:-9]}\n",
         (3, 1, {NO_RECORD: 2})),
        ("a.ndjson", f'{LINE}\n{{"id": "\\ud800", "start": "\\udfff", "category": "\\ud800", "lon": 1, "lat": 1}}',
         (2, 1, {"unparsable time": 1})),
        ("a.ndjson", LINE[:-1] + ', "\\ud800": 1, "\\u0000": 2}', (1, 1, {})),
        ("a.ndjson", LINE[:-1] + ', "id": "2", "lon": -87.7}', (1, 1, {})),
        ("a.ndjson", LINE[:-1] + f', "big": 1{"0" * 5000}}}', (1, 1, {})),
        ("a.ndjson", f'{LINE}\n{LINE.replace("-87.6", "NaN")}\n{LINE.replace("41.9", "Infinity")}',
         (3, 1, {"missing coordinates": 2})),
        ("a.ndjson", f'{LINE}\n[1]\n"x"\n3\nnull\n', (5, 1, {NO_RECORD: 4})),
        ("a.json", "[" + "[" * 100_000, "breaks"),
        ("a.json", '[{"a":' * 50_000, "breaks"),
        ("a.json", f"[{LINE}, {LINE[:-5]}", "breaks"),
        ("a.json", "[1, 2, 3]", "no records"),
        ("a.json", "{}", "no records"),
        ("a.json", '"text"', "does not begin like"),
        ("a.geojson", '{"type":"FeatureCollection","features":[' + '{"a":' * 100_000, "cannot be read"),
        ("a.geojson", '{"type":"FeatureCollection","features":[]}', "no rows"),
        ("a.geojson", '{"type":"FeatureCollection","features":{"a":1}}', "cannot be read"),
    ],
)  # fmt: skip
def test_json(tmp_path: Path, name: str, content: str, expected: Any) -> None:
    found = outcome(written(tmp_path, name, content), **({"crs": None} if name.endswith("geojson") else {}))
    assert found == expected if isinstance(expected, tuple) else expected in found


# --- archives ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way", ["../a.csv", "/etc/a.csv", "..\\a.csv", "C:\\a.csv", "a/../../b.csv", "\\\\host\\a.csv"]
)
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path: Path, way: str) -> None:
    said = outcome(zipped(tmp_path / "a.zip", {way: HEADER + rows(3)}))
    assert "leads out of the archive" in said
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a.zip"]


def test_archives(tmp_path: Path) -> None:
    good = HEADER + rows(3)
    assert outcome(zipped(tmp_path / "a.zip", {"a.csv": good, "readme.pdf": b"x"})) == (3, 3, {})
    assert "2 data files" in outcome(zipped(tmp_path / "b.zip", {"a.csv": good, "b.csv": good}))
    assert "no data files" in outcome(zipped(tmp_path / "c.zip", {"inner.zip": (tmp_path / "a.zip").read_bytes()}))
    assert "cannot be read" in outcome(written(tmp_path, "d.zip", (tmp_path / "a.zip").read_bytes()[:-30]))
    whole = bytearray((tmp_path / "a.zip").read_bytes())
    middle = 30 + len("a.csv") + 12
    whole[middle : middle + 4] = b"\0\xff\0\xff"
    assert "cannot be read" in outcome(written(tmp_path, "e.zip", bytes(whole)))
    assert outcome(zipped(tmp_path / "f.zip", {"a\x1b[31m.csv": good})) == (3, 3, {})
    assert "cannot be read" in outcome(written(tmp_path, "a.csv.gz", gzip.compress(good.encode())[:-9]))
    assert "cannot be read" in outcome(written(tmp_path, "b.csv.gz", os.urandom(100)))
    assert "cannot be read" in outcome(written(tmp_path, "b.csv.zst", b"junk"))
    two = gzip.compress(good.encode()) + gzip.compress(rows(2, 9).encode())
    assert outcome(written(tmp_path, "c.csv.gz", two)) == (5, 5, {})
    assert "names no form" in outcome(written(tmp_path, "a.tar.gz", b"junk"))


def test_archives_that_grow_too_much_are_refused(tmp_path: Path) -> None:
    bomb = HEADER.encode() + b"\n" * 100_000_000
    bombs = [written(tmp_path, "a.csv.gz", gzip.compress(bomb, 5)), zipped(tmp_path / "a.zip", {"a.csv": bomb})]
    assert all("packed bytes become" in said for said in in_limits(bombs, mebibytes=600))


# --- long lines ----------------------------------------------------------------------------------

ENDLESS = {
    "row.csv": HEADER + rows(3) + "9,2024-03-01T07:00,",
    "header.csv": "",
    "quote.csv": HEADER + '1,"',
    "a.ndjson": '{"id": "',
    "a.json": '[{"id": "',
}
SLOW = pytest.mark.skipif("HOTSPOT_SLOW" not in os.environ, reason="set HOTSPOT_SLOW to write lines of 1 GiB")


@pytest.mark.parametrize("mebibytes", [64, pytest.param(1024, marks=SLOW)])
def test_an_endless_line_is_refused_in_little_memory(tmp_path: Path, mebibytes: int) -> None:
    for name, before in ENDLESS.items():
        with (tmp_path / name).open("wb") as file:
            file.write(before.encode())
            for _ in range(mebibytes):
                file.write(b"x" * 2**20)
    # reading runs ahead of the error by a few blocks of 8 MiB, more or less, however long the line is
    said = in_limits([tmp_path / name for name in ENDLESS], mebibytes=900)
    assert all(each.startswith("refused") for each in said), said


# --- what we write -------------------------------------------------------------------------------

RUNS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
BEGINNINGS = ["=cmd()", "+1", "-2+3", "@SUM(1)", "\t=1", " =1", "\r=1", "\uff1d1"]


@given(st.lists(st.text() | st.sampled_from(BEGINNINGS), min_size=1))
def test_no_cell_of_a_csv_file_is_a_formula(texts: list[str]) -> None:
    table = pd.DataFrame({"category": texts, "number": -1.5, "kind": pd.Categorical(texts)})
    stream = io.StringIO()
    write_csv(stream, table)
    back = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1:]
    assert [row[1] for row in back] == ["-1.5"] * len(texts)
    for text, row in zip(texts, back, strict=True):
        assert not row[0].startswith(RUNS)
        assert not row[0].lstrip().startswith(RUNS)
        assert row[0] == row[2]
        assert row[0].removeprefix("'") == re.sub("[\x00-\x1f\x7f-\x9f]", " ", text).removeprefix("'")


@pytest.mark.parametrize(
    "said", ["Failed to parse string: 'Jane Roe'", 'no such value: "Jane Roe"', "invalid `Jane Roe`"]
)
def test_what_a_driver_quotes_is_not_passed_on(said: str) -> None:
    def fails() -> None:
        raise OSError(said + "\x1b[2J\n" + "9" * 5000)

    with pytest.raises(InputError, match="cannot be read") as caught:
        guarded("a.csv", fails)
    assert "Jane" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_strict_refuses_what_looks_personal() -> None:
    with pytest.raises(RefusedError, match="look personal: 'victim_name'"):
        read_incidents(pd.DataFrame([{**ROW, "victim_name": "x"}]), strict=True, **LONLAT)
