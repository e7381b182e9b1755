from __future__ import annotations

import pytest

from hotspot.errors import ConfigError, PortalError
from hotspot.io.portals import Source, fetch
from hotspot.io.portals.drift import DriftError
from tests.io.portals.conftest import hasty, rows_of
from tests.io.portals.fakes import RESOURCE, Reply, half_json

COLUMNS = ["OFFENSE", "OCCURRED"]


def ids(path):
    return [row["_id"] for row in rows_of(path)]


def test_all_rows_come_and_only_named_columns_are_asked_for(ckan, tmp_path):
    portal, source = ckan
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    assert ids(tmp_path / "a.ndjson.gz") == list(range(1, 11))
    assert record["columns"] == ["_id", *COLUMNS]
    assert {page["fields"] for page in portal.pages} == {"_id,OFFENSE,OCCURRED"}
    assert record["types"] == {"_id": "int", "OFFENSE": "text", "OCCURRED": "timestamp"}


def test_rows_that_vanish_before_the_offset_push_none_past_it(ckan, tmp_path):
    portal, source = ckan

    def shrink(content):
        del portal.rows[:2]
        return portal.content("/api/3/action/datastore_search", portal.pages[-1])[1]

    portal.faults[3] = shrink
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    assert ids(tmp_path / "a.ndjson.gz") == list(range(1, 11))
    assert record["portal_total"] == [10, 8]
    assert any("10 rows at the beginning and 8 at the end" in note for note in record["notes"])


def test_rows_that_vanish_behind_the_offset_are_no_fault(ckan, tmp_path):
    portal, source = ckan

    def shrink(content):
        del portal.rows[-2:]
        return portal.content("/api/3/action/datastore_search", portal.pages[-1])[1]

    portal.faults[4] = shrink
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert ids(tmp_path / "a.ndjson.gz") == list(range(1, 9))


def test_a_table_that_is_being_replaced_is_not_paged_on(ckan, tmp_path):
    portal, source = ckan

    def replace_table(content):
        del portal.rows[2:]
        return portal.content("/api/3/action/datastore_search", portal.pages[-1])[1]

    portal.faults[3] = replace_table
    with pytest.raises(PortalError, match=r"the table is being replaced.*--restart"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_rows_that_come_while_paging_are_taken_along(ckan, tmp_path):
    portal, source = ckan

    def grow(content):
        portal.rows.append(portal.rows[-1] | {"_id": 11})
        return content

    portal.faults[3] = grow
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    assert ids(tmp_path / "a.ndjson.gz") == list(range(1, 12))
    assert record["portal_total"] == [10, 11]


def test_a_page_that_comes_twice_is_asked_for_again(ckan, tmp_path):
    portal, source = ckan
    first = []
    portal.faults[2] = lambda content: first.append(content) or content
    portal.faults[3] = lambda content: first[0]
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    assert ids(tmp_path / "a.ndjson.gz") == list(range(1, 11))
    assert record["repeated_pages"] == 1


def test_an_empty_page_before_the_end_is_no_end(ckan, tmp_path):
    portal, source = ckan
    portal.faults[3] = lambda content: {"success": True, "result": content["result"] | {"records": []}}
    with pytest.raises(PortalError, match="empty at 4 of 10 rows"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_a_broken_page_is_tried_again(ckan, tmp_path):
    portal, source = ckan
    portal.faults[3] = half_json
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    assert ids(tmp_path / "a.ndjson.gz") == list(range(1, 11))


def test_changes_come_newest_first_until_they_are_old(ckan, tmp_path):
    portal, source = ckan
    clocked = Source("ckan", source.address, RESOURCE, name="boston", updated_at="CHANGED")
    out = tmp_path / "a.ndjson.gz"
    fetch(clocked, out, columns=COLUMNS, options=hasty())
    portal.rows[3] |= {"OFFENSE": "Robbery", "CHANGED": "2024-03-01T00:00:00"}
    asked = len(portal.pages)
    record = fetch(clocked, out, columns=COLUMNS, since="last", options=hasty()).record
    assert len(portal.pages) - asked == 2  # the look for personal columns, and one page of ten rows
    assert portal.pages[-1]["sort"] == '"CHANGED" desc, _id'
    assert record["changed"] == 1
    assert rows_of(out)[3]["OFFENSE"] == "Robbery"
    assert len(rows_of(out)) == 10


def test_changes_by_a_column_of_texts_are_refused(ckan, tmp_path):
    portal, source = ckan
    portal.types["CHANGED"] = "text"
    clocked = Source("ckan", source.address, RESOURCE, name="boston", updated_at="CHANGED")
    with pytest.raises(ConfigError, match="'CHANGED' is text; changes since a moment need a timestamp"):
        fetch(clocked, tmp_path / "a.ndjson.gz", columns=COLUMNS, since="2024-01-01", options=hasty())
    assert list(tmp_path.iterdir()) == []


def test_a_column_that_vanishes_while_paging_is_named(ckan, tmp_path):
    portal, source = ckan

    def drop(content):
        del portal.types["OFFENSE"]
        raise Reply(409, b'{"success": false, "error": {}}')

    portal.faults[3] = drop
    with pytest.raises(DriftError, match="missing column 'OFFENSE'"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_a_row_without_a_column_is_a_changed_schema(ckan, tmp_path):
    portal, source = ckan

    def strip(content):
        del content["result"]["records"][1]["OFFENSE"]
        return content

    portal.faults[3] = strip
    with pytest.raises(DriftError, match="missing column 'OFFENSE'"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_no_success_is_told(ckan, tmp_path):
    _, source = ckan
    other = Source("ckan", source.address, RESOURCE.replace("1", "2"))
    with pytest.raises(PortalError, match="Resource was not found"):
        fetch(other, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    with pytest.raises(ConfigError, match="takes no `where`"):
        fetch(Source("ckan", source.address, RESOURCE, where="a=1"), tmp_path / "a.ndjson.gz", columns=COLUMNS)
