"""Raw lines become streets that meet at their ends: known faults, and properties of any lines."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspot.domain.lines import cut, lengths, pack, unpack
from hotspot.domain.network import Network
from hotspot.errors import InputError

CROSSINGS = st.sampled_from(["split", "vertices"])


def lines(*chains: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(chain) for chain in chains], object)


def wkb(network: Network) -> list[bytes]:
    return [bytes(blob) for blob in shapely.to_wkb(network.lines)]


@st.composite
def tangles(draw: st.DrawFn) -> np.ndarray:
    """Any lines: on a coarse grid (crossings, overlaps, ends that nearly meet) or anywhere."""
    rng = np.random.default_rng(draw(st.integers(0, 1_000_000)))
    step = draw(st.sampled_from([0.1, 10.0, 50.0]))
    number = draw(st.integers(1, 12))
    chains = [np.round(rng.uniform(0, 200, (rng.integers(2, 5), 2)) / step) * step for _ in range(number)]
    nudge = draw(st.sampled_from([0.0, 0.7]))
    found = [shapely.LineString(chain + rng.uniform(-nudge, nudge, chain.shape)) for chain in chains]
    return np.array([line for line in found if line.length > 1] or [shapely.LineString([(0, 0), (9, 9)])], object)


@given(tangles(), st.sampled_from([0.0, 2.0]))
def test_no_street_crosses_another(raw: np.ndarray, tolerance: float) -> None:
    network = Network.of(raw, tolerance=tolerance)
    shapes, tips = network.lines, shapely.points(network.nodes)
    one, other = np.triu_indices(len(shapes), 1)
    meet = shapely.intersection(shapes[one], shapes[other])
    assert (shapely.length(meet) == 0).all()
    # where two meet there is a node of both
    for i, j, points in zip(one, other, meet, strict=True):
        if not points.is_empty:
            both = np.intersect1d(network.ends[i], network.ends[j])
            assert shapely.difference(points, shapely.multipoints(tips[both]).buffer(1e-6)).is_empty
    assert network.degree.sum() == 2 * network.n_edges
    assert all(line.is_simple for line in shapes)


@given(tangles())
def test_length_is_conserved(raw: np.ndarray) -> None:
    network = Network.of(raw, tolerance=0.0)
    union = shapely.union_all(shapely.set_precision(raw, 0.01, mode="pointwise"))
    # less where two run within a centimetre of each other, at a narrow angle perhaps for many metres
    assert 0.9 * union.length < network.length.sum() < union.length + 0.5
    # rounding moves nothing farther than a grid step, and leaves nothing out
    whole = shapely.multilinestrings(network.lines)
    assert shapely.difference(whole, shapely.buffer(union, 0.05)).length < 1e-6
    assert shapely.difference(union, shapely.buffer(whole, 0.05)).length < 1e-6


@given(tangles(), st.sampled_from([0.0, 2.0]), CROSSINGS, st.integers(0, 1000))
def test_order_direction_and_repetition_change_nothing(
    raw: np.ndarray, tolerance: float, crossings: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.choice(["main", "side"], len(raw))
    network = Network.of(raw, tolerance=tolerance, labels=labels, crossings=crossings)
    order = rng.permutation(len(raw))
    again, names = raw[order], labels[order]
    turned = rng.random(len(raw)) < 0.5
    again[turned] = shapely.reverse(again[turned])
    again, names = np.concatenate([again, again[:3]]), np.concatenate([names, names[:3]])
    other = Network.of(again, tolerance=tolerance, labels=names, crossings=crossings)
    assert wkb(network) == wkb(other)
    assert network.labels.tolist() == other.labels.tolist()


@given(tangles(), st.sampled_from([0.0, 2.0]), CROSSINGS)
def test_noding_what_is_noded_changes_nothing(raw: np.ndarray, tolerance: float, crossings: str) -> None:
    network = Network.of(raw, tolerance=tolerance, crossings=crossings)
    again = Network.of(network.lines, tolerance=tolerance, crossings=crossings)
    assert wkb(network) == wkb(again)


def test_crossing_touching_and_passing_on() -> None:
    raw = lines([(0, 50), (100, 50)], [(50, 0), (50, 100)], [(80, 50), (80, 90)], [(100, 50), (150, 50)])
    network = Network.of(raw)
    assert network.n_edges == 6  # the file's own cut at (100, 50) is none: nothing else begins there
    assert sorted(network.degree.tolist()) == [1, 1, 1, 1, 1, 3, 4]
    assert network.length.sum() == 290
    assert "4 lines became 6 streets between junctions" in network.notes[-1]


def test_a_bridge_stays_apart_where_only_shared_points_count() -> None:
    bridge = lines([(0, 50), (50, 50), (100, 50)], [(40, 0), (40, 100)], [(50, 50), (50, 90)])
    network = Network.of(bridge, crossings="vertices")
    assert network.n_edges == 4
    assert np.isnan(network.between([0.0], [50.0], [40.0], [100.0])).all()
    assert Network.of(bridge).between([0.0], [50.0], [40.0], [100.0]) == pytest.approx([90.0])
    assert any("2 parts that are not connected" in note for note in network.notes)


def test_ends_that_miss_are_joined_and_ends_that_pass_are_cut() -> None:
    raw = lines([(0, 0), (100, 0)], [(30, 1.5), (30, 60)], [(70, -1.5), (70, 60)], [(101, 1), (150, 1)])
    network = Network.of(raw, tolerance=2.0)
    assert network.component.max() == 0
    assert network.degree.max() == 3
    assert any("1 ends that run less than 2 m past a junction, cut" in note for note in network.notes)
    assert any("stop within 2 m of another street, joined to it" in note for note in network.notes)
    assert shapely.intersects(shapely.multilinestrings(network.lines), shapely.Point(30, 0))
    assert not shapely.dwithin(shapely.multilinestrings(network.lines), shapely.Point(70, -1), 0.5)
    assert network.between([30.0], [60.0], [150.0], [1.0]) == pytest.approx([60 + 70 + np.sqrt(2) + 49], abs=0.01)
    apart = Network.of(raw, tolerance=0.0)
    assert apart.component.max() == 2
    assert not any("joined" in note or "cut" in note for note in apart.notes)


def test_a_ring_that_is_not_quite_closed_is_closed() -> None:
    ring = [(0, 0), (50, 0), (50, 50), (0, 50), (0, 1.2)]
    network = Network.of(lines(ring))
    assert network.n_edges == 1
    assert network.degree.tolist() == [2]
    assert network.length[0] == pytest.approx(200.0)
    hung = Network.of(lines([(-90, 0), (0, 0)], ring))
    assert sorted(hung.degree.tolist()) == [1, 3]


def test_a_street_that_leaves_another_slowly_is_not_joined_to_it_again() -> None:
    network = Network.of(lines([(0, 0), (90, 0)], [(30, 0), (70, 1.5)]))
    assert sorted(network.degree.tolist()) == [1, 1, 1, 3]


def test_a_short_street_that_goes_on_in_another_class_is_no_overshoot() -> None:
    network = Network.of(lines([(0, 0), (50, 0)], [(50, 0), (51, 0)]), labels=["main", "side"])
    assert network.labels.tolist() == ["main", "side"]


def test_a_scrap_is_not_joined_to_itself() -> None:
    network = Network.of(lines([(0, 0), (90, 0)], [(500, 0), (501, 0)]))
    assert network.n_edges == 2
    assert not any("joined" in note for note in network.notes)


def test_rounding_that_brings_a_street_upon_a_point_makes_a_junction() -> None:
    # once rounded, the longer line runs through an end of the shorter that it had passed by
    raw = lines([(0.35, 0.07), (0.26, 0.09)], [(0.44, 0.01), (0.23, 0.13)])
    once = shapely.get_parts(shapely.union_all(raw, grid_size=0.01))
    network = Network.of(raw, tolerance=0.0)
    assert network.n_edges > 0
    assert not np.array_equal(np.sort(shapely.to_wkb(shapely.normalize(once))), np.sort(wkb(network)))
    assert wkb(Network.of(network.lines, tolerance=0.0)) == wkb(network)


def test_streets_begin_in_the_west() -> None:
    raw = lines([(90, 0), (0, 0)], [(0, 0), (0, -50)], [(0, 0), (0, 50)])
    ends = shapely.get_coordinates(shapely.get_point(Network.of(raw).lines, 0)).tolist()
    assert ends == [[0, -50], [0, 0], [0, 0]]


def test_a_short_street_between_junctions_is_no_overshoot() -> None:
    network = Network.of(
        lines([(0, 0), (50, 0)], [(50, 0), (51, 0)], [(51, 0), (99, 0)], [(50, 0), (50, 9)], [(51, 0), (51, -9)])
    )
    assert network.n_edges == 5
    assert network.length.min() == pytest.approx(1.0)


def test_doubles_reversed_and_overlapping() -> None:
    raw = lines([(0, 0), (100, 0)], [(100, 0), (0, 0)], [(20, 0), (60, 0)], [(80, 0), (140, 0)])
    network = Network.of(raw)
    assert network.n_edges == 1
    assert network.length.tolist() == [140.0]
    assert "1 lines drawn twice" in network.notes[0]
    assert "60 m that lie on other streets" in network.notes[1]


def test_classes_keep_streets_apart() -> None:
    raw = lines([(0, 0), (50, 0)], [(50, 0), (90, 0)], [(90, 0), (99, 0)], [(0, 0), (50, 0)])
    network = Network.of(raw, labels=["side", "main", None, "alley"])
    assert network.labels.tolist() == ["alley", "main", None]
    assert network.length.tolist() == [50.0, 40.0, 9.0]
    together = Network.of(raw)
    assert together.labels is None
    assert together.length.tolist() == [99.0]


def test_rings_begin_where_they_must() -> None:
    ring = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    for k in range(4):
        turn = [*ring[k:], *ring[:k]]
        alone = Network.of(lines([*turn, turn[0]]))
        assert shapely.get_coordinates(alone.lines[0])[0].tolist() == [0.0, 0.0]
        hung = Network.of(lines([*turn, turn[0]], [(10, 10), (50, 50)]))
        assert hung.n_edges == 2
        assert sorted(hung.degree.tolist()) == [1, 3]
        assert (hung.nodes[hung.degree == 3] == [10, 10]).all()
    parts = Network.of(lines(ring[:3], [ring[2], ring[3], ring[0]]))
    assert parts.n_edges == 1
    assert parts.length.tolist() == [40.0]


def test_what_is_no_street_is_counted() -> None:
    broken = [
        shapely.LineString([(0, 0), (10, 0)]),
        shapely.Point(1, 1),
        None,
        shapely.LineString(),
        shapely.LineString([(5, 5), (5, 5)]),
        shapely.LineString([(5, 5), (np.inf, 5)]),
        shapely.MultiLineString([[(0, 5), (10, 5)], [(0, 9), (10, 9)]]),
        shapely.LineString([(0, 20, 7), (10, 20, 8)]),
    ]
    network = Network.of(broken)
    assert network.n_edges == 4
    assert network.notes[:2] == (
        "streets: 4 lines that are no lines with coordinates, set aside",
        "streets: 1 lines of zero length, set aside",
    )
    assert "4 parts that are not connected; the largest has 25.0% of the length" in network.notes[-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": -1.0}, "tolerance is -1.0"),
        ({"tolerance": np.nan}, "tolerance is nan"),
        ({"crossings": "vertex"}, "did you mean 'vertices'"),
        ({"labels": ["a", "b"]}, "expected one for each of 1 lines"),
    ],
)
def test_wrong_options_are_refused(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Network.of(lines([(0, 0), (1, 0)]), **options)


def test_nothing_but_points_is_refused() -> None:
    with pytest.raises(InputError, match="none of 1 geometries is a line with a length"):
        Network.of([shapely.Point(0, 0)])
    with pytest.raises(InputError, match="none of 0"):
        Network.of([])
    with pytest.raises(InputError, match="radius is -1"):
        Network.of(lines([(0, 0), (1, 0)])).within([0.0], [0.0], -1.0)


@given(tangles(), st.sampled_from([1.0, 7.3, 60.0, 1e4]))
def test_cutting_conserves_streets(raw: np.ndarray, length: float) -> None:
    whole = unpack(Network.of(raw, tolerance=0.0).lines)
    parts, line = cut(whole, length)
    number = np.maximum(np.rint(lengths(whole) / length), 1)
    np.testing.assert_array_equal(np.bincount(line), number)
    np.testing.assert_allclose(lengths(parts), (lengths(whole) / number)[line], atol=0.03)
    np.testing.assert_allclose(np.bincount(line, weights=lengths(parts)), lengths(whole), rtol=1e-3, atol=0.05)
    again = shapely.line_merge(shapely.multilinestrings(pack(parts)))
    assert shapely.hausdorff_distance(again, shapely.multilinestrings(pack(whole))) < 0.02


def test_touching_edges_share_a_node() -> None:
    network = Network.of(lines([(0, 0), (100, 0)], [(50, -50), (50, 50)], [(100, 0), (100, 50)], [(200, 0), (200, 9)]))
    found = {tuple(pair) for pair in network.touching().tolist()}
    want = {
        (i, j)
        for i in range(network.n_edges)
        for j in range(i + 1, network.n_edges)
        if set(network.ends[i]) & set(network.ends[j])
    }
    assert found == want
