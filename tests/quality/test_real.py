"""The gate over the public records of San Francisco, New York, Portland and Chicago."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from hotspot.domain import Domain
from hotspot.io.incidents import read_incidents
from hotspot.quality import Assessment, assess

DATA = os.environ.get("HOTSPOT_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="HOTSPOT_DATA is not set")

# file; boundary; CRS of the file; CRS of the domain; zone
CITIES = {
    "san francisco": (
        "sanfrancisco_incidents_2003_2015_alternate_weeks", "sanfrancisco_blockgroup_popdensity", "EPSG:4326",
        "EPSG:26910", "America/Los_Angeles",
    ),
    "new york": (
        "nyc_felonies_2014_2015", "nyc_tracts_acs_2008_2012", "EPSG:4326", "EPSG:32618", "America/New_York",
    ),
    "portland": (
        "portland_burglary_mvt_2012-03_2017-02", "portland_police_districts", "EPSG:2913", "EPSG:26910",
        "America/Los_Angeles",
    ),
    "chicago": (
        "chicago_residential_burglary_2014_2017", "chicago_boundary", "EPSG:26971", "EPSG:26971", "America/Chicago",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def assessed() -> Callable[[str], Assessment]:
    made: dict[str, Assessment] = {}

    def one(city: str) -> Assessment:
        if city not in made:
            file, boundary, crs, projected, zone = CITIES[city]
            shapes = gpd.read_parquet(Path(str(DATA)) / f"{boundary}.parquet").to_crs(projected).geometry.buffer(0)
            whole = gpd.GeoSeries([shapes.union_all()], crs=projected)
            domain = Domain.square(whole, size=250, crs=projected, time_zone=zone)
            columns = {"start": "datetime", "category": "category"}
            columns |= {"x": "lon", "y": "lat"} if crs == "EPSG:4326" else {"x": "x", "y": "y"}
            source = Path(str(DATA)) / f"{file}.parquet"
            incidents = read_incidents(source, columns=columns, crs=crs, time_zone=zone)
            made[city] = assess(incidents, domain, latency="3D")
        return made[city]

    return one


def test_san_francisco_is_refused_with_its_missing_weeks_counted(assessed: Callable[[str], Assessment]) -> None:
    found = assessed("san francisco")
    assert {finding.rule for finding in found.refused} == {"many_gaps"}
    assert found["many_gaps"].detail["gaps_by_length"] == {1: 1, 7: 319, 14: 2}
    assert found["gaps"].value == pytest.approx(2262 / 4511)
    assert found["missing_coordinates"].rows == 66
    assert found["repeats"].value == pytest.approx(0.069, abs=0.001)
    assert found["half_hour"].value == pytest.approx(0.44, abs=0.005)
    assert found["minute_one"].value == pytest.approx(0.025, abs=0.0005)
    assert 28_000 < found["snapping"].detail["distinct_points"] < 34_300  # some lie outside the block groups' outlines
    assert found["dummy_point"].value == pytest.approx(0.03, abs=0.002)  # the Hall of Justice
    assert "RECOVERED VEHICLE" in found["category_change"].sentence
    assert found["level_shift"].verdict == found["thin_weeks"].verdict == "pass"


def test_new_york_is_heaped_and_snapped_and_has_no_gap(assessed: Callable[[str], Assessment]) -> None:
    found = assessed("new york")
    assert found.refused == ()
    assert {finding.rule for finding in found.warnings} == {"full_hour", "half_hour"}
    assert found["full_hour"].value == pytest.approx(0.39, abs=0.003)
    assert found["snapping"].detail["distinct_points"] == pytest.approx(52_296, abs=20)
    assert found["repeats"].rows == pytest.approx(2_748, abs=5)
    assert found["gaps"].value == 0


@pytest.mark.parametrize(("city", "repeats"), [("portland", 66), ("chicago", 521)])
def test_portland_and_chicago_have_dates_only(city: str, repeats: int, assessed: Callable[[str], Assessment]) -> None:
    found = assessed(city)
    assert found.refused == ()
    assert {finding.rule for finding in found.warnings} == {"date_only"}
    assert found["date_only"].value == 1.0
    assert found["repeats"].rows == pytest.approx(repeats, abs=4)
