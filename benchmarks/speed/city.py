"""The bench city: a square of 20 km whose incidents come from a formula, with known triggering.

First incidents: a quarter fall anywhere; the others around 60 centres, scattered by a Gaussian about the middle of the
city. Centre number k draws in proportion to k**-0.7, and its incidents lie around it with a standard deviation of 150
to 1,500 m per axis. Their times are uniform over 1,096 days. Every incident has a Poisson number of offspring, 0.25 on
average, each after an exponential delay of 10 days on average and 100 m per axis away; offspring have offspring. What
falls outside the square or after the last day is dropped.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from hotspot.domain import Domain
from hotspot.history import History
from hotspot.incidents import Incidents

SIDE, DAYS = 20_000.0, 1096
BRANCHING, DELAY, SCALE = 0.25, 10.0, 100.0
EAST, NORTH = 440_000.0, 4_630_000.0  # the square lies in Chicago's zone, so that hexagons can be had there too
CRS = "EPSG:32616"
FIRST = np.datetime64("2021-01-04", "us")  # a Monday
DAY = np.timedelta64(86_400_000_000, "us")


class Drawn(NamedTuple):
    """Incidents by time: days since the first day, coordinates [m]; and the share of offspring in the parent's cell."""

    day: np.ndarray
    x: np.ndarray
    y: np.ndarray
    stays: float


@cache
def domain(size=250.0):
    box = shapely.box(EAST, NORTH, EAST + SIDE, NORTH + SIDE)
    return Domain.square(box, size=size, crs=CRS, time_zone="UTC")


def points(n, rng):
    """Draw where first incidents fall, shape (n, 2), from the corner of the city."""
    centres = np.random.default_rng(60)
    middle = np.clip(centres.normal(SIDE / 2, SIDE / 5, (60, 2)), 500, SIDE - 500)
    spread = centres.uniform(150, 1500, 60)
    weight = np.arange(1.0, 61) ** -0.7
    found = rng.uniform(0, SIDE, (n, 2))
    todo = np.flatnonzero(rng.random(n) < 0.75)
    while todo.size:
        k = rng.choice(60, todo.size, p=weight / weight.sum())
        found[todo] = rng.normal(middle[k], spread[k, None])
        todo = todo[~_inside(found[todo])]
    return found


def spots(n, rng):
    """Draw where first incidents fall: x, y in the CRS [m]."""
    x, y = points(n, rng).T
    return x + EAST, y + NORTH


def _inside(place):
    return ((place >= 0) & (place < SIDE)).all(axis=1)


@cache
def draw(n, seed=1):
    """Draw about n incidents."""
    rng = np.random.default_rng([seed, n])
    place, day = points(round(n * (1 - BRANCHING)), rng), rng.uniform(0, DAYS, round(n * (1 - BRANCHING)))
    places, days, stays = [place], [day], []
    while day.size:
        children = rng.poisson(BRANCHING, day.size)
        parent = np.repeat(place, children, axis=0)
        place = parent + rng.normal(0, SCALE, parent.shape)
        day = np.repeat(day, children) + rng.exponential(DELAY, children.sum())
        stays.append((place // 250 == parent // 250).all(axis=1))
        kept = _inside(place) & (day < DAYS)
        place, day = place[kept], day[kept]
        places.append(place)
        days.append(day)
    order = np.argsort(np.concatenate(days))
    x, y = np.concatenate(places)[order].T
    return Drawn(np.concatenate(days)[order], x + EAST, y + NORTH, float(np.concatenate(stays).mean()))


@cache
def history(n, *, dates=False):
    """About n incidents as a History; with dates, each is known to the day only."""
    drawn = draw(n)
    start = FIRST + (drawn.day * 86_400e6).astype("timedelta64[us]")
    if dates:
        start = start.astype("datetime64[D]").astype("datetime64[us]")
    never = np.full(start.size, np.datetime64("NaT", "us"))
    table = {
        "id": np.char.zfill(np.arange(start.size).astype(str), 8),
        "start": start,
        "end": start + (DAY if dates else 0 * DAY),
        "known_at": never,
        "superseded_at": never,
        "category": "burglary",
        "x": drawn.x,
        "y": drawn.y,
        "position_error": np.nan,
        "time_precision": "day" if dates else "time",
    }
    return History(domain(), Incidents(pd.DataFrame(table), CRS))
