"""Any past night again, from an as-of store that was fed night by night with exports that know no versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotspot.io.store import ingest, read_store
from tests.feeds import COLUMNS, CRS, ZONE, feed, nights
from tests.io.store.server import postgresql_url, wiped
from tests.reference.remembered import Remembered
from tests.replaying import NIGHTS, Answer, answer, assert_known, assert_same, plain

SAYS = ["id", "start", "end", "category", "x", "y"]
# every eighth week, and the nights that are looked at
TIMES = np.unique(np.concatenate([nights("2023-02-01", "2024-12-29", "8W"), NIGHTS]))


def hand_in(rows: pd.DataFrame, store: str, at: np.datetime64, **more: Any) -> object:
    """Ingest an export of a night; its rows come in any order."""
    shuffled = rows.sample(frac=1, random_state=int(at.astype(int) % 2**31))
    given = {"columns": COLUMNS, "complete": True} | more
    return ingest(shuffled, store, feed="records", crs=CRS, time_zone=ZONE, at=at, **given)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL that is ours alone; skips with the reason where there is none."""
    with postgresql_url() as (url, reason):
        if url is None:
            pytest.skip(f"no PostgreSQL: {reason}")
        yield url


@pytest.fixture
def duckdb(tmp_path: Path) -> str:
    return f"duckdb:///{tmp_path / 'store.duckdb'}"


@pytest.fixture(params=["duckdb", "postgresql"])
def either(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url if request.param == "duckdb" else wiped(url)


def live_through(store: str, hand: Callable[[np.datetime64], None]) -> dict[np.datetime64, Answer]:
    """Hand in every night, and forecast on some of them from what is in the store by then."""
    lived = {}
    for night in TIMES:
        hand(night)
        if night in NIGHTS:
            lived[night] = answer(read_store(store, as_recorded=True), night)
    return lived


def assert_live(given: Answer, known: pd.DataFrame) -> None:
    """The records that stood on a night, whatever is said about when each became known."""
    truth = plain(known[known["superseded_at"].isna()])
    one, other = (table[SAYS].sort_values("id", ignore_index=True) for table in (given.live, truth))
    pd.testing.assert_frame_equal(one, other)
    assert (given.live["known_at"] <= given.at).all()


def test_exports_replay_every_night(either: str) -> None:
    lived = live_through(either, lambda night: hand_in(feed().snapshot(night), either, night, archive=False))
    final = read_store(either)
    for night, then in lived.items():
        now = answer(final, night)
        assert_same(then, now)
        assert_known(now, feed().published(TIMES).known(night))
    assert len(final) == len(feed().published(TIMES).log)


def test_a_first_export_may_be_an_archive(duckdb: str) -> None:
    """Nobody knows when its rows were known: they count from their end and the latency on."""
    lived = live_through(duckdb, lambda night: hand_in(feed().snapshot(night), duckdb, night))
    final = read_store(duckdb)
    assert 0 < np.isnat(final.known_at).sum() <= len(feed().snapshot(TIMES[0]))
    for night, then in lived.items():
        now = answer(final, night)
        assert_same(then, now)
        assert_live(now, feed().published(TIMES).known(night))


def test_exports_and_increments_replay_every_night(duckdb: str) -> None:
    """Increments do not show deletions; each fourth export is complete, and tells them."""
    reference, before = Remembered(ZONE), {night: TIMES[max(k - 1, 0)] for k, night in enumerate(TIMES)}

    def hand(night: np.datetime64) -> None:
        complete = list(TIMES).index(night) % 4 == 0
        rows = feed().snapshot(night) if complete else feed().changes(before[night], night)
        if not len(rows):  # an increment of a night in an outage
            return
        hand_in(rows, duckdb, night, complete=complete, archive=False)
        reference.ingest(rows, night, complete=complete)

    lived = live_through(duckdb, hand)
    final = read_store(duckdb)
    for night, then in lived.items():
        now = answer(final, night)
        assert_same(then, now)
        assert_known(now, reference.known(night))


def test_rows_that_say_when_they_were_reported_replay_every_night(duckdb: str) -> None:
    """The row's own moment may lie before earlier exports that did not hold it; a past night must not learn of it."""
    columns = {**COLUMNS, "known_at": "reported"}
    lived = live_through(duckdb, lambda night: hand_in(feed().snapshot(night), duckdb, night, columns=columns))
    final = read_store(duckdb, as_recorded=True)
    for night, then in lived.items():
        now = answer(final, night)
        assert_same(then, now)
        assert_live(now, feed().published(TIMES).known(night))
