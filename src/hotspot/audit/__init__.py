"""Audit: who lives under the flagged cells."""

from __future__ import annotations

from hotspot.audit.exposure import exposure

__all__ = ["exposure"]
