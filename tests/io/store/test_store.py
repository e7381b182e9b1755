"""Reports, digests, texts a database cannot keep, points for GIS programs, and History over a store."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.io.store import content_digest, ingest, read_store
from hotspot.io.store.address import parse_address
from hotspot.io.store.database import reading
from tests.io.store.made import CRS, NAT, day, log, source

SQUARE = shapely.box(439_000, 4_639_000, 441_000, 4_641_000)


def city() -> Domain:
    return Domain.square(SQUARE, size=500, crs=CRS, time_zone="America/Chicago")


def known(incidents, at: np.datetime64, latency: str = "2D") -> set[tuple[str, str]]:
    """What a History knows."""
    table = History(city(), incidents.within(city()), latency=latency).as_of(at).incidents.table
    return set(zip(table["id"], table["category"].astype(str), strict=True))


def test_every_row_is_accounted_for(store: str, tmp_path) -> None:
    file = tmp_path / "day.csv"
    good, bad = "a,2024-03-01T07:00Z,theft,1,2", "b,2024-03-01T07:00Z,theft,far,2"
    file.write_text("\n".join(["id,start,category,x,y", good, bad]) + "\n")
    report = ingest(file, store, crs=CRS, at=day(2))
    assert report.rows_read == 2
    assert sum(report.set_aside.values()) == 1
    assert report.rows_kept == report.new == 1
    assert report.lines()[0] == "rows read: 2 = 1 kept + 1 set aside"
    assert json.loads(json.dumps(report.as_dict(), default=str))["rows_kept"] == 1
    with reading(parse_address(store)) as database:
        row = database.rows("select * from ingests")[0]
    assert row["source"] == "day.csv"
    assert len(row["sha256"]) == 64
    assert json.loads(row["set_aside"]) == dict(report.set_aside)
    assert any("set aside" in note for note in read_store(store).quality.notes)


def test_history_knows_an_archive_by_latency_until_it_is_corrected(store: str) -> None:
    """Also where the correction, or the deletion, comes before end plus latency."""
    ingest(source({"a": (NAT, "x"), "b": (NAT, "x"), "c": (NAT, "x")}), store, at=day(0.5), complete=True)
    ingest(source({"a": (NAT, "y"), "b": (NAT, "x")}), store, at=day(1), complete=True)
    ingest(source({"a": (NAT, "y"), "b": (NAT, "z")}), store, at=day(4), complete=True)
    held = read_store(store)
    assert known(held, day(0.9)) == set()
    assert known(held, day(1)) == {("a", "y")}
    assert known(held, day(3)) == {("a", "y"), ("b", "x")}
    assert known(held, day(5)) == {("a", "y"), ("b", "z")}
    exact = "1D"  # known exactly when its correction comes, by civil days
    assert known(held, day(1), exact) == {("a", "y"), ("b", "x")}


def test_a_replay_from_a_later_store_has_the_same_digest(store: str) -> None:
    ingest(source({"a": (day(1), "x"), "b": (NAT, "x"), "e": (day(1), "x")}), store, at=day(2), complete=True)
    then = content_digest(read_store(store), day(2))
    ingest(source({"a": (day(1), "y"), "c": (day(3), "x"), "e": (day(1), "x")}), store, at=day(4), complete=True)
    later = read_store(store)
    assert content_digest(later, day(2)) == then
    assert content_digest(later, day(4)) != then
    assert content_digest(later) != content_digest(later, day(3))
    ingest(source({"d": (day(1.5), "x")}), store, at=day(5))
    assert content_digest(read_store(store), day(2)) != then
    assert content_digest(read_store(store, recorded_until=day(2)), day(2)) == then
    assert content_digest(read_store(store, as_recorded=True), day(2)) == then


def test_the_digest_does_not_depend_on_order_or_absent_columns() -> None:
    given = log([("a", day(1), NAT, "x"), ("b", day(1), NAT, "y")])
    turned = Incidents(given.table.iloc[::-1].assign(source=None), CRS)
    assert content_digest(given) == content_digest(turned)
    moved = Incidents(given.table.assign(x=np.nextafter(given.x, 0)), CRS)
    assert content_digest(given) != content_digest(moved)


def test_columns_in_pieces_are_taken(store: str) -> None:
    parts = [log([(name, day(1), NAT, "x")]).table for name in "ab"]
    pieces = Incidents(pd.concat(parts, ignore_index=True), CRS)
    whole = log([("a", day(1), NAT, "x"), ("b", day(1), NAT, "x")])
    assert content_digest(pieces) == content_digest(whole)
    assert ingest(pieces, store, at=day(2)).new == 2
    assert content_digest(whole.where(id="none")) != content_digest(whole)


def test_a_text_that_postgresql_cannot_keep_changes_nothing(store: str) -> None:
    ingest(source({"a": (day(1), "x")}), store, at=day(2))
    if store.startswith("duckdb"):
        ingest(source({"a": (day(1), "nul \0 inside")}), store, at=day(3))
        assert "nul \0 inside" in set(read_store(store).category)
        return
    with pytest.raises(InputError, match="NUL"):
        ingest(source({"a": (day(1), "nul \0 inside")}), store, at=day(3))
    assert set(read_store(store).category) == {"x"}


def test_what_cannot_be_written_is_not_quoted(store: str) -> None:
    named = log([("a", day(1), NAT, "x")]).table.assign(discovered=["Jane Doe"])
    with pytest.raises(InputError, match="discovered") as told:
        ingest(Incidents(named, CRS), store, at=day(2))
    assert "Jane" not in f"{told.value} {told.value.__cause__}"


def test_gis_programs_find_the_current_incidents_as_points(postgresql: str) -> None:
    from tests.io.store.server import wiped

    store = wiped(postgresql)
    ingest(source({"a": (day(1), "x"), "b": (day(1), "x")}), store, at=day(2), complete=True)
    ingest(source({"a": (day(1), "y")}), store, at=day(3), complete=True)
    with reading(parse_address(store)) as database:
        if not database.rows("select 1 as n from pg_extension where extname = 'postgis'"):
            pytest.skip("PostGIS is not installed on this server")
        points = database.rows(
            "select id, category, ST_AsText(geom) as point, ST_SRID(geom) as srid from current_points"
        )
        layer = database.rows("select srid, type from geometry_columns where f_table_name = 'current_points'")
    assert points == [{"id": "a", "category": "y", "point": "POINT(440000 4640000)", "srid": 26916}]
    assert layer == [{"srid": 26916, "type": "POINT"}]
    row = {"id": "b", "start": "2024-03-01T00:00Z", "lon": -87.7, "lat": 41.9, "category": "x"}
    ingest(pd.DataFrame([row]), store, feed="degrees", crs="EPSG:4326", at=day(4))
    with reading(parse_address(store)) as database:
        metres = database.rows("select ST_X(geom) as x from current_points where feed = 'degrees'")[0]["x"]
    assert abs(metres - 441_937) < 1
