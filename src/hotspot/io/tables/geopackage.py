"""GeoPackages are SQLite databases, and these can hold programs; only tables are read."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from hotspot.errors import InputError

# views of the first version of the format, which some programs still write
OLD_VIEWS = {"st_geometry_columns", "st_spatial_ref_sys"}
INDEXES = re.compile(r"USING\s+(rtree|fts[345])\b", re.IGNORECASE)
COMPUTED = re.compile(r"\bRECURSIVE\b|\bGENERATED\s+ALWAYS\b|\bAS\s*\(", re.IGNORECASE)


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
        virtual = text[:40].upper().split()[:2] == ["CREATE", "VIRTUAL"]
        view = kind == "view" and called not in OLD_VIEWS
        computed = kind in ("view", "table") and COMPUTED.search(text if kind == "table" else text.partition("(")[0])
        if view or computed or (virtual and not INDEXES.search(text)):
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
