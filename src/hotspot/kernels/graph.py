"""What the kernels of streets share: nodes and edges, points on them, a heap, and chains of edges."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray


class Graph(NamedTuple):
    """Nodes and edges.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_nodes + 1,)
        Where the ways out of a node start.
    to : ndarray of int64, shape (2 * n_edges,)
        Where each leads.
    edge : ndarray of int64, shape (2 * n_edges,)
        Along which edge.
    start, end : ndarray of int64, shape (n_edges,)
        Nodes of an edge.
    length : ndarray, shape (n_edges,)
        Of an edge [m].
    """

    indptr: NDArray[np.int64]
    to: NDArray[np.int64]
    edge: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    length: NDArray[np.float64]


class Spots(NamedTuple):
    """Points on edges.

    Attributes
    ----------
    edge : ndarray of int64, shape (n,)
        -1: on none.
    along : ndarray, shape (n,)
        From the edge's start [m].
    away : ndarray, shape (n,)
        From the edge to the point itself [m].
    """

    edge: NDArray[np.int64]
    along: NDArray[np.float64]
    away: NDArray[np.float64]


class Listed(NamedTuple):
    """Points by edge.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_edges + 1,)
        Where the points of an edge start.
    point : ndarray of int64, shape (n,)
        Their numbers.
    along, away : ndarray, shape (n,)
        As in `Spots`, in this order.
    """

    indptr: NDArray[np.int64]
    point: NDArray[np.int64]
    along: NDArray[np.float64]
    away: NDArray[np.float64]


@nb.njit(cache=True)
def push(key: NDArray[Any], node: NDArray[np.int64], size: int, value: Any, item: int) -> int:
    """Add an item to a heap; give the new size.

    Parameters
    ----------
    key : ndarray
        Distances, of any type, with room for one more.
    node : ndarray of int64
        Items.
    size : int
        How many there are.
    value : number
        Distance of the item.
    item : int
        To add.

    Returns
    -------
    int
        How many there are now.
    """
    at = size
    while at > 0 and value < key[(at - 1) // 2]:
        key[at], node[at] = key[(at - 1) // 2], node[(at - 1) // 2]
        at = (at - 1) // 2
    key[at], node[at] = value, item
    return size + 1


@nb.njit(cache=True)
def pop(key: NDArray[Any], node: NDArray[np.int64], size: int) -> int:
    """Take the least item from a heap; it stands behind the others afterwards.

    Parameters
    ----------
    key, node, size
        As for `push`.

    Returns
    -------
    int
        How many are left, and where the least now stands.
    """
    least, item = key[0], node[0]
    size -= 1
    value, last = key[size], node[size]
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and key[child + 1] < key[child]:
            child += 1
        if value <= key[child]:
            break
        key[at], node[at] = key[child], node[child]
        at = child
    key[at], node[at] = value, last
    key[size], node[size] = least, item
    return size


@nb.njit(cache=True)
def chain_edges(
    ends: NDArray[np.int64], inner: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Walk along edges that follow each other through nodes where no other edge begins.

    Parameters
    ----------
    ends : ndarray of int64, shape (n_edges, 2)
        Nodes of each edge.
    inner : ndarray of bool, shape (n_nodes,)
        Nodes to walk through; two sides of edges meet at each.

    Returns
    -------
    edge : ndarray of int64, shape (n_edges,)
        Each once, chain after chain.
    turned : ndarray of bool, shape (n_edges,)
        Whether it is walked from its second node to its first.
    first : ndarray of int64, shape (n_chains + 1,)
        Where the chains start.
    """
    n_edges = ends.shape[0]
    at = np.full((inner.size, 2), -1)  # sides of edges (2 * edge + side) that meet at an inner node
    for i in range(2 * n_edges):
        node = ends[i // 2, i % 2]
        if inner[node]:
            at[node, 0 if at[node, 0] < 0 else 1] = i
    edge, turned, first = np.empty(n_edges, np.int64), np.empty(n_edges, np.bool_), [0]
    done, number = np.zeros(n_edges, np.bool_), 0
    for rings in (False, True):
        for i in range(2 * n_edges):
            side = i
            if done[side // 2] or (inner[ends[side // 2, side % 2]] and not rings):
                continue
            while side >= 0 and not done[side // 2]:
                done[side // 2] = True
                edge[number], turned[number] = side // 2, side % 2 == 1
                number += 1
                node = ends[side // 2, 1 - side % 2]
                out = side + 1 - 2 * (side % 2)
                side = -1
                if inner[node]:
                    side = at[node, 1] if at[node, 0] == out else at[node, 0]
            first.append(number)
    return edge, turned, np.array(first)
