"""The report of what was read: rows kept, rows set aside, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

# what is remembered of a row that was set aside, beside the reason
ASIDE = ("id", "start", "end", "known_at", "category")


@dataclass(frozen=True)
class QualityReport:
    """How many rows came in, and why some were set aside: nothing is dropped in silence.

    Parameters
    ----------
    rows_read : int
        Rows of the source.
    set_aside : mapping of str to int
        Rows left out, by reason.
    notes : tuple of str
        What was seen and kept.
    aside : pandas.DataFrame, optional
        One row for each row set aside: `reason`, and as far as it says `id`, `start`, `end`, `known_at` and `category`,
        so that what was set aside up to a moment can be told. None where nobody kept them.
    """

    rows_read: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    aside: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    @property
    def rows_kept(self) -> int:
        """Rows read less rows set aside."""
        return self.rows_read - sum(self.set_aside.values())

    def without(self, reason: str, rows: int, aside: pd.DataFrame | None = None) -> QualityReport:
        """Count rows as set aside.

        Parameters
        ----------
        reason : str
            Why.
        rows : int
            How many; none changes nothing.
        aside : pandas.DataFrame, optional
            The rows themselves, with columns of `ASIDE`.

        Returns
        -------
        QualityReport
            With the rows added to the reason.
        """
        if not rows:
            return self
        counts = {**self.set_aside, reason: self.set_aside.get(reason, 0) + int(rows)}
        if aside is None:
            return replace(self, set_aside=counts)
        there = [name for name in ASIDE if name in aside.columns]
        named = aside[there].assign(reason=reason, category=aside["category"].astype(object))
        both = named if self.aside is None else pd.concat([self.aside, named])
        return replace(self, set_aside=counts, aside=both.reset_index(drop=True))

    def noting(self, *notes: str) -> QualityReport:
        """Add what was seen and kept.

        Parameters
        ----------
        *notes : str
            Sentences; one that is there already is not repeated.

        Returns
        -------
        QualityReport
            With the notes.
        """
        return replace(self, notes=tuple(dict.fromkeys(self.notes + notes)))

    def lines(self) -> list[str]:
        """Put the report into words.

        Returns
        -------
        list of str
            One line a fact.
        """
        aside = [f"set aside, {reason}: {rows:,}" for reason, rows in sorted(self.set_aside.items())]
        return [f"rows read: {self.rows_read:,}", f"rows kept: {self.rows_kept:,}", *aside, *self.notes]
