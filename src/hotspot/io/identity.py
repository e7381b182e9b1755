"""Which rows are the same: ids made of content, repeats and contradictions.

Rows are compared by a 64-bit hash of what they hold. It is computed here, of text and bits alone, so that ids stay
what they are whatever the version of a library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.io.arrow import buffers
from hotspot.kernels.keys import text_keys
from hotspot.kernels.mixing import STEP, mixed

CONTENT = (
    "start", "end", "known_at", "superseded_at", "category", "x", "y", "position_error", "discovered", "source",
)  # fmt: skip
REPEATED = "repeated row"
CONTRADICTING = "same id and known_at, different content"

Hashes = NDArray[np.uint64]


def row_hashes(columns: Iterable[pd.Series]) -> Hashes:
    """Hash the content of rows.

    Parameters
    ----------
    columns : iterable of Series, each of shape (n,)
        Text, categories, numbers, flags or datetime64; missing values are equal to one another.

    Returns
    -------
    ndarray of uint64, shape (n,)
        The splitmix64 generator of Steele, Lea & Flood (2014) mixes the columns in.

    References
    ----------
    Steele, G. L., Lea, D. & Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA '14.
    https://doi.org/10.1145/2660193.2660195
    """
    state: Hashes | None = None
    for column in columns:
        bits = _bits(column)
        state = mixed(bits + STEP if state is None else (state ^ bits) + STEP)
    if state is None:
        raise ValueError("row_hashes needs a column")
    return state


def content_ids(hashes: Hashes) -> Any:
    """Make ids of content: 16 hex digits, and from the second equal row on its number.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n,)
        Of the rows.

    Returns
    -------
    pyarrow.Array of string, shape (n,)
        Unique; the set of them does not depend on the order of the rows.
    """
    return numbered(hex_ids(hashes), occurrences(hashes))


def hex_ids(hashes: Hashes) -> Any:
    """Write hashes as text.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n,)
        Of rows.

    Returns
    -------
    pyarrow.Array of string, shape (n,)
        16 hex digits each.
    """
    import pyarrow as pa

    digits = pa.py_buffer(hashes.astype(">u8").tobytes().hex().encode())
    begins = pa.py_buffer(np.arange(0, 16 * hashes.size + 1, 16, dtype=np.int64))
    text = pa.LargeStringArray.from_buffers(hashes.size, begins, digits)
    return text.cast(pa.string()) if hashes.size < 2**26 else text


def numbered(ids: Any, occurrence: NDArray[np.int64]) -> Any:
    """Tell equal ids apart.

    Parameters
    ----------
    ids : pyarrow.Array of string, shape (n,)
        Ids.
    occurrence : ndarray of int64, shape (n,)
        How often the same stood before.

    Returns
    -------
    pyarrow.Array of string, shape (n,)
        ``abc``, ``abc-2``, ``abc-3``.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    again = occurrence > 0
    if not again.any():
        return ids
    number = pa.array((occurrence[again] + 1).astype(str)).cast(ids.type)
    dash = pa.scalar("-", ids.type)
    mask = pa.array(again)
    return pc.replace_with_mask(ids, mask, pc.binary_join_element_wise(ids.filter(mask), number, dash))


def occurrences(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Count equal keys from 0, in the order of the rows.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        Numbers.

    Returns
    -------
    ndarray of int64, shape (n,)
        How often the key stood before.
    """
    found = np.zeros(len(keys), np.int64)
    rows = np.flatnonzero(repeated(keys))
    if rows.size:
        found[rows] = pd.Series(keys[rows]).groupby(keys[rows], sort=False).cumcount().to_numpy(np.int64)
    return found


def repeated(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell the keys that stand more than once.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        Numbers.

    Returns
    -------
    ndarray of bool, shape (n,)
        True at each of them.
    """
    ordered = np.sort(keys)
    several = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return np.isin(keys, several) if several.size else np.zeros(len(keys), bool)


def version_keys(ids: Any, known_at: NDArray[np.datetime64]) -> Hashes:
    """Make one number of id and known_at; others are nearly never equal.

    Parameters
    ----------
    ids : pyarrow.Array of string, shape (n,)
        Ids.
    known_at : ndarray of datetime64[us], shape (n,)
        NaT equals NaT.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Keys.
    """
    return np.asarray(text_keys(*buffers(ids), known_at.astype("datetime64[us]").view(np.int64)))


def same_versions(frame: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the rows that say a version twice.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        Rows in the order of the source, with `id`.

    Returns
    -------
    repeated, contradicting : ndarray of bool, shape (n_rows,)
        Rows whose id and known_at stand in a row before, with the same content as the first of them, or another.
    """
    content = pd.Series(row_hashes(frame[name] for name in CONTENT if name in frame))
    key = pd.factorize(frame["id"])[0] * np.int64(2**32) + pd.factorize(frame["known_at"])[0]
    groups = content.groupby(key, sort=False)
    again = groups.cumcount().to_numpy() > 0
    same = content.to_numpy() == groups.transform("first").to_numpy()
    return again & same, again & ~same


def _bits(column: pd.Series) -> Hashes:
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return column.to_numpy().astype("datetime64[us]").view(np.uint64)
    if pd.api.types.is_float_dtype(column.dtype):
        numbers = column.to_numpy(np.float64) + 0.0  # -0.0 is 0.0
        return np.where(np.isnan(numbers), np.nan, numbers).view(np.uint64)
    codes, values = pd.factorize(column)
    once = [_text_hash(str(value)) for value in values]
    return np.array([*once, 0], np.uint64)[codes]  # code -1, missing, is the last


def _text_hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
