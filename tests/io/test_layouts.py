"""How sources say things: formats, clocks, months, flags, commas, points in text, areas, counts, ids of parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.errors import ConfigError, InputError, RefusedError
from hotspot.incidents import Incidents
from hotspot.io import read_incidents
from hotspot.io.formats import clock_times
from hotspot.io.incidents import read_layout
from hotspot.io.layout import Layout, TimeLayout
from hotspot.windows import to_local

ZONE = "America/Chicago"
LONLAT: dict[str, Any] = {"crs": "EPSG:4326", "time_zone": ZONE}


def source(**columns: object) -> pd.DataFrame:
    """One row or several of theft in Chicago."""
    return pd.DataFrame({"start": "2024-03-01T07:00", "category": "theft", "x": -87.6, "y": 41.9, **columns})


def starts(incidents: Incidents) -> list[str]:
    return [str(time)[:16] for time in to_local(incidents.start, ZONE)]


# --- formats -------------------------------------------------------------------------------------


def test_a_date_of_two_readings_is_refused_until_a_format_says_which() -> None:
    table = source(start=["01/02/2024"])
    with pytest.raises(InputError, match=r"unparsable time: 1.*formats=\{'start': '%m/%d/%Y"):
        read_incidents(table, **LONLAT)
    assert starts(read_incidents(table, formats={"start": "%m/%d/%Y"}, **LONLAT)) == ["2024-01-02T00:00"]
    assert starts(read_incidents(table, formats={"start": "%d/%m/%Y"}, **LONLAT)) == ["2024-02-01T00:00"]


def test_formats_are_tried_in_turn_and_iso_always() -> None:
    texts = ["01/15/2024 11:30:00 PM", "1/5/2024 0:30", "2024-03-01T07:00", "15.01.2024"]
    formats = {"start": ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M"]}
    incidents = read_incidents(source(start=texts, id=list("abcd")), formats=formats, **LONLAT)
    assert dict(zip(incidents.id, starts(incidents), strict=True)) == {
        "a": "2024-01-15T23:30", "b": "2024-01-05T00:30", "c": "2024-03-01T07:00",
    }  # fmt: skip
    assert incidents.quality.set_aside == {"unparsable time": 1}


def test_numbers_are_dates_where_a_format_says_so() -> None:
    incidents = read_incidents(source(start=[20240301]), formats={"start": "%Y%m%d"}, **LONLAT)
    assert starts(incidents) == ["2024-03-01T00:00"]
    with pytest.raises(ConfigError, match="'%Q' is no pattern"):
        read_incidents(source(start=["x"]), formats={"start": "%Q"}, **LONLAT)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("13:05:00", 785), ("1305", 785), ("905", 545), ("5", 5), ("0", 0), ("130", 90), ("1330.0", 810), ("24:00", 1440),
     ("2400", 1440), ("24:00:00", 1440), ("7:30", 450), ("2460", None), ("noon", None), ("99", None), ("12345", None)],
)  # fmt: skip
def test_clocks(text: str, minutes: int | None) -> None:
    (found,) = clock_times(pd.Series([text]), ("%H%M",))
    assert found == (np.timedelta64("NaT") if minutes is None else np.timedelta64(minutes, "m")) or np.isnat(found)
    assert np.isnat(found) == (minutes is None)


def test_a_clock_beside_the_date() -> None:
    times = {"start": TimeLayout(formats=("%m/%d/%Y %I:%M:%S %p",), clock=("TIME OCC",), clock_formats=("%H%M",))}
    layout = Layout(name="la", columns={"start": ("DATE OCC",), "category": ("category",), "x": ("x",), "y": ("y",)},
                    times=times)  # fmt: skip
    table = source(date=["03/01/2024 12:00:00 AM"] * 5, clock=["1305", "5", "2400", None, "x"])
    table = table.drop(columns="start").rename(columns={"date": "date occ ", "clock": "Time Occ"})
    incidents = read_layout(table, layout, **LONLAT)
    assert sorted(zip(starts(incidents), incidents.time_precision, strict=True)) == [
        ("2024-03-01T00:00", "day"), ("2024-03-01T00:05", "time"), ("2024-03-01T13:05", "time"),
        ("2024-03-02T00:00", "time"),
    ]  # fmt: skip
    assert incidents.quality.set_aside == {"unparsable time": 1}


def test_months_and_days() -> None:
    month = Layout(times={"start": TimeLayout(formats=("%Y-%m",), precision="month")})
    incidents = read_layout(source(start=["2024-03", "2024-03-17"]), month, **LONLAT)
    local = to_local(np.stack([incidents.start, incidents.end]), ZONE).astype("datetime64[D]")
    assert [[str(day) for day in row] for row in local] == [["2024-03-01"] * 2, ["2024-04-01"] * 2]
    assert set(incidents.time_precision) == {"month"}
    assert "2 rows name a month and no day" in incidents.quality.notes
    day = Layout(times={name: TimeLayout(precision="day") for name in ("start", "known_at")})
    one = read_layout(source(known_at=["2024-03-03T09:00"]), day, **LONLAT)
    assert (starts(one), one.time_precision[0]) == (["2024-03-01T00:00"], "day")
    assert str(to_local(one.known_at, ZONE)[0])[:16] == "2024-03-04T00:00"


def test_an_offset_that_is_none() -> None:
    layout = Layout(times={"start": TimeLayout(offset="ignore")})
    for start in ("2024-03-01T07:00:00+00", "2024-03-01T07:00Z", pd.Timestamp("2024-03-01 07:00", tz="UTC")):
        assert starts(read_layout(source(start=[start]), layout, **LONLAT)) == ["2024-03-01T07:00"]
        assert starts(read_incidents(source(start=[start]), **LONLAT)) == ["2024-03-01T01:00"]


# --- numbers, flags, texts -----------------------------------------------------------------------


def test_decimal_commas(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("start;category;x;y\n2024-03-01T07:00;theft;-87,6;41,9\n" * 1)
    incidents = read_incidents(tmp_path / "a.csv", **LONLAT)
    assert (incidents.x[0], incidents.y[0]) == (-87.6, 41.9)
    thousands = source(x=["447,000"], y=["4,638,000"])
    with pytest.raises(InputError, match="plain numbers for x and y"):
        read_incidents(thousands, crs="EPSG:26916", time_zone=ZONE)
    declared = read_layout(
        source(x=["447000,000"], y=["4638000,5"]), Layout(decimal=","), crs="EPSG:26916", time_zone=ZONE
    )
    assert declared.y[0] == 4638000.5


def test_flags() -> None:
    words = [True, "N", "yes", "0", "T", "perhaps", None, 1.0]
    incidents = read_incidents(source(discovered=words, id=list("abcdefgh")), **LONLAT)
    found = dict(zip(incidents.id, incidents.table["discovered"].astype(object), strict=True))
    assert [found[name] for name in "abcdegh"[:5]] == [True, False, True, False, True]
    assert incidents.table["discovered"].dtype == "boolean"
    assert found["f"] is pd.NA
    assert found["g"] is pd.NA
    assert found["h"] is True
    assert "1 rows say neither yes nor no in `discovered`; taken as not said" in incidents.quality.notes


def test_texts_that_mean_nothing_and_constants_and_caveats() -> None:
    layout = Layout(
        missing=("(null)", "-1"),
        constants={"source": "calls", "discovered": "no"},
        caveats=("no points",),
        latency="3D",
    )
    table = source(category=["(null)", " (null) ", "theft"], x=[-87.6, -87.6, "-1"], known_at="(null)")
    with pytest.raises(InputError, match="missing category: 2; missing coordinates: 1"):
        read_layout(table, layout, **LONLAT)
    incidents = read_layout(source(id=["1"]), layout, **LONLAT)
    assert (incidents.source[0], incidents.discovered[0]) == ("calls", False)
    assert {"caveat: no points", "the publisher says that records come after 3D"} <= set(incidents.quality.notes)


def test_sums_of_other_categories_are_set_aside() -> None:
    incidents = read_layout(source(category=["Total ", "theft"]), Layout(totals=("Total",)), **LONLAT)
    assert incidents.quality.set_aside == {"total of other categories": 1}


# --- places --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["(41.9, -87.6)", "1 MAIN ST\n(41.9, -87.6)", "POINT (-87.6 41.9)", "SRID=4326;Point(-87.6 41.9)",
     "{'latitude': '41.9', 'longitude': '-87.6', 'human_address': ''}", '{"longitude": -87.6, "latitude": 41.9}',
     '{"type": "Point", "coordinates": [-87.6, 41.9]}'],
)  # fmt: skip
def test_points_in_one_text(text: str) -> None:
    layout = Layout(name="p", columns={"start": ("start",), "category": ("category",)}, point=("Location",))
    table = source(Location=[text, "nowhere", None]).drop(columns=["x", "y"])
    incidents = read_layout(table, layout, **LONLAT)
    assert (incidents.x[0], incidents.y[0]) == (-87.6, 41.9)
    assert incidents.quality.set_aside == {"missing coordinates": 2}


AREAS = gpd.GeoDataFrame(
    {"name": ["a", "b"], "code": ["B1", "B2"]},
    geometry=[shapely.box(447_000, 4_638_000, 447_600, 4_638_800), shapely.box(447_900, 4_638_000, 447_990, 4_638_090)],
    crs="EPSG:26916",
)


def test_areas_stand_for_points(tmp_path: Path) -> None:
    layout = Layout(name="nl", columns={"start": ("start",), "category": ("category",)}, area=("Area",), count=("n",))
    table = source(Area=["B1 ", "B2", "XX", "B2", "B1"], n=["2", "1", "500000", "-1", "0"], id="i").drop(
        columns=["x", "y"]
    )
    AREAS.to_file(tmp_path / "areas.gpkg")
    incidents = read_layout(table, layout, time_zone=ZONE, places=tmp_path / "areas.gpkg")
    assert incidents.crs == "EPSG:26916"
    assert len(incidents) == 3
    first = np.flatnonzero(incidents.x < 447_700)
    assert first.size == 2
    assert AREAS.geometry[0].contains(shapely.Point(incidents.x[first[0]], incidents.y[first[0]]))
    assert 499 < incidents.position_error[first[0]] < 1001
    report = incidents.quality
    assert report.rows_kept == 3 == report.rows_read - sum(report.set_aside.values())
    assert report.set_aside == {
        "area that is none of the places": 1, "number of incidents that is no whole number from 0 to 100,000": 1,
        "row that stands for no incident": 1,
    }  # fmt: skip
    assert "2 rows of the source stand for as many incidents as 'n' says" in " ".join(report.notes)
    with pytest.raises(InputError, match="say where the areas are: places="):
        read_layout(table, layout, time_zone=ZONE, crs="EPSG:26916")
    with pytest.raises(InputError, match="no column holds the codes of 'Area'"):
        read_layout(table.assign(Area="Q"), layout, time_zone=ZONE, places=AREAS)


# --- ids -----------------------------------------------------------------------------------------


def test_ids_of_parts() -> None:
    layout = Layout(id_parts=(("report",), ("offence",)))
    table = source(report=["R1", "R1", "R1", None], offence=["5", "6", "5", "5"], category=["a", "b", "a", "c"])
    incidents = read_layout(table, layout, **LONLAT)
    ids = sorted(incidents.id)
    assert ids[1:] == ["R1/5", "R1/6"] or ids[:2] == ["R1/5", "R1/6"]
    assert len(ids) == 3
    assert incidents.quality.set_aside == {"repeated row": 1}
    assert "1 rows have no id; theirs is made of their content" in incidents.quality.notes


def test_a_row_of_several_incidents_has_several_ids() -> None:
    layout = Layout(count=("n",))
    for table in (source(n=[3], id=["a"]), source(n=[3])):
        incidents = read_layout(table, layout, **LONLAT)
        assert len(set(incidents.id)) == 3
        assert incidents.quality.rows_read == 3


# --- privacy and length --------------------------------------------------------------------------


def test_columns_that_look_personal() -> None:
    table = source(id=["1"], victim_name=["N. N."], source=["jan@example.org"])
    incidents = read_incidents(table, **LONLAT)
    assert "source" not in incidents.table
    note = next(note for note in incidents.quality.notes if note.startswith("columns dropped, look personal"))
    assert "'victim_name'" in note
    assert "jan@" not in " ".join(incidents.quality.lines())
    with pytest.raises(RefusedError, match="'victim_name'"):
        read_incidents(table, strict=True, **LONLAT)
    with pytest.raises(InputError, match="columns that are needed look personal: 'email'") as error:
        read_incidents(table.assign(email="jan@example.org"), columns={"category": "email"}, **LONLAT)
    assert "jan@" not in str(error.value)


def test_long_intervals_are_reported() -> None:
    ends = ["2024-03-01T08:00", "2024-03-09T07:00", "2024-03-08T07:00", None]
    incidents = read_incidents(source(end=ends), **LONLAT)
    assert "1 rows (25.0% of those kept) span more than 7 days" in incidents.quality.notes
    assert len(incidents) == 4
