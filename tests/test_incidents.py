"""Incidents: the table of versions, its checks, and what is set aside on the way into a domain."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.history import History
from hotspot.incidents import Incidents, QualityReport, join_incidents
from tests import worlds

SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.booleans())
def test_the_order_of_the_rows_means_nothing(seed: int, versions: bool) -> None:
    rng = np.random.default_rng(seed)
    rows = worlds.table(rng, versions=versions)
    rows["known_at"] = rows["known_at"].dt.ceil("2D")  # many rows become known at once
    rows = rows.drop_duplicates(["id", "known_at"])
    shuffled = rows.iloc[rng.permutation(len(rows))]
    pd.testing.assert_frame_equal(worlds.incidents(rows).table, worlds.incidents(shuffled).table)


@given(SEEDS)
def test_one_version_of_an_id_is_current_at_any_time(seed: int) -> None:
    rows = worlds.table(np.random.default_rng(seed))
    table = worlds.incidents(rows).table
    for _, versions in table.groupby("id"):
        known, superseded = versions["known_at"].to_numpy(), versions["superseded_at"].to_numpy()
        np.testing.assert_array_equal(superseded[:-1], known[1:])
        assert np.isnat(superseded[-1])


def test_a_given_end_of_a_version_is_kept_and_a_later_version_can_only_shorten_it() -> None:
    rows = worlds.table(np.random.default_rng(1), 3, versions=False)
    day = np.timedelta64(1, "D")
    known = worlds.BASE + np.array([0, 4, 8]) * day
    rows = rows.assign(id="a", known_at=known, superseded_at=[known[0] + day, known[2] + day, np.datetime64("NaT")])
    table = worlds.incidents(rows).table
    # the first was deleted before the second came; the second gave way to the third
    assert list(table["superseded_at"]) == [known[0] + day, known[2], pd.NaT]


def test_versions_of_unknown_date_supersede_nothing() -> None:
    rows = worlds.table(np.random.default_rng(1), 3, versions=False)
    rows = rows.assign(id=["a", "a", "b"], known_at=[worlds.BASE, worlds.NAT, worlds.NAT])
    assert np.isnat(worlds.incidents(rows).superseded_at).all()


def test_columns_as_arrays() -> None:
    incidents = worlds.incidents(worlds.table(np.random.default_rng(0)))
    assert incidents.start.dtype == np.dtype("datetime64[us]")
    assert incidents.x.shape == (len(incidents),)
    assert incidents.categories == ("burglary", "theft")
    with pytest.raises(AttributeError, match="attribute or column 'discovered'"):
        _ = incidents.discovered


def test_a_copy_through_pickle_is_the_same() -> None:
    incidents = worlds.incidents(worlds.table(np.random.default_rng(0)))
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(incidents)).table, incidents.table)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("start", worlds.NAT, "1 rows lack start"),
        ("x", np.nan, "1 rows lack x"),
        ("category", None, "1 rows lack category"),
        ("end", np.datetime64("2001-01-01"), "end before they start"),
    ],
)
def test_rows_that_no_history_can_use_are_refused(column: str, value: object, message: str) -> None:
    rows = worlds.table(np.random.default_rng(0))
    rows.loc[3, column] = value
    with pytest.raises(InputError, match=message):
        worlds.incidents(rows)


def test_a_missing_column_a_zone_and_a_double_version_are_refused() -> None:
    rows = worlds.table(np.random.default_rng(0))
    with pytest.raises(InputError, match="lacks columns \\['category'\\]"):
        worlds.incidents(rows.drop(columns="category"))
    with pytest.raises(InputError, match="expected naive UTC"):
        worlds.incidents(rows.assign(start=rows["start"].dt.tz_localize("UTC")))
    with pytest.raises(InputError, match="same id and known_at"):
        worlds.incidents(pd.concat([rows, rows.tail(1).assign(x=430_100.0)]))


def test_where_and_between() -> None:
    incidents = worlds.incidents(worlds.table(np.random.default_rng(0)))
    burglary = incidents.where(category="burglary")
    assert set(burglary.category) == {"burglary"}
    assert len(burglary) + len(incidents.where(category=["theft"])) == len(incidents)
    assert len(incidents.where(incidents.x > 430_500)) == (incidents.x > 430_500).sum()
    some = incidents.between("2024-03-05", "2024-03-06")
    assert ((some.start >= np.datetime64("2024-03-05")) & (some.start < np.datetime64("2024-03-06"))).all()
    zoned = incidents.between(pd.Timestamp("2024-03-04 18:00", tz="America/Chicago"), pd.Timestamp("2024-03-06"))
    pd.testing.assert_frame_equal(zoned.table, some.table)
    with pytest.raises(InputError, match="expected ISO text"):
        incidents.between("yesterday", "2024-03-06")
    with pytest.raises(InputError, match="did you mean 'burglary'"):
        incidents.where(category="burglarly")
    with pytest.raises(InputError, match="did you mean 'category'"):
        incidents.where(categori="theft")
    with pytest.raises(InputError, match="mask has shape"):
        incidents.where([True])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:26971", worlds.CRS])
def test_within_reprojects_and_counts_what_lies_outside(crs: str) -> None:
    rows = worlds.table(np.random.default_rng(0), versions=False)
    rows.loc[:4, "x"] += 5_000
    x, y = pyproj.Transformer.from_crs(worlds.CRS, crs, always_xy=True).transform(rows["x"], rows["y"])
    incidents = Incidents(rows.assign(x=x, y=y), crs)
    inside = incidents.within(worlds.domain())
    expected = worlds.incidents(rows[5:])
    assert inside.crs == worlds.CRS
    assert inside.quality.set_aside == {"outside the boundary": 5}
    assert inside.quality.rows_kept == len(inside) == len(rows) - 5
    np.testing.assert_allclose(inside.x, expected.x, atol=1e-3)
    again = inside.within(worlds.domain())
    assert again.quality == inside.quality


def test_within_says_so_when_nothing_is_inside() -> None:
    rows = worlds.table(np.random.default_rng(0))
    with pytest.raises(InputError, match=r"none of \d+ rows lie inside the boundary"):
        worlds.incidents(rows.assign(x=rows["y"], y=rows["x"])).within(worlds.domain())
    assert len(worlds.incidents(rows[:0]).within(worlds.domain())) == 0


def test_points_for_a_map() -> None:
    incidents = worlds.incidents(worlds.table(np.random.default_rng(0)))
    frame = incidents.to_geodataframe()
    assert frame.crs == worlds.CRS
    np.testing.assert_array_equal(frame.geometry.x, incidents.x)
    assert "x" not in frame


def test_a_report_adds_up_and_repeats_nothing() -> None:
    report = QualityReport(10).without("late", 2).without("late", 1).without("never", 0)
    report = report.noting("two blanks").noting("two blanks")
    assert report.rows_kept == 7
    assert report.lines() == ["rows read: 10", "rows kept: 7", "set aside, late: 3", "two blanks"]


def test_feeds_are_joined_and_can_be_told_apart() -> None:
    rng = np.random.default_rng(0)
    records, calls = worlds.table(rng, 40), worlds.table(rng, 30)
    flags = pd.array(rng.choice([True, False, None], len(calls)), dtype="boolean")
    feeds = {
        "records": worlds.incidents(records),
        "calls": worlds.incidents(calls.assign(discovered=flags, source="911")),
    }
    both = join_incidents(feeds)
    assert len(both) == len(records) + len(calls)
    for name, feed in feeds.items():
        part = both.where(source=name)
        columns = ["start", "end", "known_at", "superseded_at", "x", "y"]
        pd.testing.assert_frame_equal(
            part.table.sort_values("id")[columns].reset_index(drop=True),
            feed.table.assign(id=name + ":" + feed.table["id"]).sort_values("id")[columns].reset_index(drop=True),
        )
        assert set(part.id) == {f"{name}:{i}" for i in feed.id}
    assert both.table["discovered"].dtype == "boolean"
    assert both.where(source="records").table["discovered"].isna().all()
    for flag in (True, False):
        assert len(both.where(discovered=flag)) == (flags == flag).sum()
    assert both.categories == ("burglary", "theft")
    assert len(both.where(source=["records", "calls"], category="theft")) == (both.category == "theft").sum()
    past = History(worlds.domain(), both).as_of("2024-04-01")  # equal ids of two feeds do not supersede each other
    alone = [History(worlds.domain(), feed).as_of("2024-04-01") for feed in feeds.values()]
    start, end = np.array(["2024-02-01", "2024-05-01"], "datetime64[us]").reshape(2, 1)
    np.testing.assert_allclose(past.mass(start, end), sum(one.mass(start, end) for one in alone))


def test_reports_of_feeds_add_up() -> None:
    rows = worlds.table(np.random.default_rng(0), versions=False)
    away = rows.copy()
    away.loc[:4, "x"] += 50_000
    plain = worlds.incidents(away).within(worlds.domain())
    noted = Incidents(rows, worlds.CRS, QualityReport(len(rows) + 2, {"missing start": 2}, ("one blank",)))
    both = join_incidents({"records": plain, "calls": noted}).quality
    assert both.rows_read == 2 * len(rows) + 2
    assert both.set_aside == {"outside the boundary": 5, "missing start": 2}
    assert both.notes == ("calls: one blank",)
    assert both.aside is None  # one feed only counted
    twice = join_incidents({"a": plain, "b": plain}).quality
    assert twice.set_aside == {"outside the boundary": 10}
    if plain.quality.aside is not None:
        assert len(twice.aside) == 10


def test_feeds_that_cannot_be_joined_are_refused() -> None:
    incidents = worlds.incidents(worlds.table(np.random.default_rng(0)))
    elsewhere = Incidents(incidents.table, "EPSG:26971")
    with pytest.raises(InputError, match="got no feed"):
        join_incidents({})
    for name in ("", "a:b", 3):
        with pytest.raises(InputError, match="expected a word without a colon"):
            join_incidents({name: incidents})
    with pytest.raises(
        InputError, match=r"'a' in EPSG:26916, 'b' in EPSG:26971; expected one CRS; call incidents\.within"
    ):
        join_incidents({"a": incidents, "b": elsewhere})


@pytest.mark.parametrize("flags", [[True, False], [True, None], [1.0, np.nan], [0, 1]])
def test_discovered_is_a_flag_that_may_be_missing(flags: list[object]) -> None:
    rows = worlds.table(np.random.default_rng(0), 2, versions=False)
    incidents = worlds.incidents(rows.assign(discovered=flags))
    assert incidents.table["discovered"].dtype == "boolean"
    told = [flag == 1 for flag in flags if not pd.isna(flag)]
    assert incidents.table["discovered"].dropna().sum() == sum(told)


def test_a_time_of_discovery_is_no_flag() -> None:
    rows = worlds.table(np.random.default_rng(0), 2, versions=False)
    for column in (rows["start"], ["yes", "no"]):
        with pytest.raises(InputError, match=r"discovered is .*; expected true where an officer"):
            worlds.incidents(rows.assign(discovered=column))
