"""The sweep behind all counts: equal to `History.mass` whatever the order of time does, in any chunks and threads."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import InputError, RefusedError
from hotspot.features import _sweeps
from hotspot.features.decayed_counts import DecayedCounts
from hotspot.features.neighbour_counts import NeighbourCounts
from hotspot.features.recent_counts import RecentCounts
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.profile import Profile
from hotspot.windows import Windows
from tests.features import worlds
from tests.reference import sweeps

DAY = Windows("1D")
HOUR = np.timedelta64(3_600_000_000, "us")
LENGTHS = ("5h", "3D", "2W", "1M", "3M")


def weekly(seed: int) -> Profile:
    """Two curves, one with hours in which nothing happens; thefts spread evenly."""
    share = np.random.default_rng(seed).random(168)
    share[20:40] = 0
    return Profile({"burglary": share / share.sum()}, worlds.ZONE)


def spread_history(seed: int, n: int, latency: str, spread: str | Profile) -> History:
    cells = worlds.domain()
    incidents = Incidents(worlds.table(seed, n), worlds.CRS).within(cells)
    return History(cells, incidents, latency=latency, spread=spread)


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(20, 200),
    latency=st.sampled_from(["0D", "5h", "3D", "1M"]),
    curved=st.booleans(),
    data=st.data(),
)
def test_counts_equal_mass_at_any_times(seed: int, n: int, latency: str, curved: bool, data: st.DataObject) -> None:
    history = spread_history(seed, n, latency, weekly(seed) if curved else "uniform")
    hours = st.integers(-48, worlds.DAYS * 24 + 400) | st.integers(40 * 24, 43 * 24)  # the clocks change on day 41
    times = worlds.FIRST + np.array(data.draw(st.lists(hours, min_size=1, max_size=12))) * HOUR
    found = RecentCounts(LENGTHS).compute(history, times, DAY)
    for window in LENGTHS:
        expected = sweeps.recent(history, times, window)
        np.testing.assert_allclose(found.sel(column=window), expected, rtol=3e-7, atol=1e-6)


def test_whole_incidents_are_counted_exactly() -> None:
    rows = worlds.table(3, 2000)
    rows = rows.assign(end=rows["start"])
    history, times = worlds.history(rows), worlds.issue_times(*range(60, 118))
    found = RecentCounts(("3D", "28D")).compute(history, times, DAY)
    for window in ("3D", "28D"):
        np.testing.assert_array_equal(found.sel(column=window), sweeps.recent(history, times, window))


@pytest.mark.parametrize("kind", worlds.KINDS)
@pytest.mark.parametrize("feature", [RecentCounts(LENGTHS), NeighbourCounts(LENGTHS), DecayedCounts()], ids=repr)
def test_neither_chunks_nor_order_nor_threads_change_a_bit(
    feature: RecentCounts, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = worlds.domain(kind)
    history = History(cells, Incidents(worlds.table(5), worlds.CRS).within(cells), spread=weekly(5), latency="2D")
    times = worlds.FIRST + np.arange(0, worlds.DAYS * 24, 5) * HOUR
    whole = feature.compute(history, times, DAY).values
    monkeypatch.setattr(_sweeps, "PIECE", 100)
    for first in (0, 7, 300):
        part = feature.compute(history, times[first : first + 200], DAY).values
        np.testing.assert_array_equal(part, whole[first : first + 200])
    mixed = np.random.default_rng(1).permutation(times.size)
    np.testing.assert_array_equal(feature.compute(history, times[mixed], DAY).values, whole[mixed])
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    single = feature.compute(history, times, DAY).values
    numba.set_num_threads(before)
    np.testing.assert_array_equal(single, whole)


def test_the_order_of_rows_means_nothing() -> None:
    rows, times = worlds.table(6), worlds.issue_times(30, 60, 90)
    mixed = rows.sample(frac=1, random_state=0, ignore_index=True)
    one, other = (RecentCounts().compute(worlds.history(table), times, DAY).values for table in (rows, mixed))
    np.testing.assert_array_equal(one, other)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(20, 120), old=st.integers(0, 6), data=st.data())
def test_start_of_the_record_at_many_times(seed: int, n: int, old: int, data: st.DataObject) -> None:
    rows = worlds.table(seed, n)
    early = rows.head(old).assign(id=[f"old {i}" for i in range(min(old, len(rows)))])
    ago = np.random.default_rng(seed).integers(20, 4000, len(early)) * np.timedelta64(24, "h")
    early = early.assign(start=early["start"] - ago)  # came to light years later
    cells = worlds.domain()
    history = History(cells, Incidents(pd.concat([rows, early], ignore_index=True), worlds.CRS).within(cells))
    times = worlds.issue_times(*data.draw(st.lists(st.integers(-10, 200), min_size=1, max_size=12)))
    np.testing.assert_array_equal(history.observed_from_at(times), sweeps.observed_from(history, times))


def test_a_record_of_many_pieces_begins_where_it_does() -> None:
    history = worlds.history(worlds.table(8, 300))
    times = worlds.FIRST + np.arange(-100, worlds.DAYS * 24 + 500, 4) * HOUR
    found = history.observed_from_at(times)
    some = np.arange(0, times.size, 37)
    np.testing.assert_array_equal(found[some], sweeps.observed_from(history, times[some]))


def test_columns_of_other_incidents() -> None:
    history, times = worlds.history(worlds.table(7)), worlds.issue_times(60, 100)
    own = RecentCounts(("28D",)).compute(history, times, DAY)
    all_ = RecentCounts(("28D",), of="all").compute(history, times, DAY)
    each = RecentCounts(("28D",), of=["theft", "burglary"]).compute(history, times, DAY)
    assert list(all_["column"].values) == ["28D_all"]
    assert list(each["column"].values) == ["28D_theft", "28D_burglary"]
    assert list(each.attrs["source"]) == ["incidents of theft", "incidents of burglary"]
    np.testing.assert_array_equal(each.sel(column="28D_burglary"), own.sel(column="28D"))
    np.testing.assert_allclose(each.sum("column"), all_.sel(column="28D_all"), rtol=1e-6, atol=1e-6)


def test_unknown_and_ineligible_categories_are_refused() -> None:
    rows = worlds.table(7)
    rows.loc[:20, "category"] = "rape"
    cells = worlds.domain()
    history = History(cells, Incidents(rows, worlds.CRS).within(cells), target="burglary")
    times = worlds.issue_times(60)
    with pytest.raises(InputError, match="did you mean 'theft'"):
        RecentCounts(of=("thaft",)).compute(history, times, DAY)
    with pytest.raises(RefusedError, match="victim-sensitive"):
        RecentCounts(of=("rape",)).compute(history, times, DAY)
    with pytest.raises(InputError, match="no category"):
        RecentCounts(of=())


def test_a_category_known_only_later_counts_nothing_yet() -> None:
    rows = worlds.table(7)
    late = rows["known_at"] > worlds.issue_times(100)[0]
    rows.loc[late, "category"] = "arson"
    history, times = worlds.history(rows), worlds.issue_times(60)
    found = RecentCounts(("28D",), of=("arson",)).compute(history.as_of(times[0]), times, DAY)
    assert (found == 0).all()
