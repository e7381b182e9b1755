"""Burglaries of homes whose people are away or asleep: of many times only the span of absence is known.

The weekly curve is known, and so is the true time of every burglary. Spans come from the routine of a household, which
does not depend on when its burglar comes: so a span says nothing but that the burglary lies in it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.windows import Times, to_utc

HOUR = np.timedelta64(3_600_000_000, "us")
DAY, WEEK_HOURS = 24, 168
ALARMED, WORKING, TRAVELLING = 0.1, 0.85, 0.08  # shares of households
FLOOR = 0.08


class Burglaries(NamedTuple):
    """Burglaries as they were, and as they are on record.

    Attributes
    ----------
    time : ndarray of datetime64[us], shape (n,)
        When each happened, naive UTC.
    start, end : ndarray of datetime64[us], shape (n,)
        What the record says, naive UTC; equal where somebody noticed.
    alarmed : ndarray of bool, shape (n,)
        Whether the home has an alarm, which tells the time whatever the hour: the times of these are a fair sample.
    """

    time: Times
    start: Times
    end: Times
    alarmed: NDArray[np.bool_]


def burglary_curve() -> NDArray[np.float64]:
    """Give the true curve: late mornings and afternoons of working days, evenings before the weekend, few at night.

    Returns
    -------
    ndarray, shape (168,)
        Share of each hour of the civil week from Monday 00:00.
    """
    hour = np.arange(DAY, dtype=np.float64) + 0.5
    working = FLOOR + _peak(hour, 10.5, 1.0) + 1.4 * _peak(hour, 14.5, 1.2) + 0.5 * _peak(hour, 20.0, 1.5)
    free = FLOOR + 0.4 * _peak(hour, 13.0, 2.5) + 1.1 * _peak(hour, 20.5, 2.0)
    friday = working + 0.7 * _peak(hour, 20.5, 2.0)
    week = np.concatenate([working, working, working, working, friday, free, free])
    return np.asarray(week / week.sum())


def draw_burglaries(n: int, first: str, weeks: int, time_zone: str, rng: np.random.Generator) -> Burglaries:
    """Draw burglaries by the curve, and the spans that their households would have been away.

    Parameters
    ----------
    n : int
        How many.
    first : str
        A Monday.
    weeks : int
        Over how many weeks.
    time_zone : str
        IANA name of the zone whose clock the curve and the households follow.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Burglaries
        Most households are away from the morning to the afternoon of working days; all are asleep at
        night; some travel from Friday to Sunday. Spans are whole quarters of an hour. An alarm ends all doubt.
    """
    hour = rng.choice(WEEK_HOURS, n, p=burglary_curve()) + rng.random(n)
    start, end = hour.copy(), hour.copy()
    for low, high, share in (*_nights(n, rng), *_workdays(n, rng), *_travels(n, rng)):
        inside = share & (hour >= low) & (hour < high)
        start, end = np.where(inside, low, start), np.where(inside, high, end)
    alarmed = rng.random(n) < ALARMED
    start, end = np.where(alarmed, hour, start), np.where(alarmed, hour, end)
    monday = np.datetime64(first, "us") + rng.integers(0, weeks, n) * WEEK_HOURS * HOUR
    civil = (monday + np.round(t * 3.6e9).astype("timedelta64[us]") for t in (hour, start, end))
    time, first_possible, last_possible = (to_utc(t, time_zone) for t in civil)
    return Burglaries(time, first_possible, last_possible, alarmed)


Spans = list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]]


def _nights(n: int, rng: np.random.Generator) -> Spans:
    """From bed time to the morning, each night; the first of the week began on Sunday."""
    to_bed, up = _quarters(rng.uniform(22, 24.5, n)), _quarters(rng.uniform(6, 7.5, n))
    everybody = np.ones(n, bool)
    return [(DAY * (day - 1) + to_bed, DAY * day + up, everybody) for day in range(8)]


def _workdays(n: int, rng: np.random.Generator) -> Spans:
    leave, back = _quarters(rng.uniform(7.5, 9.5, n)), _quarters(rng.uniform(15, 18.5, n))
    works = rng.random(n) < WORKING
    return [(DAY * day + leave, DAY * day + back, works) for day in range(5)]


def _travels(n: int, rng: np.random.Generator) -> Spans:
    leave, back = _quarters(rng.uniform(16, 19, n)), _quarters(rng.uniform(15, 20, n))
    return [(DAY * 4 + leave, DAY * 6 + back, rng.random(n) < TRAVELLING)]


def _quarters(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.floor(hours * 4) / 4)


def _peak(hour: NDArray[np.float64], at: float, width: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-0.5 * ((hour - at) / width) ** 2), np.float64)
