"""Open-data portals: fetch a city's incidents page by page, politely, and go on after any interruption."""

from __future__ import annotations

from hotspot.io.portals.base import Source
from hotspot.io.portals.client import Manners
from hotspot.io.portals.fetching import Fetched, Options, fetch
from hotspot.io.portals.sources import preset, source_from_table, source_from_url

__all__ = ["Fetched", "Manners", "Options", "Source", "fetch", "preset", "source_from_table", "source_from_url"]
