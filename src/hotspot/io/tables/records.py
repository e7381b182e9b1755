"""Records of JSON as tables: one a line, or an array of them, such as an Open311 server gives."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.encoding import WESTERN, as_utf8, encoding_of
from hotspot.io.tables.flow import Flow
from hotspot.io.tables.table import Log, Table, each_guarded, guarded

ROWS = 50_000  # a batch
LOOKED_AT = 1000  # records that tell the columns
LONGEST = 2**24  # bytes of a record
BROKEN = "line that is no JSON record"
DEEPEST = 3

Record: TypeAlias = dict[str, Any]


def of_lines(flow: Flow) -> Table:
    """Look into a file of one JSON record a line.

    Parameters
    ----------
    flow : Flow
        The file.

    Returns
    -------
    Table
        All values are text as written. A record in a record is flattened: ``location.latitude``; and is there as
        text too. Lines that are no record are counted in the Log.

    Raises
    ------
    InputError
        If none of the first lines is a record.
    """
    return _of_records(flow, _lines)


def of_array(flow: Flow) -> Table:
    """Look into a file that is one JSON array of records.

    Parameters
    ----------
    flow : Flow
        The file.

    Returns
    -------
    Table
        As for `of_lines`.

    Raises
    ------
    InputError
        If it is no such array.
    """
    return _of_records(flow, _elements)


def _of_records(flow: Flow, read: Any) -> Table:
    encoding = guarded(flow.name, lambda: encoding_of(flow))
    first = guarded(flow.name, lambda: list(islice(read(flow, encoding), LOOKED_AT)))
    columns = tuple(dict.fromkeys(name for record in first if record is not None for name in record))
    if not columns:
        raise InputError(f'{flow.name}: holds no records with names; expected JSON such as {{"start": "...", ...}}')

    def batches(wanted: Sequence[str], _: bool, log: Log) -> Iterator[pd.DataFrame]:
        if encoding == WESTERN:
            log.notes.append(f"{flow.name}: bytes that are not UTF-8 were read as Windows-1252")
        return each_guarded(flow.name, _frames(read(flow, encoding), wanted, log))

    return Table(flow.name, columns, None, False, batches)


def _frames(records: Iterator[Record | None], wanted: Sequence[str], log: Log) -> Iterator[pd.DataFrame]:
    while part := list(islice(records, ROWS)):
        whole = [record for record in part if record is not None]
        if len(whole) < len(part):
            log.set_aside[BROKEN] += len(part) - len(whole)
        columns = {name: [record.get(name) for record in whole] for name in wanted}
        if whole:
            yield pd.DataFrame(columns, dtype=object)


def _lines(flow: Flow, encoding: str) -> Iterator[Record | None]:
    """Yield records, None for a line that is none."""
    with as_utf8(flow, encoding) as stream:
        while line := stream.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise InputError(f"{flow.name}: a line is longer than {LONGEST:,} bytes; expected one record a line")
            if line.strip():
                yield _record(line)


def _record(line: bytes) -> Record | None:
    try:
        found = json.loads(line.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return _flat(found) if isinstance(found, dict) else None


def _elements(flow: Flow, encoding: str) -> Iterator[Record | None]:
    """Yield the records of an array, reading no further than needed."""
    read = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    with as_utf8(flow, encoding) as stream:
        text = decode(stream.read(2**20)).lstrip()
        at = 1  # behind the bracket
        while True:
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
            if at < len(text) and text[at] == "]":
                return
            try:
                found, stop = read(text, at)
                complete = stop < len(text)  # a number at the end may go on
            except (ValueError, RecursionError):
                complete = False
            if complete:
                yield _flat(found) if isinstance(found, dict) else None
                at = stop
                continue
            data = stream.read(2**20)
            if not data or len(text) - at > LONGEST:
                raise InputError(f"{flow.name}: breaks off or breaks JSON's form inside a record; get it again")
            text, at = text[at:] + decode(data), 0


def _flat(record: Record, depth: int = 0) -> Record:
    """Give all values as text, and the parts of a record in a record by ``name.part``."""
    flat: Record = {}
    for name, value in record.items():
        name = _whole(name)
        flat[name] = _text(value)
        if isinstance(value, dict) and depth < DEEPEST:
            flat |= {f"{name}.{inner}": part for inner, part in _flat(value, depth + 1).items()}
    return flat


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else _whole(value)
    return json.dumps(value)


def _whole(text: str) -> str:
    """Replace halves of characters, which JSON can spell and nothing can write."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
