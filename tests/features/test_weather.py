"""Weather against a plain walk over what was known, and its normal against a least-squares fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.features.weather import Weather
from hotspot.layers import Series
from hotspot.windows import Windows, shift
from tests.features import timed, worlds

SHIFTS = Windows("1D", 2, ["07:00", "15:00", "23:00"])
TIMES = worlds.issue_times(-5, 3, 29, 41, 60, 100)


def known(layer: Series, name: str, asof, low, high) -> pd.Series:
    """Newest values known, of times in [low, high), by time."""
    frame = layer.frame[(layer.known_from <= asof) & layer.frame["time"].between(low, high, inclusive="left")]
    frame = frame.dropna(subset=[name]).sort_values(["time", "known_at"], kind="stable")
    return frame.drop_duplicates("time", keep="last").set_index("time")[name]


def normal(layer: Series, name: str, asof: pd.Timestamp, times: pd.DatetimeIndex) -> np.ndarray:
    """Fit by least squares and evaluate."""

    def basis(index: pd.DatetimeIndex) -> np.ndarray:
        days = (index - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(1, "D")
        turns = [2 * np.pi * k * days / 365.2425 for k in (1, 2)] + [2 * np.pi * k * days for k in (1, 2)]
        return np.column_stack([np.ones(len(index)), *(f(t) for t in turns for f in (np.sin, np.cos))])

    past = known(layer, name, asof, pd.Timestamp(1900, 1, 1), asof)
    return basis(times) @ np.linalg.lstsq(basis(past.index), past.to_numpy(), rcond=1e-6)[0]


@pytest.mark.parametrize("name", ["temp", "rain"])
def test_columns_equal_a_slow_walk(name: str) -> None:
    layer = timed.weather(7)
    found = Weather().compute(timed.history(layer), TIMES, SHIFTS)
    start, end = SHIFTS.bounds(TIMES, worlds.ZONE)
    since = shift(TIMES, "3D", worlds.ZONE, -1)
    for i, time in enumerate(TIMES):
        row = found.isel(issue_time=i)
        ahead = [known(layer, name, time, a, b).mean() for a, b in zip(start[i], end[i], strict=True)]
        np.testing.assert_allclose(row.sel(column=name), ahead, rtol=1e-12)
        lately = known(layer, name, time, since[i], time)
        np.testing.assert_allclose(row.sel(column=f"{name}_3D"), lately.mean(), rtol=1e-12)
        civil = pd.Timestamp(time, tz="UTC").tz_convert(worlds.ZONE)
        month = civil.normalize().replace(day=1).tz_convert("UTC").tz_localize(None)
        anomaly = (lately - normal(layer, name, month, lately.index)).mean()
        np.testing.assert_allclose(row.sel(column=f"{name}_3D_anomaly"), anomaly, rtol=1e-6, atol=1e-9)
    assert found.sel(column=name).notnull().any() == (name == "temp")  # rain is not forecast


def test_names_units_and_a_choice() -> None:
    history = timed.history(timed.weather())
    found = Weather(variables=("temp",), recent=("1D", "7D")).compute(history, TIMES, SHIFTS)
    assert list(found["column"].values) == ["temp", "temp_1D", "temp_1D_anomaly", "temp_7D", "temp_7D_anomaly"]
    assert set(found.attrs["units"]) == {"degC"}
    assert set(found.attrs["vintage"]) == {"by row"}
    two = timed.history(timed.weather(), Series(timed.weather(1).frame[["time", "temp"]], name="airport"))
    names = list(Weather(variables="temp").compute(two, TIMES, SHIFTS)["column"].values)
    assert names[0::3] == ["weather_temp", "airport_temp"]
    with pytest.raises(InputError, match="no series has a variable 'tem'; did you mean 'temp'"):
        Weather(variables=("tem",)).compute(history, TIMES, SHIFTS)


def test_a_normal_needs_a_year_and_nothing_known_is_nan() -> None:
    layer = timed.weather(years=0)
    found = Weather().compute(timed.history(layer), worlds.issue_times(-40, 50), SHIFTS)
    assert found.isel(issue_time=0).isnull().all()
    assert found.sel(column="temp_3D_anomaly").isnull().all()
    assert found.isel(issue_time=1).sel(column=["temp", "temp_3D"]).notnull().any()


def test_a_steady_season_has_no_anomaly_and_a_warm_week_has_one() -> None:
    time = pd.date_range("2018-01-01", "2021-06-01", freq="6h")
    days = (time - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(1, "D")
    wave = 10 - 8 * np.cos(2 * np.pi * days / 365.2425) + 4 * np.sin(2 * np.pi * days)
    warm = np.where((time >= "2021-03-20") & (time < "2021-03-27"), 5.0, 0.0)
    history = timed.history(Series(pd.DataFrame({"time": time, "temp": wave + warm})))
    times = np.array(["2021-03-18T00:00", "2021-03-26T12:00"], "datetime64[us]")
    anomaly = Weather().compute(history, times, Windows("1D")).sel(column="temp_3D_anomaly")
    np.testing.assert_allclose(anomaly[:, 0], [0, 5], atol=1e-6)


@pytest.mark.parametrize("options", [{"annual": -1}, {"daily": 1.5}, {"recent": ("3 days",)}])
def test_odd_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Weather(**options)
