"""Which way a source is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.delimited import of_csv
from hotspot.io.tables.frame import of_frame
from hotspot.io.tables.parquet import of_parquet
from hotspot.io.tables.table import Source, Table, guarded
from hotspot.io.tables.vector import of_vector

_OPENERS: dict[str, Callable[[Path], Table]] = {
    ".csv": of_csv,
    ".tsv": of_csv,
    ".txt": of_csv,
    ".parquet": of_parquet,
    ".geoparquet": of_parquet,
}


def open_table(source: Source) -> Table:
    """Look into a source.

    Parameters
    ----------
    source : path, DataFrame or GeoDataFrame
        CSV (separated by comma, semicolon, tab or bar; ``.csv.gz`` as well), Parquet, GeoParquet, or a vector file
        such as GeoPackage and GeoJSON.

    Returns
    -------
    Table
        Its columns and a way to read them. Values of a CSV are text, and so are the times of a vector file.

    Raises
    ------
    InputError
        If it is missing or cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        return of_frame(source)
    if not isinstance(source, str | Path):
        raise InputError(f"source: got {type(source).__name__}; expected a path, a DataFrame or a GeoDataFrame")
    path = Path(source)
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path (paths in a config are relative to the config file)")
    endings = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    opener = _OPENERS.get(endings[-1] if endings else "", of_vector)
    return guarded(path, lambda: opener(path))
