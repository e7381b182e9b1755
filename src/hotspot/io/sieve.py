"""Rows set aside, each under one reason, so that nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hotspot.incidents import QualityReport


@dataclass
class Sieve:
    """Which rows are still kept, and why the others are not.

    Parameters
    ----------
    rows : int
        Rows read.
    """

    rows: int
    kept: NDArray[np.bool_] = field(init=False)
    report: QualityReport = field(init=False)

    def __post_init__(self) -> None:
        """Keep all rows."""
        self.kept = np.ones(self.rows, bool)
        self.report = QualityReport(self.rows)

    def drop(self, reason: str, wrong: NDArray[np.bool_]) -> None:
        """Set rows aside; those that an earlier reason took are not counted again.

        Parameters
        ----------
        reason : str
            Why.
        wrong : ndarray of bool, shape (n_rows,)
            Which.
        """
        self.report = self.report.without(reason, int((self.kept & wrong).sum()))
        self.kept &= ~wrong

    def note(self, what: str, rows: NDArray[np.bool_]) -> None:
        """Say what is so about rows that are kept; nothing where there are none.

        Parameters
        ----------
        what : str
            Completes "n rows ...".
        rows : ndarray of bool, shape (n_rows,)
            Which.
        """
        number = int((self.kept & rows).sum())
        if number:
            self.report = self.report.noting(f"{number:,} rows {what}")
