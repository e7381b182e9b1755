"""The cube: schema, names, rows, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from hotspot.errors import ConfigError, InputError, SchemaError
from hotspot.features.calendar import Calendar
from hotspot.features.cube import feature_names, featurize, rows
from hotspot.features.recent_counts import RecentCounts
from hotspot.windows import Windows, to_utc
from tests.features import worlds

WINDOWS = Windows("1D", leads=2)
NAMES = ["recent_counts", "neighbour_counts", "calendar", "place_distance", "place_density", "street_density"]


@pytest.fixture(scope="module")
def history():
    return worlds.history(worlds.table(1), layers=worlds.layers("2021-03-05"))


@pytest.fixture(scope="module")
def cube(history) -> xr.Dataset:
    return featurize(history, ["2021-03-01", "2021-04-01", "2021-05-01"], features=NAMES, windows=WINDOWS)


def test_schema(history, cube: xr.Dataset) -> None:
    assert cube["recent_counts_28D"].dims == ("issue_time", "cell")
    assert cube["calendar_hour"].dims == ("issue_time", "lead")
    assert cube["street_density"].dims == ("issue_time", "cell")
    assert (cube["calendar_hour"].attrs["units"], cube["calendar_weekday"].attrs["units"]) == ("h", "1")
    assert cube["place_distance_bar"].attrs["vintage"].startswith("2021-03-05")
    schools = cube["place_distance_schools"].attrs
    assert {key: schools[key] for key in ("units", "source", "vintage", "kind")} == {
        "units": "m", "source": "schools (memory)", "vintage": "", "kind": "place_distance",
    }  # fmt: skip
    assert "nearest place" in schools["description"]
    civil = np.array(["2021-03-01", "2021-04-01", "2021-05-01"], "datetime64[us]")
    np.testing.assert_array_equal(cube["issue_time"], to_utc(civil, worlds.ZONE))
    np.testing.assert_array_equal(cube["cell"], history.domain.ids)
    start, end = WINDOWS.bounds(cube["issue_time"].values, worlds.ZONE)
    np.testing.assert_array_equal(cube["valid_start"], start)
    np.testing.assert_array_equal(cube["valid_end"], end)


def test_rows_equal_the_dense_product(cube: xr.Dataset) -> None:
    names = feature_names(cube)
    dense = xr.broadcast(*(cube[name] for name in names))
    dense = np.stack([part.transpose("issue_time", "lead", "cell").values for part in dense], axis=-1)
    rng = np.random.default_rng(0)
    index = [rng.integers(0, size, 500) for size in dense.shape[:3]]
    found = rows(cube, *index)
    np.testing.assert_array_equal(found, dense[tuple(index)])
    assert found.shape == (500, len(names))
    assert rows(cube, *index, np.float32).dtype == np.float32


def test_names_options_and_recipes_mix(history) -> None:
    mixed = ["calendar", ("recent_counts", {"windows": ["3D"]}), RecentCounts(("5D",))]
    cube = featurize(history, "2021-04-01", features=mixed, windows=WINDOWS)
    assert feature_names(cube)[-2:] == ["recent_counts_3D", "recent_counts_5D"]


def test_what_is_refused(history) -> None:
    for wrong, error in (
        ([], InputError),
        ("calendar", InputError),
        ([Calendar], InputError),
        ([3], InputError),
        (["calender"], ConfigError),
        ([("calendar", {"days": 3})], ConfigError),
        (["calendar", Calendar()], InputError),
    ):
        with pytest.raises(error):
            featurize(history, "2021-04-01", features=wrong, windows=WINDOWS)


class Odd:
    """A plug-in that gives what it may not."""

    name = "odd"

    def __init__(self, array: xr.DataArray) -> None:
        self.array = array

    def compute(self, history, issue_times, windows) -> xr.DataArray:
        return self.array


@pytest.mark.parametrize(
    "array",
    [
        xr.DataArray(np.zeros(3), dims="cell", attrs={"units": "1", "source": "", "vintage": ""}),
        xr.DataArray(np.zeros(3), dims="street", attrs={"units": "1", "source": "", "vintage": ""}),
        xr.DataArray(np.full(2, np.inf), dims="lead", attrs={"units": "1", "source": "", "vintage": ""}),
        xr.DataArray(np.zeros(2), dims="lead"),
    ],
    ids=["size", "dimension", "infinite", "attributes"],
)
def test_a_plug_in_that_breaks_the_schema_is_refused(history, array: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match="odd"):
        featurize(history, "2021-04-01", features=[Odd(array)], windows=WINDOWS)
