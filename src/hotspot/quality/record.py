"""Record: what the rules look at, all of it known at one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.history import History
from hotspot.quality.pace import Pace
from hotspot.windows import shift, to_local

Ints = NDArray[np.int64]
DAY = np.timedelta64(1, "D")
COLUMNS = ("start", "end", "known_at", "category", "x", "y", "time_precision")
NAT = np.datetime64("NaT", "us")


@dataclass(frozen=True, eq=False)
class Record:
    """Rows known at a cutoff, those set aside until then, and the span in which the feed is taken to be complete.

    Parameters
    ----------
    rows : pandas.DataFrame
        Versions not superseded: start, end, known_at, category, x, y, time_precision.
    log : pandas.DataFrame
        Every version known: id, start, known_at.
    aside : pandas.DataFrame
        Rows set aside: reason, start, known_at (dated where the row said so).
    domain : Domain
        The study area.
    cutoff, complete_until, observed_from : numpy.datetime64
        Naive UTC.
    counted : dict of str to int, optional
        Rows set aside by reason where nobody kept them singly.
    """

    rows: pd.DataFrame
    log: pd.DataFrame
    aside: pd.DataFrame
    domain: Domain
    cutoff: np.datetime64
    complete_until: np.datetime64
    observed_from: np.datetime64
    counted: dict[str, int] | None = None

    @classmethod
    def of(cls, history: History) -> Record:
        """Take what the rules look at from a History with a cutoff.

        Parameters
        ----------
        history : History
            After `as_of`.

        Returns
        -------
        Record
            Of all rows.
        """
        table, report = history.incidents.table, history.incidents.quality
        begin = history.observed_from if len(table) else history.complete_until
        whole = report.aside is not None and len(report.aside) == sum(report.set_aside.values())
        return cls(
            table[list(COLUMNS)],
            history.versions.table[["id", "start", "known_at", "category"]],
            _known_aside(report.aside, history),
            history.domain,
            history.known_until,
            history.complete_until,
            begin,
            None if whole else dict(report.set_aside),
        )

    def of_categories(self, categories: tuple[str, ...]) -> Record:
        """Keep some categories.

        Parameters
        ----------
        categories : tuple of str
            Which.

        Returns
        -------
        Record
            Its span begins with its own first row in the span of all.
        """
        rows, log = (table[table["category"].isin(list(categories)).to_numpy()] for table in (self.rows, self.log))
        aside = self.aside[self.aside["category"].isin(list(categories)).to_numpy()]
        start = rows["start"].to_numpy()
        later = start[start >= self.observed_from]
        begin = later.min() if later.size else self.complete_until
        return replace(self, rows=rows, log=log, aside=aside, observed_from=begin)

    def __len__(self) -> int:
        """Rows not superseded."""
        return len(self.rows)

    def set_aside(self, *reasons: str) -> int:
        """Count rows set aside for some reasons."""
        if self.counted is not None:
            return sum(self.counted.get(reason, 0) for reason in reasons)
        return int(self.aside["reason"].isin(reasons).sum())

    @cached_property
    def seen(self) -> int:
        """Rows, with those set aside."""
        return len(self) + (len(self.aside) if self.counted is None else sum(self.counted.values()))

    @cached_property
    def local(self) -> NDArray[np.datetime64]:
        """Civil time of the start of each row."""
        return to_local(self.rows["start"].to_numpy(), self.domain.time_zone)

    @cached_property
    def day(self) -> Ints:
        """Civil day of the start of each row, counted from 1970."""
        return self.local.astype("datetime64[D]").astype(np.int64)

    @cached_property
    def timed(self) -> NDArray[np.bool_]:
        """Rows that name a time of day."""
        return np.asarray(self.rows["time_precision"] != "day")

    @cached_property
    def minute(self) -> Ints:
        """Minute of the day at which each timed row starts, -1 where it has seconds."""
        inside = (self.local[self.timed] - self.local[self.timed].astype("datetime64[D]")).astype(np.int64)
        minute, rest = np.divmod(inside, 60_000_000)
        return np.where(rest == 0, minute, -1)

    @cached_property
    def point(self) -> Ints:
        """Number of the distinct point on which each row lies."""
        x, y = (self.rows[name].to_numpy(np.float64) + 0.0 for name in ("x", "y"))
        (cx, ux), (cy, uy) = pd.factorize(x), pd.factorize(y)
        return np.asarray(pd.factorize(cx.astype(np.int64) * max(len(uy), 1) + cy)[0], np.int64) if len(ux) else cx

    @cached_property
    def first_day(self) -> int:
        """First civil day of the span."""
        return self._civil_day(self.observed_from)

    @cached_property
    def last_day(self) -> int:
        """First civil day that is not wholly in the span any more."""
        return self._civil_day(self.complete_until)

    @cached_property
    def daily(self) -> Ints:
        """Rows that start on each civil day of the span, shape (n_days,)."""
        days = max(self.last_day - self.first_day, 0)
        inside = (self.day >= self.first_day) & (self.day < self.last_day)
        return np.bincount(self.day[inside] - self.first_day, minlength=days).astype(np.int64)[:days]

    @cached_property
    def pace(self) -> Pace:
        """Rows by day and week, and the days that are missing."""
        return Pace(self.daily)

    def date(self, number: int) -> str:
        """Write the day of the span with this number as a date."""
        return str(np.datetime64(self.first_day + int(number), "D"))

    def _civil_day(self, moment: np.datetime64) -> int:
        return int(to_local(np.array([moment]), self.domain.time_zone).astype("datetime64[D]").astype(np.int64)[0])


def _known_aside(aside: pd.DataFrame | None, history: History) -> pd.DataFrame:
    """Keep the rows set aside that were known at the cutoff; those without any date cannot be placed in time."""
    if aside is None:
        empty = np.array([], "datetime64[us]")
        return pd.DataFrame({"reason": np.array([], object), "start": empty, "known_at": empty, "category": []})
    start, end, known = (
        aside[name].to_numpy() if name in aside else np.full(len(aside), NAT) for name in ("start", "end", "known_at")
    )
    last = np.where(np.isnat(end), start, end)
    latest = known.copy()
    undated = np.isnat(known) & ~np.isnat(last)
    latest[undated] = shift(last[undated], history.latency, history.domain.time_zone)
    keep = latest <= history.known_until  # False where neither is there
    columns = {"reason": aside["reason"], "start": start, "known_at": latest, "category": aside["category"]}
    return pd.DataFrame(columns)[keep].reset_index(drop=True)
