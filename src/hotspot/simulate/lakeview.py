"""The process of Lakeview: three categories and triggers chosen so that a model can find them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from hotspot.simulate.background import Background, Bump, Floats, Near
from hotspot.simulate.city import ORIGIN, TIME_ZONE, City
from hotspot.simulate.process import Trigger, World
from hotspot.windows import to_utc

SEED = 20240101
FIRST_DAY, LAST_DAY = "2024-01-01", "2025-06-30"

# Relative rates per hour of the day, from midnight on.
_BY_DAY = [4, 4, 4, 3, 3, 3, 4, 6, 9, 11, 12, 12, 12, 12, 12, 11, 11, 10, 9, 9, 8, 7, 6, 5]
_BY_NIGHT = [12, 12, 11, 10, 9, 7, 5, 4, 4, 4, 4, 4, 5, 5, 5, 6, 7, 8, 9, 11, 12, 13, 13, 13]
_NIGHTLIFE = [14, 13, 11, 7, 4, 3, 2, 2, 3, 3, 4, 5, 6, 6, 6, 7, 8, 8, 9, 10, 11, 13, 14, 15]

# East and north of ORIGIN [m], peak [incidents per km2 per day], standard deviation per axis [m].
_BURGLARY = [
    (1900, 1400, 0.46, 650),
    (3300, 4900, 0.54, 550),
    (6800, 2200, 0.35, 500),
    (1200, 3700, 0.3, 450),
]
_VEHICLE = [(4100, 2300, 0.29, 900), (6400, 4800, 0.26, 800), (2400, 3600, 0.31, 700)]
_ASSAULT = [(2700, 2900, 0.26, 800), (3500, 4400, 0.17, 600), (6500, 1300, 0.14, 400)]


def rng_for(seed: int, purpose: str) -> np.random.Generator:
    """Make the generator of one purpose, so that a change of the streets leaves the incidents alone.

    Parameters
    ----------
    seed : int
        Seed of the whole sample.
    purpose : str
        What the numbers are for, such as "city".

    Returns
    -------
    numpy.random.Generator
        The same for the same seed and purpose.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def lakeview_world(city: City) -> World:
    """Set the process that fills Lakeview with incidents.

    Parameters
    ----------
    city : City
        Geometry; assaults are raised near its bars.

    Returns
    -------
    World
        Burglary and vehicle theft with near repeats, assault without.
    """
    bars = city.places.geometry[city.places["category"] == "bar"]
    near_bars = Near(bars.x.to_numpy(), bars.y.to_numpy(), gain=4.0, scale_m=150.0)
    backgrounds = {
        "burglary": Background(
            uniform=0.062,
            bumps=_bumps(_BURGLARY),
            week=_week(_BY_DAY, [1.1, 1.1, 1.1, 1.1, 1.15, 0.8, 0.65]),
            season=0.15,
            season_peak=345,
        ),
        "vehicle theft": Background(
            uniform=0.072,
            bumps=_bumps(_VEHICLE),
            week=_week(_BY_NIGHT, [1.0, 0.95, 0.95, 1.0, 1.1, 1.05, 0.95]),
            season=0.1,
            season_peak=280,
        ),
        "assault": Background(
            uniform=0.042,
            bumps=_bumps(_ASSAULT),
            week=_nights([0.75, 0.75, 0.8, 0.9, 1.4, 1.5, 0.9]),
            season=0.3,
            season_peak=200,
            near=near_bars,
        ),
    }
    triggers = {
        "burglary": Trigger(branching_ratio=0.25, delay_days=7.0, scale_m=120.0),
        "vehicle theft": Trigger(branching_ratio=0.15, delay_days=4.0, scale_m=200.0),
    }
    first, last = np.datetime64(FIRST_DAY, "D"), np.datetime64(LAST_DAY, "D")
    start, end = to_utc(np.array([first, last + 1]), TIME_ZONE)
    return World(city.boundary, TIME_ZONE, start, end, backgrounds, triggers)


def _bumps(rows: Sequence[tuple[float, float, float, float]]) -> tuple[Bump, ...]:
    return tuple(Bump(ORIGIN[0] + east, ORIGIN[1] + north, peak, scale) for east, north, peak, scale in rows)


def _week(hours: list[int], days: list[float]) -> Floats:
    """Cross an hourly profile with one factor a weekday (Monday first), to a mean of 1."""
    return _to_mean_one(np.outer(days, hours))


def _nights(days: list[float]) -> Floats:
    """Do the same, but let the hours before 05:00 belong to the evening before."""
    table = np.outer(days, _NIGHTLIFE)
    table[:, :5] = np.roll(table[:, :5], 1, axis=0)
    return _to_mean_one(table)


def _to_mean_one(table: Floats) -> Floats:
    """Scale a table, rounded so that the file of the truth holds exactly what was used."""
    scaled: Floats = np.round(table / table.mean(), 4)
    return scaled
