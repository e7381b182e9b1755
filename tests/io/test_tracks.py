"""Tracks from tables: nothing of the units is kept, bad pings are counted."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from hotspot.errors import ColumnError, InputError
from hotspot.io.tracks import read_tracks

ZONE = "America/Chicago"
X, Y = 447_500.0, 4_636_500.0


def table(times: list[str], unit: str = "Sgt. Jane Miller 4711") -> pd.DataFrame:
    n = len(times)
    return pd.DataFrame({"officer": unit, "time": times, "x": X + np.arange(n), "y": Y, "speed": 30.0, "note": "text"})


def test_stays_of_a_file_and_of_points(tmp_path: Path) -> None:
    rows = table(["2024-03-01 12:00:00", "2024-03-01 12:04:00", "2024-03-01 12:30:00", "2024-03-01 12:31:00"])
    rows.to_csv(tmp_path / "gps.csv", index=False)
    points = gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["x"], rows["y"]), crs="EPSG:26916")
    options = {"columns": {"unit": "officer"}, "time_zone": ZONE, "latency": "2h"}
    tracks = read_tracks(tmp_path / "gps.csv", crs="EPSG:26916", **options)
    other = read_tracks(points, **options)
    assert (tracks.name, len(tracks)) == ("gps", 4)
    pd.testing.assert_frame_equal(tracks.frame, other.frame)
    assert tracks.frame["start"].astype(str).tolist()[0] == "2024-03-01 18:00:00"
    assert [note.split(": ", 1)[1] for note in tracks.notes] == [
        "1 rows after a gap of more than 10 min, which is not bridged"
    ]
    assert "Miller" not in repr(tracks.__dict__) + tracks.frame.to_csv()


def test_pings_that_cannot_be_used_are_counted() -> None:
    rows = table(
        [
            "2024-11-03 00:50",
            "2024-11-03 00:58",
            "2024-11-03 01:30",
            "2024-03-10 02:30",
            "2024-11-03",
            "x",
            "2024-11-03 02:30",
        ]
    )
    rows.loc[6, "x"] = None
    tracks = read_tracks(rows, columns={"unit": "officer"}, crs="EPSG:26916", time_zone=ZONE)
    assert len(tracks) == 2
    assert [note.split(": ", 1)[1] for note in tracks.notes] == [
        "1 rows set aside: missing coordinates",
        "1 rows whose time is no time",
        "1 rows whose time the clocks skipped",
        "1 rows whose time lies in an hour that the clocks repeat, set aside",
        "1 rows with a date and no time of day",
        "4 rows without a unit, a time or a position, set aside",
    ]


def test_what_is_missing_is_named() -> None:
    rows = table(["2024-03-01 12:00", "2024-03-01 12:04"])
    with pytest.raises(ColumnError, match="no column for unit"):
        read_tracks(rows, crs="EPSG:26916", time_zone=ZONE)
    with pytest.raises(InputError, match="has no CRS"):
        read_tracks(rows, columns={"unit": "officer"}, time_zone=ZONE)
    with pytest.raises(InputError, match="no stay is left"):
        read_tracks(rows.iloc[:1], columns={"unit": "officer"}, crs="EPSG:26916", time_zone=ZONE)


def test_american_dates_need_a_format_and_what_left_no_stay_is_told() -> None:
    times = ["03/01/2024 12:00", "03/01/2024 12:04"]
    rows = pd.DataFrame({"unit": ["a", "a"], "time": times, "x": [447e3, 447.1e3], "y": [4636e3, 4636e3]})
    known = {"crs": "EPSG:26916", "time_zone": "America/Chicago"}
    assert len(read_tracks(rows, formats={"time": "%m/%d/%Y %H:%M"}, **known)) == 2
    with pytest.raises(InputError, match=r"2 rows whose time is no time but of the form '99/99/9999 99:99'"):
        read_tracks(rows, **known)
    with pytest.raises(InputError, match=r"2 rows whose time lies in an hour that the clocks repeat, set aside"):
        read_tracks(rows.assign(time=["2024-11-03 01:10", "2024-11-03 01:14"]), **known)
    with pytest.raises(InputError, match=r"2 rows set aside"):
        read_tracks(rows.assign(time=["2024-11-04 01:10", "2024-11-04 01:14"], x=np.nan), **known)
