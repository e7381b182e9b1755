"""Quotation marks that are never closed: what follows one is taken for a single value, and rows would vanish in it."""

from __future__ import annotations

import io
from typing import IO

from hotspot.io.tables.flow import Buffer, Flow

MARK = b'"'
BLOCK = 2**22
UNPAIRED = (
    "{name}: holds an odd number of quotation marks; if one is opened and never closed, the rows behind it are "
    "taken for one value; compare the number of rows with the publisher's"
)


class Marks(io.RawIOBase):
    """A stream whose quotation marks are counted as they pass.

    Parameters
    ----------
    inner : file-like object
        Bytes of text.
    """

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self.number = inner, 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Buffer) -> int:  # type: ignore[override]
        """Fill a buffer."""
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self.number += data.count(MARK)
        return len(data)

    def close(self) -> None:
        """Close what is inside too."""
        if not self.closed:
            self._inner.close()
        super().close()


def marks(flow: Flow) -> int:
    """Count the quotation marks of a file.

    Parameters
    ----------
    flow : Flow
        In an encoding that writes them as ASCII does.

    Returns
    -------
    int
        How many.
    """
    with flow.open() as stream:
        return sum(block.count(MARK) for block in iter(lambda: stream.read(BLOCK), b""))


def lines_within(text: str | None) -> int:
    """Count the lines that a row of the wrong width took in because a quotation mark in it is not closed.

    Parameters
    ----------
    text : str, optional
        The row.

    Returns
    -------
    int
        Beside its first one.
    """
    return text.rstrip("\r\n").count("\n") if text is not None and text.count('"') % 2 else 0
