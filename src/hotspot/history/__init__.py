"""History: all that was known at one moment, and what is to be forecast."""

from __future__ import annotations

from hotspot.history.core import History
from hotspot.history.events import Events
from hotspot.windows import Times

__all__ = ["Events", "History", "Times"]
