"""Dimensions, variables and units of the three datasets, and the checks that hold them.

A *cube* holds features, a *forecast* holds expected counts, *scores* hold sums. All three are
`xarray.Dataset` over (issue_time, lead, cell), (model, issue_time, lead) and so on; a check is called once at
the door of the function that takes one.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from hotspot.errors import SchemaError

ISSUE_TIME = "issue_time"
LEAD = "lead"
CELL = "cell"
MODEL = "model"
COVERAGE = "coverage"

EXPECTED = "expected_count"
VALID_START = "valid_start"
VALID_END = "valid_end"
UNITS = {EXPECTED: "incidents per cell and window", "area": "m2", "length": "m"}
SIZE_WORDS = {"area": "area", "length": "street length"}  # what a coverage is a share of, as people read it
TIME_DTYPE = np.dtype("datetime64[us]")
AT_ONCE = 1_000_000  # values looked at together

SCORE_SUMS = ("incidents", "area", "log_score_sum", "brier_sum", "expected_sum", "cells")
COVERAGE_SUMS = ("hits", "flagged_area", "oracle_hits", "tie_area")


def _fail(what: str, where: str, got: object, expected: str) -> SchemaError:
    return SchemaError(f"{where}: {what}; got {got}; expected {expected}")


def _require(data: xr.Dataset, names: tuple[str, ...], where: str) -> None:
    missing = [name for name in names if name not in data.variables]
    if missing:
        raise _fail(f"lacks {', '.join(missing)}", where, sorted(map(str, data.variables)), "all of them")


def check_forecast(forecast: xr.Dataset, where: str = "forecast") -> xr.Dataset:
    """Hold a forecast to its schema.

    Parameters
    ----------
    forecast : xarray.Dataset
        `expected_count` over (issue_time, lead, cell), perhaps with a leading `model`; coordinates
        `valid_start`, `valid_end` (issue_time, lead) and `area` [m2] or `length` [m] (cell); scalar `target`.
    where : str
        Name used in the message.

    Returns
    -------
    xarray.Dataset
        The same object.

    Raises
    ------
    SchemaError
        If a variable or dimension is missing, or a value is negative, infinite or NaN.
    """
    _require(forecast, (EXPECTED, VALID_START, VALID_END, "target"), where)
    dims = tuple(map(str, forecast[EXPECTED].dims))
    if dims not in ((ISSUE_TIME, LEAD, CELL), (MODEL, ISSUE_TIME, LEAD, CELL)):
        raise _fail("expected_count has other dimensions", where, dims, "([model,] issue_time, lead, cell)")
    if "area" not in forecast.coords and "length" not in forecast.coords:
        raise _fail("lacks the size of its cells", where, list(forecast.coords), "a coordinate area or length")
    if bool((forecast[VALID_END] <= forecast[VALID_START]).any()):
        raise _fail("a window is empty or runs backwards", where, "valid_end <= valid_start", "valid_end later")
    values = forecast[EXPECTED].values
    wrong = int((~np.isfinite(values) | (values < 0)).sum())
    if wrong:
        raise _fail("expected_count must be a finite number >= 0", where, f"{wrong} other values", "none")
    return forecast


def check_cube(cube: xr.Dataset, where: str = "cube", *, values: bool = True) -> xr.Dataset:
    """Hold a cube of features to its schema.

    Parameters
    ----------
    cube : xarray.Dataset
        One variable a feature, each over some of (issue_time, lead, cell), with attributes `units`, `source` and
        `vintage`.
    where : str
        Name used in the message.
    values : bool
        Look for infinite values as well; those of a lazy cube are computed for that, a chunk at a time.

    Returns
    -------
    xarray.Dataset
        The same object.

    Raises
    ------
    SchemaError
        If a feature has another dimension, lacks an attribute, or holds something else than finite numbers and NaN.
    """
    for name, column in cube.data_vars.items():
        check_column(column.variable, f"feature {name!r}", where)
        if values and has_infinite(column.variable):
            raise _fail(f"feature {name!r} holds infinite values", where, "inf", "finite numbers or NaN")
    return cube


def check_column(column: xr.Variable, what: str, where: str) -> None:
    """Hold dimensions, attributes and type of a feature to the schema; its values are not read.

    Parameters
    ----------
    column : xarray.Variable
        Over some of (issue_time, lead, cell).
    what, where : str
        Names used in the message.

    Raises
    ------
    SchemaError
        If it has another dimension or lacks an attribute, or if it holds no numbers.
    """
    extra = set(map(str, column.dims)) - {ISSUE_TIME, LEAD, CELL}
    if extra:
        raise _fail(f"{what} has dimensions {sorted(extra)}", where, column.dims, "issue_time, lead, cell")
    lacking = [key for key in ("units", "source", "vintage") if key not in column.attrs]
    if lacking:
        raise _fail(f"{what} lacks attributes {lacking}", where, list(column.attrs), "units, source, vintage")
    if column.dtype.kind not in "fiub":
        raise _fail(f"{what} holds no numbers", where, column.dtype, "float32 or another type of real numbers")


def has_infinite(column: xr.Variable) -> bool:
    """Look for infinite values, a few issue times at a time.

    Parameters
    ----------
    column : xarray.Variable
        Real numbers, in memory or lazy.

    Returns
    -------
    bool
        Whether there is one.
    """
    if column.dtype.kind != "f":
        return False
    n = column.sizes.get(ISSUE_TIME, 1)
    if ISSUE_TIME not in column.dims or column.size == 0:
        return bool(np.isinf(column.values).any())
    step = max(1, AT_ONCE * n // column.size)
    lengths = column.chunksizes.get(ISSUE_TIME, (*[step] * (n // step), n % step))
    ends = np.cumsum(lengths).tolist()
    return any(
        bool(np.isinf(column.isel({ISSUE_TIME: slice(first, end)}).values).any())
        for first, end in zip([0, *ends[:-1]], ends, strict=True)
    )


def check_scores(scores: xr.Dataset, where: str = "scores") -> xr.Dataset:
    """Hold scores (sums, never ratios) to their schema.

    Parameters
    ----------
    scores : xarray.Dataset
        Sums over (model, issue_time, lead) and, where a share of the area is flagged, coverage.
    where : str
        Name used in the message.

    Returns
    -------
    xarray.Dataset
        The same object.

    Raises
    ------
    SchemaError
        If a sum is missing or has other dimensions.
    """
    _require(scores, SCORE_SUMS + COVERAGE_SUMS, where)
    for names, dims in ((SCORE_SUMS, ()), (COVERAGE_SUMS, (COVERAGE,))):
        for name in names:
            extra = set(map(str, scores[name].dims)) - {MODEL, ISSUE_TIME, LEAD, *dims}
            if extra:
                raise _fail(
                    f"{name} has dimensions {sorted(extra)}",
                    where,
                    scores[name].dims,
                    f"model, issue_time, lead {dims}",
                )
    return scores
