"""The geometry of Lakeview, an invented city: boundary with a lake cut out, and six areas with residents.

All coordinates are metres in EPSG:26916 (x east, y north), rounded to 0.1 m so that files hold exactly what
the simulation used. The city lies near Chicago on the map only because a CRS must lie somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.simulate.places import draw_events, draw_places
from hotspot.simulate.streets import draw_streets

CRS = "EPSG:26916"
TIME_ZONE = "America/Chicago"
ORIGIN = (420_000.0, 4_650_000.0)

# Metres east and north of ORIGIN, counter-clockwise: straight municipal limits with steps and notches.
_RING = [
    (300, 900), (900, 850), (900, 250), (2600, 150), (2650, 500), (3900, 450), (4400, 0), (5900, 80),
    (6100, 600), (7000, 650), (7050, 1400), (7700, 1500), (7950, 2300), (7600, 3000), (7900, 3700),
    (7850, 4600), (7200, 4700), (7150, 5300), (6300, 5350), (6000, 5900), (4600, 6000), (4200, 5600),
    (3100, 5650), (3000, 5950), (1700, 5900), (1600, 5300), (900, 5200), (850, 4500), (200, 4300),
    (0, 3300), (350, 2600), (100, 1900),
]  # fmt: skip
_LAKE_CENTRE = (5350.0, 3500.0)

# District, seed of its Voronoi cell, residents of group_a, group_b, group_c.
_AREAS = [
    ("Harbour Flats", (6900, 2300), (21_400, 6_900, 4_100)),
    ("Northgate", (6100, 5000), (24_800, 4_300, 2_900)),
    ("Mill End", (3200, 4700), (9_600, 17_200, 5_800)),
    ("Old Quarry", (1000, 3600), (12_300, 4_900, 11_700)),
    ("Southfield", (1900, 1500), (6_200, 8_800, 14_500)),
    ("Elm Rise", (4600, 1700), (13_900, 13_100, 7_600)),
]


@dataclass(frozen=True)
class City:
    """What the maps of an invented city show.

    Parameters
    ----------
    boundary : shapely Polygon
        The city without its lake.
    lake : shapely Polygon
        The hole.
    areas, streets, places : geopandas.GeoDataFrame
        Areas tile the boundary.
    events : pandas.DataFrame
        Calendar with name, x, y, start, end (civil time), attendance.
    """

    boundary: shapely.Polygon
    lake: shapely.Polygon
    areas: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    events: pd.DataFrame


def lakeview_city(rng: np.random.Generator) -> City:
    """Draw the city of Lakeview, about 8 km by 6 km.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness for streets, places and events; boundary and areas are fixed.

    Returns
    -------
    City
        Geometry in EPSG:26916 [m].
    """
    lake = _lake()
    ring = np.add(_RING, ORIGIN)
    boundary = shapely.Polygon(ring, holes=[lake.exterior.coords])
    for_streets, for_places, for_events = rng.spawn(3)
    streets = draw_streets(boundary, CRS, for_streets)
    places = draw_places(streets, boundary, for_places)
    return City(boundary, lake, draw_areas(boundary), streets, places, draw_events(ORIGIN, for_events))


def draw_areas(boundary: shapely.Polygon) -> gpd.GeoDataFrame:
    """Cut the boundary into the six districts, each the part nearest to its seed.

    Parameters
    ----------
    boundary : shapely Polygon
        The city [m].

    Returns
    -------
    geopandas.GeoDataFrame
        Columns area_id, name, residents, group_a, group_b, group_c (they add up to residents), geometry.
    """
    seeds = shapely.MultiPoint(np.add([seed for _, seed, _ in _AREAS], ORIGIN))
    cells = shapely.voronoi_polygons(seeds, extend_to=shapely.box(*boundary.bounds), ordered=True)
    groups = np.array([counts for *_, counts in _AREAS])
    return gpd.GeoDataFrame(
        {
            "area_id": [f"A{number}" for number in range(1, len(_AREAS) + 1)],
            "name": [name for name, *_ in _AREAS],
            "residents": groups.sum(axis=1),
            "group_a": groups[:, 0],
            "group_b": groups[:, 1],
            "group_c": groups[:, 2],
        },
        geometry=shapely.intersection(shapely.get_parts(cells), boundary),
        crs=CRS,
    )


def _lake() -> shapely.Polygon:
    """Draw a bay-like blob: a circle of about 650 m with three slow waves on its radius."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    waves = 0.22 * np.cos(2 * angle - 0.6) + 0.13 * np.sin(3 * angle) + 0.05 * np.cos(5 * angle + 1)
    radius = 650 * (1 + waves)
    x = ORIGIN[0] + _LAKE_CENTRE[0] + 1.15 * radius * np.cos(angle)
    y = ORIGIN[1] + _LAKE_CENTRE[1] + 0.9 * radius * np.sin(angle)
    return shapely.Polygon(np.column_stack([x, y]).round(1))
