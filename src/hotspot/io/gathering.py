"""Clean rows of a whole source brought together: repeats dropped, equal rows numbered, the report written."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from hotspot.incidents import QualityReport
from hotspot.io.cleaning import LONG, Clean, Door, notable
from hotspot.io.compact import to_arrow, to_frame
from hotspot.io.identity import CONTRADICTING, REPEATED, numbered, occurrences, repeated, same_versions
from hotspot.io.personal import safe_names, told
from hotspot.io.sieve import Tally

PIECE = 500_000  # rows
AGAIN = "repeat another row; kept, as no ids tell them apart"
Mask = NDArray[np.bool_]


@dataclass
class Identities:
    """What tells the rows of a source apart: a number for each.

    Parameters
    ----------
    keys : list of ndarray of uint64
        As `Clean` has them, batch by batch.
    made : list of ndarray of bool
        As `Clean` has them.
    """

    keys: list[NDArray[np.uint64]] = field(default_factory=list)
    made: list[Mask] = field(default_factory=list)

    def add(self, batch: Clean) -> None:
        """Remember a batch.

        Parameters
        ----------
        batch : Clean
            Its rows.
        """
        self.keys.append(batch.keys)
        self.made.append(batch.made)

    def suspects(self) -> Mask:
        """Tell the rows whose id and known_at may stand twice.

        Returns
        -------
        ndarray of bool, shape (n_rows,)
            Nearly all of them do.
        """
        keys, made = np.concatenate(self.keys), np.concatenate(self.made)
        if not made.any():
            return repeated(keys)
        given = np.flatnonzero(~made)
        found = np.zeros(keys.size, bool)
        found[given] = repeated(keys[given])
        return found

    def numbers(self) -> NDArray[np.int64]:
        """Count equal rows whose ids are made of their content.

        Returns
        -------
        ndarray of int64, shape (n_rows,)
            How often the same stood before; 0 for ids of the source.
        """
        keys, made = np.concatenate(self.keys), np.flatnonzero(np.concatenate(self.made))
        if not made.size:
            return np.zeros(keys.size, np.int64)
        number = np.zeros(keys.size, np.int64)
        number[made] = occurrences(keys[made])
        return number


@dataclass
class Gathered:
    """A sink that keeps all rows in memory.

    Parameters
    ----------
    tables : list of pyarrow.Table
        So far, each in one piece.
    identities : Identities
        Of their rows.
    """

    tables: list[pa.Table] = field(default_factory=list)
    identities: Identities = field(default_factory=Identities)
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _rows: int = 0

    def take(self, batch: Clean) -> None:
        """Take a batch.

        Parameters
        ----------
        batch : Clean
            Its rows.
        """
        if batch.keys.size:
            self._waiting.append(to_arrow(batch.columns))
            self._rows += batch.keys.size
            self.identities.add(batch)
        if self._rows >= PIECE:
            self._join()

    def forget(self) -> None:
        """Throw away all that was taken."""
        self.tables, self.identities, self._waiting, self._rows = [], Identities(), [], 0

    def table(self, door: Door) -> pd.DataFrame:
        """Give the rows, each version once.

        Parameters
        ----------
        door : Door
            Its tally takes repeats and contradictions.

        Returns
        -------
        DataFrame
            As Incidents holds it.
        """
        self._join()
        table = pa.concat_tables(self.tables)
        self.tables = []
        suspects, number = self.identities.suspects(), self.identities.numbers()
        self.identities = Identities()
        if number.any():
            ids = table.column("id").combine_chunks()
            ids = ids.chunk(0) if isinstance(ids, pa.ChunkedArray) else ids
            table = table.set_column(0, "id", numbered(ids, number))
            count_repeats(door, number)
        if suspects.any():
            gone = suspects.copy()
            gone[suspects] = drop_repeats(door, rows_of(table.filter(pa.array(suspects))))
            table = table.filter(pa.array(~gone))
        packed = [table]
        del table
        return to_frame(packed.pop())

    def _join(self) -> None:
        """Copy small pieces into large ones, whose memory goes back to the machine once they are let go."""
        if self._waiting:
            self.tables.append(pa.Table.from_batches(self._waiting).unify_dictionaries().combine_chunks())
        self._waiting, self._rows = [], 0


def rows_of(table: pa.Table) -> pd.DataFrame:
    """Give packed rows as a frame in their own order.

    Parameters
    ----------
    table : pyarrow.Table
        Few rows.

    Returns
    -------
    DataFrame
        The same.
    """
    return pd.DataFrame(table.to_pandas())


def drop_repeats(door: Door, rows: pd.DataFrame) -> Mask:
    """Set aside the rows that say a version again, and count no longer what was noted about them.

    Parameters
    ----------
    door : Door
        Its tally takes them.
    rows : DataFrame
        All whose id and known_at may stand twice, in the order of the source.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows dropped.
    """
    same, other = same_versions(rows)
    for reason, which in ((REPEATED, same), (CONTRADICTING, other)):
        door.tally.drop(reason, rows[which])
    gone = same | other
    columns = {str(name): column for name, column in rows[gone].items()}
    door.tally.noted.subtract(notable(columns, "known_at" in door.mapped.names))
    return gone


def count_repeats(door: Door, number: NDArray[np.int64]) -> None:
    """Note how many rows repeat another where no ids tell them apart.

    Parameters
    ----------
    door : Door
        Its tally takes the note.
    number : ndarray of int64, shape (n_rows,)
        As `Identities.numbers` gives it.
    """
    if "id" not in door.mapped.names and not door.mapped.id_parts and door.mapped.count is None:
        door.tally.noted[AGAIN] = int((number > 0).sum())


def report_of(door: Door) -> QualityReport:
    """Write the report of a source that was read.

    Parameters
    ----------
    door : Door
        After reading.

    Returns
    -------
    QualityReport
        With what the layout says of the source.
    """
    tally, layout = door.tally, door.layout
    long = tally.noted.pop(LONG, 0)
    if long > 0:
        tally.notes.append(f"{long:,} rows ({long / max(tally.kept, 1):.1%} of those kept) {LONG}")
    if layout.latency is not None:
        tally.notes.append(f"the publisher says that records come after {layout.latency}")
    if door.mapped.absent and layout.name:
        tally.notes.append(f"columns that the schema knows and the source lacks: {', '.join(door.mapped.absent)}")
    if door.personal:
        tally.notes.append(f"columns dropped, look personal: {told(door.personal)}")
    left = [name for name in door.table.columns if name not in door.mapped.wanted and name not in door.personal]
    if left:
        tally.notes.append(f"columns not read: {safe_names(left, 60)}")
    tally.notes.extend(f"caveat: {caveat}" for caveat in layout.caveats)
    return _ordered(tally).report()


def _ordered(tally: Tally) -> Tally:
    """Put what was counted into an order that does not depend on the order of rows."""
    for what in sorted(tally.noted):
        tally.noted[what] = tally.noted.pop(what)
    return tally
