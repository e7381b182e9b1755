"""Values of personal columns reach no error, report, store, page or file, whatever is done with their source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from hotspot.errors import HotspotError
from hotspot.io import read_incidents
from tests.io.invented import PERSONAL, ROWS

CANARY = "qzcanary"
LONLAT = {"crs": "EPSG:4326", "time_zone": "America/Chicago"}
HONEST = {"victim_name": "Given Surname", "date_of_birth": "born", "ssn": "SSN", "phone": "phone 312-555-0123",
          "email": "e-mail", "narrative": "narrative", "license_plate": "plate NL"}  # fmt: skip
HIDDEN = {f"field_{i}": what for i, what in enumerate(HONEST.values())}


def planted(rows: int, columns: dict[str, str], seed: int = 3) -> pd.DataFrame:
    """Invented personal columns; texts carry the canary, and numbers are their own."""
    rng = np.random.default_rng(seed)
    parts = [{name: PERSONAL[what](rng) for name, what in columns.items()} for _ in range(rows // ROWS + 1)]
    frame = pd.concat(map(pd.DataFrame, parts), ignore_index=True).iloc[:rows]
    for name, what in columns.items():
        if what in ("e-mail", "narrative"):
            frame[name] = CANARY + frame[name]
        elif what == "Given Surname":
            frame[name] = frame[name] + f" {CANARY.title()}"
    return frame


def secrets(frame: pd.DataFrame) -> set[str]:
    """The canaries, and some of the values."""
    return {CANARY, CANARY.title(), *(str(value) for value in frame.iloc[:20].to_numpy().ravel())}


def texts_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """All that the files below a folder say; packed forms are unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path, path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            yield path, str(table.schema.metadata) + table.to_pandas(ignore_metadata=True).to_csv()
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as store:
                names = store.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
                for schema, name in names:
                    yield path, store.execute(f'SELECT * FROM "{schema}"."{name}"').df().to_csv()


def found(hidden: set[str], texts: Iterator[tuple[Path, str]]) -> set[tuple[str, str]]:
    return {(path.name, value) for path, text in texts for value in hidden if value in text}


@pytest.mark.parametrize("columns", [HONEST, HIDDEN])
def test_a_run_leaves_no_trace_of_persons(city: Path, hotspot: Callable, columns: dict[str, str]) -> None:
    source = city / "incidents.csv"
    table = pd.read_csv(source, dtype=str)
    people = planted(len(table), columns)
    pd.concat([table, people], axis=1).to_csv(source, index=False)
    hidden = secrets(people)

    before = {path: path.read_bytes() for path in city.rglob("*") if path.is_file()}
    store = city / "store.duckdb"
    ours = {"id": "incident_id", "start": "occurred_from", "end": "occurred_to", "category": "offense"}
    mapping = [word for name, theirs in ours.items() for word in ("--columns", f"{name}={theirs}")]
    said = [
        hotspot("check", source),
        hotspot("check", source, "--json"),
        hotspot("check", city / "hotspot.toml"),
        hotspot("nightly", city / "hotspot.toml"),
        hotspot("ingest", source, "--store", f"duckdb:///{store}", *mapping, "--crs", "EPSG:26916", "--time-zone",
                "America/Chicago", "--json"),
    ]  # fmt: skip
    assert [call.code for call in said[2:]] == [0, 0, 0], said[2:]
    assert store.exists()
    spoken = ((Path(str(i)), call.out + call.err) for i, call in enumerate(said))
    assert found(hidden, spoken) == set()
    for path in before:
        path.unlink()
    assert found(hidden, texts_of(city)) == set()
    named = "".join(text for path, text in texts_of(city) if path.name == "manifest.json")
    assert all(name in named for name in columns), "what was dropped is named"


def test_strict_in_the_config_refuses(city: Path, hotspot: Callable, edit: Callable) -> None:
    source = city / "incidents.csv"
    table = pd.read_csv(source, dtype=str)
    people = planted(len(table), HIDDEN)
    pd.concat([table, people], axis=1).to_csv(source, index=False)
    edit("[output]", "[privacy]\nstrict = true\n[output]")
    called = hotspot("nightly", city / "hotspot.toml")
    assert called.code == 1
    assert "look personal" in called.err
    assert all(name in called.err for name in HIDDEN)
    assert found(secrets(people), iter([(Path("err"), called.err)])) == set()
    assert not (city / "runs").exists() or not list((city / "runs").rglob("map.html"))


EVIL = "<script>alert('x')</script>[bold]=cmd()\x1b[2J'; DROP TABLE incidents; --"


def test_a_hostile_category_is_text_everywhere(city: Path, hotspot: Callable, edit: Callable) -> None:
    source = city / "incidents.csv"
    table = pd.read_csv(source, dtype=str)
    table["offense"] = table["offense"].replace("burglary", EVIL)
    table.to_csv(source, index=False)
    edit('category = ["burglary"]', f"category = [{json.dumps(EVIL)}]")
    said = [
        hotspot("check", city / "hotspot.toml"),
        hotspot("nightly", city / "hotspot.toml"),
        hotspot("check", source),
    ]
    assert [call.code for call in said[:2]] == [0, 0], said
    assert "\x1b" not in "".join(call.out + call.err for call in said)
    pages = [path.read_text("utf-8") for path in (city / "runs").rglob("*.html")]
    assert pages
    assert not any("<script>alert" in page for page in pages)
    for path in (city / "runs").rglob("*.csv"):
        assert not any(line.startswith(tuple("=+-@")) for line in path.read_text("utf-8").splitlines())


GOOD = {
    "id": "1", "start": "2024-03-01T07:00", "end": "2024-03-01T08:00", "known_at": "2024-03-02", "category": "theft",
    "lon": -87.6, "lat": 41.9, "position_error": "5", "discovered": "yes", "source": "calls",
}  # fmt: skip


@pytest.mark.parametrize("broken", GOOD)
@pytest.mark.parametrize(
    ("form", "what"),
    [
        *(("csv", what) for what in ("narrative", "phone 312-555-0123", "BSN", "born", "Given Surname", "e-mail")),
        *((form, what) for form in ("frame", "parquet") for what in ("narrative", "BSN")),
        ("ndjson", "narrative"),
        ("gpkg", "narrative"),
    ],
)
def test_no_message_shows_a_value_of_a_mapped_column(tmp_path: Path, broken: str, what: str, form: str) -> None:
    people = planted(60, {"p": what})
    table = pd.DataFrame([GOOD] * 60).assign(**{broken: people["p"]})
    if what == "BSN" and form in ("frame", "parquet"):
        table[broken] = table[broken].astype(int)
    source: object = table
    path = tmp_path / f"a.{form}"
    if form == "csv":
        table.to_csv(path, index=False)
    elif form == "ndjson":
        table.to_json(path, orient="records", lines=True)
    elif form == "parquet":
        table.to_parquet(path)
    elif form == "gpkg":
        points = gpd.points_from_xy([-87.6] * 60, [41.9] * 60, crs="EPSG:4326")
        gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points).to_file(path)
    source = table if form == "frame" else path
    trials = ({}, {"strict": True}, {"time_zone": None}, {"schema": "chicago"}, {"formats": {"start": "%d/%m/%Y"}})
    for options in trials:
        try:
            incidents = read_incidents(source, **{**LONLAT, **options})  # type: ignore[arg-type]
        except HotspotError as error:
            said = str(error)
        else:
            said = str(incidents.quality) + ("" if what == "born" else incidents.table.to_csv())
        assert found(secrets(people), iter([(path, said)])) == set(), said


@pytest.mark.parametrize("broken", ["start", "lon", "lat"])
def test_no_message_shows_a_value_that_nothing_told_to_be_personal(broken: str) -> None:
    with pytest.raises(HotspotError, match="none of 2 rows can be used") as caught:
        read_incidents(pd.DataFrame([GOOD, GOOD]).assign(**{broken: CANARY}), **LONLAT)
    assert CANARY not in str(caught.value)
