"""Columns of past windows, and the sweep that counts incidents in them as they were known at each issue time."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hotspot.features._memo import remembered
from hotspot.history import History, Ledger
from hotspot.kernels.asof import PIECE, Matrix
from hotspot.kernels.decays import BLOCK, BLOCKS, Fading, fading_sums
from hotspot.kernels.repeats import count_repeats
from hotspot.kernels.smoothing import Lattice, smooth_sums
from hotspot.kernels.windows import Table, window_counts
from hotspot.windows import Duration, Times, shift

OWN_CELL = Matrix(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0))
DAY = 86_400_000_000  # [us]


class Column(NamedTuple):
    """A weighted sum of counts in windows, times a factor.

    Attributes
    ----------
    low, high : ndarray of datetime64[us], shape (n_windows, n_times)
        Bounds of each window, half-open; a window that has none is empty.
    weight : tuple of int
        How often each window counts.
    factor : ndarray, shape (n_times,)
        NaN where the column has no value.
    """

    low: Times
    high: Times
    weight: tuple[int, ...]
    factor: NDArray[np.float64]


def complete_until(history: History, times: Times) -> Times:
    """Give the moment until which the record counts as complete at each issue time.

    Parameters
    ----------
    history : History
        Gives the latency.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.

    Returns
    -------
    ndarray of datetime64[us], shape (n_times,)
        Issue times less the latency, in civil time.
    """
    return shift(times, history.latency, history.domain.time_zone, -1)


def observed_from(history: History, times: Times) -> Times:
    """Start of the record as it was known at each time; NaT where nothing was known yet.

    Parameters
    ----------
    history : History
        What is known.
    times : ndarray of datetime64[us], shape (n_times,)
        Naive UTC.

    Returns
    -------
    ndarray of datetime64[us], shape (n_times,)
        Naive UTC.
    """
    return remembered(history, ("observed_from", times.tobytes()), lambda: history.observed_from_at(times))


def window_column(history: History, times: Times, window: str) -> Column:
    """Make the column of a window that ends a latency before each issue time.

    Where the record begins inside the window, the count is divided by the share of the window that the record covers;
    where it begins later still, there is no value.

    Parameters
    ----------
    history : History
        What is known.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    window : str
        Its length.

    Returns
    -------
    Column
        Of one window.
    """
    high = complete_until(history, times)
    low = shift(high, window, history.domain.time_zone, -1)
    start = np.maximum(low, observed_from(history, times))
    there = high > start  # not where the start is missing
    share = (high - start).astype(np.float64) / (high - low).astype(np.float64)
    factor = 1 / np.where(there, share, np.nan)
    return Column(np.where(there, start, high)[None], high[None], (1,), factor)


class Sums:
    """An array of columns, and the sweeps that fill it one after another.

    Parameters
    ----------
    history : History
        Gives the cells.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    n_columns : int
        How many columns there will be.
    n_places : int, optional
        Where incidents are counted. Default: in the cells.

    Attributes
    ----------
    values : ndarray of float32, shape (n_times, n_columns, n_cells)
        The result.
    """

    def __init__(self, history: History, times: Times, n_columns: int, n_places: int | None = None) -> None:
        self.values = np.empty((times.size, n_columns, n_places or history.domain.n_cells), np.float32)
        self._times, self._filled = times, 0

    def restart(self) -> None:
        """Begin again with the first column, in the same block."""
        self._filled = 0

    def add(self, ledger: Ledger, columns: Sequence[Column], to: Matrix = OWN_CELL) -> None:
        """Count incidents, each issue time as it was known then.

        Parameters
        ----------
        ledger : Ledger
            Versions.
        columns : sequence of Column
            What to count, all with the same number of windows.
        to : Matrix
            Cells that an incident in each cell counts in. Default: its own.
        """
        table = _table(ledger, self._times, columns)
        window_counts(table, ledger.versions, ledger.spans, to, self.values, self._filled)
        self._filled += len(columns)

    def add_rates(
        self, history: History, ledger: Ledger, half_lives: Sequence[str | None], to: Matrix = OWN_CELL
    ) -> None:
        """Sum weights that fade by half each half-life, as rates; each issue time as it was known then.

        Parameters
        ----------
        history : History
            What is known.
        ledger : Ledger
            Versions, intervals at their middles.
        half_lives : sequence of str or None
            One a column; None, for which nothing fades, only at the end.
        to : Matrix
            Cells that an incident in each cell, or at each place of the ledger, counts in. Default: its own.
        """
        high = complete_until(history, self._times)
        begin = observed_from(history, self._times)
        low = np.where(high > begin, begin, high)
        days = (high - low).view(np.int64) / DAY
        halves = [round(Duration.parse(half).seconds * 1e6) for half in half_lives if half is not None]
        if halves:
            table = _fading(self._times, low.view(np.int64), high.view(np.int64), halves, days)
            fading_sums(table, ledger.versions, to, self.values, self._filled)
            self._filled += len(halves)
        if None in half_lives:
            factor = 1 / np.where(days > 0, days, np.nan)
            self.add(ledger, [Column(low[None], high[None], (1,), factor)], to)

    def add_smoothed(self, sums: Sums, lattice: Lattice, read: Matrix) -> None:
        """Smooth the columns of other sums, which were counted on a lattice.

        Parameters
        ----------
        sums : Sums
            Of the same issue times.
        lattice : Lattice
            Its places.
        read : Matrix
            How much each cell holds of the points of the lattice.
        """
        smooth_sums(sums.values, lattice, read, self.values, self._filled)
        self._filled += sums.values.shape[1]

    def add_repeats(self, ledger: Ledger, cells: NDArray[np.int64], low: Times, high: Times) -> None:
        """Count the incidents of a window beyond the first at each place, each issue time as it was known then.

        Parameters
        ----------
        ledger : Ledger
            Versions by place.
        cells : ndarray of int64, shape (n_places,)
            Cell of each place.
        low, high : ndarray of datetime64[us], shape (n_times,)
            Bounds of the window, half-open.
        """
        edges = np.stack([low, high]).view(np.int64)[None, None]
        pieces = np.ascontiguousarray(_pieces(0, self._times, edges)[:, 1:])
        times = self._times.view(np.int64)
        count_repeats(times, edges, pieces, ledger.versions, cells, self.values, self._filled)
        self._filled += 1


def matrix_of(sparse: csr_array) -> Matrix:
    """Turn a sparse matrix into what kernels take.

    Parameters
    ----------
    sparse : sparse array, shape (n_places, n_cells)
        How much each cell receives of an incident at each place.

    Returns
    -------
    Matrix
        The same.
    """
    rows = csr_array(sparse)
    rows.sort_indices()
    return Matrix(rows.indptr.astype(np.int64), rows.indices.astype(np.int32), rows.data.astype(np.float64))


def _table(ledger: Ledger, times: Times, columns: Sequence[Column]) -> Table:
    edges = np.stack([np.stack([column.low, column.high], axis=1) for column in columns])
    pieces = [_pieces(number, times, edges[number]) for number in range(len(columns))]
    return Table(
        times.view(np.int64),
        edges.view(np.int64),
        ledger.readings(edges),
        np.array([column.weight for column in columns], np.int64),
        np.stack([column.factor for column in columns]),
        np.concatenate(pieces),
    )


def _fading(
    times: Times, low: NDArray[np.int64], high: NDArray[np.int64], halves: Sequence[int], days: NDArray[np.float64]
) -> Fading:
    """Make the table of weights that fade; their sum is divided by the integral of the weight over the record."""
    edges, factors = [], []
    for half in halves:
        oldest = (high // (BLOCK * half) - BLOCKS + 1) * BLOCK * half
        edges.append(np.stack([np.maximum(low, oldest), high]))
        memory = half / DAY / log(2)
        # one number after another: a library may round a whole array otherwise than a part of it
        factors.append([-1 / (memory * expm1(-past / memory)) if past > 0 else np.nan for past in days])
    pieces = [_pieces(number, times, edge) for number, edge in enumerate(edges)]
    return Fading(
        times.view(np.int64),
        np.stack(edges)[:, None],
        np.array(halves, np.int64),
        np.array(factors),
        np.concatenate(pieces),
    )


def _pieces(number: int, times: Times, edges: Times | NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut issue times into stretches within which neither they nor the edges fall."""
    rows = np.concatenate([times.view(np.int64)[None], edges.view(np.int64).reshape(-1, times.size)])
    falls = 1 + np.flatnonzero((np.diff(rows, axis=1) < 0).any(axis=0))
    cuts = np.union1d(falls, np.arange(0, times.size, PIECE))
    last = np.append(cuts[1:], times.size)
    return np.column_stack([np.full(cuts.size, number), cuts, last]).astype(np.int64)
