"""How much of a city a layer covers: known truths, and the sentences."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.layers import Areas, Days, Events, Places, Streets, coverage

CRS = "EPSG:26916"
CITY = shapely.box(400_000, 4_600_000, 410_000, 4_610_000)
CELLS = Domain.square(CITY, size=500, crs=CRS, time_zone="UTC")


def scattered(n: int, box: shapely.Polygon = CITY, seed: int = 0) -> gpd.GeoDataFrame:
    x0, y0, x1, y1 = box.bounds
    x, y = np.random.default_rng(seed).uniform([[x0], [y0]], [[x1], [y1]], (2, n))
    return gpd.GeoDataFrame(geometry=shapely.points(x, y), crs=CRS)


def half(share: float) -> shapely.Polygon:
    return shapely.box(400_000, 4_600_000, 410_000, 4_600_000 + 10_000 * share)


@pytest.mark.parametrize("share", [0.3, 0.5, 1.0])
def test_areas_cover_what_lies_inside(share: float) -> None:
    areas = Areas(gpd.GeoDataFrame(geometry=[half(share)], crs=CRS).to_crs("EPSG:4326"), name="tracts")
    found = coverage(areas, CELLS)
    assert found.share == pytest.approx(share, abs=0.002)
    assert found.sentence.startswith(f"areas 'tracts' cover {found.share:.1%} of the domain; other cells are NaN")


def test_areas_that_overlap_are_told() -> None:
    found = coverage(Areas(gpd.GeoDataFrame(geometry=[half(1), half(0.1)], crs=CRS)), CELLS)
    assert found.share == pytest.approx(1)
    assert f"{0.1 / 1.1:.1%} of that lies in several of them" in found.sentence


@pytest.mark.parametrize("kind", [Places, Streets])
@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_a_layer_that_ends_within_the_city_is_told(kind: type[Places], share: float) -> None:
    frame = scattered(600, half(share))
    if kind is Streets:
        frame = frame.set_geometry(frame.geometry.shift(1).fillna(frame.geometry.iloc[0]).shortest_line(frame.geometry))
        frame = frame[frame.length < 2500]
    found = coverage(kind(frame, name="x"), CELLS)
    assert share - 0.1 < found.share < share + 0.16
    assert ("say so with extent=" in found.sentence) == (found.share <= 0.95)


def test_a_declared_extent_is_believed() -> None:
    found = coverage(Places(scattered(5), extent=half(0.4)), CELLS)
    assert found.share == pytest.approx(0.4)
    assert "was searched for in 40.0% of the domain, as its extent says" in found.sentence


def test_too_few_or_elsewhere() -> None:
    few = coverage(Places(scattered(4)), CELLS)
    assert np.isnan(few.share)
    assert "4 are too few to tell" in few.sentence
    far = coverage(Places(scattered(50, shapely.box(0, 0, 1000, 1000))), CELLS)
    assert far.share == 0
    assert "none of 50 lies in the domain; is the CRS of the file the right one" in far.sentence
    same = Places(scattered(1).iloc[[0] * 12].reset_index(drop=True))
    assert 0 <= coverage(same, CELLS).share < 0.01


def test_a_layer_without_geometries_holds_everywhere() -> None:
    days = Days(pd.DataFrame({"start": pd.to_datetime(["2020-01-01"])}), vintage="2019-01-01")
    assert coverage(days, CELLS).share == 1.0


@pytest.mark.parametrize("extent", ["city", 3, gpd.GeoSeries([CITY]), shapely.Point(0, 0), shapely.Polygon()])
def test_an_extent_that_is_no_area_is_refused(extent: object) -> None:
    with pytest.raises(InputError, match=r"extent (is a|holds no area)"):
        Places(scattered(3), extent=extent)


def test_of_events_only_the_venues_are_counted() -> None:
    venues = [CITY.centroid, CITY.centroid, shapely.Point(0, 0)]
    frame = gpd.GeoDataFrame({"start": pd.to_datetime(["2024-01-01"] * 3)}, geometry=venues, crs=CRS)
    found = coverage(Events(frame, name="shows"), CELLS)
    assert np.isnan(found.share)
    assert found.sentence == "events 'shows': 2 venues, 1 of them in the domain"
    away = coverage(Events(frame[2:], name="shows"), CELLS)
    assert away.share == 0.0
    assert "1 venues, 0 of them in the domain; is the CRS" in away.sentence
