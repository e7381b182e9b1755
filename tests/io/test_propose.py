from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.io.incidents import read_incidents
from hotspot.io.propose import propose
from hotspot.io.schema_files import load_schema, parse_schema, schema_names

ROWS = Path(__file__).parent / "schemas"
FILES = sorted(file.name for file in ROWS.iterdir())


def _schema_of(file):
    """The rows of a schema lie in files that begin with its name."""
    return max((name for name in schema_names() if file.startswith(name)), key=len)


@pytest.mark.parametrize("file", FILES)
def test_a_publication_is_recognised(file):
    found = propose(ROWS / file)
    assert found.schema == _schema_of(file)
    assert tomllib.loads(found.toml)["incidents"] == {"source": str(ROWS / file), "schema": found.schema}
    assert not set(found.personal) & set(found.unread)


def test_a_namesake_from_elsewhere_is_doubted():
    table = pd.read_csv(ROWS / "chicago.csv", dtype=str).assign(Latitude="34.05", Longitude="-118.25")
    found = propose(table)
    assert found.schema == "chicago"
    assert any("America/Los_Angeles" in doubt and "another publication" in doubt for doubt in found.unsure)


def _moments(form, n=300):
    return pd.date_range("2023-01-03 04:05", periods=n, freq="29h").strftime(form)


def _around(lon, lat, n=300):
    rng = np.random.default_rng(5)
    return rng.normal(lon, 0.02, n).round(5), rng.normal(lat, 0.02, n).round(5)


def _table(names, lon, lat, form, kinds, comma=False):
    x, y = _around(lon, lat)
    if comma:
        x, y = (pd.Series(values).astype(str).str.replace(".", ",") for values in (x, y))
    columns = [[f"Z{i:05d}" for i in range(300)], _moments(form), np.resize(kinds, 300), x, y]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


LANGUAGES = [
    (("Zaaknummer", "Begin pleegdatum", "Delict", "Lengtegraad", "Breedtegraad"), (4.48, 51.92), "Europe/Amsterdam"),
    (("Aktenzeichen", "Tatzeit Beginn", "Deliktart", "Längengrad", "Breitengrad"), (13.4, 52.5), "Europe/Berlin"),
    (("Numéro dossier", "Date des faits", "Infraction", "longitude", "latitude"), (2.35, 48.86), "Europe/Paris"),
    (("Folio", "Fecha del hecho", "Delito", "longitud", "latitud"), (-99.13, 19.43), "America/Mexico_City"),
    (("Número", "Data do fato", "Natureza", "longitude", "latitude"), (-46.63, -23.55), "America/Sao_Paulo"),
    (("CaseNo", "OccurredOn", "OffenseType", "Long", "Lat"), (151.2, -33.87), "Australia/Sydney"),
]


@pytest.mark.parametrize(("names", "place", "zone"), LANGUAGES)
def test_names_of_six_languages(names, place, zone):
    found = propose(_table(names, *place, "%d.%m.%Y %H:%M", ["Diebstahl", "Raub"], comma=True))
    columns = {choice.ours: choice.column for choice in found.choices}
    assert columns == dict(zip(("id", "start", "category", "x", "y"), names, strict=True))
    assert found.formats == {"start": "%d.%m.%Y %H:%M"}
    assert found.time_zone == zone
    assert found.place.crs == "EPSG:4326"
    assert "day first" in str(found.choices)
    incidents = tomllib.loads(found.toml)["incidents"]
    assert incidents["columns"] == columns
    assert incidents["formats"] == found.formats
    assert incidents["time_zone"] == zone


def test_times_of_reports_ends_and_changes_are_told_apart():
    table = _table(("report_id", "from_date", "crime_type", "x", "y"), -87.6, 41.9, "%Y-%m-%dT%H:%M:%S", ["a b", "c d"])
    table["to_date"], table["reported_on"], table["last_modified"] = (table["from_date"],) * 3
    columns = {choice.ours: choice.column for choice in propose(table).choices}
    assert columns["start"] == "from_date"
    assert columns["end"] == "to_date"
    assert columns["known_at"] == "reported_on"
    assert columns["updated_at"] == "last_modified"
    assert "last_modified" not in propose(table).toml  # a change is not the first news


def test_the_only_time_is_the_start():
    table = _table(("id", "reported", "offence", "lon", "lat"), -87.6, 41.9, "%Y-%m-%d %H:%M", ["theft", "arson"])
    assert {choice.ours: choice.column for choice in propose(table).choices}["start"] == "reported"


def test_a_clock_beside_the_date_makes_a_schema_file():
    table = _table(("id", "occ_date", "offence", "lon", "lat"), -87.6, 41.9, "%m/%d/%Y", ["theft", "arson"])
    table["occ_time"] = np.resize([5, 845, 2330, 1200], 300)
    found = propose(table)
    assert found.clock is not None
    assert (found.clock.column, found.clock.ours) == ("occ_time", "%H%M")
    assert tomllib.loads(found.toml)["incidents"]["schema"] == found.schema_file
    layout = parse_schema(str(found.schema_toml), "ours")
    assert layout.times["start"].clock == ("occ_time",)
    assert layout.times["start"].clock_formats == ("%H%M",)
    assert layout.times["start"].formats == ("%m/%d/%Y",)
    assert layout.columns["category"] == ("offence",)


def test_months_make_a_schema_file():
    table = _table(("id", "month", "offence", "lon", "lat"), -0.1, 51.5, "%Y-%m", ["theft", "arson"])
    layout = parse_schema(str(propose(table).schema_toml), "ours")
    assert layout.times["start"].precision == "month"


def test_both_coordinates_in_one_column():
    table = _table(("id", "when", "offence", "lon", "lat"), -87.6, 41.9, "%Y-%m-%d %H:%M", ["theft", "arson"])
    table["location"] = "(" + table.pop("lat").astype(str) + ", " + table.pop("lon").astype(str) + ")"
    found = propose(table)
    assert found.place.point == "location"
    assert found.time_zone == "America/Chicago"
    assert parse_schema(str(found.schema_toml), "ours").point == ("location",)


def test_day_or_month_is_left_open_without_evidence():
    table = _table(("id", "date", "offence", "lon", "lat"), -87.6, 41.9, "%m/%d/%Y", ["theft", "arson"])
    table["date"] = np.resize(["01/02/2024", "05/06/2024", "12/11/2024"], 300)
    doubts = propose(table).unsure
    assert any("whether the day or the month comes first" in doubt for doubt in doubts)


def test_swapped_axes_are_put_right():
    table = _table(
        ("id", "date", "offence", "latitude", "longitude"), -118.2, 34.0, "%Y-%m-%d %H:%M", ["theft", "ar son"]
    )
    found = propose(table)
    columns = {choice.ours: choice.column for choice in found.choices}
    assert (columns["x"], columns["y"]) == ("latitude", "longitude")
    assert "wrong way round" in " ".join(found.place.why)
    assert found.time_zone == "America/Los_Angeles"


def test_degrees_are_taken_before_projected_numbers():
    table = _table(
        ("id", "date", "offence", "Longitude", "Latitude"), -87.6, 41.9, "%Y-%m-%d %H:%M", ["theft", "arson"]
    )
    table["X Coordinate"], table["Y Coordinate"] = 1168001, 1903000
    assert propose(table).place.x == "Longitude"


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (7_641_076.0, 684_831.0, "US state plane"),
        (121_000.5, 487_000.5, "EPSG:28992"),
        (652_000.5, 6_862_000.5, "EPSG:2154"),
        (430_000.5, 433_000.5, "EPSG:27700"),
        (447_000.5, 4_638_000.5, "UTM"),
    ],
)
def test_a_projected_crs_is_not_made_up(x, y, said):
    table = _table(("id", "date", "offence", "x", "y"), 0, 0, "%Y-%m-%d %H:%M", ["theft", "arson"])
    rng = np.random.default_rng(3)
    table["x"], table["y"] = x + rng.uniform(0, 900, 300), y + rng.uniform(0, 900, 300)
    found = propose(table)
    assert found.place.crs is None
    assert found.time_zone is None
    assert any(said in doubt and "cannot be known" in doubt for doubt in found.unsure)
    assert '# crs = "EPSG:<code>"' in found.toml
    assert "crs" not in tomllib.loads(found.toml)["incidents"]


def test_civil_time_under_a_label_of_utc_is_noticed():
    table = _table(("id", "date", "offence", "lon", "lat"), -71.06, 42.36, "%Y-%m-%d 00:00:00+00", ["theft", "arson"])
    table.loc[::2, "date"] = _moments("%Y-%m-%d %H:%M:%S+00")[::2]
    assert any("wrong label" in doubt for doubt in propose(table).unsure)


def test_points_with_a_crs_need_nothing_said(tmp_path):
    import geopandas as gpd

    table = _table(("id", "occurred", "offence", "lon", "lat"), -122.6, 45.5, "%Y-%m-%d %H:%M", ["theft", "arson"])
    points = gpd.GeoDataFrame(
        table[["id", "occurred", "offence"]], geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326"
    ).to_crs("EPSG:2913")
    points.to_parquet(tmp_path / "points.parquet")
    found = propose(tmp_path / "points.parquet")
    assert found.time_zone == "America/Los_Angeles"
    assert tomllib.loads(found.toml)["incidents"]["columns"] == {
        "id": "id", "start": "occurred", "category": "offence",
    }  # fmt: skip


def test_no_value_of_a_personal_column_is_told():
    table = _table(("id", "occurred", "offence", "lon", "lat"), -122.6, 45.5, "%Y-%m-%d %H:%M", ["theft", "arson"])
    table["victim_name"], table["contact"] = "Jan Modaal", "jan.modaal@example.org"
    table["dob"] = "1971-05-06"
    found = propose(table)
    assert {"victim_name", "contact", "dob"} <= set(found.personal)
    told = json.dumps(found.as_dict(), default=str)
    assert not any(value in told for value in ("Modaal", "modaal", "1971-05-06", "theft", "Z00001"))


def test_hostile_names_stay_text():
    name = 'off"ence\n]\x1b[31m[x'
    table = _table(("id", "occurred", name, "lon", "lat"), -122.6, 45.5, "%Y-%m-%d %H:%M", ["theft", "arson"])
    table = table.rename(columns={name: "crime " + name})
    found = propose(table)
    assert tomllib.loads(found.toml)["incidents"]["columns"]["category"] == "crime " + name
    assert "\x1b" not in found.toml


def test_nothing_to_look_at_is_refused():
    with pytest.raises(InputError, match="no rows"):
        propose(pd.DataFrame({"a": pd.Series([], dtype=str)}))


def test_a_table_without_any_of_it_says_so():
    found = propose(pd.DataFrame({"a": ["q", "r"], "b": ["s", "t"]}))
    assert found.choices == ()
    doubts = " ".join(found.unsure)
    assert "columns.start" in doubts
    assert "columns.category" in doubts
    assert "coordinates" in doubts


def test_every_schema_has_rows_here():
    assert {_schema_of(file) for file in FILES} == set(schema_names())
    assert all(load_schema(name) for name in schema_names())


def _read_as_proposed(found, table, folder):
    """Do what a user does with a proposal: paste it."""
    incidents = tomllib.loads(found.toml)["incidents"]
    incidents.pop("source")
    if found.schema_toml is not None:
        path = folder / found.schema_file
        path.write_text(found.schema_toml, "utf-8")
        incidents["schema"] = str(path)
    return read_incidents(table, **incidents)


@pytest.mark.parametrize(("names", "place", "zone"), LANGUAGES)
def test_a_pasted_proposal_reads_every_row(names, place, zone, tmp_path):
    table = _table(names, *place, "%d.%m.%Y %H:%M", ["Diebstahl", "Raub"], comma=True)
    incidents = _read_as_proposed(propose(table), table, tmp_path)
    assert len(incidents) == len(table)
    expected = pd.to_datetime(table.iloc[:, 1], format="%d.%m.%Y %H:%M").dt.tz_localize(zone, ambiguous=True)
    assert sorted(incidents.start) == sorted(expected.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())


def test_a_pasted_schema_file_reads_every_row(tmp_path):
    table = _table(("id", "occ_date", "offence", "lon", "lat"), -87.6, 41.9, "%m/%d/%Y", ["theft", "arson"])
    table["occ_time"] = np.resize([5, 845, 2330, 1200], 300)
    incidents = _read_as_proposed(propose(table), table, tmp_path)
    assert len(incidents) == 300
    hours = pd.DatetimeIndex(incidents.start).tz_localize("UTC").tz_convert("America/Chicago").strftime("%H%M")
    assert set(hours) == {"0005", "0845", "2330", "1200"}


def test_pasted_months_are_intervals(tmp_path):
    table = _table(("id", "month", "offence", "lon", "lat"), -0.1, 51.5, "%Y-%m", ["theft", "arson"])
    incidents = _read_as_proposed(propose(table), table, tmp_path)
    assert len(incidents) == 300
    assert np.unique(incidents.end - incidents.start).min() >= np.timedelta64(28, "D")


@pytest.mark.parametrize(
    ("file", "columns", "crs", "zone"),
    [
        ("nyc_felonies_2014_2015", ("datetime", "category", "lon", "lat"), "EPSG:4326", "America/New_York"),
        (
            "sanfrancisco_incidents_2003_2015_alternate_weeks", ("datetime", "category", "lon", "lat"), "EPSG:4326",
            "America/Los_Angeles",
        ),
        ("portland_burglary_mvt_2012-03_2017-02", ("datetime", "category", "x", "y"), None, None),
        ("chicago_residential_burglary_2014_2017", ("datetime", "category", "x", "y"), None, None),
    ],
)  # fmt: skip
def test_real_files(file, columns, crs, zone):
    folder = os.environ.get("HOTSPOT_DATA")
    if folder is None:
        pytest.skip("HOTSPOT_DATA is not set: the real files are elsewhere")
    found = propose(Path(folder) / f"{file}.parquet")
    chosen = {choice.ours: choice.column for choice in found.choices}
    assert chosen == dict(zip(("start", "category", "x", "y"), columns, strict=True))
    assert (found.place.crs, found.time_zone) == (crs, zone)


ODD = {
    "nothing": [None] * 40, "bytes": [b"\x00\xff"] * 40, "lists": [[1, 2]] * 40, "dicts": [{"a": 1}] * 40,
    "mixed": [1, "a", None, 2.5] * 10, "huge": [10**30] * 40, "endless": [float("inf")] * 40, "flags": [True] * 40,
    "kinds": pd.Categorical(["a", "b"] * 20), "spans": pd.timedelta_range("1h", periods=40),
    "dates": [f"{i}/{41 - i}/2024" for i in range(1, 41)],
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["date", "occ_time", "lat", "category", "id", "location"])
def test_odd_columns_do_not_stop_it(odd, name):
    table = pd.DataFrame({name: ODD[odd], "lon": np.linspace(4.4, 4.5, 40), "when": "2024-01-01T10:00"})
    found = propose(table)
    tomllib.loads(found.toml)
    tomllib.loads(found.schema_toml or "")
    json.dumps(found.as_dict())
