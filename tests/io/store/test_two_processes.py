"""A store between processes: killed at any moment, written by two, read while it is written."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from hotspot.errors import HotspotError
from hotspot.io.store import ingest, read_store
from hotspot.io.store.address import parse_address
from hotspot.io.store.database import writing
from tests.io.store.made import day, live, source, told
from tests.io.store.workers import hand_in_many, hand_in_often, many

ROWS = 6_000


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that have imported everything when they start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.io.store.workers"])
    return context


def test_a_kill_at_any_moment_leaves_all_or_nothing(store: str, processes: ForkServerContext) -> None:
    """Killed at once, in the middle and late: the store is as before or as after, and the next attempt completes."""
    before, after = many(ROWS, "x"), many(ROWS, "y")
    begin = time.perf_counter()
    ingest(before, store, at=day(2), complete=True)
    took = time.perf_counter() - begin
    for number, share in enumerate(np.random.default_rng(7).uniform(0, 1.2, 3)):
        held, at = told(read_store(store)), 3 + number
        wanted = after if number % 2 == 0 else before
        category, ready = str(wanted.category[0]), processes.Event()
        killed = processes.Process(target=hand_in_many, args=(store, ROWS, category, at, ready))
        killed.start()
        assert ready.wait(60)
        time.sleep(share * took)
        killed.kill()
        killed.join()
        now = read_store(store)
        done = live(now, day(at)) == {(name, category) for name in wanted.id}
        assert done or told(now) == held
        again = ingest(wanted, store, at=day(at), complete=True)
        assert again.repeated == done
        assert live(read_store(store), day(at)) == {(name, category) for name in wanted.id}
        assert len(read_store(store)) == ROWS * (number + 2)


def test_two_writers_lose_nothing(store: str, processes: ForkServerContext) -> None:
    times, begin = 6, processes.Barrier(2)
    writers = [processes.Process(target=hand_in_often, args=(store, name, times, begin)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0
    now = read_store(store)
    own = {row for row in told(now) if row[0] != "both"}
    assert {row[0] for row in own} == {f"{name}{number}" for name in "ab" for number in range(times)}
    both = now.where(id="both")
    assert len(both) == 2 * times
    assert np.isnat(both.superseded_at).sum() == 1
    assert (both.superseded_at[:-1] == both.known_at[1:]).all()


def test_a_writer_that_waits_too_long_says_so(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, at=day(2))
    with writing(parse_address(store)), pytest.raises(HotspotError, match="another process has been writing"):
        ingest(source({"a": (day(1), "y")}), store, at=day(3), wait=0.2)
    assert live(read_store(store), day(3)) == {("a", "x")}
    ingest(source({"a": (day(1), "y")}), store, at=day(3))
    assert live(read_store(store), day(3)) == {("a", "y")}


def fail_on_the_way(store: str) -> None:
    with writing(parse_address(store)) as database:
        database.run("delete from versions")
        database.run("select no_such_thing")


def test_a_fault_on_the_way_changes_nothing(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, at=day(2))
    before = told(read_store(store))
    with pytest.raises(HotspotError):
        fail_on_the_way(store)
    assert told(read_store(store)) == before


def test_readers_of_postgresql_see_the_old_state(postgresql: str) -> None:
    ingest(source({"seen": (day(1), "x")}), postgresql, feed="readers", at=day(2))
    with writing(parse_address(postgresql)) as database:
        database.run("update versions set category = 'written' where feed = 'readers'")
        assert live(read_store(postgresql, feed="readers", wait=1), day(3)) == {("seen", "x")}
    assert live(read_store(postgresql, feed="readers"), day(3)) == {("seen", "written")}


def test_readers_of_a_file_wait(tmp_path: Path) -> None:
    store = f"duckdb:///{tmp_path}/s.duckdb"
    ingest(source({"a": (day(1), "x")}), store, at=day(2))
    with FileLock(tmp_path / "s.duckdb.lock"), pytest.raises(HotspotError, match="wait for it"):
        read_store(store, wait=0.1)
    assert len(read_store(store)) == 1
