"""Files and frames as tables of which only the named columns are read."""

from __future__ import annotations

import gzip
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from hotspot.errors import InputError

if TYPE_CHECKING:
    from typing import TypeAlias

    Source: TypeAlias = str | Path | pd.DataFrame | gpd.GeoDataFrame

T = TypeVar("T")

# under these names the coordinates of a point geometry enter the table
GEOMETRY_X, GEOMETRY_Y = "geometry: x", "geometry: y"
SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """What a source holds, before any of it is read.

    Parameters
    ----------
    name : str
        For messages.
    columns : tuple of str
        All there are, without the geometry.
    crs : pyproj.CRS, optional
        Of the geometry.
    has_geometry : bool
        Whether there is one.
    load : callable
        Takes the columns to read and whether to read the geometry; gives a DataFrame. The geometry comes as
        `GEOMETRY_X` and `GEOMETRY_Y`, NaN where a row is no point.
    """

    name: str
    columns: tuple[str, ...]
    crs: pyproj.CRS | None
    has_geometry: bool
    load: Callable[[Sequence[str], bool], pd.DataFrame]


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
        return _of_frame(source)
    if not isinstance(source, str | Path):
        raise InputError(f"source: got {type(source).__name__}; expected a path, a DataFrame or a GeoDataFrame")
    path = Path(source)
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path (paths in a config are relative to the config file)")
    endings = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    opener = _OPENERS.get(endings[-1] if endings else "", _of_vector)
    return _guarded(path, lambda: opener(path))


def _guarded(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text ({error}); save it as UTF-8") from error
    except Exception as error:  # each driver raises its own kind
        raise InputError(f"{path}: cannot be read ({type(error).__name__}: {error})") from error


def _of_frame(frame: pd.DataFrame) -> Table:
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    names = {str(name): name for name in frame.columns if shape is None or name != shape}

    def load(wanted: Sequence[str], geometry: bool) -> pd.DataFrame:
        table = pd.DataFrame({name: frame[names[name]].array for name in wanted}, index=range(len(frame)))
        return _with_points(table, frame.geometry) if geometry else table

    crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) and shape is not None else None
    return Table(type(frame).__name__, tuple(names), crs, shape is not None, load)


def _of_csv(path: Path) -> Table:
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rt", encoding="utf-8-sig") as file:
        header = str(file.readline())
    if not header.strip():
        raise InputError(f"{path}: is empty; expected a line of column names and rows below it")
    separator = max(SEPARATORS, key=header.count)
    # all values stay text, and only an empty field is missing: a category may be called "NA"
    options = {"sep": separator, "dtype": str, "keep_default_na": False, "na_values": [""], "encoding": "utf-8-sig"}
    read: Callable[..., pd.DataFrame] = partial(pd.read_csv, path, **options)  # type: ignore[assignment]

    def load(wanted: Sequence[str], _: bool) -> pd.DataFrame:
        return _guarded(path, lambda: read(usecols=list(wanted)))

    return Table(str(path), tuple(map(str, read(nrows=0).columns)), None, False, load)


def _of_parquet(path: Path) -> Table:
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    shapes = geo.get("columns", {})

    def load(wanted: Sequence[str], geometry: bool) -> pd.DataFrame:
        table = _guarded(path, lambda: _plain(pq.read_table(path, columns=list(wanted))))
        return _with_points(table, gpd.read_parquet(path, columns=[primary]).geometry) if geometry else table

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


def _of_vector(path: Path) -> Table:
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
            frame = _guarded(path, lambda: pyogrio.read_dataframe(path, **options))
        return _with_points(pd.DataFrame(frame[list(wanted)]), frame.geometry) if geometry else frame

    crs = None if info["crs"] is None else pyproj.CRS.from_user_input(info["crs"])
    return Table(str(path), tuple(info["fields"]), crs, info["geometry_type"] is not None, load)


def _with_points(table: pd.DataFrame, geometry: gpd.GeoSeries) -> pd.DataFrame:
    """Add the coordinates of points (and of multi-points of one point), NaN elsewhere."""
    shapes = np.asarray(geometry.array)
    lone = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(lone, shapely.get_geometry(shapes, 0), shapes)
    return table.assign(**{GEOMETRY_X: shapely.get_x(shapes), GEOMETRY_Y: shapely.get_y(shapes)})


_OPENERS: dict[str, Callable[[Path], Table]] = {
    ".csv": _of_csv,
    ".tsv": _of_csv,
    ".txt": _of_csv,
    ".parquet": _of_parquet,
    ".geoparquet": _of_parquet,
}
