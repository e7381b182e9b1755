"""Tokens: from the environment only."""

from __future__ import annotations

import os

from hotspot.errors import ConfigError


def token(name: str) -> str | None:
    """Get a token.

    Parameters
    ----------
    name : str
        Of the environment variable.

    Returns
    -------
    str or None
        None where it is not set or empty.

    Raises
    ------
    ConfigError
        If it cannot be sent; its value is not shown.
    """
    value = os.environ.get(name, "").strip()
    if not value.isascii() or not value.isprintable():
        raise ConfigError(f"the environment variable {name} holds characters that no token has; set it again")
    return value or None
