"""Rows set aside, each under one reason, so that nothing is dropped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from hotspot.incidents import ASIDE, QualityReport

MOST_REMEMBERED = 1_000_000  # rows set aside that are kept singly; beyond, only their number is known


@dataclass
class Sieve:
    """Which rows of a batch are still kept, and why the others are not.

    Parameters
    ----------
    rows : int
        Rows read.
    """

    rows: int
    kept: NDArray[np.bool_] = field(init=False)
    why: NDArray[np.int8] = field(init=False)
    reasons: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Keep all rows."""
        self.kept = np.ones(self.rows, bool)
        self.why = np.zeros(self.rows, np.int8)

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
        self.kept &= ~wrong

    def aside(self, columns: Mapping[str, object], ids: pa.Array | None = None) -> pd.DataFrame:
        """Give the rows set aside.

        Parameters
        ----------
        columns : mapping of str to column, each of shape (n_rows,)
            What could be read of all rows.
        ids : pyarrow.Array, optional
            As the source says them, missing where it says none.

        Returns
        -------
        DataFrame
            `reason`, and what tells later when they came.
        """
        gone = np.flatnonzero(~self.kept)
        if not gone.size:
            return pd.DataFrame({"reason": []}, dtype=object)
        told = {name: pd.Series(columns[name]).iloc[gone].array for name in ASIDE if name in columns}
        frame = pd.DataFrame(told, index=range(gone.size))
        if "category" in frame:
            frame["category"] = frame["category"].astype(object)
        if ids is not None:
            frame["id"] = ids.take(gone).to_pandas().to_numpy(object)
        return frame.assign(reason=np.array(self.reasons, object)[self.why[gone]])


@dataclass
class Tally:
    """What happened to the rows of a whole source.

    Parameters
    ----------
    rows : int
        Rows read so far.
    set_aside : Counter of str
        Rows set aside, by reason.
    noted : Counter of str
        Rows that are kept, by what is so about them.
    notes : list of str
        Sentences.
    """

    rows: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    _aside: list[pd.DataFrame] = field(default_factory=list)
    _remembered: int = 0

    @property
    def kept(self) -> int:
        """Rows kept so far."""
        return self.rows - self.set_aside.total()

    def add(self, rows: int, aside: pd.DataFrame) -> None:
        """Count a batch.

        Parameters
        ----------
        rows : int
            Rows read.
        aside : DataFrame
            Those of them that were set aside, as `Sieve.aside` gives them.
        """
        self.rows += rows
        self.set_aside.update(aside["reason"])
        self._remembered += len(aside)
        if len(aside):
            self._aside.append(aside)
        if self._remembered > MOST_REMEMBERED:
            self._aside.clear()

    def drop(self, reason: str, aside: pd.DataFrame) -> None:
        """Set rows aside that were counted as kept.

        Parameters
        ----------
        reason : str
            Why.
        aside : DataFrame
            The rows.
        """
        if len(aside):
            named = aside[[name for name in ASIDE if name in aside]]
            texts = {name: named[name].astype(object) for name in ("id", "category") if name in named}
            self.add(0, named.assign(**texts, reason=reason))

    def report(self, before: tuple[str, ...] = ()) -> QualityReport:
        """Put it together.

        Parameters
        ----------
        before : tuple of str
            Notes that come first.

        Returns
        -------
        QualityReport
            Rows read = rows kept + rows set aside.
        """
        lines = [f"{rows:,} rows {what}" for what, rows in self.noted.items() if rows > 0]
        aside = None
        if self._remembered <= MOST_REMEMBERED and self._remembered == self.set_aside.total():
            aside = pd.concat(self._aside, ignore_index=True) if self._aside else None
        set_aside = {reason: rows for reason, rows in self.set_aside.items() if rows}
        return QualityReport(self.rows, set_aside, tuple(dict.fromkeys([*before, *lines, *self.notes])), aside)
