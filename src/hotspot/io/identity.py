"""Which rows are the same: ids made of content, repeats and contradictions.

Rows are compared by a 64-bit hash of what they hold. It is computed here, of text and bits alone, so that ids stay
what they are whatever the version of a library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.io.sieve import Sieve
from hotspot.io.values import as_text

CONTENT = (
    "start", "end", "known_at", "superseded_at", "category", "x", "y", "position_error", "discovered", "source",
)  # fmt: skip
REPEATED = "repeated row"
CONTRADICTING = "same id and known_at, different content"

Hashes = NDArray[np.uint64]

_STEP, _MIX1, _MIX2 = (np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def row_hashes(columns: Iterable[pd.Series]) -> Hashes:
    """Hash the content of rows.

    Parameters
    ----------
    columns : iterable of Series, each of shape (n,)
        Text, categories, numbers or datetime64; missing values are equal to one another.

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
        state = _mixed(bits + _STEP if state is None else (state ^ bits) + _STEP)
    if state is None:
        raise ValueError("row_hashes needs a column")
    return state


def content_ids(hashes: Hashes) -> NDArray[np.str_]:
    """Make ids of content: 16 hex digits, and from the second equal row on its number.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n,)
        Of the rows.

    Returns
    -------
    ndarray of str, shape (n,)
        Unique; the set of them does not depend on the order of the rows.
    """
    text = hashes.astype(">u8").tobytes().hex().encode()
    ids = np.frombuffer(text, "S16").astype("U24")
    occurrence = occurrences(hashes)
    again = occurrence > 0
    ids[again] = np.char.add(np.char.add(ids[again], "-"), (occurrence[again] + 1).astype(str))
    return ids


def occurrences(keys: NDArray[np.generic]) -> NDArray[np.int64]:
    """Count equal keys from 0, in the order of the rows.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        Anything hashable.

    Returns
    -------
    ndarray of int64, shape (n,)
        How often the key stood before.
    """
    return np.asarray(pd.Series(keys).groupby(keys, sort=False).cumcount().to_numpy(np.int64))


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


def _mixed(state: Hashes) -> Hashes:
    state = (state ^ (state >> np.uint64(30))) * _MIX1
    state = (state ^ (state >> np.uint64(27))) * _MIX2
    return np.asarray(state ^ (state >> np.uint64(31)))


def row_ids(given: pd.Series | None, frame: pd.DataFrame, sieve: Sieve) -> NDArray[np.object_]:
    """Give each row its id, and set aside the rows that say the same version twice.

    Parameters
    ----------
    given : Series, shape (n_rows,), optional
        Ids of the source. Missing ones, or all, are made of content.
    frame : DataFrame
        The other columns.
    sieve : Sieve
        Takes repeated rows, and all but the first of those that contradict each other about one id and known_at. Rows
        set aside before take no part.

    Returns
    -------
    ndarray of str, shape (n_rows,)
        Empty for rows set aside before.
    """
    content = row_hashes(frame[name] for name in CONTENT if name in frame)
    kept = sieve.kept.copy()
    ids = np.full(len(frame), "", dtype=object)
    ids[kept] = content_ids(content[kept])
    if given is None:
        again = np.zeros(len(frame), bool)
        again[kept] = occurrences(content[kept]) > 0
        sieve.note("repeat another row; kept, as no ids tell them apart", again)
        return ids
    text, missing = as_text(given)
    sieve.note("have no id; theirs is made of their content", missing)
    ids = np.where(missing, ids, np.asarray(text, dtype=object))
    _drop_repeats(ids, content, frame, sieve)
    return ids


def _drop_repeats(ids: NDArray[np.object_], content: Hashes, frame: pd.DataFrame, sieve: Sieve) -> None:
    rows = np.flatnonzero(sieve.kept)
    key = row_hashes([pd.Series(ids[rows]), frame["known_at"].iloc[rows]])
    first = pd.Series(content[rows]).groupby(key, sort=False).transform("first").to_numpy()
    again, same = occurrences(key) > 0, content[rows] == first
    for reason, which in ((REPEATED, again & same), (CONTRADICTING, again & ~same)):
        wrong = np.zeros(len(frame), bool)
        wrong[rows[which]] = True
        sieve.drop(reason, wrong)
