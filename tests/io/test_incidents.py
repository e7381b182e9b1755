"""The door for incidents: every row is kept or counted, and every form of the same file gives the same incidents."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.domain import Domain
from hotspot.errors import ConfigError, InputError
from hotspot.incidents import Incidents
from hotspot.io import incidents as door
from hotspot.io import read_incidents
from hotspot.windows import to_local

ZONE = "America/Chicago"
LONLAT: dict[str, Any] = {"crs": "EPSG:4326", "time_zone": ZONE}
SAMPLE = Path(__file__).parents[2] / "data" / "sample"

GOOD = {"id": "1", "start": "2024-03-01T07:00", "category": "theft", "lon": -87.6, "lat": 41.9}


def rows(*changes: dict[str, object], **common: object) -> pd.DataFrame:
    """One good row, and one row for each change."""
    first = {**GOOD, **common}
    more = [{**first, "id": str(i + 2), **change} for i, change in enumerate(changes)]
    return pd.DataFrame([first, *more])


def reasons(table: pd.DataFrame, **options: object) -> dict[str, int]:
    incidents = read_incidents(table, **{**LONLAT, **options})
    assert incidents.quality.rows_read == len(table)
    assert incidents.quality.rows_kept == len(incidents)
    return dict(incidents.quality.set_aside)


# --- what is set aside ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start": None}, "missing start"),
        ({"start": " "}, "missing start"),
        ({"start": "NULL"}, "missing start"),
        ({"start": "yesterday"}, "unparsable time"),
        ({"start": "03/01/2024 07:00"}, "unparsable time"),
        ({"start": "2024-02-30"}, "unparsable time"),
        ({"start": "2024-01-01T25:00"}, "unparsable time"),
        ({"start": "0001-01-01T00:00"}, "unparsable time"),
        ({"end": "late"}, "unparsable time"),
        ({"known_at": "?"}, "unparsable time"),
        ({"start": "2024-03-10T02:30"}, "time that the clocks skipped"),
        ({"end": "2024-03-10T02:30"}, "time that the clocks skipped"),
        ({"start": "2091-03-01T07:00"}, "time in the future"),
        ({"known_at": "2091-03-01T07:00"}, "time in the future"),
        ({"end": "2091-03-01T07:00"}, "time in the future"),
        ({"end": "2024-03-01T06:59"}, "end before start"),
        ({"end": "2024-02-29"}, "end before start"),
        ({"category": None}, "missing category"),
        ({"category": "  "}, "missing category"),
        ({"lon": None}, "missing coordinates"),
        ({"lat": np.inf}, "missing coordinates"),
        ({"lon": "west"}, "missing coordinates"),
        ({"lon": 0.0, "lat": 0.0}, "null island (0, 0)"),
        ({"lon": 41.9, "lat": -87.6}, "x and y look swapped"),
        ({"lon": -87.6, "lat": 91.0}, "coordinates outside the CRS's area of use"),
        ({"lon": -87.6, "lat": 4190.0}, "coordinates outside the CRS's area of use"),
        ({"id": "1"}, "repeated row"),
        ({"id": "1", "category": "robbery"}, "same id and known_at, different content"),
        # several faults: the first reason counts, and only that
        ({"start": "2091-01-01", "category": None, "lon": None}, "time in the future"),
        ({"category": None, "lon": None, "id": "1"}, "missing category"),
    ],
)
def test_a_faulty_row_is_set_aside_under_one_reason(change: dict[str, object], reason: str) -> None:
    common = {name: None for name in change if name not in GOOD}
    assert reasons(rows(change, **common)) == {reason: 1}


@pytest.mark.parametrize(
    ("crs", "good", "bad", "reason"),
    [
        ("EPSG:26916", (447_000, 4_638_000), (4_638_000, 447_000), "x and y look swapped"),
        ("EPSG:26916", (447_000, 4_638_000), (0, 0), "null island (0, 0)"),
        ("EPSG:26916", (447_000, 4_638_000), (-87.6, -4e6), "coordinates outside the CRS's area of use"),
        ("EPSG:2913", (7_640_000, 683_000), (683_000, 7_640_000), "x and y look swapped"),
        ("EPSG:2913", (7_640_000, 683_000), (-122.6, 45.5), "coordinates outside the CRS's area of use"),
        ("EPSG:2263", (1_000_000, 200_000), (200_000, 1_000_000), "x and y look swapped"),
        ("EPSG:4269", (-87.6, 41.9), (41.9, -87.6), "x and y look swapped"),
        ("EPSG:4269", (-87.6, 41.9), (-87.6, -33.0), "coordinates outside the CRS's area of use"),
        # (0, 0) of longitude and latitude, projected
        ("EPSG:3857", (-9_750_000, 5_140_000), (0, 0), "null island (0, 0)"),
        ("EPSG:32631", (450_000, 5_400_000), (166_021.443, 0.0), "null island (0, 0)"),
    ],
)
def test_coordinates_that_cannot_be(crs: str, good: tuple[float, float], bad: tuple[float, float], reason: str) -> None:
    change = {"lon": float(bad[0]), "lat": float(bad[1])}
    table = rows(*[{}] * 20, change, lon=float(good[0]), lat=float(good[1])).rename(columns={"lon": "x", "lat": "y"})
    assert reasons(table, crs=crs) == {reason: 1}


def test_a_moment_is_in_the_future_of_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    table = rows({"start": "2024-03-01T08:00"}, {"start": "2024-03-01"}, known_at=None)
    monkeypatch.setattr(door, "current_time", lambda: np.datetime64("2024-03-01T13:30", "us"))  # 07:30 in Chicago
    assert reasons(table) == {"time in the future": 1}  # a day that has begun is none


def test_of_several_contradicting_rows_the_first_stays() -> None:
    table = rows({"id": "1", "category": "b"}, {"id": "1", "category": "c"}, {"id": "1"}, known_at="2024-03-02T00:00")
    incidents = read_incidents(table, **LONLAT)
    assert list(incidents.category) == ["theft"]
    assert incidents.quality.set_aside == {"repeated row": 1, "same id and known_at, different content": 2}


def test_versions_of_an_id_are_kept_and_supersede_one_another() -> None:
    table = rows({"id": "1", "category": "robbery", "known_at": "2024-03-05T00:00"}, known_at="2024-03-02T00:00")
    incidents = read_incidents(table, **LONLAT)
    assert list(incidents.category) == ["theft", "robbery"]
    assert incidents.superseded_at[0] == incidents.known_at[1]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (rows(), {"crs": None}, "nothing says in which CRS 'lon' and 'lat' are.* crs='EPSG:4326'"),
        (rows(), {"crs": "EPSG:0"}, "CRS 'EPSG:0' is not known"),
        (rows(), {"crs": "EPSG:5703"}, "has no x and y"),
        (rows(), {"time_zone": None}, "has no offset from UTC and no time zone is given"),
        (rows(), {"time_zone": "Chicago"}, "time zone 'Chicago' is not known"),
        (rows()[:0], {}, "has no rows"),
        (rows().drop(columns="start"), {}, r"no column for start; the source has 'id', 'category', 'lon', 'lat'"),
        (rows().drop(columns="lat"), {}, r"no column for x, y; .* columns=\{'x': '<column>', 'y': '<column>'\}"),
        (rows().rename(columns={"category": "offense"}), {}, "no column for category"),
        (rows(), {"columns": {"start": "begin"}}, "maps 'start' to 'begin', which is not there"),
        (rows(), {"columns": {"begin": "start"}}, "maps 'begin', which is none of our names"),
        (rows(), {"columns": {"x": "lat", "y": "lon"}}, "map them the other way round"),
        (rows(), {"columns": {"x": "lon"}}, "no column for y"),
        (rows({}, {}, lon=41.9, lat=-87.6), {}, "x and y look swapped in 3 of 3 rows.*map them the other way round"),
        (rows(start=20240301), {}, "holds numbers"),
        (rows(start="01.03.2024"), {}, r"none of 1 rows can be used \(unparsable time: 1\).*'start' as 99.99.9999"),
        (rows(lon="-87 W"), {}, "plain numbers for x and y"),
        ([1, 2], {}, "got list; expected a path, a DataFrame or a GeoDataFrame"),
        ("nowhere.csv", {}, "nowhere.csv: no such file"),
    ],
)
def test_what_cannot_be_read_is_refused(table: object, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_incidents(table, **{**LONLAT, **options})


def test_a_schema_or_format_that_is_none() -> None:
    with pytest.raises(ConfigError, match="schema 'gotham' is not known"):
        read_incidents(rows(), schema="gotham", **LONLAT)
    with pytest.raises(ConfigError, match="formats: got 'begin', which is no time of ours"):
        read_incidents(rows(), formats={"begin": "%Y"}, **LONLAT)
    with pytest.raises(InputError, match=r"schema .chicago. looks for .*Date"):
        read_incidents(rows(), schema="chicago", **LONLAT)


def test_the_crs_of_the_file_and_of_the_argument_must_agree() -> None:
    points = gpd.GeoDataFrame(
        rows().drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy([-87.6], [41.9]), crs="EPSG:4326"
    )
    for crs in (None, "EPSG:4326", "OGC:CRS84"):
        incidents = read_incidents(points, crs=crs, time_zone=ZONE)
        assert (incidents.x[0], incidents.y[0]) == (-87.6, 41.9)
    with pytest.raises(InputError, match="the data are in EPSG:4326, but crs='EPSG:26916' is given"):
        read_incidents(points, crs="EPSG:26916", time_zone=ZONE)
    with pytest.raises(InputError, match="nothing says in which CRS"):
        read_incidents(points.set_crs(None, allow_override=True), time_zone=ZONE)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.gpkg", "a.geojson"])
def test_files_that_are_something_else_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match=r"cannot be read|no column for start"):
        read_incidents(tmp_path / name, **LONLAT)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"is empty|cannot be read"):
        read_incidents(tmp_path / name, **LONLAT)


def test_a_csv_of_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("start,lon,lat,category\n")
    with pytest.raises(InputError, match="has no rows"):
        read_incidents(tmp_path / "a.csv", **LONLAT)


# --- times ---------------------------------------------------------------------------------------


def test_a_date_is_its_civil_day() -> None:
    for start in ("2024-03-10", dt.date(2024, 3, 10), np.datetime64("2024-03-10"), "2024-03-10T00:00"):
        incidents = read_incidents(rows(start=start), **LONLAT)
        assert str(incidents.start[0]) == "2024-03-10T06:00:00.000000"
        assert str(incidents.end[0]) == "2024-03-11T05:00:00.000000"  # a day of 23 hours
        assert incidents.time_precision[0] == "day"


def test_midnight_among_times_is_a_time() -> None:
    incidents = read_incidents(rows({"start": "2024-03-01T00:00"}, {"start": "2024-03-02"}), **LONLAT)
    by_id = dict(zip(incidents.id, incidents.time_precision, strict=True))
    assert by_id == {"1": "time", "2": "time", "3": "day"}


def test_ends() -> None:
    table = rows(
        {"end": "2024-03-01T09:00"},
        {"end": "2024-03-02"},  # a date means all of it
        {"start": "2024-03-01", "end": "2024-03-03"},
        {"start": "2024-03-01", "end": "2024-03-01"},
        {"start": "2024-03-01", "end": "2024-03-01T00:00"},
        end=None,
    )
    incidents = read_incidents(table, **LONLAT)
    found = {
        name: (str(to_local(incidents.start, ZONE)[i])[5:16], str(to_local(incidents.end, ZONE)[i])[5:16])
        for i, name in enumerate(incidents.id)
    }
    assert found == {
        "1": ("03-01T07:00", "03-01T07:00"),
        "2": ("03-01T07:00", "03-01T09:00"),
        "3": ("03-01T07:00", "03-03T00:00"),
        "4": ("03-01T00:00", "03-04T00:00"),
        "5": ("03-01T00:00", "03-02T00:00"),
        "6": ("03-01T00:00", "03-02T00:00"),
    }


def test_a_date_in_known_at_means_the_end_of_that_day() -> None:
    incidents = read_incidents(rows({"known_at": "2024-03-04T00:00"}, known_at="2024-03-03"), **LONLAT)
    assert incidents.known_at[0] == incidents.known_at[1] == np.datetime64("2024-03-04T06:00")


def test_known_at_may_be_missing_or_early() -> None:
    assert np.isnat(read_incidents(rows(), **LONLAT).known_at).all()
    incidents = read_incidents(rows({"known_at": "2024-02-01T00:00"}, known_at=None), **LONLAT)
    assert list(np.isnat(incidents.known_at)) == [False, True]
    notes = " ".join(incidents.quality.notes)
    assert "1 rows do not say when they became known" in notes
    assert "1 rows were known before they started" in notes


TIMES = st.lists(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2023, 12, 31)).map(lambda t: t.replace(microsecond=0)),
    min_size=1,
    max_size=20,
)


@settings(max_examples=15)
@given(TIMES)
def test_every_form_of_a_time_gives_the_same_instant(times: list[dt.datetime]) -> None:
    utc = pd.DatetimeIndex(times).as_unit("us")
    local = pd.DatetimeIndex(to_local(utc.to_numpy(), ZONE))
    again = pd.DatetimeIndex(to_local(utc.to_numpy() - np.timedelta64(1, "h"), ZONE)) == local
    utc, local = utc[~again], local[~again]  # the second of two equal wall times has no naive form
    if not len(utc):
        return
    zoned = utc.tz_localize("UTC").tz_convert(ZONE)
    forms: list[Any] = [
        local,
        local.as_unit("ns"),
        local.strftime("%Y-%m-%dT%H:%M:%S"),
        local.strftime("%Y-%m-%d %H:%M:%S.000"),
        list(local.to_pydatetime()),
        zoned,
        utc.tz_localize("UTC"),
        list(zoned.to_pydatetime()),
        zoned.strftime("%Y-%m-%dT%H:%M:%S%z"),
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        [f"{a:%Y-%m-%d %H:%M:%S}-06:00" for a in utc - pd.Timedelta("6h")],
    ]
    for form in forms:
        table = pd.DataFrame({"start": form, "x": -87.6, "y": 41.9, "category": "a", "id": np.arange(len(utc))})
        incidents = read_incidents(table, **LONLAT)
        found = incidents.start[np.argsort(incidents.id.astype(int))]
        np.testing.assert_array_equal(found, utc.to_numpy())


def test_times_with_an_offset_need_no_zone() -> None:
    table = rows(
        {"start": "2024-03-01 14:00:30.5+0100"}, {"start": "2024-03-01T13:00Z"}, start="2024-03-01T07:00-06:00"
    )
    incidents = read_incidents(table, crs="EPSG:4326")
    assert {str(t)[11:21] for t in incidents.start} == {"13:00:00.0", "13:00:30.5"}
    with pytest.raises(InputError, match=r"2024-03-01T07:00:00\S* has no offset"):
        read_incidents(rows({"start": "2024-03-01T07:00"}, start="2024-03-01T07:00-06:00"), crs="EPSG:4326")


# --- identity ------------------------------------------------------------------------------------


@st.composite
def messy(draw: st.DrawFn) -> pd.DataFrame:
    """Rows with and without faults, and repeats; without contradictions unless ids are dropped."""
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    starts = ["2024-03-01T07:00", "2024-03-01T08:00", "2024-03-02", "2024-03-10T02:30", "soon", None, "2091-01-01"]
    table = pd.DataFrame(
        {
            "start": rng.choice(np.array(starts, object), n, p=[0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]),
            "end": rng.choice(np.array([None, "2024-03-01T07:30", "2024-03-05"], object), n),
            "lon": rng.choice([-87.6, -87.7, 0.0, 41.9, np.nan], n, p=[0.5, 0.3, 0.1, 0.05, 0.05]),
            "lat": rng.choice([41.9, 41.8, 0.0, -87.6], n, p=[0.6, 0.3, 0.05, 0.05]),
            "category": rng.choice(np.array(["a", "B", " ", None], object), n, p=[0.5, 0.4, 0.05, 0.05]),
        }
    )
    good = pd.DataFrame([{name: GOOD.get(name) for name in table}])
    return pd.concat([table, *[good] * 6], ignore_index=True)


@given(messy(), st.randoms(use_true_random=False))
def test_rows_are_conserved_and_their_order_means_nothing(table: pd.DataFrame, random: Any) -> None:
    order = list(range(len(table)))
    random.shuffle(order)
    one, two = (read_incidents(t, **LONLAT) for t in (table, table.iloc[order]))
    assert one.quality.rows_read == len(table) == len(one) + sum(one.quality.set_aside.values())
    assert one.quality == two.quality
    pd.testing.assert_frame_equal(one.table, two.table)
    assert one.table["id"].is_unique


def test_ids_of_content_are_stable() -> None:
    incidents = read_incidents(rows({}, {"category": "b"}).drop(columns="id"), **LONLAT)
    same = read_incidents(rows({"category": "b"}, {}).drop(columns="id").assign(precinct=7), **LONLAT)
    assert list(incidents.id) == list(same.id)
    # these texts may never change: runs of different years are compared by them
    assert list(incidents.id) == ["afc6245aafe2a26e", "afc6245aafe2a26e-2", "bfa77ec43a760742"]
    assert "1 rows repeat another row; kept, as no ids tell them apart" in incidents.quality.notes


def test_rows_without_an_id_get_one() -> None:
    incidents = read_incidents(rows({"id": None}, {"id": " "}, {"id": "9"}), **LONLAT)
    assert len(set(incidents.id)) == 4
    assert "2 rows have no id; theirs is made of their content" in incidents.quality.notes


@pytest.mark.parametrize("ids", [[1.0, 20.0], [1, 20], ["1", "20"], np.array([1, 20], "int64")])
def test_ids_are_text(ids: Any) -> None:
    incidents = read_incidents(rows({}).assign(id=ids), **LONLAT)
    assert sorted(incidents.id) == ["1", "20"]


# --- columns and forms ---------------------------------------------------------------------------


def test_only_named_columns_enter() -> None:
    table = rows(victim_name="N. N.", offense="x", source="police", position_error="12.5", discovered="Yes")
    incidents = read_incidents(table, **LONLAT)
    assert "columns not read: 'offense'" in incidents.quality.notes
    assert "columns dropped, look personal: 'victim_name'" in " ".join(incidents.quality.notes)
    assert "victim_name" not in incidents.table
    assert incidents.table["source"].tolist() == ["police"]
    assert incidents.position_error.tolist() == [12.5]
    assert incidents.discovered.tolist() == [True]
    renamed = read_incidents(table, columns={"category": "offense"}, **LONLAT)
    assert list(renamed.category) == ["x"]


@pytest.mark.parametrize("pair", [("x", "y"), ("lon", "lat"), ("longitude", "latitude")])
def test_coordinates_by_their_usual_names(pair: tuple[str, str]) -> None:
    table = rows().rename(columns={"lon": pair[0], "lat": pair[1], "start": "datetime"})
    incidents = read_incidents(table, **LONLAT)
    assert (incidents.x[0], incidents.y[0]) == (-87.6, 41.9)


def test_categories_stay_verbatim() -> None:
    names = ["NA", "Théft", " burglary", "BURGLARY", "null", "1.0"]
    incidents = read_incidents(rows(*[{"category": name} for name in names]), **LONLAT)
    assert set(incidents.category) == {*names, "theft"}


MIXED = rows(
    {"start": "2024-03-01T08:00:30", "category": "NA"},
    {"start": "2024-03-09", "category": "burglary"},
    {"lat": None},
    {"category": None},
    {"known_at": "2024-03-08T12:00"},
    known_at=None,
)


def _write(path: Path) -> dict[str, Any]:
    """Write MIXED in the form of the path's ending; return what reading it needs."""
    if path.name.startswith("geo"):
        shapes = gpd.GeoSeries(gpd.points_from_xy(MIXED["lon"], MIXED["lat"])).where(MIXED["lat"].notna())
        frame = gpd.GeoDataFrame(MIXED.drop(columns=["lon", "lat"]), geometry=shapes, crs="EPSG:4326")
        frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_file(path)
        return {"time_zone": ZONE}
    if path.suffix == ".parquet":
        MIXED.to_parquet(path)
    else:
        MIXED.to_csv(path, index=False, sep="\t" if ".tsv" in path.name else ";" if "semi" in path.name else ",")
    return LONLAT


@pytest.mark.parametrize(
    "name",
    ["a.csv", "a.tsv", "semi.csv", "a.csv.gz", "a.parquet", "geo.parquet", "geo.gpkg", "geo.geojson"],
)
def test_each_form_of_a_file_gives_the_same_incidents(tmp_path: Path, name: str) -> None:
    expected = read_incidents(MIXED, **LONLAT)
    assert expected.quality.set_aside == {"missing category": 1, "missing coordinates": 1}
    options = _write(tmp_path / name)
    found = read_incidents(tmp_path / name, **options)
    assert found.quality == expected.quality
    assert found.crs == expected.crs
    pd.testing.assert_frame_equal(found.table, expected.table)


@pytest.mark.parametrize("name", ["geo.gpkg", "geo.geojson", "geo.parquet", "a.parquet"])
def test_times_and_dates_survive_typed_files(tmp_path: Path, name: str) -> None:
    start = pd.to_datetime(["2024-03-01 07:00", "2024-07-01 00:00"]).as_unit("us")
    shapes = gpd.points_from_xy([-87.6, -87.7], [41.9, 41.8])
    frame = gpd.GeoDataFrame(
        {
            "id": ["a", "b"],
            "start": start,
            "known_at": start.tz_localize(ZONE) + pd.Timedelta("1D"),
            "category": ["x", "y"],
        },
        geometry=shapes,
        crs="EPSG:4326",
    )
    dates = frame.assign(start=[dt.date(2024, 3, 1), dt.date(2024, 7, 1)])
    if name == "a.parquet":
        frame, dates = (pd.DataFrame(f.drop(columns="geometry")).assign(x=shapes.x, y=shapes.y) for f in (frame, dates))
    for table, precision in ((frame, "time"), (dates, "day")):
        path = tmp_path / f"{precision}_{name}"
        table.to_parquet(path) if path.suffix == ".parquet" else table.to_file(path)
        incidents = read_incidents(path, **({"crs": "EPSG:4326"} if name == "a.parquet" else {}), time_zone=ZONE)
        assert set(incidents.time_precision) == {precision}
        expected = start if precision == "time" else start.floor("D")
        np.testing.assert_array_equal(to_local(incidents.start, ZONE), expected.to_numpy())
        np.testing.assert_array_equal(
            incidents.known_at, (start.tz_localize(ZONE) + pd.Timedelta("1D")).tz_convert("UTC").tz_localize(None)
        )


def test_a_geopackage_of_several_layers_is_refused(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame({"start": ["2024-03-01"]}, geometry=gpd.points_from_xy([0], [0]), crs="EPSG:4326")
    for layer in ("one", "two"):
        points.to_file(tmp_path / "a.gpkg", layer=layer)
    with pytest.raises(InputError, match=r"holds the layers \['one', 'two'\]"):
        read_incidents(tmp_path / "a.gpkg", **LONLAT)


# --- the sample and the real files ---------------------------------------------------------------

PLANTED = {
    "missing_coordinates": "missing coordinates",
    "null_island": "null island (0, 0)",
    "swapped_xy": "x and y look swapped",
    "unparsable_date": "unparsable time",
    "future_date": "time in the future",
    "end_before_start": "end before start",
    "exact_duplicate": "repeated row",
    "conflicting_version": "same id and known_at, different content",
    "dst_gap": "time that the clocks skipped",
    "missing_category": "missing category",
}


def test_the_faults_planted_in_the_sample_are_found() -> None:
    truth = json.loads((SAMPLE / "truth.json").read_text())
    columns = {"id": "incident_id", "start": "occurred_from", "end": "occurred_to", "category": "offense"}
    incidents = read_incidents(
        SAMPLE / "incidents.csv", columns=columns, crs=truth["crs"], time_zone=truth["time_zone"]
    )
    planted = truth["faults"]
    expected = Counter({PLANTED[kind]: number for kind, number in planted.items() if kind in PLANTED})
    assert incidents.quality.set_aside == dict(expected)
    domain = Domain.square(SAMPLE / "boundary.gpkg", size=250, crs=truth["crs"], time_zone=truth["time_zone"])
    inside = incidents.within(domain)
    assert inside.quality.set_aside["outside the boundary"] == planted["in_lake"] + planted["far_outside"]


needs_data = pytest.mark.skipif("HOTSPOT_DATA" not in os.environ, reason="HOTSPOT_DATA is not set")


def _real(name: str, **options: str) -> Incidents:
    return read_incidents(Path(os.environ["HOTSPOT_DATA"]) / f"{name}.parquet", **options)


@needs_data
@pytest.mark.parametrize(
    ("name", "crs", "zone", "rows_read", "set_aside", "precision"),
    [
        ("portland_burglary_mvt_2012-03_2017-02", "EPSG:2913", "America/Los_Angeles", 14_133, {}, "day"),
        ("chicago_residential_burglary_2014_2017", "EPSG:26971", ZONE, 45_319, {}, "day"),
        ("nyc_felonies_2014_2015", "EPSG:4326", "America/New_York", 191_580, {}, "time"),
        (
            "sanfrancisco_incidents_2003_2015_alternate_weeks",
            "EPSG:4326",
            "America/Los_Angeles",
            841_671,
            {"missing coordinates": 66, "time that the clocks skipped": 43},
            "time",
        ),
    ],
    ids=["portland", "chicago", "new york", "san francisco"],
)
def test_real_files(name: str, crs: str, zone: str, rows_read: int, set_aside: dict[str, int], precision: str) -> None:
    incidents = _real(name, crs=crs, time_zone=zone)
    assert incidents.quality.rows_read == rows_read
    assert incidents.quality.set_aside == set_aside
    assert set(incidents.time_precision) == {precision}
    assert incidents.table["id"].is_unique
    local = to_local(incidents.start, zone)
    assert (local == local.astype("datetime64[D]")).all() == (precision == "day")
