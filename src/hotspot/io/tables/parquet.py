"""Parquet and GeoParquet files as tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj

from hotspot.io.tables.table import Table, guarded, with_points


def of_parquet(path: Path) -> Table:
    """Look into a Parquet or GeoParquet file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Table
        Dates are text, so that they stay dates.
    """
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    shapes = geo.get("columns", {})

    def load(wanted: Sequence[str], geometry: bool) -> pd.DataFrame:
        table = guarded(path, lambda: _plain(pq.read_table(path, columns=list(wanted))))
        return with_points(table, gpd.read_parquet(path, columns=[primary]).geometry) if geometry else table

    columns = tuple(name for name in schema.names if name not in shapes)
    if not shapes:
        return Table(str(path), columns, None, False, load)
    primary = geo["primary_column"]
    crs = shapes[primary].get("crs", "OGC:CRS84")  # so says the format where the key is absent
    return Table(str(path), columns, None if crs is None else pyproj.CRS.from_user_input(crs), True, load)


def _plain(table: Any) -> pd.DataFrame:
    """Turn an Arrow table into a frame; dates become text, so that they stay dates."""
    import pyarrow as pa

    for i, column in enumerate(table.schema):
        if pa.types.is_date(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(pa.date32()).cast(pa.string()))
    return pd.DataFrame(table.to_pandas(ignore_metadata=True))
