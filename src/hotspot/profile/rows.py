"""Rows of incidents as the counting kernel takes them, each in the time by which it spreads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.kernels.rolling import FOREVER, window_mass
from hotspot.profile.clock import Whole
from hotspot.profile.curve import Profile
from hotspot.windows import Times


class _Part(NamedTuple):
    """Rows that go by one clock: that of a category, or (None) time itself."""

    category: str | None
    start: Whole
    end: Whole
    known: Whole
    superseded: Whole
    cell: Whole
    reach: Whole


class Rows:
    """Versions of incidents, ready to be counted in windows and cells.

    Instants, and intervals that spread evenly, are counted in UTC. Intervals of a category with a curve are counted
    in the time of its clock, where they spread evenly as well.

    Parameters
    ----------
    table : pandas.DataFrame
        Versions: start, end, known_at, superseded_at, category, cell.
    profile : Profile
        How intervals spread.
    """

    def __init__(self, table: pd.DataFrame, profile: Profile) -> None:
        order = np.argsort(table["start"].to_numpy(), kind="stable")
        start, end, known, superseded = (
            table[name].to_numpy()[order].astype("datetime64[us]").view(np.int64)
            for name in ("start", "end", "known_at", "superseded_at")
        )
        superseded = np.where(superseded == np.iinfo(np.int64).min, FOREVER, superseded)
        columns = start, end, known, superseded, table["cell"].to_numpy()[order]
        self.profile = profile
        self._parts = [_part(None, columns)]
        if profile.is_uniform or not (end > start).any():
            return
        codes, names = table["category"].cat.codes.to_numpy()[order], table["category"].cat.categories
        own = np.array([profile.curve(str(name)) is not None for name in names])
        curved = (end > start) & own[codes]
        self._parts = [_part(None, tuple(column[~curved] for column in columns))]
        for code in np.unique(codes[curved]).tolist():
            chosen, name = curved & (codes == code), str(names[code])
            read = (profile.clock(column[chosen].view("datetime64[us]"), name) for column in columns[:2])
            self._parts.append(_part(name, (*read, *(column[chosen] for column in columns[2:]))))

    def mass(self, low: Times, high: Times, moments: Times | None, n_cells: int, outside: bool) -> NDArray[np.float64]:
        """Count in windows and cells.

        Parameters
        ----------
        low, high : ndarray of datetime64, shape (n_windows,)
            Naive UTC, half-open.
        moments : ndarray of datetime64, shape (n_windows,), optional
            As known at each; None takes all rows that are not superseded.
        n_cells : int
            Of the domain.
        outside : bool
            Count rows without a cell in one more column.

        Returns
        -------
        ndarray, shape (n_windows, n_cells) or (n_windows, n_cells + 1)
            Counts.
        """
        asof = np.full(low.shape, FOREVER - 1)
        if moments is not None:
            asof = np.broadcast_to(moments, low.shape).astype("datetime64[us]").view(np.int64)
        total: NDArray[np.float64] | None = None
        for part in self._parts:
            first, last = (self._read(edge, part.category) for edge in (low, high))
            cell = np.where(part.cell < 0, n_cells, part.cell) if outside else part.cell
            mass = window_mass(first, last, asof, (*part[1:5], cell), part.reach, n_cells + int(outside))
            total = mass if total is None else np.add(total, mass, out=total)
        return np.asarray(total)

    def _read(self, times: Times, category: str | None) -> Whole:
        times = times.astype("datetime64[us]")
        return times.view(np.int64) if category is None else self.profile.clock(times, category)


def _part(category: str | None, columns: tuple[Whole, ...]) -> _Part:
    start, end, known, superseded, cell = columns
    reach = np.maximum.accumulate(end) if end.size else end
    return _Part(category, start, end, known, superseded, cell, reach)
