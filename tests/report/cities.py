"""A small city with a lake and an island, and a forecast for it."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from hotspot.domain import Domain, write_domain
from hotspot.evaluate.selection import select
from hotspot.report import Page
from hotspot.schema import CELL, EXPECTED, ISSUE_TIME, LEAD, VALID_END, VALID_START
from hotspot.windows import Windows

CRS, ZONE = "EPSG:26916", "America/Chicago"
ISSUE = np.datetime64("2025-11-21T06:00", "us")
X0, Y0 = 440_000.0, 4_630_000.0
EVIL = "<script>alert('x')</script> & \"co\" $a_b$"


def boundary() -> shapely.MultiPolygon:
    """5 km by 4 km with slanting sides, a round lake in the middle, and an island in the east."""
    main = shapely.Polygon([(X0 + 30, Y0), (X0 + 4900, Y0 + 110), (X0 + 5000, Y0 + 4000), (X0, Y0 + 3870)])
    lake = shapely.Point(X0 + 2500, Y0 + 2000).buffer(620)
    island = shapely.box(X0 + 5310, Y0 + 1010, X0 + 5720, Y0 + 1460)
    return shapely.MultiPolygon([main.difference(lake), island])


def square_city(size: float = 250.0, rotation: float = 0.0) -> Domain:
    return Domain.square(boundary(), size=size, crs=CRS, time_zone=ZONE, rotation=rotation)


def hex_city() -> Domain:
    return Domain.h3(boundary(), resolution=9, crs=CRS, time_zone=ZONE)


def street_city(length: float = 120.0) -> Domain:
    """A grid of streets every 250 m, some of which run into the lake."""
    across = [shapely.LineString([(X0 - 50, Y0 + d), (X0 + 5800, Y0 + d)]) for d in range(100, 4000, 250)]
    along = [shapely.LineString([(X0 + d, Y0 - 50), (X0 + d, Y0 + 4050)]) for d in range(100, 5800, 250)]
    grid = gpd.GeoSeries(across + along, crs=CRS)
    return Domain.segments(boundary(), streets=grid, length=length, crs=CRS, time_zone=ZONE)


def beat_city(names: list[str] | None = None) -> Domain:
    """Beats of very different size: strips in the west, three large ones in the east; their edges have many points."""
    edges = [X0 + d for d in (-60, 150, 300, 450, 700, 3000, 4600, 5900)]
    cells = [shapely.segmentize(shapely.box(a, Y0 - 50, b, Y0 + 4050), 20.0) for a, b in pairwise(edges)]
    frame = gpd.GeoDataFrame({"beat": names or range(len(cells))}, geometry=cells, crs=CRS)
    return Domain.polygons(boundary(), cells=frame, crs=CRS, time_zone=ZONE, id="beat" if names else None)


def forecast_for(domain: Domain, windows: Windows | None = None) -> xr.Dataset:
    """A bump of expected incidents that moves from the south-west to the north-east with the lead."""
    start, end = (windows or Windows("1D", leads=3)).bounds(ISSUE, domain.time_zone)
    x, y = domain.centres
    along = np.linspace(0.15, 0.85, start.size)[:, None]
    distance = np.hypot(x - X0 - 5000 * along, y - Y0 - 4000 * along)
    expected = (
        domain.size / (62_500 if domain.measure == "area" else 250) * (0.002 + 0.1 * np.exp(-((distance / 700) ** 2)))
    )
    coords = {
        ISSUE_TIME: [ISSUE],
        LEAD: np.arange(start.size),
        CELL: domain.ids,
        VALID_START: ((ISSUE_TIME, LEAD), start[None]),
        VALID_END: ((ISSUE_TIME, LEAD), end[None]),
        domain.measure: (CELL, domain.size),
        "target": "burglary",
    }
    total = {f"total_{domain.measure}": domain.total_size}
    attrs = {"crs": domain.crs, "time_zone": ZONE, "domain": write_domain(domain), **total}
    return xr.Dataset({EXPECTED: ((ISSUE_TIME, LEAD, CELL), expected[None])}, coords, attrs)


def streets() -> gpd.GeoSeries:
    across = [shapely.LineString([(X0, Y0 + d), (X0 + 5000, Y0 + d)]) for d in range(300, 4000, 700)]
    along = [shapely.LineString([(X0 + d, Y0 - 500), (X0 + d, Y0 + 4000)]) for d in range(400, 5000, 900)]
    return gpd.GeoSeries(across + along, crs=CRS)


def page_of(domain: Domain, forecast: xr.Dataset | None = None, **changes: object) -> Page:
    forecast = forecast_for(domain) if forecast is None else forecast
    shares = () if "selections" in changes else (0.02, 0.1)  # the smallest beat is larger than that
    content: dict[str, object] = {
        "title": f"Testville {EVIL}",
        "target": f"burglary {EVIL}",
        "forecast": forecast,
        "selections": {share: select(forecast, coverage=share) for share in shares},
        "domain": domain,
        "streets": streets(),
        "trust": ("Last 20 weeks: hit rate 12 % (10 to 14 %), counts 9 %, oracle 60 %.", f"Trust {EVIL}"),
        "score_table": pd.DataFrame({"model": [f"kde {EVIL}"], "pai": [3.2], "pai_low": [2.9], "pai_high": [3.5]}),
        "exposure_table": pd.DataFrame({"area": ["North"], "exposure": [0.0213]}),
        "facts": {f"Run {EVIL}": f"id {EVIL}"},
        "warnings": (f"Careful {EVIL}",),
    }
    return Page(**(content | changes))  # type: ignore[arg-type]
