"""History: all that was known at one moment, and what is to be forecast."""

from __future__ import annotations

from hotspot.history.core import History
from hotspot.history.events import Events
from hotspot.history.ledger import Ledger
from hotspot.history.sparse import SparseCounts
from hotspot.windows import Times

__all__ = ["Events", "History", "Ledger", "SparseCounts", "Times"]
