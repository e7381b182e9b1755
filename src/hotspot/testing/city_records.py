"""Incidents of the small world that make quiet leaks heard: known just too late, misdated, or of a new category."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.testing.city import CUTOFF, DAY, DAYS, ISSUE_DAYS, START, WEST_SOUTH
from hotspot.windows import Times

HOUR = np.timedelta64(3_600_000_000, "us")
AFTER = np.array([1, 1_000_000, 60_000_000], "timedelta64[us]")  # an issue time, when something becomes known
NEW, FROM = "arson", 300  # a category, and the day from which there is any
LATE, MENDED = 450, 610  # days: old incidents come to light, and turn out to have had a wrong date


def planted() -> pd.DataFrame:
    """Make incidents for the laws.

    Returns
    -------
    pandas.DataFrame
        In the columns of `Incidents` but `position_error`: some known a microsecond, a second and a minute after each
        issue time, some of a category that is new, and some that for a while move the start of the record.
    """
    return pd.concat([_just_later(), _of_a_new_kind(), _long_ago()], ignore_index=True)


def _just_later() -> pd.DataFrame:
    issue_times = np.append(START + np.array(ISSUE_DAYS) * DAY, CUTOFF)
    known = (issue_times[:, None] + AFTER).ravel()
    return _rows("just", known.astype("datetime64[D]").astype(known.dtype) - 6 * HOUR, known)


def _of_a_new_kind() -> pd.DataFrame:
    start = START + np.arange(FROM, DAYS, 20) * DAY + 9 * HOUR
    return _rows("new", start, start + 3 * HOUR).assign(category=NEW)


def _long_ago() -> pd.DataFrame:
    """Enough of them to make a record, dated before its start by mistake."""
    right = START + (LATE - 20 + np.arange(20)) * DAY + 15 * HOUR
    wrong = _rows("old", right - LATE * DAY - 20 * DAY, np.full(right.size, START + LATE * DAY))
    mended = _rows("old", right, np.full(right.size, START + MENDED * DAY))
    return pd.concat([wrong, mended])


def _rows(name: str, start: Times, known: Times) -> pd.DataFrame:
    n = np.arange(start.size)
    west, south = WEST_SOUTH
    columns = {
        "id": [f"{name}{k}" for k in n],
        "start": start,
        "end": start,
        "known_at": known,
        "superseded_at": np.datetime64("NaT", "us"),
        "category": "burglary",
        "x": west + 500.0 + 810.0 * n % 2000,  # all over the south: no cell has many
        "y": south + 500.0 + 170.0 * n % 600,
        "time_precision": "time",
    }
    return pd.DataFrame(columns)
