"""Every rule: records that break it, and it alone; clean ones that do not."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from hotspot.io import identity, positions
from hotspot.quality import RULES, Assessment, assess, places, repeats
from tests.quality.breaking import BREAKING
from tests.quality.worlds import end_of, history, rows


def tripped(found: Assessment) -> set[str]:
    return {finding.rule for finding in found.findings if finding.verdict != "pass"}


@pytest.fixture(scope="module")
def clean_rows():
    return rows(np.random.default_rng(11))


def test_the_table_and_the_tests_name_the_same_rules() -> None:
    assert set(BREAKING) == set(RULES)


def test_clean_records_pass_every_rule(clean_rows) -> None:
    found = assess(history(clean_rows))
    assert [finding.rule for finding in found.findings] == list(RULES)
    assert tripped(found) == set()
    assert not any(finding.sentence == "too few rows to tell" for finding in found.findings)


@pytest.mark.parametrize("rule", BREAKING)
def test_a_rule_finds_its_fault_and_no_other_rule_does(rule: str, clean_rows) -> None:
    broken = BREAKING[rule](clean_rows, np.random.default_rng(5))
    found = assess(history(broken.table, broken.aside), as_of=broken.as_of)
    assert {rule} <= tripped(found) <= {rule} | broken.also
    finding = next(f for f in found.findings if f.rule == rule)
    assert finding.verdict == RULES[rule].action
    assert finding.line in "\n".join(found.lines())
    assert json.loads(json.dumps(found.to_json()))["rows"] == found.rows


def test_the_words_of_the_reader_are_the_words_of_the_gate() -> None:
    assert (places.MISSING, places.NULL_ISLAND, places.SWAPPED, places.BEYOND_CRS) == (
        positions.MISSING, positions.NULL_ISLAND, positions.SWAPPED, positions.OUTSIDE,
    )  # fmt: skip
    assert (repeats.REPEATED, repeats.CONTRADICTING) == (identity.REPEATED, identity.CONTRADICTING)


@pytest.mark.parametrize("rule", ["gaps", "geocoder_now", "missing_coordinates", "revised", "level_shift", "thin_tail"])
def test_what_became_known_later_changes_no_finding(rule: str, clean_rows) -> None:
    broken = BREAKING[rule](clean_rows, np.random.default_rng(5))
    moment = np.datetime64("2023-11-20T00:00", "us")
    then = broken.table[broken.table["known_at"] <= moment]
    aside_then = None if broken.aside is None else broken.aside[broken.aside["known_at"] <= moment]
    replayed = assess(history(broken.table, broken.aside), as_of=moment)
    made_then = assess(history(then, aside_then), as_of=moment)
    assert replayed.to_json() == made_then.to_json()
    assert replayed.rows < len(broken.table)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 60])
def test_few_rows_tell_nothing_and_break_nothing(n: int, clean_rows) -> None:
    few = clean_rows.iloc[:n]
    found = assess(history(few), as_of=end_of(clean_rows.iloc[:60]))
    assert tripped(found) == set()
    assert found.rows == n
    assert found["gaps"].value is None or n == 60


def test_a_target_is_asked_alone_as_well(clean_rows) -> None:
    gap = (clean_rows["category"] == "b") & clean_rows["start"].between("2023-02-01", "2023-03-15")
    found = assess(history(clean_rows[~gap], target=["b"]))
    assert {(f.rule, f.scope) for f in found.findings if f.verdict != "pass"} == {("gaps", "b")}
    assert {f.rule for f in found.findings if f.scope == "b"} == {name for name, rule in RULES.items() if rule.each}
    assert found["gaps"].scope == "all"


def test_findings_are_frozen(clean_rows) -> None:
    finding = assess(history(clean_rows.iloc[:50]), as_of="2024-01-01").findings[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.verdict = "pass"
