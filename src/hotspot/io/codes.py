"""Numbers that publishers write where they have none, such as -9999: told, and left as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.io.personal import safe_name
from hotspot.io.values import as_numbers

# of censuses (-666666666 and its like), and of weather stations
CENSUS = tuple(-111_111_111.0 * k for k in range(1, 10))
CODES = (*CENSUS, -99999.0, -9999.9, -9999.0, -999.9, -999.0, 999.9, 9999.0, 9999.9, 99999.0)
APART = 0.5  # of a code: no other value comes so far


def code_notes(frame: pd.DataFrame, where: str) -> tuple[str, ...]:
    """Count values that look like codes for missing: known codes, far from all other values of their column.

    Parameters
    ----------
    frame : DataFrame
        Columns of values.
    where : str
        The layer, for the notes.

    Returns
    -------
    tuple of str
        One for each column and code.
    """
    return tuple(
        f"{where}: {number:,} values of {safe_name(str(name))} are {code:.10g}, which looks like a code for missing; "
        "they are kept as numbers: leave them empty in the source if they are none"
        for name in frame.columns
        for code, number in codes_in(as_numbers(frame[name])).items()
    )


def codes_in(values: NDArray[np.float64]) -> dict[float, int]:
    """Find codes for missing in a column.

    Parameters
    ----------
    values : ndarray, shape (n,)
        NaN where missing.

    Returns
    -------
    dict of float to int
        How often each occurs; a code counts where no other value comes half as far to its side of zero.

    Examples
    --------
    >>> codes_in(np.array([3.5, -9999.0, 4.0])), codes_in(np.array([9000.0, 9999.0]))
    ({-9999.0: 1}, {})
    """
    there = values[np.isfinite(values)]
    others = there[~np.isin(there, CODES)]
    found = {}
    for code in CODES:
        number = int((there == code).sum())
        if number and not (others * np.sign(code) > APART * abs(code)).any():
            found[code] = number
    return found
