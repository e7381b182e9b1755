"""No reader takes a column whose name speaks of a protected attribute."""

from __future__ import annotations

import pandas as pd
import pytest

from hotspot import read_days, read_events, read_incidents, read_series, read_tracks
from hotspot.errors import InputError

WHERE = {"crs": "EPSG:26916", "time_zone": "UTC"}
ROW = {
    "start": ["2024-03-01 07:00"], "end": ["2024-03-02 07:00"], "time": ["2024-03-01 07:00"], "x": [440e3],
    "y": [463e4], "category": ["a"], "temperature": [3.0], "unit": ["7"], "n_black": [4], "pct_black": [0.4],
    "pop_black": [40],
}  # fmt: skip
PROTECTED = r"column 'n_black' is protected \(its name speaks of race.*audit and no feature; leave it out here"


@pytest.mark.parametrize(
    ("read", "ours", "options"),
    [
        (read_events, "attendance", WHERE),
        (read_events, "category", WHERE),
        (read_incidents, "category", WHERE),
        (read_incidents, "source", WHERE),
        (read_days, "category", {"time_zone": "UTC"}),
        (read_tracks, "time", WHERE),
    ],
)
def test_a_mapped_column_is_refused(read, ours: str, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match=PROTECTED):
        read(pd.DataFrame(ROW), columns={ours: "n_black"}, **options)


@pytest.mark.parametrize("variables", [["n_black"], {"v": "n_black"}, {"n_black": "temperature"}])
def test_a_variable_is_refused_under_either_name(variables: object) -> None:
    with pytest.raises(InputError, match=PROTECTED):
        read_series(pd.DataFrame(ROW), variables=variables, time_zone="UTC")


def test_variables_that_nobody_named_are_left_out_and_counted() -> None:
    weather = read_series(pd.DataFrame(ROW).drop(columns=["start", "end", "x", "y", "unit"]), time_zone="UTC")
    assert weather.variables == ("temperature",)
    assert any("3 columns that are protected, left out: 'n_black', 'pct_black'" in note for note in weather.notes)


def test_columns_that_nobody_asks_for_are_no_reason_to_refuse() -> None:
    assert len(read_incidents(pd.DataFrame(ROW), **WHERE)) == 1
    assert len(read_events(pd.DataFrame(ROW), **WHERE)) == 1
