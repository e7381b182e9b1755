"""Rules on incidents whose time is an interval."""

from __future__ import annotations

import numpy as np

from hotspot.quality.record import DAY, Record
from hotspot.quality.rule import UNKNOWN, Measured

FEWEST = 50
LONG = 7 * DAY
BLURRED = "when they happened is known only roughly"


def long_intervals(record: Record) -> Measured:
    """Share of rows whose interval is longer than a week."""
    if len(record) < FEWEST:
        return UNKNOWN
    rows = int((_lengths(record) > LONG).sum())
    share = rows / len(record)
    return Measured(
        share, f"{rows:,} of {len(record):,} rows ({share:.1%}) span more than seven days", rows, so=BLURRED
    )


def longest_interval(record: Record) -> Measured:
    """Length of the longest interval."""
    if not len(record):
        return UNKNOWN
    lengths = _lengths(record)
    days = float(lengths.max() / DAY)
    start = record.local[int(lengths.argmax())].astype("datetime64[D]")
    return Measured(days, f"the longest interval spans {days:,.1f} days, from {start}", 1, {"start": str(start)})


def _lengths(record: Record) -> np.ndarray:
    return np.asarray(record.rows["end"].to_numpy() - record.rows["start"].to_numpy())
