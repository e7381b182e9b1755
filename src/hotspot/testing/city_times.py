"""The layers of the small world that vary in time: events, days, weather and patrols, each known at its own moment."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.layers import Days, Events, Layer, Series, Tracks
from hotspot.testing.city import CRS, DAY, DAYS, HIGH, START, WEST_SOUTH, WIDE
from hotspot.windows import Times

HOUR, MINUTE = np.timedelta64(3_600_000_000, "us"), np.timedelta64(60_000_000, "us")
AHEAD = 3  # days that weather is forecast
BEFORE = 400  # days of weather before the first record: what is normal takes a year to tell


def city_times(rng: np.random.Generator) -> tuple[Layer, ...]:
    """Make a layer of each kind that varies in time.

    Parameters
    ----------
    rng : numpy.random.Generator
        For all of them.

    Returns
    -------
    tuple of layers
        Rows known before, at and after what they are about.
    """
    return (_events(rng), _school_days(rng), _weather(rng), _patrols(rng))


def _events(rng: np.random.Generator) -> Events:
    """Make an event every other day, each announced up to two weeks before, some only afterwards."""
    n = DAYS // 2
    start = START + rng.integers(0, DAYS * 24, n) * HOUR
    columns = {
        "start": start,
        "end": start + rng.integers(1, 8, n) * HOUR,
        "known_at": start + rng.integers(-14 * 24, 48, n) * HOUR,
        "attendance": rng.integers(100, 20_000, n).astype(float),
        "category": rng.choice(["match", "market"], n),
    }
    points = shapely.points(rng.uniform(0, (WIDE, HIGH), (n, 2)) + WEST_SOUTH)
    return Events(gpd.GeoDataFrame(columns, geometry=points, crs=CRS), name="events", vintage=START + 40 * DAY)


def _school_days(rng: np.random.Generator) -> Days:
    """Take about every other day off, announced up to two weeks before, or afterwards."""
    n = DAYS // 2
    start = START + (np.arange(n) * 2 + rng.integers(0, 2, n)) * DAY
    columns = {
        "start": start,
        "end": start + (rng.random(n) < 0.2) * DAY,
        "known_at": start + rng.integers(-14, 14, n) * DAY,
        "category": rng.choice(["holiday", "strike"], n),
    }
    return Days(pd.DataFrame(columns), name="school_days", vintage=START + 80 * DAY)


def _weather(rng: np.random.Generator) -> Series:
    """Measure every six hours, known two hours later, and forecast the next days."""
    time = START + np.arange(-4 * BEFORE, DAYS * 4) * 6 * HOUR
    day = np.arange(time.size) / 4
    truth = 12 - 9 * np.cos(2 * np.pi * day / 365) + rng.normal(0, 3, time.size)
    measured = _values(time, time + 2 * HOUR, truth, rng)
    ahead = np.arange(4 * AHEAD)
    of = np.arange(4 * (BEFORE - AHEAD), time.size - ahead.size, 2)[:, None] + ahead
    issued = np.broadcast_to(time[of[:, :1]], of.shape)
    guess = truth[of] + rng.normal(0, 0.2 + 0.3 * ahead, of.shape)
    forecast = _values(time[of].ravel(), issued.ravel(), guess.ravel(), rng)
    return Series(pd.concat([measured, forecast]), name="weather")


def _values(time: Times, known: Times, temperature: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    rain = np.maximum(rng.normal(-1, 2, time.size), 0)
    return pd.DataFrame({"time": time, "known_at": known, "temperature": temperature, "precipitation": rain})


def _patrols(rng: np.random.Generator) -> Tracks:
    """Make some stays a day, known the next day or, when a device was offline, weeks later."""
    n = DAYS * 4
    start = START + rng.integers(0, DAYS * 24 * 60, n) * MINUTE
    end = start + rng.integers(5, 90, n) * MINUTE
    delay = np.where(rng.random(n) < 0.1, rng.integers(24, 600, n), 12) * HOUR
    x, y = (rng.uniform(0, (WIDE, HIGH), (n, 2)) + WEST_SOUTH).T
    stays = pd.DataFrame({"start": start, "end": end, "known_at": end + delay, "x": x, "y": y})
    return Tracks(stays, CRS, name="patrols")
