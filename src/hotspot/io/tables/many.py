"""Many files of the same columns, such as one a month, as one table."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from hotspot.errors import InputError
from hotspot.io.tables.table import Log, Table

WILD = "*?["
MOST_NAMED = 60  # files named one by one in a report


def files_of(source: str | Path | Sequence[str | Path], endings: set[str]) -> list[Path] | None:
    """Find the files that a directory, a pattern or a list names.

    Parameters
    ----------
    source : path, str or sequence of them
        A directory is searched with all below it; in a pattern, ``*`` stands for any letters and ``**`` for any
        directories.
    endings : set of str
        Those of data files; others in a directory are passed over.

    Returns
    -------
    list of Path, or None
        Sorted by name, so that the order given means nothing. None where the source is one file.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if not isinstance(source, str | Path):
        found = [Path(each) for each in source]
        missing = [str(path) for path in found if not path.is_file()]
        if missing or not found:
            raise InputError(f"no such file: {', '.join(missing) or 'the list is empty'}; expected paths of files")
        return sorted(dict.fromkeys(found))
    path = Path(source)
    if path.is_dir():
        found = [each for each in path.rglob("*") if each.is_file() and _is_data(each.relative_to(path), endings)]
    elif any(sign in str(source) for sign in WILD) and not path.exists():
        found = [Path(each) for each in glob.glob(str(source), recursive=True) if Path(each).is_file()]
    else:
        return None
    if not found:
        raise InputError(f"{source}: names no data files; expected files such as *.csv, *.parquet or *.zip in it")
    return sorted(found)


def of_many(name: str, paths: Sequence[Path], open_one: Callable[[Path], Table]) -> Table:
    """Look into several files.

    Parameters
    ----------
    name : str
        For messages.
    paths : sequence of Path
        The files.
    open_one : callable
        Looks into one.

    Returns
    -------
    Table
        All columns that one of them has, missing where another has not. The Log says how many rows each gave.

    Raises
    ------
    InputError
        If only some have a geometry, or not all in one CRS.
    """
    tables = [open_one(path) for path in paths]
    if len({(table.has_geometry, table.crs) for table in tables}) > 1:
        kinds = {table.crs.to_string() if table.crs else "none" for table in tables}
        raise InputError(
            f"{name}: the files differ in geometry or CRS ({sorted(kinds)}); expected the same in all; read them apart"
        )
    columns = tuple(dict.fromkeys(column for table in tables for column in table.columns))
    if not any(set(columns) == set(table.columns) for table in tables) and _apart(tables):
        raise InputError(f"{name}: {tables[0].name} and others have no column in common; read them apart")

    def batches(wanted: Sequence[str], geometry: bool, log: Log) -> Iterator[pd.DataFrame]:
        rows: dict[str, int] = {}
        lacking: dict[str, list[str]] = {}
        for path, table in zip(paths, tables, strict=True):
            there = [column for column in wanted if column in table.columns]
            absent = [column for column in wanted if column not in there]
            before = sum(log.set_aside.values())
            read = 0
            for batch in table.batches(there or table.columns[:1], geometry, log):
                read += len(batch)
                yield batch.assign(**dict.fromkeys(absent, np.nan))
            rows[path.name] = read + sum(log.set_aside.values()) - before
            lacking |= {path.name: absent} if absent else {}
        log.notes.extend(_counted(rows))
        log.notes.extend(f"{file}: has no column {', '.join(map(repr, absent))}" for file, absent in lacking.items())

    return Table(name, columns, tables[0].crs, tables[0].has_geometry, batches)


def _apart(tables: Sequence[Table]) -> bool:
    """Whether some file shares no column with the first."""
    first = set(tables[0].columns)
    return any(first.isdisjoint(table.columns) for table in tables[1:])


def _counted(rows: dict[str, int]) -> list[str]:
    """Say how many rows each file gave."""
    lines = [f"rows in {name}: {number:,}" for name, number in rows.items()]
    if len(lines) <= MOST_NAMED:
        return lines
    left = sum(list(rows.values())[MOST_NAMED:])
    return [*lines[:MOST_NAMED], f"rows in {len(lines) - MOST_NAMED} more files: {left:,}"]


def _is_data(path: Path, endings: set[str]) -> bool:
    hidden = any(part.startswith((".", "__MACOSX", "~$")) for part in path.parts)
    return not hidden and path.suffix.lower() in endings
