"""The contract of a feature: dimensions, sizes, labels, attributes and values, and a History left as it was."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from hotspot import registry
from hotspot.errors import SchemaError
from hotspot.schema import CELL, ISSUE_TIME, LEAD
from hotspot.testing.changes import content, fresh
from hotspot.testing.compare import COLUMN
from hotspot.testing.feature_laws import FeatureTrial

ATTRIBUTES = ("units", "source", "vintage")


def check_contract(trial: FeatureTrial) -> None:
    """Check what a feature gives, and that it leaves the History alone.

    Parameters
    ----------
    trial : FeatureTrial
        Feature and world.

    Raises
    ------
    SchemaError
        With what is wrong.
    """
    _check_recipe(trial)
    copied = fresh(trial.history).as_of(trial.times[-1])
    before, times = content(copied), trial.times.copy()
    array = trial.feature.compute(copied, times, trial.windows)
    if content(copied) != before or not np.array_equal(times, trial.times):
        raise SchemaError(
            f"{trial.who} changes the History or the issue times it is given; others read them too: work on copies"
        )
    _check_array(array, trial)


def _check_recipe(trial: FeatureTrial) -> None:
    name = getattr(trial.feature, "name", None)
    if not isinstance(name, str) or not name.isidentifier():
        raise SchemaError(f"{trial.who}: its name is {name!r}; expected a word such as 'recent_counts'")
    if name not in registry.kinds("feature") or registry.load("feature", name) is not type(trial.feature):
        return
    try:
        type(trial.feature)()
    except TypeError as error:
        raise SchemaError(
            f"{trial.who} is registered and cannot be made without arguments ({error}); give its options defaults"
        ) from error


def _check_array(array: xr.DataArray, trial: FeatureTrial) -> None:
    who = trial.who
    if not isinstance(array, xr.DataArray):
        raise SchemaError(f"{who} gives {type(array).__name__}; expected an xarray.DataArray")
    domain = trial.history.domain
    expected = {ISSUE_TIME: trial.times.size, LEAD: trial.windows.n_leads, CELL: domain.n_cells}
    extra = set(map(str, array.dims)) - {*expected, COLUMN}
    if extra:
        raise SchemaError(f"{who} has dimensions {sorted(extra)}; expected issue_time, lead, cell, column")
    wrong = {str(dim): size for dim, size in array.sizes.items() if expected.get(str(dim), size) != size}
    if wrong:
        raise SchemaError(f"{who} has sizes {wrong}; expected { ({dim: expected[dim] for dim in wrong}) }")
    labels = {ISSUE_TIME: trial.times, LEAD: np.arange(trial.windows.n_leads), CELL: domain.ids}
    for dim, label in labels.items():
        if dim in array.coords and not np.array_equal(array[dim].values, label):
            raise SchemaError(f"{who} labels {dim} in another way than the History; a cube takes them in its order")
    if not np.issubdtype(array.dtype, np.floating):
        raise SchemaError(f"{who} gives {array.dtype}; expected floating-point numbers, NaN where missing")
    if np.isinf(array.values).any():
        raise SchemaError(f"{who} holds infinite values; expected finite numbers, or NaN where missing")
    _check_columns(array, who)


def _check_columns(array: xr.DataArray, who: str) -> None:
    lacking = [key for key in ATTRIBUTES if key not in array.attrs]
    if lacking:
        raise SchemaError(f"{who} lacks attributes {lacking}; expected units, source, vintage")
    names = None
    if COLUMN in array.dims:
        if COLUMN not in array.coords:
            raise SchemaError(f"{who} has a dimension column without names; give it a coordinate of texts")
        names = list(map(str, array[COLUMN].values))
        if len(set(names)) < len(names):
            raise SchemaError(f"{who} has several columns of one name; got {names}; expected each once")
    _check_attributes(array.attrs, names, who)


def _check_attributes(attrs: Mapping[object, object], names: list[str] | None, who: str) -> None:
    """Each of units, source and vintage is a text, or a list of texts, one a column."""
    for key in ATTRIBUTES:
        value = attrs[key]
        if isinstance(value, str):
            continue
        if names is None or not isinstance(value, list | tuple) or len(value) != len(names):
            n = "" if names is None else f", or {len(names)} texts"
            raise SchemaError(f"{who}: its attribute {key!r} is {value!r}; expected a text{n}")
        if not all(isinstance(text, str) for text in value):
            raise SchemaError(f"{who}: its attribute {key!r} is {value!r}; expected texts")
