"""Every form of a file gives the same table; what is no table is refused in words."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.io import tables
from hotspot.io.tables import GEOMETRY_X, Log, delimited, flow, open_table
from hotspot.io.tables.ahead import Behind, ahead
from hotspot.io.tables.table import unique_names

ROWS = pd.DataFrame({"id": ["1", "2", "3"], "what": ["Café", "a;b,c", 'say "x"'], "n": ["1.5", None, "3"]})


def text_of(path: Path, wanted: tuple[str, ...] = ("id", "what", "n")) -> list[list[object]]:
    """Read a file as lists of text, None where missing."""
    frame = open_table(path).load(wanted, False)
    frame = frame.astype(object).where(frame.notna(), None)
    return [[None if value is None else str(value) for value in row] for row in frame.to_numpy(object)]


EXPECTED = [["1", "Café", "1.5"], ["2", "a;b,c", None], ["3", 'say "x"', "3"]]


def packed(name: str, data: bytes) -> bytes:
    if name.endswith(".zip"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folder/" + name.removesuffix(".zip"), data)
            archive.writestr("README.pdf", b"about")
            archive.writestr("__MACOSX/x.csv", b"junk")
        return buffer.getvalue()
    codec = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}[Path(name).suffix]
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def csv(separator: str = ",", encoding: str = "utf-8", end: str = "\n") -> bytes:
    return ROWS.to_csv(index=False, sep=separator, lineterminator=end).encode(encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_any_separator_and_encoding(tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    (tmp_path / "a.csv").write_bytes(csv(separator, encoding, end))
    assert text_of(tmp_path / "a.csv") == EXPECTED


@pytest.mark.parametrize("packing", [".gz", ".bz2", ".zst", ".zip"])
@pytest.mark.parametrize("form", [".csv", ".ndjson", ".json", ".xlsx", ".parquet"])
def test_packed_files(tmp_path: Path, form: str, packing: str) -> None:
    write_form(tmp_path / f"a{form}")
    name = f"a{form}{packing}"
    (tmp_path / name).write_bytes(packed(name, (tmp_path / f"a{form}").read_bytes()))
    assert text_of(tmp_path / name) == EXPECTED


def write_form(path: Path) -> None:
    records = [{k: v for k, v in row.items() if isinstance(v, str)} for row in ROWS.to_dict("records")]
    if path.suffix == ".csv":
        path.write_bytes(csv())
    elif path.suffix in (".ndjson", ".jsonl"):
        path.write_text("\n".join(map(json.dumps, records)))
    elif path.suffix == ".json":
        path.write_text(json.dumps(records))
    elif path.suffix == ".parquet":
        ROWS.to_parquet(path)
    else:
        book = openpyxl.Workbook()
        for row in [list(ROWS), *[[row.get(name) for name in ROWS] for row in records]]:
            book.active.append(row)
        book.create_sheet("empty")
        book.save(path)


@pytest.mark.parametrize("form", [".csv", ".ndjson", ".jsonl", ".json", ".xlsx", ".parquet"])
def test_each_form(tmp_path: Path, form: str) -> None:
    write_form(tmp_path / f"a{form}")
    assert text_of(tmp_path / f"a{form}") == EXPECTED


def test_numbers_of_json_stay_as_written(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"a": 1.50, "b": 12345678901234567890, "p": {"latitude": 41.9, "q": {"r": 1}}}]')
    assert text_of(tmp_path / "a.json", ("a", "b", "p.latitude", "p.q.r")) == [
        ["1.50", "12345678901234567890", "41.9", "1"]
    ]


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["when", "clock", "n"])
    book.active.append([pd.Timestamp("2024-03-01 07:30").to_pydatetime(), pd.Timestamp("2024-03-01 07:30").time(), 7])
    book.save(tmp_path / "a.xlsx")
    assert text_of(tmp_path / "a.xlsx", ("when", "clock", "n")) == [["2024-03-01T07:30:00", "07:30:00", "7"]]
    other = book.create_sheet("more")
    other.append(["when"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"2 sheets hold something .*'Sheet', 'more'"):
        open_table(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.geojson"])
def test_vector_files_alone_and_in_a_zip(tmp_path: Path, name: str) -> None:
    points = gpd.GeoDataFrame({"what": ["a"]}, geometry=gpd.points_from_xy([5], [6]), crs="EPSG:4326")
    points.to_file(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in tmp_path.glob("a.*"):
            if path.suffix != ".zip":
                archive.write(path, path.name)
    for path in (tmp_path / name, tmp_path / "a.zip"):
        table = open_table(path)
        assert table.load(["what"], True)[GEOMETRY_X].tolist() == [5.0]
        assert table.crs is not None


# --- what is odd, and read all the same ----------------------------------------------------------


def test_bytes_that_are_no_utf8_far_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 2**16)
    head = "id,what\n" + "".join(f"{i},é\n" for i in range(300_000))
    (tmp_path / "a.csv").write_bytes(head.encode() + "x,São\n".encode("windows-1252"))
    log = Log()
    parts = list(open_table(tmp_path / "a.csv").batches(["id", "what"], False, log))
    whole = pd.concat(parts)
    assert len(whole) == 300_001
    assert whole["id"].astype(str).tolist()[:3] == ["0", "1", "2"]
    assert set(whole["what"].astype(str)) == {"é", "São"}
    assert "read as Windows-1252" in log.notes[0]


def test_a_number_that_is_none_far_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 2**16)
    (tmp_path / "a.csv").write_text("id,x\n" + "".join(f"{i},{i}.5\n" for i in range(20_000)) + "z,west\n")
    log = Log(numbers=("x",))
    parts = list(open_table(tmp_path / "a.csv").batches(["id", "x"], False, log))
    assert sum(map(len, parts)) == 20_001
    values = [str(value) for part in parts for value in part["x"]]
    assert values == [f"{i}.5" for i in range(20_000)] + ["west"]


def test_rows_of_another_width_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n1\n1,2,3\n3,4\n\n5,6\n")
    log = Log()
    (part,) = open_table(tmp_path / "a.csv").batches(["a"], False, log)
    assert part["a"].tolist() == ["1", "3", "5"]
    assert dict(log.set_aside) == {delimited.RAGGED: 2}


def test_a_line_that_is_no_record_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"a": 1}\nnothing\n[1]\n{"a": 2}\n{"a": ')
    log = Log()
    (part,) = open_table(tmp_path / "a.ndjson").batches(["a"], False, log)
    assert part["a"].tolist() == ["1", "2"]
    assert sum(log.set_aside.values()) == 3


def test_lines_inside_a_value_and_a_separator_too_many(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\n"a","b, c"\n1,"x\ny",\n2,z,\n')
    assert text_of(tmp_path / "a.csv", ("a", "b, c")) == [["1", "x\ny"], ["2", "z"]]


@given(st.lists(st.sampled_from(["a", "a.1", "b", ""]), max_size=8))
def test_names_are_told_apart(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(unique) == len(names)
    first = {name: i for i, name in reversed(list(enumerate(names)))}
    assert all(unique[i] == name for name, i in first.items())


# --- many files ----------------------------------------------------------------------------------


def months(folder: Path) -> list[Path]:
    for i, extra in enumerate(["", "", "more"]):
        frame = pd.DataFrame({"id": [f"{i}-{k}" for k in range(i + 1)], "what": "x"})
        frame.assign(**({extra: "y"} if extra else {})).to_csv(folder / f"2024-0{i + 1}.csv", index=False)
    (folder / "notes.pdf").write_bytes(b"about")
    data = (folder / "2024-01.csv").read_bytes().replace(b"0-", b"9-")
    (folder / "2023-12.csv.gz").write_bytes(gzip.compress(data))
    return sorted(folder.glob("*.csv*"))


@pytest.mark.parametrize(
    "of", [lambda folder: folder, lambda folder: str(folder / "*.csv*"), lambda folder: months(folder)[::-1]]
)
def test_a_directory_a_pattern_or_a_list(tmp_path: Path, of: Callable[[Path], object]) -> None:
    months(tmp_path)
    table, log = open_table(of(tmp_path)), Log()  # type: ignore[arg-type]
    whole = pd.concat(list(table.batches(["id", "more"], False, log)), ignore_index=True)
    assert whole["id"].tolist() == ["9-0", "0-0", "1-0", "1-1", "2-0", "2-1", "2-2"]
    assert whole["more"].notna().sum() == 3
    assert log.notes[:4] == [
        "rows in 2023-12.csv.gz: 1", "rows in 2024-01.csv: 1", "rows in 2024-02.csv: 2", "rows in 2024-03.csv: 3",
    ]  # fmt: skip
    assert "2024-01.csv: has no column 'more'" in log.notes


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names no data files"):
        open_table(tmp_path)
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "b.csv").write_text("b\n1\n")
    with pytest.raises(InputError, match="no column in common"):
        open_table(tmp_path)
    with pytest.raises(InputError, match=r"no such file: .*c\.csv"):
        open_table([tmp_path / "a.csv", tmp_path / "c.csv"])


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["../up.csv", "/etc/a.csv", "C:/a.csv", "a/../../b.csv", "..\\up.csv"])
def test_names_that_lead_out_of_an_archive(tmp_path: Path, member: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("good.csv", "a\n1\n")
        archive.writestr(member, "a\n1\n")
    with pytest.raises(InputError, match="leads out of the archive"):
        open_table(tmp_path / "a.zip")


def test_an_archive_of_two_tables_or_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.csv", "a\n1\n")
        archive.writestr("two.csv", "a\n1\n")
    with pytest.raises(InputError, match=r"holds 2 data files .*'one\.csv', 'two\.csv'"):
        open_table(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("about.pdf", "a")
    with pytest.raises(InputError, match="holds no data files"):
        open_table(tmp_path / "b.zip")


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zip", "a.csv.bz2", "a.csv.zst"])
def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(flow, "FREE", 2**20)
    data = b"id,what\n" + b"1,aaaaaaaaaaaaaaaa\n" * 2_000_000
    (tmp_path / name).write_bytes(packed(name, data))
    with pytest.raises(InputError, match=r"packed bytes become .* or more; expected at most 200 times"):
        open_table(tmp_path / name).load(["id"], False)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.parquet", "a.xlsx", "a.csv.zip", "a.csv.zst"])
def test_files_cut_short(tmp_path: Path, name: str) -> None:
    whole = tmp_path / "whole" / name
    whole.parent.mkdir()
    rows = pd.DataFrame({"id": np.random.default_rng(0).integers(0, 10**9, 50_000).astype(str)})
    if name == "a.parquet":
        rows.to_parquet(whole)
    elif name == "a.xlsx":
        rows.head(500).to_excel(whole)
    else:
        whole.write_bytes(packed(name, rows.to_csv(index=False).encode()))
    data = whole.read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=rf"{name}.* cannot be read"):
        open_table(tmp_path / name).load(["id"], False)


def test_endless_lines_and_quotes_and_zero_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 2**16)
    (tmp_path / "a.csv").write_bytes(b"x" * 2**21)
    with pytest.raises(InputError, match="first line is longer"):
        open_table(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_bytes(b'a,b\n1,"x\n' + b"2,y\n" * 100_000)
    with pytest.raises(InputError, match=r"a row is longer than .* never closed"):
        open_table(tmp_path / "a.csv").load(["a"], False)
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,\0\n")
    with pytest.raises(InputError, match="is not text: it holds zero bytes"):
        open_table(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "has no rows"),
        ("a.geojson", b"<OGRVRTDataSource/>", "does not begin like what .geojson should be"),
        ("a.gpkg", b"{}", "does not begin like"),
        ("a.json", b"[1, 2]", "holds no records"),
        ("a.json", b'[{"a": 1}, {"a": ', "breaks off"),
        ("a.ndjson", b"x\ny\n", "holds no records"),
        ("a.pdf", b"%PDF", "the ending '.pdf' names no form that is known"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.zip", b"PK", "cannot be read"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message):
        open_table(tmp_path / name).load(["a"], False)


# --- threads -------------------------------------------------------------------------------------


def test_reading_ahead_keeps_the_order_and_hands_errors_over() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))

    def broken() -> object:
        yield 1
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        list(ahead(broken()))  # type: ignore[arg-type]
    stopped = ahead(iter(range(10**9)))
    assert next(stopped) == 0
    stopped.close()  # ends the thread, or this test would never end


def test_work_behind_is_done_in_order_and_hands_errors_over() -> None:
    done: list[int] = []
    behind = Behind(done.append)
    for i in range(100):
        behind.give(i)
    behind.finish()
    assert done == list(range(100))
    failing = Behind(lambda _: 1 / 0)
    failing.give(1)
    with pytest.raises(ZeroDivisionError):
        failing.finish()


def test_the_package_says_what_it_offers() -> None:
    assert set(tables.__all__) <= set(dir(tables))
