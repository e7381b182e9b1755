"""Interval times: how the hours of the week share out an incident of which only a span is known."""

from __future__ import annotations

from hotspot.profile.clock import HOURS_OF_WEEK
from hotspot.profile.curve import Profile
from hotspot.profile.fit import LONGEST, estimate_profile
from hotspot.profile.rows import Rows

__all__ = ["HOURS_OF_WEEK", "LONGEST", "Profile", "Rows", "estimate_profile"]
