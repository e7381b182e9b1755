"""Zones with every kind of clock change, and moments that fall near one more often than not."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import strategies as st

from hotspot.windows.civil import offset_rules

ZONES = [
    "America/Chicago",
    "Europe/Amsterdam",
    "America/Santiago",  # midnight is skipped
    "Asia/Beirut",  # midnight is skipped, and the hour before it repeated
    "Africa/Cairo",
    "America/Havana",  # midnight is repeated
    "America/St_Johns",  # until 2011 the clocks went back at 00:01, into the day before
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kolkata",  # +05:30
    "UTC",
]
_FIRST, _LAST = dt.datetime(1990, 1, 1), dt.datetime(2037, 1, 1)


@st.composite
def moments(draw: st.DrawFn, zone: str) -> dt.datetime:
    """Draw a naive UTC datetime to the second."""
    changes = [change for change in offset_rules(zone)[0][1:].astype(dt.datetime).tolist() if _FIRST < change < _LAST]
    if not changes or draw(st.integers(0, 3)) == 0:
        return draw(st.datetimes(_FIRST, _LAST)).replace(microsecond=0)
    change = draw(st.sampled_from(changes))
    unit = draw(st.sampled_from([1, 60, 1800]))
    return change + dt.timedelta(seconds=unit * draw(st.integers(-40 * 3600 // unit, 40 * 3600 // unit)))


@st.composite
def zones_and_moments(draw: st.DrawFn) -> tuple[str, dt.datetime]:
    zone = draw(st.sampled_from(ZONES))
    return zone, draw(moments(zone))


def us(times: dt.datetime | list[dt.datetime]) -> np.ndarray:
    return np.array(times, dtype="datetime64[us]")
