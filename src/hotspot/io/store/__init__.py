"""An as-of store: every version of every record, with when it was known and when it was recorded."""

from __future__ import annotations

from hotspot.io.store.address import is_address
from hotspot.io.store.ingest import ingest
from hotspot.io.store.past import newest_recorded, set_aside_until
from hotspot.io.store.read import read_store
from hotspot.io.store.report import IngestReport
from hotspot.io.store.rows import content_digest

__all__ = ["IngestReport", "content_digest", "ingest", "is_address", "newest_recorded", "read_store", "set_aside_until"]
