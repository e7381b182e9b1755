"""Models and features by name: built-ins and plug-ins register the same way, by entry points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from hotspot.errors import ConfigError, nearest

GROUPS = {"model": "hotspot.models", "feature": "hotspot.features"}


@cache
def _points(what: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUPS[what])}


def kinds(what: str) -> list[str]:
    """List the registered names.

    Parameters
    ----------
    what : {"model", "feature"}
        The group.

    Returns
    -------
    list of str
        Sorted.
    """
    return sorted(_points(what))


def load(what: str, kind: str) -> type[Any]:
    """Load the recipe class behind a name.

    Parameters
    ----------
    what : {"model", "feature"}
        The group.
    kind : str
        Registered name, for example ``"grid_etas"``.

    Returns
    -------
    type
        A dataclass callable without arguments.

    Raises
    ------
    ConfigError
        If nothing is registered under the name.
    """
    points = _points(what)
    if kind not in points:
        raise ConfigError(f"no {what} is called {kind!r}; {nearest(kind, points)}")
    loaded: type[Any] = points[kind].load()
    return loaded


def make(what: str, kind: str, options: Mapping[str, Any] | None = None) -> Any:
    """Make a recipe from a name and its options.

    Parameters
    ----------
    what : {"model", "feature"}
        The group.
    kind : str
        Registered name.
    options : mapping, optional
        Parameters of the recipe; lists become tuples.

    Returns
    -------
    object
        The recipe.

    Raises
    ------
    ConfigError
        If the name or an option is not known, or the recipe refuses a value.
    """
    recipe = load(what, kind)
    known = {entry.name for entry in dataclasses.fields(recipe) if entry.init}
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in (options or {}).items()}
    for key in given:
        if key not in known:
            raise ConfigError(f"{what} {kind!r} has no option {key!r}; {nearest(key, known)}")
    try:
        return recipe(**given)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{what} {kind!r}: {error}") from error
