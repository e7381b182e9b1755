"""The cube: features joined into one dataset, and rows gathered from it.

Each variable keeps only the dimensions it varies over, so that the full product of issue times, leads and cells
is never stored; `rows` looks values up for those combinations a model asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from hotspot.errors import InputError, SchemaError
from hotspot.features._common import COLUMN, check_issue_times
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.registry import make
from hotspot.schema import CELL, ISSUE_TIME, LEAD, VALID_END, VALID_START, check_cube
from hotspot.windows import Moment, Times, Windows, as_utc_many

FeatureSpec: TypeAlias = Feature | str | tuple[str, Mapping[str, Any]]
DIMS = (ISSUE_TIME, LEAD, CELL)
Index: TypeAlias = NDArray[np.int64]


def featurize(
    history: History, issue_times: Sequence[Moment] | Times, *, features: Sequence[FeatureSpec], windows: Windows
) -> xr.Dataset:
    """Compute features for some issue times.

    Parameters
    ----------
    history : History
        With a cutoff at or after every issue time, or none.
    issue_times : sequence of moments, shape (n_issue_times,)
        Naive ones are civil time of the domain; numpy.datetime64 is UTC.
    features : sequence of Feature, str or (str, mapping)
        Recipes, registered names, or names with options.
    windows : Windows
        Give the leads.

    Returns
    -------
    xarray.Dataset
        One variable a column, over those of (issue_time, lead, cell) it varies over, with attributes `units`, `source`
        and `vintage`; coordinates `valid_start`, `valid_end` (issue_time, lead).

    Raises
    ------
    InputError
        If a feature lacks its layer, or two have the same name.
    LeakageError
        If an issue time is later than the cutoff.
    SchemaError
        If a feature gives something else than it may.
    """
    utc = as_utc_many(issue_times, history.domain.time_zone)
    return assemble(history, utc, make_features(features), windows)


def make_features(features: Sequence[FeatureSpec]) -> tuple[Feature, ...]:
    """Turn names into recipes.

    Parameters
    ----------
    features : sequence of Feature, str or (str, mapping)
        Recipes, registered names, or names with options.

    Returns
    -------
    tuple of Feature
        Recipes.

    Raises
    ------
    ConfigError
        If a name or an option is not known.
    InputError
        If the sequence is empty or holds something else.
    """
    if isinstance(features, str) or not isinstance(features, Sequence) or not features:
        raise InputError(f"features: got {features!r}, expected a list of names or recipes, at least one")
    return tuple(_made(spec) for spec in features)


def _made(spec: FeatureSpec) -> Feature:
    if isinstance(spec, str):
        spec = (spec, {})
    if isinstance(spec, (tuple, list)) and len(spec) == 2 and isinstance(spec[0], str):
        kind, options = spec
        made: Feature = make("feature", kind, dict(options))
        return made
    if isinstance(spec, type) or not isinstance(spec, Feature):
        raise InputError(f"features: got {spec!r}, expected a name, (name, options) or a recipe such as RecentCounts()")
    return spec


def assemble(history: History, issue_times: Times, features: Sequence[Feature], windows: Windows) -> xr.Dataset:
    """Compute features for issue times in UTC; see `featurize`.

    Parameters
    ----------
    history : History
        What is known.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC.
    features : sequence of Feature
        Recipes.
    windows : Windows
        Give the leads.

    Returns
    -------
    xarray.Dataset
        The cube.
    """
    times = check_issue_times(history, issue_times)
    start, end = windows.bounds(times, history.domain.time_zone)
    sizes = {ISSUE_TIME: times.size, LEAD: windows.n_leads, CELL: history.domain.n_cells}
    variables: dict[str, xr.Variable] = {}
    for feature in features:
        for name, column in _columns(feature.name, feature.compute(history, times, windows), sizes):
            if name in variables:
                raise InputError(f"features: two columns are called {name!r}; leave one out or give it other options")
            variables[name] = column
    coords = {
        ISSUE_TIME: times,
        LEAD: np.arange(windows.n_leads),
        CELL: history.domain.ids,
        VALID_START: ((ISSUE_TIME, LEAD), start),
        VALID_END: ((ISSUE_TIME, LEAD), end),
    }
    attrs = {"time_zone": history.domain.time_zone, "crs": history.domain.crs}
    return check_cube(xr.Dataset(variables, coords, attrs))


def _columns(name: str, array: xr.DataArray, sizes: Mapping[str, int]) -> list[tuple[str, xr.Variable]]:
    """Cut what a feature gave into columns of (issue_time, lead, cell); its labels are replaced by the cube's."""
    wrong = [dim for dim in array.dims if dim in sizes and array.sizes[dim] != sizes[str(dim)]]
    if wrong:
        raise SchemaError(f"feature {name!r} has sizes {dict(array.sizes)}; expected {dict(sizes)}; mend its compute")
    order = [dim for dim in DIMS if dim in array.dims]
    if COLUMN not in array.dims:
        return [(name, array.variable.transpose(*order, ...))]
    labels = array[COLUMN].values
    columns = []
    for i, label in enumerate(labels):
        column = array.variable.isel({COLUMN: i}).transpose(*order, ...)
        attrs = {key: value if isinstance(value, str) else value[i] for key, value in array.attrs.items()}
        columns.append((f"{name}_{label}", xr.Variable(column.dims, column.data, attrs)))
    return columns


def feature_names(cube: xr.Dataset) -> list[str]:
    """Name the columns in the order of `rows`.

    Parameters
    ----------
    cube : xarray.Dataset
        From `featurize`.

    Returns
    -------
    list of str
        Names.
    """
    return [str(name) for name in cube.data_vars]


def rows(
    cube: xr.Dataset, issue_index: Index, lead_index: Index, cell_index: Index, dtype: DTypeLike = np.float64
) -> NDArray[np.floating[Any]]:
    """Gather the features of some (issue time, lead, cell).

    Parameters
    ----------
    cube : xarray.Dataset
        From `featurize`.
    issue_index, lead_index, cell_index : ndarray of int, shape (n_rows,)
        Positions.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray, shape (n_rows, n_features)
        In the order of `feature_names`.
    """
    index = dict(zip(DIMS, map(np.asarray, (issue_index, lead_index, cell_index)), strict=True))
    out = np.empty((index[CELL].size, len(cube.data_vars)), dtype)
    for j, column in enumerate(cube.data_vars.values()):
        out[:, j] = column.values[tuple(index[str(dim)] for dim in column.dims)]
    return out
