"""What an ingest did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did, row by row accounted for.

    Parameters
    ----------
    store, feed, source : str
        Where to, as what, and from where; no passwords.
    number : int
        Of the ingest, counted over all feeds; for a repeated source that of the first time.
    at : numpy.datetime64
        The moment of recording, naive UTC.
    complete : bool
        The source was taken for all there is.
    rows_read : int
        Rows of the source.
    set_aside : mapping of str to int
        Rows that could not be used, by reason.
    new, changed, unchanged : int
        Rows with an id not seen before; that became a new version of a known id; that the store knew already. Together
        the rows kept.
    deleted : int
        Ids that ended: gone from a complete source, or superseded by the source's own word.
    back_dated : int
        New versions that claim to have been known before the newest known_at that the store had: no forecast made
        between the two knew them.
    notes : tuple of str
        What reading saw and kept.
    repeated : bool
        This very content had been ingested before, so nothing was done.
    """

    store: str
    feed: str
    source: str
    number: int
    at: np.datetime64
    complete: bool
    rows_read: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    back_dated: int = 0
    notes: tuple[str, ...] = ()
    repeated: bool = False

    @property
    def rows_kept(self) -> int:
        """Rows read less rows set aside."""
        return self.rows_read - sum(self.set_aside.values())

    def as_dict(self) -> dict[str, Any]:
        """Give the report to machines.

        Returns
        -------
        dict
            Plain values, ready for JSON.
        """
        plain = dict(self.__dict__) | {"rows_kept": self.rows_kept, "at": f"{self.at}Z"}
        return plain | {"set_aside": dict(sorted(self.set_aside.items())), "notes": list(self.notes)}

    def lines(self) -> list[str]:
        """Put the report into words.

        Returns
        -------
        list of str
            One line a fact.
        """
        aside = sum(self.set_aside.values())
        lines = [f"rows read: {self.rows_read:,} = {self.rows_kept:,} kept + {aside:,} set aside"]
        lines += [f"set aside, {reason}: {rows:,}" for reason, rows in sorted(self.set_aside.items())]
        lines += [
            f"rows kept: {self.new:,} new, {self.changed:,} changed, {self.unchanged:,} unchanged",
            f"deleted: {self.deleted:,}",
            f"back-dated: {self.back_dated:,}",
            *self.notes,
        ]
        if self.repeated:
            lines.append(f"the same content is there already, as ingest {self.number} of {self.at}Z; nothing was done")
        return lines
