"""Areas: polygons with residents, as a whole and by group, for the audit and as attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.layers.base import Shapes, require_column
from hotspot.layers.mend import POLYGON, counted


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
        Our name of a group to its column. These columns are protected: `attribute` refuses them.
    unit : {"count", "percent"}
        What the group columns hold.
    """

    id: str | None = None
    residents_column: str | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    unit: str = "count"

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
        """Columns that no feature may use."""
        return frozenset(self.groups.values())

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
        if column in self.protected:
            raise InputError(
                f"layer {self.name!r}: column {column!r} counts a resident group and is protected; "
                "it serves the audit and no feature"
            )
        require_column(self.frame, column, f"layer {self.name!r}")
        return _as_numbers(self.frame[column], column, f"layer {self.name!r}")

    def _numbers(self, column: str) -> NDArray[np.float64]:
        return np.nan_to_num(_as_numbers(self.frame[column], column, self.name))


def _as_numbers(values: pd.Series, column: str, where: str) -> NDArray[np.float64]:
    try:
        return np.asarray(pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan))
    except (ValueError, TypeError) as error:
        raise InputError(f"{where}: column {column!r} holds no numbers ({error})") from error


def _check_numbers(values: pd.Series, column: str, where: str) -> tuple[str, ...]:
    numbers = _as_numbers(values, column, where)
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
