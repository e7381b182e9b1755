"""Plain twin of hotspot.profile: a quarter of an hour after another."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

QUARTER = pd.Timedelta("15min")
FLOOR = 0.01


def pace(curve, zone, time):
    """Pace of the clock in the quarter of an hour that begins at a UTC time; 1 is even."""
    civil = time.tz_localize("UTC").tz_convert(ZoneInfo(zone))
    share = curve[civil.weekday() * 24 + civil.hour]
    return 168 * ((1 - FLOOR) * share + FLOOR / 168)


def passed(curve, zone, start, end):
    """Clock time between two UTC times [h]."""
    total, at = 0.0, pd.Timestamp(start).floor(QUARTER)
    while at < pd.Timestamp(end):
        part = min(at + QUARTER, pd.Timestamp(end)) - max(at, pd.Timestamp(start))
        total += pace(curve, zone, at) * (part / pd.Timedelta("1h"))
        at += QUARTER
    return total


def share(curve, zone, start, end, low, high):
    """Share of an interval inside a window."""
    first, last = max(start, low), min(end, high)
    return passed(curve, zone, first, last) / passed(curve, zone, start, end) if first < last else 0.0


def expected(rates, exact, first, last, number):
    """Rows shared out over the hours of the week, one interval after another; ends are whole quarters [h]."""
    counts = exact.astype(float)
    for a, b, n in zip(first, last, number, strict=True):
        quarters = np.arange(round(a * 4), round(b * 4)) // 4 % 168
        weight = rates[quarters] / rates[quarters].sum()
        np.add.at(counts, quarters, n * weight)
    return counts
