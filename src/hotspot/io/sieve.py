"""Rows set aside, each under one reason, so that nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.incidents import ASIDE, QualityReport


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
    why: NDArray[np.int8] = field(init=False)
    reasons: list[str] = field(init=False, default_factory=list)
    report: QualityReport = field(init=False)

    def __post_init__(self) -> None:
        """Keep all rows."""
        self.kept = np.ones(self.rows, bool)
        self.why = np.zeros(self.rows, np.int8)
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
        new = self.kept & wrong
        if not new.any():
            return
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.why[new] = self.reasons.index(reason)
        self.report = self.report.without(reason, int(new.sum()))
        self.kept &= ~wrong

    def remember(self, frame: pd.DataFrame) -> None:
        """Keep of the rows set aside what tells later when they came.

        Parameters
        ----------
        frame : DataFrame, shape (n_rows, ...)
            All rows, with what could be read of their times and categories.
        """
        if self.kept.all():
            return
        aside = frame.loc[~self.kept, [name for name in ASIDE if name in frame]]
        reason = np.array(self.reasons, object)[self.why[~self.kept]]
        aside = aside.assign(category=aside["category"].astype(object), reason=reason)
        self.report = replace(self.report, aside=aside.reset_index(drop=True))

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
