"""What portals do to those who page them: each fault is told apart, and the old file stays."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Event

import pytest

from hotspot.errors import PortalError
from hotspot.io.portals import fetch
from tests.io.portals.conftest import HASTY, hasty, rows_of
from tests.io.portals.fakes import Reply, cut_short, half_json, login_page, plain, status

COLUMNS = ["case_number", "primary_type", "date"]
SECOND = 3  # the first page request is the look for personal columns


@pytest.fixture
def out(tmp_path):
    path = tmp_path / "chicago.ndjson.gz"
    path.write_bytes(b"the old file")
    return path


def expect_failure(source, out, match, **changes):
    with pytest.raises(PortalError, match=match) as caught:
        fetch(source, out, columns=COLUMNS, options=hasty(**changes))
    assert out.read_bytes() == b"the old file"
    return str(caught.value)


def same_as_undisturbed(source, out, tmp_path, portal, **changes):
    record = fetch(source, out, columns=COLUMNS, options=hasty(**changes)).record
    portal.faults, portal.always = {}, None
    fetch(source, tmp_path / "calm.ndjson.gz", columns=COLUMNS, options=hasty())
    assert out.read_bytes() == (tmp_path / "calm.ndjson.gz").read_bytes()
    return record


@pytest.mark.parametrize("fault", [status(500), status(503), cut_short, half_json, status(429, {"Retry-After": "0"})])
def test_a_passing_fault_is_tried_again(socrata, out, tmp_path, fault):
    portal, source = socrata
    portal.faults[SECOND] = fault
    record = same_as_undisturbed(source, out, tmp_path, portal)
    assert record["duplicate_rows"] == 0


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        (status(500), "HTTP 500 after 3 tries"),
        (cut_short, "cut off.*tried 3 times"),
        (half_json, "no whole JSON; tried 3 times"),
        (login_page, "a web page instead of data"),
        (status(302, {"Location": "file:///etc/passwd"}), "redirects to file:///etc/passwd; expected the same scheme"),
        (status(302, {"Location": "https://elsewhere.example/x"}), "redirects to https://elsewhere.example/x"),
        (status(200, body=b"{}"), "expected a list of rows"),
        (status(200, body=b"[" * 100_000), "no whole JSON"),
        (status(400, body=b'{"message": "bad \x1b[31m query"}'), "refused with HTTP 400"),
    ],
)
def test_a_lasting_fault_says_what_is_kept_and_how_to_go_on(socrata, out, tmp_path, fault, match):
    portal, source = socrata
    portal.faults.update(dict.fromkeys(range(SECOND, SECOND + 3), fault))
    message = expect_failure(source, out, match)
    assert "4 rows of about 10 on 1 pages are kept in" in message
    assert "--restart" in message
    assert "\x1b" not in message
    asked = len(portal.pages)
    portal.faults = {}
    fetch(source, out, columns=COLUMNS, options=hasty())
    assert [row[":id"] for row in rows_of(out)] == [f"row-{n:04d}" for n in range(10)]
    assert "row-0003" in portal.pages[asked]["$where"]  # goes on behind the first page
    assert not list(tmp_path.glob(".*"))


def test_retry_after_is_waited_for(socrata, out):
    portal, source = socrata
    portal.faults[SECOND] = status(429, {"Retry-After": "1"})
    fetch(source, out, columns=COLUMNS, options=hasty())
    gaps = [second - first for first, second in zip(portal.times, portal.times[1:], strict=False)]
    assert max(gaps) >= 1.0


def test_a_retry_after_of_hours_is_no_reason_to_come_back_too_early(socrata, out):
    portal, source = socrata
    portal.faults[SECOND] = status(429, {"Retry-After": "7200"})
    expect_failure(source, out, "asks to wait 7200 s")
    assert len(portal.pages) == SECOND


def test_requests_keep_their_distance(socrata, out):
    portal, source = socrata
    fetch(source, out, columns=COLUMNS, options=hasty(manners=replace(HASTY, pause=0.05)))
    # a busy machine may receive one late, and the next soon after it; together they cannot come too early
    assert len(portal.times) > 5
    assert portal.times[-1] - portal.times[0] > 0.04 * (len(portal.times) - 1)


def test_a_silent_portal_is_given_up(socrata, out):
    portal, source = socrata
    release = Event()
    portal.faults.update(dict.fromkeys(range(SECOND, SECOND + 9), lambda content: release.wait(5)))
    begin = time.monotonic()
    expect_failure(source, out, "no answer within 0 s, tried 3 times", manners=replace(HASTY, timeout=0.1))
    release.set()
    assert time.monotonic() - begin < 3


def test_a_dripping_portal_is_given_up(socrata, out):
    portal, source = socrata

    def drip(content):
        portal.slow = 0
        raise Reply(200, b" " * 50, {"Content-Length": "100000000"})

    portal.faults.update(dict.fromkeys(range(SECOND, SECOND + 9), drip))
    expect_failure(source, out, "cut off", manners=replace(HASTY, timeout=0.1))


def test_an_endless_answer_is_cut(socrata, out):
    portal, source = socrata
    portal.faults[SECOND] = status(200, body=b"[" + b" " * 300_000)
    expect_failure(source, out, "larger than 100,000 bytes", manners=replace(HASTY, max_bytes=100_000))


def test_a_page_that_comes_twice_is_asked_for_again(socrata, out, tmp_path):
    portal, source = socrata
    first = []
    portal.faults[2] = lambda content: first.append(content) or content
    portal.faults[SECOND] = lambda content: first[0]
    record = same_as_undisturbed(source, out, tmp_path, portal)
    assert record["repeated_pages"] == 1
    assert record["duplicate_rows"] == 4


def test_endless_repetition_stops(socrata, out):
    portal, source = socrata
    first = []
    portal.faults[2] = lambda content: first.append(content) or content
    portal.faults.update({number: lambda content: first[0] for number in range(SECOND, 50)})
    expect_failure(source, out, "3 times in sequence only rows that it had given before")
    assert len(portal.pages) == 5


def drop_rows(content):
    return [], content[1]


def test_a_page_that_is_empty_too_early_is_no_end(socrata, out):
    portal, source = socrata
    portal.faults[SECOND] = drop_rows
    expect_failure(source, out, "4 rows came, 10 were promised")
    portal.faults = {}
    fetch(source, out, columns=COLUMNS, options=hasty(restart=True))
    assert len(rows_of(out)) == 10


class TestChangedColumns:
    def new_column(self, content):
        return [{**row, "ward": "7"} for row in content[0]], content[1]

    def changed_type(self, content):
        return [{**row, "date": 20240101} for row in content[0]], content[1]

    def told_type(self, content):
        return content[0], content[1] | {"X-SODA2-Types": '["system", "system", "text", "text", "number"]'}

    @pytest.mark.parametrize(
        ("change", "match"),
        [
            ("new_column", "page 2: columns are not as before: new column 'ward'"),
            ("changed_type", "column 'date' held text and now holds number"),
            ("told_type", "column 'date' was floating_timestamp and is now number"),
        ],
    )
    def test_are_refused_with_their_names(self, socrata, out, change, match):
        portal, source = socrata
        portal.faults[SECOND] = getattr(self, change)
        message = expect_failure(source, out, match)
        assert "4 rows of about 10 on 1 pages are kept" in message

    def test_a_column_that_is_gone_is_named_and_the_rest_comes_when_accepted(self, socrata, out):
        portal, source = socrata

        def drop(content):
            del portal.types["primary_type"]
            raise Reply(400, b'{"message": "No such column: primary_type"}')

        portal.faults[SECOND] = drop
        expect_failure(source, out, "missing column 'primary_type'")
        portal.types["primary_type"] = "text"
        portal.faults[len(portal.pages) + 1] = drop
        record = fetch(source, out, columns=COLUMNS, options=hasty(accept_changes=True)).record
        assert [row["primary_type"] for row in rows_of(out)] == ["THEFT"] * 4 + [None] * 6
        assert any("missing column 'primary_type'; accepted" in note for note in record["notes"])

    def test_a_new_column_is_left_out_when_accepted(self, socrata, out, tmp_path):
        portal, source = socrata
        portal.faults[SECOND] = self.new_column
        record = same_as_undisturbed(source, out, tmp_path, portal, accept_changes=True)
        assert record["notes"] == ["page 2: new column 'ward'; accepted"]

    def test_a_portal_without_columns_in_its_headers_is_watched_by_its_values(self, socrata, out):
        portal, source = socrata
        portal.headers = False
        portal.faults[SECOND] = lambda content: [{**row, "date": {"a": 1}} for row in plain(content)]
        expect_failure(source, out, "column 'date' held text and now holds nested")


def test_an_empty_portal_gives_an_empty_file(socrata, tmp_path):
    portal, source = socrata
    portal.rows = []
    record = fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty()).record
    assert rows_of(tmp_path / "a.ndjson.gz") == []
    assert record["notes"] == ["the portal gives no rows"]


def test_a_portal_that_is_suddenly_empty_does_not_empty_the_file(socrata, tmp_path):
    portal, source = socrata
    path = tmp_path / "a.ndjson.gz"
    fetch(source, path, columns=COLUMNS, options=hasty())
    portal.rows = []
    with pytest.raises(PortalError, match="gives no rows, the file has 10"):
        fetch(source, path, columns=COLUMNS, options=hasty())
    assert len(rows_of(path)) == 10


def test_a_portal_that_is_not_there_is_told(tmp_path, socrata):
    _, source = socrata
    gone = replace(source, address="http://127.0.0.1:9")
    with pytest.raises(PortalError, match="cannot be reached, tried 3 times"):
        fetch(gone, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())


def test_two_fetches_to_one_file_do_not_mix(socrata, tmp_path):
    from hotspot.io.portals.spool import Spool

    _, source = socrata
    busy = Spool(tmp_path / ".a.ndjson.gz.partial")
    try:
        with pytest.raises(PortalError, match="another fetch is writing here"):
            fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    finally:
        busy.close()


def test_an_unfinished_fetch_with_another_question_is_not_continued(socrata, tmp_path):
    portal, source = socrata
    portal.faults.update(dict.fromkeys(range(SECOND, SECOND + 3), status(500)))
    with pytest.raises(PortalError, match="HTTP 500"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    with pytest.raises(PortalError, match="another question"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=["date"], options=hasty())
    fetch(source, tmp_path / "a.ndjson.gz", columns=["date"], options=hasty(restart=True))
    assert len(rows_of(tmp_path / "a.ndjson.gz")) == 10


def test_a_damaged_spool_is_told_and_can_be_left_behind(socrata, tmp_path):
    _, source = socrata
    (tmp_path / ".a.ndjson.gz.partial").write_bytes(b"no database, but long enough to be taken for one" * 40)
    with pytest.raises(PortalError, match=r"damaged.*--restart"):
        fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty())
    fetch(source, tmp_path / "a.ndjson.gz", columns=COLUMNS, options=hasty(restart=True))
    assert len(rows_of(tmp_path / "a.ndjson.gz")) == 10


def test_halves_of_characters_and_endless_numbers_do_no_harm(socrata, tmp_path):
    portal, source = socrata
    body = b'[{":id": "row-0001", "case_number": "\\ud800x", "beat": 1e999}]'
    portal.faults[1] = status(200, body=body)
    portal.faults[2] = status(200, body=body)
    portal.rows = portal.rows[:1]
    portal.rows[0][":id"] = "row-0001"
    fetch(source, tmp_path / "a.ndjson.gz", columns=["case_number", "beat"], options=hasty())
    assert rows_of(tmp_path / "a.ndjson.gz")[0]["case_number"] == "?x"
    assert rows_of(tmp_path / "a.ndjson.gz")[0]["beat"] is None


def test_a_full_disk_is_told_and_what_came_is_kept(socrata, out, monkeypatch):
    _, source = socrata

    def full(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hotspot.io.portals.writing._write_lines", full)
        message = expect_failure(source, out, "cannot be written.*No space left")
    assert "10 rows of about 10" in message
    fetch(source, out, columns=COLUMNS, options=hasty())
    assert len(rows_of(out)) == 10
