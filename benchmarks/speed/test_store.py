"""How long does it take to bring a million new rows into an as-of store, and to read them again?

The peer writes the same rows in one go into a bare table, without versions, comparison or report.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from benchmarks.speed.city import draw
from benchmarks.speed.conftest import Peer
from hotspot.incidents import Incidents
from hotspot.io.store import ingest, read_store
from hotspot.io.store.address import parse_address
from hotspot.io.store.database import writing
from hotspot.io.store.rows import staged
from tests.io.store.server import postgresql_url, wiped

N = 1_000_000
CRS = "EPSG:26916"
NIGHT = np.datetime64("2024-01-01", "us")


def made(rows: int) -> Incidents:
    drawn = draw(rows + rows // 50)  # it gives about as many as asked
    start = NIGHT - np.timedelta64(2_000, "D") + drawn.day[:rows].astype("timedelta64[D]")
    table = pd.DataFrame({"id": [f"JF{k:08d}" for k in range(rows)], "start": start, "end": start})
    rest = {
        "known_at": start + np.timedelta64(1, "D"), "superseded_at": np.datetime64("NaT", "us"),
        "x": drawn.x[:rows], "y": drawn.y[:rows],
        "category": pd.Categorical(np.arange(rows) % 30).rename_categories(str), "position_error": np.nan,
        "time_precision": "time",
    }  # fmt: skip
    return Incidents(table.assign(**rest), CRS)


@pytest.fixture(params=["duckdb", "postgresql"])
def fresh(request, tmp_path):
    """Give the URL of an empty store, as often as asked."""
    if request.param == "duckdb":
        numbers = itertools.count()
        yield lambda: f"duckdb:///{tmp_path / f'{next(numbers)}.duckdb'}"
        return
    with postgresql_url() as (url, reason):
        if url is None:
            pytest.skip(reason)
        yield lambda: wiped(url)


def bare(store: str, incidents: Incidents) -> None:
    """Write the rows into one table."""
    with writing(parse_address(store)) as database:
        database.run("drop table if exists bare")
        database.load("rows", staged(incidents))
        database.run("create table bare as select * from rows")


def test_new_rows(race, fresh):
    incidents, plain = made(N), fresh()
    bare(plain, incidents)
    assert ingest(incidents, fresh(), at=NIGHT).new == len(incidents)
    peers = [Peer("the same rows into a bare table", lambda: bare(plain, incidents), "no versions")]
    where = plain.partition(":")[0]
    race(
        "ingest", f"{len(incidents):,} new rows, {where}", lambda: ingest(incidents, fresh(), at=NIGHT), peers, rounds=2
    )


def test_a_night(race, fresh):
    """A full export of a million rows in which a thousand have changed."""
    incidents, store = made(N), fresh()
    ingest(incidents, store, at=NIGHT, complete=True)
    nights = itertools.count(1)

    def ours():
        night = next(nights)
        x = incidents.x.copy()
        x[:1000] += night
        changed = Incidents(incidents.table.assign(x=x), CRS)
        report = ingest(changed, store, at=NIGHT + np.timedelta64(night, "D"), complete=True)
        assert (report.new, report.changed, report.unchanged) == (0, 1000, len(incidents) - 1000)

    ours()
    where = store.partition(":")[0]
    race(
        "ingest",
        f"{len(incidents):,} rows, 1,000 changed, {where}",
        ours,
        [Peer("the same rows into a bare table", lambda: bare(store, incidents), "no versions")],
        rounds=2,
    )


def test_reading(race, fresh):
    incidents, store = made(N), fresh()
    ingest(incidents, store, at=NIGHT)
    assert len(read_store(store)) == len(incidents)
    where = store.partition(":")[0]

    def rows():
        with writing(parse_address(store)) as database:
            return database.table("select * from versions").num_rows

    assert rows() == len(incidents)
    race(
        "read_store", f"{len(incidents):,} rows, {where}", lambda: read_store(store), [Peer("select *", rows)], rounds=2
    )
