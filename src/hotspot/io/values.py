"""Columns of a source as numbers, text and flags."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.io.arrow import arrow_array, arrow_text, buffers, is_null
from hotspot.kernels.keys import perhaps_blank

TRUE, FALSE = {"true", "1", "yes", "y", "t"}, {"false", "0", "no", "n", "f"}
COMMA = r"\s*[+-]?\d*,\d+\s*"
LOOKED_AT = 10_000  # rows that tell the decimal sign
THOUSANDS = r"\s*[+-]?\d{1,3}(?:,\d{3})+\s*"


def as_numbers(values: pd.Series, decimal: str = ".") -> NDArray[np.float64]:
    """Read numbers.

    Parameters
    ----------
    values : Series, shape (n,)
        Numbers, or text that holds them.
    decimal : str
        "." or ",": what stands before the fraction in text.

    Returns
    -------
    ndarray, shape (n,)
        NaN where there is none.
    """
    if decimal == "," and not pd.api.types.is_numeric_dtype(values.dtype):
        values = values.astype(object).where(values.notna(), "").astype(str).str.replace(",", ".")
    text = arrow_text(values)
    if text is not None:
        import pyarrow as pa

        try:  # quick, and strict: one text that is no number sends all of them the long way
            return np.asarray(text.cast(pa.float64()).to_numpy(zero_copy_only=False))
        except pa.ArrowInvalid:
            values = values.astype(object)
    held = arrow_array(values)
    if held is not None and text is None:
        import pyarrow as pa

        if pa.types.is_floating(held.type) or pa.types.is_integer(held.type):
            return np.asarray(held.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    numbers = pd.to_numeric(values, errors="coerce")
    return np.asarray(numbers.to_numpy(np.float64, na_value=np.nan))


def has_decimal_comma(*columns: pd.Series) -> bool:
    """Tell whether numbers are written with a comma before the fraction.

    Parameters
    ----------
    *columns : Series
        Of the same source.

    Returns
    -------
    bool
        True where some text has one, none has a point, and the commas cannot all stand between thousands.
    """
    texts = [v.iloc[:LOOKED_AT].dropna().astype(str) for v in columns if not pd.api.types.is_numeric_dtype(v.dtype)]
    texts = [text[text.str.strip() != ""] for text in texts]
    comma = [text.str.fullmatch(COMMA) for text in texts]
    if not any(found.any() for found in comma) or any(text.str.contains(".", regex=False).any() for text in texts):
        return False
    return any((found & ~text.str.fullmatch(THOUSANDS)).any() for found, text in zip(comma, texts, strict=True))


def as_text(values: pd.Series) -> tuple[pd.Categorical[str], NDArray[np.bool_]]:
    """Read text as it stands; each distinct value is looked at once.

    Parameters
    ----------
    values : Series, shape (n,)
        Text, categories or numbers; whole numbers that a file keeps as floats lose their ``.0``.

    Returns
    -------
    text : Categorical, shape (n,)
        Sorted categories.
    missing : ndarray of bool, shape (n,)
        Rows with nothing, or only blanks.
    """
    codes, distinct = _factorized(values)
    texts = [plain_text(value) for value in distinct]
    names = sorted({text for text in texts if text.strip()})
    place = {name: i for i, name in enumerate(names)}
    lookup = np.array([*(place.get(text, -1) for text in texts), -1], np.int64)
    found = lookup[codes]  # code -1, missing, is the last
    return pd.Categorical.from_codes(found, categories=pd.Index(names, dtype=str)), found < 0


def _factorized(values: pd.Series) -> tuple[NDArray[np.int64], Any]:
    """Give the distinct values numbers; -1 for missing ones."""
    held = arrow_array(values)
    if held is not None:
        import pyarrow as pa

        if pa.types.is_dictionary(held.type):
            codes = held.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            return codes, held.dictionary.to_pylist()
    found: tuple[NDArray[np.int64], Any] = pd.factorize(values)
    return found


def as_ids(values: pd.Series) -> tuple[Any, NDArray[np.bool_]]:
    """Read ids as they stand.

    Parameters
    ----------
    values : Series, shape (n,)
        Text or numbers; whole numbers that a file keeps as floats lose their ``.0``.

    Returns
    -------
    ids : pyarrow.Array of string, shape (n,)
        Missing ones may hold anything.
    missing : ndarray of bool, shape (n,)
        Rows with nothing, or only blanks.
    """
    import pyarrow as pa

    text = arrow_text(values)
    if text is None:
        found, missing = as_text(values)
        return pa.array(found.astype(object), pa.string(), from_pandas=True), missing
    missing = is_null(text)
    perhaps = np.flatnonzero(perhaps_blank(*buffers(text)) & ~missing)
    if perhaps.size:
        missing[perhaps] = [not value.strip() for value in text.take(perhaps).to_pylist()]
    return text.cast(pa.string()), missing


def as_flags(values: pd.Series) -> tuple[pd.arrays.BooleanArray, NDArray[np.bool_]]:
    """Read yes and no.

    Parameters
    ----------
    values : Series, shape (n,)
        Booleans, or true/false, 1/0, yes/no, y/n, t/f in any case.

    Returns
    -------
    flags : BooleanArray, shape (n,)
        Missing where there is nothing, or something else.
    strange : ndarray of bool, shape (n,)
        Rows with something else.
    """
    codes, distinct = pd.factorize(values)
    words = [plain_text(value).strip().lower() for value in distinct]
    kind = np.array([1 if w in TRUE else 0 if w in FALSE else 2 if w else -1 for w in words] + [-1], np.int8)[codes]
    return pd.arrays.BooleanArray(kind == 1, (kind < 0) | (kind == 2)), kind == 2


def plain_text(value: object) -> str:
    """Write a value as text; a whole number that a file keeps as a float loses its ``.0``.

    Parameters
    ----------
    value : object
        A cell.

    Returns
    -------
    str
        Its text.
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
