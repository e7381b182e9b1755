"""GeoPackage, GeoJSON, Shapefile and the like as tables."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyproj

from hotspot.errors import InputError
from hotspot.io.tables.table import Table, guarded, with_points


def of_vector(path: Path) -> Table:
    """Look into a vector file of one layer.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Table
        Times are text.
    """
    import pyogrio

    layers = [str(name) for name, shape in pyogrio.list_layers(path)]
    if len(layers) > 1:
        raise InputError(f"{path}: holds the layers {layers}; expected one; save the right one as a file of its own")
    info = pyogrio.read_info(path)
    # GeoJSON has no type for times; its driver would guess one, and turn a date among times into a midnight
    verbatim = {"DATE_AS_STRING": "YES"} if info["driver"] == "GeoJSON" else {}

    def load(wanted: Sequence[str], geometry: bool) -> pd.DataFrame:
        # as text a date stays a date and an offset stays beside its time
        options = {"columns": list(wanted), "read_geometry": geometry, "datetime_as_string": True, **verbatim}
        with warnings.catch_warnings():
            # GeoPackage asks for UTC; times with another offset are read as they stand
            warnings.filterwarnings("ignore", "Non-conformant content", RuntimeWarning)
            frame = guarded(path, lambda: pyogrio.read_dataframe(path, **options))
        return with_points(pd.DataFrame(frame[list(wanted)]), frame.geometry) if geometry else frame

    crs = None if info["crs"] is None else pyproj.CRS.from_user_input(info["crs"])
    return Table(str(path), tuple(info["fields"]), crs, info["geometry_type"] is not None, load)
