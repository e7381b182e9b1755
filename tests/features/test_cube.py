"""The cube: schema, names, rows, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import xarray as xr

from hotspot.domain import Domain
from hotspot.errors import ConfigError, InputError, SchemaError
from hotspot.features.calendar import Calendar
from hotspot.features.cube import feature_names, featurize, rows
from hotspot.features.recent_counts import RecentCounts
from hotspot.history import History
from hotspot.incidents import Incidents
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

    def __init__(self, array: object) -> None:
        self.array = array

    def compute(self, history, issue_times, windows) -> object:
        return self.array


ATTRS = {"units": "1", "source": "", "vintage": ""}
CELLS = 57


def given(values: np.ndarray, *dims: str, **coords: object) -> xr.DataArray:
    return xr.DataArray(values, coords, dims, attrs=ATTRS)


@pytest.mark.parametrize(
    "array",
    [
        given(np.zeros(3), "cell"),
        given(np.zeros(3), "street"),
        given(np.full(2, np.inf), "lead"),
        xr.DataArray(np.zeros(2), dims="lead"),
        given(np.zeros((1, CELLS)) + 1e39, "issue_time", "cell"),
        given(np.array(["a", "b"]), "lead"),
        given(np.zeros(2, complex), "lead"),
        given(np.zeros(2, "datetime64[us]"), "lead"),
        given(np.array([None, 1.0]), "lead"),
        given(np.zeros((2, 3)), "lead", "column"),
        given(np.zeros(2), "lead", lead=[1, 2]),
        given(np.zeros(CELLS), "cell", cell=np.arange(CELLS)),
        given(np.zeros(1), "issue_time", issue_time=np.array(["2021-04-02"], "datetime64[us]")),
        np.zeros(2),
        given(np.zeros(2), "lead").to_dataset(name="odd"),
    ],
    ids=[
        "size", "dimension", "infinite", "attributes", "beyond float32", "text", "complex", "times", "objects",
        "columns without names", "other leads", "other cells", "other times", "bare array", "dataset",
    ],
)  # fmt: skip
def test_a_plug_in_that_breaks_the_schema_is_refused(history, array: object) -> None:
    with pytest.raises(SchemaError, match="odd"):
        featurize(history, "2021-04-01", features=[Odd(array)], windows=WINDOWS)


def test_two_columns_of_one_name(history) -> None:
    twice = given(np.zeros((2, 2)), "lead", "column", column=["a", "a"])
    with pytest.raises(InputError, match="occurs twice"):
        featurize(history, "2021-04-01", features=[Odd(twice)], windows=WINDOWS)
    with pytest.raises(SchemaError, match="'odd' gives no column"):
        featurize(history, "2021-04-01", features=[Odd(twice.isel(column=slice(0)))], windows=WINDOWS)
    with pytest.raises(InputError, match=r"got options \['7D'\] of 'recent_counts'; expected a mapping"):
        featurize(history, "2021-04-01", features=[("recent_counts", ["7D"])], windows=WINDOWS)
    area = Odd(given(np.zeros(2), "lead"))
    area.name = "area"
    with pytest.raises(InputError, match="called as a coordinate"):
        featurize(history, "2021-04-01", features=[area], windows=WINDOWS)


def test_an_error_in_a_plug_in_says_which(history) -> None:
    class Broken(Odd):
        def compute(self, history, issue_times, windows) -> xr.DataArray:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        featurize(history, "2021-04-01", features=[Broken(None)], windows=WINDOWS)
    assert caught.value.__notes__ == ["while computing feature 'odd'"]


def test_attributes_are_plain_and_one_a_column(history) -> None:
    array = given(np.zeros((2, 2), np.int8), "lead", "column", column=["a", "b"])
    array = array.assign_attrs(units=["m", "s"], radius=np.float64(2), count=np.int64(3))
    cube = featurize(history, "2021-04-01", features=[Odd(array)], windows=WINDOWS)
    expected = {
        **ATTRS,
        "radius": 2.0,
        "count": 3,
        "kind": "odd",
        "description": "A plug-in that gives what it may not.",
    }
    assert cube["odd_a"].attrs == {**expected, "units": "m"}
    assert cube["odd_b"].attrs == {**expected, "units": "s"}
    assert type(cube["odd_a"].attrs["count"]) is int
    assert cube["odd_a"].dtype == np.int8


class Moody:
    """Gives something else at other issue times."""

    name = "moody"

    def __init__(self, change: str) -> None:
        self.change = change

    def compute(self, history, issue_times, windows) -> xr.DataArray:
        later = bool((issue_times > np.datetime64("2021-04-03", "us")).any())
        names = ["b"] if later and self.change == "name" else ["a"]
        names += ["c"] * (later and self.change == "more")
        values = np.zeros((issue_times.size, len(names), CELLS), np.float32)
        array = xr.DataArray(values, {"column": names}, ("issue_time", "column", "cell"), attrs=ATTRS)
        if later and self.change == "dims":
            return array.expand_dims(lead=windows.n_leads)
        return array.assign_attrs(vintage="2021") if later and self.change == "attributes" else array


@pytest.mark.parametrize("change", ["name", "more", "dims", "attributes"])
def test_columns_are_the_same_at_all_issue_times(history, change: str) -> None:
    times = [f"2021-04-{day:02}" for day in range(1, 9)]
    lazy = featurize(history, times, features=[Moody(change)], windows=WINDOWS, memory=CELLS * 4 * 3)
    with pytest.raises(SchemaError, match="not the same at all issue times"):
        lazy.load()


def test_ten_cells() -> None:
    cells = Domain.square(shapely.box(0, 0, 1000, 400), size=200, crs=worlds.CRS, time_zone="UTC")
    table = worlds.table(0).assign(x=lambda rows: rows["x"] % 1000, y=lambda rows: rows["y"] % 400)
    small = History(cells, Incidents(table, worlds.CRS).within(cells))
    cube = featurize(small, ["2021-04-01"], features=["recent_counts", "neighbour_counts", "calendar"], windows=WINDOWS)
    assert cube.sizes == {"issue_time": 1, "lead": 2, "cell": 10}
    assert cube["recent_counts_28D"].sum() > 50
