"""The tables of a store: made once, understood again; see ``sql/tables.sql``."""

from __future__ import annotations

import pyarrow as pa

from hotspot.errors import InputError
from hotspot.io.store.database import Database
from hotspot.io.store.statements import statements

FORMAT = 1
CONTENT = ("start", "end", "category", "x", "y", "position_error", "time_precision", "discovered", "source")
NOTHING = 0  # the content of a deletion; no row has this hash

STAGE = pa.schema(
    [
        ("id", pa.string()),
        ("known_at", pa.timestamp("us")),
        ("superseded_at", pa.timestamp("us")),
        ("content", pa.int64()),
        ("start", pa.timestamp("us")),
        ("end", pa.timestamp("us")),
        ("category", pa.string()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("position_error", pa.float64()),
        ("time_precision", pa.string()),
        ("discovered", pa.bool_()),
        ("source", pa.string()),
    ]
)

LOST = pa.schema([("id", pa.string()), ("known_at", pa.timestamp("us"))])

_TEXT, _NUMBER, _TIME, _FLAG = pa.string(), pa.int64(), pa.timestamp("us"), pa.bool_()
BATCH = {"feed": _TEXT, "number": _NUMBER, "recorded_at": _TIME, "is_archive": _FLAG, "newest": _TIME}
FEEDS = {"feed": _TEXT, "number": _NUMBER, "crs": _TEXT, "srid": pa.int32()}
INGESTS = {
    **dict.fromkeys(("feed", "source", "sha256", "content", "schema_name", "set_aside", "notes"), _TEXT),
    **dict.fromkeys(("number", "rows_read", "rows_kept", "new", "changed", "deleted", "unchanged"), _NUMBER),
    "back_dated": _NUMBER,
    **dict.fromkeys(("recorded_at", "written_at", "newest_known_at"), _TIME),
    **dict.fromkeys(("complete", "archive"), _FLAG),
}

_TABLES = ("about", "feeds", "ingests", "versions")


def make_tables(database: Database) -> None:
    """Make what is not there yet.

    Parameters
    ----------
    database : Database
        Open for writing.

    Raises
    ------
    InputError
        If the store was made by a later version of hotspot.
    """
    if has_tables(database):
        return
    fixed = statements("tables")
    for statement in fixed["tables"].split(";"):
        if statement.strip():
            database.run(statement)
    if database.address.kind == "postgresql":
        database.run(fixed["index"])
    database.append("about", {"format": FORMAT}, {"format": pa.int32()})


def has_tables(database: Database) -> bool:
    """Tell whether a store has been filled, and refuse one that is not understood.

    Parameters
    ----------
    database : Database
        Open.

    Returns
    -------
    bool
        False for an empty database.

    Raises
    ------
    InputError
        If the store was made by a later version of hotspot.
    """
    schema = "hotspot" if database.address.kind == "postgresql" else "main"
    asked = "select table_name from information_schema.tables where table_schema = $1"
    there = {row["table_name"] for row in database.rows(asked, schema)}
    if not there.issuperset(_TABLES):
        return False
    made = database.rows("select max(format) as format from about")[0]["format"]
    if made != FORMAT:
        raise InputError(f"{database.address}: has format {made}; this hotspot knows {FORMAT}; use the newer version")
    return True
