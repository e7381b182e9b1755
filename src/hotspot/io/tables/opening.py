"""Which way a source is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.archives import of_zip
from hotspot.io.tables.delimited import of_csv
from hotspot.io.tables.flow import COMPRESSION, Flow, of_path
from hotspot.io.tables.frame import of_frame
from hotspot.io.tables.geopackage import check_geopackage
from hotspot.io.tables.many import files_of, of_many
from hotspot.io.tables.parquet import of_parquet
from hotspot.io.tables.records import of_array, of_lines
from hotspot.io.tables.sheets import of_sheets
from hotspot.io.tables.table import Source, Table, guarded
from hotspot.io.tables.vector import of_vector

STREAMED: dict[str, Callable[[Flow], Table]] = {
    ".csv": of_csv, ".tsv": of_csv, ".txt": of_csv, ".ndjson": of_lines, ".jsonl": of_lines, ".xlsx": of_sheets,
    ".xls": of_sheets,
    ".parquet": lambda flow: of_parquet(flow.whole(), flow.name),
    ".geoparquet": lambda flow: of_parquet(flow.whole(), flow.name),
}  # fmt: skip
# GDAL goes by content, and some forms make it fetch other files: what begins otherwise is not given to it
VECTOR = {".gpkg": b"SQLite format 3\0", ".shp": b"\0\0\x27\x0a", ".fgb": b"fgb\x03", ".geojson": b"{", ".json": b"{"}
JSON = ".json"
DATA = {*STREAMED, *VECTOR}
ENDINGS = {*DATA, *COMPRESSION, ".zip"}
PATHS = (str, Path)
MOST_COLUMNS = 5_000  # each is looked at, whether it is personal
BLANKS = b"\xef\xbb\xbf \t\r\n"


def open_table(source: Source) -> Table:
    """Look into a source.

    Parameters
    ----------
    source : path, list of paths, DataFrame or GeoDataFrame
        CSV (any separator, any encoding), Parquet, GeoParquet, JSON records (one a line, or an array), a workbook, or a
        vector file such as GeoPackage, Shapefile and GeoJSON; alone in a zip archive, or packed with gzip, bzip2 or
        Zstandard. A directory, a pattern with ``*`` or a list is many files of the same columns.

    Returns
    -------
    Table
        Its columns and a way to read them. Values of a CSV are text, and so are the times of a vector file.

    Raises
    ------
    InputError
        If it is missing or cannot be read.
    """
    table = _opened_source(source)
    if len(table.columns) > MOST_COLUMNS:
        raise InputError(
            f"{table.name}: has {len(table.columns):,} columns; expected a row per incident and at most "
            f"{MOST_COLUMNS:,} columns; is it turned on its side?"
        )
    return table


def _opened_source(source: Source) -> Table:
    if isinstance(source, pd.DataFrame):
        return of_frame(source)
    if not isinstance(source, PATHS) and not _is_list(source):
        raise InputError(f"source: got {type(source).__name__}; expected a path, a DataFrame or a GeoDataFrame")
    many = files_of(source, ENDINGS)
    if many is None:
        return _of_file(Path(source))  # type: ignore[arg-type]
    name = str(source) if isinstance(source, PATHS) else f"{len(many)} files"
    return _of_file(many[0]) if len(many) == 1 else of_many(name, many, _of_file)


def _is_list(source: object) -> bool:
    return isinstance(source, Sequence) and bool(source) and all(isinstance(each, PATHS) for each in source)


def _of_file(path: Path) -> Table:
    if not str(path).isprintable():  # every message names the file
        raise InputError(f"{str(path)!a}: the name holds signs that cannot be shown; rename the file")
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path (paths in a config are relative to the config file)")
    return guarded(path, lambda: _opened(path))


def _opened(path: Path) -> Table:
    if path.suffix.lower() == ".zip":
        flow, member = of_zip(path, DATA)
        inside = f"/vsizip/{{{path.resolve()}}}/{member}"
    else:
        flow = of_path(path)
        inside = str(path) if flow.path else f"/vsigzip/{path.resolve()}"
    if flow.ending in STREAMED:
        return STREAMED[flow.ending](flow)
    if flow.ending == JSON and _is_records(flow):
        return of_array(flow) if flow.head(2**10).lstrip(BLANKS).startswith(b"[") else of_lines(flow)
    _check_vector(flow)
    if flow.ending == ".gpkg":
        check_geopackage(flow.whole(), flow.name)
    if flow.path is None and path.suffix.lower() not in (".zip", ".gz"):
        raise InputError(f"{path}: a vector file must be packed as zip or gzip, or not at all; unpack it")
    return of_vector(inside, flow.name)


def _check_vector(flow: Flow) -> None:
    magic = VECTOR.get(flow.ending)
    if magic is None:
        raise InputError(
            f"{flow.name}: the ending {flow.ending!r} names no form that is known; expected one of {sorted(ENDINGS)}; "
            "rename it"
        )
    head = flow.head(2**10)
    if not head.lstrip(BLANKS).startswith(magic):
        kind = f"what {flow.ending} should be" if head else "anything: it is empty"
        raise InputError(f"{flow.name}: cannot be read; it does not begin like {kind}; get it again, or rename it")


def _is_records(flow: Flow) -> bool:
    """Whether JSON is an array or lines of records, and no GeoJSON."""
    head = flow.head(2**16).lstrip(BLANKS)
    if head.startswith(b"["):
        return True
    first, _, rest = head.partition(b"\n")
    lines = first.rstrip().endswith(b"}") and (not rest.strip() or rest.lstrip().startswith(b"{"))
    return lines and b'"FeatureCollection"' not in first
