"""What of a layer holds when: rows that begin and end, and vintages of one layer."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.layers import Areas, Places, Streets, dated
from hotspot.layers.vintages import series, states

CRS, DAY = "EPSG:26916", np.timedelta64(86_400_000_000, "us")
BASE = np.datetime64("2020-01-01", "us")


def places(n: int = 3, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[shapely.Point(i, i) for i in range(n)], crs=CRS)


def days(*numbers: int) -> np.ndarray:
    return BASE + np.array(numbers) * DAY


@given(
    lives=st.lists(st.tuples(st.integers(-1, 12), st.integers(-1, 14)), min_size=1, max_size=8),
    vintage=st.one_of(st.none(), st.integers(0, 10)),
    times=st.lists(st.integers(-3, 16), min_size=1, max_size=12),
)
def test_states_equal_a_look_at_every_row_and_time(
    lives: list[tuple[int, int]], vintage: int | None, times: list[int]
) -> None:
    begin, end = (
        np.array([BASE + day * DAY if day >= 0 else np.datetime64("NaT", "us") for day in part])
        for part in zip(*lives, strict=True)
    )
    layer = Places(
        places(len(lives), a=begin, b=end),
        since="a",
        until="b",
        vintage=None if vintage is None else BASE + vintage * DAY,
    )
    found, index = states((layer,), days(*times))
    assert len({state.number for state in found}) == len(found)
    for day, which in zip(times, index, strict=True):
        known = vintage is None or day >= vintage
        alive = [known and (a < 0 or a <= day) and (b < 0 or day < b) for a, b in lives]
        np.testing.assert_array_equal(found[which].rows if which >= 0 else np.zeros(len(lives), bool), alive)
        assert (which < 0) == (not known)


def test_the_newest_vintage_that_is_known_holds() -> None:
    old, new = (
        Areas(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=CRS), name="tracts", vintage=v)
        for v in ("2010-01-01", "2020-01-01")
    )
    vintages = dated([new, old], "tracts")
    assert vintages == (old, new)
    times = np.array(["2009-12-31", "2010-01-01", "2019-12-31T23:59", "2020-01-01", "2030-01-01"], "datetime64[us]")
    found, index = states(vintages, times)
    assert [state.layer for state in found] == [old, new]
    np.testing.assert_array_equal(index, [-1, 0, 0, 1, 1])


def test_changes_of_rows_that_do_not_matter_make_no_states() -> None:
    layer = Places(places(3, kind=["bar", "bar", "pub"], a=days(1, 2, 3)), "kind", since="a")
    found, index = states((layer,), days(0, 1, 2, 3, 4), [layer.rows("pub")])
    np.testing.assert_array_equal(index, [0, 0, 0, 1, 1])
    assert [state.rows.sum() for state in found] == [0, 1]
    assert {state.total for state in found} == {2}


def test_what_is_a_series() -> None:
    a, b = Places(places(), name="bars", vintage="2010-01-01"), Places(places(), name="bars", vintage="2012-01-01")
    undated, other = (
        Places(places(), name="bars"),
        Streets(
            gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=CRS),
            name="bars",
            vintage="2011-01-01",
        ),
    )
    unnamed = [Places(places(), vintage="2010-01-01"), Places(places(), vintage="2012-01-01")]
    assert series([b, other, a]) == [(a, b), (other,)]
    assert series([other, b, a]) == [(other,), (a, b)]
    assert series([b, undated]) == [(b,), (undated,)]
    assert series([b, b]) == [(b,), (b,)]
    assert series(unnamed) == [(unnamed[0],), (unnamed[1],)]
    with pytest.raises(InputError, match="no vintages of one layer"):
        dated([b, undated], "bars")
    with pytest.raises(InputError, match="none is called 'bar'; did you mean 'bars'"):
        dated([b], "bar")


@pytest.mark.parametrize(
    "values",
    [
        ["2016-05-01", None, "2017-01-01T12:00Z"],
        pd.to_datetime(["2016-05-01T00:00", None, "2017-01-01T12:00"]),
        pd.to_datetime(["2016-05-01T00:00", None, "2017-01-01T12:00"], utc=True).tz_convert("America/Chicago"),
        [pd.Timestamp("2016-05-01").date(), None, pd.Timestamp("2017-01-01T12:00")],
    ],
)
def test_times_of_many_forms(values: object) -> None:
    layer = Places(places(3, opened=values), since="opened")
    known = np.array(["2016-05-01", "0001-01-01", "2017-01-01T12:00"], "datetime64[us]")
    np.testing.assert_array_equal(layer.lifetimes[0], known)
    assert layer.is_dated
    assert not Places(places(3, opened=values), until="opened").is_dated
    assert "1 rows without a time in 'opened'" in layer.notes[-1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([2014, 2015, 2016], "holds numbers"),
        (["2014-01-01", "soon", None], "1 values are no times"),
        (["05/03/2014"] * 3, "3 values are no times"),
    ],
)
def test_what_is_no_time_is_refused(values: list[object], message: str) -> None:
    with pytest.raises(InputError, match=f"'opened'.*{message}"):
        Places(places(3, opened=values), since="opened")
    with pytest.raises(InputError, match="no column 'open'; did you mean 'opened'"):
        Places(places(3, opened=values), since="open")


def test_rows_that_end_before_they_begin_are_counted_and_never_used() -> None:
    layer = Places(places(3, a=days(5, 1, 1), b=days(2, 1, 3)), since="a", until="b")
    assert any("2 rows that end before they begin, never used" in note for note in layer.notes)
    found, index = states((layer,), days(0, 1, 2, 3, 5))
    np.testing.assert_array_equal([found[i].rows.sum() for i in index], [0, 1, 1, 0, 0])


def test_the_fingerprint_knows_times_category_and_extent() -> None:
    frame = places(3, a=days(1, 2, 3), kind=["x", "y", "z"])
    box = shapely.box(-1, -1, 5, 5)
    layers = [
        Places(frame, name="p"),
        Places(frame, name="p", since="a"),
        Places(frame, name="p", until="a"),
        Places(frame, "kind", name="p"),
        Places(frame, name="p", extent=box),
    ]
    assert len({layer.fingerprint for layer in layers}) == 5
    assert Places(frame, name="p", extent=box).fingerprint == layers[-1].fingerprint


def test_some_rows_of_a_layer() -> None:
    layer = Places(places(3, kind=["x", "y", "z"]), "kind")
    assert layer.taking(np.ones(3, bool)) is layer
    assert layer.taking(np.array([True, False, True])).categories == ("x", "z")
