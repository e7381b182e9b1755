from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.report.words import moment_label, percent, plain, tied, window_labels
from hotspot.windows import Windows

ZONE = "America/Chicago"


@given(st.floats(1e-9, 1e9), st.integers(1, 6))
def test_plain_keeps_its_digits_and_writes_no_exponent(value: float, digits: int) -> None:
    text = plain(value, digits)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.5001 * 10.0 ** (1 - digits))


def test_plain_says_what_is_missing() -> None:
    assert plain(float("nan")) == plain(float("inf")) == "n/a"
    assert plain(0.0) == "0"


def test_percent_stays_on_one_line() -> None:
    assert percent(0.01).split() == ["1", "%"]
    assert " " not in percent(0.123)
    assert tied("about 5 % of 7 %") == "about 5\u00a0% of 7\u00a0%"


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        ("2025-11-21T21:00", "2025-11-22T05:00", "Fri 21 Nov 2025, 15:00-23:00"),
        ("2025-11-21T21:00", "2025-11-22T06:00", "Fri 21 Nov 2025, 15:00-24:00"),
        ("2025-11-22T05:00", "2025-11-22T13:00", "Fri 21 Nov 23:00 to Sat 22 Nov 2025 07:00"),
        ("2025-11-21T06:00", "2025-11-22T06:00", "Fri 21 Nov 2025, whole day"),
        ("2025-12-29T06:00", "2026-01-05T06:00", "Mon 29 Dec 2025 to Sun 4 Jan 2026, 7 days"),
        ("2025-03-09T06:00", "2025-03-10T05:00", "Sun 9 Mar 2025, whole day"),  # 23 hours long
    ],
)
def test_windows_are_labelled_in_civil_time(start: str, end: str, label: str) -> None:
    instants = np.array([start, end], "datetime64[us]")
    assert window_labels(instants[:1], instants[1:], ZONE) == [label]


def test_hours_that_the_clock_repeats_are_told_apart() -> None:
    start, end = Windows("1h", leads=4).bounds(np.datetime64("2025-11-02T05:00", "us"), ZONE)
    labels = window_labels(start, end, ZONE)
    assert len(set(labels)) == 4
    assert labels[1:3] == ["Sun 2 Nov 2025, 01:00-01:00 (UTC-5 h)", "Sun 2 Nov 2025, 01:00-02:00 (UTC-6 h)"]


def test_a_moment_is_civil_time() -> None:
    assert moment_label(np.datetime64("2025-11-21T06:00", "us"), ZONE) == "Fri 21 Nov 2025, 00:00"
