"""Which time zone a place probably keeps: that of the nearest town whose zone is known.

The time zone database names one principal town a zone, which is enough where a country is small. For wide countries,
and those that have several zones, larger towns are added here. A guess near a border may be wrong, so it is always told
as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

EARTH_KM = 6371.0
FAR_KM = 500.0
# of other candidates: so many times as far as the nearest town
ALSO = 1.7
MOMENTS = [datetime(2024, month, 1, tzinfo=UTC) for month in (1, 4, 7, 10)]

# territories of one small place, whose zone would be named for towns of the country around or beside it
TINY = frozenset({"AD", "GG", "GI", "IM", "JE", "LI", "LS", "MC", "SM", "VA"})

# latitude, longitude [degrees] of more towns where a country is wide or has several zones
TOWNS = {
    "America/New_York": (
        (42.36, -71.06), (39.95, -75.17), (38.90, -77.04), (40.44, -80.00), (35.23, -80.84), (33.75, -84.39),
        (25.76, -80.19), (28.54, -81.38), (39.10, -84.51), (41.50, -81.69), (39.96, -83.00), (37.54, -77.44),
        (42.89, -78.88), (39.29, -76.61), (42.33, -83.05), (32.08, -81.09), (39.77, -86.16), (38.25, -85.76),
        (35.96, -83.92),
    ),
    "America/Chicago": (
        (32.78, -96.80), (29.76, -95.37), (29.42, -98.49), (30.27, -97.74), (38.63, -90.20), (39.10, -94.58),
        (44.98, -93.27), (43.04, -87.91), (36.16, -86.78), (35.15, -90.05), (29.95, -90.07), (35.47, -97.52),
        (41.26, -95.93), (33.52, -86.80), (34.75, -92.29), (41.59, -93.62), (37.69, -97.34), (46.88, -96.79),
        (32.53, -93.75), (30.69, -88.04), (25.90, -97.50), (36.15, -95.99),
    ),
    "America/Denver": (
        (40.76, -111.89), (35.08, -106.65), (31.76, -106.49), (38.83, -104.82), (41.14, -104.82), (45.78, -108.50),
        (44.08, -103.23),
    ),
    "America/Phoenix": ((32.22, -110.97),),
    "America/Los_Angeles": (
        (37.77, -122.42), (37.34, -121.89), (38.58, -121.49), (36.74, -119.79), (32.72, -117.16), (36.17, -115.14),
        (39.53, -119.81), (45.52, -122.68), (44.05, -123.09), (47.61, -122.33), (47.66, -117.43),
    ),
    "America/Toronto": ((45.42, -75.70), (45.50, -73.57), (46.81, -71.21), (42.98, -81.25), (46.49, -81.00)),
    "America/Edmonton": ((51.05, -114.07),),
    "America/Vancouver": ((48.43, -123.37), (49.89, -119.50)),
    "America/Mexico_City": ((20.67, -103.35), (19.04, -98.21), (21.12, -101.69)),
    "America/Sao_Paulo": ((-22.91, -43.17), (-15.79, -47.88), (-19.92, -43.94), (-30.03, -51.22), (-25.43, -49.27)),
    "Australia/Sydney": ((-35.28, 149.13), (-32.93, 151.78)),
    "Europe/Moscow": ((59.93, 30.36), (56.33, 44.00), (55.79, 49.12)),
    "Europe/London": ((53.48, -2.24), (55.95, -3.19), (54.60, -5.93), (51.48, -3.18), (54.97, -1.61)),
    "Europe/Paris": ((43.30, 5.37), (45.76, 4.84), (43.60, 1.44), (44.84, -0.58), (50.63, 3.06), (48.58, 7.75)),
    "Europe/Berlin": ((48.14, 11.58), (53.55, 9.99), (50.94, 6.96), (50.11, 8.68), (48.78, 9.18)),
    "Europe/Madrid": ((41.39, 2.17), (37.39, -5.98), (39.47, -0.38), (42.24, -8.72), (43.26, -2.93)),
    "Europe/Lisbon": ((41.16, -8.62),),
    "Europe/Rome": ((45.46, 9.19), (40.85, 14.27), (38.12, 13.36), (45.07, 7.69)),
    "Europe/Amsterdam": ((53.22, 6.57), (50.85, 5.69)),
    "Asia/Kolkata": ((19.08, 72.88), (28.61, 77.21), (12.97, 77.59), (13.08, 80.27), (17.39, 78.49), (23.02, 72.57)),
    "Africa/Johannesburg": ((-33.92, 18.42), (-29.86, 31.02)),
}  # fmt: skip


@dataclass(frozen=True)
class ZoneGuess:
    """A zone that a place may keep.

    Parameters
    ----------
    zone : str
        IANA name.
    distance_km : float
        To the nearest town of it that is known here.
    others : tuple of str
        Zones of towns nearly as near, whose clocks differ in some season.
    """

    zone: str
    distance_km: float
    others: tuple[str, ...]

    @property
    def is_near(self) -> bool:
        """Whether a known town is near, and no other clock is."""
        return self.distance_km < FAR_KM and not self.others


def guess_zone(longitude: float, latitude: float) -> ZoneGuess:
    """Guess the zone of a place.

    Parameters
    ----------
    longitude, latitude : float
        In degrees.

    Returns
    -------
    ZoneGuess
        Of the nearest known town.

    Examples
    --------
    >>> guess_zone(4.48, 51.92).zone
    'Europe/Amsterdam'
    """
    names, places = _towns()
    distance = _kilometres(places, np.radians([latitude, longitude]))
    order = np.argsort(distance, kind="stable")
    zone, nearest = names[order[0]], float(distance[order[0]])
    # within a town nobody keeps the clock of the next one
    reach = max(ALSO * nearest, 50.0)
    near = dict.fromkeys(names[i] for i in order[1:] if distance[i] <= reach)
    return ZoneGuess(zone, nearest, tuple(name for name in near if _clock(name) != _clock(zone))[:3])


def _kilometres(places: NDArray[np.float64], here: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle distance by the haversine formula; rows of (latitude, longitude) [radians]."""
    half = np.sin((places - here) / 2) ** 2
    chord = half[:, 0] + np.cos(places[:, 0]) * np.cos(here[0]) * half[:, 1]
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(chord)))


@cache
def _clock(zone: str) -> tuple[object, ...]:
    """Offsets from UTC over a year; zones with the same are the same to a reader."""
    return tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in MOMENTS)


@cache
def _towns() -> tuple[list[str], NDArray[np.float64]]:
    pairs = [*_principal_towns(), *((zone, place) for zone, places in TOWNS.items() for place in places)]
    return [zone for zone, _ in pairs], np.radians([place for _, place in pairs])


def _principal_towns() -> Iterator[tuple[str, tuple[float, float]]]:
    """Read the table of the time zone database: countries, ISO 6709 position, zone."""
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        country, position, zone, *_ = line.split("\t")
        if country in TINY:
            continue
        cut = max(position.rfind("+"), position.rfind("-"))
        yield zone, (_degrees(position[:cut]), _degrees(position[cut:]))


def _degrees(text: str) -> float:
    """Read ``+DDMM``, ``-DDDMM`` or the same with seconds."""
    digits = text[1:]
    whole = len(digits) - (4 if len(digits) > 5 else 2)
    minutes = float(digits[whole : whole + 2]) + float(digits[whole + 2 :] or 0) / 60
    return (-1 if text[0] == "-" else 1) * (float(digits[:whole]) + minutes / 60)
