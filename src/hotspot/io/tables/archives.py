"""The one data file inside a zip archive; nothing is written to disk."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

from hotspot.errors import InputError
from hotspot.io.tables.flow import FREE, MOST_RATIO, Flow, Limited, check_expansion

MOST_CELLS = 50_000_000  # of a sheet; all between the first and the last one are held
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d{1,7})["']""")
SIDE_FILES = {".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd"}  # parts of a shapefile


def of_zip(path: Path, endings: set[str]) -> tuple[Flow, str]:
    """Find the data file of an archive.

    Parameters
    ----------
    path : Path
        The archive.
    endings : set of str
        Those of data files.

    Returns
    -------
    flow : Flow
        Its bytes.
    member : str
        Its name inside.

    Raises
    ------
    InputError
        If there is none or more than one, a name leads out of the archive, or it unpacks to too much.
    """
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
    for info in members:
        _refuse_way_out(path, info.filename)
    data = [info for info in members if _is_data(info.filename, endings)]
    if len(data) != 1:
        names = [info.filename for info in data or members][:20]
        raise InputError(
            f"{path}: holds {len(data) or 'no'} data files ({names}); expected exactly one; unpack the right one"
        )
    info = data[0]
    name = f"{path}, member {info.filename!r}"
    for each in [info, *(m for m in members if PurePosixPath(m.filename).suffix.lower() in SIDE_FILES)]:
        check_expansion(each.compress_size, each.file_size, name)
    ending = PurePosixPath(info.filename).suffix.lower()
    return Flow(name, ending, lambda: _opened(path, info, name)), info.filename


def check_zip(file: io.BytesIO | str, name: str) -> None:
    """Refuse a file that is a zip archive inside, such as Excel's, and unpacks to too much.

    Parameters
    ----------
    file : BytesIO or str
        The file; one that is no archive passes.
    name : str
        For messages.

    Raises
    ------
    InputError
        If it looks like a bomb.
    """
    if not zipfile.is_zipfile(file):
        return
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    check_expansion(sum(info.compress_size for info in infos), unpacked, name)
    if unpacked > FREE * MOST_RATIO / 10:  # it is held whole, as objects
        raise InputError(f"{name}: unpacks to {unpacked:,} bytes; save it as CSV")


def check_extent(file: io.BytesIO | str, name: str) -> None:
    """Refuse a workbook with cells so far apart that the sheet between them does not fit into memory.

    Parameters
    ----------
    file : BytesIO or str
        The file; one that is no archive passes.
    name : str
        For messages.

    Raises
    ------
    InputError
        If one sheet spans too many cells.
    """
    if not zipfile.is_zipfile(file):
        return
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            with archive.open(info) as part:
                cells = _extent(part)
            if cells > MOST_CELLS:
                raise InputError(
                    f"{name}: a sheet spans {cells:,} cells; expected at most {MOST_CELLS:,}; delete what lies far "
                    "from the table, or save it as CSV"
                )


def _extent(part: IO[bytes]) -> int:
    """Count the cells between the first one and the last one that a sheet names."""
    row, letters, tail = 0, {b""}, b""
    while data := part.read(2**22):
        found = _CELL.findall(tail + data)
        tail = data[-64:]
        row = max(row, max((int(number) for _, number in found), default=0))
        letters.update(column for column, _ in found)
    columns: list[int] = [sum((sign - 64) * 26**i for i, sign in enumerate(reversed(each))) for each in letters]
    return row * max(columns)


def _opened(path: Path, info: zipfile.ZipInfo, name: str) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    limited = Limited(archive.open(info), lambda: info.compress_size, name)
    archive.close()  # the member keeps the file open until it is closed itself
    return io.BufferedReader(limited, 2**20)


def _is_data(name: str, endings: set[str]) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not hidden and PurePosixPath(name).suffix.lower() in endings


def _refuse_way_out(path: Path, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in name:
        raise InputError(
            f"{path}: a member is called {name[:100]!r}, which leads out of the archive; nothing of it is read; "
            "get the archive again from its publisher"
        )
