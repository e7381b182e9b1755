"""Rows of a sparse matrix for the places of incidents, kept with the domain: later Histories add those that are new."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.features._memo import remembered
from hotspot.history import History, Ledger
from hotspot.kernels.asof import Matrix

Whole = NDArray[np.int64]
Maker = Callable[..., Matrix]
BITS = 21  # of a column or row counted from the centre of a cell
NO_ROWS = Matrix(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))


@dataclass(frozen=True)
class _Known:
    """Places so far: their keys, sorted, the row of each, and the rows."""

    keys: NDArray[np.int64]
    rows: NDArray[np.int64]
    matrix: Matrix


def point_rows(
    history: History, ledger: Ledger, fine: float, name: Hashable, make: Maker, *, by_cell: bool = False
) -> tuple[Ledger, Matrix]:
    """Make a row of a matrix for each place of the incidents.

    Parameters
    ----------
    history : History
        Gives the coordinates.
    ledger : Ledger
        Its versions.
    fine : float
        Coordinates are rounded to multiples of this [m].
    name : hashable
        Names the rows; they depend on nothing else but the domain.
    make : callable
        Gives rows for coordinates (x, y), each of shape (n_places,) [m]. A row must not depend on the other places.
    by_cell : bool
        What lies in two cells is two places; `make` is given the cells of the ledger as well.

    Returns
    -------
    Ledger
        The same versions, with rows of the matrix for cells.
    Matrix
        One row a place, perhaps also for places that the ledger does not know.
    """

    def find() -> tuple[Ledger, Matrix]:
        column, row = _lattice(history, ledger, fine)
        given: tuple[NDArray[Any], ...] = (column * fine, row * fine)
        key = (column << 32) + row
        if by_cell:
            cell = ledger.versions.cell.astype(np.int64)
            given, key = (*given, cell), _keys_by_cell(history.domain, fine, cell, column, row)
        return _point_rows(history.domain, ledger, name, (key, given), make)

    return remembered(ledger, name, find)


def _keys_by_cell(domain: Domain, fine: float, cell: Whole, column: Whole, row: Whole) -> Whole:
    """Count columns and rows from the centre of the cell: small numbers, so that both and the cell make one."""
    x, y = (np.rint(axis / fine).astype(np.int64)[cell] for axis in domain.centres)
    half = 1 << (BITS - 1)
    key: Whole = (cell << 2 * BITS) + ((column - x + half) << BITS) + (row - y + half)
    return key


def _point_rows(
    domain: Domain, ledger: Ledger, name: Hashable, places: tuple[Whole, tuple[NDArray[Any], ...]], make: Maker
) -> tuple[Ledger, Matrix]:
    keys, first, place = np.unique(places[0], return_index=True, return_inverse=True)
    kept: list[_Known] = remembered(domain, name, lambda: [_Known(keys[:0], first[:0], NO_ROWS)])
    known = kept[0]  # whoever comes at the same time makes the same rows, and one of the two is kept
    new = np.setdiff1d(keys, known.keys, assume_unique=True)
    if new.size:
        appears = first[np.searchsorted(keys, new)]
        order = np.argsort(appears)  # what is used one after another lies side by side
        added = appears[order]
        known = kept[0] = _joined(known, new[order], make(*(each[added] for each in places[1])))
    return ledger.at(known.rows[np.searchsorted(known.keys, keys)][place]), known.matrix


def same_places(history: History, ledger: Ledger, fine: float) -> tuple[Ledger, NDArray[np.int64]]:
    """Give each place of the incidents a number.

    Parameters
    ----------
    history : History
        Gives the coordinates.
    ledger : Ledger
        Its versions.
    fine : float
        Coordinates are rounded to multiples of this [m]; what lies in two cells is two places.

    Returns
    -------
    Ledger
        The same versions, with the numbers of places for cells.
    ndarray of int64, shape (n_places,)
        Cell of each place.
    """

    def make() -> tuple[Ledger, NDArray[np.int64]]:
        column, row = _lattice(history, ledger, fine)
        own = ledger.versions.cell.astype(np.int64)
        spot = np.unique((column << 32) + row, return_inverse=True)[1]
        _, first, place = np.unique(spot * history.domain.n_cells + own, return_index=True, return_inverse=True)
        return ledger.at(place), own[first]

    return remembered(ledger, ("same places", fine), make)


def _lattice(history: History, ledger: Ledger, fine: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table = history.versions.table
    column, row = (np.rint(table[axis].to_numpy()[ledger.rows] / fine).astype(np.int64) for axis in ("x", "y"))
    return column, row


def _joined(known: _Known, keys: NDArray[np.int64], more: Matrix) -> _Known:
    indptr = np.concatenate([known.matrix.indptr, known.matrix.indptr[-1] + more.indptr[1:]])
    indices = np.concatenate([known.matrix.indices, more.indices])
    share = np.concatenate([known.matrix.share, more.share])
    every = np.concatenate([known.keys, keys])
    order = np.argsort(every)
    rows = np.concatenate([known.rows, known.rows.size + np.arange(keys.size)])
    return _Known(every[order], rows[order], Matrix(indptr, indices, share))
