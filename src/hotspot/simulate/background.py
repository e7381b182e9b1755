"""The background of a synthetic category: a surface over the city times a rhythm over the week and the year.

The background intensity [incidents per km2 per day] is a product, so its mean over time is known exactly::

    intensity(t, x, y) = surface(x, y) * rhythm(t)
    surface(x, y) = (uniform + sum_k peak_k exp(-|p - c_k|^2 / (2 scale_k^2)))
                    * (1 + gain exp(-d^2 / (2 scale^2)))
    rhythm(t) = week[weekday, hour] * (1 + season cos(2 pi (day of year - season_peak) / 365.25))

with d the distance to the nearest of the `near` points, and weekday, hour and day of year in civil time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspot.windows import Times, to_local

Floats = NDArray[np.float64]

_THURSDAY = 3  # weekday of 1970-01-01, counted from Monday


@dataclass(frozen=True)
class Bump:
    """A Gaussian rise of the surface.

    Parameters
    ----------
    x, y : float
        Centre [m].
    peak : float
        Height at the centre [incidents per km2 per day].
    scale_m : float
        Standard deviation per axis [m].
    """

    x: float
    y: float
    peak: float
    scale_m: float


@dataclass(frozen=True)
class Near:
    """A factor that raises the surface near points such as bars: 1 + gain exp(-d^2 / (2 scale_m^2)).

    Parameters
    ----------
    x, y : array, shape (n_points,)
        The points [m].
    gain : float
        Relative rise at a point, >= 0.
    scale_m : float
        Reach of the rise [m].
    """

    x: Floats
    y: Floats
    gain: float
    scale_m: float


@dataclass(frozen=True)
class Background:
    """The background of one category.

    Parameters
    ----------
    uniform : float
        Floor of the surface [incidents per km2 per day].
    bumps : tuple of Bump
        Rises above the floor.
    week : array, shape (7, 24)
        Relative rate per civil weekday (Monday first) and hour, mean near 1.
    season : float
        Relative amplitude of the year's cosine, 0 to 1.
    season_peak : int
        Day of year of its maximum.
    near : Near, optional
        Points round which the surface is raised.
    """

    uniform: float
    bumps: tuple[Bump, ...]
    week: Floats
    season: float = 0.0
    season_peak: int = 1
    near: Near | None = None


def surface(background: Background, x: Floats, y: Floats) -> Floats:
    """Give the part of the intensity that varies over the city.

    Parameters
    ----------
    background : Background
        The formula's parameters.
    x, y : array, shape (n,)
        Where [m].

    Returns
    -------
    array, shape (n,)
        [incidents per km2 per day].
    """
    value = np.full(np.shape(x), background.uniform, dtype=np.float64)
    for bump in background.bumps:
        squared = (x - bump.x) ** 2 + (y - bump.y) ** 2
        value += bump.peak * np.exp(-squared / (2 * bump.scale_m**2))
    near = background.near
    if near is not None:
        distance, _ = cKDTree(np.column_stack([near.x, near.y])).query(np.column_stack([x, y]))
        value *= 1 + near.gain * np.exp(-(distance**2) / (2 * near.scale_m**2))
    return value


def rhythm(background: Background, t: Times, time_zone: str) -> Floats:
    """Give the part of the intensity that varies over time; constant within a civil hour.

    Parameters
    ----------
    background : Background
        The formula's parameters.
    t : array of datetime64[us], shape (n,)
        When, in UTC.
    time_zone : str
        IANA name of the zone whose clock the rhythm follows.

    Returns
    -------
    array, shape (n,)
        Relative rate, mean near 1.
    """
    civil = to_local(t, time_zone)
    day = civil.astype("datetime64[D]")
    weekday = (day.astype(np.int64) + _THURSDAY) % 7
    hour = (civil - day) // np.timedelta64(1, "h")
    day_of_year = (day - civil.astype("datetime64[Y]")).astype(np.int64) + 1
    angle = 2 * np.pi * (day_of_year - background.season_peak) / 365.25
    rate: Floats = background.week[weekday, hour] * (1 + background.season * np.cos(angle))
    return rate


def bound(background: Background) -> float:
    """Give a number the intensity never exceeds [incidents per km2 per day]; thinning draws under it."""
    gain = 0.0 if background.near is None else background.near.gain
    top = background.uniform + sum(bump.peak for bump in background.bumps)
    return float(top * (1 + gain) * background.week.max() * (1 + abs(background.season)))
