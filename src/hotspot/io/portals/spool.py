"""The part of a fetch that is already there: rows and place in one small database, so that a kill loses nothing.

A page and the place after it are written in one transaction. The file lies hidden beside the result and goes away when
that has landed; it holds no column that was not asked for, and no secret.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hotspot.errors import PortalError

EARLIER, SAME, FRESH = 0, 1, 2
TABLES = """
CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, line TEXT NOT NULL, seen INTEGER NOT NULL
);
"""


@dataclass
class State:
    """How far a fetch is.

    Parameters
    ----------
    query : dict
        What was asked for; another query may not go on here.
    started : str
        When it began, UTC.
    since : str, optional
        What "since" has come to.
    columns : list of str
        The portal's names, without what looks personal.
    updated_at : str, optional
        Column of the last change.
    whole : bool
        Whether the result holds all rows, and not changes only.
    place : object
        Of the next page; None before the first.
    begun, done : bool
        Whether the first place is known; whether the last page is in.
    pages, received, duplicates, repeated_pages, repeats : int
        Counts; ``repeats`` counts the pages without a new row in sequence.
    types : dict, optional
        As the first page told them.
    kinds : dict of str to list of str
        Kinds of values by column.
    gone : list of str
        Columns that the portal has dropped, accepted.
    totals : list
        Rows that the portal said there are, at the beginning and at the end.
    newest : str, optional
        Last change.
    notes : list of str
        For a person.
    """

    query: dict[str, Any]
    started: str
    since: str | None = None
    columns: list[str] = field(default_factory=list)
    updated_at: str | None = None
    whole: bool = True
    place: Any = None
    begun: bool = False
    done: bool = False
    pages: int = 0
    received: int = 0
    duplicates: int = 0
    repeated_pages: int = 0
    repeats: int = 0
    types: dict[str, str] | None = None
    kinds: dict[str, list[str]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    totals: list[int | None] = field(default_factory=list)
    newest: str | None = None
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a note, once.

        Parameters
        ----------
        text : str
            For a person.
        """
        if text not in self.notes:
            self.notes.append(text)


class DamagedError(PortalError):
    """The file of an unfinished fetch cannot be read."""


class Spool:
    """Rows by their portal id, and the state.

    Parameters
    ----------
    path : Path
        Made where it is not there.

    Raises
    ------
    PortalError
        If another fetch is writing it, or it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._base = sqlite3.connect(path, isolation_level=None, timeout=0.2)
        except sqlite3.OperationalError as error:
            raise PortalError(f"{path}: cannot be written ({error}); choose another place") from error
        try:
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")  # held until closed, and let go by a kill
            self._base.execute("PRAGMA cache_size = -65536")
            self._base.execute("BEGIN EXCLUSIVE")
            for statement in TABLES.split(";\n"):
                self._base.execute(statement)
            self._base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._base.close()
            if "locked" not in str(error):
                raise PortalError(f"{path}: cannot be written ({error}); choose another place") from error
            raise PortalError(f"{path}: another fetch is writing here; wait for it to end") from error
        except sqlite3.DatabaseError as error:
            self._base.close()
            raise DamagedError(
                f"{path}: the unfinished fetch is damaged ({error}); begin anew with --restart"
            ) from error

    def state(self) -> State | None:
        """Read the state.

        Returns
        -------
        State or None
            None in a new spool.
        """
        found = self._base.execute("SELECT content FROM state").fetchone()
        return State(**json.loads(found[0])) if found else None

    def add(self, rows: Iterable[tuple[str, str]], state: State, settle: Callable[[int], None]) -> None:
        """Write a page and the state after it; both or neither.

        Parameters
        ----------
        rows : iterable of (str, str)
            Row id and line.
        state : State
            Gets the counts of rows and of duplicates.
        settle : callable
            Takes the number of rows that this fetch had not yet seen, and moves the state on before it is written.
        """
        rows = list(rows)
        with self._transaction(state):
            fresh, again = (len(rows), 0) if self._insert_new(rows) else self._merge(rows)
            state.received += fresh
            state.duplicates += again
            settle(fresh)

    def _insert_new(self, rows: list[tuple[str, str]]) -> bool:
        """Insert rows if none is there yet: the common case, and much faster than looking for each."""
        before = self._base.total_changes
        self._base.execute("SAVEPOINT page")
        statement = "INSERT OR IGNORE INTO rows (id, line, seen) VALUES (?, ?, 2)"  # 2: FRESH
        self._base.executemany(statement, rows)
        done = self._base.total_changes - before == len(rows)
        if not done:
            self._base.execute("ROLLBACK TO page")
        self._base.execute("RELEASE page")
        return done

    def _merge(self, rows: list[tuple[str, str]]) -> tuple[int, int]:
        """Insert or replace rows one by one; count those that this fetch had not seen, and those that it had."""
        fresh = again = 0
        for row_id, line in rows:
            old = self._base.execute("SELECT line, seen FROM rows WHERE id = ?", (row_id,)).fetchone()
            if old is None:
                self._base.execute("INSERT INTO rows (id, line, seen) VALUES (?, ?, ?)", (row_id, line, FRESH))
            else:
                seen = FRESH if old[0] != line or old[1] == FRESH else SAME
                self._base.execute("UPDATE rows SET line = ?, seen = ? WHERE id = ?", (line, seen, row_id))
            again += old is not None and old[1] != EARLIER
            fresh += old is None or old[1] == EARLIER
        return fresh, again

    def preload(self, rows: Iterable[tuple[str, str]], state: State) -> None:
        """Begin with the rows of an earlier fetch.

        Parameters
        ----------
        rows : iterable of (str, str)
            Row id and line; a later line of an id replaces the earlier one.
        state : State
            Is written with them.
        """
        statement = (
            "INSERT INTO rows (id, line, seen) VALUES (?, ?, 0) ON CONFLICT (id) DO UPDATE SET line = excluded.line"
        )
        with self._transaction(state):
            self._base.execute("DELETE FROM rows")
            self._base.executemany(statement, rows)

    def clear(self) -> None:
        """Forget all rows and the state."""
        self._base.executescript("BEGIN; DELETE FROM rows; DELETE FROM state; COMMIT")

    def save(self, state: State) -> None:
        """Write the state alone.

        Parameters
        ----------
        state : State
            As it is.
        """
        with self._transaction(state):
            pass

    def count(self, *seen: int) -> int:
        """Count rows.

        Parameters
        ----------
        *seen : int
            EARLIER, SAME, FRESH.

        Returns
        -------
        int
            Rows.
        """
        marks = ",".join("?" * len(seen))
        return int(self._base.execute(f"SELECT count(*) FROM rows WHERE seen IN ({marks})", seen).fetchone()[0])  # noqa: S608

    def lines(self, *, changes: bool) -> Iterator[str]:
        """Give the rows in the order in which they first came.

        Parameters
        ----------
        changes : bool
            Only those that are new or changed.

        Yields
        ------
        str
            JSON.
        """
        least = FRESH if changes else EARLIER
        for (line,) in self._base.execute("SELECT line FROM rows WHERE seen >= ? ORDER BY place", (least,)):
            yield line

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _transaction(self, state: State) -> _Transaction:
        return _Transaction(self._base, state)


class _Transaction:
    def __init__(self, base: sqlite3.Connection, state: State) -> None:
        self._base, self._state = base, state

    def __enter__(self) -> None:
        self._base.execute("BEGIN")

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if kind is not None:
            self._base.execute("ROLLBACK")
            return
        content = json.dumps(asdict(self._state))
        self._base.execute("INSERT OR REPLACE INTO state (one, content) VALUES (1, ?)", (content,))
        self._base.execute("COMMIT")


def open_spool(path: Path, *, restart: bool) -> Spool:
    """Open a spool.

    Parameters
    ----------
    path : Path
        Made where it is not there.
    restart : bool
        Forget what it holds, also where it is damaged.

    Returns
    -------
    Spool
        Ours alone until it is closed.

    Raises
    ------
    PortalError
        If another fetch is writing it, or it is damaged.
    """
    try:
        spool = Spool(path)
    except DamagedError:
        if not restart:
            raise
        discard(path)
        spool = Spool(path)
    if restart:
        spool.clear()
    return spool


def discard(path: Path) -> None:
    """Remove a spool.

    Parameters
    ----------
    path : Path
        Need not be there.
    """
    for name in (path, path.with_name(path.name + "-journal")):
        name.unlink(missing_ok=True)
