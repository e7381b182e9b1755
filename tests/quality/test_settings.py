"""What a config may say about rules."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.errors import ConfigError
from hotspot.quality import Setting, assess, settle
from tests.quality.breaking import BREAKING
from tests.quality.worlds import history, rows


@pytest.fixture(scope="module")
def gappy():
    return history(BREAKING["gaps"](rows(np.random.default_rng(3)), np.random.default_rng(4)).table)


def test_an_action_or_a_table() -> None:
    given = {"gaps": "refuse", "snapping": {"limit": 2}, "revised": {"action": "accept", "reason": "a busy desk"}}
    assert settle(given) == {
        "gaps": Setting("refuse"), "snapping": Setting(limit=2.0), "revised": Setting("accept", None, "a busy desk"),
    }  # fmt: skip
    assert settle(None) == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"gap": "warn"}, "did you mean 'gaps'"),
        ({"gaps": "warm"}, "did you mean 'warn'"),
        ({"gaps": "accept"}, "without a reason"),
        ({"gaps": {"action": "accept", "reason": " "}}, "without a reason"),
        ({"gaps": {"limits": 1}}, "did you mean 'limit'"),
        ({"gaps": {"limit": "much"}}, "expected a number of share of days"),
        ({"gaps": {"limit": -1}}, "0 or more"),
        ({"gaps": {"limit": True}}, "expected a number"),
        ({"gaps": 3}, "expected an action or a table"),
    ],
)
def test_a_mistake_is_named(given: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settle(given)


def test_what_a_setting_does(gappy) -> None:
    assert assess(gappy)["gaps"].verdict == "warn"
    assert assess(gappy, rules={"gaps": "refuse"}).refused[0].rule == "gaps"
    assert assess(gappy, rules={"gaps": {"limit": 0.1}})["gaps"].verdict == "pass"
    accepted = assess(gappy, rules={"gaps": {"action": "accept", "reason": "the office was closed"}})
    assert accepted["gaps"].verdict == "accepted"
    assert "the office was closed" in "\n".join(accepted.lines())
    assert accepted.refused == accepted.warnings == ()
