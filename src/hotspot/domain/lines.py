"""Many lines as one array of points, so that turning, measuring, joining and cutting them takes no loop."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

GRID = 0.01  # [m]; all points of noded streets are multiples of it
STRAIGHT = (
    1.5 * GRID
)  # rounding the ends and the middle of a straight line to the grid bends it by up to sqrt(2) * GRID


class Strings(NamedTuple):
    """Lines, one after another.

    Attributes
    ----------
    points : ndarray, shape (n_points, 2)
        Coordinates [m].
    first : ndarray of int64, shape (n_lines + 1,)
        Where the points of each line start.
    """

    points: NDArray[np.float64]
    first: NDArray[np.int64]


def unpack(lines: NDArray[np.object_]) -> Strings:
    """Take the points out of shapely lines.

    Parameters
    ----------
    lines : ndarray of shapely lines, shape (n_lines,)
        Each with two points or more.

    Returns
    -------
    Strings
        In the same order.
    """
    number = shapely.get_num_coordinates(lines)
    return Strings(shapely.get_coordinates(lines) + 0.0, np.concatenate([[0], np.cumsum(number)]).astype(np.int64))


def pack(strings: Strings) -> NDArray[np.object_]:
    """Make shapely lines.

    Parameters
    ----------
    strings : Strings
        Lines [m].

    Returns
    -------
    ndarray of shapely lines, shape (n_lines,)
        In the same order.
    """
    if strings.first.size == 1:
        return np.empty(0, object)
    return np.asarray(shapely.linestrings(strings.points, indices=owners(strings)))


def straightened(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Leave out points on straight stretches, so that it does not matter how many a file draws there.

    Parameters
    ----------
    lines : ndarray of shapely lines, shape (n_lines,)
        With points on the grid [m].

    Returns
    -------
    ndarray of shapely lines, shape (n_lines,)
        With the same ends, nowhere farther than `STRAIGHT` from the first.
    """
    simple = np.asarray(shapely.simplify(lines, STRAIGHT, preserve_topology=False))
    return np.where(shapely.length(simple) > 0, simple, lines)


def owners(strings: Strings) -> NDArray[np.int64]:
    """Give the line of each point.

    Parameters
    ----------
    strings : Strings
        Lines [m].

    Returns
    -------
    ndarray of int64, shape (n_points,)
        Numbers of lines.
    """
    return np.repeat(np.arange(strings.first.size - 1), np.diff(strings.first))


def runs(start: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join start[i], start[i] + 1, ... of number[i] elements each.

    Parameters
    ----------
    start, number : ndarray of int64, shape (n,)
        First element and how many.

    Returns
    -------
    ndarray of int64
        One run after another.
    """
    before = np.cumsum(number) - number
    return np.repeat(start - before, number) + np.arange(number.sum())


def take(strings: Strings, which: NDArray[np.int64]) -> Strings:
    """Pick lines.

    Parameters
    ----------
    strings : Strings
        Lines [m].
    which : ndarray of int64, shape (n,)
        Numbers of lines.

    Returns
    -------
    Strings
        In the order asked for.
    """
    number = np.diff(strings.first)[which]
    first = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
    return Strings(strings.points[runs(strings.first[which], number)], first)


def turned(strings: Strings, which: NDArray[np.bool_]) -> Strings:
    """Turn some lines round.

    Parameters
    ----------
    strings : Strings
        Lines [m].
    which : ndarray of bool, shape (n_lines,)
        Those.

    Returns
    -------
    Strings
        In the same order.
    """
    line = owners(strings)
    mirror = strings.first[line] + strings.first[line + 1] - 1 - np.arange(line.size)
    return Strings(strings.points[np.where(which[line], mirror, np.arange(line.size))], strings.first)


def directed(strings: Strings) -> Strings:
    """Turn all lines so that they begin at their lower end: the western, of equal ones the southern.

    Parameters
    ----------
    strings : Strings
        Lines [m].

    Returns
    -------
    Strings
        In the same order; a loop goes first towards the lower neighbour of its start.
    """
    points, first, last = strings.points, strings.first[:-1], strings.first[1:] - 1
    loop = (points[first] == points[last]).all(axis=1)
    one, other = points[first + loop], points[last - loop]
    lower = (other[:, 0] < one[:, 0]) | ((other[:, 0] == one[:, 0]) & (other[:, 1] < one[:, 1]))
    return turned(strings, lower)


def along(strings: Strings) -> NDArray[np.float64]:
    """Measure each point's distance from the start of its line.

    Parameters
    ----------
    strings : Strings
        Lines [m].

    Returns
    -------
    ndarray, shape (n_points,)
        Along the line [m].
    """
    step = np.hypot(*np.diff(strings.points, axis=0, prepend=strings.points[:1]).T)
    step[strings.first[:-1]] = 0.0
    total = np.cumsum(step)
    return np.asarray(total - np.repeat(total[strings.first[:-1]], np.diff(strings.first)))


def lengths(strings: Strings) -> NDArray[np.float64]:
    """Measure each line.

    Parameters
    ----------
    strings : Strings
        Lines [m].

    Returns
    -------
    ndarray, shape (n_lines,)
        Lengths [m].
    """
    return along(strings)[strings.first[1:] - 1]


def ends_of(strings: Strings) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the points where lines begin or end.

    Parameters
    ----------
    strings : Strings
        Lines [m].

    Returns
    -------
    ndarray, shape (n_nodes, 2)
        Different ones, sorted [m].
    ndarray of int64, shape (n_lines, 2)
        The two of each line.
    """
    both = strings.points[np.stack([strings.first[:-1], strings.first[1:] - 1], axis=1)]
    nodes, index = np.unique(both[..., 0] + 1j * both[..., 1], return_inverse=True)
    return np.column_stack([nodes.real, nodes.imag]), index.reshape(-1, 2).astype(np.int64)


def cut(strings: Strings, length: float | NDArray[np.float64]) -> tuple[Strings, NDArray[np.int64]]:
    """Cut each line into equal parts of about a length; the cuts are rounded to `GRID`.

    Parameters
    ----------
    strings : Strings
        Lines [m].
    length : float or ndarray, shape (n_lines,)
        Of the parts [m]; infinite to leave a line whole.

    Returns
    -------
    Strings
        The parts of each line, one line after another.
    ndarray of int64, shape (n_parts,)
        The line of each part.
    """
    number = np.maximum(np.rint(lengths(strings) / length), 1).astype(np.int64)
    line = np.repeat(np.arange(number.size), number - 1)
    share = (runs(np.ones_like(number), number - 1) / number[line]).astype(np.float64)
    at, place = along(strings), owners(strings)
    want = share * lengths(strings)[line]
    # one axis for all lines: each begins where the one before has ended
    before = np.cumsum(lengths(strings)) - lengths(strings) + np.arange(number.size)
    after = np.searchsorted(at + before[place], want + before[line], side="left")
    after = np.clip(after, strings.first[line] + 1, strings.first[line + 1] - 1)
    step = at[after] - at[after - 1]
    part = ((want - at[after - 1]) / np.where(step > 0, step, 1.0))[:, None]
    cuts = np.round(strings.points[after - 1] * (1 - part) + strings.points[after] * part, 2) + 0.0
    points = np.insert(strings.points, after, cuts, axis=0)
    inserted = np.insert(np.zeros(place.size, bool), after, True)
    return _parted(points, np.insert(place, after, line), inserted)


def _parted(
    points: NDArray[np.float64], line: NDArray[np.int64], is_cut: NDArray[np.bool_]
) -> tuple[Strings, NDArray[np.int64]]:
    """Part lines at some of their points, and leave out points that repeat the one before; give the line of each."""
    same = np.zeros(line.size, bool)
    same[1:] = (points[1:] == points[:-1]).all(axis=1) & (line[1:] == line[:-1])
    keep = ~same
    is_cut = np.logical_or.reduceat(is_cut, np.flatnonzero(keep)) if keep.any() else is_cut[keep]
    points, line = points[keep], line[keep]
    new = np.ones(line.size, bool)
    new[1:] = line[1:] != line[:-1]
    last = np.append(new[1:], True)
    inner = is_cut & ~new & ~last
    start = np.flatnonzero((new & ~last) | inner)
    stop = np.flatnonzero((last & ~new) | inner)
    number = stop - start + 1
    parts = Strings(points[runs(start, number)], np.concatenate([[0], np.cumsum(number)]).astype(np.int64))
    return parts, line[start]


def split(strings: Strings, at: NDArray[np.bool_]) -> tuple[Strings, NDArray[np.int64]]:
    """Part lines at some of their points.

    Parameters
    ----------
    strings : Strings
        Lines [m].
    at : ndarray of bool, shape (n_points,)
        Those; ends may be among them.

    Returns
    -------
    Strings
        The parts of each line, one line after another.
    ndarray of int64, shape (n_parts,)
        The line of each part.
    """
    return _parted(strings.points, owners(strings), at)
