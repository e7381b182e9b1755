"""A synthetic world and its incidents: a background drawn by thinning, near repeats drawn in branching form.

Every incident, of the background or triggered, has Poisson(branching_ratio) offspring of its own category,
each after an exponential delay and a Gaussian displacement. The family tree is kept whole: offspring that
fall outside the city or after the span are part of the catalogue, marked as not observed. A burn-in before
the span makes its first days like all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.simulate.background import Background, Floats, bound, rhythm, surface
from hotspot.windows import Times

_DAY = np.timedelta64(1, "D") / np.timedelta64(1, "us")


@dataclass(frozen=True)
class Trigger:
    """How an incident raises the intensity near itself for a while.

    Parameters
    ----------
    branching_ratio : float
        Mean number of direct offspring, below 1.
    delay_days : float
        Mean of the exponential delay [days].
    scale_m : float
        Standard deviation of the Gaussian displacement, per axis [m].

    Raises
    ------
    InputError
        If the ratio lies outside [0, 1) or a scale is not positive.
    """

    branching_ratio: float
    delay_days: float
    scale_m: float

    def __post_init__(self) -> None:
        """Refuse a process that explodes or has no scale."""
        if not 0 <= self.branching_ratio < 1:
            raise InputError(
                f"branching_ratio is {self.branching_ratio}; expected 0 <= ratio < 1, "
                "because at 1 or above every incident has endless descendants"
            )
        if self.delay_days <= 0 or self.scale_m <= 0:
            raise InputError(f"delay_days {self.delay_days} and scale_m {self.scale_m} must both be above 0")


@dataclass(frozen=True)
class World:
    """A city with a known process.

    Parameters
    ----------
    boundary : shapely Polygon or MultiPolygon
        Where the background lives, in projected metres.
    time_zone : str
        IANA name of the zone whose clock the background follows.
    start, end : numpy.datetime64
        The observed span [start, end), in UTC.
    backgrounds : mapping of str to Background
        One per category.
    triggers : mapping of str to Trigger
        Near repeats of the categories that have them.
    burn_in_days : float
        Time before `start` that is simulated as well [days].

    Raises
    ------
    InputError
        If the span is empty or a trigger names a category without a background.
    """

    boundary: shapely.Polygon | shapely.MultiPolygon
    time_zone: str
    start: np.datetime64
    end: np.datetime64
    backgrounds: Mapping[str, Background]
    triggers: Mapping[str, Trigger]
    burn_in_days: float = 60.0

    def __post_init__(self) -> None:
        """Refuse an empty span and triggers of unknown categories."""
        if not self.start < self.end:
            raise InputError(f"the span {self.start} to {self.end} is empty; expected start before end")
        for category in self.triggers:
            _background(self, category)


@dataclass(frozen=True)
class Catalogue:
    """Incidents of a synthetic world with their family tree, sorted by time.

    Parameters
    ----------
    t : array of datetime64[us], shape (n,)
        When, in UTC.
    x, y : array, shape (n,)
        Where [m].
    category : array of str, shape (n,)
        What.
    parent : array of int, shape (n,)
        Position of the incident that triggered this one; -1 for the background.
    observed : array of bool, shape (n,)
        Inside the boundary and the span, so that a city's file could hold it.
    """

    t: Times
    x: Floats
    y: Floats
    category: NDArray[np.str_]
    parent: NDArray[np.int64]
    observed: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count incidents, observed or not."""
        return len(self.t)


def intensity(world: World, category: str, t: Times, x: Floats, y: Floats) -> Floats:
    """Give the background intensity of a category; zero outside the boundary.

    Parameters
    ----------
    world : World
        The city and its process.
    category : str
        One of the world's categories.
    t : array of datetime64[us], shape (n,)
        When, in UTC.
    x, y : array, shape (n,)
        Where [m].

    Returns
    -------
    array, shape (n,)
        [incidents per km2 per day].

    Raises
    ------
    InputError
        If the world has no such category.
    """
    background = _background(world, category)
    value = surface(background, x, y) * rhythm(background, t, world.time_zone)
    return np.where(_inside(world, x, y), value, 0.0)


def simulate(world: World, rng: np.random.Generator) -> Catalogue:
    """Draw each category's background by thinning, then its near repeats generation by generation.

    Parameters
    ----------
    world : World
        The city and its process.
    rng : numpy.random.Generator
        Source of randomness; each category gets a child of its own.

    Returns
    -------
    Catalogue
        All incidents from the burn-in on, observed or not.

    References
    ----------
    Lewis & Shedler 1979, thinning, doi:10.1002/nav.3800260304. Hawkes & Oakes 1974, the cluster (branching)
    form of a self-exciting process, doi:10.2307/3212693.
    """
    parts: list[tuple[Times, Floats, Floats, NDArray[np.int64]]] = []
    names: list[str] = []
    offset = 0
    for category, child in zip(world.backgrounds, rng.spawn(len(world.backgrounds)), strict=True):
        t, x, y, parent = _with_offspring(world.triggers.get(category), *_thin(world, category, child), child)
        parts.append((t, x, y, np.where(parent < 0, -1, parent + offset)))
        names += [category] * len(t)
        offset += len(t)
    t, x, y, parent = (np.concatenate(column) for column in zip(*parts, strict=True))
    observed = _inside(world, x, y) & (t >= world.start) & (t < world.end)
    return _sorted(Catalogue(t, x, y, np.array(names, dtype=np.str_), parent, observed))


def _thin(world: World, category: str, rng: np.random.Generator) -> tuple[Times, Floats, Floats]:
    """Draw the background: uniform candidates under a bound, each kept with probability intensity / bound."""
    top = bound(_background(world, category))
    left, low, right, high = world.boundary.bounds
    start = world.start.astype("datetime64[us]") - _span(np.array([world.burn_in_days]))[0]
    span = float((world.end - start) / np.timedelta64(1, "us"))
    n = rng.poisson(top * (right - left) * (high - low) / 1e6 * span / _DAY)
    t = start + np.floor(rng.uniform(0, span, n)).astype("timedelta64[us]")
    x, y = rng.uniform(left, right, n), rng.uniform(low, high, n)
    kept = rng.uniform(0, top, n) < intensity(world, category, t, x, y)
    return t[kept], x[kept], y[kept]


def _with_offspring(
    trigger: Trigger | None, t: Times, x: Floats, y: Floats, rng: np.random.Generator
) -> tuple[Times, Floats, Floats, NDArray[np.int64]]:
    """Append all generations of near repeats; give t, x, y and each one's parent (-1: none)."""
    parent = np.full(len(t), -1, dtype=np.int64)
    if trigger is None:
        return t, x, y, parent
    newest = np.arange(len(t))
    while len(newest):
        source = np.repeat(newest, rng.poisson(trigger.branching_ratio, len(newest)))
        newest = len(t) + np.arange(len(source))
        t = np.concatenate([t, t[source] + _span(rng.exponential(trigger.delay_days, len(source)))])
        x = np.concatenate([x, x[source] + rng.normal(0, trigger.scale_m, len(source))])
        y = np.concatenate([y, y[source] + rng.normal(0, trigger.scale_m, len(source))])
        parent = np.concatenate([parent, source])
    return t, x, y, parent


def _span(days: Floats) -> NDArray[np.timedelta64]:
    """Turn days into at least one microsecond, so that a child is never as old as its parent."""
    return (np.floor(days * _DAY) + 1).astype("timedelta64[us]")


def _sorted(catalogue: Catalogue) -> Catalogue:
    """Sort by time and point the parents at the new positions."""
    order = np.argsort(catalogue.t, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    parent = catalogue.parent[order]
    parent = np.where(parent < 0, -1, place[parent])
    return Catalogue(
        t=catalogue.t[order],
        x=catalogue.x[order],
        y=catalogue.y[order],
        category=catalogue.category[order],
        parent=parent,
        observed=catalogue.observed[order],
    )


def _inside(world: World, x: Floats, y: Floats) -> NDArray[np.bool_]:
    shapely.prepare(world.boundary)
    return np.asarray(shapely.contains_xy(world.boundary, x, y), dtype=np.bool_)


def _background(world: World, category: str) -> Background:
    if category not in world.backgrounds:
        raise InputError(f"the world has no category {category!r}; {nearest(category, world.backgrounds)}")
    return world.backgrounds[category]
