"""What every feature keeps: the as-of loop, the future unseen, the schema."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import LeakageError
from hotspot.features.calendar import Calendar
from hotspot.features.neighbour_counts import NeighbourCounts
from hotspot.features.place_density import PlaceDensity
from hotspot.features.place_distance import PlaceDistance
from hotspot.features.recent_counts import RecentCounts
from hotspot.features.street_density import StreetDensity
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.windows import Windows
from tests.features import worlds

WEEK = Windows("1D", leads=3)
FEATURES = [
    RecentCounts(("3D", "28D", "2M")),
    NeighbourCounts(("7D", "1M")),
    NeighbourCounts(("28D",), radius=700.0),
    Calendar(),
    PlaceDistance(),
    PlaceDensity(radius=400.0),
    StreetDensity(),
]


def loop(feature: Feature, history: History, times: np.ndarray) -> xr.DataArray:
    """Compute at each issue time from nothing but what was known then."""
    parts = []
    for time in times:
        part = feature.compute(history.as_of(time), np.array([time]), WEEK)
        parts.append(part if "issue_time" in part.dims else part.expand_dims(issue_time=[time]))
    return xr.concat(parts, "issue_time")


@pytest.mark.parametrize("feature", FEATURES, ids=repr)
@pytest.mark.parametrize("kind", worlds.KINDS)
def test_fast_path_equals_the_loop(feature: Feature, kind: str) -> None:
    history = worlds.history(worlds.table(1), kind=kind, layers=worlds.layers("2021-03-05"))
    times = worlds.issue_times(-10, 2, 20, 41, 42, 60, 119)
    fast, slow = feature.compute(history, times, WEEK), loop(feature, history, times)
    if "issue_time" not in fast.dims:
        fast = fast.expand_dims(issue_time=times)
    np.testing.assert_array_equal(fast.transpose(*slow.dims).values, slow.values)
    assert (slow.attrs["units"], slow.attrs["vintage"]) == (fast.attrs["units"], fast.attrs["vintage"])


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), day=st.integers(1, 125), latency=st.sampled_from(["0D", "5h", "3D", "1M"]))
def test_counts_equal_the_loop_in_any_world(seed: int, day: int, latency: str) -> None:
    history = worlds.history(worlds.table(seed, 60), latency=latency)
    times = worlds.issue_times(day // 2, day)
    for feature in FEATURES[:2]:
        fast = feature.compute(history, times, WEEK)
        np.testing.assert_array_equal(fast.values, loop(feature, history, times).values)


@pytest.mark.parametrize("feature", FEATURES, ids=repr)
def test_rows_known_later_change_nothing(feature: Feature) -> None:
    rows, times = worlds.table(2), worlds.issue_times(30, 60)
    later = rows["known_at"].to_numpy() > times[-1]
    undone = rows["superseded_at"].to_numpy() > times[-1]
    deleted = rows.assign(superseded_at=rows["superseded_at"].mask(undone))[~later]
    shuffled = rows.copy()
    mixed = np.random.default_rng(3).permutation(np.flatnonzero(later))
    for name in ("start", "end", "x", "y", "category"):
        shuffled.loc[later, name] = rows[name].to_numpy()[mixed]
    full = feature.compute(worlds.history(rows, layers=worlds.layers()), times, WEEK)
    assert later.any()
    assert undone.any()
    for other in (deleted, shuffled):
        xr.testing.assert_identical(full, feature.compute(worlds.history(other, layers=worlds.layers()), times, WEEK))


@pytest.mark.parametrize("feature", FEATURES, ids=repr)
def test_an_issue_time_after_the_cutoff_is_refused(feature: Feature) -> None:
    past = worlds.history(worlds.table(4), layers=worlds.layers()).as_of("2021-04-01")
    with pytest.raises(LeakageError, match="knows nothing after"):
        feature.compute(past, np.array([past.known_until + np.timedelta64(1, "us")]), WEEK)


@pytest.mark.parametrize("feature", [PlaceDistance(), PlaceDensity(), StreetDensity()], ids=repr)
def test_a_layer_is_not_used_before_its_vintage(feature: Feature) -> None:
    vintage = np.datetime64("2021-03-05", "us")
    times = np.array([vintage - 1, vintage, vintage + 1])
    history = worlds.history(worlds.table(5), layers=worlds.layers("2021-03-05"))
    dated = feature.compute(history, times, WEEK)
    static = feature.compute(worlds.history(worlds.table(5), layers=worlds.layers()), times, WEEK)
    assert "issue_time" not in static.dims
    before = dated.isel(issue_time=0)
    if "column" in dated.dims:  # the schools have no vintage
        assert not before.sel(column="schools").isnull().any()
        before = before.drop_sel(column="schools")
    assert before.isnull().all()
    for i in (1, 2):
        np.testing.assert_array_equal(dated.isel(issue_time=i).values, static.values)
