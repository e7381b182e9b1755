"""Kill a fetch at any page, go on, and get the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotspot.io.portals import fetch
from tests.io.portals.conftest import hasty, socrata_row

COLUMNS = ["case_number", "primary_type", "date"]
SCRIPT = """
import sys
from hotspot.io.portals import Manners, Options, Source, fetch
address, dataset, out, since = sys.argv[1:]
manners = Manners(pause=0.0, timeout=5.0, tries=2, backoff=0.0)
fetch(Source("socrata", address, dataset, name="chicago"), out, columns=["case_number", "primary_type", "date"],
      since=since or None, options=Options(page_size=4, manners=manners))
"""


def killed_after(portal, source, out: Path, pages: int, since: str = "") -> None:
    """Run a fetch in a process of its own and kill it while it waits for a page."""
    asked = len(portal.pages)
    command = [sys.executable, "-c", SCRIPT, source.address, source.dataset, str(out), since]
    process = subprocess.Popen(command, env=os.environ | {"NO_PROXY": "127.0.0.1"})
    end = time.monotonic() + 60
    while len(portal.pages) < asked + pages and time.monotonic() < end:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(portal.pages) >= asked + pages


def timeless(record: Path) -> dict[str, object]:
    content = json.loads(record.read_text())
    return {name: value for name, value in content.items() if name not in ("started", "finished")}


@pytest.mark.parametrize("suffix", ["ndjson.gz", "parquet"])
def test_a_fetch_that_was_killed_goes_on_and_ends_with_the_same_bytes(socrata, tmp_path, suffix):
    portal, source = socrata
    portal.rows = [socrata_row(number) for number in range(30)]
    whole, broken = tmp_path / f"whole.{suffix}", tmp_path / f"broken.{suffix}"
    fetch(source, whole, columns=COLUMNS, options=hasty())
    portal.slow = 0.03
    killed_after(portal, source, broken, pages=5)
    assert not broken.exists()
    assert (tmp_path / f".broken.{suffix}.partial").exists()
    portal.slow = 0.0
    asked = len(portal.pages)
    fetch(source, broken, columns=COLUMNS, options=hasty())
    assert len(portal.pages) - asked < 8
    assert broken.read_bytes() == whole.read_bytes()
    assert timeless(tmp_path / f"broken.{suffix}.fetch.json") == timeless(tmp_path / f"whole.{suffix}.fetch.json")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_merge_that_was_killed_goes_on(socrata, tmp_path):
    portal, source = socrata
    whole, broken = tmp_path / "whole.ndjson.gz", tmp_path / "broken.ndjson.gz"
    for out in (whole, broken):
        fetch(source, out, columns=COLUMNS, options=hasty())
    old = broken.read_bytes()
    portal.rows = [socrata_row(n, "2024-01-02T00:00:00.000Z", primary_type="ROBBERY") for n in range(0, 30)]
    fetch(source, whole, columns=COLUMNS, since="last", options=hasty())
    portal.slow = 0.03
    killed_after(portal, source, broken, pages=4, since="last")
    assert broken.read_bytes() == old
    portal.slow = 0.0
    fetch(source, broken, columns=COLUMNS, since="last", options=hasty())
    assert broken.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("step", ["write", "write_record", "discard"])
def test_a_kill_between_the_last_steps_leaves_nothing_that_blocks(socrata, tmp_path, monkeypatch, step):
    """The file, its record and the end of the spool are three steps; after each the same command mends all."""
    portal, source = socrata
    whole, out = tmp_path / "whole.ndjson.gz", tmp_path / "a.ndjson.gz"
    fetch(source, out, columns=COLUMNS, since="last", options=hasty())
    portal.rows.append(socrata_row(10, "2024-01-03T00:00:00.000Z"))
    fetch(source, whole, columns=COLUMNS, options=hasty())

    class Killed(BaseException):
        pass

    def killed(*arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        room = "fetching" if step == "discard" else "landing"
        patch.setattr(f"hotspot.io.portals.{room}.{step}", killed)
        with pytest.raises(Killed):
            fetch(source, out, columns=COLUMNS, since="last", options=hasty())
    fetch(source, out, columns=COLUMNS, since="last", options=hasty())
    assert out.read_bytes() == whole.read_bytes()
    assert fetch(source, out, columns=COLUMNS, since="last", options=hasty()).record["rows"] == 11
