"""Dated layers: several vintages of one layer as a series, and what holds at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.layers.base import EVER, NEVER, Layer, Shapes
from hotspot.windows import Times

L = TypeVar("L", bound=Layer)
S = TypeVar("S", bound=Shapes)


class State(NamedTuple, Generic[S]):
    """What holds of a layer in a span of time in which nothing changes.

    Attributes
    ----------
    layer : Shapes
        The vintage that is the newest one then.
    number : int
        Of the span within the layer: equal numbers mean equal rows.
    total : int
        How many spans the layer has.
    rows : ndarray of bool, shape (n,)
        Which rows of the layer hold.
    """

    layer: S
    number: int
    total: int
    rows: NDArray[np.bool_]


def dated(layers: Iterable[L], name: str) -> tuple[L, ...]:
    """Give the vintages of one layer.

    Parameters
    ----------
    layers : iterable of layers
        Such as those of a History.
    name : str
        Of the layer.

    Returns
    -------
    tuple of layers
        Those of the name, the oldest vintage first.

    Raises
    ------
    InputError
        If there is none, or they are no series: of several classes, without a vintage, or of equal ones.
    """
    every = list(layers)
    found = [layer for layer in every if layer.name == name]
    if not found:
        raise InputError(f"layers: none is called {name!r}; {nearest(name, {layer.name for layer in every})}")
    groups = series(found)
    if len(groups) > 1:
        raise InputError(
            f"layers: {len(found)} are called {name!r}, and they are no vintages of one layer; expected layers of one "
            "kind, each with a vintage of its own; give other names, or vintages"
        )
    return groups[0]


def series(layers: Iterable[L]) -> list[tuple[L, ...]]:
    """Group layers into dated series: those that were given the same name, each with a vintage of its own.

    Parameters
    ----------
    layers : iterable of layers
        Of any kind.

    Returns
    -------
    list of tuple of layers
        In the order of the first one of each; within a series the oldest vintage first. Every other layer stands alone.
    """
    together: dict[tuple[object, ...], list[int]] = {}
    every = list(layers)
    for place, layer in enumerate(every):
        together.setdefault((type(layer), layer.name), []).append(place)
    groups = [group for places in together.values() for group in _split(places, every)]
    return [tuple(every[place] for place in group) for group in sorted(groups, key=min)]


def _split(places: list[int], every: Sequence[Layer]) -> list[list[int]]:
    """Keep layers of one kind and name together if they are a series, ascending; else take each alone."""
    found = [every[place] for place in places]
    vintages = {layer.vintage for layer in found}
    by_default = found[0].name == type(found[0]).__name__.lower()  # nobody said that these are one layer
    if by_default or None in vintages or len(vintages) < len(found):
        return [[place] for place in places]
    return [sorted(places, key=lambda place: from_when(every[place]))]


def states(
    vintages: Sequence[S], times: Times, rows: Sequence[NDArray[np.bool_]] | None = None
) -> tuple[list[State[S]], NDArray[np.int64]]:
    """Tell what holds at each moment, each distinct state once.

    Parameters
    ----------
    vintages : sequence of Shapes
        From `series`, the oldest first. Of a moment the newest whose vintage is not later is used.
    times : ndarray of datetime64[us], shape (n_times,)
        Moments, naive UTC.
    rows : sequence of ndarray of bool, one a vintage, optional
        Which rows matter, such as those of one category; others change nothing. Default: all.

    Returns
    -------
    list of State
        In the order of time.
    ndarray of int64, shape (n_times,)
        Which state holds; -1 before the first vintage.
    """
    matter = [np.ones(len(layer), bool) for layer in vintages] if rows is None else list(rows)
    starts = np.array([from_when(layer) for layer in vintages])
    newest = np.searchsorted(starts, times, side="right") - 1
    number = np.zeros(times.shape, np.int64)
    moments = [_changes(layer, which) for layer, which in zip(vintages, matter, strict=True)]
    for i, changes in enumerate(moments):
        at = newest == i
        number[at] = np.searchsorted(changes, times[at], side="right")
    pairs, index = np.unique(np.stack([newest, number]), axis=1, return_inverse=True)
    known = pairs[0] >= 0  # the pairs of no vintage stand in front
    found = [_state(vintages[i], matter[i], moments[i], int(k)) for i, k in pairs.T[known]]
    return found, np.maximum(index.ravel() - int((~known).sum()), -1).astype(np.int64)


def _changes(layer: Shapes, rows: NDArray[np.bool_]) -> Times:
    """Moments at which the rows that hold change, ascending."""
    since, until = layer.lifetimes
    used = rows & (since < until)
    every = np.unique(np.concatenate([since[used], until[used]]))
    return every[(every > EVER) & (every < NEVER)]


def _state(layer: S, rows: NDArray[np.bool_], changes: Times, number: int) -> State[S]:
    moment = EVER if number == 0 else changes[number - 1]
    since, until = layer.lifetimes
    return State(layer, number, changes.size + 1, rows & (since <= moment) & (moment < until))


def from_when(layer: Layer) -> np.datetime64:
    """Give the moment from which a layer is known.

    Parameters
    ----------
    layer : Layer
        Of any kind.

    Returns
    -------
    numpy.datetime64
        Naive UTC; long ago for an undated one.
    """
    return EVER if layer.vintage is None else np.datetime64(str(layer.vintage), "us")
