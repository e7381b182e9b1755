"""Codes for missing: told where they stand out, left as they are."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.io.codes import CODES, code_notes, codes_in
from hotspot.io.layers import read_areas
from hotspot.io.series import read_series


@pytest.mark.parametrize("code", CODES)
def test_a_code_far_from_all_other_values_is_counted(code: float) -> None:
    values = np.array([1.5, code, 20.0, code, np.nan, -3.0])
    assert codes_in(values) == {code: 2}
    assert codes_in(np.append(values, 0.7 * code)) == {}  # a value of the usual size there


def test_ordinary_numbers_are_no_codes() -> None:
    assert codes_in(np.array([9000.0, 9999.0, 12_000.0])) == {}
    assert codes_in(np.array([])) == {}
    assert code_notes(pd.DataFrame({"rain": [0.0, 1.0]}), "series 'x'") == ()


def test_codes_in_the_weather_are_told_and_kept() -> None:
    rows = pd.DataFrame({"time": ["2024-03-01", "2024-03-02", "2024-03-03"], "rain": [0.1, 999.9, -9999]})
    weather = read_series(rows, time_zone="UTC")
    assert weather.values[:, 0].tolist() == [0.1, 999.9, -9999]
    said = [note for note in weather.notes if "code for missing" in note]
    assert [note.split(": ")[1].split(",")[0] for note in said] == [
        "1 values of 'rain' are -9999",
        "1 values of 'rain' are 999.9",
    ]


def test_codes_of_a_census_are_told_for_attributes_only() -> None:
    income = [52_000, -666_666_666, 61_000]
    boxes = [shapely.box(i, 0, i + 1, 1) for i in range(3)]
    frame = gpd.GeoDataFrame({"tract": [1, 2, -9999], "income": income}, geometry=boxes, crs="EPSG:26916")
    areas = read_areas(frame, id="tract")
    assert areas.attribute("income").tolist() == income
    (said,) = areas.notes
    assert "1 values of 'income' are -666666666, which looks like a code for missing" in said
