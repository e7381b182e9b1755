"""The page of the gate says what the table of rules does."""

from __future__ import annotations

from pathlib import Path

from hotspot.quality import RULES
from tests.quality.alarms import STATED, STATISTICAL, WORLDS

PAGE = (Path(__file__).parents[2] / "docs" / "data" / "gate.md").read_text("utf-8")


def test_every_rule_stands_there_with_its_limit_and_action() -> None:
    for rule in RULES.values():
        limit = f"{'below ' if rule.below else ''}{rule.limit:.3g}"
        asked = "all, target" if rule.each else "all"
        line = (f"`{rule.name}`", rule.measures, rule.unit, limit, rule.action, asked, rule.matters)
        assert f"| {' | '.join(line)} |" in PAGE
    assert f"asks {len(RULES)} rules" in PAGE


def test_every_statistical_rule_has_its_measured_rates() -> None:
    assert f"At most {STATED:.0%}".replace("%", " %") in PAGE
    for rule in STATISTICAL:
        measured = [line for line in PAGE.splitlines() if line.startswith(f"| `{rule}` |") and line.endswith("% |")]
        assert sorted(line.count("%") for line in measured) == [1, len(WORLDS)]
        alarms = next(line for line in measured if line.count("%") > 1)
        assert all(float(cell.strip(" %")) <= 100 * STATED + 2.1 for cell in alarms.split("|")[2:-1])
