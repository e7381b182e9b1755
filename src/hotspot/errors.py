"""The errors of hotspot: one root, few kinds.

Each message says what is wrong, where, what was found, what was expected and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 60


class HotspotError(Exception):
    """Root of every error that hotspot raises on purpose."""


class InputError(HotspotError, ValueError):
    """Data or an argument cannot be used as given."""


class ColumnError(InputError):
    """A table lacks a column that it is asked for, or a column is named wrongly."""


class ConfigError(HotspotError, ValueError):
    """A configuration file or a command line cannot be used as given."""


class SchemaError(HotspotError, ValueError):
    """A cube, forecast or scores dataset breaks its schema."""


class LeakageError(HotspotError):
    """Something would see what was not known at its cutoff."""


class RefusedError(HotspotError):
    """A run is refused by a rule of its own config: a data gate or an audit bound."""


class PortalError(HotspotError):
    """A portal on the net does not answer, or not with what was asked for; what was fetched before stays."""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Say which allowed words there are and which one was probably meant.

    Parameters
    ----------
    word : str
        What was given.
    allowed : iterable of str
        What may be given.

    Returns
    -------
    str
        A sentence to append to a message.
    """
    words = sorted(allowed)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    hint = f"did you mean {near[0][:100]!r}? " if near else ""
    listed = ", ".join(repr(each[:100]) for each in words[:MOST_LISTED])
    rest = f" and {len(words) - MOST_LISTED:,} more" if len(words) > MOST_LISTED else ""
    return f"{hint}allowed: {listed or 'nothing'}{rest}"
