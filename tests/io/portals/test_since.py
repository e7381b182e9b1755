"""What has changed since the earlier fetch: merged into a file, or as one file more in a folder."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hotspot.errors import ConfigError, PortalError
from hotspot.io.portals import fetch
from hotspot.io.portals.drift import DriftError
from hotspot.io.portals.moments import go_on_from, later, minus, parse_since
from tests.io.portals.conftest import hasty, rows_of, socrata_row

COLUMNS = ["case_number", "primary_type"]
STARTED = "2024-06-01T02:00:00Z"


def change(portal):
    """One row is corrected, one is new; the clock of the portal says when."""
    portal.rows[4] = socrata_row(4, "2024-01-02T00:00:00.000Z", primary_type="ROBBERY")
    portal.rows.append(socrata_row(10, "2024-01-03T00:00:00.000Z"))


def test_changes_are_merged_into_the_file(socrata, tmp_path):
    portal, source = socrata
    out = tmp_path / "a.ndjson.gz"
    fetch(source, out, columns=COLUMNS, since="last", options=hasty())
    change(portal)
    asked = len(portal.pages)
    record = fetch(source, out, columns=COLUMNS, since="last", options=hasty(overlap=timedelta(hours=1))).record
    rows = rows_of(out)
    assert [row[":id"] for row in rows] == [row[":id"] for row in portal.rows]
    assert rows[4]["primary_type"] == "ROBBERY"
    assert all(":updated_at >= '2023-12-31T23:00:00.000Z'" in page["$where"] for page in portal.pages[asked + 1 :])
    assert (record["received"], record["changed"], record["unchanged"], record["holds"]) == (11, 2, 9, "all")


def test_a_folder_gains_a_file_of_the_changes_alone(socrata, tmp_path):
    portal, source = socrata
    first = fetch(source, tmp_path, columns=COLUMNS, since="last", options=hasty())
    change(portal)
    second = fetch(source, tmp_path, columns=COLUMNS, since="last", options=hasty())
    third = fetch(source, tmp_path, columns=COLUMNS, since="last", options=hasty())
    assert [row[":id"] for row in rows_of(second.path)] == ["row-0004", "row-0010"]
    assert rows_of(third.path) == []
    assert [result.record["holds"] for result in (first, second, third)] == ["all", "changes", "changes"]
    assert sorted(path.name for path in tmp_path.glob("chicago-*.ndjson.gz")) == sorted(
        result.path.name for result in (first, second, third)
    )


def test_the_first_fetch_since_last_is_whole_and_says_so(socrata, tmp_path):
    _, source = socrata
    record = fetch(source, tmp_path, columns=COLUMNS, since="last", options=hasty()).record
    assert record["rows"] == 10
    assert record["notes"] == ["there is no earlier fetch: all rows are fetched"]


def test_since_a_day_asks_for_less_and_says_what_the_file_holds(socrata, tmp_path):
    portal, source = socrata
    change(portal)
    out = tmp_path / "a.ndjson.gz"
    record = fetch(source, out, columns=COLUMNS, since="2024-01-02", options=hasty()).record
    assert [row[":id"] for row in rows_of(out)] == ["row-0004", "row-0010"]
    assert record["holds"] == "changes"


def test_rows_that_the_portal_has_deleted_are_told(socrata, tmp_path):
    portal, source = socrata
    out = tmp_path / "a.ndjson.gz"
    portal.rows += [socrata_row(n) for n in range(10, 40)]
    fetch(source, out, columns=COLUMNS, options=hasty())
    del portal.rows[0]
    record = fetch(source, out, columns=COLUMNS, since="last", options=hasty()).record
    assert record["rows"] == 40
    assert any("holds 40 rows, the portal 39" in note for note in record["notes"])


def test_rows_that_were_all_numbered_anew_do_not_double(socrata, tmp_path):
    portal, source = socrata
    out = tmp_path / "a.ndjson.gz"
    fetch(source, out, columns=COLUMNS, options=hasty())
    portal.rows = [socrata_row(n + 500, "2024-01-02T00:00:00.000Z") for n in range(10)]
    with pytest.raises(PortalError, match=r"holds 20 rows, the portal 10.*numbered anew; fetch all"):
        fetch(source, out, columns=COLUMNS, since="last", options=hasty())
    assert len(rows_of(out)) == 10


def test_other_columns_than_before_are_refused(socrata, tmp_path):
    _, source = socrata
    out = tmp_path / "a.ndjson.gz"
    fetch(source, out, columns=COLUMNS, options=hasty())
    with pytest.raises(DriftError, match="'date'"):
        fetch(source, out, columns=[*COLUMNS, "date"], since="last", options=hasty())
    assert not list(tmp_path.glob(".*"))


def test_a_type_that_changed_between_two_fetches_is_refused(socrata, tmp_path):
    portal, source = socrata
    out = tmp_path / "a.ndjson.gz"
    fetch(source, out, columns=COLUMNS, options=hasty())
    portal.types["primary_type"] = "number"
    with pytest.raises(DriftError, match="'primary_type' was text and is now number"):
        fetch(source, out, columns=COLUMNS, since="last", options=hasty())
    assert len(rows_of(out)) == 10


@pytest.mark.parametrize("harm", ["content", "record", "source"])
def test_a_file_that_is_not_what_was_fetched_is_left_alone(socrata, tmp_path, harm):
    _, source = socrata
    out = tmp_path / "a.ndjson.gz"
    fetch(source, out, columns=COLUMNS, options=hasty())
    sidecar = tmp_path / "a.ndjson.gz.fetch.json"
    if harm == "content":
        out.write_bytes(b"something else")
    elif harm == "record":
        sidecar.unlink()
    else:
        sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {"dataset": "wxyz-9876"}))
    before = out.read_bytes()
    with pytest.raises(PortalError, match=r"has changed since|no record|another source"):
        fetch(source, out, columns=COLUMNS, since="last", options=hasty())
    assert out.read_bytes() == before


def test_the_next_fetch_begins_where_this_one_began_and_not_at_a_later_change():
    assert go_on_from("2024-06-01T02:30:00.000Z", STARTED) == "2024-06-01T02:00:00.000Z"
    assert go_on_from("2024-05-30T00:00:00.000Z", STARTED) == "2024-05-30T00:00:00.000Z"
    # civil time somewhere: no clock is further behind UTC than twelve hours
    assert go_on_from("2024-06-01T01:00:00.000", STARTED) == "2024-05-31T14:00:00.000"
    assert go_on_from("2024-04", STARTED) == "2024-04"
    assert go_on_from(None, STARTED) is None
    with pytest.raises(PortalError, match="expected ISO 8601"):
        go_on_from("01/02/2024", STARTED)


def test_moments():
    assert parse_since("2024-03") == "2024-03"
    assert parse_since("2024-03-01") == "2024-03-01T00:00:00.000"
    assert parse_since("2024-03-01T00:00:00+01:00") == "2024-02-29T23:00:00.000Z"
    assert minus("2024-03", timedelta(days=1)) == "2024-02"
    assert minus("2024-03-01T00:00:00.000", timedelta(days=1)) == "2024-02-29T00:00:00.000"
    assert later("2024-02", "2024-01") == "2024-02"
    assert later(None, 5) is None
    for text in ("yesterday", "2024-13", "2024-02-30' OR 1=1"):
        with pytest.raises(ConfigError, match="expected a day"):
            parse_since(text)
