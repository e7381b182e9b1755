"""A cube that is larger than memory and has no store: a dask array a column, computed when it is asked for."""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.features.plan import STEP, Plan, empty_cube

# Kernels use all cores by themselves, and some threading layers of numba must not be entered by two threads at once.
_ONE_AT_A_TIME = Lock()


def lazy_cube(plan: Plan, step: int) -> xr.Dataset:
    """Promise a cube.

    Parameters
    ----------
    plan : Plan
        What it will hold.
    step : int
        Issue times in a chunk.

    Returns
    -------
    xarray.Dataset
        Columns that vary over issue times are dask arrays; a chunk of one feature is computed at a time.
    """
    n = plan.issue_times.size
    parts = [slice(first, min(first + step, n)) for first in range(0, n, step)]
    promised: dict[str, list[Any]] = {name: [] for name in plan.dated}
    for owner in sorted({plan.owners[name] for name in plan.dated}):
        for part in parts:
            for name, array in _promise(plan, owner, part).items():
                promised[name].append(array)
    columns = {name: _joined(column, promised.get(name)) for name, column in plan.columns.items()}
    return empty_cube(plan.history, plan.issue_times, plan.windows).assign(columns).assign_attrs({STEP: step})


def _promise(plan: Plan, owner: int, part: slice) -> dict[str, Any]:
    """Give a dask array for each column of a feature and a chunk; computing one computes all of them."""
    from dask.delayed import delayed

    block = delayed(partial(_compute, plan, owner, part), pure=False, traverse=False)()
    return {
        name: _dask().from_delayed(block[name], plan.shape(name, part.stop - part.start), plan.columns[name].dtype)
        for name in plan.dated
        if plan.owners[name] == owner
    }


def _compute(plan: Plan, owner: int, part: slice) -> dict[str, NDArray[np.generic]]:
    with _ONE_AT_A_TIME:
        return {name: column.values for name, column in plan.compute(owner, part)}


def _joined(column: xr.Variable, chunks: list[Any] | None) -> xr.Variable:
    return column if chunks is None else xr.Variable(column.dims, _dask().concatenate(chunks, axis=0), column.attrs)


def _dask() -> Any:
    """Load dask, whose functions carry no types."""
    import dask.array

    return dask.array
