"""The record beside a fetched file: from where, what, when, how much, and from where the next fetch goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotspot.errors import PortalError

SUFFIX = ".fetch.json"
FORM = 1


def sidecar_of(path: Path) -> Path:
    """Name the record of a file.

    Parameters
    ----------
    path : Path
        The fetched file.

    Returns
    -------
    Path
        Beside it.
    """
    return path.with_name(path.name + SUFFIX)


def digest(path: Path) -> str:
    """Hash a file.

    Parameters
    ----------
    path : Path
        Any.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write the record of a file in one step.

    Parameters
    ----------
    path : Path
        The fetched file.
    record : mapping
        Plain values.
    """
    target = sidecar_of(path)
    partial = target.with_name(f".{target.name}.new")
    with partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, target)


def read_record(path: Path) -> dict[str, Any]:
    """Read the record of a file.

    Parameters
    ----------
    path : Path
        The fetched file.

    Returns
    -------
    dict
        As it was written.

    Raises
    ------
    PortalError
        If it is missing, broken, or belongs to another state of the file.
    """
    target = sidecar_of(path)
    again = "fetch all, without --since"
    try:
        record = json.loads(target.read_text("utf-8"))
        form, sha256 = record["form"], record["sha256"]
    except FileNotFoundError:
        raise PortalError(f"{target}: no record of an earlier fetch; {again}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PortalError(f"{target}: is no record of a fetch ({error}); {again}") from error
    if form != FORM:
        raise PortalError(f"{target}: has form {form!r}, expected {FORM}; {again}")
    if not path.is_file() or digest(path) != sha256:
        raise PortalError(f"{path}: has changed since it was fetched (its hash differs from {target.name}); {again}")
    result: dict[str, Any] = record
    return result
