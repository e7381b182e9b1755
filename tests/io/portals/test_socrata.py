from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from hotspot.errors import ColumnError, ConfigError, PortalError
from hotspot.io.portals import Source, fetch
from hotspot.io.schema_files import load_schema
from tests.io.portals.conftest import hasty, rows_of, socrata_row

COLUMNS = ["case_number", "primary_type", "date", "location"]


def test_all_rows_come_once_in_the_order_of_their_ids(socrata, tmp_path):
    portal, source = socrata
    out = tmp_path / "chicago.ndjson.gz"
    result = fetch(source, out, columns=COLUMNS, options=hasty())
    rows = rows_of(out)
    assert [row[":id"] for row in rows] == [row[":id"] for row in portal.rows]
    assert set(rows[0]) == {":id", ":updated_at", *COLUMNS}
    assert rows[0]["location"] == "(41.8, -87.6)"
    record = json.loads((tmp_path / "chicago.ndjson.gz.fetch.json").read_text())
    assert record == result.record
    assert record["rows"] == record["received"] == 10
    assert record["portal_total"] == [10, 10]
    assert record["holds"] == "all"
    assert record["address"] == source.address
    assert record["newest_updated_at"] == "2024-01-01T00:00:00.000Z"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_only_named_columns_are_asked_for(socrata, tmp_path):
    portal, source = socrata
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    selects = {page["$select"] for page in portal.pages}
    assert all("beat" not in select for select in selects)
    assert portal.requests[0][2]["User-Agent"].startswith("hotspot-forecast/")


def test_a_site_that_gives_fewer_rows_than_asked_for_is_read_to_its_end(socrata, tmp_path):
    portal, source = socrata
    portal.cap = 3
    assert fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record["rows"] == 10


def test_a_missing_value_is_null_and_no_missing_column(socrata, tmp_path):
    portal, source = socrata
    del portal.rows[2]["primary_type"]
    portal.headers = False
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert rows_of(tmp_path / "a.ndjson.gz")[2]["primary_type"] is None


def test_parquet_keeps_kinds(socrata, tmp_path):
    portal, source = socrata
    for number, row in enumerate(portal.rows):
        row["beat"] = number
    fetch(source, tmp_path / "a.parquet", columns=["beat", "date"], options=hasty())
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column("beat").to_pylist() == list(range(10))
    assert table.schema.field("date").type == "string"


def test_a_schema_chooses_columns(socrata, tmp_path):
    portal, source = socrata
    portal.types = {"id": "text", "date": "floating_timestamp", "primary_type": "text", "updated_on": "text"}
    portal.rows = [
        {":id": f"row-{n}", ":updated_at": "2024", "id": n, "date": "2024-01-01T00:00:00", "primary_type": "THEFT"}
        | {"updated_on": "2024-01-05T00:00:00.000"}
        for n in range(3)
    ]
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=load_schema("chicago"), options=hasty()).record
    assert record["columns"] == [":id", "updated_on", "id", "date", "primary_type"]
    assert record["schema"] == "chicago"
    assert record["newest_updated_at"] == "2024-01-05T00:00:00.000"


def test_a_schema_of_another_dataset_is_refused(socrata, tmp_path):
    _, source = socrata
    with pytest.raises(ColumnError, match="no column for 'start'"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=load_schema("toronto"), options=hasty())


def test_without_columns_the_error_lists_what_there_is_and_what_looks_personal(socrata, tmp_path):
    portal, source = socrata
    portal.types["victim_name"] = "text"
    for row in portal.rows:
        row["victim_name"] = "Jane Roe"
    with pytest.raises(ColumnError) as caught:
        fetch(source, tmp_path / "a.ndjson.gz", options=hasty())
    assert "'primary_type' (text)\n" in str(caught.value)
    assert "'victim_name' (text): looks personal" in str(caught.value)
    assert "Jane" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_named_column_that_looks_personal_is_left_out_and_told(socrata, tmp_path):
    portal, source = socrata
    portal.types["victim_name"] = "text"
    for row in portal.rows:
        row["victim_name"] = "Jane Roe"
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=[*COLUMNS, "victim_name"], options=hasty()).record
    assert "victim_name" not in record["columns"]
    assert any("'victim_name' is left out" in note for note in record["notes"])


def test_an_unknown_column_is_told_with_the_nearest(socrata, tmp_path):
    _, source = socrata
    with pytest.raises(ColumnError, match="did you mean 'primary_type'"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=["primary_typ"], options=hasty())


def test_where_is_added_to_the_paging(socrata, tmp_path):
    portal, source = socrata
    filtered = Source("socrata", source.address, source.dataset, where="date >= '2020-01-01'", name="chicago")
    fetch(filtered, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert portal.pages[1]["$where"] == "(date >= '2020-01-01')"
    assert portal.pages[2]["$where"] == "(date >= '2020-01-01') AND :id > 'row-0003'"


def test_the_token_comes_from_the_environment_and_lands_nowhere(socrata, tmp_path, monkeypatch):
    portal, source = socrata
    monkeypatch.setenv("SOCRATA_APP_TOKEN", "s3cret-token")
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert all(headers["X-App-Token"] == "s3cret-token" for _, _, headers in portal.requests)
    assert all("s3cret" not in path.read_bytes().decode("latin-1") for path in tmp_path.iterdir())

    from tests.io.portals.fakes import status

    portal.always = status(403, body=b'{"message": "Invalid app_token s3cret-token"}')
    with pytest.raises(PortalError, match="check the token") as caught:
        fetch(source, tmp_path / "b.ndjson.gz", columns=COLUMNS, options=hasty())
    assert "s3cret" not in str(caught.value)


def test_an_id_that_is_none_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="expected an id such as"):
        fetch(Source("socrata", "https://example.org", "../x"), tmp_path / "a.ndjson.gz", columns=["a"])


def test_an_unknown_dataset_is_told(socrata, tmp_path):
    _, source = socrata
    with pytest.raises(PortalError, match=r"HTTP 404.*not found"):
        fetch(Source("socrata", source.address, "zzzz-zzzz"), tmp_path / "a.ndjson.gz", columns=["a"], options=hasty())


def test_rows_that_come_and_go_while_paging_are_reported_and_none_is_lost(socrata, tmp_path):
    portal, source = socrata

    def change(content):
        portal.rows = [row for row in portal.rows if row[":id"] != "row-0001"]
        portal.rows += [socrata_row(11), socrata_row(12)]
        return content

    portal.faults[2] = change
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    ids = [row[":id"] for row in rows_of(tmp_path / "a.ndjson.gz")]
    assert ids == [f"row-{n:04d}" for n in [*range(10), 11, 12]]
    assert record["portal_total"] == [10, 11]
    assert any("10 rows at the beginning and 11 at the end" in note for note in record["notes"])


def test_parquet_takes_every_kind_of_value(tmp_path):
    from hotspot.io.portals.drift import kinds_in
    from hotspot.io.portals.writing import as_line, read_lines, write

    names = ["whole", "large", "huge", "mixed", "flag", "nested", "empty"]
    rows = [
        {"whole": 1, "large": 2**70, "huge": 10**400, "mixed": 2, "flag": True, "nested": {"a": [1]}, "empty": None},
        {"whole": -5, "large": 1, "huge": 1, "mixed": 2.5, "flag": None, "nested": None, "empty": None},
    ]
    path = tmp_path / "a.parquet"
    assert write(path, [as_line(row, names) for row in rows], names, kinds_in(rows, names)) == 2
    back = list(read_lines(path, names))
    assert [row["whole"] for row in back] == [1, -5]
    assert [row["large"] for row in back] == [2.0**70, 1.0]
    assert [row["huge"] for row in back] == [None, 1.0]
    assert [row["mixed"] for row in back] == [2.0, 2.5]
    assert [row["flag"] for row in back] == [True, None]
    assert [row["nested"] for row in back] == ['{"a":[1]}', None]
    assert [row["empty"] for row in back] == [None, None]


def test_a_point_is_asked_for_only_where_there_are_no_coordinates():
    from hotspot.io.portals.choose import choose

    offered = {"date": "text", "primary_type": "text", "location": "point", "latitude": "number", "longitude": "number"}
    assert set(choose(load_schema("chicago"), offered).columns) == {"date", "primary_type", "latitude", "longitude"}
    del offered["latitude"]
    assert "location" in choose(load_schema("chicago"), offered).columns
