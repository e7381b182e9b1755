"""What features of layers share: which geometries, in which columns, known from when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.features._common import COLUMN
from hotspot.history import History
from hotspot.layers import Layer, Places, Streets
from hotspot.schema import CELL, ISSUE_TIME
from hotspot.windows import Times


class Group(NamedTuple):
    """Geometries that make one column.

    Attributes
    ----------
    column : str
        Its name.
    layer : Layer
        Where they come from.
    shapes : ndarray of shapely geometries, shape (n,)
        In the CRS of the domain.
    """

    column: str
    layer: Layer
    shapes: NDArray[np.object_]


def street_groups(history: History) -> list[Group]:
    """Give the lines of each streets layer.

    Parameters
    ----------
    history : History
        With layers.

    Returns
    -------
    list of Group
        One a layer.

    Raises
    ------
    InputError
        If there is no such layer.
    """
    layers = [layer for layer in history.layers if isinstance(layer, Streets)]
    if not layers:
        raise InputError(
            "feature street_density needs streets and the History has none; add hotspot.read_streets(...) to "
            'History(layers=[...]), or [[layers]] with kind = "streets" to the config'
        )
    return _named(history, [(layer, None) for layer in layers])


def place_groups(history: History, category: str | None, feature: str) -> list[Group]:
    """Give the geometries of each category of each places layer.

    Parameters
    ----------
    history : History
        With layers.
    category : str, optional
        Only this one.
    feature : str
        Who asks, for the message.

    Returns
    -------
    list of Group
        One a layer and category; a layer without categories is one group.

    Raises
    ------
    InputError
        If there is no such layer or category.
    """
    layers = [layer for layer in history.layers if isinstance(layer, Places) and not isinstance(layer, Streets)]
    if not layers:
        raise InputError(
            f"feature {feature} needs places and the History has none; add hotspot.read_places(...) to "
            'History(layers=[...]), or [[layers]] with kind = "places" to the config'
        )
    every = [(layer, name) for layer in layers for name in (layer.categories or (None,))]
    wanted = [(layer, name) for layer, name in every if category is None or name == category]
    if not wanted:
        known = {name for _, name in every if name is not None}
        hint = nearest(str(category), known)
        raise InputError(f"feature {feature}: no places layer has category {category!r}; {hint}")
    return _named(history, wanted)


def _named(history: History, wanted: Sequence[tuple[Places, str | None]]) -> list[Group]:
    """Name a column after its category, or its layer; after both, and a number, where that is not enough."""
    names = [layer.name if category is None else category for layer, category in wanted]
    if len(set(names)) < len(names):
        names = [layer.name if category is None else f"{layer.name}_{category}" for layer, category in wanted]
    for i, name in enumerate(names):
        names[i] = f"{name}_{i + 1}" if name in names[:i] else name
    crs = history.domain.crs
    return [
        Group(name, layer, np.asarray(layer.of(category).to_crs(crs).array))
        for name, (layer, category) in zip(names, wanted, strict=True)
    ]


def layer_columns(
    history: History, times: Times, groups: Sequence[Group], values: NDArray[np.float64], units: str
) -> xr.DataArray:
    """Label values that vary over cells, and blank them before the vintage of their layer.

    Parameters
    ----------
    history : History
        Gives the cells.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    groups : sequence of Group
        One a column.
    values : ndarray, shape (n_groups, n_cells)
        Values once the layers are known.
    units : str
        Of all columns.

    Returns
    -------
    xarray.DataArray
        Dimensions (cell, column) where no layer has a vintage, else (issue_time, cell, column).
    """
    vintages = [group.layer.vintage for group in groups]
    attrs = {
        "units": units,
        "source": [f"{group.layer.name} ({group.layer.source})" for group in groups],
        "vintage": ["" if vintage is None else str(vintage) for vintage in vintages],
    }
    coords = {CELL: history.domain.ids, COLUMN: [group.column for group in groups]}
    if not any(attrs["vintage"]):
        return xr.DataArray(values.T, coords, (CELL, COLUMN), attrs=attrs)
    known = np.stack([times >= _from_when(vintage) for vintage in vintages], axis=1)
    dated = np.where(known[:, :, None], values, np.nan)
    array = xr.DataArray(dated, {ISSUE_TIME: times, **coords}, (ISSUE_TIME, COLUMN, CELL), attrs=attrs)
    return array.transpose(ISSUE_TIME, CELL, COLUMN)


def _from_when(vintage: object) -> np.datetime64:
    """Moment from which a layer is known; an undated one always."""
    return np.datetime64(-(2**62), "us") if vintage is None else np.datetime64(vintage, "us")  # type: ignore[call-overload]
