"""Spreads by way of a lattice: as close as shares place by place, no incident lost, memory bounded."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate1d

from hotspot.domain import Domain
from hotspot.features import _spreads, decayed_counts
from hotspot.features._smoothing import Smoother
from hotspot.features.decayed_counts import DecayedCounts
from hotspot.history import History
from hotspot.kernels.smoothing import smoothed
from hotspot.windows import Windows
from tests.features import worlds

DAY = Windows("1D")
TIMES = worlds.issue_times(-3, 20, 60, 110)


@pytest.fixture
def lattice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decayed_counts, "is_smoothed", lambda domain, spread: spread > 0)


def computed(history: History, spread: float, times: np.ndarray = TIMES) -> np.ndarray:
    return DecayedCounts(("14D", None), spreads=(spread,)).compute(history, times, DAY).values


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 15), st.integers(0, 99))
def test_passes_equal_those_of_scipy(n_rows: int, n_columns: int, reach: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    raster, taps = rng.random((n_rows, n_columns)), rng.random(reach)
    both = np.concatenate([taps[:0:-1], taps])
    expected = correlate1d(correlate1d(raster, both, 1, mode="constant"), both, 0, mode="constant")
    np.testing.assert_allclose(smoothed(raster, taps), expected, rtol=1e-12)


@pytest.mark.parametrize("kind", worlds.KINDS)
@pytest.mark.parametrize("spread", [60.0, 150.0, 500.0])
def test_a_lattice_is_as_good_as_shares_place_by_place(kind: str, spread: float, monkeypatch) -> None:
    """Each row sums to the same; shares that fall into another cell add up to less than 1 % of all."""
    history = worlds.history(worlds.table(2, 4000), kind=kind)
    monkeypatch.setattr(decayed_counts, "is_wide", lambda *_: False)
    expected = computed(history, spread)
    monkeypatch.setattr(decayed_counts, "is_smoothed", lambda *_: True)
    found = computed(history, spread)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert np.isnan(found[0]).all()
    found, expected = found[1:], expected[1:]
    np.testing.assert_allclose(found.sum(axis=1), expected.sum(axis=1), rtol=2e-6)
    assert (np.abs(found - expected).sum(axis=1) < 0.01 * expected.sum(axis=1)).all()
    assert (np.abs(found - expected).max(axis=1) < 0.015 * expected.max(axis=1)).all()


@pytest.mark.parametrize("kind", worlds.KINDS)
@pytest.mark.usefixtures("lattice")
def test_an_incident_of_its_own_lies_where_the_kernel_says(kind: str) -> None:
    """Put and read at any offset the lattice leaves the same kernel."""
    rows = worlds.table(4, 60)
    history, time = worlds.history(rows, kind=kind), worlds.issue_times(110)
    found = computed(history, 200.0, time)[0, :, 1]
    ledger, to = _spreads.point_spread(history, history.as_of(time[0]).ledger(middles=True), 200.0)
    counted = np.zeros(history.domain.n_cells)
    now, of = time.view(np.int64)[0], ledger.versions
    complete = now - 2 * 86_400_000_000
    for row in of.cell[(of.known <= now) & (of.gone > now) & (of.moment < complete)]:
        part = slice(to.indptr[row], to.indptr[row + 1])
        counted[to.indices[part]] += to.share[part]
    np.testing.assert_allclose(found / found.sum(), counted / counted.sum(), atol=0.015 * counted.max() / counted.sum())


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(worlds.KINDS), spread=st.sampled_from([80.0, 400.0]))
def test_chunks_threads_and_what_is_known_later_change_nothing(seed: int, kind: str, spread: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decayed_counts, "is_smoothed", lambda *_: True)
        history = worlds.history(worlds.table(seed, 80), kind=kind)
        whole = computed(history, spread)
        slow = [computed(history.as_of(time), spread, TIMES[i : i + 1]) for i, time in enumerate(TIMES)]
        np.testing.assert_array_equal(whole, np.concatenate(slow))
        before = numba.get_num_threads()
        numba.set_num_threads(1)
        single = computed(worlds.history(worlds.table(seed, 80), kind=kind), spread)
        numba.set_num_threads(before)
        np.testing.assert_array_equal(single, whole)
        patch.setattr(DecayedCounts, "_columns_at_once", lambda *_: 1)
        np.testing.assert_array_equal(computed(history, spread), whole)


@pytest.mark.usefixtures("lattice")
def test_what_lies_far_off_goes_to_the_nearest_point() -> None:
    history = worlds.history(worlds.table(1), kind="segments")
    through = Smoother.of(history.domain, history.domain.nodes, 20.0)
    far = through.put(np.array([440_000.0, 448_000.0]), np.array([4_630_000.0, 4_637_000.0]))
    np.testing.assert_allclose(np.add.reduceat(far.share, far.indptr[:-1]), 1)
    assert far.indices.min() >= 0
    assert through.lattice.mass[far.indices].min() > 0


def test_small_cells_take_bounded_memory() -> None:
    box = shapely.box(440_000, 4_630_000, 440_000 + 500 * 20, 4_630_000 + 400 * 20)
    cells = Domain.square(box, size=20, crs=worlds.CRS, time_zone=worlds.ZONE)
    assert cells.n_cells == 200_000
    for spread in (150.0, 500.0):
        assert _spreads.is_smoothed(cells, spread)
        through = _spreads.smoother(cells, spread)
        assert through.read.indices.size <= 16 * cells.n_cells
        assert through.raster.size <= cells.n_cells
        assert through.put(*cells.centres).indices.size == 9 * cells.n_cells
    assert not _spreads.is_smoothed(cells, 15.0)


@pytest.mark.parametrize(("size", "spread", "smoothed"), [(250, 500.0, False), (100, 500.0, True), (250, 150.0, False)])
def test_ordinary_cells_keep_their_matrix(size: int, spread: float, smoothed: bool) -> None:
    box = shapely.box(440_000, 4_630_000, 440_000 + 100 * size, 4_630_000 + 100 * size)
    cells = Domain.square(box, size=size, crs=worlds.CRS, time_zone=worlds.ZONE)
    assert _spreads.is_smoothed(cells, spread) == smoothed
    if _spreads.is_wide(cells, spread) and not smoothed:
        assert _spreads.cell_spread(cells, spread).indices.size < _spreads.MOST_ENTRIES
