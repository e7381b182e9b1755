"""What is computed once is kept as long as what it was computed from."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_KEPT: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(owner: object, key: Hashable, compute: Callable[[], T]) -> T:
    """Compute a value the first time, and look it up later.

    Parameters
    ----------
    owner : object
        What the value hangs on: a History, a Domain or a layer, all of which never change. The value is forgotten with
        it.
    key : hashable
        Names the value; all else that it depends on is part of the key.
    compute : callable
        Gives the value.

    Returns
    -------
    object
        The value; nobody may change it.
    """
    kept = _KEPT.setdefault(owner, {})
    if key not in kept:
        kept[key] = compute()
    value: T = kept[key]
    return value
