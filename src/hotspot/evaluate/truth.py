"""What happened: incidents by window and cell, as sums and as whole placements of interval times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.evaluate.draws import lots
from hotspot.history import History, Times
from hotspot.rolling import child_seed
from hotspot.windows import civil_midnight, shift

PLACEMENTS = 20
SEED = 0


class Placed(NamedTuple):
    """Whole incidents of one window.

    Attributes
    ----------
    cell : ndarray of int64, shape (n_occupied,)
        Positions of cells that hold an incident in any placement.
    counts : ndarray of int64, shape (n_placements, n_occupied)
        Incidents; one placement where no interval crosses the window's ends.
    """

    cell: NDArray[np.int64]
    counts: NDArray[np.int64]


def complete_until(history: History) -> np.datetime64:
    """Give the moment up to which what happened is known.

    Parameters
    ----------
    history : History
        Without a cutoff it is taken to end with its newest record, and that day to be whole.

    Returns
    -------
    datetime64
        Cutoff less latency, naive UTC.

    Raises
    ------
    InputError
        If there is no cutoff and no incident.
    """
    if history.cutoff is not None:
        return history.complete_until
    if not len(history.versions):
        raise InputError("the History holds no incident, so nothing can be scored; check its incidents and domain")
    zone = history.domain.time_zone
    last = shift(history.versions.table["known_at"].to_numpy().max(keepdims=True), history.latency, zone, -1)
    return np.datetime64(civil_midnight(last, zone, "ceil")[0], "us")


class Truth:
    """The live rows of a History, ready to be asked window by window.

    Parameters
    ----------
    history : History
        What is known today.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        table = history.versions.table
        keep = np.isnat(table["superseded_at"].to_numpy())
        if history.target is not None:
            keep &= table["category"].isin(list(history.target)).to_numpy()
        table = table[keep]
        order = np.argsort(table["start"].to_numpy(), kind="stable")
        self._start, self._end, self._cell, self._id = (
            table[name].to_numpy()[order] for name in ("start", "end", "cell", "id")
        )
        self._category = table["category"].array[order]
        self._reach = np.maximum.accumulate(self._end) if order.size else self._end

    def mass(self, start: Times, end: Times) -> NDArray[np.float64]:
        """Incidents in windows and cells, interval times spread by the History's profile.

        Parameters
        ----------
        start, end : ndarray of datetime64, shape (n_windows,)
            Naive UTC, half-open.

        Returns
        -------
        ndarray, shape (n_windows, n_cells + 1)
            The last column is for those inside the boundary that have no cell.
        """
        return self.history.mass(start, end, outside=True)

    def placed(self, start: np.datetime64, end: np.datetime64) -> Placed:
        """Whole incidents in one window.

        An interval that crosses an end of the window is placed where a share u of it has passed by the History's
        profile, with one u per incident and placement: the same for all windows, models and runs.

        Parameters
        ----------
        start, end : datetime64
            Naive UTC, half-open.

        Returns
        -------
        Placed
            Counts in the cells that matter.
        """
        rows = slice(np.searchsorted(self._reach, start), np.searchsorted(self._start, end))
        begin, stop, cell = self._start[rows], self._end[rows], self._cell[rows]
        touches = (cell >= 0) & ((stop > start) | ((stop == begin) & (begin >= start)))
        whole = (begin >= start) & (stop <= end)
        occupied = np.unique(cell[touches])
        counts = np.bincount(np.searchsorted(occupied, cell[touches & whole]), minlength=occupied.size)[None]
        crossing = touches & ~whole
        if crossing.any():
            spans = begin[crossing], stop[crossing], self._category[rows][crossing]
            time = self.history.profile.place(*spans, _shares(self._id[rows][crossing]))
            draw, which = ((time >= start) & (time < end)).nonzero()
            counts = np.repeat(counts, PLACEMENTS, axis=0)
            np.add.at(counts, (draw, np.searchsorted(occupied, cell[crossing])[which]), 1)
        return Placed(occupied, counts)


def _shares(ids: NDArray[np.generic]) -> NDArray[np.float64]:
    """Where in its interval each incident is placed, shape (n_placements, n)."""
    return np.stack([lots(ids, child_seed(SEED, "placement", draw)) for draw in range(PLACEMENTS)])
