"""A source made into one clean Parquet file in bounded memory, and such a file read back as it was."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hotspot.errors import InputError
from hotspot.incidents import REQUIRED, Incidents, QualityReport
from hotspot.io.cleaning import Clean, Door
from hotspot.io.compact import TYPES, single_versions, to_arrow, to_frame
from hotspot.io.endings import FORGOTTEN, end_before
from hotspot.io.gathering import Identities, count_repeats, drop_repeats, report_of, rows_of
from hotspot.io.identity import numbered
from hotspot.io.incidents import Formats, layout_of, open_door
from hotspot.io.personal import MOST_ROWS, personal_columns
from hotspot.io.positions import known_crs
from hotspot.io.spans import PRECISIONS
from hotspot.io.tables.ahead import Behind
from hotspot.io.tables.table import guarded

if TYPE_CHECKING:
    from hotspot.io.tables import Source

ROWS = 400_000  # of a row group
KEY = b"hotspot.incidents"
ENDING = ".parquet"
LONGEST = 20_000  # letters of a note
STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
TIMES = ("start", "end", "known_at", "superseded_at")
NUMBERS = ("x", "y", "position_error")
# times differ little from one another and coordinates share their first bytes: that packs well, and quickly
WRITING: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": ["category", "time_precision", "source"],
    "column_encoding": {
        **dict.fromkeys(TIMES, "DELTA_BINARY_PACKED"), **dict.fromkeys(NUMBERS, "BYTE_STREAM_SPLIT"),
    },
}  # fmt: skip


def convert_incidents(
    source: Source,
    target: str | Path,
    *,
    schema: str | Path | None = None,
    formats: Formats | None = None,
    **options: Any,
) -> QualityReport:
    """Clean a source into one Parquet file, batch by batch.

    Memory holds a few batches, and 17 bytes for each row to tell repeats by. The file appears when it is whole.

    Parameters
    ----------
    source : path, list of paths, DataFrame or GeoDataFrame
        As for `read_incidents`, but no store.
    target : str or Path
        The file to write, ending in ``.parquet``; one that is there is replaced. `read_incidents` reads it back as it
        would read the source, and needs neither crs nor time_zone.
    schema, formats
        As for `read_incidents`.
    **options
        The other keywords of `read_incidents`.

    Returns
    -------
    QualityReport
        As `read_incidents` gives it.

    Raises
    ------
    InputError
        As `read_incidents` does, or if the target has another ending or cannot be written.
    """
    path = Path(target)
    if path.suffix.lower() != ENDING:
        raise InputError(f"{path}: expected a name ending in {ENDING}, so that it can be read back")
    door = open_door(source, layout_of(schema, formats), **options)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        report = _converted(door, part)
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error})") from error
    finally:
        part.unlink(missing_ok=True)
    return report


def _converted(door: Door, part: Path) -> QualityReport:
    written = _Written(part)
    try:
        door.read(written)
        written.finish()
    finally:
        written.close()
    suspects, number = written.identities.suspects(), written.identities.numbers()
    if number.any():
        count_repeats(door, number)
    dated = "known_at" in door.mapped.names
    if not (suspects.any() or number.any() or (dated and door.tally.set_aside.total())):
        report = report_of(door)
        written.end(door, report)
        return report
    written.end(door, None)
    gone = suspects
    if suspects.any():
        gone[suspects] = drop_repeats(door, _picked(part, suspects))
    report = report_of(door)
    if dated and report.set_aside and report.aside is None:
        report = report.noting(FORGOTTEN)
    aside = report.aside if dated else None
    again = part.with_suffix(".again")
    try:
        _rewritten(part, again, _Changes(gone, number, aside), _metadata(door, report))
        again.replace(part)
    finally:
        again.unlink(missing_ok=True)
    return report


@dataclass
class _Written:
    """A sink that writes rows as they come, in a thread of its own."""

    path: Path
    identities: Identities = field(default_factory=Identities)
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _rows: int = 0
    _writer: pq.ParquetWriter | None = None
    _behind: Behind | None = None

    def take(self, batch: Clean) -> None:
        """Take a batch."""
        if not batch.keys.size:
            return
        self.identities.add(batch)
        self._waiting.append(batch.columns)
        self._rows += batch.keys.size
        if self._rows >= ROWS:
            self._hand_over()

    def forget(self) -> None:
        """Throw away all that was taken."""
        self.close()
        self.identities, self._waiting, self._rows = Identities(), [], 0

    def finish(self) -> None:
        """Write what is left."""
        self._hand_over()
        if self._behind is not None:
            self._behind.finish()
            self._behind = None

    def end(self, door: Door, report: QualityReport | None) -> None:
        """Close the file; with a report it is whole."""
        if self._writer is not None:
            if report is not None:
                self._writer.add_key_value_metadata(_metadata(door, report))
            self._writer.close()
            self._writer = None

    def close(self) -> None:
        """Stop, whatever happened; an unfinished file is left to the caller."""
        if self._behind is not None:
            behind, self._behind = self._behind, None
            try:
                behind.finish()
            finally:
                self._end_writer()

    def _end_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _hand_over(self) -> None:
        if not self._waiting:
            return
        if self._behind is None:
            self._behind = Behind(self._write)
        self._behind.give(self._waiting)
        self._waiting, self._rows = [], 0

    def _write(self, batches: list[dict[str, Any]]) -> None:
        table = pa.Table.from_batches([to_arrow(columns) for columns in batches]).unify_dictionaries()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, **_writing(table.schema))
        self._writer.write_table(table, row_group_size=2 * ROWS)


def _writing(schema: pa.Schema) -> dict[str, Any]:
    """Leave out of the way of writing the columns that are not there."""
    there = {
        "use_dictionary": [name for name in WRITING["use_dictionary"] if name in schema.names],
        "column_encoding": {name: how for name, how in WRITING["column_encoding"].items() if name in schema.names},
    }
    return WRITING | there


def _metadata(door: Door, report: QualityReport) -> dict[str, str]:
    told = {
        "version": 1,
        "crs": str(door.crs.to_string()),
        "rows_read": report.rows_read,
        "set_aside": dict(report.set_aside),
        "notes": list(report.notes),
    }
    return {KEY.decode(): json.dumps(told)}


def _batches(path: Path) -> Any:
    with pq.ParquetFile(path) as file:
        for i in range(file.num_row_groups):
            yield file.read_row_group(i)


def _picked(path: Path, rows: Any) -> Any:
    """Read some rows as a frame."""
    picked, first = [], 0
    for table in _batches(path):
        picked.append(table.filter(pa.array(rows[first : first + len(table)])))
        first += len(table)
    return rows_of(pa.concat_tables(picked).unify_dictionaries())


class _Changes(NamedTuple):
    """What is known of rows only when all are read: which are gone, numbers of equal ids, and what was set aside."""

    gone: Any
    number: Any
    aside: pd.DataFrame | None


def _rewritten(path: Path, target: Path, changes: _Changes, metadata: dict[str, str]) -> None:
    """Write again, without the rows that are gone, with equal ids numbered and versions ended."""
    gone, number, aside = changes
    schema = pq.read_schema(path)
    with pq.ParquetWriter(target, schema, **_writing(schema)) as writer:
        first = 0
        for table in _batches(path):
            rows = slice(first, first + len(table))
            first += len(table)
            if number[rows].any():
                ids = table.column("id").combine_chunks()
                table = table.set_column(0, "id", numbered(ids, number[rows]))
            if aside is not None:
                ended = end_before(rows_of(table.select(["id", "known_at", "superseded_at"])), aside)
                place = table.schema.get_field_index("superseded_at")
                table = table.set_column(
                    place, "superseded_at", pa.array(ended["superseded_at"], TYPES["superseded_at"])
                )
            if gone[rows].any():
                table = table.filter(pa.array(~gone[rows]))
            writer.write_table(table.cast(schema), row_group_size=2 * ROWS)
        writer.add_key_value_metadata(metadata)


def read_converted(source: Source, crs: str | None = None) -> Incidents | None:
    """Read a file that `convert_incidents` wrote.

    Parameters
    ----------
    source : path or anything
        A source of `read_incidents`.
    crs : str, optional
        What the caller says; it may not contradict the file.

    Returns
    -------
    Incidents or None
        With the report of the conversion. None where the source is something else, or was changed since.

    Raises
    ------
    InputError
        If the CRS contradicts the file's.
    """
    told = _told(source)
    if told is None:
        return None
    inside = known_crs(told["crs"], str(source))
    if crs is not None and not inside.equals(known_crs(crs, str(source)), ignore_axis_order=True):
        raise InputError(f"{source}: the data are in {told['crs']}, but crs={crs!r} is given; leave crs out")
    table = guarded(source, lambda: pq.read_table(source, memory_map=True))
    report = QualityReport(told["rows_read"], told["set_aside"], tuple(told["notes"]))
    if report.rows_kept != len(table) or not _sound(table):
        return None
    packed = [table.cast(pa.schema([(name, TYPES[name]) for name in table.column_names]))]
    del table
    frame = to_frame(packed.pop())
    return Incidents(frame, told["crs"], report, checked=single_versions(frame))


def _told(source: Source) -> dict[str, Any] | None:
    """Read what the file says of itself; None where it says nothing."""
    if not isinstance(source, str | Path) or Path(source).suffix.lower() != ENDING or not Path(source).is_file():
        return None
    try:
        with pq.ParquetFile(source) as file:
            schema, metadata = file.schema_arrow, file.metadata.metadata or {}
        told = json.loads(metadata.get(KEY, b"null"))
    except (pa.ArrowException, OSError, ValueError, RecursionError):
        return None  # the ordinary way says what is wrong
    names = schema.names
    ours = set(names) <= set(TYPES) and set(names) >= set(REQUIRED) and len(set(names)) == len(names)
    alike = ours and all(_same_kind(schema.field(name).type, TYPES[name]) for name in names)
    return told if alike and _is_report(told) else None


def _same_kind(found: pa.DataType, ours: pa.DataType) -> bool:
    both = pa.types.is_dictionary(found) and pa.types.is_dictionary(ours)
    return bool(found == ours or (both and found.value_type == ours.value_type))


def _is_report(told: Any) -> bool:
    """Whether it has the form in which reports are written: anybody can write metadata."""
    if not isinstance(told, dict) or told.get("version") != 1:
        return False
    crs, rows, aside, notes = (told.get(name) for name in ("crs", "rows_read", "set_aside", "notes"))
    if not (isinstance(crs, str) and isinstance(aside, dict) and isinstance(notes, list)):
        return False
    numbers, texts = [rows, *aside.values()], [crs, *aside, *notes]
    counted = all(type(number) is int and number >= 0 for number in numbers)
    return counted and all(
        isinstance(text, str) and len(text) < LONGEST and not STEERING.search(text) for text in texts
    )


def _sound(table: pa.Table) -> bool:
    """Whether the rows are such as were written, and look as little like persons."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        return False
    whole = ("id", "start", "end", "category", "x", "y", "time_precision")
    if any(table.column(name).null_count for name in whole):
        return False
    if not all(pc.all(pc.is_finite(table.column(name))).as_py() for name in ("x", "y")):
        return False
    if not set(pc.unique(table.column("time_precision")).to_pylist()) <= set(PRECISIONS):
        return False
    if pc.any(pc.less(table.column("end"), table.column("start"))).as_py():
        return False
    texts = table.select([name for name in ("id", "category", "source") if name in table.column_names])
    return not personal_columns(texts.slice(0, MOST_ROWS).to_pandas(ignore_metadata=True))
