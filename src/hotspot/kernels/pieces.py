"""Straight pieces of streets in square buckets: which one is nearest to a point, and how much lies within a disc.

A piece is listed in every bucket that it passes. A search walks outwards from the point's own bucket, ring by ring,
and stops once no farther ring can hold anything nearer. One parallel index writes one element (or owns its chunk of
them), so that any number of threads gives the same bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

PAD = 1e-6  # of a bucket: a piece that runs along an edge is listed on both sides
CHUNKS = 64


class Pieces(NamedTuple):
    """Straight pieces, and the buckets they pass.

    Attributes
    ----------
    x0, y0, x1, y1 : ndarray, shape (n,)
        Ends [m].
    owner : ndarray of int64, shape (n,)
        The line that a piece belongs to.
    indptr : ndarray of int64, shape (n_columns * n_rows + 1,)
        Where each bucket starts in `indices`; row-major.
    indices : ndarray of int64
        Pieces, ascending within a bucket.
    left, bottom, side : float
        Corner and side of the buckets [m].
    n_columns, n_rows : int
        How many.
    """

    x0: NDArray[np.float64]
    y0: NDArray[np.float64]
    x1: NDArray[np.float64]
    y1: NDArray[np.float64]
    owner: NDArray[np.int64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    left: float
    bottom: float
    side: float
    n_columns: int
    n_rows: int


@nb.njit(cache=True)
def _columns(
    piece: tuple[float, float, float, float], row: int, corner: tuple[float, float], side: float, n_columns: int
) -> tuple[int, int]:
    """First and last bucket that a piece passes in a row."""
    x0, y0, x1, y1 = piece
    low, high = corner[1] + (row - PAD) * side, corner[1] + (row + 1 + PAD) * side
    a, b = 0.0, 1.0
    if y1 != y0:
        one, other = (low - y0) / (y1 - y0), (high - y0) / (y1 - y0)
        a, b = max(a, min(one, other)), min(b, max(one, other))
    left, right = x0 + a * (x1 - x0), x0 + b * (x1 - x0)
    first = int(np.floor((min(left, right) - corner[0]) / side - PAD))
    last = int(np.floor((max(left, right) - corner[0]) / side + PAD))
    return max(first, 0), min(last, n_columns - 1)


@nb.njit(cache=True)
def _rows(y0: float, y1: float, bottom: float, side: float, n_rows: int) -> tuple[int, int]:
    first = int(np.floor((min(y0, y1) - bottom) / side - PAD))
    last = int(np.floor((max(y0, y1) - bottom) / side + PAD))
    return max(first, 0), min(last, n_rows - 1)


@nb.njit(cache=True)
def bucket_pieces(
    x0: NDArray[np.float64],
    y0: NDArray[np.float64],
    x1: NDArray[np.float64],
    y1: NDArray[np.float64],
    owner: NDArray[np.int64],
) -> Pieces:
    """Sort pieces into about as many buckets.

    Parameters
    ----------
    x0, y0, x1, y1 : ndarray, shape (n,)
        Ends [m], at least one piece.
    owner : ndarray of int64, shape (n,)
        The line that each belongs to.

    Returns
    -------
    Pieces
        With their buckets.
    """
    left, bottom = min(x0.min(), x1.min()), min(y0.min(), y1.min())
    width, height = max(x0.max(), x1.max()) - left, max(y0.max(), y1.max()) - bottom
    side = max(np.sqrt(width * height / x0.size), (width + height) / x0.size, 1.0)
    n_columns, n_rows = int(width / side) + 1, int(height / side) + 1
    indptr = np.zeros(n_columns * n_rows + 1, np.int64)
    indices = np.empty(0, np.int64)
    for fill in (False, True):
        filled = indptr[:-1].copy()
        for i in range(x0.size):
            first_row, last_row = _rows(y0[i], y1[i], bottom, side, n_rows)
            for row in range(first_row, last_row + 1):
                ends = (x0[i], y0[i], x1[i], y1[i])
                first, last = _columns(ends, row, (left, bottom), side, n_columns)
                for bucket in range(row * n_columns + first, row * n_columns + last + 1):
                    if fill:
                        indices[filled[bucket]] = i
                        filled[bucket] += 1
                    else:
                        indptr[bucket + 1] += 1
        if not fill:
            indptr = np.cumsum(indptr)
            indices = np.empty(indptr[-1], np.int64)
    return Pieces(x0, y0, x1, y1, owner, indptr, indices, left, bottom, side, n_columns, n_rows)


@nb.njit(cache=True)
def _to_piece(px: float, py: float, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float]:
    """Squared distance to a piece, and the share of it at which the nearest point lies."""
    dx, dy = x1 - x0, y1 - y0
    ux, uy = px - x0, py - y0
    length2 = dx * dx + dy * dy
    dot = ux * dx + uy * dy
    if dot <= 0.0:
        return ux * ux + uy * uy, 0.0
    if dot >= length2:
        ex, ey = px - x1, py - y1
        return ex * ex + ey * ey, 1.0
    cross = ux * dy - uy * dx
    return cross * cross / length2, dot / length2


@nb.njit(cache=True)
def _in_buckets(
    px: float, py: float, of: Pieces, run: tuple[int, int], best: tuple[float, int, float]
) -> tuple[float, int, float]:
    """Look through a run of buckets; ties go to the lower line, then to the lower piece."""
    far, piece, share = best
    for k in range(of.indptr[run[0]], of.indptr[run[1] + 1]):
        i = of.indices[k]
        d2, t = _to_piece(px, py, of.x0[i], of.y0[i], of.x1[i], of.y1[i])
        nearer = d2 < far
        if d2 == far:
            tied = piece >= 0 and (of.owner[i], i) >= (of.owner[piece], piece)
            nearer = not tied
        if nearer:
            far, piece, share = d2, i, t
    return far, piece, share


@nb.njit(cache=True)
def _ring(
    px: float, py: float, of: Pieces, at: tuple[int, int, int], best: tuple[float, int, float]
) -> tuple[float, int, float]:
    """Look through the buckets whose larger distance in columns or rows from the point's own is `reach`."""
    column, row, reach = at
    first, last = max(column - reach, 0), min(column + reach, of.n_columns - 1)
    for y in range(max(row - reach, 0), min(row + reach, of.n_rows - 1) + 1):
        start = y * of.n_columns
        if y == row - reach or y == row + reach:
            if first <= last:
                best = _in_buckets(px, py, of, (start + first, start + last), best)
            continue
        if column - reach >= 0 and column - reach < of.n_columns:
            best = _in_buckets(px, py, of, (start + column - reach, start + column - reach), best)
        if column + reach >= 0 and column + reach < of.n_columns:
            best = _in_buckets(px, py, of, (start + column + reach, start + column + reach), best)
    return best


@nb.njit(cache=True)
def _nearest(px: float, py: float, of: Pieces, limit: float) -> tuple[float, int, float]:
    column = int(min(max(np.floor((px - of.left) / of.side), -1e9), 1e9))
    row = int(min(max(np.floor((py - of.bottom) / of.side), -1e9), 1e9))
    reach = max(0, -column, column - of.n_columns + 1, -row, row - of.n_rows + 1)
    last = max(column, of.n_columns - 1 - column, row, of.n_rows - 1 - row)
    best = (limit * limit, -1, 0.0)
    while reach <= last:
        across = min(px - of.left - (column - reach + 1) * of.side, of.left + (column + reach) * of.side - px)
        along = min(py - of.bottom - (row - reach + 1) * of.side, of.bottom + (row + reach) * of.side - py)
        gap = min(across, along)  # all within this distance was seen
        if gap > 0 and gap * gap > best[0]:
            break
        best = _ring(px, py, of, (column, row, reach), best)
        reach += 1
    return best


@nb.njit(parallel=True, cache=True)
def nearest_piece(
    x: NDArray[np.float64], y: NDArray[np.float64], of: Pieces, limit: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find the nearest piece to each point.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Points [m]; one that is not finite is near nothing.
    of : Pieces
        From `bucket_pieces`.
    limit : float
        Farthest distance that counts [m]; perhaps infinite.

    Returns
    -------
    piece : ndarray of int64, shape (n,)
        -1 where none is near enough. Of equally near ones that of the lower line.
    share : ndarray, shape (n,)
        Of the piece's length at which the nearest point lies.
    distance : ndarray, shape (n,)
        To that point [m]; NaN where there is none.
    """
    piece, share, distance = np.empty(x.size, np.int64), np.empty(x.size), np.empty(x.size)
    for i in nb.prange(x.size):
        found = (np.nan, -1, np.nan)
        if np.isfinite(x[i]) and np.isfinite(y[i]):
            found = _nearest(x[i], y[i], of, limit)
        piece[i] = found[1]
        share[i] = found[2] if found[1] >= 0 else np.nan
        distance[i] = np.sqrt(found[0]) if found[1] >= 0 else np.nan
    return piece, share, distance


@nb.njit(cache=True)
def _chord(px: float, py: float, radius: float, piece: tuple[float, float, float, float]) -> float:
    """Length of a piece inside a disc [m]."""
    x0, y0, x1, y1 = piece
    dx, dy = x1 - x0, y1 - y0
    ux, uy = x0 - px, y0 - py
    a = dx * dx + dy * dy
    b = ux * dx + uy * dy
    under = b * b - a * (ux * ux + uy * uy - radius * radius)
    if a == 0.0 or under <= 0.0:
        return 0.0
    root = np.sqrt(under)
    share = min((root - b) / a, 1.0) - max((-root - b) / a, 0.0)
    return float(max(share, 0.0) * np.sqrt(a))


@nb.njit(cache=True)
def _disc(
    px: float, py: float, radius: float, of: Pieces, weight: NDArray[np.float64], seen: NDArray[np.bool_]
) -> float:
    """Sum what lies in one disc; a piece that passes several buckets counts in the first of them."""
    first_row, last_row = _rows(py - radius, py + radius, of.bottom, of.side, of.n_rows)
    first, last = _rows(px - radius, px + radius, of.left, of.side, of.n_columns)
    total = 0.0
    if first > last:
        return total
    for fresh in (True, False):  # count, then forget what was seen
        for row in range(first_row, last_row + 1):
            start, stop = of.indptr[row * of.n_columns + first], of.indptr[row * of.n_columns + last + 1]
            for i in of.indices[start:stop]:
                if fresh and not seen[i]:
                    total += weight[of.owner[i]] * _chord(px, py, radius, (of.x0[i], of.y0[i], of.x1[i], of.y1[i]))
                seen[i] = fresh
    return total


@nb.njit(parallel=True, cache=True)
def length_within(
    x: NDArray[np.float64], y: NDArray[np.float64], of: Pieces, radius: float, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum the weighted length of the pieces inside discs.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Centres [m].
    of : Pieces
        From `bucket_pieces`.
    radius : float
        Of the discs [m].
    weight : ndarray, shape (n_lines,)
        What a metre of each line counts.

    Returns
    -------
    ndarray, shape (n,)
        Sums [m].
    """
    out = np.zeros(x.size)
    for chunk in nb.prange(CHUNKS):
        seen = np.zeros(of.x0.size, np.bool_)
        for i in range(chunk * x.size // CHUNKS, (chunk + 1) * x.size // CHUNKS):
            out[i] = _disc(x[i], y[i], radius, of, weight, seen)
    return out
