"""CSV files as tables: whatever separates the columns, in whatever encoding, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.ahead import ahead
from hotspot.io.tables.dialect import Dialect, dialect_of
from hotspot.io.tables.encoding import WESTERN, as_utf8, encoding_of
from hotspot.io.tables.flow import Flow
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
        """Read; where bytes turn up late that are no UTF-8, go on in the other encoding."""
        if self.encoding == WESTERN:
            log.notes.append(FALLBACK.format(name=self.flow.name))
        ragged, given = [0], 0
        try:
            for batch in ahead(each_guarded(self.flow.name, self._read(wanted, self.encoding, ragged))):
                yield batch
                given += len(batch)
        except InputError as error:
            if "invalid UTF8" not in str(error):
                raise
            log.notes.append(FALLBACK.format(name=self.flow.name))
            ragged[0] = 0
            # all before was UTF-8, which the other way reads alike
            for batch in ahead(each_guarded(self.flow.name, self._read(wanted, WESTERN, ragged))):
                skipped = min(given, len(batch))
                given -= skipped
                if skipped < len(batch):
                    yield batch.iloc[skipped:].reset_index(drop=True)
        if ragged[0]:
            log.set_aside[RAGGED] += ragged[0]

    def _read(self, wanted: Sequence[str], encoding: str, ragged: list[int]) -> Iterator[pd.DataFrame]:
        import pyarrow as pa
        import pyarrow.csv as pc

        def count(_: object) -> str:
            ragged[0] += 1
            return "skip"

        parse = pc.ParseOptions(delimiter=self.dialect.separator, newlines_in_values=True, invalid_row_handler=count)
        read = pc.ReadOptions(
            block_size=BLOCK, column_names=list(self.dialect.names), skip_rows=self.dialect.blank,
            skip_rows_after_names=1,
        )  # fmt: skip
        # all values stay text, and only an empty field is missing: a category may be called "NA"
        convert = pc.ConvertOptions(
            include_columns=list(wanted), column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=True,
            null_values=[""],
        )  # fmt: skip
        plain = encoding == "utf-8" and self.flow.path is not None
        source = str(self.flow.path) if plain else as_utf8(self.flow, encoding)
        try:
            with pc.open_csv(source, read, parse, convert) as reader:
                for batch in reader:
                    if batch.num_rows:
                        yield _frame(batch)
        except pa.ArrowInvalid as error:
            raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> Exception:
        if "straddling" in str(error):
            return InputError(
                f"{self.flow.name}: a row is longer than {BLOCK:,} bytes; expected a table; perhaps a quotation mark "
                "is opened and never closed"
            )
        return error


def _frame(batch: Any) -> pd.DataFrame:
    """Put an Arrow batch of text into a frame, copying nothing."""
    text = pd.ArrowDtype(batch.schema.types[0])
    columns = {name: pd.Series(column, dtype=text) for name, column in zip(batch.schema.names, batch, strict=True)}
    return pd.DataFrame(columns, index=range(batch.num_rows), copy=False)
