"""CSV files as tables: whatever separates the columns, in whatever encoding, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.ahead import ahead
from hotspot.io.tables.dialect import Dialect, dialect_of
from hotspot.io.tables.encoding import WESTERN, as_utf8, encoding_of
from hotspot.io.tables.flow import Flow
from hotspot.io.tables.quotes import UNPAIRED, Marks, lines_within, marks
from hotspot.io.tables.table import Log, Table, each_guarded, guarded

BLOCK = 2**23  # bytes; a row must fit
RAGGED = "row with more or fewer fields than the header"
FALLBACK = (
    "{name}: bytes that are not UTF-8 were read as Windows-1252 (Latin-1); check a word with accents, and save the "
    "file as UTF-8 if it looks wrong"
)


def of_csv(flow: Flow) -> Table:
    """Look into a CSV file.

    Parameters
    ----------
    flow : Flow
        The file.

    Returns
    -------
    Table
        All values are text; only an empty field is missing. Rows with another number of fields than the header are
        counted in the Log.

    Raises
    ------
    InputError
        If it is empty or no text.
    """
    encoding = guarded(flow.name, lambda: encoding_of(flow))
    file = _Csv(flow, encoding, guarded(flow.name, lambda: dialect_of(flow, encoding)))

    def batches(wanted: Sequence[str], _: bool, log: Log) -> Iterator[pd.DataFrame]:
        return file.batches(wanted, log)

    return Table(flow.name, file.dialect.names, None, False, batches)


@dataclass(frozen=True)
class _Csv:
    flow: Flow
    encoding: str
    dialect: Dialect

    def batches(self, wanted: Sequence[str], log: Log) -> Iterator[pd.DataFrame]:
        """Read; where a number is none, or bytes turn up that are no UTF-8, go on from there in the wider way."""
        way, given = _Way(self.encoding, log.numbers, log.categories), 0
        while True:
            odd, seen = [0, 0], 0
            try:
                for batch in ahead(each_guarded(self.flow.name, self._read(wanted, way, odd))):
                    fresh = batch if seen >= given else batch.iloc[given - seen :].reset_index(drop=True)
                    seen += len(batch)
                    given = max(given, seen)
                    if len(fresh):
                        yield fresh
                break
            except _NotSo as error:  # rows up to here are the same whichever way they are read
                way = way.wider(str(error), self.flow.name)
        if way.encoding == WESTERN:
            log.notes.append(FALLBACK.format(name=self.flow.name))
        if odd[0]:
            log.set_aside[RAGGED] += odd[0]
        if odd[1]:
            log.notes.append(UNPAIRED.format(name=self.flow.name))

    def _read(self, wanted: Sequence[str], way: _Way, odd: list[int]) -> Iterator[pd.DataFrame]:
        import pyarrow as pa
        import pyarrow.csv as pc

        def count(row: Any) -> str:
            odd[0] += 1 + lines_within(row.text)
            return "skip"

        parse = pc.ParseOptions(delimiter=self.dialect.separator, newlines_in_values=True, invalid_row_handler=count)
        read = pc.ReadOptions(
            block_size=BLOCK, column_names=list(self.dialect.names), skip_rows=self.dialect.blank,
            skip_rows_after_names=1,
        )  # fmt: skip
        # values stay text, and only an empty field is missing: a category may be called "NA"
        convert = pc.ConvertOptions(
            include_columns=list(wanted), column_types=way.types(wanted), strings_can_be_null=True, null_values=[""]
        )
        plain = way.encoding == "utf-8" and self.flow.path is not None
        passing = None if plain else Marks(as_utf8(self.flow, way.encoding))
        try:
            with pc.open_csv(str(self.flow.path) if passing is None else passing, read, parse, convert) as reader:
                for batch in reader:
                    if batch.num_rows:
                        yield _frame(batch)
        except pa.ArrowInvalid as error:
            raise self._refusal(error) from error
        finally:
            if passing is not None:
                passing.close()
        odd[1] = (marks(self.flow) if passing is None else passing.number) % 2

    def _refusal(self, error: Exception) -> Exception:
        if "straddling" in str(error):
            return InputError(
                f"{self.flow.name}: a row is longer than {BLOCK:,} bytes; expected a table; perhaps a quotation mark "
                "is opened and never closed"
            )
        return _NotSo(str(error)) if "conversion error" in str(error) or "invalid UTF8" in str(error) else error


class _NotSo(InputError):  # noqa: N818
    """The file is not as it was assumed to be; the message is the driver's, and not shown."""


@dataclass(frozen=True)
class _Way:
    """As what a file is read: quick where all goes well."""

    encoding: str
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def types(self, wanted: Sequence[str]) -> dict[str, Any]:
        """Types of Arrow."""
        import pyarrow as pa

        types = dict.fromkeys(wanted, pa.string())
        types |= {name: pa.dictionary(pa.int32(), pa.string()) for name in self.categories if name in types}
        return types | {name: pa.float64() for name in self.numbers if name in types}

    def wider(self, error: str, name: str) -> _Way:
        """Give up what turned out wrong."""
        new = replace(self, encoding=WESTERN) if "invalid UTF8" in error else replace(self, numbers=())
        if new == self:
            raise InputError(f"{name}: cannot be read as text")
        return new


def _frame(batch: Any) -> pd.DataFrame:
    """Put an Arrow batch into a frame, copying nothing."""
    names = batch.schema.names
    columns = {
        name: pd.Series(column, dtype=pd.ArrowDtype(column.type)) for name, column in zip(names, batch, strict=True)
    }
    return pd.DataFrame(columns, index=range(batch.num_rows), copy=False)
