"""Tables of a forecast call cells by the names that the file gave them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from hotspot.domain import Domain
from hotspot.evaluate.selection import select
from hotspot.run.exports import write_pmtiles
from hotspot.run.outputs import forecast_table, write_hotspots
from tests.report.cities import beat_city, forecast_for, square_city, street_city

NAMES = ["A12", "007", "=cmd()", "<b>North</b>", '\u00dcber, den "Bach"', "line\nend", "G"]
HOTSPOTS = [
    "coverage", "lead", "valid_start_local", "valid_end_local", "time_zone", "rank", "cell", "x", "y", "lon", "lat",
    "area_m2", "expected_count",
]  # fmt: skip
BEATS = beat_city(NAMES)


def hotspots(domain: Domain, folder: Path) -> pd.DataFrame:
    forecast = forecast_for(domain)
    write_hotspots(folder / "hotspots.csv", forecast, {0.5: select(forecast, coverage=0.5)}, domain)
    return pd.read_csv(folder / "hotspots.csv", dtype={"name": str})


def test_hotspots_have_names_after_all_other_columns(tmp_path: Path) -> None:
    table = hotspots(BEATS, tmp_path)
    assert list(table.columns) == [*HOTSPOTS, "name"]
    safe = {"=cmd()": "'=cmd()", "line\nend": "line end"}  # a spreadsheet does not run them
    wanted = {cell: safe.get(name, name) for cell, name in zip(BEATS.ids, BEATS.names, strict=True)}
    assert len(table)
    assert [wanted[cell] for cell in table["cell"]] == table["name"].tolist()


def test_squares_and_cut_streets_have_none(tmp_path: Path) -> None:
    for domain in (square_city(), street_city()):
        assert "name" not in hotspots(domain, tmp_path)
        assert "name" not in forecast_table(forecast_for(domain), domain)


def test_the_table_of_a_forecast_has_names(tmp_path: Path) -> None:
    table = forecast_table(forecast_for(BEATS), BEATS)
    assert list(table.columns)[-3:] == ["area_m2", "name", "geometry"]
    table.to_parquet(tmp_path / "forecast.parquet")
    read = gpd.read_parquet(tmp_path / "forecast.parquet")
    assert read["name"].tolist() == BEATS.names.tolist() * 3
    assert read["cell"].tolist() == BEATS.ids.tolist() * 3


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_tiles_have_names(tmp_path: Path) -> None:
    domain = beat_city(list("ABCDEFG"))
    write_pmtiles(tmp_path / "a.pmtiles", forecast_for(domain), domain)
    tiles = pyogrio.read_dataframe(tmp_path / "a.pmtiles").drop_duplicates("cell").set_index("cell")
    assert tiles["name"].to_dict() == dict(zip(domain.ids.astype(str), domain.names, strict=True))
