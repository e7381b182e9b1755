"""What features of layers share whose rows have times: which layer holds when, and which of its rows were known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.features._common import COLUMN
from hotspot.history import History
from hotspot.layers import Timed
from hotspot.layers.vintages import series
from hotspot.schema import ISSUE_TIME, LEAD
from hotspot.windows import Times

L = TypeVar("L", bound=Timed)
BY_ROW = "by row"


@dataclass(frozen=True)
class Group(Generic[L]):
    """The vintages of one layer, or a layer that stands alone.

    Parameters
    ----------
    column : str
        What its columns are named after.
    vintages : tuple of layers
        The oldest first.
    """

    column: str
    vintages: tuple[L, ...]

    @property
    def source(self) -> str:
        """Where it comes from."""
        return ", ".join(dict.fromkeys(f"{layer.name} ({layer.source})" for layer in self.vintages))

    @property
    def vintage(self) -> str:
        """From when on it is known; "by row" where the rows say so; empty where nothing does."""
        dated = [str(layer.vintage) for layer in self.vintages if layer.vintage is not None]
        return ", ".join(dated) or (BY_ROW if all(layer.is_dated for layer in self.vintages) else "")

    def holding(self, times: Times) -> Iterator[tuple[L, NDArray[np.int64]]]:
        """Say which vintage is used when: the newest one that is not later.

        Parameters
        ----------
        times : ndarray of datetime64[us], shape (n_times,)
            Issue times.

        Yields
        ------
        layer : Timed
            A vintage.
        index : ndarray of int
            Positions of the issue times that use it; those before the first vintage come nowhere.
        """
        if self.vintages[0].vintage is None:
            yield self.vintages[0], np.arange(times.size)
            return
        starts = np.array([np.datetime64(str(layer.vintage), "us") for layer in self.vintages])
        newest = np.searchsorted(starts, times, side="right") - 1
        for i, layer in enumerate(self.vintages):
            index = np.flatnonzero(newest == i)
            if index.size:
                yield layer, index


def timed_groups(history: History, kind: type[L], feature: str, needs: str) -> list[Group[L]]:
    """Give the layers of a kind.

    Parameters
    ----------
    history : History
        With layers.
    kind : type
        Of the layers.
    feature, needs : str
        Who asks, and for what, for the message; empty `needs` where nothing may be there.

    Returns
    -------
    list of Group
        One a layer, or a series of vintages; names are told apart by a number.

    Raises
    ------
    InputError
        If there is none.
    """
    layers = [layer for layer in history.layers if isinstance(layer, kind)]
    if not layers and needs:
        raise InputError(f"feature {feature} needs {needs} and the History has none; add {_how(kind)}")
    groups = series(layers)
    names = [group[0].name for group in groups]
    for i, name in enumerate(names):
        names[i] = f"{name}_{i + 1}" if name in names[:i] else name
    return [Group(name, group) for name, group in zip(names, groups, strict=True)]


def _how(kind: type[Timed]) -> str:
    name = kind.__name__.lower()
    return f'hotspot.read_{name}(...) to History(layers=[...]), or [[layers]] with kind = "{name}" to the config'


def known_levels(known_from: Times, times: Times) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Tell which rows were known when, each distinct state once.

    Parameters
    ----------
    known_from : ndarray of datetime64[us], shape (n_rows,)
        From when on each row was known.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.

    Yields
    ------
    rows : ndarray of bool, shape (n_rows,)
        Those known.
    index : ndarray of int
        Positions of the issue times at which they were.
    """
    changes = np.sort(known_from)
    number = np.searchsorted(changes, times, side="right")
    for each in np.unique(number):
        index = np.flatnonzero(number == each)
        yield known_from <= times[index[0]], index


def lead_columns(
    times: Times, columns: Sequence[str], values: NDArray[np.float64], attrs: Mapping[str, object]
) -> xr.DataArray:
    """Label values that vary over issue time and lead.

    Parameters
    ----------
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    columns : sequence of str
        Names.
    values : ndarray, shape (n_times, n_leads, n_columns)
        In the order of the names.
    attrs : mapping
        `units`, `source`, `vintage`.

    Returns
    -------
    xarray.DataArray
        Dimensions (issue_time, lead, column).
    """
    coords = {ISSUE_TIME: times, LEAD: np.arange(values.shape[1]), COLUMN: list(columns)}
    return xr.DataArray(values, coords, (ISSUE_TIME, LEAD, COLUMN), attrs=dict(attrs))
