"""How often the statistical rules cry wolf over clean records, and how often they find a planted fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd

from hotspot.history import History
from hotspot.quality import RULES
from hotspot.quality.record import Record
from tests.quality.breaking import BREAKING
from tests.quality.worlds import daily, end_of, history, rows

STATED = 0.02  # the largest false alarm rate that docs/data/gate.md states, for one rule and one record
STATISTICAL = (
    "geocoder_collapse", "geocoder_now", "first_of_month", "category_change", "category_shift", "gaps", "thin_weeks",
    "level_shift", "feed_silent", "thin_tail",
)  # fmt: skip
SHARES = (0.55, 0.3, 0.1, 0.05)

# name: weeks, rows a week, variance over mean of a week, size of the yearly wave
WORLDS: dict[str, tuple[int, float, float, float]] = {
    "two years, busy": (120, 150.0, 3.0, 0.2),
    "two years, ordinary": (120, 40.0, 2.0, 0.2),
    "two years, sparse": (120, 5.0, 2.0, 0.2),
    "two years, sparse and bursty": (120, 5.0, 5.0, 0.0),
    "five years, ordinary": (260, 40.0, 2.0, 0.3),
    "one year, ordinary": (56, 40.0, 2.0, 0.2),
}


def clean(kind: str, rng: np.random.Generator) -> pd.DataFrame:
    """One clean record of a kind, with four categories; a hundredth of the rows lies on one point."""
    weeks, mean, spread, season = WORLDS[kind]
    table = rows(rng, daily(rng, weeks, mean, spread, season), SHARES)
    piled = rng.uniform(size=len(table)) < 0.01
    return table.assign(
        x=np.where(piled, table["x"].iloc[0], table["x"]), y=np.where(piled, table["y"].iloc[0], table["y"])
    )


def tripped(given: History, as_of: np.datetime64) -> list[str]:
    """Statistical rules that trip on records known at a moment."""
    record = Record.of(given.as_of(as_of))
    return [name for name in STATISTICAL if RULES[name].trips(RULES[name].measure(record), RULES[name].limit)]


def false_alarms(kind: str, worlds: int, seed: int) -> Counter[str]:
    """How many of some clean records each rule trips on."""
    found: Counter[str] = Counter()
    for rng in np.random.default_rng(seed).spawn(worlds):
        table = clean(kind, rng)
        found.update(tripped(history(table), end_of(table)))
    return found


def finds(rule: str, worlds: int, seed: int) -> int:
    """How many of some records with a fault planted for a rule that rule trips on."""
    measure: Callable[[Record], object] = RULES[rule].measure
    found = 0
    for rng in np.random.default_rng(seed).spawn(worlds):
        broken = BREAKING[rule](rows(rng), rng)
        as_of = end_of(broken.table) if broken.as_of is None else broken.as_of
        record = Record.of(history(broken.table, broken.aside).as_of(as_of))
        found += RULES[rule].trips(measure(record), RULES[rule].limit)  # type: ignore[arg-type]
    return found


def finds_step(factor: float, mean: float, worlds: int, seed: int) -> int:
    """How many of some records of 120 weeks show a step planted after 70 of them."""
    found = 0
    for rng in np.random.default_rng(seed).spawn(worlds):
        table = rows(rng, daily(rng, mean=mean, factor=np.where(np.arange(120) < 70, 1.0, factor)))
        found += "level_shift" in tripped(history(table), end_of(table))
    return found
