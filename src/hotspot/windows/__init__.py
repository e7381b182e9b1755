"""Durations, civil time and forecast windows.

Arrays of times are naive UTC ``datetime64[us]`` everywhere; civil time appears only in this room, as the
wall clock of one IANA zone. A nonexistent wall time (clocks moved forward) means the first valid instant
after it, an ambiguous one (clocks moved back) its first occurrence.
"""

from __future__ import annotations

from hotspot.windows.civil import Times, civil_midnight, one_time, shift, to_local, to_utc
from hotspot.windows.core import Windows
from hotspot.windows.durations import Duration
from hotspot.windows.moments import Moment, as_utc, as_utc_many, periods

__all__ = [
    "Duration",
    "Moment",
    "Times",
    "Windows",
    "as_utc",
    "as_utc_many",
    "civil_midnight",
    "one_time",
    "periods",
    "shift",
    "to_local",
    "to_utc",
]
