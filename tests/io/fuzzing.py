"""Good files of every form, broken at random from a seed."""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from hotspot.errors import HotspotError
from hotspot.io.schema_files import parse_schema
from hotspot.io.stream import convert_incidents
from tests.io.hostile import HEADER, LONLAT, ROW, outcome, rows

ROWS = 12
PIECES = [
    b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"{", b"}", b"[", b"]", b":", b";", b"\t", b"=", b"-",
    b"1e999", b"NaN", b"\xf0\x9f\x92\xa9", b"\xed\xa0\x80", b"\\ud800", b"9" * 400, b"\x1b[2J", b"'", b"\\", b"<",
    b"../", b"\x7f" * 4, b"\x80\0\0\0", b"2024-02-30", b"T24:00", b"+99:99", b"%s%n",
]  # fmt: skip


def records() -> list[dict[str, object]]:
    return [{**ROW, "id": str(i), "start": f"2024-03-{i + 1:02d}T07:00", "lon": -87.6 - i / 100} for i in range(ROWS)]


def _frame() -> gpd.GeoDataFrame:
    frame = pd.DataFrame(records())
    points = gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=points)


def _vector(name: str) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        path = folder / f"good.{name}"
        _frame().to_file(path)
        return path.read_bytes()

    return make


def _parquet(_: Path) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records()), stream, compression="zstd")
    return stream.getvalue()


def _geoparquet(_: Path) -> bytes:
    stream = io.BytesIO()
    _frame().to_parquet(stream)
    return stream.getvalue()


def _converted(folder: Path) -> bytes:
    target = folder / "converted.parquet"
    convert_incidents(pd.DataFrame(records()), target, **LONLAT)
    content = target.read_bytes()
    target.unlink()
    return content


def _workbook(_: Path) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in [list(ROW), *(list(record.values()) for record in records())]:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def _zip(_: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", HEADER + rows(ROWS))
    return stream.getvalue()


GOOD: dict[str, Callable[[Path], bytes]] = {
    "csv": lambda _: (HEADER + rows(ROWS)).encode(),
    "tsv": lambda _: (HEADER + rows(ROWS)).replace(",", "\t").encode("utf-16"),
    "ndjson": lambda _: "\n".join(map(json.dumps, records())).encode(),
    "json": lambda _: json.dumps(records()).encode(),
    "geojson": lambda _: _frame().to_json().encode(),
    "csv.gz": lambda _: gzip.compress((HEADER + rows(ROWS)).encode(), mtime=0),
    "zip": _zip,
    "parquet": _parquet,
    "geoparquet": _geoparquet,
    "converted.parquet": _converted,
    "xlsx": _workbook,
    "gpkg": _vector("gpkg"),
    "fgb": _vector("fgb"),
    "shp": _vector("shp"),
    "shp.dbf": _vector("shp"),
}
TEXT = ("csv", "tsv", "ndjson", "json")


def broken(good: bytes, seed: int) -> bytes:
    """Change a few places: flip bytes, put pieces in, cut, repeat, swap."""
    rng = random.Random(seed)
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at, size = rng.randrange(len(data) + 1), rng.choice((1, 2, 4, 16, 256))
        kind = rng.randrange(6)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at:at] = rng.choice(PIECES)
        elif kind == 2:
            del data[at : at + size]
        elif kind == 3:
            data[at:at] = data[max(0, at - size) : at] * rng.choice((1, 3, 50))
        elif kind == 4:
            other = rng.randrange(len(data) + 1)
            data[at : at + size], data[other : other + size] = data[other : other + size], data[at : at + size]
        elif kind == 5 and rng.random() < 0.3:
            del data[at:]
    return bytes(data)


def fuzz(form: str, first: int, number: int, folder: Path) -> None:
    """Read so many broken files; a fault raises, with the seed in the file's name."""
    good = GOOD[form](folder)
    side = form == "shp.dbf"
    if side:
        good = (folder / "good.dbf").read_bytes()
    for seed in range(first, first + number):
        sys.stdout.write(f"{form} {seed}\n")  # so that a crash tells where
        sys.stdout.flush()
        if form.startswith("shp"):
            path = folder / "good.shp"
            (folder / "good.dbf" if side else path).write_bytes(broken(good, seed))
        else:
            path = folder / f"{form.replace('.', '-')}-{seed}.{form}"
            path.write_bytes(broken(good, seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's, on files that it still reads
            outcome(
                path,
                **({} if form not in ("gpkg", "fgb", "shp", "shp.dbf", "geojson", "geoparquet") else {"crs": None}),
            )
        if not form.startswith("shp"):
            path.unlink()


def fuzz_schemas(texts: list[str], first: int, number: int) -> None:
    """Read so many broken schemas."""
    for seed in range(first, first + number):
        text = broken(texts[seed % len(texts)].encode(), seed).decode("utf-8", "replace")
        with suppress(HotspotError):
            parse_schema(text, "a")
