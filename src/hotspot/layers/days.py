"""Days: dated spans that hold for the whole city, such as school holidays, paydays and strikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.layers.mend import counted, reasons
from hotspot.layers.timed import KNOWN_AT, Timed, text, utc_times

DAY = "datetime64[D]"


@dataclass(frozen=True, eq=False)
class Days(Timed):
    """Spans of civil days, the last one included.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a span, with columns ``start`` and perhaps ``end`` (first and last day, both included; default: the
        first), ``known_at`` (when it was announced, UTC) and ``category``. Times of day of ``start`` and ``end`` are
        dropped. Rows without a start, and those that end before they start, are set aside and counted in `notes`. A
        row without ``known_at`` is known from the vintage on.

    Raises
    ------
    InputError
        If no span is left.
    """

    frame: pd.DataFrame

    def _check(self, where: str) -> None:
        first, last = (
            utc_times(self.frame, name, where, needed=name == "start").astype(DAY) for name in ("start", "end")
        )
        last = np.where(np.isnat(last), first, last)
        known = utc_times(self.frame, KNOWN_AT, where)
        kind = text(self.frame["category"]).to_numpy() if "category" in self.frame.columns else None
        kept = np.flatnonzero(~np.isnat(first) & ~(last < first))
        if not kept.size:
            raise InputError(
                f"{where}: no span of days is left of {len(self.frame)}; each needs a start{reasons(self.notes, where)}"
            )
        columns = {"start": first.astype("datetime64[s]"), "end": last.astype("datetime64[s]"), KNOWN_AT: known}
        table = pd.DataFrame(columns).assign(category=kind).iloc[kept[np.argsort(first[kept], kind="stable")]]
        object.__setattr__(self, "frame", table.reset_index(drop=True))
        self._note(
            *counted(where, int(np.isnat(first).sum()), "without a start, set aside"),
            *counted(where, int((last < first).sum()), "that end before they start, set aside"),
        )
        self._note_undated(where)

    @property
    def first(self) -> NDArray[np.datetime64]:
        """First civil day of each span, datetime64[D], shape (n,), ascending."""
        return self.frame["start"].to_numpy().astype(DAY)

    @property
    def last(self) -> NDArray[np.datetime64]:
        """Last civil day of each span, datetime64[D], shape (n,)."""
        return self.frame["end"].to_numpy().astype(DAY)

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category there is, sorted."""
        return tuple(sorted(self.frame["category"].dropna().unique()))
