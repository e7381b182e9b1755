"""The area that a portal is asked for, as longitudes and latitudes."""

from __future__ import annotations

import re
from pathlib import Path

from hotspot.errors import ConfigError

CENTRE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")


def read_area(text: str) -> tuple[tuple[float, float], ...]:
    """Read an area.

    Parameters
    ----------
    text : str
        A file of polygons, lines or points; or ``LATITUDE,LONGITUDE`` of a centre.

    Returns
    -------
    tuple of (float, float)
        Longitude and latitude [degree] of the corners of the hull, or of the centre alone.

    Raises
    ------
    ConfigError
        If it is neither.

    Examples
    --------
    >>> read_area("52.63, -1.13")
    ((-1.13, 52.63),)
    """
    found = CENTRE.fullmatch(text)
    if found:
        latitude, longitude = float(found[1]), float(found[2])
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ConfigError(f"area {text!r}: expected LATITUDE,LONGITUDE in degrees")
        return ((longitude, latitude),)
    from hotspot.domain.boundary import read_vector

    frame = read_vector(Path(text))
    if frame.crs is None:
        raise ConfigError(f"area {text}: says no CRS; write it into the file")
    hull = frame.to_crs("EPSG:4326").geometry.union_all().convex_hull
    if hull.geom_type != "Polygon":
        raise ConfigError(f"area {text}: encloses nothing; expected polygons")
    return tuple((round(x, 6), round(y, 6)) for x, y in hull.exterior.coords[:-1])
