"""Shortest ways along streets: to the nearest of some points, and to all within a radius.

Points lie on edges: an edge, a position along it, and how far away the point itself is. Chunks of sources run
side by side; each writes its own elements, so that any number of threads gives the same bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.graph import Graph, Listed, Spots, pop, push

CHUNKS = 64
SLACK = 1 + 1e-9  # a distance is a sum of floats: what lies exactly at the radius counts


class Work(NamedTuple):
    """Memory of one search after another; `distance` is infinite wherever no search is under way."""

    distance: NDArray[np.float64]
    touched: NDArray[np.int64]
    key: NDArray[np.float64]
    node: NDArray[np.int64]


class Source(NamedTuple):
    """Where a search begins; `point` is its number among those looked for, -1 if it is none of them."""

    point: int
    edge: int
    along: float
    away: float


@nb.njit(cache=True)
def _work(graph: Graph, seeds: int) -> Work:
    """Room for one search: each way pushes a node at most once, and so does each side of a seed."""
    n_nodes, room = graph.indptr.size - 1, graph.to.size + 2 * seeds
    return Work(np.full(n_nodes, np.inf), np.empty(n_nodes, np.int64), np.empty(room), np.empty(room, np.int64))


@nb.njit(cache=True)
def _reach(graph: Graph, work: Work, size: int, n_touched: int, limit: float) -> int:
    """Settle all nodes within a limit of what stands in the heap; give the number of nodes touched."""
    while size > 0:
        size = pop(work.key, work.node, size)
        here, u = work.key[size], work.node[size]
        if here > work.distance[u]:
            continue
        for k in range(graph.indptr[u], graph.indptr[u + 1]):
            v, there = graph.to[k], here + graph.length[graph.edge[k]]
            if there < work.distance[v] and there <= limit:
                if work.distance[v] == np.inf:
                    work.touched[n_touched] = v
                    n_touched += 1
                work.distance[v] = there
                size = push(work.key, work.node, size, there, v)
    return n_touched


@nb.njit(cache=True)
def _seed(
    graph: Graph, work: Work, edge: int, along: float, away: float, limit: float, state: tuple[int, int]
) -> tuple[int, int]:
    """Put both ends of an edge into the heap; give the sizes of the heap and of the list of touched nodes."""
    size, n_touched = state
    for side in range(2):
        node = graph.end[edge] if side else graph.start[edge]
        there = away + (graph.length[edge] - along if side else along)
        if there <= limit and there < work.distance[node]:
            if work.distance[node] == np.inf:
                work.touched[n_touched] = node
                n_touched += 1
            work.distance[node] = there
            size = push(work.key, work.node, size, there, node)
    return size, n_touched


@nb.njit(cache=True)
def _at(graph: Graph, distance: NDArray[np.float64], edge: int, along: float) -> float:
    """Distance of a point on an edge by way of the edge's nodes."""
    by_start, by_end = distance[graph.start[edge]] + along, distance[graph.end[edge]] + (graph.length[edge] - along)
    return float(min(by_start, by_end))


@nb.njit(parallel=True, cache=True)
def nearest_spot(graph: Graph, of: Spots, to: Listed, limit: float) -> NDArray[np.float64]:
    """Measure the way from each point to the nearest of others, in one search from all of those.

    Parameters
    ----------
    graph : Graph
        The streets.
    of : Spots
        From where, n points.
    to : Listed
        The others.
    limit : float
        Longest way that counts [m].

    Returns
    -------
    ndarray, shape (n,)
        Ways with both distances to the street [m]; NaN where there is none.
    """
    work, state, far = _work(graph, to.point.size), (0, 0), limit * SLACK
    for edge in range(graph.start.size):
        for k in range(to.indptr[edge], to.indptr[edge + 1]):
            state = _seed(graph, work, edge, to.along[k], to.away[k], far, state)
    _reach(graph, work, state[0], state[1], far)
    distance, out = work.distance, np.empty(of.edge.size)
    for i in nb.prange(of.edge.size):
        best, edge = np.inf, of.edge[i]
        if edge >= 0:
            best = _at(graph, distance, edge, of.along[i])
            for k in range(to.indptr[edge], to.indptr[edge + 1]):
                best = min(best, abs(of.along[i] - to.along[k]) + to.away[k])
            best += of.away[i]
        out[i] = best if best < np.inf and best <= far else np.nan
    return out


@nb.njit(cache=True)
def _list_edge(
    graph: Graph, work: Work, edge: int, of: Source, to: Listed, left: float, number: int,
    index: NDArray[np.int64], distance: NDArray[np.float64],
) -> int:  # fmt: skip
    """Add the points of one edge that what is left of the radius reaches; give how many are listed now."""
    for k in range(to.indptr[edge], to.indptr[edge + 1]):
        way = _at(graph, work.distance, edge, to.along[k])
        if edge == of.edge:
            way = min(way, abs(of.along - to.along[k]))
        if way + to.away[k] <= left and to.point[k] != of.point:
            if index.size:
                index[number], distance[number] = to.point[k], way + to.away[k] + of.away
            number += 1
    return number


@nb.njit(cache=True)
def _one_source(
    graph: Graph, work: Work, seen: NDArray[np.int64], mark: int, of: Source, to: Listed, radius: float,
    index: NDArray[np.int64], distance: NDArray[np.float64],
) -> int:  # fmt: skip
    """List the points within a radius of one, or count them where there is no room to list them."""
    left, number = radius * SLACK - of.away, 0
    if of.edge < 0 or not left >= 0:
        return number
    size, n_touched = _seed(graph, work, of.edge, of.along, 0.0, left, (0, 0))
    n_touched = _reach(graph, work, size, n_touched, left)
    seen[of.edge] = mark
    number = _list_edge(graph, work, of.edge, of, to, left, number, index, distance)
    for t in range(n_touched):
        u = work.touched[t]
        for k in range(graph.indptr[u], graph.indptr[u + 1]):
            edge = graph.edge[k]
            if seen[edge] != mark:
                seen[edge] = mark
                number = _list_edge(graph, work, edge, of, to, left, number, index, distance)
    for t in range(n_touched):
        work.distance[work.touched[t]] = np.inf
    return number


@nb.njit(parallel=True, cache=True)
def count_near(graph: Graph, of: Spots, to: Listed, radius: float, alone: bool) -> NDArray[np.int64]:
    """Count the points within a radius along the streets.

    Parameters
    ----------
    graph : Graph
        The streets.
    of : Spots
        From where, n points.
    to : Listed
        What to count.
    radius : float
        Longest way, with both distances to the street [m].
    alone : bool
        Both are the same points: none counts itself.

    Returns
    -------
    ndarray of int64, shape (n,)
        Numbers.
    """
    number = np.zeros(of.edge.size, np.int64)
    nothing, nowhere = np.empty(0, np.int64), np.empty(0)
    for chunk in nb.prange(CHUNKS):
        work, seen = _work(graph, 1), np.full(graph.start.size, -1)
        for i in range(chunk * number.size // CHUNKS, (chunk + 1) * number.size // CHUNKS):
            source = Source(i if alone else -1, of.edge[i], of.along[i], of.away[i])
            number[i] = _one_source(graph, work, seen, i, source, to, radius, nothing, nowhere)
    return number


@nb.njit(parallel=True, cache=True)
def list_near(
    graph: Graph, of: Spots, to: Listed, radius: float, alone: bool, indptr: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """List the points within a radius along the streets.

    Parameters
    ----------
    graph, of, to, radius, alone
        As for `count_near`.
    indptr : ndarray of int64, shape (n + 1,)
        Sums of what it gives.

    Returns
    -------
    indices : ndarray of int64
        Numbers of the points, ascending within a row.
    distance : ndarray
        Ways with both distances to the street [m].
    """
    index, distance = np.empty(indptr[-1], np.int64), np.empty(indptr[-1])
    for chunk in nb.prange(CHUNKS):
        work, seen = _work(graph, 1), np.full(graph.start.size, -1)
        for i in range(chunk * of.edge.size // CHUNKS, (chunk + 1) * of.edge.size // CHUNKS):
            a, b = indptr[i], indptr[i + 1]
            if a < b:
                source = Source(i if alone else -1, of.edge[i], of.along[i], of.away[i])
                _one_source(graph, work, seen, i, source, to, radius, index[a:b], distance[a:b])
                order = np.argsort(index[a:b])
                index[a:b], distance[a:b] = index[a:b][order], distance[a:b][order]
    return index, distance


@nb.njit(parallel=True, cache=True)
def between_spots(graph: Graph, of: Spots, to: Spots, limit: float) -> NDArray[np.float64]:
    """Measure the way from each point to the one of the same number.

    Parameters
    ----------
    graph : Graph
        The streets.
    of, to : Spots
        n points each.
    limit : float
        Longest way that counts [m].

    Returns
    -------
    ndarray, shape (n,)
        Ways with both distances to the street [m]; NaN where there is none.
    """
    out = np.full(of.edge.size, np.nan)
    for chunk in nb.prange(CHUNKS):
        work = _work(graph, 1)
        for i in range(chunk * out.size // CHUNKS, (chunk + 1) * out.size // CHUNKS):
            a, b, away = of.edge[i], to.edge[i], of.away[i] + to.away[i]
            if a < 0 or b < 0:
                continue
            best = limit * SLACK - away
            if a == b:
                best = min(best, abs(of.along[i] - to.along[i]))
            size, n_touched = _seed(graph, work, a, of.along[i], 0.0, best, (0, 0))
            n_touched = _reach(graph, work, size, n_touched, best)
            way = _at(graph, work.distance, b, to.along[i])
            if a == b:
                way = min(way, abs(of.along[i] - to.along[i]))
            if way < np.inf and way + away <= limit * SLACK:
                out[i] = way + away
            for t in range(n_touched):
                work.distance[work.touched[t]] = np.inf
    return out
