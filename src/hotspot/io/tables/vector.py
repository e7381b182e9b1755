"""GeoPackage, GeoJSON, Shapefile and the like as tables."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import pandas as pd
import pyproj

from hotspot.errors import InputError
from hotspot.io.tables.table import Log, Table, guarded, with_points


def of_vector(path: str, name: str) -> Table:
    """Look into a vector file of one layer.

    Parameters
    ----------
    path : str
        The file as GDAL names it; one inside a zip archive is read where it lies.
    name : str
        For messages.

    Returns
    -------
    Table
        Times are text.

    Raises
    ------
    InputError
        If it holds no layer or several, or no feature to tell its columns by.
    """
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what is wrong with a file, the errors say
        layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
        if len(layers) != 1:
            named = f"the layers {layers[:20]}" if len(layers) <= 20 else f"{len(layers):,} layers"
            raise InputError(f"{name}: holds {named}; expected one; save the right one as a file of its own")
        info = pyogrio.read_info(path, force_feature_count=True)
    fields = tuple(map(str, info["fields"]))
    if not info["features"]:
        raise InputError(f"{name}: has no rows; expected at least one incident")
    # GeoJSON has no type for times; its driver would guess one, and turn a date among times into a midnight
    verbatim = {"DATE_AS_STRING": "YES"} if info["driver"] == "GeoJSON" else {}

    def read(wanted: Sequence[str], geometry: bool) -> pd.DataFrame:
        # as text a date stays a date and an offset stays beside its time
        options = {"columns": list(wanted), "read_geometry": geometry, "datetime_as_string": True, **verbatim}
        with warnings.catch_warnings():
            # GeoPackage asks for UTC; times with another offset are read as they stand. Lone rings are no points.
            warnings.simplefilter("ignore", RuntimeWarning)
            frame: pd.DataFrame = pyogrio.read_dataframe(path, **options)
        return with_points(pd.DataFrame(frame[list(wanted)]), frame.geometry) if geometry else frame

    def batches(wanted: Sequence[str], geometry: bool, _: Log) -> Iterator[pd.DataFrame]:
        yield guarded(name, lambda: read(wanted, geometry))

    crs = None if info["crs"] is None else pyproj.CRS.from_user_input(info["crs"])
    return Table(name, fields, crs, info["geometry_type"] is not None, batches)
