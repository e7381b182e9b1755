"""The cube: features joined into one dataset, and rows gathered from it.

Each variable keeps only the dimensions it varies over, so that the full product of issue times, leads and cells
is never stored; `rows` looks values up for those combinations a model asks for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from hotspot.errors import InputError
from hotspot.features._common import check_issue_times
from hotspot.features.columns import DIMS, compute_columns
from hotspot.features.lazy import lazy_cube
from hotspot.features.plan import Progress, empty_cube, parse_memory, plan_cube, twice
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.registry import make
from hotspot.schema import CELL, check_cube
from hotspot.windows import Moment, Times, Windows, as_utc_many

FeatureSpec: TypeAlias = Feature | str | tuple[str, Mapping[str, Any]]
Index: TypeAlias = NDArray[np.int64]


def featurize(
    history: History,
    issue_times: Sequence[Moment] | Times,
    *,
    features: Sequence[FeatureSpec],
    windows: Windows,
    store: str | os.PathLike[str] | None = None,
    memory: str | int = "2GiB",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Compute features for some issue times.

    A cube that would take more than `memory` is computed a chunk of issue times after another: into the store where one
    is given, else once its values are asked for (a dask array a column). Neither the chunks nor the number of threads
    change a value.

    Parameters
    ----------
    history : History
        With a cutoff at or after every issue time, or none.
    issue_times : sequence of moments, shape (n_issue_times,)
        Naive ones are civil time of the domain; numpy.datetime64 is UTC. Sorted, each taken once.
    features : sequence of Feature, str or (str, mapping)
        Recipes, registered names, or names with options.
    windows : Windows
        Give the leads.
    store : path, optional
        Zarr group to write the cube to. One made from the same inputs by the same version of hotspot is used again,
        another cube is replaced, whole; so is one that lacks files (the attribute `notes` then says so). Of a run that
        was stopped or killed, the finished chunks are kept for the next run with the same inputs.
    memory : str or int
        Most that a cube may take before it is cut into chunks, such as ``"500MB"`` [bytes]. A chunk takes two thirds of
        it, which leaves room to compute.
    progress : callable, optional
        Called with the number of issue times done and to do.

    Returns
    -------
    xarray.Dataset
        One variable a column, over those of (issue_time, lead, cell) it varies over; float32 where that is issue time
        and cell. Its attributes: `units`, `source`, `vintage`, `kind` of the feature, and `description`. Coordinates
        `valid_start`, `valid_end` (issue_time, lead), and `area` [m2] or `length` [m] (cell). Lazy where a store is
        given or the cube is larger than `memory`.

    Raises
    ------
    InputError
        If there is no issue time, a feature lacks its layer, two columns have the same name, `memory` is too small for
        one issue time, or something that is no cube lies in the place of the store.
    LeakageError
        If an issue time is later than the cutoff.
    SchemaError
        If a feature gives something else than it may.
    HotspotError
        If another process is writing to the store.
    """
    times = np.unique(as_utc_many(issue_times, history.domain.time_zone))
    if not times.size:
        raise InputError("featurize: got no issue time; expected at least one, for example pandas.date_range(...)")
    limit = parse_memory(memory, "featurize memory")
    plan = plan_cube(history, check_issue_times(history, times), make_features(features), windows)
    if store is not None:
        from hotspot.features.store import stream  # Zarr takes its time to load

        return stream(plan, Path(store), plan.step(limit), progress)
    if plan.nbytes > limit:
        return lazy_cube(plan, plan.step(limit))
    cube = assemble(history, times, plan.features, windows)
    if progress is not None:
        progress(times.size, times.size)
    return cube


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
        if not isinstance(options, Mapping):
            raise InputError(
                f"features: got options {options!r} of {kind!r}; expected a mapping such as {{'windows': ['7D']}}"
            )
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
        The cube, in memory.
    """
    times = check_issue_times(history, issue_times)
    variables: dict[str, xr.Variable] = {}
    for feature in features:
        for name, column in compute_columns(feature, history, times, windows):
            if name in variables:
                raise twice(name)
            variables[name] = column
    return check_cube(empty_cube(history, times, windows).assign(variables), values=False)


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
