"""What one feature gives, cut into the columns of a cube: checked, in float32 where it is large, and not copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from hotspot.errors import InputError, SchemaError
from hotspot.features._common import COLUMN
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.schema import CELL, ISSUE_TIME, LEAD, VALID_END, VALID_START, check_column, has_infinite
from hotspot.windows import Times, Windows

DIMS = (ISSUE_TIME, LEAD, CELL)
COORDS = (*DIMS, VALID_START, VALID_END, "area", "length")


def compute_columns(
    feature: Feature, history: History, issue_times: Times, windows: Windows
) -> Iterator[tuple[str, xr.Variable]]:
    """Compute a feature and cut it into columns.

    Parameters
    ----------
    feature : Feature
        A recipe.
    history : History
        What is known.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC.
    windows : Windows
        Give the leads.

    Yields
    ------
    name : str
        ``<feature>``, or ``<feature>_<column>`` where there are several.
    column : xarray.Variable
        Over some of (issue_time, lead, cell), in this order; float32 where it varies over issue time and cell, and a
        view of what the feature gave where that is float32. Attributes ``units``, ``source``, ``vintage``, ``kind``
        (of the feature) and, where its class has one, ``description``.

    Raises
    ------
    InputError
        If two columns have one name.
    SchemaError
        If the feature gives something else than it may.
    """
    labels = {ISSUE_TIME: issue_times, LEAD: np.arange(windows.n_leads), CELL: history.domain.ids}
    given = _checked(feature.name, _compute(feature, history, issue_times, windows), labels)
    about = {"kind": feature.name} | ({"description": text} if (text := _description(feature)) else {})
    seen = set()
    for name, column in _cut(feature.name, given):
        if name in seen or name in COORDS:
            what = "is called as a coordinate" if name in COORDS else "occurs twice"
            raise InputError(f"feature {feature.name!r}: its column {name!r} {what}; give each its own name")
        seen.add(name)
        check_column(column, f"feature {name!r}", "cube")
        column = _narrow(column)
        if has_infinite(column):
            raise SchemaError(f"feature {name!r} holds infinite values; expected finite numbers or NaN")
        column.attrs.update(about)
        yield name, column
    if not seen:
        raise SchemaError(f"feature {feature.name!r} gives no column; expected at least one; mend it or leave it out")


def _compute(feature: Feature, history: History, issue_times: Times, windows: Windows) -> object:
    try:
        return feature.compute(history, issue_times, windows)
    except Exception as error:
        error.add_note(f"while computing feature {feature.name!r}")
        raise


def _checked(name: str, given: object, labels: Mapping[str, np.ndarray[Any, Any]]) -> xr.DataArray:
    """Refuse what is no labelled array, or is labelled for other issue times, leads or cells."""
    if not isinstance(given, xr.DataArray):
        raise SchemaError(f"feature {name!r} gives a {type(given).__name__}; expected an xarray.DataArray")
    for dim, expected in labels.items():
        if dim in given.dims and given.sizes[dim] != expected.size:
            sizes = {key: label.size for key, label in labels.items()}
            raise SchemaError(f"feature {name!r} has sizes {dict(given.sizes)}; expected {sizes}; mend its compute")
        if dim in given.dims and dim in given.coords and not np.array_equal(given[dim].values, expected):
            raise SchemaError(f"feature {name!r} has other labels of {dim} than it was asked for; expected the same")
    return given


def _cut(name: str, given: xr.DataArray) -> Iterator[tuple[str, xr.Variable]]:
    array = given.variable
    order = [dim for dim in DIMS if dim in array.dims]
    if COLUMN not in array.dims:
        yield name, _labelled(array.transpose(*order, ...), array.attrs)
        return
    if COLUMN not in given.coords:
        raise SchemaError(f"feature {name!r} does not name its columns; expected a coordinate 'column'")
    for i, label in enumerate(given[COLUMN].values):
        attrs = {key: value[i] if isinstance(value, list | tuple) else value for key, value in array.attrs.items()}
        yield f"{name}_{label}", _labelled(array.isel({COLUMN: i}).transpose(*order, ...), attrs)


def _labelled(array: xr.Variable, attrs: Mapping[Any, Any]) -> xr.Variable:
    """Give the same values other attributes, plain ones."""
    plain = {str(key): value.item() if isinstance(value, np.generic) else value for key, value in attrs.items()}
    return xr.Variable(array.dims, array.data, plain)


def _narrow(column: xr.Variable) -> xr.Variable:
    """Take float32 where a column is large; a number beyond it becomes infinite, which is refused."""
    if not {ISSUE_TIME, CELL} <= set(column.dims) or column.dtype == np.float32:
        return column
    with np.errstate(over="ignore"):
        return xr.Variable(column.dims, column.values.astype(np.float32), column.attrs)


def _description(feature: Feature) -> str:
    """First line of what the class says about itself; what `dataclass` writes there says nothing."""
    text = (type(feature).__doc__ or "").strip()
    return "" if text.startswith(f"{type(feature).__name__}(") else text.partition("\n")[0]
