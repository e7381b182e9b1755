"""Sweeps over issue times, the slow way: each issue time from nothing but what was known then."""

from __future__ import annotations

import numpy as np

from hotspot.history import History
from hotspot.windows import Duration, shift


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


def rates(history: History, time: np.datetime64, half_life: str | None, shares: np.ndarray) -> np.ndarray:
    """Faded incidents of the target per day in each cell at one time, shape (n_cells,).

    shares, of shape (n_events, n_cells): where each incident of `events` as of the time counts.
    """
    past = history.as_of(time)
    events, profile = past.events(), past.profile
    end, day = past.complete_until, np.timedelta64(86_400_000_000, "us")
    middle = profile.place(events.start, events.end, events.category, 0.5)
    counts = (middle >= past.observed_from) & (middle < end) & (events.cell >= 0)
    age, span = (end - middle[counts]) / day, (end - past.observed_from) / day
    weight = np.ones(age.size) if half_life is None else 0.5 ** (age * 86400 / Duration.parse(half_life).seconds)
    memory = np.inf if half_life is None else Duration.parse(half_life).seconds / 86400 / np.log(2)
    risk = span if half_life is None else memory * (1 - np.exp(-span / memory))
    return weight @ shares[counts] / risk
