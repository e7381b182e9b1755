"""A small city of two years for tests of what was known when: its world, its feed, and the nights of its exports."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from hotspot.domain import Domain
from hotspot.simulate import Background, Bump, Catalogue, Trigger, World, simulate
from hotspot.simulate.entries import FeedHabits
from hotspot.simulate.feed import Feed, simulate_feed
from hotspot.windows import Times, periods

CRS = "EPSG:26916"
ZONE = "America/Chicago"
RING = shapely.Polygon([(440_000, 4_640_000), (443_000, 4_640_200), (442_800, 4_642_600), (440_200, 4_642_400)])
START, END = np.datetime64("2023-01-01T06:00", "us"), np.datetime64("2025-01-01T06:00", "us")
OUTAGES = (("2023-09-04", "2023-09-15"), ("2024-10-28", "2024-11-06"))  # the second holds the change of the clocks
COLUMNS = {"id": "incident_id", "start": "occurred_from", "end": "occurred_to", "category": "offense"}


@lru_cache
def city() -> tuple[World, Catalogue]:
    """Burglary with near repeats, and theft: some two incidents a day."""
    backgrounds = {
        "burglary": Background(0.08, (Bump(441_000.0, 4_641_000.0, 0.3, 400.0),), np.ones((7, 24))),
        "theft": Background(0.1, (Bump(442_000.0, 4_641_500.0, 0.3, 500.0),), np.ones((7, 24))),
    }
    world = World(RING, ZONE, START, END, backgrounds, {"burglary": Trigger(0.2, 7.0, 120.0)})
    return world, simulate(world, np.random.default_rng(20230101))


@lru_cache
def feed(seed: int = 1, *, outages: bool = True) -> Feed:
    """The feed of the small city."""
    world, catalogue = city()
    habits = FeedHabits(outages=OUTAGES if outages else ())
    return simulate_feed(catalogue, world, np.random.default_rng(seed), habits)


def nights(first: str, last: str, every: str = "1D") -> Times:
    """Civil midnights."""
    return periods(first, last, every, ZONE)


def domain(size: float = 500.0) -> Domain:
    """Squares over the small city."""
    return Domain.square(RING, size=size, crs=CRS, time_zone=ZONE)
