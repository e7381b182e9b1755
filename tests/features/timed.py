"""Layers that vary in time over the small city of `worlds`: rows known before, at and after what they are about."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from hotspot.history import History
from hotspot.layers import Days, Events, Layer, Series, Tracks
from hotspot.protocols import Feature
from hotspot.windows import Windows
from tests.features import worlds

HOUR, DAY = np.timedelta64(3_600_000_000, "us"), np.timedelta64(86_400_000_000, "us")


def history(*layers: Layer, kind: str = "square") -> History:
    return worlds.history(worlds.table(1, 50), kind=kind, layers=layers)


def events(seed: int = 0, n: int = 80, vintage: str | None = None, days: int = 120) -> Events:
    """Events in and around the city, an hour to a day long, some announced after they began."""
    rng = np.random.default_rng(seed)
    x0, y0, x1, y1 = worlds.BOUNDARY.bounds
    start = worlds.FIRST + rng.integers(0, days * 24, n) * HOUR
    points = shapely.points(rng.uniform((x0 - 900, y0 - 900), (x1 + 900, y1 + 900), (n, 2)))
    points[: n // 4] = points[0]  # one venue for many
    points[-3:] = shapely.buffer(points[-3:], 150)
    columns = {
        "start": start,
        "end": start + rng.integers(0, 24, n) * HOUR,
        "known_at": start + rng.integers(-20 * 24, 48, n) * HOUR,
        "attendance": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 5000, n)),
        "category": rng.choice(["match", "market"], n),
    }
    return Events(
        gpd.GeoDataFrame(columns, geometry=points, crs=worlds.CRS).to_crs("EPSG:4326"), name="shows", vintage=vintage
    )


def days(seed: int = 0, n: int = 20, vintage: str | None = None, name: str = "school") -> Days:
    rng = np.random.default_rng(seed)
    first = np.datetime64("2021-01-20", "D") + rng.integers(0, 150, n)
    columns = {
        "start": first.astype("datetime64[s]"),
        "end": (first + rng.integers(0, 5, n)).astype("datetime64[s]"),
        "known_at": first.astype("datetime64[us]") - rng.integers(-2 * 24, 40 * 24, n) * HOUR,
        "category": rng.choice(["break", "strike"], n),
    }
    return Days(pd.DataFrame(columns), name=name, vintage=vintage)


def weather(seed: int = 0, vintage: str | None = None, years: int = 2) -> Series:
    """Six-hourly values known two hours later, and forecasts of the next two days; some values are missing."""
    rng = np.random.default_rng(seed)
    time = worlds.FIRST - years * 365 * DAY + np.arange((years * 365 + 130) * 4) * 6 * HOUR
    day = np.arange(time.size) / 4
    truth = 10 - 12 * np.cos(2 * np.pi * day / 365.25) + 3 * np.sin(2 * np.pi * day) + rng.normal(0, 2, time.size)
    of = np.arange(0, time.size - 8, 3)[:, None] + np.arange(8)
    measured = pd.DataFrame(
        {"time": time, "known_at": time + 2 * HOUR, "temp": truth, "rain": rng.exponential(1, time.size)}
    )
    guess = truth[of] + rng.normal(0, 1, of.shape)
    issued = np.broadcast_to(time[of[:, :1]], of.shape).ravel()
    forecast = pd.DataFrame({"time": time[of].ravel(), "known_at": issued, "temp": guess.ravel()})
    rows = pd.concat([measured, forecast]).sample(frac=0.95, random_state=seed)
    return Series(rows, name="weather", vintage=vintage, units={"temp": "degC", "rain": "mm"})


def tracks(seed: int = 0, latency: str = "6h", n: int = 4000, days: int = 120) -> Tracks:
    rng = np.random.default_rng(seed)
    x0, y0, x1, y1 = worlds.BOUNDARY.bounds
    start = rng.integers(0, days * 86_400, n // 8)[:, None] + rng.integers(5, 500, (n // 8, 8)).cumsum(axis=1)
    pings = pd.DataFrame(
        {
            "unit": np.arange(n // 8).repeat(8),
            "time": worlds.FIRST + start.ravel() * np.timedelta64(1_000_000, "us"),
            "x": rng.uniform(x0, x1, n // 8 * 8),
            "y": rng.uniform(y0, y1, n // 8 * 8),
        }
    )
    return Tracks.from_pings(pings, worlds.CRS, latency=latency, name="patrols")


def loop(feature: Feature, history: History, times: np.ndarray, windows: Windows) -> xr.DataArray:
    """Compute at each issue time alone, from nothing but what was known then: later rows of layers are deleted."""
    parts = []
    for time in times:
        past = history.as_of(time)
        object.__setattr__(past, "layers", tuple(without_later(layer, time) for layer in past.layers))
        parts.append(feature.compute(past, np.array([time]), windows))
    return xr.concat(parts, "issue_time")


def without_later(layer: Layer, time: np.datetime64) -> Layer:
    """Delete the rows that were not known at a moment, by hand; an empty layer is allowed."""
    kept = layer.frame[layer.known_at <= time]
    made = object.__new__(type(layer))
    for name, value in layer.__dict__.items():
        if name in layer.__dataclass_fields__:
            object.__setattr__(made, name, value)
    object.__setattr__(made, "frame", kept.reset_index(drop=True))
    return made


def same(fast: xr.DataArray, slow: xr.DataArray) -> None:
    """Equal to the bit, NaN where NaN."""
    assert fast.dims == slow.dims
    assert fast.dtype == slow.dtype
    np.testing.assert_array_equal(fast.values, slow.values)
    assert list(fast.coords) == list(slow.coords)
