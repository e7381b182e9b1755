"""Eligibility: a table of real names, and a History that keeps what it refuses out of everything."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspot.eligibility import ENFORCEMENT, _table, rule_for
from hotspot.errors import InputError, RefusedError
from hotspot.history import History
from tests import worlds

NAMES = tomllib.loads(Path(__file__).with_name("eligibility_names.toml").read_text("utf-8"))
KINDS = {"v": "victim-sensitive", "e": "enforcement-driven", "ok": None}
CASES = [(city, name, KINDS[kind]) for city, kinds in NAMES.items() for kind, names in kinds.items() for name in names]
DOMAIN = worlds.domain()


@pytest.mark.parametrize(("city", "name", "kind"), CASES)
def test_real_names(city: str, name: str, kind: str | None) -> None:
    rule = rule_for(name)
    assert (rule and rule.kind) == kind


def test_every_rule_is_needed() -> None:
    used = {rule_for(name).why for _, name, kind in CASES if kind}
    assert used == {rule.why for rule in _table()[0]}
    assert len(CASES) > 350


def records(n: int = 120, **swap: str) -> pd.DataFrame:
    rows = worlds.table(np.random.default_rng(0), n, versions=False)
    other = np.random.default_rng(1).choice(["burglary", "theft", "NARCOTICS", "SEX OFFENSE"], n)
    return rows.assign(category=pd.Series(other).replace(swap))


def history(rows: pd.DataFrame, **options: object) -> History:
    return History(DOMAIN, worlds.incidents(rows), **options)


def days(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    start = worlds.BASE - 10 * 24 * worlds.HOUR + np.arange(n) * 24 * worlds.HOUR
    return start, start + 24 * worlds.HOUR


def test_what_is_not_eligible_changes_nothing() -> None:
    rows = records()
    full, clean = history(rows), history(rows[rows["category"].isin(["burglary", "theft"])])
    for a, b in ((full, clean), (full.as_of("2024-04-01"), clean.as_of("2024-04-01"))):
        for target in (True, False):
            np.testing.assert_array_equal(a.mass(*days(), target=target), b.mass(*days(), target=target))
            for left, right in zip(a.events(target=target), b.events(target=target), strict=True):
                np.testing.assert_array_equal(left, right)
        assert a.observed_from == b.observed_from
        assert set(a.versions.categories) == {"burglary", "theft"}
    assert full.as_of("2024-04-01").profile.fingerprint == clean.as_of("2024-04-01").profile.fingerprint
    assert full.target_name == "all"
    assert len(worlds.incidents(rows)) == len(rows)  # Incidents keep every category


def test_rows_left_out_are_counted_as_known_at_the_cutoff() -> None:
    rows = records()
    full = history(rows)
    told = full.eligibility
    assert set(told["left_out"]) == {"NARCOTICS", "SEX OFFENSE"}
    assert told["overridden"] == {}
    assert told["left_out"]["NARCOTICS"]["kind"] == ENFORCEMENT
    assert "where police look" in told["left_out"]["NARCOTICS"]["why"]
    for moment in ("2024-03-05", "2024-03-20"):
        past = full.as_of(moment)
        for name in ("NARCOTICS", "SEX OFFENSE"):
            known = ((rows["category"] == name) & (rows["known_at"].to_numpy() <= past.cutoff)).sum()
            assert past.eligibility["left_out"].get(name, {"rows": 0})["rows"] == known
    quality = full.incidents.quality
    assert quality.set_aside == {"category not eligible": rows["category"].isin(["NARCOTICS", "SEX OFFENSE"]).sum()}
    assert quality.rows_kept == len(full.incidents)
    assert history(rows[rows["category"] == "theft"]).eligibility == {"left_out": {}, "overridden": {}}


@pytest.mark.parametrize("target", ["NARCOTICS", ["burglary", "SEX OFFENSE"]])
def test_a_refused_target_says_what_why_and_what_to_do(target: object) -> None:
    with pytest.raises(
        RefusedError, match=r"refused as (enforcement-driven: drug|victim-sensitive: sexual) offences.*eligible="
    ):
        history(records(), target=target)


def test_a_reason_lets_a_category_in() -> None:
    rows, why = records(), "overdose prevention, health department"
    full = history(rows, eligible={"NARCOTICS": f" {why} "}, target=["NARCOTICS"])
    assert full.is_target.sum() == (rows["category"] == "NARCOTICS").sum()
    told = full.as_of("2024-04-20").eligibility
    assert told["overridden"]["NARCOTICS"]["reason"] == why
    assert told["overridden"]["NARCOTICS"]["kind"] == ENFORCEMENT
    assert set(told["left_out"]) == {"SEX OFFENSE"}
    assert set(full.versions.categories) == {"burglary", "theft", "NARCOTICS"}


@pytest.mark.parametrize("reason", ["", "  ", None, True])
def test_a_reason_has_to_be_given(reason: object) -> None:
    with pytest.raises(InputError, match="expected a sentence"):
        history(records(), eligible={"NARCOTICS": reason})


def test_a_reason_for_a_category_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no incident has category 'NARCOTIC'; did you mean 'NARCOTICS'"):
        history(records(), eligible={"NARCOTIC": "why"})


def test_a_feed_of_nothing_eligible_is_refused() -> None:
    rows = records(burglary="WARRANTS", theft="Drugs")
    with pytest.raises(RefusedError, match=r"every category is refused.*'Drugs'.*nothing is left to forecast"):
        history(rows)
    assert len(history(rows[:0]).incidents) == 0


def test_rows_set_aside_before_are_not_forgotten() -> None:
    outside = records()
    outside.loc[:2, "x"] += 50_000
    quality = history(outside).incidents.quality
    assert quality.set_aside["outside the boundary"] == 3
    assert quality.rows_read == len(outside)
    if quality.aside is not None:
        assert quality.aside["reason"].value_counts().to_dict() == quality.set_aside


def test_rows_without_a_date_are_known_after_the_latency() -> None:
    rows = records().assign(known_at=worlds.NAT)
    full = history(rows, latency="3D")
    narcotics = rows[rows["category"] == "NARCOTICS"]
    early = full.as_of(pd.Timestamp(narcotics["end"].min(), tz="UTC") + pd.Timedelta("4D"))
    assert early.eligibility["left_out"]["NARCOTICS"]["rows"] >= 1
    assert early.eligibility["left_out"]["NARCOTICS"]["rows"] < len(narcotics)


def test_the_page_names_every_reason() -> None:
    page = (Path(__file__).parents[1] / "docs" / "data" / "eligibility.md").read_text("utf-8")
    for rule in _table()[0]:
        assert f"\n- {rule.why}\n" in page
