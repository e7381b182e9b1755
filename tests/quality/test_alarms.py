"""False alarms of the statistical rules over clean records, and what they find: fixed seeds, 3.3 Monte Carlo errors."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.quality import RULES
from hotspot.quality.record import Record
from hotspot.quality.shifts import level_shift
from tests.quality.alarms import STATED, STATISTICAL, false_alarms, finds
from tests.quality.worlds import daily, end_of, history, rows

WORLDS = 200
MOST = WORLDS * STATED + 3.3 * np.sqrt(WORLDS * STATED * (1 - STATED))


@pytest.mark.parametrize("kind", ["two years, ordinary", "two years, sparse and bursty"])
def test_clean_records_raise_no_more_alarms_than_stated(kind: str) -> None:
    found = false_alarms(kind, WORLDS, seed=3)
    assert {rule: found[rule] for rule in STATISTICAL if found[rule] > MOST} == {}


@pytest.mark.parametrize("rule", STATISTICAL)
def test_planted_faults_are_found(rule: str) -> None:
    assert finds(rule, 12, seed=8) >= 9


def test_a_step_of_thirty_percent_is_found_and_dated() -> None:
    dated = []
    for rng in np.random.default_rng(21).spawn(30):
        table = rows(rng, daily(rng, factor=np.where(np.arange(120) < 70, 1.0, 1.3)))
        measured = level_shift(Record.of(history(table).as_of(end_of(table))))
        if RULES["level_shift"].trips(measured, RULES["level_shift"].limit):
            dated.append(np.datetime64(str(measured.detail["date"])))
    assert len(dated) >= 27
    off = np.abs(np.array(dated) - np.datetime64("2023-05-08")) / np.timedelta64(7, "D")
    assert np.median(off) <= 3


@pytest.mark.parametrize("mean", [50.0, 400.0])
def test_alternate_weeks_are_found_and_counted(mean: float) -> None:
    rng = np.random.default_rng(2)
    by_day = daily(rng, mean=mean)
    by_day[(np.arange(len(by_day)) // 7) % 2 == 1] = 0
    table = rows(rng, by_day)
    record = Record.of(history(table).as_of(end_of(table)))
    lengths = record.pace.gaps[:, 1] - record.pace.gaps[:, 0]
    assert (lengths == 7).sum() >= 55
    assert record.pace.weeks.min() > 0.3 * mean
