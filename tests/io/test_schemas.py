"""Rows in the form of each publisher, read through its schema: times, places, ids, and what is set aside."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.io.incidents import read_incidents
from hotspot.io.schema_files import schema_names

ROWS = Path(__file__).parent / "schemas"
NAT = None

# file: rows set aside by reason; then by id: start, end, known_at (naive UTC; end None: the start), category, x, y
BURGLARY_CHICAGO = ("2024-01-16T05:30", None, NAT, "BURGLARY", -87.6601, 41.8894)
THEFT_CHICAGO = ("2024-07-01T05:00", None, NAT, "THEFT", -87.6522, 41.9444)
NIGHT = ("2023-07-01T02:00", "2023-07-01T11:30", "2023-07-02T04:00", "BURGLARY", -73.880101, 40.668901)
NEW_YEAR = ("2023-01-01T04:50", None, "2023-01-03T05:00", "PETIT LARCENY", -73.986201, 40.748601)
STOLEN = ("2023-07-01T15:45", None, "2023-07-03T07:00", "VEHICLE - STOLEN", -118.2451, 34.0511)
THEFT_SF = ("2023-03-11T22:00", None, "2023-03-14T06:41", "Larceny Theft", -122.4101, 37.8001)
VANDALISM_SF = (*THEFT_SF[:3], "Malicious Mischief", *THEFT_SF[4:])
BREAK_IN_SEATTLE = ("2024-01-06T06:15", None, "2024-01-06T07:30", "BURGLARY", -122.3301, 47.6101)
BREAK_IN_TORONTO = ("2024-01-03T04:00", None, "2024-01-03T09:00", "Break and Enter", -79.3801, 43.6501)
WEAPONS = ("2016-01-29T19:00", None, NAT, "WEAPON LAWS", -122.403405, 37.775421)
FEBRUARY = ("2024-02-01T00:00", "2024-03-01T00:00", NAT)

CASES = {
    "chicago.csv": (
        {"time that the clocks skipped": 1, "missing coordinates": 1, "repeated row": 1},
        {"13300001": BURGLARY_CHICAGO, "13300002": THEFT_CHICAGO},
    ),
    "chicago_2024.csv": ({}, {"13300001": BURGLARY_CHICAGO, "13300002": THEFT_CHICAGO}),
    "chicago_api.json": ({"missing coordinates": 1}, {"13300001": BURGLARY_CHICAGO}),
    "new_york.csv": (
        {"unparsable time": 1, "missing category": 1, "end before start": 1},
        {
            "700000001": NIGHT,
            "700000002": NEW_YEAR,
            "700000003": (
                "2023-03-05T05:00", "2023-03-06T05:00", "2023-03-07T05:00", "HARRASSMENT 2", -73.920101, 40.828801
            ),
        },
    ),
    "new_york_api.json": ({}, {"700000001": NIGHT, "700000002": NEW_YEAR}),
    "los_angeles.csv": (
        {"null island (0, 0)": 1},
        {
            "230100001": STOLEN,
            "230100002": ("2023-07-02T07:05", None, "2023-07-03T07:00", "BURGLARY FROM VEHICLE", -118.2733, 34.0622),
            "230100003": ("2023-11-20T07:30", None, "2023-11-21T08:00", "BATTERY - SIMPLE ASSAULT", -118.3055, 34.0211),
            "230100005": ("2023-07-05T07:01", None, "2023-07-06T07:00", "THEFT OF IDENTITY", -118.2001, 34.0501),
        },
    ),
    "los_angeles_api.json": ({}, {"230100001": STOLEN}),
    "san_francisco.csv": ({"missing coordinates": 1}, {"125373806371": THEFT_SF, "125373828150": VANDALISM_SF}),
    "san_francisco_api.json": ({}, {"125373806371": THEFT_SF}),
    "san_francisco_2003.csv": ({"missing coordinates": 1}, {"12005827212120": WEAPONS, "12005827212168": WEAPONS}),
    "boston.csv": (
        {"missing coordinates": 2, "repeated row": 1},
        {
            "232000001/3115": ("2023-01-28T03:44", None, NAT, "INVESTIGATE PERSON", -71.0995, 42.2717),
            "232000002/619": ("2023-07-02T17:00", None, NAT, "LARCENY ALL OTHERS", -71.1394, 42.3578),
            "232000002/1402": ("2023-07-02T17:00", None, NAT, "VANDALISM", -71.1394, 42.3578),
        },
    ),
    "boston_2018.csv": (
        {}, {"I182000001/00619": ("2018-09-02T17:00", None, NAT, "LARCENY ALL OTHERS", -71.1394, 42.3578)}
    ),
    "seattle.csv": ({"missing coordinates": 2}, {"40000000001": BREAK_IN_SEATTLE}),
    "seattle_api.json": ({}, {"40000000001": BREAK_IN_SEATTLE}),
    "seattle_2020.csv": (
        {},
        {
            "12605000001": (
                "2020-02-05T18:10", "2020-02-05T19:00", "2020-02-05T19:24:31", "DRUG/NARCOTIC OFFENSES", -122.385974,
                47.649387,
            ),
            "12605000002": (
                "2020-02-03T16:00", "2020-02-04T16:00", "2020-02-05T18:06:28", "LARCENY-THEFT", -122.323399, 47.675118
            ),
        },
    ),
    "baltimore.csv": (
        {"repeated row": 1, "null island (0, 0)": 1},
        {
            "24A00001/4E": ("2024-05-01T04:30", None, NAT, "COMMON ASSAULT", -76.6101, 39.2901),
            "24A00001/3AF": ("2024-05-01T04:30", None, NAT, "ROBBERY", -76.6101, 39.2901),
        },
    ),
    "toronto.csv": (
        {"repeated row": 1, "null island (0, 0)": 1},
        {
            "GO-20240000001/B&E": BREAK_IN_TORONTO,
            "GO-20240000002/Assault": ("2024-07-01T04:00", None, "2024-07-02T13:00", "Assault", -79.4301, 43.6601),
        },
    ),
    "toronto_ckan.csv": ({}, {"GO-20240000001/B&E": BREAK_IN_TORONTO}),
    "toronto_hub.csv": ({}, {"GO-20240000001/B&E": BREAK_IN_TORONTO}),
    "open311.csv": (
        {"null island (0, 0)": 1},
        {"638344": (
            "2024-04-14T14:37:38", None, "2024-04-14T14:37:38", "Sidewalk and Curb Issues", -122.4651145, 37.762221815
        )},
    ),
    "open311_api.json": (
        {"missing coordinates": 1},
        {"638344": (
            "2024-04-14T14:37:38", None, "2024-04-14T14:37:38", "Sidewalk and Curb Issues", -122.4651145, 37.762221815
        )},
    ),
    "hunchlab.csv": (
        {"null island (0, 0)": 1, "unparsable time": 1},
        {
            "rms/1": (
                "2012-01-01T17:00", "2012-01-01T18:00", "2012-01-01T19:50", "burglary|residential", -75.1601, 39.9501
            ),
            "cad/1": ("2012-01-01T12:00", "2012-01-01T13:00", "2012-01-01T14:50", "robbery", -75.1701, 39.9601),
        },
    ),
}  # fmt: skip


def _name(file):
    return max((name for name in schema_names() if file.startswith(name)), key=len)


def _moment(text):
    return np.datetime64("NaT" if text is None or pd.isna(text) else text, "us")


@pytest.mark.parametrize("file", CASES)
def test_rows_of_a_publisher(file):
    aside, expected = CASES[file]
    incidents = read_incidents(ROWS / file, schema=_name(file))
    report = incidents.quality
    assert dict(report.set_aside) == aside
    assert report.rows_read == report.rows_kept + sum(aside.values())
    table = incidents.table.set_index(incidents.table["id"].astype(str))
    assert sorted(table.index) == sorted(expected)
    for key, (start, end, known_at, category, x, y) in expected.items():
        row = table.loc[key]
        found = [_moment(row[name]) for name in ("start", "end", "known_at")]
        wanted = [_moment(start), _moment(end or start), _moment(known_at)]
        assert np.array_equal(np.array(found), np.array(wanted), equal_nan=True), key
        assert (row["category"], row["x"], row["y"]) == (category, x, y)
    assert incidents.crs == "EPSG:4326"


def test_caveats_are_in_the_report():
    notes = " ".join(read_incidents(ROWS / "chicago.csv", schema="chicago").quality.notes)
    assert "not when it first became known" in notes


def test_precision_of_times():
    table = read_incidents(ROWS / "new_york.csv", schema="new_york").table.set_index("id")
    assert table["time_precision"].astype(str).to_dict() == {
        "700000001": "time", "700000002": "time", "700000003": "day",
    }  # fmt: skip


@pytest.mark.parametrize("file", ["police_uk.csv", "police_uk_api.json"])
def test_a_month_is_an_interval(file):
    incidents = read_incidents(ROWS / file, schema="police_uk")
    table = incidents.table
    assert set(table["start"]) == {np.datetime64("2024-02-01T00:00")}
    assert set(table["end"]) == {np.datetime64("2024-03-01T00:00")}
    assert set(table["time_precision"].astype(str)) == {"month"}
    first = table[table["id"].astype(str) == f"{1:064d}"]
    assert len(first) == 1
    assert (first["x"].iloc[0], first["y"].iloc[0]) == (-2.511901, 51.409401)
    rest = table[table["id"].astype(str) != f"{1:064d}"]
    assert rest["id"].is_unique
    assert len(rest) == (2 if file.endswith("csv") else 1)
    assert "Only the month is known" in " ".join(incidents.quality.notes)


def test_rows_of_police_uk_without_a_place_are_set_aside():
    incidents = read_incidents(ROWS / "police_uk.csv", schema="police_uk")
    assert dict(incidents.quality.set_aside) == {"missing coordinates": 1}
    assert set(incidents.table["source"].astype(str)) == {"Avon and Somerset Constabulary"}


def test_challenge_files_of_portland():
    incidents = read_incidents(ROWS / "nij.csv", schema="nij")
    table = incidents.table
    assert incidents.crs == "EPSG:2913"
    assert len(table) == 4  # equal rows have no ids to tell them apart, and are kept
    assert table["id"].is_unique
    assert set(table["start"]) == {np.datetime64("2016-08-01T07:00"), np.datetime64("2016-08-02T07:00")}
    assert set(table["end"] - table["start"]) == {np.timedelta64(24, "h")}
    assert set(table["time_precision"].astype(str)) == {"day"}
    assert set(table["source"].astype(str)) == {"calls for service"}
    assert (table["x"].min(), table["y"].min()) == (7633747.0, 667490.0)


def test_shapefile_of_portland(tmp_path):
    # names are cut at ten letters, and dates have a type
    names = ["CATEGORY", "CALL_GROUP", "final_case", "CASE_DESC", "occ_date", "x_coordina", "y_coordina", "census_tra"]
    row = ["BURGLARY", "PROPERTY CRIME", "BURGP", "BURGLARY - PRIORITY", "2016-08-01", 7641076, 684831, 3601]
    points = gpd.GeoDataFrame([dict(zip(names, row, strict=True))], geometry=[shapely.Point(7641076, 684831)])
    points["occ_date"] = [date(2016, 8, 1)]
    points.set_crs("EPSG:2913").to_file(tmp_path / "NIJ2016_AUG.shp")
    table = read_incidents(tmp_path / "NIJ2016_AUG.shp", schema="nij").table
    assert table["start"].iloc[0] == np.datetime64("2016-08-01T07:00")
    assert (table["x"].iloc[0], table["y"].iloc[0]) == (7641076.0, 684831.0)


def test_citizens_requests_say_where_they_are_from():
    assert set(read_incidents(ROWS / "open311.csv", schema="open311").table["source"].astype(str)) == {
        "citizen requests"
    }


def test_discovering_sources_are_told_apart():
    table = read_incidents(ROWS / "hunchlab.csv", schema="hunchlab").table
    assert dict(zip(table["id"], table["source"].astype(str), strict=True)) == {"rms/1": "rms", "cad/1": "cad"}


def test_what_the_caller_says_goes_first():
    incidents = read_incidents(ROWS / "boston_2018.csv", schema="boston", time_zone="UTC")
    assert incidents.start[0] == np.datetime64("2018-09-02T13:00")


def test_a_schema_of_ones_own(tmp_path):
    (tmp_path / "town.toml").write_text(
        'crs = "EPSG:4326"\ntime_zone = "Europe/Amsterdam"\n[columns]\nstart = "dag"\ncategory = "feit"\nx = "lon"\n'
        'y = "lat"\n[times.start]\nformats = "%d-%m-%Y"\nclock = "uur"\nclock_formats = "%H%M"\n'
    )
    (tmp_path / "town.csv").write_text("dag;uur;feit;lon;lat\n01-02-2024;930;inbraak;4,48;51,92\n")
    incidents = read_incidents(tmp_path / "town.csv", schema=str(tmp_path / "town.toml"))
    assert incidents.start[0] == np.datetime64("2024-02-01T08:30")
    assert (incidents.x[0], incidents.y[0]) == (4.48, 51.92)


def test_counts_of_dutch_neighbourhoods_become_incidents():
    squares = [shapely.box(120000, 485000, 121000, 486000), shapely.box(121000, 485000, 122000, 486000)]
    places = gpd.GeoDataFrame({"buurtcode": ["BU03630000", "BU03630001"]}, geometry=squares, crs="EPSG:28992")
    incidents = read_incidents(ROWS / "politie_nl.csv", schema="politie_nl", places=places)
    table = incidents.table
    # the total is not counted again, and codes stay padded
    assert sorted(table["category"].astype(str)) == ["1.1.1 ", "1.1.1 ", "1.1.1 ", "1.2.3 "]
    assert table["id"].is_unique
    assert set(table["start"]) == {np.datetime64("2023-12-31T23:00")}
    assert set(table["end"]) == {np.datetime64("2024-01-31T23:00")}
    assert set(table["time_precision"].astype(str)) == {"month"}
    assert {(x, y) for x, y in zip(table["x"], table["y"], strict=True)} == {(120500.0, 485500.0)}
    assert incidents.crs == "EPSG:28992"
    report = incidents.quality
    assert report.rows_read == report.rows_kept + sum(report.set_aside.values())
    assert report.set_aside["total of other categories"] == 1
    assert report.set_aside["area that is none of the places"] == 1
    assert report.set_aside["unparsable time"] == 1  # a whole year, 2024JJ00


@pytest.mark.parametrize("name", schema_names())
def test_every_schema_has_rows(name):
    assert [file for file in ROWS.iterdir() if _name(file.name) == name]
