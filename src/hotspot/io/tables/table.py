"""What a source holds before it is read, and reading that fails in one way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from hotspot.errors import InputError

Source: TypeAlias = str | Path | Sequence[str | Path] | pd.DataFrame | gpd.GeoDataFrame

T = TypeVar("T")

QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|`[^`]*`")

# under these names the coordinates of a point geometry enter the table
GEOMETRY_X, GEOMETRY_Y = "geometry: x", "geometry: y"


@dataclass
class Log:
    """What is expected of a table while it is read, and what happens.

    Parameters
    ----------
    numbers, categories : tuple of str
        Columns that hold numbers, or few distinct texts, as far as the reader knows; what comes as text may then come
        as such, if all of it can.
    set_aside : Counter of str
        Rows that could not be taken apart into columns, by reason; they are in no batch.
    notes : list of str
        What was seen and kept.
    """

    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    set_aside: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


Batches: TypeAlias = Callable[[Sequence[str], bool, Log], Iterator[pd.DataFrame]]


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
    batches : callable
        Takes the columns to read, whether to read the geometry, and a Log; gives DataFrames one after another, and can
        be called again. The geometry comes as `GEOMETRY_X` and `GEOMETRY_Y`, NaN where a row is no point.
    """

    name: str
    columns: tuple[str, ...]
    crs: pyproj.CRS | None
    has_geometry: bool
    batches: Batches

    def load(self, wanted: Sequence[str], geometry: bool) -> pd.DataFrame:
        """Read it whole.

        Parameters
        ----------
        wanted : sequence of str
            Columns to read.
        geometry : bool
            Whether to read the geometry too.

        Returns
        -------
        DataFrame
            All rows.
        """
        parts = list(self.batches(wanted, geometry, Log()))
        if not parts:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in wanted})
        return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)

    def sample(self, rows: int = 1000) -> pd.DataFrame:
        """Read the first rows of all columns as text.

        Parameters
        ----------
        rows : int
            At most so many.

        Returns
        -------
        DataFrame
            Text; missing values stay missing.
        """
        first = next(islice(self.batches(self.columns, False, Log()), 1), None)
        if first is None:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in self.columns})
        return pd.DataFrame({name: _as_text(column) for name, column in first.iloc[:rows].items()})


def _as_text(column: pd.Series) -> pd.Series:
    """Write values as text; a type that cannot be written, or only in part, gives nothing."""
    try:
        text = column.astype(str).astype(object)
    # nested types, bytes, times beyond the calendar: not even as text can they be looked at; the name still is
    except (ValueError, NotImplementedError, OverflowError, TypeError):
        return pd.Series([None] * len(column), dtype=object, index=column.index)
    return text.where(column.notna(), None)


def guarded(where: object, read: Callable[[], T]) -> T:
    """Read, and say in one way what went wrong.

    Parameters
    ----------
    where : object
        The file, for the message.
    read : callable
        Does it.

    Returns
    -------
    object
        What it gives.

    Raises
    ------
    InputError
        Whatever the driver raised.
    """
    try:
        return read()
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{where}: does not fit into memory; split it, or convert it to Parquet or CSV") from error
    except Exception as error:  # each driver raises its own kind
        raise InputError(f"{where}: cannot be read ({type(error).__name__}: {_short(error)})") from error


def each_guarded(where: object, batches: Iterator[T]) -> Iterator[T]:
    """Go through batches, and say in one way what went wrong.

    Parameters
    ----------
    where : object
        The file, for the message.
    batches : iterator
        Made anew; it is gone through once.

    Yields
    ------
    object
        The batches.

    Raises
    ------
    InputError
        Whatever the driver raised.
    """
    done = object()
    while True:
        batch = guarded(where, lambda: next(batches, done))
        if batch is done:
            return
        yield batch  # type: ignore[misc]


def _short(error: Exception) -> str:
    """Say what a driver says, but not the values that some of them quote, nor a whole line of data."""
    text = "".join(sign if sign.isprintable() else "?" for sign in " ".join(str(error).split()))
    text = QUOTED.sub("...", text)
    return text if len(text) <= 200 else text[:200] + "..."


def unique_names(names: Sequence[str]) -> list[str]:
    """Tell columns of the same name apart: the second ``a`` becomes ``a.1``.

    Parameters
    ----------
    names : sequence of str
        As they stand.

    Returns
    -------
    list of str
        In the same order.
    """
    seen: Counter[str] = Counter()
    taken, unique = set(names), []
    for name in names:
        new = name
        while seen[name] and (new == name or new in taken):
            new = f"{name}.{seen[name]}"
            seen[name] += 1
        seen[name] = max(seen[name], 1)
        taken.add(new)
        unique.append(new)
    return unique


def with_points(table: pd.DataFrame, geometry: gpd.GeoSeries) -> pd.DataFrame:
    """Add the coordinates of points (and of multi-points of one point), NaN elsewhere.

    Parameters
    ----------
    table : DataFrame
        Without geometry.
    geometry : GeoSeries or GeometryArray
        Of the same rows.

    Returns
    -------
    DataFrame
        With `GEOMETRY_X` and `GEOMETRY_Y`.
    """
    shapes = np.asarray(geometry)
    lone = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(lone, shapely.get_geometry(shapes, 0), shapes)
    there = ~shapely.is_empty(shapes)
    x, y = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    x[there], y[there] = shapely.get_x(shapes[there]), shapely.get_y(shapes[there])
    return table.assign(**{GEOMETRY_X: x, GEOMETRY_Y: y})
