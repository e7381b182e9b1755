"""Sweeps over issue times, the slow way: each issue time from nothing but what was known then."""

from __future__ import annotations

import numpy as np

from hotspot.history import History
from hotspot.windows import shift


def observed_from(history: History, times: np.ndarray) -> np.ndarray:
    """Start of the record as of each time."""
    known = [history.as_of(time) for time in times]
    none = np.datetime64("NaT", "us")
    return np.array([past.observed_from if len(past.incidents) else none for past in known], "datetime64[us]")


def recent(history: History, times: np.ndarray, window: str) -> np.ndarray:
    """Counts in a window that ends a latency before each time, through `History.mass`, shape (n_times, n_cells)."""
    zone = history.domain.time_zone
    high = shift(times, history.latency, zone, -1)
    low = shift(high, window, zone, -1)
    start = np.maximum(low, observed_from(history, times))
    share = (high - start).astype(float) / (high - low).astype(float)
    mass = history.mass(start, high, asof=times)
    return mass / np.where(high > start, share, np.nan)[:, None]
