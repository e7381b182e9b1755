"""Where a store is: a DuckDB file or a PostgreSQL database, named by a URL."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from hotspot.errors import ConfigError

HIDDEN = "***"
_PREFIX = re.compile(r"(duckdb|postgresql|postgres)://")
_PASSWORD = ("password", "sslpassword", "passfile")


@dataclass(frozen=True)
class Address:
    """A store's address; its text never holds a password.

    Parameters
    ----------
    kind : str
        "duckdb" or "postgresql".
    path : Path or None
        Of the DuckDB file, absolute.
    url : str
        What the driver is told; may hold a password, so it is kept out of texts.
    secrets : tuple of str
        What must not be printed.
    """

    kind: Literal["duckdb", "postgresql"]
    path: Path | None
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        """Write the address for a person: no password, and the file by its name alone."""
        return f"duckdb:///{self.path.name}" if self.path is not None else self.cleaned(self.url)

    def cleaned(self, text: str) -> str:
        """Take every secret out of a text.

        Parameters
        ----------
        text : str
            Such as the message of a driver.

        Returns
        -------
        str
            With stars in place of secrets.
        """
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text


def is_address(text: object) -> bool:
    """Tell whether a source is the URL of a store.

    Parameters
    ----------
    text : object
        A path, URL or table.

    Returns
    -------
    bool
        True for texts that begin with ``duckdb://``, ``postgresql://`` or ``postgres://``.
    """
    return isinstance(text, str) and _PREFIX.match(text) is not None


def parse_address(url: str | Path, *, folder: Path | None = None) -> Address:
    """Understand the URL of a store.

    Parameters
    ----------
    url : str or Path
        ``duckdb:///city.duckdb`` (relative), ``duckdb:////data/city.duckdb`` (absolute, four slashes), a path that
        ends in ``.duckdb``, or ``postgresql://user@host:port/database``.
    folder : Path, optional
        What relative paths are relative to. Default: the working folder.

    Returns
    -------
    Address
        With an absolute path.

    Raises
    ------
    ConfigError
        If it is none of these. The message never repeats a PostgreSQL URL.
    """
    text = str(url)
    if text.startswith(("postgresql://", "postgres://")):
        return _postgresql(text)
    if text.startswith("duckdb://"):
        rest = text.removeprefix("duckdb://")
        rest = rest.removeprefix("/")  # the third slash ends the empty name of the host
    elif text.endswith(".duckdb") and "://" not in text:
        rest = text
    else:
        raise ConfigError(
            f"store {text.partition('://')[0]!r}: expected duckdb:///name.duckdb, duckdb:////absolute/name.duckdb or "
            "postgresql://user@host/database"
        )
    if rest in ("", "/", ":memory:") or "?" in rest or "\0" in rest:
        raise ConfigError(f"store {text!r}: names no file; expected for example duckdb:///hotspot.duckdb, no options")
    path = ((folder or Path.cwd()) / rest).resolve()
    return Address("duckdb", path, str(path))


def _postgresql(text: str) -> Address:
    try:
        parts = urlsplit(text)
        options = parse_qsl(parts.query, keep_blank_values=True)
        raw = parts.password
        named = bool(parts.hostname or dict(options).get("host")) and bool(parts.path.strip("/"))
    except ValueError as error:  # its text may repeat the URL
        raise ConfigError("store postgresql://...: cannot be read as a URL; write special signs as %40, %3A") from error
    if not named:
        raise ConfigError("store postgresql://...: expected postgresql://user@host:port/database, all of it named")
    found = [raw, unquote(raw)] if raw else []
    for key, value in options:
        if key in _PASSWORD:
            found += [value, *(part.partition("=")[2] for part in parts.query.split("&") if part.startswith(f"{key}="))]
    secrets = tuple(sorted({secret for secret in found if secret}, key=len, reverse=True))
    return Address("postgresql", None, text, secrets)
