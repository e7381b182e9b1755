"""What features of layers share: values over cells, each state of a layer computed once, labelled with its source."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.features._common import COLUMN
from hotspot.features._groups import Group
from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.layers import Places, Shapes, coverage
from hotspot.layers.base import EVER
from hotspot.layers.reach import inside
from hotspot.layers.vintages import State, from_when
from hotspot.schema import CELL, ISSUE_TIME
from hotspot.windows import Times

MOST_REMEMBERED = 20_000_000  # values of one column, over all of its states

Geometries: TypeAlias = NDArray[np.object_]
Values: TypeAlias = NDArray[np.float64]


def by_state(
    key: Hashable,
    history: History,
    times: Times,
    groups: Sequence[Group],
    compute: Callable[[Domain, Any], Values],
    prepare: Callable[[State[Any], str], Any] | None = None,
) -> tuple[NDArray[np.float32], bool]:
    """Compute what varies over cells once for each distinct state of a layer among the issue times.

    Parameters
    ----------
    key : hashable
        What the values depend on besides geometries and cells; a feature that is a frozen dataclass is its own key.
    history : History
        Gives the cells.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    groups : sequence of Group
        One a column.
    compute : callable
        Takes the domain and the geometries in its CRS, perhaps none, and gives a value a cell.
    prepare : callable, optional
        Takes a state and the CRS of the domain, and gives what `compute` takes instead of geometries.

    Returns
    -------
    ndarray of float32, shape (n_times, n_groups, n_cells), or (n_groups, n_cells) where no group is dated
        NaN before the first vintage of a layer, and where a cell lies outside the declared extent of places.
    bool
        Whether a group is dated.
    """
    domain, any_dated = history.domain, any(group.dated for group in groups)
    moments = times if any_dated else np.array([EVER])
    out = np.full((moments.size, len(groups), domain.n_cells), np.nan, np.float32)
    for column, group in enumerate(groups):
        found, index = group.states(moments)
        for number, state in enumerate(found):
            out[index == number, column] = _values((key, group.category), state, domain, compute, prepare)
        for layer in group.needs:
            out[moments < from_when(layer), column] = np.nan
    return (out, True) if any_dated else (out[0], False)


def _values(
    key: Hashable,
    state: State[Any],
    domain: Domain,
    compute: Callable[[Domain, Any], Values],
    prepare: Callable[[State[Any], str], Any] | None,
) -> NDArray[np.float32]:
    def found() -> NDArray[np.float32]:
        values = compute(domain, (prepare or geometries)(state, domain.crs)).astype(np.float32)
        values[~_searched(state.layer, domain)] = np.nan
        return values

    values: NDArray[np.float32] = kept(state, (key, domain.fingerprint), domain.n_cells, found)
    return values


def kept(state: State[Any], key: Hashable, size: int, compute: Callable[[], Any]) -> Any:
    """Compute what belongs to a state of a layer, once; anew only where all of its states would fill the memory.

    Parameters
    ----------
    state : State
        Of a layer.
    key : hashable
        What is computed.
    size : int
        Numbers in it.
    compute : callable
        Gives it.

    Returns
    -------
    object
        Nobody may change it.
    """
    if state.total * size > MOST_REMEMBERED:
        return compute()
    return remembered(state.layer, (key, state.number), compute)


def geometries(state: State[Any], crs: str) -> Geometries:
    """Give the geometries of a state, none of them empty.

    Parameters
    ----------
    state : State
        Of a layer.
    crs : str
        That of the domain.

    Returns
    -------
    ndarray of shapely geometries, shape (n,)
        Perhaps none.
    """
    layer = state.layer
    shapes: Geometries = remembered(layer, ("shapes", crs), lambda: layer.shapes_in(crs))
    some = shapes[state.rows]
    return some[~shapely.is_empty(some)]


def _searched(layer: Shapes, domain: Domain) -> NDArray[np.bool_]:
    """Cells inside the declared extent of places; all where there is none."""
    extent = layer.extent_in(domain.crs) if isinstance(layer, Places) else None
    return np.ones(domain.n_cells, bool) if extent is None else inside(extent, domain)


def layer_columns(
    feature: Hashable,
    history: History,
    times: Times,
    groups: Sequence[Group],
    units: str,
    compute: Callable[[Domain, Geometries], Values],
) -> xr.DataArray:
    """Compute columns by `by_state`, and label them.

    Parameters
    ----------
    feature : hashable
        A frozen dataclass; what the values depend on besides geometries and cells.
    history : History
        Gives the cells.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    groups : sequence of Group
        One a column.
    units : str
        Of all columns.
    compute : callable
        Takes the domain and the geometries in its CRS, perhaps none, and gives a value a cell.

    Returns
    -------
    xarray.DataArray
        float32; dimensions (cell, column) where no layer is dated, else (issue_time, cell, column).
    """
    values, any_dated = by_state(feature, history, times, groups, compute)
    return labelled(history, times if any_dated else None, groups, values, [units] * len(groups))


def labelled(
    history: History, times: Times | None, groups: Sequence[Group], values: NDArray[np.float32], units: Sequence[str]
) -> xr.DataArray:
    """Label values that vary over cells, and perhaps over issue times.

    Parameters
    ----------
    history : History
        Gives the cells.
    times : ndarray of datetime64[us], shape (n_times,), optional
        Issue times, where values vary over them.
    groups : sequence of Group
        One a column.
    values : ndarray, shape (n_times, n_groups, n_cells) or (n_groups, n_cells)
        In the order of computing.
    units : sequence of str
        One a column.

    Returns
    -------
    xarray.DataArray
        Dimensions (cell, column) or (issue_time, cell, column), a view of the values. Attributes besides the usual
        ones: `coverage`, the share of the domain that the layer covers, as text; empty where that cannot be told.
    """
    attrs = {
        "units": list(units),
        "source": [group.source for group in groups],
        "vintage": [group.vintage for group in groups],
        "coverage": [covered(group.vintages[-1], history.domain) for group in groups],
    }
    coords: dict[str, Any] = {CELL: history.domain.ids, COLUMN: [group.column for group in groups]}
    if times is None:
        return xr.DataArray(values, coords, (COLUMN, CELL), attrs=attrs).transpose(CELL, COLUMN)
    array = xr.DataArray(values, {ISSUE_TIME: times, **coords}, (ISSUE_TIME, COLUMN, CELL), attrs=attrs)
    return array.transpose(ISSUE_TIME, CELL, COLUMN)


def covered(layer: Shapes, domain: Domain, share: Callable[[], float] | None = None) -> str:
    """Say what share of the domain a layer covers; see `hotspot.layers.coverage`.

    Parameters
    ----------
    layer : Shapes
        Of a History.
    domain : Domain
        Gives the cells.
    share : callable, optional
        Knows it already.

    Returns
    -------
    str
        A number from 0 to 1; empty where it cannot be told.
    """
    found = remembered(layer, ("coverage", domain.fingerprint), share or (lambda: coverage(layer, domain).share))
    return "" if np.isnan(found) else f"{found:.3f}"


def single(array: xr.DataArray) -> xr.DataArray:
    """Take the column of an array that has but one, without the dimension.

    Parameters
    ----------
    array : xarray.DataArray
        From `layer_columns`.

    Returns
    -------
    xarray.DataArray
        The same where there are several.
    """
    if array.sizes[COLUMN] > 1:
        return array
    alone = array.isel({COLUMN: 0}, drop=True)
    return alone.assign_attrs({key: value[0] for key, value in array.attrs.items()})
