"""A forecast can be handed out as NetCDF and read again."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from hotspot.models.counts import Counts
from hotspot.schema import check_forecast
from hotspot.testing import example_history
from hotspot.windows import Windows


def test_a_forecast_survives_netcdf(tmp_path: Path) -> None:
    past = example_history().as_of("2023-12-01")
    forecast = Counts().fit(past, windows=Windows("1D", leads=2)).forecast(past)
    forecast.to_netcdf(tmp_path / "forecast.nc")
    with xr.open_dataset(tmp_path / "forecast.nc") as read:
        check_forecast(read.load())
        xr.testing.assert_equal(read["expected_count"], forecast["expected_count"])
