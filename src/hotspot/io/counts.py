"""Rows that stand for several incidents."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.io.sieve import Sieve
from hotspot.io.values import as_numbers

MOST = 100_000  # incidents of a row
MOST_IN_ALL = 100_000_000  # of a batch
NO_COUNT = f"number of incidents that is no whole number from 0 to {MOST:,}"
NONE = "row that stands for no incident"


def how_many(values: pd.Series, sieve: Sieve) -> NDArray[np.int64]:
    """Read how many incidents each row stands for.

    Parameters
    ----------
    values : Series, shape (n,)
        Numbers, or text.
    sieve : Sieve
        Takes rows without a usable number, and those that stand for none.

    Returns
    -------
    ndarray of int64, shape (n,)
        At least 1 for rows that are kept.

    Raises
    ------
    InputError
        If they are more than a computer should be asked to hold.
    """
    number = as_numbers(values)
    usable = (number >= 0) & (number <= MOST) & (number == np.floor(number))
    sieve.drop(NO_COUNT, ~usable)
    sieve.drop(NONE, number == 0)
    whole = np.where(sieve.kept, number, 0).astype(np.int64)
    if whole.sum() > MOST_IN_ALL:
        raise InputError(f"rows stand for {whole.sum():,} incidents; expected at most {MOST_IN_ALL:,}; read in parts")
    return whole


def stands_for(column: str | None) -> str:
    """Say what was done to rows with a number; completes "n rows ...".

    Parameters
    ----------
    column : str, optional
        The source's.

    Returns
    -------
    str
        For the report.
    """
    return f"of the source stand for as many incidents as {column!r} says; each incident counts as a row here"
