"""Betweenness: how many shortest ways along streets lead along each of them.

Brandes' two walks from each node: outwards, counting the shortest ways to each node, and back, sharing them out among
the edges. Lengths are whole millimetres, so that equal ways are found equal whatever the order of their sums. A fixed
set of nodes belongs to each chunk, and chunks are added in order: any number of threads gives the same bits.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from hotspot.kernels.graph import Graph, pop, push

SUMS = 16  # chunks of nodes; each holds a sum for every edge
FAR = np.iinfo(np.int64).max


@nb.njit(cache=True)
def _spread(graph: Graph, length: NDArray[np.int64], source: int, radius: int, work, ways) -> int:  # type: ignore[no-untyped-def]
    """Settle the nodes within a radius and count the shortest ways to each; give how many they are."""
    distance, order, key, node = work
    distance[source], ways[source] = 0, 1.0
    size, settled = push(key, node, 0, np.int64(0), source), 0
    while size > 0:
        size = pop(key, node, size)
        here, u = key[size], node[size]
        if here > distance[u]:
            continue
        order[settled] = u
        settled += 1
        for k in range(graph.indptr[u], graph.indptr[u + 1]):
            v, there = graph.to[k], here + length[graph.edge[k]]
            if there < distance[v] and there <= radius:
                distance[v], ways[v] = there, ways[u]
                size = push(key, node, size, there, v)
            elif there == distance[v]:
                ways[v] += ways[u]
    return settled


@nb.njit(cache=True)
def _gather(graph: Graph, length, settled: int, work, ways, load, total) -> None:  # type: ignore[no-untyped-def]
    """Walk back from the farthest node, share each one's ways among the edges that lead to it, and clear the memory."""
    distance, order = work[0], work[1]
    for s in range(settled - 1, 0, -1):
        v = order[s]
        for k in range(graph.indptr[v], graph.indptr[v + 1]):
            u, edge = graph.to[k], graph.edge[k]
            if distance[u] != FAR and distance[u] + length[edge] == distance[v]:
                share = ways[u] / ways[v] * (1.0 + load[v])
                load[u] += share
                total[edge] += share
    for s in range(settled):
        u = order[s]
        distance[u], ways[u], load[u] = FAR, 0.0, 0.0


@nb.njit(parallel=True, cache=True)
def edge_betweenness(graph: Graph, length: NDArray[np.int64], radius: int) -> NDArray[np.float64]:
    """Count the shortest ways between nodes that lead along each edge.

    Parameters
    ----------
    graph : Graph
        The streets.
    length : ndarray of int64, shape (n_edges,)
        Whole millimetres above 0, so that ways of equal length are equal whatever the order of their sum.
    radius : int
        Longest way that counts [mm].

    Returns
    -------
    ndarray, shape (n_edges,)
        Pairs of nodes, each once; where several ways are the shortest, each has its share of the pair.
    """
    n_nodes, room = graph.indptr.size - 1, graph.to.size + 1
    sums = np.zeros((SUMS, graph.start.size))
    for chunk in nb.prange(SUMS):
        memory = np.full(n_nodes, FAR), np.empty(n_nodes, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
        ways, load = np.zeros(n_nodes), np.zeros(n_nodes)
        for source in range(chunk, n_nodes, SUMS):
            settled = _spread(graph, length, source, radius, memory, ways)
            _gather(graph, length, settled, memory, ways, load, sums[chunk])
    total = np.zeros(graph.start.size)
    for chunk in range(SUMS):
        total += sums[chunk]
    return total / 2
