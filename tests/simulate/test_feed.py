"""The feed against plain loops over its entries, and against the catalogue it was made from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.simulate.clerks import as_text
from hotspot.simulate.entries import GONE, MENDS
from hotspot.simulate.feed import COLUMNS, SAYS, Feed, simulate_feed
from hotspot.windows import as_utc, to_local
from tests.feeds import END, OUTAGES, START, ZONE, city, feed, nights

MINUTES = int((END - START) / np.timedelta64(1, "m"))
moments = st.integers(0, MINUTES).map(lambda minute: START + np.timedelta64(minute, "m"))


def _standing(entries: pd.DataFrame, moment: np.datetime64) -> dict[str, tuple[str, ...]]:
    """What each record says at a moment, entry after entry."""
    says: dict[str, tuple[str, ...]] = {}
    text = as_text(entries[SAYS])
    for name, entry, known, *row in zip(
        entries["incident_id"], entries["entry"], entries["known_at"], *(text[c] for c in SAYS), strict=True
    ):
        if known > moment:
            continue
        if entry in GONE:
            del says[name]
        else:
            says[name] = tuple(row)
    return says


def _rows(snapshot: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    assert list(snapshot) == COLUMNS
    assert snapshot["incident_id"].is_unique
    return {row[0]: tuple(row[1:]) for row in snapshot.itertuples(index=False)}


@given(at=moments)
def test_a_snapshot_is_what_the_entries_until_then_leave(at: np.datetime64) -> None:
    assert _rows(feed().snapshot(at)) == _standing(feed().entries, at)


@given(at=moments)
def test_a_snapshot_does_not_depend_on_later_entries(at: np.datetime64) -> None:
    entries = feed().entries
    past = Feed(entries[entries["known_at"] <= at], ZONE)
    later = entries.assign(offense=entries["offense"].where(entries["known_at"] <= at, "changed"))
    for other in (past, Feed(later, ZONE)):
        pd.testing.assert_frame_equal(other.snapshot(at), feed().snapshot(at))
        pd.testing.assert_frame_equal(other.known(at), feed().known(at))


@given(since=moments, until=moments)
def test_changes_carry_a_snapshot_on_but_for_deletions(since: np.datetime64, until: np.datetime64) -> None:
    since, until = min(since, until), max(since, until)
    carried = _rows(feed().snapshot(since)) | _rows(feed().changes(since, until))
    now = _rows(feed().snapshot(until))
    assert {name: carried[name] for name in now} == now
    gone = feed().entries[feed().entries["entry"].isin(GONE)]
    deleted = set(gone.loc[gone["known_at"].between(since, until), "incident_id"])
    assert set(carried) - set(now) <= deleted


@given(at=moments)
def test_known_is_the_log_cut_at_the_moment(at: np.datetime64) -> None:
    known = feed().known(at)
    assert (known["known_at"] <= at).all()
    assert not (known["superseded_at"] > at).any()
    live = known[known["superseded_at"].isna()]
    assert sorted(live["id"]) == list(feed().snapshot(at)["incident_id"])
    for _, versions in known[known["id"].duplicated(keep=False)].groupby("id"):
        ends = versions["superseded_at"].to_numpy()[:-1]
        assert (ends <= versions["known_at"].to_numpy()[1:]).all()  # later only after a time without the record


def test_known_agrees_with_the_clock_of_the_standard_library() -> None:
    log, known = feed().log, feed().known(END)
    civil = log.set_index(["incident_id", "known_at"])["occurred_from"]
    for row in known.iloc[::50].itertuples():
        wall = civil[row.id, row.known_at].to_pydatetime().replace(tzinfo=ZoneInfo(ZONE))
        assert wall.astimezone(UTC).replace(tzinfo=None) == row.start


def test_the_last_version_is_true() -> None:
    """What is on record at the end are the observed incidents, but for those not entered or not mended yet."""
    _, catalogue = city()
    when = pd.DatetimeIndex(to_local(catalogue.t, ZONE)).floor("min").strftime("%Y-%m-%dT%H:%M")
    true = set(zip(catalogue.category, catalogue.x.round(1), catalogue.y.round(1), strict=True))
    at_end = feed().log[feed().log["superseded_at"].isna()]
    old = at_end[at_end["occurred_from"] < "2024-03-01"]
    assert len(old) > 900
    wrong = sum(row not in true for row in zip(old["offense"], old["x"], old["y"], strict=True))
    assert wrong == 0
    exact = old[old["occurred_to"].isna()]
    assert set(exact["occurred_from"].dt.strftime("%Y-%m-%dT%H:%M")) <= set(when)


def test_every_kind_of_change_happens_as_often_as_it_should() -> None:
    count = feed(outages=False).entries["entry"].value_counts()
    n = count["new"] / (1 + 0.02 + 0.015)
    expected = {"unfounded": 0.02, "duplicate": 0.015, "withdrawn": 0.01}
    for entry, share in expected.items():
        assert abs(count[entry] - share * n) < 3.3 * np.sqrt(share * n) + 0.1 * share * n  # some lie after the end
    mended = sum(count[kind] for kind in MENDS)
    assert abs(mended - 0.12 * 1.3 * n) < 3.3 * np.sqrt(0.2 * n)
    assert 0 < count["restored"] <= count["withdrawn"]


def test_lateness_has_a_tail_of_months_and_some_rows_are_backdated() -> None:
    first = feed(outages=False).log.drop_duplicates("incident_id")
    known = pd.Series(to_local(first["known_at"].to_numpy(), ZONE), index=first.index)
    late = known - first["occurred_to"].fillna(first["occurred_from"])
    assert (late > pd.Timedelta(0)).all()
    assert 0.15 < (late > pd.Timedelta("24h")).mean() < 0.35
    assert 0.003 < (late > pd.Timedelta("30D")).mean() < 0.03
    backdated = known - first["reported"]
    assert (backdated >= pd.Timedelta("-1h1min")).all()  # an hour in the night that has it twice
    assert 0.1 < (backdated > pd.Timedelta("5min")).mean() < 0.2


def test_there_and_back_again() -> None:
    log = feed().log
    thrice = log[log.groupby("incident_id")["incident_id"].transform("size") == 3]
    first, last = (
        thrice.drop_duplicates("incident_id", keep=end).set_index("incident_id") for end in ("first", "last")
    )
    assert (as_text(first[SAYS]) == as_text(last.loc[first.index, SAYS])).all(axis=1).any()


def test_nothing_is_published_during_an_outage() -> None:
    known = feed().entries["known_at"]
    for start, end in OUTAGES:
        first, last = as_utc(start, ZONE), as_utc(end, ZONE)
        assert not ((known >= first) & (known < last)).any()
        assert (known == last).sum() > 5
        inside = first + np.timedelta64(3, "D")
        pd.testing.assert_frame_equal(feed().snapshot(inside), feed().snapshot(first - np.timedelta64(1, "m")))


@pytest.mark.parametrize("every", ["1D", "7D", "1M"])
def test_a_feed_published_at_nights_shows_the_same_on_those_nights(every: str) -> None:
    times = nights("2023-02-01", "2024-12-30", every)
    nightly = feed().published(times)
    assert np.isin(nightly.entries["known_at"].to_numpy(), times).all()
    for night in times[:: max(1, len(times) // 12)]:
        pd.testing.assert_frame_equal(nightly.snapshot(night), feed().snapshot(night))
    assert len(nightly.log) < len(feed().log)


@pytest.mark.parametrize("look", [lambda f: f, lambda f: f.published(nights("2023-02-01", "2024-12-30", "7D"))])
def test_no_entry_is_idle(look: Callable[[Feed], Feed]) -> None:
    """Every version says something else than the one before it, or comes after a time without the record."""
    log = look(feed()).log
    for _, versions in log[log["incident_id"].duplicated(keep=False)].groupby("incident_id"):
        says = [tuple(row) for row in as_text(versions[SAYS]).itertuples(index=False)]
        ends, begins = versions["superseded_at"].to_numpy(), versions["known_at"].to_numpy()
        assert (ends[:-1] > begins[:-1]).all()
        for number in range(1, len(says)):
            assert says[number] != says[number - 1] or ends[number - 1] < begins[number]


def test_same_generator_same_feed() -> None:
    world, catalogue = city()
    one, again, other = (simulate_feed(catalogue, world, np.random.default_rng(seed)) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one.entries, again.entries)
    assert not one.entries.equals(other.entries)


def test_export_holds_the_log() -> None:
    export = feed().export()
    assert len(export) == len(feed().log)
    known = pd.to_datetime(export["known_at"]).dt.tz_localize(None)
    assert (known.to_numpy() == feed().log["known_at"].to_numpy()).all()
    assert (export["superseded_at"] == "").sum() == len(feed().snapshot(END))


def test_numbers_follow_the_order_of_entry() -> None:
    first = feed().log.groupby("incident_id")["known_at"].min()
    assert first.sort_index().is_monotonic_increasing
