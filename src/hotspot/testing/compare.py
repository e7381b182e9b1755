"""Two answers of a feature compared, column by column and issue time by issue time."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.schema import ISSUE_TIME

COLUMN = "column"
EXACT = float(np.finfo(np.float32).eps)


def rows_of(array: xr.DataArray, rows: list[int]) -> xr.DataArray:
    """Take some issue times of an answer.

    Parameters
    ----------
    array : xarray.DataArray
        With or without the dimension issue_time.
    rows : list of int
        Positions.

    Returns
    -------
    xarray.DataArray
        The same array where it does not vary over issue times.
    """
    return array.isel({ISSUE_TIME: rows}) if ISSUE_TIME in array.dims else array


def until(array: xr.DataArray, row: int) -> xr.DataArray:
    """Take the issue times up to one.

    Parameters
    ----------
    array : xarray.DataArray
        With or without the dimension issue_time.
    row : int
        Position of the last one.

    Returns
    -------
    xarray.DataArray
        The same array where it does not vary over issue times.
    """
    return rows_of(array, list(range(row + 1)))


def columns_of(array: xr.DataArray) -> dict[str, xr.DataArray]:
    """Take an answer apart.

    Parameters
    ----------
    array : xarray.DataArray
        With or without the dimension column.

    Returns
    -------
    dict
        Columns by name; one without a name where there is no such dimension.
    """
    if COLUMN not in array.dims:
        return {"": array}
    return {str(label): array.isel({COLUMN: i}) for i, label in enumerate(array[COLUMN].values)}


def differs(one: xr.DataArray, other: xr.DataArray, near: float = 0.0) -> str:
    """Tell where two answers of a feature differ.

    Parameters
    ----------
    one, other : xarray.DataArray
        Either may lack dimensions that it does not vary over, and columns that hold nothing but 0 or NaN.
    near : float
        Relative difference that is none. 0: every bit counts.

    Returns
    -------
    str
        Column and difference; empty where there is none.
    """
    if _identical(one, other):
        return ""
    mine, theirs = columns_of(one), columns_of(other)
    for label in {**mine, **theirs}:
        name = f"column {label!r}" if label else "its values"
        if label not in mine or label not in theirs:
            # all places of a category may open later: then there was nothing to say of it
            if np.nan_to_num({**mine, **theirs}[label].values).any():
                return f"{name} (there in one answer only)"
        elif not same(mine[label], theirs[label], near):
            return name + _by_how_much(mine[label], theirs[label])
    return ""


def same(one: xr.DataArray, other: xr.DataArray, near: float = 0.0) -> bool:
    """Tell whether two columns are equal, NaN with NaN.

    Parameters
    ----------
    one, other : xarray.DataArray
        Values of one column.
    near : float
        Relative difference that is none.

    Returns
    -------
    bool
        Whether they are.
    """
    mine, theirs = _aligned(one, other)
    if mine.shape != theirs.shape or not near:
        return mine.shape == theirs.shape and bool(np.array_equal(mine, theirs, equal_nan=True))
    # sums and fixed-point numbers are as exact as single precision is for the largest value of the column
    scale = np.nanmax(np.abs(mine), initial=0.0, where=np.isfinite(mine))
    return bool(np.allclose(mine, theirs, rtol=near, atol=EXACT * float(scale), equal_nan=True))


def _identical(one: xr.DataArray, other: xr.DataArray) -> bool:
    """Tell quickly of two answers of the same form whether they are equal; most are."""
    if one.dims != other.dims or (COLUMN in one.dims and list(one[COLUMN].values) != list(other[COLUMN].values)):
        return False
    return bool(np.array_equal(one.values, other.values, equal_nan=True))


def _by_how_much(one: xr.DataArray, other: xr.DataArray) -> str:
    mine, theirs = _aligned(one, other)
    if mine.shape != theirs.shape:
        return f" (shape {mine.shape} becomes {theirs.shape})"
    gap = np.abs(mine - theirs)
    if np.isnan(gap).all() or np.array_equal(np.isnan(mine), np.isnan(theirs)) is False:
        return " (other values are missing)"
    return f" (by up to {np.nanmax(gap):.3g})"


def _aligned(one: xr.DataArray, other: xr.DataArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bring two answers to the same dimensions: one that varies over fewer counts as constant over the others."""
    dims = [dim for dim in ("issue_time", "lead", "cell") if dim in {*one.dims, *other.dims}]
    sizes = {str(dim): size for array in (one, other) for dim, size in array.sizes.items()}
    missing = [{dim: sizes[dim] for dim in dims if dim not in array.dims} for array in (one, other)]
    mine, theirs = (
        array.expand_dims(lacking).transpose(*dims).values for array, lacking in zip((one, other), missing, strict=True)
    )
    return np.asarray(mine, float), np.asarray(theirs, float)
