"""The file that a fetch leaves: compressed lines of JSON, or Parquet; the old one or the new one, never half of one."""

from __future__ import annotations

import gzip
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hotspot.errors import ConfigError, PortalError

LINES, PARQUET = ".ndjson.gz", ".parquet"
BATCH = 50_000
LARGEST = 10**308  # of a float
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
ARROW = {
    frozenset({"whole"}): pa.int64(),
    frozenset({"number"}): pa.float64(),
    frozenset({"whole", "number"}): pa.float64(),
    frozenset({"flag"}): pa.bool_(),
}


def check_name(path: Path) -> None:
    """Check that a result can be written.

    Parameters
    ----------
    path : Path
        Ends with ``.ndjson.gz`` or ``.parquet``; its folder is there.

    Raises
    ------
    ConfigError
        If not.
    """
    if not path.name.endswith((LINES, PARQUET)) or path.name in (LINES, PARQUET):
        raise ConfigError(f"{path}: expected a file that ends with {LINES} or {PARQUET}, or a folder that is there")
    if not path.parent.is_dir():
        raise ConfigError(f"{path.parent}: no such folder; make it first")


def as_line(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Write a row as JSON with all its columns, in order.

    Parameters
    ----------
    row : mapping
        Parsed JSON.
    names : sequence of str
        Columns; absent ones become null.

    Returns
    -------
    str
        One line. Halves of a character that no text can hold become question marks, endless numbers null.
    """
    values = {name: row.get(name) for name in names}
    try:
        line = ENCODER.encode(values)
    except ValueError:  # a number such as 1e999
        line = as_line({name: _finite(value) for name, value in values.items()}, names)
    return line.encode("utf-8", "replace").decode("utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write(path: Path, lines: Iterable[str], names: Sequence[str], kinds: Mapping[str, Iterable[str]]) -> int:
    """Write rows; the path holds the old file until the new one is whole and on the disk.

    Parameters
    ----------
    path : Path
        The result.
    lines : iterable of str
        JSON.
    names : sequence of str
        Columns.
    kinds : mapping of str to iterable of str
        Kinds of values by column, for Parquet's types.

    Returns
    -------
    int
        Rows.
    """
    partial = path.with_name(f".{path.name}.new")
    try:
        writer = _write_parquet if path.name.endswith(PARQUET) else _write_lines
        rows = writer(partial, lines, names, kinds)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def read_lines(path: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Read a result again.

    Parameters
    ----------
    path : Path
        Written by `write`.
    names : sequence of str
        Columns that it must have.

    Yields
    ------
    dict
        Rows.

    Raises
    ------
    PortalError
        If the file is not what was written.
    """
    try:
        rows = _parquet_rows(path) if path.name.endswith(PARQUET) else _line_rows(path)
        for row in rows:
            if not set(names) <= row.keys():
                raise PortalError(f"{path}: a row lacks {sorted(set(names) - row.keys())}; fetch all, without --since")
            yield row
    except (OSError, EOFError, ValueError, pa.ArrowInvalid) as error:
        raise PortalError(f"{path}: cannot be read ({error}); fetch all, without --since") from error


def _line_rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(path).iter_batches(BATCH):
        yield from batch.to_pylist()


def _write_lines(path: Path, lines: Iterable[str], names: Any, kinds: Any) -> int:
    del names, kinds
    rows = 0
    # neither name nor time go into the head: equal rows make equal bytes
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        for line in lines:
            file.write(line.encode("utf-8") + b"\n")
            rows += 1
    return rows


def _write_parquet(path: Path, lines: Iterable[str], names: Sequence[str], kinds: Mapping[str, Iterable[str]]) -> int:
    schema = pa.schema([(name, _arrow_type(kinds.get(name, ()))) for name in names])
    rows, source = 0, iter(lines)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(source, BATCH)):
            parsed = [json.loads(line) for line in batch]
            columns = [pa.array([_fitting(row[f.name], f.type) for row in parsed], f.type) for f in schema]
            writer.write_table(pa.table(columns, schema=schema))
            rows += len(batch)
    return rows


def _arrow_type(kinds: Iterable[str]) -> pa.DataType:
    return ARROW.get(frozenset(kinds), pa.string())


def _fitting(value: Any, kind: pa.DataType) -> Any:
    if value is None or isinstance(value, str):
        return value
    if kind == pa.float64():
        return float(value) if abs(value) < LARGEST else None
    if kind != pa.string():
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
