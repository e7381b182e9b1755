"""Tracks: where patrols stood, for how long. Who it was is not kept.

Positions come as pings. Two consecutive pings of a unit make a leg; half of its time belongs to where it begins, half
to where it ends. Those halves, the stays, are all that is kept; the unit only says which pings follow each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import ArrayLike, NDArray

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.layers.mend import counted, reasons
from hotspot.layers.timed import KNOWN_AT, Timed, utc_times
from hotspot.windows import Duration, Times, shift

MINUTE = 60_000_000  # microseconds
NONE = np.timedelta64(0, "us")
NOWHEN = np.datetime64(-(2**61), "us")
STAY = ("start", "end", "x", "y", KNOWN_AT)


@dataclass(frozen=True, eq=False)
class Tracks(Timed):
    """Stays of patrols.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a stay: ``start``, ``end``, ``known_at`` (UTC), ``x``, ``y``. See `from_pings`.
    crs : str
        Of x and y.
    latency : str
        How long after a leg its stays were known. Days are 24 hours.

    Raises
    ------
    InputError
        If no stay is left.
    """

    frame: pd.DataFrame
    crs: str
    latency: str = "0h"

    def _check(self, where: str) -> None:
        object.__setattr__(self, "latency", str(Duration.parse(self.latency, zero=True)))
        times = {name: utc_times(self.frame, name, where, needed=True) for name in ("start", "end", KNOWN_AT)}
        table = pd.DataFrame({name: times.get(name, self.frame.get(name)) for name in STAY})
        kept = table[
            (times["start"] < times["end"]) & ~np.isnat(times[KNOWN_AT]) & np.isfinite(table["x"] + table["y"])
        ]
        if not len(kept):
            raise InputError(
                f"{where}: no stay is left of {len(table)}; pings of one unit may lie too far apart in time"
                f"{reasons(self.notes, where)}"
            )
        # the order of the file, and with it the unit, is given up
        object.__setattr__(self, "frame", kept.sort_values(list(STAY)).reset_index(drop=True))
        self._note(*counted(where, len(table) - len(kept), "without a time or a position, set aside"))

    @classmethod
    def from_pings(
        cls, pings: pd.DataFrame, crs: str, *, latency: str = "0h", gap: float = 10.0, **labels: Any
    ) -> Self:
        """Make stays of pings.

        Parameters
        ----------
        pings : pandas.DataFrame
            Columns ``unit``, ``time`` (UTC), ``x``, ``y``.
        crs : str
            Of x and y.
        latency : str
            How long after its end a leg was known.
        gap : float
            Longest time between two pings of a unit that is bridged [min].
        **labels
            ``name``, ``vintage``, ``source`` and ``notes``, as of every layer.

        Returns
        -------
        Tracks
            Without the units. `notes` counts repeated pings and gaps that were not bridged.

        Raises
        ------
        InputError
            If no two pings of a unit follow each other within the gap.
        """
        where = f"tracks {labels.get('name') or 'tracks'!r} ({labels.get('source', 'memory')})"
        if not (np.isfinite(gap) and gap > 0):
            raise InputError(f"{where} gap: got {gap!r}, expected minutes above 0")
        stays, notes = _stays(pings, where, str(Duration.parse(latency, zero=True)), gap)
        labels["notes"] = (*labels.get("notes", ()), *notes)
        return cls(stays, crs, latency, **labels)

    def _content(self) -> Iterator[bytes]:
        yield f"{self.crs}|{self.latency}".encode()
        yield from super()._content()

    @cached_property
    def _cells(self) -> dict[str, NDArray[np.int64]]:
        """Cells of the stays by domain."""
        return {}

    def cells(self, domain: Domain) -> NDArray[np.int64]:
        """Find the cells of the stays.

        Parameters
        ----------
        domain : Domain
            In any CRS.

        Returns
        -------
        ndarray of int, shape (n,)
            Positions; -1 outside the boundary or without a cell.
        """
        key = domain.fingerprint
        if key not in self._cells:
            x, y = (self.frame[name].to_numpy(np.float64) for name in ("x", "y"))
            to_domain = pyproj.Transformer.from_crs(self.crs, domain.crs, always_xy=True)
            x, y = to_domain.transform(x, y)
            self._cells[key] = np.where(domain.contains(x, y), domain.locate(x, y), -1)
        return self._cells[key]

    def dwell(
        self, domain: Domain, start: ArrayLike, end: ArrayLike, asof: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Count the minutes that patrols stood in cells.

        Parameters
        ----------
        domain : Domain
            Gives the cells.
        start, end : datetime64 array, shape (n_windows,)
            Bounds, half-open, naive UTC.
        asof : datetime64 array, shape (n_windows,), optional
            Count each window as it was known at its moment. Default: with all that is there.

        Returns
        -------
        ndarray, shape (n_windows, n_cells)
            Minutes, of all patrols together. Whole microseconds are added up, so the order of windows changes nothing.
        """
        low, high = (np.atleast_1d(np.asarray(times)).astype("datetime64[us]") for times in (start, end))
        known = None if asof is None else np.broadcast_to(np.asarray(asof).astype("datetime64[us]"), low.shape)
        out = np.empty((low.size, domain.n_cells))
        for i, minutes in enumerate(self.dwells(domain, low, high, known)):
            out[i] = minutes
        return out

    def dwells(self, domain: Domain, low: Times, high: Times, asof: Times | None) -> Iterator[NDArray[np.float64]]:
        """Count as `dwell` does, one window after another.

        Parameters
        ----------
        domain : Domain
            Gives the cells.
        low, high : ndarray of datetime64[us], shape (n_windows,)
            Bounds; windows that overlap the one before cost little.
        asof : ndarray of datetime64[us], shape (n_windows,), optional
            When each window is looked at.

        Yields
        ------
        ndarray, shape (n_cells,)
            Minutes.
        """
        stays = _Stays.of(self, domain)
        held, a, b = np.zeros(domain.n_cells), NOWHEN, NOWHEN
        for i in range(low.size):
            if low[i] < b:  # what overlaps differs at its ends only
                held = held + stays.between(b, high[i]) - stays.between(a, low[i])
            else:
                held = stays.between(low[i], high[i])
            a, b = low[i], high[i]
            yield (held if asof is None else held - stays.unknown(a, b, asof[i])) / MINUTE


class _Stays(NamedTuple):
    """Stays in cells, as plain arrays that ascend by start."""

    start: Times
    end: Times
    known: Times
    cell: NDArray[np.int64]
    n_cells: int
    longest: np.timedelta64  # stay
    slowest: np.timedelta64  # from its start until it was known

    @classmethod
    def of(cls, tracks: Tracks, domain: Domain) -> _Stays:
        """Take those that lie in a cell."""
        cells = tracks.cells(domain)
        kept = cells >= 0
        start, end = (tracks.frame[name].to_numpy("datetime64[us]")[kept] for name in ("start", "end"))
        known = tracks.known_from[kept]
        longest, slowest = (max((later - start).max() if start.size else NONE, NONE) for later in (end, known))
        return cls(start, end, known, cells[kept], domain.n_cells, longest, slowest)

    def between(self, low: np.datetime64, high: np.datetime64) -> NDArray[np.float64]:
        """Add up the time from one moment to another [us], negative where they are the wrong way round."""
        if high < low:
            return -self.between(high, low)
        first, last = np.searchsorted(self.start, [low - self.longest, high])
        return self._added(np.arange(first, last), low, high)

    def unknown(self, low: np.datetime64, high: np.datetime64, asof: np.datetime64) -> NDArray[np.float64]:
        """Add up the time between two moments that was not known yet [us]."""
        first, last = np.searchsorted(self.start, [max(low - self.longest, asof - self.slowest), high])
        return self._added(first + np.flatnonzero(self.known[first:last] > asof), low, high)

    def _added(self, rows: NDArray[np.int64], low: np.datetime64, high: np.datetime64) -> NDArray[np.float64]:
        inside = np.minimum(self.end[rows], high) - np.maximum(self.start[rows], low)
        # whole numbers below 2^53: the order of addition changes nothing
        share = np.maximum(inside.astype(np.int64), 0).astype(np.float64)
        return np.asarray(np.bincount(self.cell[rows], share, self.n_cells), np.float64)


def _stays(pings: pd.DataFrame, where: str, latency: str, gap: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Turn pings into stays, and say what was left out."""
    time = utc_times(pings, "time", where, needed=True)
    x, y = (pings[name].to_numpy(np.float64) for name in ("x", "y"))
    unit, _ = pd.factorize(pings["unit"])
    there = ~np.isnat(time) & np.isfinite(x) & np.isfinite(y) & (unit >= 0)
    order = np.flatnonzero(there)[np.lexsort((time[there], unit[there]))]
    again = np.zeros(order.size, bool)
    again[1:] = (np.diff(unit[order]) == 0) & (np.diff(time[order]) == NONE)
    order = order[~again]
    time, x, y = time[order], x[order], y[order]
    follows, step = np.diff(unit[order]) == 0, np.diff(time)
    near = step <= np.timedelta64(round(gap * MINUTE), "us")
    i = np.flatnonzero(follows & near)
    middle = time[i] + step[i] // 2
    known = shift(time[i + 1], latency, "UTC")
    first = pd.DataFrame({"start": time[i], "end": middle, "x": x[i], "y": y[i], KNOWN_AT: known})
    second = pd.DataFrame({"start": middle, "end": time[i + 1], "x": x[i + 1], "y": y[i + 1], KNOWN_AT: known})
    notes = (
        *counted(where, int((~there).sum()), "without a unit, a time or a position, set aside"),
        *counted(where, int(again.sum()), "of a unit and time that were there already, left out"),
        *counted(where, int((follows & ~near).sum()), f"after a gap of more than {gap:g} min, which is not bridged"),
    )
    return pd.concat([first, second], ignore_index=True), notes
