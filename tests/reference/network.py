"""Ways along streets, worked out slowly: points become nodes of their own, and every search looks at everything."""

from __future__ import annotations

import heapq
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

import numpy as np
import shapely

Graph = dict[object, list[tuple[object, float]]]


def graph_with_points(network, x, y) -> Graph:
    """Nodes ("node", k) and ("point", i); a point off the street hangs on it by a straight link."""
    lines = shapely.STRtree(network.lines)
    graph: Graph = defaultdict(list)
    on_edge = defaultdict(list)
    for i, point in enumerate(shapely.points(x, y)):
        edge = int(np.min(lines.query_nearest(point, all_matches=True)))
        foot = shapely.line_locate_point(network.lines[edge], point)
        on_edge[edge].append((foot, ("foot", i)))
        _link(graph, ("foot", i), ("point", i), shapely.distance(network.lines[edge], point))
    for edge, (a, b) in enumerate(network.ends.tolist()):
        stops = [(0.0, ("node", a)), *sorted(on_edge[edge]), (network.lines[edge].length, ("node", b))]
        for (before, one), (after, other) in pairwise(stops):
            _link(graph, one, other, after - before)
    return graph


def _link(graph: Graph, one: object, other: object, length: float) -> None:
    graph[one].append((other, length))
    graph[other].append((one, length))


def distances(graph: Graph, source: object) -> dict[object, float]:
    """Dijkstra's search."""
    done: dict[object, float] = {}
    heap = [(0.0, 0, source)]
    count = 0
    while heap:
        here, _, node = heapq.heappop(heap)
        if node in done:
            continue
        done[node] = here
        for other, length in graph[node]:
            if other not in done:
                count += 1
                heapq.heappush(heap, (here + length, count, other))
    return done


def all_pairs(network, x, y) -> np.ndarray:
    """Ways between all points, infinite where they are not connected, shape (n, n)."""
    graph = graph_with_points(network, x, y)
    found = np.full((len(x), len(x)), np.inf)
    for i in range(len(x)):
        way = distances(graph, ("point", i))
        found[i] = [way.get(("point", j), np.inf) for j in range(len(x))]
    return found


def betweenness(ends: np.ndarray, length: np.ndarray, radius: int) -> np.ndarray:
    """List every shortest way between every pair of nodes and share the pair among them; lengths are whole numbers."""
    n_nodes = int(ends.max()) + 1
    ways_out = defaultdict(list)
    for edge, (a, b) in enumerate(ends.tolist()):
        ways_out[a].append((b, edge))
        ways_out[b].append((a, edge))
    total = [Fraction(0)] * len(ends)
    for source in range(n_nodes):
        graph = {node: [(other, int(length[edge])) for other, edge in ways_out[node]] for node in range(n_nodes)}
        far = distances(graph, source)
        for target in range(source):
            if far.get(target, np.inf) > radius:
                continue
            ways = list(_ways(source, target, far, ways_out, length))
            for way in ways:
                for edge in way:
                    total[edge] += Fraction(1, len(ways))
    return np.array([float(value) for value in total])


def _ways(source, target, far, ways_out, length):
    if source == target:
        yield []
        return
    for other, edge in ways_out[target]:
        if other != target and other in far and far[other] + length[edge] == far[target]:
            for way in _ways(source, other, far, ways_out, length):
                yield [*way, edge]


def nearest_line(lines, x, y, limit):
    """The nearest line of each point, of equally near ones the first, and how far it is."""
    far = shapely.distance(shapely.points(x, y)[:, None], lines[None, :])
    best = far.argmin(axis=1)
    distance = far[np.arange(len(x)), best]
    return np.where(distance <= limit, best, -1), np.where(distance <= limit, distance, np.nan)


def length_in_discs(lines, x, y, radius):
    """Length within a polygon of many corners that is nearly a disc."""
    discs = shapely.buffer(shapely.points(x, y), radius, quad_segs=512)
    return np.array([shapely.length(shapely.intersection(lines, disc)).sum() for disc in discs])
