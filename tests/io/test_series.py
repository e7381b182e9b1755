"""Values over time: clocks that change, columns that hold no numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import ColumnError, InputError
from hotspot.io.series import read_series

ZONE = "America/Chicago"


def test_hourly_civil_times_over_both_changes_give_every_hour_once() -> None:
    utc = pd.date_range("2024-01-01", "2024-12-31 23:00", freq="h", tz="UTC")
    rows = pd.DataFrame({"time": utc.tz_convert(ZONE).tz_localize(None), "temp": np.arange(len(utc), dtype=float)})
    series = read_series(rows, time_zone=ZONE, latency="1h")
    np.testing.assert_array_equal(series.time, utc.tz_localize(None).to_numpy("datetime64[us]"))
    np.testing.assert_array_equal(series.values[:, 0], rows["temp"])
    np.testing.assert_array_equal(series.known_at, series.time + np.timedelta64(1, "h"))
    assert [note.split(": ", 1)[1] for note in series.notes] == [
        "2 rows whose time lies in an hour that the clocks repeat, the first of the two where it stands first"
    ]


def test_forecasts_of_a_repeated_hour_are_told_apart_by_issue() -> None:
    rows = pd.DataFrame(
        {
            "valid": ["2024-11-03 01:00", "2024-11-03 01:00", "2024-11-03 01:00", "2024-03-10 02:30"],
            "issued": ["2024-11-02T12:00Z", "2024-11-02T12:00Z", "2024-11-02T18:00Z", "2024-03-09T00:00Z"],
            "rain": [1, 2, 3, 4],
        }
    )
    series = read_series(rows, columns={"time": "valid", "known_at": "issued"}, time_zone=ZONE)
    assert series.time.astype("datetime64[h]").astype(str).tolist() == [
        "2024-11-03T06", "2024-11-03T06", "2024-11-03T07",
    ]  # fmt: skip
    np.testing.assert_array_equal(series.values[:, 0], [1, 3, 2])
    assert any("1 rows whose time the clocks skipped" in note for note in series.notes)
    assert any("1 rows without a time, set aside" in note for note in series.notes)


def test_columns_of_numbers_are_variables_unless_others_are_named(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "time": pd.date_range("2024-01-01", periods=20, freq="h"),
            "temp": ["x", *map(str, range(19))],
            "station": "MDW",
            "observer_phone": [f"312-555-{i:04d}" for i in range(20)],
            "wind": np.arange(20),
        }
    )
    rows.to_csv(tmp_path / "w.csv", index=False)
    series = read_series(tmp_path / "w.csv", time_zone="UTC", units={"temp": "degC"})
    assert (series.name, series.variables, series.units) == ("w", ("temp", "wind"), {"temp": "degC"})
    assert [note.split(": ", 1)[1] for note in series.notes] == ["1 rows without a number in 'temp'"]
    named = read_series(tmp_path / "w.csv", time_zone="UTC", variables={"speed": "wind"})
    assert named.variables == ("speed",)
    with pytest.raises(InputError, match="look personal"):
        read_series(tmp_path / "w.csv", time_zone="UTC", variables=["observer_phone"])
    with pytest.raises(ColumnError, match="no column 'winds' for a variable; did you mean 'wind'"):
        read_series(tmp_path / "w.csv", time_zone="UTC", variables=["winds"])
    with pytest.raises(ColumnError, match="no variable of numbers"):
        read_series(rows[["time", "station"]], time_zone="UTC")
    with pytest.raises(InputError, match="no time zone is given"):
        read_series(tmp_path / "w.csv")


def test_american_dates_need_a_format_and_the_message_says_so() -> None:
    rows = pd.DataFrame({"time": ["03/01/2024 12:00", "03/01/2024 13:00"], "rain": [0.0, 1.0]})
    with pytest.raises(InputError, match=r"2 rows whose time is no time but of the form '99/99/9999 99:99'.*formats="):
        read_series(rows, time_zone="UTC")
    read = read_series(rows, time_zone="UTC", formats={"time": "%m/%d/%Y %H:%M"})
    assert read.time.astype(str).tolist() == ["2024-03-01T12:00:00.000000", "2024-03-01T13:00:00.000000"]
