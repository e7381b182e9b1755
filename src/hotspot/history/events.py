"""Events: incidents as plain arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.windows import Times


class Events(NamedTuple):
    """Incidents of a History as plain arrays, sorted by start.

    Attributes
    ----------
    start, end : ndarray of datetime64[us], shape (n,)
        Naive UTC; equal where the time is an instant.
    x, y : ndarray, shape (n,)
        Coordinates [m].
    cell : ndarray of int64, shape (n,)
        Position of the cell, -1 where the domain has none there.
    category : pandas.Categorical, shape (n,)
        What it is.
    """

    start: Times
    end: Times
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    cell: NDArray[np.int64]
    category: pd.Categorical

    def where(self, keep: NDArray[np.bool_]) -> Events:
        """Keep some.

        Parameters
        ----------
        keep : ndarray of bool, shape (n,)
            Which.

        Returns
        -------
        Events
            Those.
        """
        start, end, x, y, cell, category = (column[keep] for column in self)
        return Events(start, end, x, y, cell, category)  # type: ignore[arg-type]
