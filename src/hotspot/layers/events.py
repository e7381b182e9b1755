"""Events: what takes place somewhere, from a start to an end: matches, concerts, markets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.layers.base import Shapes
from hotspot.layers.mend import counted, reasons
from hotspot.layers.timed import KNOWN_AT, TIME, Timed, numbers, table_bytes, text, utc_times
from hotspot.windows import Times

CATEGORY, ATTENDANCE = "category", "attendance"


@dataclass(frozen=True, eq=False)
class Events(Timed, Shapes):
    """Places with a start and an end.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        One row an event, with columns ``start``, and perhaps ``end`` (default: the start), ``attendance`` [persons],
        ``known_at`` (when it was announced) and ``category``; times in UTC. Rows without a place or a start, and
        those that end before they start, are set aside and counted in `notes`. A row without ``known_at`` is known
        from the vintage on.

    Raises
    ------
    InputError
        If there is no CRS, or no event is left.
    """

    parts: ClassVar[tuple[int, ...]] = ()  # the parts of a place are one event

    def _check(self, where: str) -> None:
        super()._check(where)
        frame = self.frame
        start, end = utc_times(frame, "start", where, needed=True), utc_times(frame, "end", where)
        end = np.where(np.isnat(end), start, end)
        attendance, wrong = self._attendance(frame)
        columns = {
            "start": start,
            "end": end,
            KNOWN_AT: utc_times(frame, KNOWN_AT, where),
            ATTENDANCE: attendance,
            CATEGORY: text(frame[CATEGORY]) if CATEGORY in frame.columns else None,
        }
        kept = ~np.isnat(start) & ~(end < start)
        if not kept.any():
            raise InputError(
                f"{where}: no event is left of {len(frame)}; each needs a start, and an end after it"
                f"{reasons(self.notes, where)}"
            )
        rest = frame.drop(columns=[name for name in columns if name in frame.columns])
        order = np.flatnonzero(kept)[np.argsort(start[kept], kind="stable")]
        object.__setattr__(self, "frame", rest.assign(**columns).iloc[order].reset_index(drop=True))
        self.__dict__.pop("lifetimes", None)  # of the rows before
        self._note(
            *counted(where, int(np.isnat(start).sum()), "without a start, set aside"),
            *counted(where, int((end < start).sum()), "that end before they start, set aside"),
            *counted(where, wrong, "whose attendance is no number of 0 or more, taken as missing"),
        )
        self._note_undated(where)

    @staticmethod
    def _attendance(frame: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], int]:
        if ATTENDANCE not in frame.columns:
            return np.full(len(frame), np.nan), 0
        persons, wrong = numbers(frame[ATTENDANCE])
        return np.where(persons < 0, np.nan, persons), wrong + int((persons < 0).sum())

    def _content(self) -> Iterator[bytes]:
        yield self.crs.encode()
        yield from table_bytes(self.frame.drop(columns=self.frame.geometry.name))
        yield from (bytes(blob) for blob in shapely.to_wkb(np.asarray(self.frame.geometry.array)))

    @property
    def start(self) -> Times:
        """When each begins, naive UTC, shape (n,), ascending."""
        return np.asarray(self.frame["start"].to_numpy(TIME))

    @property
    def end(self) -> Times:
        """When each ends, naive UTC, shape (n,)."""
        return np.asarray(self.frame["end"].to_numpy(TIME))

    @property
    def attendance(self) -> NDArray[np.float64]:
        """How many come, shape (n,) [persons]; NaN where nothing says so."""
        return np.asarray(self.frame[ATTENDANCE].to_numpy(np.float64))

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category there is, sorted."""
        return tuple(sorted(self.frame[CATEGORY].dropna().unique()))
