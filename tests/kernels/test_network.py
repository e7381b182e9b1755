"""Kernels of streets against their plain twins."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspot.domain.network import Network
from hotspot.kernels.betweenness import edge_betweenness
from hotspot.kernels.graph import Graph, chain_edges, pop, push
from hotspot.kernels.pieces import bucket_pieces, nearest_piece
from tests.reference import network as slow


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A few streets between a few places: bent, parallel, closed and unconnected ones among them."""
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    places = np.round(rng.uniform(0, 1000, (draw(st.integers(2, 9)), 2)), 2)
    lines = []
    for _ in range(draw(st.integers(1, 14))):
        a, b = rng.integers(0, len(places), 2)
        bends = rng.uniform(0, 1000, (rng.integers(2, 4) if a == b else rng.integers(0, 3), 2))
        lines.append(shapely.LineString([places[a], *bends, places[b]]))
    return Network(np.array(lines, object))


@st.composite
def points(draw: st.DrawFn, most: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    x, y = rng.uniform(-100, 1100, (2, draw(st.integers(1, most))))
    return x, y


@given(networks(), points(), st.sampled_from([0.0, 30.0, 200.0, np.inf]))
def test_the_nearest_street(network: Network, at: tuple[np.ndarray, np.ndarray], limit: float) -> None:
    edge, along, distance = network.snap(*at, limit)
    want, far = slow.nearest_line(network.lines, *at, limit)
    np.testing.assert_allclose(distance, far, rtol=1e-9, atol=1e-7)
    found = edge >= 0
    np.testing.assert_array_equal(found, want >= 0)
    foot = shapely.line_interpolate_point(network.lines[edge[found]], along[found])
    reached = shapely.distance(foot, shapely.points(*at)[found])
    np.testing.assert_allclose(reached, distance[found], rtol=1e-9, atol=1e-6)


def test_ties_go_to_the_lower_street_whatever_the_order() -> None:
    cross = np.array([shapely.LineString([(0, 0), (100 * np.cos(a), 100 * np.sin(a))]) for a in np.arange(8)], object)
    behind = (
        np.array([-0.5, 30.0, 0.0]),
        np.array([-0.4, 40.0, 0.0]),
    )  # the first and last are nearest to the shared end
    for turn in (np.arange(8), np.arange(8)[::-1], np.array([3, 1, 4, 0, 5, 7, 2, 6])):
        lines = cross[turn]
        edge = Network(lines).snap(*behind)[0]
        far = shapely.distance(shapely.points(*behind)[:, None], lines)
        assert edge.tolist() == far.argmin(axis=1).tolist()


def test_points_that_are_nowhere_and_far_away() -> None:
    network = Network(np.array([shapely.LineString([(0, 0), (100, 0)])], object))
    edge, along, distance = network.snap([np.nan, np.inf, 1e7, 50.0], [0.0, 0.0, -1e7, 3.0])
    assert edge.tolist() == [-1, -1, 0, 0]
    np.testing.assert_allclose(distance, [np.nan, np.nan, np.hypot(1e7 - 100, 1e7), 3.0])
    np.testing.assert_allclose(along, [np.nan, np.nan, 100.0, 50.0])


@given(networks(), points(5), st.sampled_from([1.0, 80.0, 400.0, 3000.0]))
def test_lengths_within_discs(network: Network, at: tuple[np.ndarray, np.ndarray], radius: float) -> None:
    found = network.length_within(*at, radius)
    np.testing.assert_allclose(found, slow.length_in_discs(network.lines, *at, radius), rtol=1e-3, atol=radius * 1e-2)
    np.testing.assert_allclose(network.length_within(*at, radius, 2 * np.ones(network.n_edges)), 2 * found)


@given(networks(), points())
def test_ways_between_points(network: Network, at: tuple[np.ndarray, np.ndarray]) -> None:
    way = slow.all_pairs(network, *at)
    half = len(at[0]) // 2
    one, other = (at[0][half:], at[1][half:]), (at[0][:half], at[1][:half])
    between = way[half:, :half]
    nearest = between.min(axis=1, initial=np.inf)
    for limit in (None, 500.0):
        want = np.where(nearest <= (limit or np.inf), nearest, np.nan)
        want[np.isinf(want)] = np.nan
        np.testing.assert_allclose(network.nearest(*one, *other, limit), want, rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(network.count_within(*one, *other, 700.0), (between <= 700).sum(axis=1))
    pairs = network.between(one[0][:half], one[1][:half], *other)
    want = np.diagonal(between).copy()
    want[np.isinf(want)] = np.nan
    np.testing.assert_allclose(pairs, want, rtol=1e-9, atol=1e-6)


@given(networks(), points(), st.sampled_from([0.0, 300.0, 900.0, 1e5]))
def test_points_within_a_radius(network: Network, at: tuple[np.ndarray, np.ndarray], radius: float) -> None:
    way = slow.all_pairs(network, *at)
    np.fill_diagonal(way, np.inf)
    indptr, indices, distance = network.within(*at, radius)
    for i, row in enumerate(way):
        here = slice(indptr[i], indptr[i + 1])
        assert indices[here].tolist() == np.flatnonzero(row <= radius).tolist()
        np.testing.assert_allclose(distance[here], row[indices[here]], rtol=1e-9, atol=1e-6)


@given(networks(), st.sampled_from([10, 900_000, 5_000_000]), st.booleans())
def test_betweenness(network: Network, radius: int, equal: bool) -> None:
    length = np.full(network.n_edges, 300_000) if equal else np.rint(network.length * 1000).astype(np.int64)
    found = edge_betweenness(network.graph, length, radius)
    np.testing.assert_allclose(found, slow.betweenness(network.ends, length, radius), rtol=1e-12, atol=1e-12)


def _matrix(side: int) -> Network:
    """A square of side x side junctions, 100 m apart."""
    at = np.arange(side) * 100.0
    across = [shapely.LineString([(x, y), (x + 100, y)]) for x in at[:-1] for y in at]
    upward = [shapely.LineString([(x, y), (x, y + 100)]) for x in at for y in at[:-1]]
    return Network(np.array(across + upward, object))


def test_ways_in_a_grid_are_manhattan_distances() -> None:
    network, rng = _matrix(7), np.random.default_rng(0)
    x, y = rng.integers(0, 7, (2, 40)) * 100.0
    want = np.abs(np.subtract.outer(x, x[:9])) + np.abs(np.subtract.outer(y, y[:9]))
    np.testing.assert_allclose(network.nearest(x, y, x[:9], y[:9]), want.min(axis=1), atol=1e-9)
    np.testing.assert_array_equal(network.count_within(x, y, x[:9], y[:9], 300), (want <= 300).sum(axis=1))
    # a point on a street, with the street's own ends 40 and 60 m away
    np.testing.assert_allclose(network.between([40.0], [0.0], [160.0], [100.0]), [220.0])


def test_betweenness_of_a_star_a_path_and_a_ring() -> None:
    star = Network(np.array([shapely.LineString([(0, 0), (np.cos(a), np.sin(a))]) for a in range(6)], object))
    np.testing.assert_allclose(star.betweenness(10), np.full(6, 6.0))  # each ray: to the middle, and to 5 others
    np.testing.assert_allclose(star.betweenness(1.5), np.ones(6))
    path = Network(np.array([shapely.LineString([(i, 0), (i + 1, 0)]) for i in range(5)], object))
    np.testing.assert_allclose(path.betweenness(100), [5, 8, 9, 8, 5])
    np.testing.assert_allclose(path.betweenness(2), [2, 3, 3, 3, 2])
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])
    ring = Network(np.array([shapely.LineString(side) for side in pairwise(corners)], object))
    np.testing.assert_allclose(ring.betweenness(9), np.full(4, 2.0))  # its own pair, and half of each diagonal's two


def test_threads_change_nothing() -> None:
    network, rng = _matrix(25), np.random.default_rng(1)
    x, y = rng.uniform(0, 2400, (2, 500))
    results = []
    before = numba.get_num_threads()
    try:
        for threads in sorted({1, numba.config.NUMBA_NUM_THREADS}):
            numba.set_num_threads(threads)
            results.append(
                [
                    *network.snap(x, y),
                    network.nearest(x, y, x[:9], y[:9]),
                    *network.within(x, y, 300.0),
                    network.betweenness(700.0),
                    network.length_within(x, y, 250.0),
                ]
            )
    finally:
        numba.set_num_threads(before)
    for one, other in zip(results[0], results[-1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_chains_end_at_junctions_and_rings_close() -> None:
    #    0-1-2 is a chain, 2-3 and 2-4 end in a junction at 2, 5-6-7-5 is a ring
    ends = np.array([[1, 0], [1, 2], [3, 2], [2, 4], [5, 6], [7, 6], [7, 5]])
    inner = np.isin(np.arange(8), [1, 5, 6, 7])
    edge, turned, first = chain_edges(ends, inner)
    chains = [list(zip(edge[a:b], turned[a:b], strict=True)) for a, b in pairwise(first)]
    walked = [[ends[e][::-1].tolist() if t else ends[e].tolist() for e, t in chain] for chain in chains]
    assert sorted(edge.tolist()) == list(range(7))
    assert sorted(map(len, walked)) == [1, 1, 2, 3]
    for chain in walked:
        assert all(one[1] == other[0] for one, other in pairwise(chain))
    assert [[5, 6], [6, 7], [7, 5]] in walked


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_a_heap_gives_the_least(values: list[float]) -> None:
    key, item, size = np.empty(len(values)), np.empty(len(values), np.int64), 0
    for i, value in enumerate(values):
        size = push(key, item, size, value, i)
    taken = []
    while size:
        size = pop(key, item, size)
        taken.append((key[size], item[size]))
    assert [value for value, _ in taken] == sorted(values)
    assert all(values[i] == value for value, i in taken)


@pytest.mark.parametrize("shape", ["one", "row", "column"])
def test_buckets_of_flat_worlds(shape: str) -> None:
    n = 1 if shape == "one" else 50
    at, zero = np.arange(n) * 10.0, np.zeros(n)
    ends = (zero, at, zero, at + 10) if shape == "column" else (at, zero, at + 10, zero)
    of = bucket_pieces(*ends, np.arange(n))
    x, y = (ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2
    piece, share, distance = nearest_piece(x, y, of, 5.0)
    np.testing.assert_array_equal(piece, np.arange(n))
    np.testing.assert_allclose(share, 0.5)
    np.testing.assert_allclose(distance, 0.0)


def test_a_graph_without_targets() -> None:
    network = _matrix(3)
    assert isinstance(network.graph, Graph)
    assert np.isnan(network.nearest([0.0], [0.0], [], [])).all()
    assert network.count_within([0.0], [0.0], [], [], 100.0).tolist() == [0]
