"""What the command line makes of numbers that are missing."""

from __future__ import annotations

import math

import pytest

from hotspot.run.cli import _with_interval


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.25, 0.2, 0.3, "25.0% (20.0% to 30.0%)"),
        (0.0, math.nan, math.nan, "0.0% (too few weeks for an interval)"),
        (math.nan, math.nan, math.nan, "n/a"),
        (-math.inf, math.nan, math.nan, "-inf% (too few weeks for an interval)"),
    ],
)
def test_an_interval_that_is_missing_is_said_in_words(value: float, low: float, high: float, said: str) -> None:
    summary = {"hit_rate": value, "hit_rate_lower": low, "hit_rate_upper": high}
    assert _with_interval(summary, "hit_rate", "{:.1%}") == said
