"""Incidents: what happened, where and when, and when it was known."""

from __future__ import annotations

from hotspot.incidents.core import OPTIONAL, OUTSIDE, REQUIRED, TIMES, TURNED, Incidents
from hotspot.incidents.feeds import join_incidents
from hotspot.incidents.report import ASIDE, QualityReport

__all__ = [
    "ASIDE",
    "OPTIONAL",
    "OUTSIDE",
    "REQUIRED",
    "TIMES",
    "TURNED",
    "Incidents",
    "QualityReport",
    "join_incidents",
]
