"""How a CSV file is written: what separates its columns, and what they are called."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from hotspot.errors import InputError
from hotspot.io.tables.encoding import HEAD, as_utf8
from hotspot.io.tables.flow import Flow
from hotspot.io.tables.table import unique_names

COMMON = ",;\t|"
RARE = "^~:#!$&*@`\x01\x1c\x1d\x1e\x1f"
ROWS = 200  # to tell the separator by
ALIKE = 0.9  # of the rows have as many fields as the header


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Parameters
    ----------
    separator : str
        One character.
    names : tuple of str
        Of the columns; the second of equal ones ends in ``.1``, one without a name is called by its number.
    blank : int
        Empty lines above the header.
    """

    separator: str
    names: tuple[str, ...]
    blank: int


def dialect_of(flow: Flow, encoding: str) -> Dialect:
    """Tell by the first rows how a file is written.

    Parameters
    ----------
    flow : Flow
        The file.
    encoding : str
        As `encoding_of` tells.

    Returns
    -------
    Dialect
        The separator under which most rows have as many fields as the header; among such, the most fields.

    Raises
    ------
    InputError
        If it is empty, or its first line is endless.
    """
    with as_utf8(flow, encoding) as stream:
        head = stream.read(HEAD)
    text = head.decode("utf-8", "replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    if not text.strip():
        raise InputError(f"{flow.name}: is empty; expected a line of column names and rows below it")
    if len(head) == HEAD:
        whole = max(text.rfind("\n"), text.rfind("\r"))
        if whole < 0:
            raise InputError(
                f"{flow.name}: its first line is longer than {HEAD:,} bytes; expected a line of column names; "
                "is this a table?"
            )
        text = text[: whole + 1]
    body = text.lstrip("\r\n")
    top = text[: len(text) - len(body)]
    separator, rows = _separated(body)
    return Dialect(separator, _names(rows), len(top.replace("\r\n", "\n")))


def _separated(text: str) -> tuple[str, list[list[str]]]:
    """Find the separator, and the first rows under it."""
    scores = {}
    for candidates in (COMMON, RARE):
        for separator in candidates:
            rows = _rows(text, separator)
            width = len(rows[0]) if rows else 0
            same = sum(len(row) == width or _trailing(row, width) for row in rows)
            if width > 1 and same >= ALIKE * len(rows):
                scores[separator] = (same / len(rows), width, rows)
        if scores:
            best = max(scores, key=lambda separator: scores[separator][:2])
            return best, scores[best][2]
    # none fits: the header decides, so that rows of another width are counted; without any there is one column
    found = {separator: _rows(text, separator) for separator in COMMON}
    widest = max(COMMON, key=lambda separator: len(found[separator][0]) if found[separator] else 0)
    return widest, found[widest] or [[text.splitlines()[0]]]


def _rows(text: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a field without end: the rows before it tell enough
        rows.extend(row for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), ROWS) if row)
    return rows


def _trailing(row: list[str], width: int) -> bool:
    """Whether a row only has a separator too many at its end."""
    return len(row) == width + 1 and row[-1] == ""


def _names(rows: list[list[str]]) -> tuple[str, ...]:
    header, body = rows[0], rows[1:]
    if body and all(_trailing(row, len(header)) for row in body):
        header = [*header, ""]
    return tuple(unique_names([name.strip() or f"Unnamed: {i}" for i, name in enumerate(header)]))
