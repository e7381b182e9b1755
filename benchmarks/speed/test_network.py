"""Streets: which is nearest to each of a million points, how far the next place is, how many ways lead along each?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.speed.city import CRS, EAST, NORTH
from benchmarks.speed.conftest import Peer
from hotspot.domain import Domain
from hotspot.domain.network import Network
from tests.reference.network import betweenness as slow

POINTS, PLACES, SIDE = 1_000_000, 1_000, 20_000.0


def crooked(blocks, rng):
    """A grid of bent streets, each drawn from one side of the city to the other: noding has to find the junctions."""
    at, step = np.arange(2 * blocks + 1) * SIDE / (2 * blocks), SIDE / blocks
    lines = []
    for turn in (False, True):
        for k in range(blocks):
            chain = np.column_stack([at, np.full(at.size, (k + 0.5) * step)]) + rng.normal(0, step / 15, (at.size, 2))
            lines.append(shapely.LineString((chain[:, ::-1] if turn else chain) + (EAST, NORTH)))
    return np.array(lines, object)


@pytest.fixture(scope="module")
def streets():
    return crooked(225, np.random.default_rng(1))


@pytest.fixture(scope="module")
def segments(streets):
    box = shapely.box(EAST, NORTH, EAST + SIDE, NORTH + SIDE)
    frame = gpd.GeoSeries(streets, crs=CRS)
    return Domain.segments(box, streets=frame, length=90, snap=60, crs=CRS, time_zone="UTC")


def anywhere(n, rng):
    return EAST + rng.uniform(0, SIDE, n), NORTH + rng.uniform(0, SIDE, n)


def test_noding(race, streets):
    def united():
        return shapely.get_parts(shapely.union_all(streets, grid_size=0.01))

    network = Network.of(streets, tolerance=0.0)
    assert network.length.sum() == pytest.approx(shapely.length(united()).sum(), rel=1e-6)
    peers = [Peer("shapely union_all alone, on the same grid", united)]
    on = f"{streets.size:,} lines, {network.n_edges:,} streets between junctions"
    race("node streets", on, lambda: Network.of(streets, tolerance=0.0), peers, rounds=1)


def test_snap(race, rng, segments):
    x, y = anywhere(POINTS, rng)
    cells = gpd.GeoDataFrame(geometry=segments.grid.lines, crs=CRS)

    def joined(n=POINTS):
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x[:n], y[:n], crs=CRS))
        return points.sjoin_nearest(cells, max_distance=60, distance_col="far", how="left")

    cell, distance = segments.snap(x, y)
    theirs = joined(100_000).reset_index().drop_duplicates("index")
    far = theirs["far"].to_numpy()
    assert np.allclose(distance[:100_000], far, rtol=1e-9, atol=1e-6, equal_nan=True)
    same = cell[:100_000] == theirs["index_right"].fillna(-1).to_numpy()
    assert same.mean() > 0.9999  # ties at junctions
    peers = [Peer("geopandas sjoin_nearest", joined)]
    on = f"{POINTS:,} points, {segments.n_cells:,} segments, at most 60 m"
    race("locate segments", on, lambda: segments.snap(x, y), peers, rounds=1)


def test_nearest_of_a_thousand_places(race, rng, segments):
    x, y = segments.centres
    to_x, to_y = anywhere(PLACES, rng)
    network = segments.network

    def scipy_alone(edge=None, along=None):
        """Places moved to the nearest end of their street; the ways from nodes to points are left out."""
        ends, n = network.ends, len(network.nodes)
        graph = coo_array((network.length, (ends[:, 0], ends[:, 1])), shape=(n, n)).tocsr()
        if edge is None:
            edge, along, _ = network.snap(to_x, to_y)
        node = np.where(along < network.length[edge] / 2, ends[edge, 0], ends[edge, 1])
        return dijkstra(graph, directed=False, indices=np.unique(node), min_only=True)

    def tree_and_scipy():
        tree = shapely.STRtree(network.lines)
        tree.query_nearest(shapely.points(x, y), all_matches=False)  # on which street each segment's middle lies
        points = shapely.points(to_x, to_y)
        edge = tree.query_nearest(points, all_matches=False)[1]
        return scipy_alone(edge, shapely.line_locate_point(network.lines[edge], points))

    ours = network.nearest(x, y, to_x, to_y)
    nodes = network.nearest(*network.nodes.T, to_x, to_y)
    assert np.isfinite(ours).all()
    # each place was moved by half a segment at most, and stands at most 60 m off the street
    assert np.abs(nodes - scipy_alone()).max() < 45 + 60 + 45
    assert np.allclose(scipy_alone(), tree_and_scipy())
    peers = [
        Peer("scipy dijkstra min_only, between nodes", scipy_alone, "places at nodes"),
        Peer("shapely STRtree for the points, then that", tree_and_scipy, "places at nodes"),
    ]
    on = f"{network.n_edges:,} segments, {PLACES:,} places"
    race("way to the nearest place", on, lambda: network.nearest(x, y, to_x, to_y), peers, rounds=3)


def test_ways_within_a_radius(race, rng, segments):
    network, (x, y) = segments.network, segments.centres
    some = rng.choice(x.size, 20_000, replace=False)

    def scipy_alone():
        ends, n = network.ends, len(network.nodes)
        graph = coo_array((network.length, (ends[:, 0], ends[:, 1])), shape=(n, n)).tocsr()
        sources = np.unique(ends[some, 0])[:1000]
        return dijkstra(graph, directed=False, indices=sources, limit=500.0)

    indptr, _, distance = network.within(x[some], y[some], 500.0)
    assert distance.max() <= 500.0 * (1 + 1e-9)
    peers = [Peer("scipy dijkstra with a limit, 1,000 sources of the 20,000", scipy_alone, "nodes only")]
    on = f"20,000 points, 500 m, {indptr[-1]:,} pairs"
    race("ways within a radius", on, lambda: network.within(x[some], y[some], 500.0), peers, rounds=1)


def test_betweenness(race):
    network = Network.of(crooked(40, np.random.default_rng(2)), tolerance=0.0)
    small = Network.of(crooked(6, np.random.default_rng(3)), tolerance=0.0)
    whole = np.rint(small.length * 1000).astype(np.int64)
    assert np.allclose(small.betweenness(9_000.0), slow(small.ends, whole, 9_000_000), rtol=1e-9)

    def distances_alone():
        ends, n = network.ends, len(network.nodes)
        graph = coo_array((network.length, (ends[:, 0], ends[:, 1])), shape=(n, n)).tocsr()
        return dijkstra(graph, directed=False, limit=10_000.0)

    peers = [Peer("scipy dijkstra from every node: distances, no ways", distances_alone, "no betweenness")]
    on = f"{network.n_edges:,} streets, ways of at most 10 km"
    race("betweenness", on, lambda: network.betweenness(10_000.0), peers, rounds=1)
