"""Series: sorted, told when they were known, and faults counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import ColumnError, InputError
from hotspot.layers import Series

HOURS = pd.date_range("2024-01-01", periods=48, freq="h")


def test_observations_are_known_after_the_latency_and_forecasts_when_issued() -> None:
    rows = pd.DataFrame(
        {"time": HOURS[:3], "known_at": [pd.NaT, pd.Timestamp("2023-12-31"), pd.NaT], "rain": [0, 1, 2]}
    )
    series = Series(rows, latency="2h")
    assert series.is_dated
    assert series.variables == ("rain",)
    assert series.known_at.astype("datetime64[h]").astype(str).tolist() == [
        "2024-01-01T02",
        "2023-12-31T00",
        "2024-01-01T04",
    ]
    dated = Series(rows, latency="2h", vintage="2024-01-01T03:00")
    assert dated.known_from.astype("datetime64[h]").astype(str).tolist() == ["2024-01-01T03"] * 2 + ["2024-01-01T04"]


def test_faults_are_counted() -> None:
    rows = pd.DataFrame({"time": HOURS, "t": np.arange(48.0)}).drop(index=[10, 11, 30])
    rows["t"] = rows["t"].astype(object)
    rows.loc[0, "t"], rows.loc[1, "t"], rows.loc[2, "t"] = "cold", np.inf, None
    rows = pd.concat([rows, rows.iloc[[5]].assign(t=99.0), pd.DataFrame({"time": [pd.NaT], "t": [1.0]})])
    series = Series(rows.sample(frac=1, random_state=1).sort_values("t", key=lambda v: v.astype(str)), name="air")
    assert len(series) == 45
    assert (np.diff(series.time) > 0).all()
    assert np.isnan(series.values[:3, 0]).all()
    assert [note.split(": ", 1)[1] for note in series.notes] == [
        "1 rows without a time, set aside",
        "1 rows of a time that was there already (and known at the same moment), left out",
        "2 rows without a number in 't'",
        "2 gaps, where the usual step is 1 h",
    ]


def test_forecasts_of_one_time_are_no_repeats_and_ascend_by_issue() -> None:
    issued = pd.to_datetime(["2024-01-01T06:00", "2024-01-01T00:00", "2024-01-01T00:00"])
    series = Series(pd.DataFrame({"time": [HOURS[30]] * 3, "known_at": issued, "t": [3.0, 1.0, 2.0]}))
    np.testing.assert_array_equal(series.values[:, 0], [1.0, 3.0])


def test_the_fingerprint_covers_values_latency_and_units() -> None:
    rows = pd.DataFrame({"time": HOURS, "t": np.arange(48.0)})
    changed = rows.assign(t=rows["t"].where(rows["t"] != 7, 7.5))
    every = [Series(rows), Series(changed), Series(rows, latency="1h"), Series(rows, units={"t": "K"})]
    assert len({series.fingerprint for series in every}) == 4
    assert Series(rows).fingerprint == every[0].fingerprint


def test_what_is_no_series_is_refused() -> None:
    with pytest.raises(InputError, match="no variable beside 'time'"):
        Series(pd.DataFrame({"time": HOURS}))
    with pytest.raises(InputError, match="no row is left of 1"):
        Series(pd.DataFrame({"time": [pd.NaT], "t": [1]}))
    with pytest.raises(ColumnError, match="no column 'time'"):
        Series(pd.DataFrame({"t": [1]}))
    with pytest.raises(InputError, match="units: there is no variable 'tt'; did you mean 't'"):
        Series(pd.DataFrame({"time": HOURS, "t": 1.0}), units={"tt": "K"})
    with pytest.raises(InputError, match="expected a whole number"):
        Series(pd.DataFrame({"time": HOURS, "t": 1.0}), latency="1 hour")
