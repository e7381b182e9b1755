"""A version that must be set aside still ends the one before it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.incidents import Incidents

COLUMNS = ["id", "start", "known_at", "category", "x", "y"]
READ = {"crs": "EPSG:26916", "time_zone": "UTC"}
DAY = np.timedelta64(1, "D")


def log(*rows: tuple) -> pd.DataFrame:
    """Rows of (id, day of knowing, category, x); times are written with a time of day."""
    told = [(i, "2024-01-01 07:00", f"2024-01-{day:02d} 12:00", what, x, 2.0) for i, day, what, x in rows]
    return pd.DataFrame(told, columns=COLUMNS)


def ends(incidents: Incidents) -> dict[tuple[str, int], int | None]:
    """Day on which each version (id, day of knowing) ended."""
    table = incidents.table
    days = [None if pd.isna(end) else end.day for end in table["superseded_at"]]
    return dict(zip(zip(table["id"], table["known_at"].dt.day, strict=True), days, strict=True))


LOG = log(
    ("a", 2, "theft", 1.0), ("a", 5, "theft", None), ("a", 8, "theft", 3.0),
    ("b", 2, "theft", 1.0), ("b", 9, None, 1.0),
    ("c", 2, None, 1.0), ("c", 4, "theft", 1.0),
    ("d", 3, "theft", 1.0), ("d", 3, "theft", 9.0),
)  # fmt: skip


def test_in_a_log_it_ends_the_version_before_it_and_no_other() -> None:
    assert ends(hs.read_incidents(LOG, **READ)) == {
        ("a", 2): 5, ("a", 8): None, ("b", 2): 9, ("c", 4): None, ("d", 3): None
    }  # fmt: skip


def test_the_order_of_rows_means_nothing() -> None:
    mixed = LOG.iloc[[1, 0, 2, 4, 3, 6, 5, 7, 8]]
    assert ends(hs.read_incidents(mixed, **READ)) == ends(hs.read_incidents(LOG, **READ))


@pytest.mark.parametrize("days", [[2, 5, 8], [2, 9], [3, 9], [2, 4, 9]])
def test_a_store_filled_bit_by_bit_says_what_the_whole_log_says(tmp_path, days) -> None:
    store, before = f"duckdb:///{tmp_path}/city.duckdb", 0
    day = pd.to_datetime(LOG["known_at"]).dt.day
    for until in days:
        part = LOG[(day > before) & (day <= until)]
        hs.ingest(part, store, at=f"2024-01-{until:02d}T18:00Z", **READ)
        before = until
    whole = ends(hs.read_incidents(LOG[day <= before], **READ))
    assert ends(hs.read_store(store)) == whole


def test_an_increment_without_dates_ends_it_when_it_is_recorded(tmp_path) -> None:
    store = f"duckdb:///{tmp_path}/city.duckdb"
    plain = LOG.drop(columns="known_at")
    hs.ingest(plain.iloc[[0, 3]], store, at="2024-01-03", **READ)
    report = hs.ingest(plain.iloc[[1, 7]], store, at="2024-01-06", **READ)
    assert (report.new, report.deleted) == (1, 1)
    table = hs.read_store(store).table.set_index("id")
    assert table.loc["a", "superseded_at"] == pd.Timestamp("2024-01-06")
    assert pd.isna(table.loc["b", "superseded_at"])


def test_an_older_row_that_comes_late_and_cannot_be_used_ends_nothing(tmp_path) -> None:
    store = f"duckdb:///{tmp_path}/city.duckdb"
    hs.ingest(LOG.iloc[[2]], store, at="2024-01-09", **READ)  # known on the 8th
    report = hs.ingest(LOG.iloc[[1, 7]], store, at="2024-01-10", **READ)  # unusable, known on the 5th
    assert report.deleted == 0
    assert ends(hs.read_store(store))[("a", 8)] is None


def test_a_conversion_keeps_the_ends(tmp_path) -> None:
    hs.convert_incidents(LOG, tmp_path / "clean.parquet", **READ)
    assert ends(hs.read_incidents(tmp_path / "clean.parquet")) == ends(hs.read_incidents(LOG, **READ))
