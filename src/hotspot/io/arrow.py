"""Columns of text as Arrow holds them, for kernels that read them where they lie."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.kernels.text import Bytes, Offsets


class Buffers(NamedTuple):
    """Text as one buffer of UTF-8 and where each row begins."""

    begins: Offsets
    data: Bytes


def arrow_text(values: pd.Series) -> Any | None:
    """Take the Arrow array of a column of text.

    Parameters
    ----------
    values : Series, shape (n,)
        Any column.

    Returns
    -------
    pyarrow.Array or None
        Of string or large string; None where the column is not held by Arrow as text.
    """
    found = arrow_array(values)
    if found is None:
        return None
    import pyarrow as pa

    return found if pa.types.is_string(found.type) or pa.types.is_large_string(found.type) else None


def arrow_array(values: pd.Series) -> Any | None:
    """Take the Arrow array of a column.

    Parameters
    ----------
    values : Series, shape (n,)
        Any column.

    Returns
    -------
    pyarrow.Array or None
        None where the column is not held by Arrow.
    """
    if not isinstance(values.dtype, pd.ArrowDtype | pd.StringDtype):
        return None
    import pyarrow as pa

    try:
        chunks = values.array.__arrow_array__()
    except (AttributeError, pa.ArrowException):
        return None
    if isinstance(chunks, pa.ChunkedArray):
        return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()
    return chunks


def buffers(text: Any) -> Buffers:
    """Look at the memory of a text array; nothing is copied.

    Parameters
    ----------
    text : pyarrow.Array
        String or large string. Missing rows count as they lie, mostly empty.

    Returns
    -------
    Buffers
        Arrays of numpy.
    """
    import pyarrow as pa

    width = np.dtype(np.int64 if pa.types.is_large_string(text.type) else np.int32)
    _, begins, data = text.buffers()
    if not len(text):
        return Buffers(np.zeros(1, width), np.zeros(0, np.uint8))
    offsets = np.frombuffer(begins, width)[text.offset : text.offset + len(text) + 1]
    return Buffers(offsets, np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8))


def is_null(text: Any) -> NDArray[np.bool_]:
    """Tell the missing rows.

    Parameters
    ----------
    text : pyarrow.Array
        Any.

    Returns
    -------
    ndarray of bool, shape (n,)
        True where missing.
    """
    if not text.null_count:
        return np.zeros(len(text), bool)
    return np.asarray(text.is_null().to_numpy(zero_copy_only=False))
