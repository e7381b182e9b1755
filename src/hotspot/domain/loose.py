"""Loose ends of streets: those that run a little past a junction, and those that stop a little short of one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspot.domain.lines import Strings, along, ends_of, lengths, owners, take
from hotspot.domain.merging import Streets, merge

RING = 3  # tolerances; a street that is longer may close upon itself


class Loose(NamedTuple):
    """Ends that lead nowhere.

    Attributes
    ----------
    node : ndarray of int64, shape (n,)
        Number of the end.
    point : ndarray, shape (n, 2)
        Where it is [m].
    edge : ndarray of int64, shape (n,)
        The street that ends there.
    base : ndarray of int64, shape (n,)
        Its other end.
    """

    node: NDArray[np.int64]
    point: NDArray[np.float64]
    edge: NDArray[np.int64]
    base: NDArray[np.int64]


def without_overshoots(streets: Streets, tolerance: float) -> tuple[Streets, int]:
    """Cut ends shorter than a tolerance that lead from a junction to nowhere.

    Parameters
    ----------
    streets : Streets
        Merged.
    tolerance : float
        Longest end that is cut [m].

    Returns
    -------
    Streets
        Merged again.
    int
        How many ends were cut.
    """
    number = 0
    while True:
        nodes, ends = ends_of(streets.strings)
        degree = np.bincount(ends.ravel(), minlength=len(nodes))[ends]
        over = (degree.min(axis=1) == 1) & (degree.max(axis=1) > 2) & (lengths(streets.strings) < tolerance)
        if not over.any():
            return streets, number
        number += int(over.sum())
        kept = np.flatnonzero(~over)
        streets = merge(Streets(take(streets.strings, kept), streets.code[kept]))


def links(streets: Streets, tolerance: float, crossings: str) -> Streets:
    """Draw lines from loose ends to a street within a tolerance: to its end, else to its nearest point.

    No end is joined to a street that its own street already meets at the other end, nor to its own street unless that
    comes back after a while, as a ring does that was not closed.

    Parameters
    ----------
    streets : Streets
        Merged.
    tolerance : float
        Longest line [m].
    crossings : {"split", "vertices"}
        With ``"vertices"`` only to ends.

    Returns
    -------
    Streets
        The lines, each of the class of the street that it prolongs.
    """
    nodes, ends = ends_of(streets.strings)
    node = np.flatnonzero(np.bincount(ends.ravel(), minlength=len(nodes)) == 1)
    edge = np.empty(len(nodes), np.int64)
    edge[ends.ravel()] = np.repeat(np.arange(len(ends)), 2)
    own = edge[node]
    loose = Loose(node, nodes[node], own, ends[own].sum(axis=1) - node)
    ring = lengths(streets.strings)[own] > RING * tolerance
    target = _near_nodes(nodes, loose._replace(base=np.where(ring, -1, loose.base)), tolerance)
    if crossings == "split":
        left = np.flatnonzero(np.isnan(target[:, 0]))
        target[left] = _near_lines(streets.strings, ends, _some(loose, left), tolerance)
    # two ends that face each other draw the same line
    linked = np.flatnonzero(~np.isnan(target[:, 0]) & (target != loose.point).any(axis=1))
    points = np.stack([loose.point[linked], target[linked]], axis=1).reshape(-1, 2)
    return Streets(Strings(points, 2 * np.arange(linked.size + 1)), streets.code[own[linked]])


def _some(loose: Loose, which: NDArray[np.int64]) -> Loose:
    return Loose(loose.node[which], loose.point[which], loose.edge[which], loose.base[which])


def _near_nodes(nodes: NDArray[np.float64], loose: Loose, tolerance: float) -> NDArray[np.float64]:
    """Find the nearest node within the tolerance of each loose end, but not its base; NaN where there is none."""
    target = np.full(loose.point.shape, np.nan)
    near = cKDTree(nodes).query_ball_point(loose.point, tolerance, return_sorted=True)
    number = np.fromiter((len(each) for each in near), np.int64, loose.node.size)
    which = np.repeat(np.arange(loose.node.size), number)
    other = np.fromiter((node for each in near for node in each), np.int64, which.size)
    fine = (other != loose.node[which]) & (other != loose.base[which])
    which, other = which[fine], other[fine]
    far = np.hypot(*(nodes[other] - loose.point[which]).T)
    order = np.lexsort((other, far, which))
    which, first = np.unique(which[order], return_index=True)
    target[which] = nodes[other[order][first]]
    return target


def _near_lines(strings: Strings, ends: NDArray[np.int64], loose: Loose, tolerance: float) -> NDArray[np.float64]:
    """Find the nearest point of a street within the tolerance of each loose end; NaN where there is none."""
    line = owners(strings)
    first = np.flatnonzero(line[1:] == line[:-1])
    pieces, edge = np.asarray(shapely.linestrings(strings.points[np.stack([first, first + 1], axis=1)])), line[first]
    tips, target = np.asarray(shapely.points(loose.point)), np.full(loose.point.shape, np.nan)
    which, piece = shapely.STRtree(pieces).query(tips, predicate="dwithin", distance=tolerance)
    own, begins = edge[piece] == loose.edge[which], ends[loose.edge[which], 0] == loose.node[which]
    at = along(strings)
    back = np.where(begins, at[first[piece]], lengths(strings)[edge[piece]] - at[first[piece] + 1])
    met = (ends[edge[piece]] == loose.base[which][:, None]).any(axis=1)
    fine = np.where(own, back > RING * tolerance, ~met)
    which, piece = which[fine], piece[fine]
    order = np.lexsort((piece, shapely.distance(tips[which], pieces[piece]), which))
    which, nearest = np.unique(which[order], return_index=True)
    chosen = pieces[piece[order][nearest]]
    there = shapely.line_interpolate_point(chosen, shapely.line_locate_point(chosen, tips[which]))
    target[which] = np.round(shapely.get_coordinates(there), 2) + 0.0
    return target
