"""Burglaries on record as intervals, and ways to get a weekly curve from them: for tests and benchmarks/science."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.incidents import Incidents
from hotspot.profile import Profile, estimate_profile
from hotspot.profile.em import Seen, expected, fit_rates, rates_of
from hotspot.profile.fit import _kinds, _seen, time_at_risk
from hotspot.simulate.absences import Burglaries, burglary_curve, draw_burglaries
from hotspot.windows import to_local, to_utc

ZONE = "America/Chicago"
FIRST, NEXT, WEEKS = "2023-01-02", "2024-01-01", 52
SINCE, UNTIL = to_utc(np.array([FIRST, NEXT], "datetime64[us]"), ZONE)
HOUR, NAT = np.timedelta64(1, "h"), np.datetime64("NaT", "us")
TRUTH = burglary_curve()
WORKING = (np.arange(168) % 24 >= 9) & (np.arange(168) % 24 < 17)
FLAT = np.ones(168)


def records(start, end, category="burglary", precision="time") -> Incidents:
    n = np.size(start)
    columns = {
        "id": np.arange(n).astype(str), "start": start, "end": end, "known_at": end, "superseded_at": np.full(n, NAT),
        "category": np.broadcast_to(category, n), "x": 0.0, "y": 0.0, "position_error": np.nan,
        "time_precision": np.broadcast_to(precision, n),
    }  # fmt: skip
    return Incidents(pd.DataFrame(columns), "EPSG:26916")


def estimated(start, end, **given) -> Profile:
    return estimate_profile(records(start, end, **given), ZONE, SINCE, UNTIL)


def drawn(n, seed, first=FIRST) -> Burglaries:
    return draw_burglaries(n, first, WEEKS, ZONE, np.random.default_rng(seed))


def seen(world: Burglaries) -> Seen:
    start, end = (to_local(edge, ZONE) for edge in (world.start, world.end))
    every = np.ones(start.size, bool)
    return _seen(start, end, _kinds(start, end, ~every, every), every)


def by_em(world: Burglaries):
    return estimated(world.start, world.end).curve("burglary")


def by_likelihood(world: Burglaries):
    """Without smoothing."""
    rates = fit_rates(seen(world), time_at_risk(SINCE, UNTIL, ZONE), FLAT, smooth=False)
    return rates / rates.sum()


def evenly(world: Burglaries):
    """Every interval spread evenly over its length, with the same smoothing."""
    return _smoothed(expected(seen(world), FLAT))


def exact_alone(world: Burglaries):
    """Only rows of known time, with the same smoothing."""
    return _smoothed(seen(world).exact)


def _smoothed(counts):
    rates = rates_of(counts, np.zeros(7), time_at_risk(SINCE, UNTIL, ZONE), FLAT)
    return rates / rates.sum()


def held_out_hours(n, seed):
    """Hours of the week of burglaries of the next year, known by an alarm whatever the hour."""
    world = drawn(n, seed, NEXT)
    local = to_local(world.start[world.alarmed], ZONE)
    return ((local - np.datetime64("1970-01-05", "us")) // HOUR % 168).astype(int)
