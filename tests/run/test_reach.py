"""Layers beside the city are refused, and those of a part of it are told."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot import Domain
from hotspot.errors import ConfigError
from hotspot.layers import Areas, Places, Streets, Tracks
from hotspot.run.reach import beside, hold_reach

X, Y = 440_000.0, 4_630_000.0
CITY = shapely.box(X, Y, X + 1000, Y + 1000)


def _streets(east: float, crs: int) -> Streets:
    lines = [shapely.LineString([(X + d, Y), (X + d, Y + 1000)]) for d in np.linspace(0, east, 12)]
    return Streets(gpd.GeoDataFrame(geometry=lines, crs=crs), name="roads")


def _inputs(*layers: object) -> SimpleNamespace:
    domain = Domain.square(CITY, size=100.0, crs="EPSG:26916", time_zone="America/Chicago")
    return SimpleNamespace(domain=domain, layers=layers)


def test_a_layer_of_the_whole_city_is_not_spoken_of() -> None:
    assert hold_reach(_inputs(_streets(1000, 26916))) == []


def test_a_layer_of_half_the_city_is_told() -> None:
    half = Areas(gpd.GeoDataFrame(geometry=[shapely.box(X, Y, X + 500, Y + 1000)], crs=26916), name="tracts")
    told = hold_reach(_inputs(half, _streets(1000, 26916)))
    assert len(told) == 1
    assert "'tracts' cover 50.0% of the domain" in told[0]


def _wrong() -> list[object]:
    points = [shapely.Point(X + 50 * k, Y + 50 * k) for k in range(15)]
    times = pd.to_datetime(["2024-03-01 19:00", "2024-03-01 19:20"])
    pings = pd.DataFrame({"unit": 1, "time": times, "x": [X, X + 5], "y": [Y, Y]})
    return [
        _streets(1000, 26917),
        Places(gpd.GeoDataFrame(geometry=points, crs=26917), name="bars"),
        Areas(gpd.GeoDataFrame(geometry=[CITY], crs=26917), name="tracts"),
        Tracks.from_pings(pings, "EPSG:26917", gap=30.0, name="cars"),
    ]


@pytest.mark.parametrize("layer", _wrong(), ids=lambda layer: layer.name)
def test_a_layer_of_the_wrong_zone_is_refused(layer: Streets) -> None:
    with pytest.raises(ConfigError, match=f"{layer.name}.*nothing of it lies in the domain.*EPSG:26917"):
        hold_reach(_inputs(layer, _streets(1000, 26916)))
    assert len(beside(_inputs(layer, _streets(1000, 26916)))) == 1
