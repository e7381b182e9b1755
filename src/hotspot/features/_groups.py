"""Which geometries of the layers of a History make a column: each layer, or each category of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.history import History
from hotspot.layers import Layer, Places, Shapes, Streets
from hotspot.layers.protected import protected_category, protected_name
from hotspot.layers.vintages import State, series, states
from hotspot.windows import Times


@dataclass(frozen=True, eq=False)
class Group:
    """Geometries that make one column.

    Parameters
    ----------
    column : str
        Its name.
    vintages : tuple of layers
        Of one layer, the oldest first; most layers have but one.
    category : str, optional
        Only places of this one.
    needs : tuple of layers
        Others that the values rest on, such as the streets along which is measured; NaN before their vintage.
    """

    column: str
    vintages: tuple[Shapes, ...]
    category: str | None = None
    needs: tuple[Layer, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether it differs between issue times."""
        rows = any(layer.since is not None or layer.until is not None for layer in self.vintages)
        return rows or any(layer.vintage is not None for layer in (*self.vintages, *self.needs))

    @property
    def source(self) -> str:
        """Name and origin, for the attributes."""
        return ", ".join(dict.fromkeys(f"{layer.name} ({layer.source})" for layer in self.vintages))

    @property
    def vintage(self) -> str:
        """From when on it is known, for the attributes; empty where nothing says so."""
        dated = [layer for layer in self.vintages if layer.is_dated]
        return ", ".join(f"by {layer.since!r}" if layer.vintage is None else str(layer.vintage) for layer in dated)

    def states(self, times: Times) -> tuple[list[State[Shapes]], NDArray[np.int64]]:
        """Tell what holds at each issue time; see `hotspot.layers.vintages.states`."""
        return states(self.vintages, times, [_rows(layer, self.category) for layer in self.vintages])


def street_groups(history: History, feature: str = "street_density") -> list[Group]:
    """Give each streets layer.

    Parameters
    ----------
    history : History
        With layers.
    feature : str
        Who asks, for the message.

    Returns
    -------
    list of Group
        One a layer.

    Raises
    ------
    InputError
        If there is no such layer.
    """
    found = series(layer for layer in history.layers if isinstance(layer, Streets))
    if not found:
        raise InputError(
            f"feature {feature} needs streets and the History has none; add hotspot.read_streets(...) to "
            'History(layers=[...]), or [[layers]] with kind = "streets" to the config'
        )
    return named([(vintages, None) for vintages in found])


def place_groups(history: History, category: str | None, feature: str) -> list[Group]:
    """Give each category of each places layer.

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
        If there is no such layer or category, or categories are those of a protected attribute.
    """
    layers = [layer for layer in history.layers if isinstance(layer, Places) and not isinstance(layer, Streets)]
    if not layers:
        raise InputError(
            f"feature {feature} needs places and the History has none; add hotspot.read_places(...) to "
            'History(layers=[...]), or [[layers]] with kind = "places" to the config'
        )
    for layer in layers:
        _check_categories(layer, feature)
    if category is not None:
        check_category(category, feature)
    every = [(vintages, name) for vintages in series(layers) for name in _categories(vintages)]
    wanted = [(vintages, name) for vintages, name in every if category is None or name == category]
    if not every:
        check_category(layers[0].categories[0], feature)
    if not wanted:
        known = {name for _, name in every if name is not None}
        hint = nearest(str(category), known)
        raise InputError(f"feature {feature}: no places layer has category {category!r}; {hint}")
    return named(wanted)


def usable(vintages: Iterable[Places]) -> list[str]:
    """Give the categories of all vintages, so that columns do not change in time, without those that are protected.

    Parameters
    ----------
    vintages : iterable of Places
        Of one layer; their notes count what is set aside.

    Returns
    -------
    list of str
        Sorted.
    """
    return sorted({name for layer in vintages for name in layer.categories if name not in layer.set_aside})


def check_category(category: str, feature: str) -> None:
    """Refuse a category that says something about groups of people.

    Parameters
    ----------
    category : str
        That is asked for.
    feature : str
        Who asks, for the message.

    Raises
    ------
    InputError
        If it does.
    """
    why = protected_category(category)
    if why:
        raise InputError(
            f"feature {feature}: category {category!r} {why}, so that where it is says who lives near: that is "
            "protected and makes no column; name other categories in the feature (category=...), read the places "
            "without it (tags={...}), or with one category for all such places"
        )


def named(wanted: Sequence[tuple[tuple[Shapes, ...], str | None]]) -> list[Group]:
    """Name a column after its category, or its layer; after both, and a number, where that is not enough.

    Parameters
    ----------
    wanted : sequence of (tuple of layers, str or None)
        Vintages and category.

    Returns
    -------
    list of Group
        With a column each.
    """
    names = [vintages[0].name if category is None else category for vintages, category in wanted]
    if len(set(names)) < len(names):
        both = zip(wanted, names, strict=True)
        names = [
            name if category is None or names.count(name) == 1 else f"{vintages[0].name}_{category}"
            for (vintages, category), name in both
        ]
    for i, name in enumerate(names):
        names[i] = f"{name}_{i + 1}" if name in names[:i] else name
    return [Group(name, vintages, category) for name, (vintages, category) in zip(names, wanted, strict=True)]


def _rows(layer: Shapes, category: str | None) -> NDArray[np.bool_]:
    if category is None or not isinstance(layer, Places):
        return np.ones(len(layer), bool)
    return layer.rows(category) if layer.category is not None else np.zeros(len(layer), bool)


def _categories(vintages: Iterable[Places]) -> list[str | None]:
    """Categories of all vintages, so that the columns do not change in time."""
    if not any(layer.categories for layer in vintages):
        return [None]
    return [*usable(vintages)]


def _check_categories(layer: Places, feature: str) -> None:
    spoken = None if layer.category is None else protected_name(layer.category)
    if spoken:
        raise InputError(
            f"feature {feature}: the categories of layer {layer.name!r} are those of {layer.category!r}, which speaks "
            f"of {spoken}: that is protected and serves the audit only; read the places with another category"
        )
