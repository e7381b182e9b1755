"""One ingest as a few statements over whole tables: what is new, changed, gone, or known already.

See ``sql/merge.sql``.
"""

from __future__ import annotations

from typing import Any

from hotspot.io.store.database import Database
from hotspot.io.store.statements import statements


def merge(database: Database, *, complete: bool) -> dict[str, Any]:
    """Bring the staged rows into the store.

    Parameters
    ----------
    database : Database
        Open for writing, with `stage`, `lost` and `batch` filled.
    complete : bool
        The source is all there is: what it does not name is deleted.

    Returns
    -------
    dict
        Rows new, changed, unchanged and back_dated; ids deleted; the newest known_at written.
    """
    fixed = statements("merge")
    server = database.address.kind == "postgresql"

    def make(table: str, statement: str | None = None) -> None:
        if statement is not None:
            database.run(statement)
        if server:  # its planner knows nothing of a table it has not looked at
            database.run(f"analyze {table}")

    make("stage")
    make("lost")
    make("event", fixed["event"])
    make("standing", fixed["standing" if complete else "standing of staged"])
    make("before", fixed["before"])
    make("decided", fixed["decided"])
    database.run(fixed["insert"])
    database.run(fixed["gone" if complete else "lost"])
    return database.rows(fixed["counts"])[0]
