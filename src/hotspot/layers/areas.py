"""Areas: polygons with residents, as a whole and by group, for the audit and as attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.layers.base import Shapes, require_column
from hotspot.layers.mend import POLYGON, counted
from hotspot.layers.protected import folded, protected_name

# whole numbers, all different and this large, are codes: no attribute of an area counts so far
LEAST_CODE = 1e6
NO_ATTRIBUTE = re.compile(
    r"(?i)(.*_)?(id|fid|gid|oid|objectid|uid|fips|code|geoid|zip|zcta|zipcode)\d*|(geo|state|county|tract|block|ansi)"
    r"(id|fp|ce|fips|code|_?group|no|ns)?\d*|blkgrp\w*|blockce\w*|community_?area|beat|ward|precinct|district|sector"
    r"|borough|boro(ct|code)\w*|nta\w*|puma\w*|(shape|st|geom)_?_?(area|len\w*|le_?\d*|perimeter)\w*|perimeter"
    r"|a(land|water)\d*|intptl(at|on)\d*|(cent_?)?(lat|lon|lng|long|latitude|longitude)|[xy](_?coord\w*)?"
)


@dataclass(frozen=True, eq=False)
class Areas(Shapes):
    """Polygons with residents, as a whole and by group.

    Parameters
    ----------
    id : str, optional
        Column that names the areas; values must be unique. Default: their order.
    residents : str, optional
        Column that counts residents.
    groups : mapping of str to str
        Our name of a group to its column. These columns are protected, as are those whose names speak of race,
        religion, origin, sex, orientation, disability or age: `attribute` refuses them.
        The columns are known by their names without case, blanks and separators: `zz1` stands for `ZZ_1` too.
    unit : {"count", "percent"}
        What the group columns hold.
    barred : mapping of str to str, optional
        Further columns that `attribute` refuses, and why; of a run, those that repeat the groups of its audit.
    """

    id: str | None = None
    residents_column: str | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    unit: str = "count"
    barred: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    dimensions: ClassVar[tuple[int, ...]] = (POLYGON,)

    def _check(self, where: str) -> None:
        super()._check(where)
        if self.unit not in ("count", "percent"):
            raise InputError(f"{where}: unit is {self.unit!r}; {nearest(self.unit, ['count', 'percent'])}")
        object.__setattr__(self, "groups", dict(self.groups))
        if self.groups and self.unit == "percent" and self.residents_column is None:
            raise InputError(f"{where}: groups in percent need the column of residents as well")
        named = [name for name in (self.id, self.residents_column, *self.groups.values()) if name is not None]
        for column in named:
            require_column(self.frame, column, where)
        self._check_ids(where)
        numbers = [c for c in (self.residents_column, *self.groups.values()) if c is not None]
        notes = [note for column in numbers for note in _check_numbers(self.frame[column], column, where)]
        object.__setattr__(self, "notes", (*self.notes, *notes))
        if self.unit == "percent":
            _check_percent(self.frame, list(self.groups.values()), where)

    def _check_ids(self, where: str) -> None:
        ids = pd.Series(self.ids)
        if not ids.is_unique:
            repeated = ids[ids.duplicated()].iloc[0]
            raise InputError(
                f"{where}: id {repeated!r} stands at several areas; expected unique ids in column {self.id!r}"
            )

    @property
    def ids(self) -> NDArray[np.object_]:
        """Names of the areas as text, shape (n_areas,)."""
        if self.id is None:
            return np.arange(len(self)).astype(str).astype(object)
        values = self.frame[self.id]
        if pd.api.types.is_float_dtype(values) and (values % 1 == 0).all():
            values = values.astype("int64")  # a code such as 17031842400 that a file keeps as a float
        return np.asarray(values.astype(str).to_numpy(dtype=object))

    @property
    def residents(self) -> NDArray[np.float64]:
        """Residents, shape (n_areas,); 0 where the number is missing.

        Raises
        ------
        InputError
            If no column was named for them.
        """
        if self.residents_column is None:
            raise InputError(
                f"layer {self.name!r} does not know its residents; name their column: residents='population'"
            )
        return self._numbers(self.residents_column)

    def group_counts(self) -> pd.DataFrame:
        """Count residents by area and group; percent are turned into counts.

        Returns
        -------
        pandas.DataFrame
            One row an area (index: ids), one column a group.
        """
        share = self.residents / 100 if self.unit == "percent" else np.ones(len(self))
        columns = {name: self._numbers(column) * share for name, column in self.groups.items()}
        return pd.DataFrame(columns, index=pd.Index(self.ids, name="area"))

    @property
    def protected(self) -> frozenset[str]:
        """Columns that no feature may use: those of groups, and those whose names speak of protected attributes."""
        return frozenset(name for name in map(str, self.frame.columns) if self._why(name))

    @property
    def attributes(self) -> tuple[str, ...]:
        """Columns of numbers that describe the areas: neither protected, nor an id, nor a measure of the geometry."""
        columns = self.frame.drop(columns=self.frame.geometry.name).select_dtypes("number")
        left = self.protected | {self.id}
        return tuple(str(name) for name in columns if name not in left and not _is_id(columns[name]))

    def attribute(self, column: str) -> NDArray[np.float64]:
        """Give a column of numbers for a feature.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        ndarray, shape (n_areas,)
            NaN where missing.

        Raises
        ------
        InputError
            If the column is protected, is not there, or holds no numbers.
        """
        where = f"layer {self.name!r}"
        why = self._why(column)
        if why:
            raise InputError(
                f"{where}: column {column!r} is protected ({why}): it serves the audit and no feature; leave it out "
                "here, and name it there: hotspot.read_areas(..., groups={...}) for hotspot.audit, or [audit] groups"
            )
        require_column(self.frame, column, where)
        return as_numbers(self.frame[column], column, where)

    def _why(self, column: str) -> str | None:
        """Say why a column is protected."""
        if spoken := protected_name(column):
            return f"its name speaks of {spoken}"
        if folded(column) in {folded(name) for name in self.groups.values()}:
            return "it counts a group of residents"
        return self.barred.get(column)

    def _content(self) -> Iterator[bytes]:
        yield from super()._content()
        if self.barred:
            yield "|".join(sorted(self.barred)).encode()
        yield f"{self.id}|{self.residents_column}|{sorted(self.groups.items())}|{self.unit}".encode()

    def _numbers(self, column: str) -> NDArray[np.float64]:
        return np.nan_to_num(as_numbers(self.frame[column], column, self.name))


def as_numbers(values: pd.Series, column: str, where: str) -> NDArray[np.float64]:
    """Turn a column into numbers, NaN where missing; InputError where it holds none."""
    try:
        return np.asarray(pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan))
    except (ValueError, TypeError) as error:
        raise InputError(f"{where}: column {column!r} holds no numbers ({error})") from error


def _is_id(values: pd.Series) -> bool:
    """Tell a code or a measure of the geometry from an attribute, by its name or by values that are all long codes."""
    if NO_ATTRIBUTE.fullmatch(str(values.name)):
        return True
    numbers = values.dropna().to_numpy(np.float64)
    codes = numbers.size > 1 and np.all(numbers >= LEAST_CODE) and np.all(numbers % 1 == 0)
    return bool(codes and np.unique(numbers).size == numbers.size)


def _check_numbers(values: pd.Series, column: str, where: str) -> tuple[str, ...]:
    numbers = as_numbers(values, column, where)
    wrong = int(((numbers < 0) | np.isinf(numbers)).sum())
    if wrong:
        raise InputError(f"{where}: column {column!r}: {wrong} negative or infinite values; expected counts >= 0")
    return counted(where, int(np.isnan(numbers).sum()), f"without a number in {column!r}, taken as 0")


def _check_percent(frame: gpd.GeoDataFrame, columns: list[str], where: str) -> None:
    if not columns:
        return
    largest = float(np.nanmax(frame[columns].to_numpy(np.float64), initial=0.0))
    if largest > 100.5 or 0 < largest <= 1:
        raise InputError(
            f"{where}: unit is 'percent' but the largest value of {columns} is {largest:g}; "
            "expected 0 to 100; use unit='count' for counts, and multiply shares of one by 100"
        )
