"""Rings drawn on a lattice of buckets: which buckets lie inside, which outside, and through which a ring runs."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

OUTSIDE, LINE, INSIDE = 0, 1, 2
FLIP = 4  # while a ring is drawn: inside and outside change places above this bucket


@nb.njit(cache=True)
def draw_edge(state: NDArray[np.uint8], ax: float, ay: float, bx: float, by: float, margin: float) -> None:
    """Mark the buckets that an edge comes within a margin of, and where it crosses the middle of a column.

    Parameters
    ----------
    state : ndarray of uint8, shape (n_columns, n_rows)
        Changed. Bucket (c, r) spans [c, c + 1) x [r, r + 1).
    ax, ay, bx, by : float
        The ends, in buckets from the corner of the lattice.
    margin : float
        In buckets.
    """
    n_columns, n_rows = state.shape
    if bx < ax:
        ax, ay, bx, by = bx, by, ax, ay
    low, high = min(ay, by), max(ay, by)
    slope = (by - ay) / (bx - ax) if bx > ax else 0.0
    for c in range(max(int(np.floor(ax - margin)), 0), min(int(np.floor(bx + margin)), n_columns - 1) + 1):
        v1, v2 = low, high
        if bx - ax > margin:
            v1 = ay + (min(max(c - margin, ax), bx) - ax) * slope
            v2 = ay + (min(max(c + 1 + margin, ax), bx) - ax) * slope
            v1, v2 = max(min(v1, v2), low), min(max(v1, v2), high)
        for r in range(max(int(np.floor(v1 - margin)), 0), min(int(np.floor(v2 + margin)), n_rows - 1) + 1):
            state[c, r] |= LINE
        middle = c + 0.5
        if (ax <= middle) != (bx <= middle):
            v = min(max(ay + (middle - ax) * slope, low), high)
            state[c, min(max(int(np.floor(v)), 0), n_rows - 1)] ^= FLIP


@nb.njit(cache=True)
def fill(state: NDArray[np.uint8]) -> None:
    """Tell inside from outside where no ring runs, once all edges are drawn.

    Parameters
    ----------
    state : ndarray of uint8, shape (n_columns, n_rows)
        From `draw_edge`; becomes OUTSIDE, LINE or INSIDE.
    """
    for c in range(state.shape[0]):
        inside = False
        for r in range(state.shape[1]):
            drawn = state[c, r]
            if drawn & LINE:
                state[c, r] = LINE
            else:
                state[c, r] = INSIDE if inside else OUTSIDE
            if drawn & FLIP:
                inside = not inside


@nb.njit(cache=True)
def rasterise(
    u: NDArray[np.float64], v: NDArray[np.float64], closes: NDArray[np.bool_], shape: tuple[int, int], margin: float
) -> NDArray[np.uint8]:
    """Draw rings and fill them by the even-odd rule.

    Parameters
    ----------
    u, v : ndarray, shape (n,)
        Corners of closed rings, one ring after another, in buckets from the corner of the lattice; all lie on it.
    closes : ndarray of bool, shape (n,)
        Where a ring ends.
    shape : tuple of int
        Columns and rows.
    margin : float
        A bucket that a ring comes this near to counts as touched, in buckets.

    Returns
    -------
    ndarray of uint8, shape (n_columns, n_rows)
        OUTSIDE, LINE or INSIDE.
    """
    state = np.zeros(shape, np.uint8)
    for i in range(u.size - 1):
        if not closes[i]:
            draw_edge(state, u[i], v[i], u[i + 1], v[i + 1], margin)
    fill(state)
    return state


@nb.njit(cache=True)
def box_states(boxes: NDArray[np.float64], state: NDArray[np.uint8], lines: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Tell which boxes lie wholly inside or outside the rings; LINE where this cannot be told from the buckets.

    Parameters
    ----------
    boxes : ndarray, shape (n, 4)
        West, south, east, north, in buckets from the corner of the lattice.
    state : ndarray of uint8, shape (n_columns, n_rows)
        From `rasterise`. Beyond the lattice all is outside.
    lines : ndarray of int32, shape (n_columns + 1, n_rows + 1)
        Number of LINE buckets below and left of each corner.

    Returns
    -------
    ndarray of uint8, shape (n,)
        OUTSIDE, LINE or INSIDE.
    """
    out = np.zeros(len(boxes), np.uint8)
    n_columns, n_rows = state.shape
    for i in range(len(boxes)):
        west, south, east, north = boxes[i]
        if not (west < n_columns and south < n_rows and east >= 0 and north >= 0):
            continue
        c0, r0 = int(max(west, 0.0)), int(max(south, 0.0))
        c1, r1 = int(min(east, n_columns - 1.0)) + 1, int(min(north, n_rows - 1.0)) + 1
        touched = lines[c1, r1] - lines[c0, r1] - lines[c1, r0] + lines[c0, r0]
        out[i] = LINE if touched > 0 else state[c0, r0]
    return out
