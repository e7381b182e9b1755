"""Parquet and GeoParquet files as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from hotspot.io.tables.table import Log, Table, each_guarded, unique_names, with_points

ROWS = 250_000  # a batch


def of_parquet(file: Any, name: str) -> Table:
    """Look into a Parquet or GeoParquet file.

    Parameters
    ----------
    file : str, or file-like object
        The file.
    name : str
        For messages.

    Returns
    -------
    Table
        Dates are text, so that they stay dates; text stays as Arrow holds it.
    """
    import pyarrow.parquet as pq

    schema = pq.read_schema(file)
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    shapes = geo.get("columns", {})
    primary = geo.get("primary_column")

    def read(wanted: Sequence[str], geometry: bool) -> Iterator[pd.DataFrame]:
        encoding = shapes.get(primary, {}).get("encoding", "WKB")
        if geometry and encoding != "WKB":
            frame = gpd.read_parquet(file, columns=[*wanted, primary])
            yield with_points(pd.DataFrame(frame[list(wanted)]), frame.geometry)
            return
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(ROWS, columns=[*wanted, *([primary] if geometry else [])]):
                table = _plain(batch, wanted)
                yield (
                    with_points(table, shapely.from_wkb(batch[primary].to_pylist(), on_invalid="ignore"))
                    if geometry
                    else table
                )

    def batches(wanted: Sequence[str], geometry: bool, _: Log) -> Iterator[pd.DataFrame]:
        return each_guarded(name, read(wanted, geometry))

    columns = tuple(column for column in unique_names(schema.names) if column not in shapes)
    if not shapes:
        return Table(name, columns, None, False, batches)
    crs = shapes[primary].get("crs", "OGC:CRS84")  # so says the format where the key is absent
    return Table(name, columns, None if crs is None else pyproj.CRS.from_user_input(crs), True, batches)


def _plain(batch: Any, wanted: Sequence[str]) -> pd.DataFrame:
    """Turn an Arrow batch into a frame; dates become text, so that they stay dates, and text stays where it is."""
    import pyarrow as pa

    columns: dict[str, object] = {}
    for name in wanted:
        column = batch.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if _is_broken(column):
            column = column.cast(pa.binary())
        if pa.types.is_nested(column.type) or _is_bytes(column.type):
            column = pa.array([_text(value) for value in column.to_pylist()], pa.string())
        if pa.types.is_date(column.type):
            column = column.cast(pa.date32()).cast(pa.string())
        whole = pa.types.is_integer(column.type) and column.null_count > 0  # pandas would make floats of them
        kept = whole or pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        columns[name] = pd.Series(column, dtype=pd.ArrowDtype(column.type)) if kept else column.to_pandas()
    return pd.DataFrame(columns, index=range(batch.num_rows), copy=False)


def _is_broken(column: Any) -> bool:
    """Whether text is not UTF-8; nothing in the file promises that it is."""
    import pyarrow as pa

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return True
    return False


def _is_bytes(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind))


def _text(value: object) -> str | None:
    """Write bytes, lists and structures as text, so that they can be looked at."""
    if value is None:
        return None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
