"""Counts in windows and cells where most cells of most windows have none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hotspot.history.ledger import FOREVER, Ledger
from hotspot.kernels.counting import count_sparse
from hotspot.kernels.windows import Spans
from hotspot.windows import Times


class SparseCounts(NamedTuple):
    """Counts in windows and cells.

    Attributes
    ----------
    start, end : ndarray of datetime64[us], shape (n_windows,)
        Bounds, half-open, naive UTC.
    counts : csr_array, shape (n_windows, n_cells)
        Incidents; intervals are shared out.
    """

    start: Times
    end: Times
    counts: csr_array


def count_current(ledger: Ledger, start: Times, end: Times, n_cells: int) -> csr_array:
    """Count current versions in windows and cells; intervals are shared out.

    Parameters
    ----------
    ledger : Ledger
        Versions.
    start, end : ndarray of datetime64[us], shape (n_windows,)
        Bounds, half-open, both ascending.
    n_cells : int
        Of the domain.

    Returns
    -------
    csr_array, shape (n_windows, n_cells)
        Counts.
    """
    of, spans, shape = ledger.versions, ledger.spans, (start.size, n_cells)
    moment, cell = of.moment, of.cell
    left_out = of.gone < FOREVER
    if spans.start.size:
        left_out |= np.isin(ledger.rows, ledger.span_rows)
    if left_out.any():
        moment, cell = moment[~left_out], cell[~left_out]
    first, last = (np.searchsorted(moment, edge.view(np.int64)) for edge in (start, end))
    indptr, indices, data = count_sparse(first, last, cell, n_cells)
    counts = csr_array((data, indices, indptr), shape=shape)
    if not (spans.gone == FOREVER).any():
        return counts
    share, window, row = _shared(ledger, spans, start, end)
    return counts + csr_array((share, (window, spans.cell[row])), shape=shape)


def _shared(
    ledger: Ledger, spans: Spans, start: Times, end: Times
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Share of each interval in each window that it reaches into; the window; the interval."""
    live = np.flatnonzero(spans.gone == FOREVER)
    first = np.searchsorted(end.view(np.int64), spans.start[live], side="right")
    number = np.maximum(np.searchsorted(start.view(np.int64), spans.end[live]) - first, 0)
    row = np.repeat(live, number)
    window = np.arange(row.size) - np.repeat(np.cumsum(number) - number, number) + np.repeat(first, number)
    group = np.repeat(spans.group, np.diff(spans.first))[row]
    low, high = (ledger.readings(edge)[group, window] for edge in (start, end))
    begin, length = spans.begin[row], spans.length[row]
    inside = np.minimum(high, begin + length) - np.maximum(low, begin)
    return np.clip(inside, 0, None) / np.maximum(length, 1), window, row
