"""Sky: how much of a window is dark, and how much of the moon is lit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import pyproj
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.features._common import check_issue_times
from hotspot.features._memo import remembered
from hotspot.features._timed import lead_columns
from hotspot.history import History
from hotspot.kernels.sun import moon_illumination, sun_elevation
from hotspot.windows import Times, Windows

UNITS = {"darkness_share": "1", "moon": "1"}
DAY, NOON = 86_400_000_000, np.datetime64("2000-01-01T12:00", "us")
STEPS = 288  # of a day: the sun's height is taken as straight within five minutes
STEP = DAY // STEPS


@dataclass(frozen=True)
class Sky:
    """Darkness and moon at the city's centre.

    Columns: ``darkness_share``, the share of the window's elapsed time in which the sun's centre stands more than
    `depression` below the horizon; ``moon``, the lit share of the moon's disc at the window's midpoint, 0 new to 1
    full, whether the moon is up or not. Both come from formulas in UTC (Meeus 1998), so clocks and polar days need no
    care; refraction is left out, and civil dawn and dusk lie within a minute of astral's. A window that the clocks skip
    whole has no darkness share (NaN).

    Parameters
    ----------
    depression : float
        How far the sun must be below the horizon [degrees]: 6 is the end of civil twilight, 12 nautical, 18
        astronomical.

    Raises
    ------
    InputError
        If the depression is not between -90 and 90.
    """

    name: ClassVar[str] = "sky"
    uses_calendar: ClassVar[bool] = True
    depression: float = 6.0

    def __post_init__(self) -> None:
        """Check the depression."""
        if not -90 < self.depression < 90:
            raise InputError(f"{self.name} depression: got {self.depression!r}, expected degrees between -90 and 90")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Look at the sky.

        Parameters
        ----------
        history : History
            Gives the city's centre and the time zone.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Give the leads.

        Returns
        -------
        xarray.DataArray
            Dimensions (issue_time, lead, column).

        Raises
        ------
        LeakageError
            If an issue time is later than the cutoff.
        """
        times = check_issue_times(history, issue_times)
        start, end = windows.bounds(times, history.domain.time_zone)
        latitude, longitude = remembered(history.domain, "degrees of the centre", lambda: centre(history.domain))
        dark = dark_share(start, end, latitude, longitude, self.depression)
        middle = start + (end - start) // 2
        moon = moon_illumination(_days_since_noon(middle.ravel())).reshape(middle.shape)
        attrs = {"units": list(UNITS.values()), "source": "sun and moon (Meeus 1998)", "vintage": ""}
        return lead_columns(times, list(UNITS), np.stack([dark, moon], axis=-1), attrs)


def centre(domain: Domain) -> tuple[float, float]:
    """Find the middle of a city.

    Parameters
    ----------
    domain : Domain
        Gives the boundary.

    Returns
    -------
    latitude, longitude : float
        Of the boundary's centroid [degrees].
    """
    middle = domain.boundary.centroid
    to_degrees = pyproj.Transformer.from_crs(domain.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(middle.x, middle.y)
    return float(latitude), float(longitude)


def dark_share(start: Times, end: Times, latitude: float, longitude: float, depression: float) -> NDArray[np.float64]:
    """Share of windows in which the sun stands low enough.

    Parameters
    ----------
    start, end : ndarray of datetime64[us], any shape
        Bounds, naive UTC.
    latitude, longitude : float
        Of the observer [degrees].
    depression : float
        How far the sun must be below the horizon [degrees].

    Returns
    -------
    ndarray, same shape
        From 0 to 1; NaN where no time elapses.
    """
    low, high = (edge.astype("datetime64[us]").astype(np.int64) for edge in (start, end))
    if not low.size:
        return np.zeros(start.shape)
    first = int(low.min() // DAY)
    days = np.arange(first, int(high.max() // DAY) + 1)
    used = np.zeros(days.size + 1, np.int64)
    np.add.at(used, low.ravel() // DAY - first, 1)
    np.add.at(used, high.ravel() // DAY - first + 1, -1)
    needed = np.cumsum(used)[:-1] > 0  # windows of a backtest may lie years apart
    table = _Table(np.zeros((days.size, STEPS + 1), np.int64), np.zeros((days.size, STEPS), bool))
    table.total[needed], table.light_first[needed] = _dark_until(days[needed], latitude, longitude, depression)
    dark = _dark_at(table, high - first * DAY) - _dark_at(table, low - first * DAY)
    length = (high - low).astype(np.float64)
    return np.asarray(dark / np.where(length > 0, length, np.nan))


class _Table(NamedTuple):
    """Dark time of days since midnight UTC at each step [us], in whole numbers, and which steps begin light."""

    total: NDArray[np.int64]
    light_first: NDArray[np.bool_]


def _dark_until(days: NDArray[np.int64], latitude: float, longitude: float, depression: float) -> _Table:
    """Follow the sun through some days; between two steps its height changes straight."""
    edges = (days[:, None] * DAY + np.arange(STEPS + 1) * STEP).astype("datetime64[us]")
    depth = -depression - sun_elevation(_days_since_noon(edges.ravel()), latitude, longitude).reshape(edges.shape)
    a, b = depth[:, :-1], depth[:, 1:]  # dark where positive
    span = np.abs(a) + np.abs(b)
    part = (np.maximum(a, 0) + np.maximum(b, 0)) / np.where(span > 0, span, 1)
    total = np.zeros(edges.shape, np.int64)
    np.cumsum(np.round(part * STEP).astype(np.int64), axis=1, out=total[:, 1:])
    return _Table(total, a < 0)


def _dark_at(table: _Table, time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Dark time up to moments [us], all counted from the first day."""
    day, within = np.divmod(time, DAY)
    step, rest = np.divmod(within, STEP)
    before = np.concatenate([[0], np.cumsum(table.total[:, -1])])
    whole = table.total[day, step]
    dark = table.total[day, step + 1] - whole
    part = np.where(table.light_first[day, step], np.maximum(rest - (STEP - dark), 0), np.minimum(rest, dark))
    return np.asarray(before[day] + whole + part)


def _days_since_noon(times: Times) -> NDArray[np.float64]:
    return (times - NOON).astype(np.int64) / DAY
