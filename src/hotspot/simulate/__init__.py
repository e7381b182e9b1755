"""Synthetic worlds with known truth: background by thinning, near repeats in branches, messy records."""

from __future__ import annotations

from hotspot.simulate.background import Background, Bump, Near
from hotspot.simulate.process import Catalogue, Trigger, World, intensity, simulate

__all__ = ["Background", "Bump", "Catalogue", "Near", "Trigger", "World", "intensity", "simulate"]
