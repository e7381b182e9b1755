"""Columns of past windows, and the sweep that counts incidents in them as they were known at each issue time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hotspot.features._memo import remembered
from hotspot.history import History, Ledger
from hotspot.kernels.asof import PIECE
from hotspot.kernels.windows import Matrix, Table, window_counts
from hotspot.windows import Times, shift

NO_MATRIX = Matrix(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0))
DAY = np.timedelta64(86_400_000_000, "us")


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

    Attributes
    ----------
    values : ndarray of float32, shape (n_times, n_columns, n_cells)
        The result.
    """

    def __init__(self, history: History, times: Times, n_columns: int) -> None:
        self.values = np.empty((times.size, n_columns, history.domain.n_cells), np.float32)
        self._times, self._filled = times, 0

    def restart(self) -> None:
        """Begin again with the first column, in the same block."""
        self._filled = 0

    def add(self, ledger: Ledger, columns: Sequence[Column], gather: csr_array | None = None) -> None:
        """Count incidents, each issue time as it was known then.

        Parameters
        ----------
        ledger : Ledger
            Versions.
        columns : sequence of Column
            What to count, all with the same number of windows.
        gather : csr_array, shape (n_cells, n_cells), optional
            What each cell takes from others. Default: its own.
        """
        matrix = NO_MATRIX if gather is None else as_matrix(gather)
        table = _table(ledger, self._times, columns)
        window_counts(table, ledger.versions, ledger.spans, matrix, self.values, self._filled)
        self._filled += len(columns)


def as_matrix(sparse: csr_array) -> Matrix:
    """Turn a sparse matrix into what kernels take.

    Parameters
    ----------
    sparse : csr_array
        Any.

    Returns
    -------
    Matrix
        The same.
    """
    return Matrix(sparse.indptr.astype(np.int64), sparse.indices.astype(np.int32), sparse.data.astype(np.float64))


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


def _pieces(number: int, times: Times, edges: Times) -> NDArray[np.int64]:
    """Cut issue times into stretches within which neither they nor the edges fall."""
    rows = np.concatenate([times[None], edges.reshape(-1, times.size)]).view(np.int64)
    falls = 1 + np.flatnonzero((np.diff(rows, axis=1) < 0).any(axis=0))
    cuts = np.union1d(falls, np.arange(0, times.size, PIECE))
    last = np.append(cuts[1:], times.size)
    return np.column_stack([np.full(cuts.size, number), cuts, last]).astype(np.int64)
