"""Frames as tables."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from hotspot.io.tables.table import Table, with_points


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
    names = {str(name): name for name in frame.columns if shape is None or name != shape}

    def load(wanted: Sequence[str], geometry: bool) -> pd.DataFrame:
        table = pd.DataFrame({name: frame[names[name]].array for name in wanted}, index=range(len(frame)))
        return with_points(table, frame.geometry) if geometry else table

    crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) and shape is not None else None
    return Table(type(frame).__name__, tuple(names), crs, shape is not None, load)
