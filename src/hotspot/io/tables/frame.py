"""Frames as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import pandas as pd

from hotspot.io.tables.table import Log, Table, with_points

ROWS = 500_000  # a batch


def of_frame(frame: pd.DataFrame) -> Table:
    """Look into a frame.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        With its own types.

    Returns
    -------
    Table
        Its columns.
    """
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    names = {str(name): i for i, name in reversed(list(enumerate(frame.columns))) if shape is None or name != shape}

    def batches(wanted: Sequence[str], geometry: bool, _: Log) -> Iterator[pd.DataFrame]:
        for first in range(0, len(frame), ROWS):
            part = frame.iloc[first : first + ROWS]
            table = pd.DataFrame({name: _plain(part.iloc[:, names[name]]) for name in wanted}, index=range(len(part)))
            yield with_points(table, part.geometry) if geometry else table

    crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) and shape is not None else None
    return Table(type(frame).__name__, tuple(reversed(names)), crs, shape is not None, batches)


def _plain(column: pd.Series) -> object:
    """Give the values; complex numbers, half of which would get lost, as text."""
    return column.astype(str).array if pd.api.types.is_complex_dtype(column.dtype) else column.array
