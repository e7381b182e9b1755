"""Bad files of binary forms: workbooks, Parquet, GeoPackages, Shapefiles; and schemas that are none."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from hotspot.domain.boundary import read_vector
from hotspot.errors import HotspotError, InputError
from hotspot.io import read_incidents, read_places
from hotspot.io.schema_files import load_schema, parse_schema
from hotspot.io.stream import KEY, convert_incidents
from tests.io.hostile import LONLAT, ROW, in_limits, outcome, written, zipped

POINTS = {name: [ROW[name]] * 2 for name in ("start", "category")} | {"id": ["1", "2"]}

# --- Excel ---------------------------------------------------------------------------------------


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in (list(ROW), list(ROW.values())):
        book.active.append(row)
    book.save(path)
    return path


def with_sheet(path: Path, change: Any) -> Path:
    """A workbook whose parts that hold the category are changed."""
    parts = zipfile.ZipFile(workbook(path.with_name("whole.xlsx")))
    return zipped(path, {name: change(parts.read(name)) for name in parts.namelist()})


def test_workbooks(tmp_path: Path) -> None:
    assert outcome(workbook(tmp_path / "a.xlsx")) == (1, 1, {})
    laughs = b'<!DOCTYPE l [<!ENTITY a0 "lol">' + b"".join(
        b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 12)
    )
    outside = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hosts">'
    laughing = with_sheet(tmp_path / "b.xlsx", lambda part: laughs + b"]>" + part.replace(b"theft", b"&a11;"))
    asking = with_sheet(tmp_path / "e.xlsx", lambda part: outside + b"]>" + part.replace(b"theft", b"&x;"))
    far = with_sheet(tmp_path / "d.xlsx", lambda part: part.replace(b'<c r="A2"', b'<c r="XFD1048576"/><c r="A2"'))
    said = in_limits([laughing, asking, far], mebibytes=200)
    assert all(each.startswith("refused") for each in said), said
    assert "spans 17,179,869,184 cells" in said[2]
    assert "cannot be read" in outcome(written(tmp_path, "c.xlsx", os.urandom(500)))
    assert "cannot be read" in outcome(
        written(tmp_path, "c.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(5000))
    )


# --- Parquet -------------------------------------------------------------------------------------


def parquet(path: Path, metadata: dict[bytes, bytes] | None = None, **columns: Any) -> Path:
    table = pa.table({name: columns.get(name, [value]) for name, value in ROW.items()} | columns)
    pq.write_table(table.replace_schema_metadata(metadata), path, store_schema=False)
    return path


def test_parquet(tmp_path: Path) -> None:
    owned = tmp_path / "owned"
    evil = b"cposix\nsystem\n(S'touch %s'\ntR." % str(owned).encode()
    metadata = {b"pandas": evil, b"ARROW:schema": b"AAAA", b"PANDAS_ATTRS": evil}
    assert outcome(parquet(tmp_path / "a.parquet", metadata)) == (1, 1, {})
    assert not owned.exists()
    for geo in (b"{not json", b"[]", b'{"columns": {"g": {}}, "primary_column": "nope"}', b'{"columns": 3}'):
        outcome(parquet(tmp_path / "b.parquet", {b"geo": geo}))
    shape = json.dumps({"columns": {"g": {"encoding": "WKB"}}, "primary_column": "g"}).encode()
    broken = parquet(tmp_path / "c.parquet", {b"geo": shape}, g=pa.array([b"\x01\x01\0rubbish"]))
    outcome(broken)
    nested = parquet(tmp_path / "d.parquet", category=pa.array([{"a": [1, {"b": 2}["b"]]}]), also=pa.array([[[1]]]))
    assert outcome(nested) == (1, 1, {})
    binary = parquet(tmp_path / "e.parquet", category=pa.array([b"\xff\xfe"]), id=pa.array([b"\xff"]))
    assert outcome(binary) == (1, 1, {})
    broken = pa.array([b"th\xffft"]).cast(pa.binary())
    text = pa.StringArray.from_buffers(1, *broken.buffers()[1:])
    assert outcome(parquet(tmp_path / "g.parquet", category=text, id=text)) == (1, 1, {})
    assert "unparsable time: 1" in outcome(parquet(tmp_path / "g.parquet", start=text))
    whole = (tmp_path / "a.parquet").read_bytes()
    for part in (whole[:-50], whole[: len(whole) // 2], b"PAR1" + os.urandom(200) + b"\xff\xff\xff\x7fPAR1", b""):
        assert isinstance(outcome(written(tmp_path, "f.parquet", part)), str)


@pytest.mark.parametrize(
    "times",
    [
        pa.array([2**62], pa.timestamp("us")),
        pa.array([2**60], pa.timestamp("ms")),
        pa.array([-(2**62)], pa.timestamp("us")),
        pa.array([2**62], pa.timestamp("us", tz="No/Where")),
        pa.array([1], pa.time64("us")),
        pa.array([2**31 - 1], pa.date32()),
        pa.array([1], pa.duration("s")),
        pa.array([True]),
        pa.array([2**63 - 1]),
        pa.array([1e300]),
        pa.array([None], pa.null()),
    ],
)
def test_parquet_times_beyond_reason(tmp_path: Path, times: Any) -> None:
    assert isinstance(outcome(parquet(tmp_path / "a.parquet", start=times)), str)


TOLD: dict[str, Any] = {"version": 1, "crs": "EPSG:4326", "rows_read": 5, "set_aside": {}, "notes": []}
CHANGES = [
    None,
    -5,
    "x",
    [1],
    {"a": "b"},
    1e300,
    "\x1b[2J",
    True,
    {"\x1b[2J": 1},
    ["\x1b[2J"],
    {"a": -1},
    "E" * 100_000,
]
WRONG = [["x"] * 5, [None] * 5, [1e300] * 5, [[1]] * 5, [2**62] * 5, [float("nan")] * 5, ["a@example.org"] * 5]


def test_a_file_that_pretends_to_be_converted_gets_no_further_than_others(tmp_path: Path) -> None:
    """Anybody can write metadata: whatever they say, rows are checked, and columns that look personal stay out."""
    path = tmp_path / "a.parquet"
    people = pd.DataFrame([{**ROW, "id": str(i), "lon": -87 - i / 9} for i in range(5)])
    convert_incidents(people, path, **LONLAT)
    table = pq.read_table(path)

    def pretending(table: pa.Table, told: Any) -> Path:
        pq.write_table(table.replace_schema_metadata({KEY: json.dumps(told).encode()}), path)
        return path

    assert outcome(pretending(table, TOLD)) == (5, 5, {})
    for name in TOLD:
        outcome(pretending(table, {key: value for key, value in TOLD.items() if key != name}))
        for change in CHANGES:
            outcome(pretending(table, {**TOLD, name: change}))
    for i, name in enumerate(table.column_names):
        for values in WRONG:
            outcome(pretending(table.set_column(i, name, pa.array(values)), TOLD))
    for i, name in enumerate(table.column_names):
        if name in ("id", "category"):
            addresses = pa.array(["a@example.org"] * 5).cast(table.field(name).type)
            outcome(pretending(table.set_column(i, name, addresses), TOLD))
            with pytest.raises(HotspotError):
                read_incidents(path, strict=True, **LONLAT)


# --- vector files --------------------------------------------------------------------------------


def geopackage(path: Path, *queries: str) -> Path:
    gpd.GeoDataFrame(POINTS, geometry=[shapely.Point(-87.6, 41.9)] * 2, crs="EPSG:4326").to_file(path, layer="a")
    with sqlite3.connect(path) as database:
        for query in queries:
            database.execute(query)
    database.close()
    return path


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT b.* FROM gpkg_b b, c"


COMPUTING = [
    ("ALTER TABLE a RENAME TO gpkg_b", f"CREATE VIEW a AS {ENDLESS}"),
    ("ALTER TABLE a RENAME TO gpkg_b", "CREATE VIEW a AS SELECT * FROM gpkg_b"),
    ("ALTER TABLE a ADD COLUMN heavy AS (hex(zeroblob(100000000)))",),
    (
        "PRAGMA writable_schema=ON",
        "INSERT INTO sqlite_master(type, name, tbl_name, rootpage, sql) VALUES "
        "('table', 'z', 'z', 0, 'CREATE VIRTUAL TABLE z USING VirtualOGR(''/etc/hosts'')')",
    ),
]


def test_geopackages_that_compute_are_refused(tmp_path: Path) -> None:
    plain = [geopackage(tmp_path / f"{i}.gpkg", *queries) for i, queries in enumerate(COMPUTING)]
    packed = [zipped(path.with_suffix(".zip"), {"a.gpkg": path.read_bytes()}) for path in plain]
    said = in_limits([*plain, *packed], mebibytes=300, crs=None)
    assert all("computed when it is read" in each for each in said), said


def test_layers_are_no_programs_either(tmp_path: Path) -> None:
    evil = written(tmp_path, "a.gpkg", b"\n<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>")
    for path in (evil, geopackage(tmp_path / "b.gpkg", *COMPUTING[0])):
        with pytest.raises(InputError, match=r"computed when it is read|cannot be read|is XML"):
            read_places(path)
    with pytest.raises(InputError, match="is XML"):
        read_vector(evil)


def test_geopackages(tmp_path: Path) -> None:
    good = geopackage(tmp_path / "a.gpkg", "CREATE TRIGGER t AFTER UPDATE ON a BEGIN DELETE FROM a; END")
    before = good.read_bytes()
    assert outcome(good, crs=None) == (2, 2, {})
    assert good.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.gpkg"]
    assert outcome(zipped(tmp_path / "a.zip", {"a.gpkg": before}), crs=None) == (2, 2, {})
    for part in (before[:20_000], b"SQLite format 3\0" + os.urandom(9000), b"<OGRVRTDataSource/>"):
        assert isinstance(outcome(written(tmp_path, "b.gpkg", part), crs=None), str)
    renamed = geopackage(tmp_path / "c.gpkg", "UPDATE gpkg_contents SET table_name = 'a\"; DROP TABLE a; --'")
    assert isinstance(outcome(renamed, crs=None), str)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [("dbf", "no column for"), ("shx", "cannot be read"), ("prj", (2, 2, {})), ("cpg", (2, 2, {}))],
)
def test_shapefiles_without_a_part(tmp_path: Path, lost: str, expected: Any) -> None:
    gpd.GeoDataFrame(POINTS, geometry=[shapely.Point(-87.6, 41.9)] * 2, crs="EPSG:4326").to_file(tmp_path / "a.shp")
    (tmp_path / f"a.{lost}").unlink()
    found = outcome(tmp_path / "a.shp", **({} if lost == "prj" else {"crs": None}))
    assert found == expected if isinstance(expected, tuple) else expected in found


def test_points_that_are_none(tmp_path: Path) -> None:
    shapes = [shapely.Point(np.nan, 1), shapely.Point(1e300, 4), shapely.LineString([(0, 0), (1, 1)]), None,
              shapely.Point(), shapely.Point(-87.6, 41.9)]  # fmt: skip
    frame = gpd.GeoDataFrame({"start": ["2024-03-01T07:00"] * 6, "category": "theft"}, geometry=shapes, crs="EPSG:4326")
    assert outcome(frame, crs=None)[:2] == (6, 1)
    frame.to_file(tmp_path / "a.gpkg")
    assert outcome(tmp_path / "a.gpkg", crs=None)[:2] == (6, 1)


@pytest.mark.parametrize("name", ["a.vrt", "a.kml", "a.gml", "a.py", "a.pkl", "a", "a.svg", "a.tar"])
def test_other_forms_are_not_given_to_any_driver(tmp_path: Path, name: str) -> None:
    said = outcome(written(tmp_path, name, b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hosts">]><a>&x;</a>'))
    assert "names no form that is known" in said


@pytest.mark.parametrize(
    "source",
    ["/vsicurl/http://127.0.0.1:9/a.gpkg", "http://127.0.0.1:9/a.csv", "PG:host=127.0.0.1", "\0", "a\nb.csv",
     "~root/a.csv", "file:///etc/hosts", "s3://a/b.csv"],
)  # fmt: skip
def test_a_path_is_a_path(source: str) -> None:
    assert isinstance(outcome(source), str)


# --- schemas -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "\0", "a" * 10**6, "a = " + "[" * 5000, "columns = 3", "[columns]\nstart = [[]]",
     "[times.start]\nformats = ['%']", "[columns]\nstart = 1979-05-27", "crs = 'EPSG:0'",
     "time_zone = '../../etc/passwd'", "latency = '1e9D'",
     "caveats = ['" + "x" * 10**6 + "']", "[columns]\n" + "\n".join(f"c{i} = 'x'" for i in range(5000)),
     "crs = '+proj=pipeline +step +proj=hgridshift +grids=/etc/passwd'"],
)  # fmt: skip
def test_schemas_that_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(HotspotError):
        parse_schema(text, "a")
    path = written(tmp_path, "a.toml", text)
    with pytest.raises(HotspotError):
        load_schema(path)


@pytest.mark.parametrize("name", ["../chicago", "chicago/../chicago", "/etc/passwd", "chicago\0", "", ".", "none.toml"])
def test_a_schema_name_opens_no_other_file(name: str) -> None:
    with pytest.raises(HotspotError):
        load_schema(name)
