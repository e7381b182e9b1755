"""Streets of one class that follow each other become one, in an order and direction that the file has no part in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.domain.lines import Strings, directed, ends_of, lengths, take, turned
from hotspot.kernels.graph import chain_edges

Codes = NDArray[np.int64]


class Streets(NamedTuple):
    """Lines with the number of their class."""

    strings: Strings
    code: Codes


def merge(streets: Streets) -> Streets:
    """Join edges of one class that follow each other where nothing else begins.

    Parameters
    ----------
    streets : Streets
        Edges that meet at their ends only.

    Returns
    -------
    Streets
        Sorted by their ends, each from its lower end on; a ring without a junction begins at its lowest point.
    """
    nodes, ends = ends_of(streets.strings)
    degree = np.bincount(ends.ravel(), minlength=len(nodes))
    low, high = np.full(len(nodes), np.iinfo(np.int64).max), np.full(len(nodes), -1)
    np.minimum.at(low, ends, streets.code[:, None])
    np.maximum.at(high, ends, streets.code[:, None])
    inner = (degree == 2) & (low == high)
    edge, turn, first = chain_edges(ends, inner)
    ordered = take(streets.strings, edge)
    ordered = turned(ordered, turn)
    repeated = np.ones(edge.size, bool)  # an edge that follows another begins where that ends
    repeated[first[:-1]] = False
    keep = np.ones(len(ordered.points), bool)
    keep[ordered.first[:-1][repeated]] = False
    number = np.add.reduceat(np.diff(ordered.first) - repeated, first[:-1])
    joined = Strings(ordered.points[keep], np.concatenate([[0], np.cumsum(number)]).astype(np.int64))
    return _sorted(Streets(_rings_begun(joined), streets.code[edge[first[:-1]]]))


def _rings_begun(strings: Strings) -> Strings:
    """Let a ring that meets no other street begin at its lowest point, wherever the file began it."""
    nodes, ends = ends_of(strings)
    alone = (ends[:, 0] == ends[:, 1]) & (np.bincount(ends.ravel(), minlength=len(nodes))[ends[:, 0]] == 2)
    points = strings.points.copy()
    for i in np.flatnonzero(alone):
        ring = points[strings.first[i] : strings.first[i + 1] - 1]
        begin = np.lexsort((ring[:, 1], ring[:, 0]))[0]
        points[strings.first[i] : strings.first[i + 1]] = np.roll(ring, -begin, axis=0)[
            np.append(np.arange(len(ring)), 0)
        ]
    return Strings(points, strings.first)


def _sorted(streets: Streets) -> Streets:
    strings = directed(streets.strings)
    begin, end = strings.points[strings.first[:-1]], strings.points[strings.first[1:] - 1]
    order = np.lexsort((lengths(strings), end[:, 1], end[:, 0], begin[:, 1], begin[:, 0]))
    return Streets(take(strings, order), streets.code[order])
