"""Small worlds and models for the tests of the evaluator."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from hotspot.domain import Domain
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.windows import Windows

CRS = "EPSG:32616"
ZONE = "UTC"
DAY = np.timedelta64(86_400_000_000, "us")
NEVER = np.datetime64("NaT", "us")


def square_domain(columns=4, rows=4, size=100.0, zone=ZONE):
    return Domain.square(shapely.box(0, 0, columns * size, rows * size), size=size, crs=CRS, time_zone=zone)


def street_domain():
    """Four streets of 100, 200, 300 and 400 m that meet nowhere, in a city of 500 m by 600 m; snapped up to 20 m."""
    lines = [shapely.LineString([(50, 100 * k), (50 + 100 * k, 100 * k)]) for k in (1, 2, 3, 4)]
    streets = gpd.GeoDataFrame({"street": [1, 2, 3, 4]}, geometry=lines, crs=CRS)
    return Domain.segments(
        shapely.box(0, 0, 500, 600), streets=streets, id="street", snap=20.0, crs=CRS, time_zone=ZONE
    )


def incidents(start, x, y, *, hours=0.0, known_at=None, superseded_at=None, category="burglary", ids=None):
    start = np.asarray(start, "datetime64[us]")
    n = start.size
    span = (np.broadcast_to(hours, n) * 3.6e9).astype("timedelta64[us]")
    return Incidents(
        pd.DataFrame(
            {
                "id": np.arange(n).astype(str) if ids is None else ids,
                "start": start,
                "end": start + span,
                "known_at": np.full(n, NEVER) if known_at is None else known_at,
                "superseded_at": np.full(n, NEVER) if superseded_at is None else superseded_at,
                "category": np.broadcast_to(category, n),
                "x": np.asarray(x, float),
                "y": np.asarray(y, float),
                "position_error": np.nan,
                "time_precision": "time",
            }
        ),
        CRS,
    )


def random_history(rng, domain, n=400, days=60, hours=0.0, **given):
    """Incidents that favour low x and y, from 2024-01-01 on."""
    left, bottom, right, top = domain.boundary.bounds
    start = np.datetime64("2024-01-01", "us") + (rng.random(n) * days * 8.64e10).astype("timedelta64[us]")
    x, y = left + (right - left) * rng.random(n) ** 2, bottom + (top - bottom) * rng.random(n) ** 2
    return History(domain, incidents(start, x, y, hours=hours), **given)


def dataset(history, start, end, expected):
    domain = history.domain
    coords = {
        "issue_time": [history.known_until],
        "lead": np.arange(start.size),
        "cell": domain.ids,
        "valid_start": (("issue_time", "lead"), start[None]),
        "valid_end": (("issue_time", "lead"), end[None]),
        domain.measure: ("cell", domain.size),
        "target": history.target_name,
    }
    data = {"expected_count": (("issue_time", "lead", "cell"), expected[None])}
    return xr.Dataset(data, coords, {f"total_{domain.measure}": domain.total_size, "time_zone": domain.time_zone})


@dataclass
class Seen:
    """What a fake model was called with."""

    fits: list = field(default_factory=list)
    forecasts: list = field(default_factory=list)


SEEN: dict[str, Seen] = {}


@dataclass(frozen=True)
class Past:
    """Expects what each cell held so far, per day, plus a floor."""

    floor: float = 0.01
    scale: float = 1.0
    name: str = "counts"

    def fit(self, history, *, windows, rng=None):
        SEEN.setdefault(self.name, Seen()).fits.append((history.cutoff, rng))
        return FittedPast(self, windows)


@dataclass(frozen=True)
class FittedPast:
    recipe: Past
    windows: Windows

    @property
    def params(self):
        return {}

    def forecast(self, history, *, state=None, rng=None):
        SEEN.setdefault(self.recipe.name, Seen()).forecasts.append((history.cutoff, rng))
        start, end = self.windows.bounds(history.known_until, history.domain.time_zone)
        first = np.array(["2024-01-01"], "datetime64[us]")
        past = history.mass(first, np.array([history.complete_until]))[0]
        rate = self.recipe.scale * (past + self.recipe.floor) / ((history.complete_until - first[0]) / DAY)
        return dataset(history, start, end, ((end - start) / DAY)[:, None] * rate)


def runs_of(history, expected, *, start="2024-01-15", days=1.0, names=None):
    """Runs with given expected counts, shape (n_models, n_issue_times, n_leads, n_cells), windows end to end."""
    expected = np.asarray(expected, float)
    models, issues, leads, _ = expected.shape
    length = np.timedelta64(int(days * 8.64e10), "us")
    issue = np.datetime64(start, "us") + length * leads * np.arange(issues)
    begin = issue[:, None] + length * np.arange(leads)
    domain = history.domain
    coords = {
        "model": names or [f"m{i}" for i in range(models)],
        "issue_time": issue,
        "lead": np.arange(leads),
        "cell": domain.ids,
        "valid_start": (("issue_time", "lead"), begin),
        "valid_end": (("issue_time", "lead"), begin + length),
        domain.measure: ("cell", domain.size),
        "target": history.target_name,
    }
    data = {"expected_count": (("model", "issue_time", "lead", "cell"), expected)}
    return xr.Dataset(data, coords, {f"total_{domain.measure}": domain.total_size})
