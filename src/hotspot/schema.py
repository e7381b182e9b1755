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
TIME_DTYPE = np.dtype("datetime64[us]")

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


def check_cube(cube: xr.Dataset, where: str = "cube") -> xr.Dataset:
    """Hold a cube of features to its schema.

    Parameters
    ----------
    cube : xarray.Dataset
        One variable a feature, each over some of (issue_time, lead, cell), with attributes `units`, `source` and
        `vintage`.
    where : str
        Name used in the message.

    Returns
    -------
    xarray.Dataset
        The same object.

    Raises
    ------
    SchemaError
        If a feature has another dimension, lacks an attribute, or holds an infinite value.
    """
    for name, column in cube.data_vars.items():
        extra = set(map(str, column.dims)) - {ISSUE_TIME, LEAD, CELL}
        if extra:
            raise _fail(
                f"feature {name!r} has dimensions {sorted(extra)}", where, column.dims, "issue_time, lead, cell"
            )
        lacking = [key for key in ("units", "source", "vintage") if key not in column.attrs]
        if lacking:
            raise _fail(
                f"feature {name!r} lacks attributes {lacking}", where, list(column.attrs), "units, source, vintage"
            )
        if bool(np.isinf(column.values).any()):
            raise _fail(f"feature {name!r} holds infinite values", where, "inf", "finite numbers or NaN")
    return cube


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
