"""Events: what is set aside is counted, and what is kept is what the file says."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.errors import ColumnError, InputError
from hotspot.layers import Events

CRS = "EPSG:26916"
STARTS = ["2024-03-02T19:00", "2024-03-01T12:00", None, "2024-03-05T09:00", "2024-03-01T12:00"]


def frame(**columns: object) -> gpd.GeoDataFrame:
    points = [shapely.Point(i, 0) for i in range(len(STARTS))]
    return gpd.GeoDataFrame({"start": pd.to_datetime(STARTS)} | columns, geometry=points, crs=CRS)


def test_faulty_events_are_set_aside_and_counted_and_the_rest_ascends() -> None:
    end = pd.to_datetime(["2024-03-02T22:00", None, "2024-03-02T22:00", "2024-03-04T09:00", "2024-03-01T12:00"])
    events = Events(
        frame(end=end, attendance=["900", "many", "1", "2", "-5"], category=["a", None, "a", "b", 7]), name="shows"
    )
    assert list(events.geometry.x) == [1.0, 4.0, 0.0]  # equal starts keep the order of the file
    assert events.start.astype(str).tolist() == [f"{t}:00.000000" for t in (STARTS[1], STARTS[4], STARTS[0])]
    assert (events.end - events.start).tolist() == [pd.Timedelta(h, "h") for h in (0, 0, 3)]
    np.testing.assert_array_equal(events.attendance, [np.nan, np.nan, 900])
    assert events.categories == ("7", "a")
    assert [note.split(": ", 1)[1] for note in events.notes] == [
        "1 rows without a start, set aside",
        "1 rows that end before they start, set aside",
        "2 rows whose attendance is no number of 0 or more, taken as missing",
        "3 rows without known_at, and no vintage: they count as known at all times",
    ]


def test_an_event_of_several_points_is_one_event_and_one_without_a_place_is_none() -> None:
    shapes = [shapely.MultiPoint([(0, 0), (1, 1)]), None, shapely.box(0, 0, 1, 1), shapely.Point()]
    table = gpd.GeoDataFrame({"start": pd.to_datetime(["2024-01-01"] * 4)}, geometry=shapes, crs=CRS)
    events = Events(table, vintage="2024-01-01")
    assert len(events) == 2
    assert events.notes == ("events 'events' (memory): 2 rows without a geometry, set aside",)


def test_rows_are_known_when_they_say_so_and_never_before_the_vintage() -> None:
    known = pd.to_datetime(["2024-02-01", None, None, "2024-02-20", "2023-01-01"])
    for vintage, undated in (
        (None, np.datetime64("0001-01-01", "us")),
        ("2024-01-15", np.datetime64("2024-01-15", "us")),
    ):
        events = Events(frame(known_at=known), vintage=vintage)
        earliest = np.datetime64("2023-01-01" if vintage is None else vintage, "us")
        assert events.known_from.tolist() == [
            undated.item(), earliest.item(), pd.Timestamp("2024-02-01"), pd.Timestamp("2024-02-20"),
        ]  # fmt: skip
        assert events.is_dated == (vintage is not None)
    assert Events(frame(known_at=pd.to_datetime("2024-02-01")).dropna(), name="x").is_dated


def test_zoned_times_become_utc() -> None:
    zoned = frame().assign(start=pd.to_datetime(["2024-03-01T19:00-06:00"] * 5))
    assert set(Events(zoned).start) == {np.datetime64("2024-03-02T01:00", "us")}


def test_the_fingerprint_covers_the_content() -> None:
    events = Events(frame(attendance=[1.0, 2, 3, 4, 5]), vintage="2024-01-01")
    others = [
        Events(frame(attendance=[1.0, 2, 3, 4, 6]), vintage="2024-01-01"),
        Events(frame(attendance=[1.0, 2, 3, 4, 5], known_at=pd.to_datetime("2024-01-01")), vintage="2024-01-01"),
        Events(frame(attendance=[1.0, 2, 3, 4, 5]), vintage="2024-01-02"),
        replace(
            events, frame=events.frame.translate(1, 0).to_frame("geometry").join(events.frame.drop(columns="geometry"))
        ),
    ]
    assert events.fingerprint == Events(frame(attendance=[1.0, 2, 3, 4, 5]), vintage="2024-01-01").fingerprint
    assert len({events.fingerprint, *(other.fingerprint for other in others)}) == 5


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(ColumnError, match="no column 'start'; did you mean 'starts'"):
        Events(frame().rename(columns={"start": "starts"}))
    with pytest.raises(InputError, match="no event is left of 5"):
        Events(frame().assign(start=pd.NaT))
    with pytest.raises(InputError, match=r"column 'start' holds .*; expected naive UTC datetime64"):
        Events(frame().assign(start="noon"))
    with pytest.raises(InputError, match="has no CRS"):
        Events(frame().set_crs(None, allow_override=True))
