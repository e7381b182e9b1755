"""Which cells are near which, in compressed rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from hotspot.errors import InputError

MOST_PAIRS = 300_000_000  # three arrays of them are 7 GB


class Neighbours(NamedTuple):
    """Which cells are near which, in compressed rows.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_cells + 1,)
        Where the neighbours of a cell start in `indices`.
    indices : ndarray of int64, shape (n_pairs,)
        Positions of neighbours, the cell itself left out, ascending within a row.
    distance : ndarray, shape (n_pairs,)
        Between centres [m].
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    distance: NDArray[np.float64]


def within(points: NDArray[np.float64], radius: float) -> NDArray[np.int64]:
    """Find the pairs of points at most so far apart.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Coordinates [m].
    radius : float
        Largest distance [m].

    Returns
    -------
    ndarray of int64, shape (n_pairs, 2)
        Pairs (i, j), i < j.

    Raises
    ------
    InputError
        If there are too many to hold.
    """
    reach = radius * (1 + 1e-9)
    tree = cKDTree(points)
    # counting takes as long as finding, so it is left out where a bound will do
    number = len(points) ** 2 if len(points) ** 2 <= MOST_PAIRS else tree.count_neighbors(tree, reach)
    if number > MOST_PAIRS:
        raise InputError(
            f"Domain.neighbours: {number:.3g} pairs of {len(points):,} cells lie within {radius:g} m; expected at most "
            f"{MOST_PAIRS:.0e}; use a smaller radius, or larger cells"
        )
    return np.asarray(tree.query_pairs(reach, output_type="ndarray"))


def as_rows(pairs: NDArray[np.int64], points: NDArray[np.float64]) -> Neighbours:
    """Put pairs into rows, each pair both ways.

    Parameters
    ----------
    pairs : ndarray of int64, shape (n_pairs, 2)
        Each once, in any order.
    points : ndarray, shape (n, 2)
        Centres [m].

    Returns
    -------
    Neighbours
        The rows.
    """
    first, second = pairs.T
    distance = np.hypot(*(points[first] - points[second]).T)
    both = np.concatenate([first, second]), np.concatenate([second, first])
    rows = coo_array((np.tile(distance, 2), both), shape=(len(points), len(points))).tocsr()
    rows.sort_indices()
    return Neighbours(rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data)
