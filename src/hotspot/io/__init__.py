"""Doors: files and frames become incidents and layers, checked once."""

from hotspot.io.incidents import read_incidents
from hotspot.io.layers import read_areas, read_places, read_streets

__all__ = ["read_areas", "read_incidents", "read_places", "read_streets"]
