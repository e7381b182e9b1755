"""Sparse counts of a History equal its dense ones."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.profile import Profile
from hotspot.windows import Windows
from tests.features import worlds

SHARE = np.random.default_rng(4).random(168)
CURVED = Profile({"burglary": SHARE / SHARE.sum()}, worlds.ZONE)


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    day=st.integers(45, 140),
    windows=st.sampled_from([Windows("1D"), Windows("1W"), Windows("5h"), Windows("1D", shifts=("07:00", "19:30"))]),
    spread=st.sampled_from(["uniform", CURVED]),
)
def test_sparse_counts_equal_counts(seed: int, day: int, windows: Windows, spread: str | Profile) -> None:
    cells = worlds.domain()
    incidents = Incidents(worlds.table(seed, 200), worlds.CRS).within(cells)
    past = History(cells, incidents, target="burglary", latency="2D", spread=spread).as_of(worlds.issue_times(day)[0])
    dense, sparse = past.counts(windows), past.sparse_counts(windows)
    np.testing.assert_array_equal(sparse.start, dense["valid_start"])
    np.testing.assert_array_equal(sparse.end, dense["valid_end"])
    np.testing.assert_allclose(sparse.counts.toarray(), dense.values, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_whole_incidents_are_counted_exactly(kind: str) -> None:
    rows = worlds.table(3, 2000)
    past = worlds.history(rows.assign(end=rows["start"]), kind=kind).as_of("2021-05-20")
    sparse = past.sparse_counts(Windows("1D")).counts
    dense = past.counts(Windows("1D")).values
    np.testing.assert_array_equal(sparse.toarray(), dense)
    assert sparse.nnz == (dense > 0).sum()


def test_the_distance_to_the_street_is_kept() -> None:
    history = worlds.history(worlds.table(3), kind="segments")
    table, lines = history.incidents.table, history.domain.grid.shapes()
    cell, far = table["cell"].to_numpy(), table["snap_distance"].to_numpy()
    found = cell >= 0
    assert found.any()
    assert not found.all()
    points = shapely.points(table["x"], table["y"])
    np.testing.assert_allclose(far[found], shapely.distance(points[found], lines[cell[found]]), atol=1e-6)
    assert np.isnan(far[~found]).all()
    assert far[found].max() <= 150
    note = next(note for note in history.incidents.quality.notes if "street segment" in note)
    assert note.startswith(f"{(~found).sum():,} of {len(table):,} rows")
    assert "snap_distance" in history.as_of("2021-04-01").incidents.table
    assert "snap_distance" not in worlds.history(worlds.table(3)).incidents.table
