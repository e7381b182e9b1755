"""Text of any encoding made UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import IO

from hotspot.errors import InputError
from hotspot.io.tables.flow import Buffer, Flow

HEAD = 2**20
MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
         (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
WESTERN = "windows-1252"


def encoding_of(flow: Flow) -> str:
    """Tell the encoding by the first bytes.

    Parameters
    ----------
    flow : Flow
        The file.

    Returns
    -------
    str
        "utf-8", "windows-1252" where there are bytes that are no UTF-8, or "utf-16", "utf-32" by their mark.

    Raises
    ------
    InputError
        If it is empty, or no text.
    """
    head = flow.head(HEAD)
    if not head:
        raise InputError(f"{flow.name}: is empty; expected a line of column names and rows below it")
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        raise InputError(f"{flow.name}: is not text: it holds zero bytes; expected a table as text")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return WESTERN
    return "utf-8"


def as_utf8(flow: Flow, encoding: str) -> IO[bytes]:
    """Open a file as UTF-8.

    Parameters
    ----------
    flow : Flow
        The file.
    encoding : str
        "utf-8": as it is; "utf-16", "utf-32"; "windows-1252": bytes that are no UTF-8 are taken for characters of
        Windows-1252, or of Latin-1 where that has none, and the others stay, so that nothing is lost in mixed files.

    Returns
    -------
    file-like object
        Its bytes.
    """
    stream = flow.open()
    if encoding == "utf-8":
        return stream
    if encoding == WESTERN:
        decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8-sig")("hotspot.western")
    else:
        decoder = codecs.getincrementaldecoder(encoding)()
    return io.BufferedReader(_Recoded(stream, decoder), 2**20)


def _western(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8, one by one."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    odd = error.object[error.start : error.end]
    return "".join(_WESTERN[byte] for byte in odd), error.end


# five bytes of Windows-1252 have no character; Latin-1 has one for all
_WESTERN = [bytes([byte]).decode(WESTERN, "ignore") or chr(byte) for byte in range(256)]
codecs.register_error("hotspot.western", _western)


class _Recoded(io.RawIOBase):
    def __init__(self, stream: IO[bytes], decoder: codecs.IncrementalDecoder) -> None:
        self._stream, self._decoder, self._left = stream, decoder, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:  # type: ignore[override]
        while not self._left:
            data = self._stream.read(2**18)
            self._left = self._decoder.decode(data, final=not data).encode()
            if not data:
                break
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
