"""What the feature of areas rests on: which layers and columns, whose residents weigh, and what holds when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.errors import InputError, nearest
from hotspot.features._layers import kept
from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.layers import Areas
from hotspot.layers.copies import copies
from hotspot.layers.protected import folded
from hotspot.layers.transfer import Transfer
from hotspot.layers.vintages import State, series, states
from hotspot.windows import Times

Vintages: TypeAlias = tuple[Areas, ...]

SURFACE = "surface"
EQUAL_AREA = "EPSG:6933"
MATRICES = 4  # numbers a cell that a Transfer holds, about


class Piece(NamedTuple):
    """What holds of areas at some issue times.

    Attributes
    ----------
    at : ndarray of bool, shape (n_times,)
        The issue times.
    areas : Areas
        The rows that hold then.
    transfer : Transfer
        To the cells.
    """

    at: NDArray[np.bool_]
    areas: Areas
    transfer: Transfer


def areas_of(history: History, feature: str) -> list[Vintages]:
    """Give every layer of areas, each with its vintages.

    Parameters
    ----------
    history : History
        With layers.
    feature : str
        Who asks, for the message.

    Returns
    -------
    list of tuple of Areas
        At least one.

    Raises
    ------
    InputError
        If there is none.
    """
    found = series(layer for layer in history.layers if isinstance(layer, Areas))
    if not found:
        raise InputError(
            f"feature {feature} needs areas and the History has none; add hotspot.read_areas(...) to "
            'History(layers=[...]), or [[layers]] with kind = "areas" to the config'
        )
    return found


def one_layer(every: Sequence[Vintages], name: str, feature: str) -> Vintages:
    """Find a layer by its name.

    Parameters
    ----------
    every : sequence of tuple of Areas
        From `areas_of`.
    name : str
        Of the layer.
    feature : str
        Who asks, for the message.

    Returns
    -------
    tuple of Areas
        Its vintages.

    Raises
    ------
    InputError
        If there is none, or there are several.
    """
    found = [vintages for vintages in every if vintages[-1].name == name]
    if len(found) != 1:
        hint = nearest(name, {vintages[-1].name for vintages in every})
        raise InputError(f"feature {feature}: {len(found)} layers of areas are called {name!r}, expected one; {hint}")
    return found[0]


class Guard:
    """Knows the groups of residents that any layer declares: protected in all, since two may be read from one file.

    Parameters
    ----------
    every : sequence of tuple of Areas
        From `areas_of`.
    """

    def __init__(self, every: Sequence[Vintages]) -> None:
        self.censuses = [layer for vintages in every for layer in vintages if layer.groups]
        self.names = {folded(column) for layer in self.censuses for column in layer.groups.values()}

    def why(self, vintages: Vintages, column: str) -> str | None:
        """Say why a column is protected, by its name or by its numbers.

        Parameters
        ----------
        vintages : tuple of Areas
            Of one layer.
        column : str
            Its name.

        Returns
        -------
        str or None
            None: it is not.
        """
        if folded(column) in self.names:
            return "a layer of this History declares it as a group of residents"
        return next((f"its numbers repeat {said}" for said in self._repeated(vintages, column)), None)

    def copies(self, vintages: Vintages) -> list[str]:
        """Name the columns that repeat a group under another name.

        Parameters
        ----------
        vintages : tuple of Areas
            Of one layer.

        Returns
        -------
        list of str
            Those that might else describe the areas.
        """
        return [column for column in _attributes(vintages) if next(self._repeated(vintages, column), None)]

    def _repeated(self, vintages: Vintages, column: str) -> Iterator[str]:
        for layer, census in product(vintages, self.censuses):
            found = remembered(layer, ("copies", census.fingerprint), partial(copies, layer, census))
            if column in found:
                yield found[column]


def columns_of(vintages: Vintages, wanted: Sequence[str] | None, guard: Guard, feature: str) -> tuple[str, ...]:
    """Choose the columns of a layer, and refuse those that are protected.

    Parameters
    ----------
    vintages : tuple of Areas
        Of one layer; columns need not be in all of them.
    wanted : sequence of str, optional
        Default: all attributes.
    guard : Guard
        Knows the groups.
    feature : str
        Who asks, for the message.

    Returns
    -------
    tuple of str
        Those of `wanted` that the layer has.

    Raises
    ------
    InputError
        If one is protected.
    """
    if wanted is None:
        return tuple(column for column in _attributes(vintages) if not guard.why(vintages, column))
    there = [column for column in wanted if any(column in layer.frame.columns for layer in vintages)]
    for column in there:
        check_unprotected(vintages, column, guard, feature)
    return tuple(there)


def _attributes(vintages: Vintages) -> list[str]:
    return list(dict.fromkeys(column for layer in vintages for column in layer.attributes))


def check_unprotected(vintages: Vintages, column: str, guard: Guard, feature: str) -> None:
    """Refuse a column that serves the audit only.

    Parameters
    ----------
    vintages : tuple of Areas
        Of one layer.
    column : str
        Its name.
    guard : Guard
        Knows the groups.
    feature : str
        Who asks, for the message.

    Raises
    ------
    InputError
        If it is protected, or holds no numbers.
    """
    why = guard.why(vintages, column)
    if why:
        raise InputError(
            f"feature {feature}: column {column!r} of layer {vintages[-1].name!r} is protected: {why}, and groups "
            "serve the audit and no feature; leave it out here"
        )
    for layer in vintages:
        if column in layer.frame.columns:
            layer.attribute(column)


def people_of(every: Sequence[Vintages], weight: str | None, guard: Guard, feature: str) -> Vintages | None:
    """Choose the layer whose residents weigh.

    Parameters
    ----------
    every : sequence of tuple of Areas
        From `areas_of`.
    weight : str, optional
        Its name, or "surface". Default: of those with residents the one with the smallest areas.
    guard : Guard
        Knows the groups.
    feature : str
        Who asks, for the message.

    Returns
    -------
    tuple of Areas or None
        None: nobody's, surface weighs.

    Raises
    ------
    InputError
        If there is no such layer, it knows no residents, or their column is protected.
    """
    if weight == SURFACE:
        return None
    chosen = [one_layer(every, weight, feature)] if weight is not None else _with_residents(every)
    if not chosen:
        return None
    columns = {layer.residents_column for layer in chosen[0]}
    if None in columns:
        raise InputError(
            f"feature {feature}: weight is {weight!r}, and that layer does not know its residents; name their column: "
            "hotspot.read_areas(..., residents=...)"
        )
    for column in columns:
        check_unprotected(chosen[0], str(column), guard, feature)
    return chosen[0]


def _with_residents(every: Sequence[Vintages]) -> list[Vintages]:
    """Layers that know their residents, the one with the smallest areas first."""
    known = [vintages for vintages in every if all(layer.residents_column is not None for layer in vintages)]
    return sorted(known, key=lambda vintages: _typical(vintages[-1])) if len(known) > 1 else known


def _typical(layer: Areas) -> float:
    """Median surface of areas [m2]."""
    return remembered(layer, "typical area", lambda: float(np.median(layer.geometry.to_crs(EQUAL_AREA).area)))


def pieces(vintages: Vintages, people: Vintages | None, times: Times, domain: Domain) -> Iterator[Piece]:
    """Measure areas against cells, once for each state of the areas and of the residents that weigh.

    Parameters
    ----------
    vintages : tuple of Areas
        Of one layer.
    people : tuple of Areas, optional
        From `people_of`; before their vintage surface weighs.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    domain : Domain
        Gives the cells.

    Yields
    ------
    Piece
        Issue times before the first vintage are in none.
    """
    found, index = states(vintages, times)
    others, other_index = ([], np.full(times.shape, -1)) if people is None else states(people, times)
    for i, j in np.unique(np.stack([index, other_index]), axis=1).T:
        if i >= 0:
            areas, other = found[i].layer.taking(found[i].rows), others[j] if j >= 0 else None
            transfer = _transfer(found[i], areas, other, domain)
            yield Piece((index == i) & (other_index == j), areas, transfer)


def _transfer(state: State[Areas], areas: Areas, other: State[Areas] | None, domain: Domain) -> Transfer:
    def measure() -> Transfer:
        if other is None:
            return Transfer.of(areas, domain)
        same = other.layer is state.layer and other.number == state.number
        return Transfer.of(areas, domain, areas if same else other.layer.taking(other.rows))

    key = ("transfer", domain.fingerprint, None if other is None else (other.layer.fingerprint, other.number))
    transfer: Transfer = kept(state, key, MATRICES * domain.n_cells, measure)
    return transfer
