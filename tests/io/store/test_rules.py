"""What a store makes of sources that follow one another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotspot.errors import ConfigError, InputError
from hotspot.incidents import Incidents
from hotspot.io.store import ingest, read_store
from tests.io.store.made import CRS, NAT, day, live, log, source, told
from tests.reference.asof import SlowStore

claims = st.one_of(st.just(NAT), st.integers(-3, 12).map(day))
rows = st.dictionaries(st.sampled_from("abcd"), st.tuples(claims, st.sampled_from("xyz")), min_size=1)
feeds = st.lists(st.tuples(st.integers(1, 3), st.booleans(), rows), min_size=1, max_size=5)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(feeds)
def test_a_store_remembers_as_the_rules_say(fresh: Callable[[], str], handed_in) -> None:
    """Versions, counts, earlier states of the store, and what a reader of it knew at each moment."""
    store, slow, then, at = fresh(), SlowStore(), {}, day(0)
    for gap, complete, rows in handed_in:
        at += np.timedelta64(gap, "D")
        report = ingest(source(rows), store, at=at, complete=complete)
        counts = slow.ingest(rows, at, complete=complete)
        assert {name: getattr(report, name) for name in counts} == counts
        assert report.new + report.changed + report.unchanged == report.rows_kept == len(rows)
        then[at] = read_store(store)
        assert told(then[at]) == slow.read()
        assert ingest(source(rows), store, at=at, complete=complete).repeated
    now, recorded = read_store(store), read_store(store, as_recorded=True)
    assert told(now) == slow.read()
    for moment, incidents in then.items():
        assert told(read_store(store, recorded_until=moment)) == told(incidents)
        assert live(recorded, moment) == live(incidents, moment)


def test_the_moment_a_row_states_is_kept(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, at=day(5))
    ingest(source({"b": (day(6), "x")}), store, at=day(7))
    assert told(read_store(store)) == {("a", str(day(1)), "NaT", "x"), ("b", str(day(6)), "NaT", "x")}


def test_a_change_that_does_not_say_when_is_known_from_the_ingest(store: str) -> None:
    ingest(source({"a": (day(1), "x"), "b": (day(1), "x"), "c": (day(1), "x")}), store, at=day(2))
    changed = source({"a": (day(1), "y"), "b": (NAT, "y"), "c": (day(4), "y")})
    report = ingest(changed, store, at=day(5))
    assert report.changed == 3
    known = {row[0]: row[1] for row in told(read_store(store)) if row[3] == "y"}
    assert known == {"a": str(day(5)), "b": str(day(5)), "c": str(day(4))}


def test_only_an_archive_may_not_know_when(store: str) -> None:
    ingest(source({"a": (NAT, "x")}), store, at=day(2))
    ingest(source({"b": (NAT, "x")}), store, at=day(3))
    ingest(source({"c": (NAT, "x")}), store, at=day(4), archive=True)
    known = {row[0]: row[1] for row in told(read_store(store))}
    assert known == {"a": "NaT", "b": str(day(3)), "c": "NaT"}


def test_a_feed_that_is_no_archive_is_known_from_its_first_night(store: str) -> None:
    ingest(source({"a": (NAT, "x")}), store, at=day(2), archive=False)
    assert told(read_store(store)) == {("a", str(day(2)), "NaT", "x")}


def test_a_complete_source_deletes_what_it_lacks_and_brings_it_back(store: str) -> None:
    both, one = source({"a": (day(1), "x"), "b": (day(1), "x")}), source({"b": (day(1), "x")})
    ingest(both, store, at=day(2), complete=True)
    assert ingest(one, store, at=day(3), complete=False).deleted == 0
    assert ingest(one, store, at=day(4), complete=True).deleted == 1
    assert ingest(one, store, at=day(5), complete=True).deleted == 0
    back = ingest(both, store, at=day(6), complete=True)
    assert (back.new, back.changed, back.unchanged) == (0, 1, 1)
    assert told(read_store(store)) == {
        ("a", str(day(1)), str(day(4)), "x"),
        ("a", str(day(6)), "NaT", "x"),
        ("b", str(day(1)), "NaT", "x"),
    }


def test_a_file_taken_once_says_nothing_new_later(store: str, tmp_path: Path) -> None:
    head = "id,start,x,y,category\n"
    for name, category in (("first.csv", "x"), ("second.csv", "y")):
        (tmp_path / name).write_text(f"{head}a,2024-03-01T07:00Z,1,2,{category}\n")
        ingest(tmp_path / name, store, crs=CRS)
    before = told(read_store(store))
    again = ingest(tmp_path / "first.csv", store, crs=CRS)
    assert again.repeated
    assert again.number == 1
    assert told(read_store(store)) == before
    assert any("nothing was done" in line for line in again.lines())


def test_ingests_at_one_moment_give_versions_one_after_another(store: str) -> None:
    for category in "xyz":
        ingest(source({"a": (day(1), category)}), store, at=day(2))
    tick = np.timedelta64(1, "us")
    assert told(read_store(store)) == {
        ("a", str(day(1)), str(day(2)), "x"),
        ("a", str(day(2)), str(day(2) + tick), "y"),
        ("a", str(day(2) + tick), "NaT", "z"),
    }


def test_back_dated_rows_are_counted(store: str) -> None:
    ingest(source({"a": (day(5), "x")}), store, at=day(6))
    report = ingest(source({"b": (day(4), "x"), "c": (day(5.5), "x"), "d": (NAT, "x")}), store, at=day(7))
    assert report.back_dated == 1
    assert any("back-dated" in note for note in read_store(store).quality.notes)
    assert live(read_store(store), day(4.5)) == {("b", "x")}
    assert live(read_store(store, as_recorded=True), day(6.5)) == {("a", "x")}
    assert live(read_store(store, as_recorded=True), day(7)) == {(name, "x") for name in "abcd"}


def test_rows_without_ids_keep_their_occurrence_numbers(store: str) -> None:
    row = {"start": "2024-03-01T07:00Z", "x": 1.0, "y": 2.0, "category": "theft"}
    other = row | {"category": "robbery"}

    def hand_in(*given: dict[str, object], **how: object) -> tuple[int, int, int]:
        report = ingest(pd.DataFrame(given), store, crs=CRS, **how)
        return report.new, report.unchanged, report.deleted

    assert hand_in(row, row, at=day(2)) == (2, 0, 0)
    assert hand_in(other, row, at=day(3)) == (1, 1, 0)
    assert hand_in(row, row, row, at=day(4)) == (1, 2, 0)
    assert hand_in(row, row, at=day(5), complete=True) == (0, 2, 2)
    first = read_store(store).table.loc[lambda table: table["category"] == "theft", "id"].min()
    assert live(read_store(store), day(5)) == {(first, "theft"), (f"{first}-2", "theft")}


def test_a_log_is_taken_as_it_stands_at_once_or_night_by_night(fresh: Callable[[], str]) -> None:
    """Changes, an end without successor, a return, and an end before a return."""
    whole = [
        ("a", day(1), day(3), "x"), ("a", day(3), NAT, "y"), ("b", day(1), day(4), "x"), ("c", day(1), day(2), "x"),
        ("c", day(5), NAT, "x"), ("d", day(6), day(7), "x"), ("d", day(7), day(8), "y"), ("d", day(9), NAT, "x"),
    ]  # fmt: skip
    truth = told(log(whole))
    store = fresh()
    ingest(log(whole), store, at=day(10))
    assert told(read_store(store)) == truth
    store = fresh()
    for night in range(1, 11):
        known = [(i, k, s if s <= day(night) else NAT, c) for i, k, s, c in whole if k <= day(night)]
        report = ingest(log(known), store, at=day(night))
        assert ingest(log(known), store, at=day(night)).repeated
        assert report.back_dated == 0
        assert told(read_store(store)) == told(log(known))
        assert live(read_store(store, as_recorded=True), day(night)) == live(log(known), day(night))
    assert told(read_store(store)) == truth


def test_a_row_that_came_with_its_end_was_known_before_that(store: str) -> None:
    ingest(log([("a", NAT, day(1), "x"), ("b", NAT, NAT, "x")]), store, at=day(2))
    late = log([("c", NAT, day(1.5), "x"), ("d", NAT, day(4), "x")])
    report = ingest(late, store, at=day(3))
    assert (report.new, report.deleted) == (2, 2)
    tick = np.timedelta64(1, "us")
    assert told(read_store(store)) == {
        ("a", "NaT", str(day(1)), "x"),
        ("b", "NaT", "NaT", "x"),
        ("c", str(day(1.5) - tick), str(day(1.5)), "x"),
        ("d", str(day(3)), str(day(4)), "x"),
    }
    again = ingest(late, store, at=day(5))
    assert (again.new, again.changed, again.unchanged, again.deleted) == (0, 0, 2, 0)


def test_a_log_that_rewrites_its_past_is_kept_beside_what_it_said(store: str) -> None:
    ingest(log([("a", day(1), day(3), "x"), ("a", day(3), NAT, "y")]), store, at=day(4))
    before = read_store(store)
    rewritten = log([("a", day(1), day(3), "z"), ("a", day(3), NAT, "y")])
    report = ingest(rewritten, store, at=day(5))
    assert (report.changed, report.unchanged, report.back_dated) == (1, 1, 0)
    assert live(read_store(store), day(2)) == {("a", "z")}
    assert told(read_store(store, recorded_until=day(4))) == told(before)
    assert ingest(rewritten, store, at=day(6)).changed == 0
    recorded = read_store(store, as_recorded=True)
    assert live(recorded, day(4.5)) == live(recorded, day(5.5)) == {("a", "y")}


def test_of_what_is_recorded_at_once_only_the_last_was_ever_known(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, at=day(2))
    ingest(log([("b", day(1), day(2), "x"), ("b", day(2), NAT, "y"), ("c", day(1), day(2), "x")]), store, at=day(3))
    assert told(read_store(store, as_recorded=True)) == {
        ("a", str(day(1)), "NaT", "x"),
        ("b", str(day(3)), "NaT", "y"),
    }


def test_several_feeds_stand_side_by_side(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, feed="records", at=day(2))
    assert told(read_store(store)) == {("a", str(day(1)), "NaT", "x")}
    assert ingest(source({"a": (day(1), "x")}), store, feed="it's; drop table versions", at=day(3)).new == 1
    both = read_store(store)
    assert set(both.id) == {"records:a", "it's; drop table versions:a"}
    assert set(both.source) == {"records", "it's; drop table versions"}
    assert told(read_store(store, feed="records")) == {("a", str(day(1)), "NaT", "x")}
    assert set(read_store(store, recorded_until=day(2)).id) == {"a"}
    with pytest.raises(InputError, match="record"):
        read_store(store, feed="record")


def test_feeds_in_other_systems_are_brought_together(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, feed="metres", at=day(2))
    row = {"id": "b", "start": "2024-03-01T00:00Z", "lon": -87.7, "lat": 41.9, "category": "x"}
    ingest(pd.DataFrame([row]), store, feed="degrees", crs="EPSG:4326", at=day(2))
    both = read_store(store)
    assert both.crs == CRS
    assert np.abs(both.x - 441_000).max() < 2_000
    with pytest.raises(InputError, match="EPSG:4326"):
        ingest(source({"c": (day(1), "x")}), store, feed="degrees", at=day(3))


def test_what_is_written_comes_back_bit_by_bit(store: str) -> None:
    rng = np.random.default_rng(3)
    table = log([(f"id {k} ';--", day(1), NAT, "") for k in range(50)]).table.assign(
        category=[f"{k % 5} \"'; drop table versions; $1 %s {{}}\t\N{SNOWMAN}" for k in range(50)],
        x=rng.random(50) * 1e6,
        y=np.nextafter(rng.random(50), 2),
        position_error=np.where(rng.random(50) < 0.5, np.nan, 12.5),
        time_precision=np.where(rng.random(50) < 0.5, "day", "time"),
        discovered=pd.array(rng.choice([True, False, None], 50), "boolean"),
        source=np.where(rng.random(50) < 0.5, "=cmd()", None),
        end=day(0) + rng.integers(0, 10**12, 50).astype("timedelta64[us]"),
    )
    given = Incidents(table, CRS)
    ingest(given, store, at=day(2))
    back = read_store(store).table
    pd.testing.assert_frame_equal(
        back, given.table[back.columns], check_dtype=False, check_categorical=False, check_exact=True
    )


def test_moments_do_not_go_back_or_ahead(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, at=day(2))
    with pytest.raises(InputError, match="before the last ingest"):
        ingest(source({"a": (day(1), "y")}), store, at=day(1))
    with pytest.raises(InputError, match="future"):
        ingest(source({"a": (day(1), "y")}), store, at="2099-01-01")
    with pytest.raises(ConfigError, match="feed"):
        ingest(source({"a": (day(1), "y")}), store, feed=" ")
    assert told(read_store(store)) == {("a", str(day(1)), "NaT", "x")}
