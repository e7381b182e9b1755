"""Bytes of a file or of an archive's member, unpacked as they are read, within limits."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from hotspot.errors import InputError

COMPRESSION = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".zstd": "zstd"}

# A table of text shrinks to a tenth, a very dull one to a hundredth; what grows more is made to fill disks.
MOST_RATIO = 200
FREE = 64 * 2**20  # bytes that may come of nothing
MOST_EXPANDED = 64 * 2**30
MOST_IN_MEMORY = 2**30  # for forms that have to be held whole

Buffer: TypeAlias = bytearray | memoryview


@dataclass(frozen=True)
class Flow:
    """A stream of bytes that can be opened again.

    Parameters
    ----------
    name : str
        For messages.
    ending : str
        Of the file within: ``.csv``.
    open : callable
        Opens it from the beginning.
    path : Path, optional
        Where the bytes lie on disk as they are; None where they are unpacked.
    """

    name: str
    ending: str
    open: Callable[[], IO[bytes]]
    path: Path | None = None

    def whole(self) -> io.BytesIO | str:
        """Give what a driver that jumps about can read: the path, or all bytes in memory.

        Returns
        -------
        str or BytesIO
            The file.

        Raises
        ------
        InputError
            If it unpacks to more than memory should hold.
        """
        if self.path is not None:
            return str(self.path)
        with self.open() as stream:
            data = stream.read(MOST_IN_MEMORY + 1)
        if len(data) > MOST_IN_MEMORY:
            raise InputError(f"{self.name}: unpacks to more than {MOST_IN_MEMORY / 2**30:g} GiB; unpack it first")
        return io.BytesIO(data)

    def head(self, size: int) -> bytes:
        """Read the first bytes.

        Parameters
        ----------
        size : int
            At most so many.

        Returns
        -------
        bytes
            Fewer only where the file ends.
        """
        with self.open() as stream:
            return stream.read(size)


class Limited(io.RawIOBase):
    """Bytes that come out of an archive, counted.

    Parameters
    ----------
    inner : file-like object
        Unpacks.
    packed : callable
        Tells how many packed bytes have been used.
    name : str
        For messages.
    """

    def __init__(self, inner: IO[bytes], packed: Callable[[], int], name: str) -> None:
        self._inner, self._packed, self._name, self._out = inner, packed, name, 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Buffer) -> int:  # type: ignore[override]
        """Fill a buffer, as long as the archive keeps within its limits."""
        data = self._inner.read(min(len(buffer), 2**22))
        buffer[: len(data)] = data
        self._out += len(data)
        check_expansion(self._packed(), self._out, self._name)
        return len(data)

    def close(self) -> None:
        """Close what is inside too."""
        if not self.closed:
            self._inner.close()
        super().close()


def check_expansion(packed: int, unpacked: int, name: str) -> None:
    """Refuse what grows too much.

    Parameters
    ----------
    packed, unpacked : int
        Bytes.
    name : str
        For the message.

    Raises
    ------
    InputError
        If it looks like a bomb.
    """
    if unpacked > MOST_EXPANDED or unpacked > FREE + MOST_RATIO * packed:
        raise InputError(
            f"{name}: {packed:,} packed bytes become {unpacked:,} or more; expected at most {MOST_RATIO} times as many "
            f"and {MOST_EXPANDED / 2**30:g} GiB; if the file is what it should be, unpack it first"
        )


def of_path(path: Path) -> Flow:
    """Open a file, unpacking gzip, bzip2 and Zstandard by the ending.

    Parameters
    ----------
    path : Path
        Such as ``a.csv`` or ``a.csv.gz``.

    Returns
    -------
    Flow
        Its bytes.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compression = COMPRESSION.get(suffixes[-1]) if suffixes else None
    if compression is None:
        return Flow(str(path), suffixes[-1] if suffixes else "", lambda: path.open("rb"), path)
    inner = suffixes[-2] if len(suffixes) > 1 else ""
    return Flow(str(path), inner, lambda: _unpacked(path, compression))


def _unpacked(path: Path, compression: str) -> IO[bytes]:
    import pyarrow as pa

    packed = path.open("rb")
    inner = pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), compression)
    limited = Limited(inner, packed.tell, str(path))
    return io.BufferedReader(limited, 2**20)
