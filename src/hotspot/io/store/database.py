"""One way to talk to DuckDB and PostgreSQL: SQL text fixed by us, values as parameters or Arrow tables.

Both drivers follow ADBC, so that tables travel as Arrow and neither needs code of its own. What differs is how a store
is opened and how two writers are kept apart: one process at a time holds a DuckDB file, so a lock file stands beside
it; PostgreSQL has advisory locks, and its readers see the last committed state.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from filelock import FileLock, Timeout

from hotspot.errors import HotspotError, InputError
from hotspot.io.store.address import Address

MEMORY = "1GB"  # of DuckDB; what does not fit goes to a folder beside the file
WAIT = 300.0  # seconds that a writer waits for another
POLL = 0.05  # seconds between two tries
LOCK = 0x686F7473706F74  # advisory lock of PostgreSQL: "hotspot" in bytes


@dataclass(frozen=True)
class Database:
    """A store that is open, in one transaction.

    Parameters
    ----------
    address : Address
        Where it is.
    connection : object
        DB-API of ADBC.
    """

    address: Address
    connection: Any

    def run(self, statement: str) -> None:
        """Run a statement that gives nothing back.

        Parameters
        ----------
        statement : str
            SQL without values.
        """
        with self._cursor() as cursor:
            cursor.execute(statement)

    def table(self, query: str, *values: object) -> pa.Table:
        """Ask, and take the answer as Arrow.

        Parameters
        ----------
        query : str
            SQL with $1, $2, ... in place of values.
        *values : object
            Text, numbers or times.

        Returns
        -------
        pyarrow.Table
            The rows.
        """
        with self._cursor() as cursor:
            cursor.execute(query, parameters=values or None)
            return cursor.fetch_arrow_table()

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Ask, and take the answer as plain rows.

        Parameters
        ----------
        query : str
            SQL with $1, $2, ... in place of values.
        *values : object
            Text, numbers or times.

        Returns
        -------
        list of dict
            One a row.
        """
        answer: list[dict[str, Any]] = self.table(query, *values).to_pylist()
        return answer

    def load(self, name: str, rows: pa.RecordBatchReader | pa.Table) -> None:
        """Write Arrow rows into a new temporary table.

        Parameters
        ----------
        name : str
            Of the table; ours, never the user's.
        rows : RecordBatchReader or Table
            A reader is drained batch by batch.
        """
        with self._cursor() as cursor:
            cursor.adbc_ingest(name, rows, mode="create", temporary=True)

    def append(self, name: str, row: dict[str, object], types: dict[str, pa.DataType]) -> None:
        """Add one row to a table, column by name.

        Parameters
        ----------
        name : str
            Of the table; ours, never the user's.
        row : dict
            Values by column.
        types : dict of str to DataType
            Of the columns.
        """
        self.load(f"new_{name}", pa.table({key: pa.array([row[key]], kind) for key, kind in types.items()}))
        columns = ", ".join(types)
        self.run(f"insert into {name} ({columns}) select {columns} from new_{name}")  # noqa: S608  our names

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        """Give a cursor for one statement: an old one would remember what it was bound to."""
        import adbc_driver_manager as driver

        cursor = self.connection.cursor()
        try:
            yield cursor
        except driver.Error as error:
            raise _explained(error, self.address) from None  # the driver's text may hold a password
        finally:
            with suppress(driver.Error):
                cursor.close()


@contextmanager
def reading(address: Address, *, wait: float = WAIT) -> Iterator[Database]:
    """Open a store that exists, to read one consistent state.

    Parameters
    ----------
    address : Address
        Where it is.
    wait : float
        How long to wait for a writer of a DuckDB file [s].

    Yields
    ------
    Database
        What is read within sees no later write.

    Raises
    ------
    InputError
        If there is no such store, or the file is something else.
    HotspotError
        If it stays locked, or the server does not answer.
    """
    if address.path is not None and not address.path.is_file():
        raise InputError(f"{address}: no such store in {address.path.parent}; fill one with: hotspot ingest FILE")
    with _held(address, wait), _connected(address) as database:
        if address.kind == "postgresql":
            database.run("set transaction isolation level repeatable read, read only")
            database.run("set search_path to hotspot, public")
        yield database


@contextmanager
def writing(address: Address, *, wait: float = WAIT) -> Iterator[Database]:
    """Open or make a store, alone, and commit at the end.

    Parameters
    ----------
    address : Address
        Where it is.
    wait : float
        How long to wait for another writer [s].

    Yields
    ------
    Database
        If anything fails within, nothing is written.

    Raises
    ------
    InputError
        If the file is something else.
    HotspotError
        If it stays locked, or the server does not answer.
    """
    with _held(address, wait), _connected(address) as database:
        if address.kind == "postgresql":
            _take_turn(database, wait)
            database.run("create schema if not exists hotspot")
            database.run("set search_path to hotspot, public")
        else:
            database.run(f"set memory_limit = '{MEMORY}'")
        yield database
        with _told(address):
            database.connection.commit()


def _take_turn(database: Database, wait: float) -> None:
    """Wait for other writers; the lock ends with the transaction."""
    until = time.monotonic() + wait
    while not database.rows(f"select pg_try_advisory_xact_lock({LOCK}) as mine")[0]["mine"]:
        if time.monotonic() > until:
            raise _busy(database.address, wait)
        time.sleep(POLL)


@contextmanager
def _connected(address: Address) -> Iterator[Database]:
    with _told(address):
        connection = _connect(address)
    try:
        yield Database(address, connection)
    finally:
        with suppress(Exception):  # after a fault there may be nothing to roll back or close
            connection.rollback()
        with suppress(Exception):
            connection.close()


def _connect(address: Address) -> Any:
    if address.kind == "postgresql":
        import adbc_driver_postgresql.dbapi as postgresql  # type: ignore[import-untyped]

        return postgresql.connect(address.url)
    import adbc_driver_duckdb.dbapi as duckdb  # type: ignore[import-untyped]

    return duckdb.connect(address.url)


@contextmanager
def _held(address: Address, wait: float) -> Iterator[None]:
    """Hold the lock file beside a DuckDB file; a process that dies lets go of it."""
    if address.path is None:
        yield
        return
    lock = FileLock(address.path.with_name(address.path.name + ".lock"), timeout=wait)
    try:
        if not address.path.parent.is_dir():
            raise InputError(
                f"{address}: there is no folder {str(address.path.parent)!r}; make it first; an absolute path takes "
                "four slashes: duckdb:////data/city.duckdb"
            )
        lock.acquire()
    except Timeout:
        raise _busy(address, wait) from None
    except OSError as error:
        raise InputError(f"{address}: may not be written beside ({error}); choose another place") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _told(address: Address) -> Iterator[None]:
    import adbc_driver_manager as driver

    try:
        yield
    except driver.Error as error:
        raise _explained(error, address) from None


def _busy(address: Address, wait: float) -> HotspotError:
    return HotspotError(
        f"{address}: another process has been writing to this store for {wait:g} s; nothing was changed; wait for it "
        "to end, then try again"
    )


def _explained(error: Exception, address: Address) -> HotspotError:
    """Put a driver's error into words, without passwords."""
    said = address.cleaned(" ".join(str(error).split()))
    if "not a valid DuckDB database" in said:
        return InputError(f"{address}: is no DuckDB store ({said}); name another file")
    if "0x00" in said and "UTF8" in said:
        return InputError(
            f"{address}: a text holds the character NUL, which PostgreSQL cannot keep; nothing was written; take it "
            "out of the source"
        )
    if "Conflicting lock" in said or "Could not set lock" in said:
        return HotspotError(f"{address}: another program holds the file ({said}); close it and try again")
    return HotspotError(f"{address}: {said}; nothing was changed")
