"""GeoPackages are SQLite databases, and these can hold programs; only tables are read."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from hotspot.errors import InputError

INDEXES = re.compile(r"CREATE\s+VIRTUAL\s+TABLE\s.{0,200}?\sUSING\s+(rtree|fts[345])\b", re.IGNORECASE | re.DOTALL)
VIRTUAL = re.compile(r"CREATE\s+VIRTUAL\b", re.IGNORECASE)
COMPUTED = re.compile(r"\bGENERATED\s+ALWAYS\b|\bAS\s*\(", re.IGNORECASE)


def check_geopackage(file: io.BytesIO | str, name: str) -> None:
    """Refuse a GeoPackage whose reading would run what it brings along: views, virtual tables, computed columns.

    Parameters
    ----------
    file : BytesIO or str
        The file.
    name : str
        For messages.

    Raises
    ------
    InputError
        If it holds one. A view can be made so that it never ends.
    sqlite3.Error
        If it is no database.
    """
    with closing(_opened(file)) as database:
        rows = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, called, sql in rows:
        text = str(sql or "")
        virtual = VIRTUAL.match(text) and not INDEXES.match(text)
        if kind == "view" or virtual or (kind == "table" and COMPUTED.search(text)):
            raise InputError(
                f"{name}: holds {str(called)[:60]!r}, which is computed when it is read; expected plain tables; export "
                "the layer into a GeoPackage of its own"
            )


def _opened(file: io.BytesIO | str) -> sqlite3.Connection:
    if isinstance(file, str):
        # neither locks nor files beside it: the source stays as it is
        return sqlite3.connect(f"{Path(file).resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    database = sqlite3.connect(":memory:")
    database.deserialize(file.getvalue())
    return database
