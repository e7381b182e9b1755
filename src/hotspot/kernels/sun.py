"""Where the sun stands, for whole arrays of times.

References
----------
.. [1] Meeus, J. (1998). Astronomical Algorithms, 2nd ed., chapters 12, 22 and 25. Willmann-Bell.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(cache=True)
def sun_elevation(days: NDArray[np.float64], latitude: float, longitude: float) -> NDArray[np.float64]:
    """Elevation of the sun's centre above the horizon, without refraction [degrees].

    Parameters
    ----------
    days : ndarray, shape (n,)
        Days since 2000-01-01T12:00 UTC.
    latitude, longitude : float
        Of the observer [degrees], north and east positive.

    Returns
    -------
    ndarray, shape (n,)
        Elevations; good to some hundredths of a degree from 1900 to 2100.
    """
    out = np.empty(days.size)
    north = np.radians(latitude)
    for i in range(days.size):
        century = days[i] / 36525.0
        mean = np.radians(280.46646 + century * (36000.76983 + century * 0.0003032))
        anomaly = np.radians(357.52911 + century * (35999.05029 - century * 0.0001537))
        centre = (
            np.sin(anomaly) * (1.914602 - century * (0.004817 + century * 0.000014))
            + np.sin(2 * anomaly) * (0.019993 - century * 0.000101)
            + np.sin(3 * anomaly) * 0.000289
        )
        node = np.radians(125.04 - 1934.136 * century)
        apparent = mean + np.radians(centre - 0.00569 - 0.00478 * np.sin(node))
        tilt = np.radians(23.439291 - 0.0130042 * century + 0.00256 * np.cos(node))
        declination = np.arcsin(np.sin(tilt) * np.sin(apparent))
        ascension = np.arctan2(np.cos(tilt) * np.sin(apparent), np.cos(apparent))
        sidereal = np.radians((280.46061837 + 360.98564736629 * days[i] + longitude) % 360.0)
        height = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(
            sidereal - ascension
        )
        out[i] = np.degrees(np.arcsin(min(1.0, max(-1.0, height))))
    return out


@nb.njit(cache=True)
def moon_illumination(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Illuminated share of the moon's disc (chapter 48 of [1]).

    Parameters
    ----------
    days : ndarray, shape (n,)
        Days since 2000-01-01T12:00 UTC.

    Returns
    -------
    ndarray, shape (n,)
        From 0, new, to 1, full; good to about 0.01.
    """
    out = np.empty(days.size)
    for i in range(days.size):
        century = days[i] / 36525.0
        elongation = np.radians((297.8501921 + 445267.1114034 * century) % 360.0)
        sun = np.radians((357.5291092 + 35999.0502909 * century) % 360.0)
        moon = np.radians((134.9633964 + 477198.8675055 * century) % 360.0)
        phase = (
            np.pi
            - elongation
            + np.radians(
                -6.289 * np.sin(moon)
                + 2.100 * np.sin(sun)
                - 1.274 * np.sin(2 * elongation - moon)
                - 0.658 * np.sin(2 * elongation)
                - 0.214 * np.sin(2 * moon)
                - 0.110 * np.sin(elongation)
            )
        )
        out[i] = (1 + np.cos(phase)) / 2
    return out
