"""The data gate of the nightly run: refused before anything is computed, or degraded and said so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hotspot.errors import ConfigError
from hotspot.quality import RULES, Setting
from hotspot.run import nightly as pipeline
from hotspot.run.config import load_config

GATE = "[output]\n"


def _without_alternate_weeks(folder: Path) -> None:
    table = pd.read_csv(folder / "incidents.csv")
    day = pd.to_datetime(table["occurred_from"], errors="coerce")
    week = (day - pd.Timestamp("2024-01-01")).dt.days // 7
    table[~(week % 2 == 1)].to_csv(folder / "incidents.csv", index=False)


def _latest(folder: Path) -> Path:
    return folder / "runs" / "small" / "latest" / "burglary"


def test_a_record_with_many_gaps_is_refused_and_nothing_is_computed(
    city: Path, hotspot: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hotspot("nightly", city / "hotspot.toml").code == 0
    before = _latest(city).resolve()
    _without_alternate_weeks(city)
    monkeypatch.setattr(pipeline, "backtest", lambda *a, **k: pytest.fail("something was computed"))
    called = hotspot("nightly", city / "hotspot.toml")
    assert called.code == 1
    for words in ("the data gate refuses", "gaps longer than chance", "of 7 days", "many_gaps = {", "old map stays"):
        assert words in called.err
    assert _latest(city).resolve() == before
    assert len([path for path in (city / "runs" / "small").iterdir() if path.is_dir() and not path.is_symlink()]) == 1

    checked = hotspot("check", city / "hotspot.toml", "--json")
    assert checked.code == 0
    facts = json.loads(checked.out)
    assert any("would be refused by the data gate" in line for line in facts["warnings"])
    assert {f["rule"] for f in facts["gate"]["burglary"]["findings"] if f["verdict"] == "refuse"} == {"many_gaps"}


def test_accepted_gaps_are_published_as_degraded(city: Path, hotspot: Callable, edit: Callable) -> None:
    _without_alternate_weeks(city)
    edit(GATE, '[gate]\nmany_gaps = { action = "accept", reason = "the contest held weeks back" }\n' + GATE)
    called = hotspot("nightly", city / "hotspot.toml")
    assert called.code == 0, called.err
    assert "Degraded data" in called.err
    folder = _latest(city)
    found = {f["rule"]: f for f in json.loads((folder / "quality.json").read_text("utf-8"))["findings"][::-1]}
    assert found["many_gaps"]["verdict"] == "accepted"
    assert found["many_gaps"]["reason"] == "the contest held weeks back"
    assert found["gaps"]["detail"]["gaps_by_length"]["7"] >= 35
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert any("gaps longer than chance" in line for line in manifest["warnings"])
    trust = json.loads((folder / "scores.json").read_text("utf-8"))["trust"]
    assert "faults in time" in trust[-1]
    page = (folder / "map.html").read_text("utf-8")
    for words in ("Degraded data", "What the data gate found", "the contest held weeks back", "faults in time"):
        assert words in page


def test_clean_records_are_not_degraded(city: Path, hotspot: Callable) -> None:
    called = hotspot("nightly", city / "hotspot.toml")
    assert called.code == 0
    assert "Degraded" not in called.err
    found = json.loads((_latest(city) / "quality.json").read_text("utf-8"))
    assert {f["verdict"] for f in found["findings"]} == {"pass"}
    assert {f["rule"] for f in found["findings"] if f["scope"] == "all"} == set(RULES)
    assert "found nothing beyond their limits" in (_latest(city) / "map.html").read_text("utf-8")


def test_a_silent_feed_degrades_and_then_stops_the_run(city: Path, hotspot: Callable) -> None:
    newest = "2025-07-01"
    late = hotspot("nightly", city / "hotspot.toml", "--as-of", str(pd.Timestamp(newest) + pd.Timedelta("20D")))
    assert late.code == 0, late.err
    assert "the feed may have stopped" in late.err
    stopped = hotspot("nightly", city / "hotspot.toml", "--as-of", str(pd.Timestamp(newest) + pd.Timedelta("80D")))
    assert stopped.code == 1
    assert "feed_stopped" in stopped.err


def test_hours_do_not_degrade_a_map_of_whole_days(city: Path, hotspot: Callable, edit: Callable) -> None:
    table = pd.read_csv(city / "incidents.csv")
    table["occurred_from"] = table["occurred_from"].str.replace(r"T(\d\d):\d\d", r"T\1:00", regex=True)
    table["occurred_to"] = None
    table.to_csv(city / "incidents.csv", index=False)
    shifts = hotspot("nightly", city / "hotspot.toml")
    assert "on the full hour" in shifts.err
    edit('shifts = ["07:00", "19:00"]\n', "")
    days = hotspot("nightly", city / "hotspot.toml")
    assert days.code == 0
    assert "on the full hour" not in days.err
    assert "on the full hour" in (_latest(city) / "quality.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('gasp = "warn"', "did you mean 'gaps'"),
        ('gaps = "accept"', "without a reason"),
        ('gaps = { acton = "warn" }', "did you mean 'action'"),
    ],
)
def test_a_mistake_in_the_file_is_named(edit: Callable, line: str, words: str) -> None:
    path = edit(GATE, f"[gate]\n{line}\n" + GATE)
    with pytest.raises(ConfigError, match="gate: ") as caught:
        load_config(path)
    assert words in str(caught.value)


def test_settings_of_the_file(edit: Callable) -> None:
    path = edit(GATE, '[gate]\nrevised = "refuse"\nsnapping = { limit = 2 }\n' + GATE)
    assert load_config(path).gate == {"revised": Setting("refuse"), "snapping": Setting(limit=2.0)}
