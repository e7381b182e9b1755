"""What a person should see of a cube at once: each column in numbers, and what looks wrong about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.report.words import percent, plain
from hotspot.schema import CELL, ISSUE_TIME, LEAD

SAMPLE = 20_000  # rows that correlations are taken over
VALUES = 20_000_000  # of one column held at once
MOST_TIMES = 60  # issue times looked at; more tell no more
SAME = 0.999
COVERED = 0.9  # share of the domain; a layer that covers less is named
FEW = 20  # values that differ from zero; fewer may well leave a quarter of a city empty
QUARTERS = {(0, 0): "south-west", (0, 1): "north-west", (1, 0): "south-east", (1, 1): "north-east"}

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a cube, over some issue times.

    Parameters
    ----------
    name : str
        Its name.
    dims : tuple of str
        What it varies over.
    values : ndarray
        Along `dims`.
    attrs : mapping
        `units`, `source`, `vintage`.
    """

    name: str
    dims: tuple[str, ...]
    values: NDArray[Any]
    attrs: Mapping[str, Any]

    @cached_property
    def finite(self) -> NDArray[Any]:
        """Values that are there, flat."""
        values = self.values.ravel()
        return np.asarray(values[np.isfinite(values)])

    @property
    def missing(self) -> float:
        """Share of values that are not there."""
        return 1.0 - self.finite.size / max(self.values.size, 1)

    @property
    def zero(self) -> float:
        """Share of values that are zero, of those that are there."""
        return float((self.finite == 0).mean()) if self.finite.size else 0.0

    @cached_property
    def missing_at(self) -> Array:
        """Share of values that are not there, by issue time; one number where it does not vary over them."""
        gone = np.isnan(self.values)
        if ISSUE_TIME not in self.dims:
            return np.array([gone.mean()])
        return np.asarray(gone.reshape(gone.shape[0], -1).mean(axis=1))

    def on_map(self, lead: int) -> NDArray[Any] | None:
        """Value of each cell at the last issue time and a lead; None where it does not vary over cells."""
        if CELL not in self.dims:
            return None
        index = {
            ISSUE_TIME: -1,
            LEAD: min(lead, self.values.shape[self.dims.index(LEAD)] - 1) if LEAD in self.dims else 0,
        }
        return np.asarray(self.values[tuple(index.get(dim, slice(None)) for dim in self.dims)])

    def summary(self) -> str:
        """Give range and median in words."""
        if not self.finite.size:
            return "no value"
        low, middle, high = np.quantile(self.finite, [0.0, 0.5, 1.0])
        zero = f"; {percent(self.zero)} are 0" if self.zero else ""
        return f"{_number(low)} to {_number(high)}, median {_number(middle)}{zero}"


def read_columns(cube: xr.Dataset) -> tuple[list[Column], NDArray[np.int64]]:
    """Read the columns of a cube at up to 60 issue times, spread evenly and with the first and last of them.

    Parameters
    ----------
    cube : xarray.Dataset
        From `hotspot.featurize`.

    Returns
    -------
    columns : list of Column
        In the order of the cube.
    times : ndarray of int64
        Positions of the issue times.

    """
    size = cube.sizes.get(LEAD, 1) * cube.sizes.get(CELL, 1)
    most = int(np.clip(VALUES // max(size, 1), 1, MOST_TIMES))
    n_times = cube.sizes.get(ISSUE_TIME, 1)
    times = np.unique(np.linspace(n_times - 1, 0, min(most, n_times)).round().astype(np.int64))
    columns = []
    for name, column in cube.data_vars.items():
        part = column.isel({ISSUE_TIME: times}) if ISSUE_TIME in column.dims else column
        columns.append(Column(str(name), tuple(map(str, part.dims)), part.values, column.attrs))
    return columns, times


def correlations(columns: list[Column], sizes: Mapping[str, int], seed: int = 0) -> Array:
    """Rank correlation of every pair of columns, over a sample of rows in which both are there.

    Parameters
    ----------
    columns : list of Column
        Over the same issue times, leads and cells.
    sizes : mapping of str to int
        Number of those issue times, leads and cells.
    seed : int
        Of the sample.

    Returns
    -------
    ndarray, shape (n_columns, n_columns)
        NaN where a column does not vary.

    References
    ----------
    Spearman, C. (1904). The proof and measurement of association between two things. American Journal of Psychology
    15(1), 72-101. https://doi.org/10.2307/1412159
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    index = {dim: rng.integers(0, size, SAMPLE) for dim, size in sizes.items()}
    table = {column.name: column.values[tuple(index[dim] for dim in column.dims)] for column in columns}
    return pd.DataFrame(table).corr("spearman", min_periods=50).to_numpy()


def faults(columns: list[Column], domain: Domain, lead: int) -> dict[str, str]:
    """Say what looks wrong about single columns: empty, constant, partly missing, or shifted.

    Parameters
    ----------
    columns : list of Column
        From `read_columns`.
    domain : Domain
        Of the cube.
    lead : int
        Which is looked at.

    Returns
    -------
    dict of str to str
        By name, for those that look wrong.
    """
    found = {column.name: _fault(column, domain, lead) for column in columns}
    return {name: fault for name, fault in found.items() if fault}


def findings(columns: list[Column], wrong: Mapping[str, str], correlation: Array) -> list[str]:
    """Put into sentences what a person should look at first.

    Parameters
    ----------
    columns : list of Column
        From `read_columns`.
    wrong : mapping of str to str
        From `faults`; columns with the same fault share a sentence.
    correlation : ndarray, shape (n_columns, n_columns)
        From `correlations`.

    Returns
    -------
    list of str
        Sentences: faults, columns that say the same, and layers without a date.
    """
    together: dict[str, list[str]] = {}
    for name, fault in wrong.items():
        together.setdefault(fault, []).append(name)
    said = [f"{', '.join(names)}: {fault}" for fault, names in together.items()]
    twins = [
        f"{columns[i].name} and {columns[j].name} say the same{' the other way round' * bool(correlation[i, j] < 0)} "
        f"(rank correlation {correlation[i, j]:+.3f})"
        for i, j in combinations(range(len(columns)), 2)
        if abs(correlation[i, j]) > SAME
    ]
    undated = sorted({str(column.attrs.get("source")) for column in columns if _is_undated(column)})
    dates = [f"undated, so used at all times: {', '.join(undated)}"] if undated else []
    return [*said, *_short_layers(columns), *twins, *dates]


def _short_layers(columns: list[Column]) -> list[str]:
    """Name the layers that cover less than the domain, each with its columns."""
    short: dict[tuple[str, float], list[str]] = {}
    for column in columns:
        covered = float(column.attrs.get("coverage") or 1)
        if covered < COVERED:
            short.setdefault((str(column.attrs.get("source")), covered), []).append(column.name)
    said = []
    for (source, share), names in short.items():
        what = f"covers {percent(share)} of the domain" if share else "lies outside the domain: right CRS?"
        said.append(f"{source} {what}; what {', '.join(names)} say of the rest is no observation")
    return said


def _fault(column: Column, domain: Domain, lead: int) -> str:
    if not column.finite.size:
        return "holds no value at all"
    if column.finite.min() == column.finite.max():
        return f"is {_number(column.finite[0])} everywhere"
    values = column.on_map(lead)
    if values is None:
        return ""
    gone = float(np.isnan(values).mean())
    if 0.01 < gone < 1:
        return f"has no value in {percent(gone)} of the cells"
    if gone == 1:
        return "has no value at the last issue time"
    where = "" if LEAD in column.dims else _empty_quarter(values, domain)  # an event is where it is
    return f"is 0 in the whole {where} quarter of the cells; is the layer shifted, or cut?" if where else ""


def _empty_quarter(values: NDArray[Any], domain: Domain) -> str:
    """Name the quarter of the city (cells split at their median x and y) where nothing differs from zero."""
    there = np.nan_to_num(values) != 0
    if there.sum() < FEW:
        return ""
    x, y = domain.centres
    east, north = x > np.median(x), y > np.median(y)
    for (right, up), name in QUARTERS.items():
        quarter = (east == right) & (north == up)
        if quarter.mean() > 0.1 and not there[quarter].any():
            return name
    return ""


def _is_undated(column: Column) -> bool:
    """Whether it comes from a layer of geometries without a vintage: others have none and need none."""
    return "coverage" in column.attrs and not column.attrs.get("vintage")


def _number(value: float) -> str:
    return plain(float(value), 3)
