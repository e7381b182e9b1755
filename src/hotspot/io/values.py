"""Columns of a source as numbers and as text."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def as_numbers(values: pd.Series) -> NDArray[np.float64]:
    """Read numbers.

    Parameters
    ----------
    values : Series, shape (n,)
        Numbers, or text that holds them.

    Returns
    -------
    ndarray, shape (n,)
        NaN where there is none.
    """
    numbers = pd.to_numeric(values, errors="coerce")
    return np.asarray(numbers.to_numpy(np.float64, na_value=np.nan))


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
    codes, distinct = pd.factorize(values)
    texts = [_text(value) for value in distinct]
    names = sorted({text for text in texts if text.strip()})
    place = {name: i for i, name in enumerate(names)}
    lookup = np.array([*(place.get(text, -1) for text in texts), -1], np.int64)
    found = lookup[codes]  # code -1, missing, is the last
    return pd.Categorical.from_codes(found, categories=pd.Index(names, dtype=str)), found < 0


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
