"""Excel files as tables: the one sheet that holds something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.archives import check_extent, check_zip
from hotspot.io.tables.flow import Flow
from hotspot.io.tables.table import Log, Table, guarded, unique_names


def of_sheets(flow: Flow) -> Table:
    """Look into a workbook.

    Parameters
    ----------
    flow : Flow
        The file (.xlsx, .xls). It is held whole.

    Returns
    -------
    Table
        All values are text; times are of ISO form. The first row that holds something names the columns.

    Raises
    ------
    InputError
        If it is no workbook, or no sheet or several hold something.
    """
    name, rows = guarded(flow.name, lambda: _only_sheet(flow))
    width = max(len(row) for row in rows)
    header = [_text(value) for value in rows[0]] + [None] * (width - len(rows[0]))
    names = unique_names([text or f"Unnamed: {i}" for i, text in enumerate(header)])
    place = {column: i for i, column in enumerate(names)}
    body = [row for row in rows[1:] if any(value not in ("", None) for value in row)]

    def batches(wanted: Sequence[str], _: bool, log: Log) -> Iterator[pd.DataFrame]:
        log.notes.append(f"{flow.name}: sheet {name!r}")
        columns = {
            column: [_text(row[place[column]]) if place[column] < len(row) else None for row in body]
            for column in wanted
        }
        if body:
            yield pd.DataFrame(columns, dtype=object)

    return Table(flow.name, tuple(names), None, False, batches)


def _only_sheet(flow: Flow) -> tuple[str, list[list[Any]]]:
    import python_calamine

    file = flow.whole()
    check_zip(file, flow.name)
    check_extent(file, flow.name)
    if not isinstance(file, str):
        file.seek(0)
    book = python_calamine.load_workbook(file)
    filled = []
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
        if rows:
            filled.append((name, rows))
    if len(filled) != 1:
        raise InputError(
            f"{flow.name}: {len(filled) or 'no'} sheets hold something (of {book.sheet_names}); expected exactly one; "
            "save the right one as a file of its own"
        )
    return filled[0]


def _text(value: object) -> str | None:
    """Write a cell as text."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value).strip() if isinstance(value, str) else str(value)
