"""The SQL of a store, kept in files of its own: fixed text that both databases understand."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files


@lru_cache
def statements(name: str) -> dict[str, str]:
    """Read the statements of a file.

    Parameters
    ----------
    name : str
        "tables", "merge" or "read".

    Returns
    -------
    dict of str to str
        By the name in the line ``-- name: ...`` above each.
    """
    text = files("hotspot.io.store").joinpath("sql", f"{name}.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (.+)$", text, flags=re.MULTILINE)
    bare = (re.sub(r"\s*--.*", "", part).strip() for part in parts[2::2])
    return dict(zip(parts[1::2], bare, strict=True))
