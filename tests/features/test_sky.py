"""Darkness against astral, on both sides of the equator and beyond the circles; the moon against eclipses."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely
from astral import Observer
from astral.sun import dawn, dusk, elevation

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.features.sky import Sky, centre, dark_share
from hotspot.kernels.sun import moon_illumination, sun_elevation
from hotspot.windows import Windows
from tests.features import timed, worlds

NOON = np.datetime64("2000-01-01T12:00", "us")
PLACES = {"Chicago": (41.88, -87.63), "Quito": (-0.2, -78.5), "Auckland": (-36.85, 174.76), "Tromso": (69.65, 18.96)}


def days_of(times: np.ndarray) -> np.ndarray:
    return (times - NOON).astype(np.int64) / 86_400e6


@pytest.mark.parametrize("place", PLACES)
def test_the_sun_stands_where_astral_has_it(place: str) -> None:
    latitude, longitude = PLACES[place]
    times = np.arange(
        np.datetime64("1999-12-30", "us"), np.datetime64("2045-01-01", "us"), np.timedelta64(8_000_003, "s")
    )
    ours = sun_elevation(days_of(times), latitude, longitude)
    moments = [time.item().replace(tzinfo=dt.UTC) for time in times]
    theirs = [elevation(Observer(latitude, longitude), moment, with_refraction=False) for moment in moments]
    np.testing.assert_allclose(ours, theirs, atol=0.02)


def crossing(observer: Observer, light: dt.datetime, dark: dt.datetime, depression: float) -> dt.datetime:
    """Bisect for the moment at which astral has the sun so far below the horizon."""
    while abs(dark - light) > dt.timedelta(seconds=1):
        middle = light + (dark - light) / 2
        low = elevation(observer, middle, with_refraction=False) < -depression
        light, dark = (light, middle) if low else (middle, dark)
    return dark


@pytest.mark.parametrize("depression", [6.0, 12.0, 0.833])
@pytest.mark.parametrize("place", ["Chicago", "Quito", "Auckland"])
def test_a_night_lasts_as_long_as_astral_has_it(place: str, depression: float) -> None:
    latitude, longitude = PLACES[place]
    observer = Observer(latitude, longitude)
    for month, day in ((1, 5), (3, 14), (6, 21), (11, 7), (12, 31)):
        midnight = dt.datetime(2021, month, day, tzinfo=dt.UTC) - dt.timedelta(hours=longitude / 15)
        noons = (midnight - dt.timedelta(hours=12), midnight + dt.timedelta(hours=12))
        begin, end = (crossing(observer, noon, midnight, depression).replace(tzinfo=None) for noon in noons)
        low, high = (np.array([noon.replace(tzinfo=None)], "datetime64[us]") for noon in noons)
        share = dark_share(low, high, latitude, longitude, depression)[0]
        assert share * 86_400 == pytest.approx((end - begin).total_seconds(), abs=10)
        inside = np.array([begin], "datetime64[us]"), np.array([end], "datetime64[us]")
        assert dark_share(*inside, latitude, longitude, depression)[0] == pytest.approx(1, abs=3e-4)


def test_civil_dusk_and_dawn_of_astral_are_a_minute_away_at_most() -> None:
    observer, hour = Observer(*PLACES["Chicago"]), np.timedelta64(3_600_000_000, "us")
    for month in range(1, 13):
        for edge in (dawn, dusk):
            moment = edge(observer, dt.date(2021, month, 15), depression=6).replace(tzinfo=None)
            time = np.array([moment], "datetime64[us]")
            around = dark_share(time - hour, time + hour, *PLACES["Chicago"], 6.0)[0]
            assert around == pytest.approx(0.5, abs=60 / 7200)


def test_minute_by_minute_over_both_changes_of_the_clocks() -> None:
    history = timed.history()
    times, windows = worlds.issue_times(39, 277), Windows("1D", 3, ["05:00", "17:30", "22:00"])
    found = Sky().compute(history, times, windows).sel(column="darkness_share")
    start, end = windows.bounds(times, worlds.ZONE)
    latitude, longitude = centre(history.domain)
    for i, j in np.ndindex(start.shape):
        minutes = np.arange(start[i, j], end[i, j], np.timedelta64(60_000_000, "us")) + np.timedelta64(30_000_000, "us")
        dark = (sun_elevation(days_of(minutes), latitude, longitude) < -6).mean()
        assert float(found[i, j]) == pytest.approx(dark, abs=0.003)


def test_polar_night_and_polar_day() -> None:
    square = gpd.GeoSeries([shapely.box(650_000, 7_730_000, 655_000, 7_735_000)], crs="EPSG:32633")
    domain = Domain.square(square, size=1000, crs="EPSG:32633", time_zone="Europe/Oslo")
    latitude, longitude = centre(domain)
    assert latitude == pytest.approx(69.6, abs=0.2)
    low = np.array(["2021-06-10", "2021-12-15"], "datetime64[us]")
    share = dark_share(low, low + np.timedelta64(7 * 86_400_000_000, "us"), latitude, longitude, 0.0)
    assert share[0] == 0
    assert share[1] == 1
    both = dark_share(low[1:], low[1:] + np.timedelta64(86_400_000_000, "us"), latitude, longitude, 6.0)[0]
    assert 0.5 < both < 1  # some hours of twilight at noon


def test_windows_years_apart_and_of_no_length() -> None:
    low = np.array(["1990-01-01T00:01", "2090-07-01T03:07", "2021-05-05T05:05"], "datetime64[us]")
    length = np.array([86_400, 3_600, 0]) * np.timedelta64(1_000_000, "us")
    together = dark_share(low, low + length, 41.9, -87.6, 6.0)
    alone = [dark_share(low[[i]], (low + length)[[i]], 41.9, -87.6, 6.0)[0] for i in range(3)]
    np.testing.assert_array_equal(together, alone)
    assert np.isnan(together[2])


@pytest.mark.parametrize(
    ("moment", "lit"),
    [
        ("1999-08-11T11:03", 0.0),  # total eclipses of the sun: new moon
        ("2017-08-21T18:26", 0.0),
        ("2024-04-08T18:17", 0.0),
        ("2000-01-21T04:44", 1.0),  # total eclipses of the moon: full moon
        ("2018-07-27T20:22", 1.0),
        ("2022-11-08T10:59", 1.0),
    ],
)
def test_the_moon_at_eclipses(moment: str, lit: float) -> None:
    assert moon_illumination(days_of(np.array([moment], "datetime64[us]")))[0] == pytest.approx(lit, abs=0.002)


def test_the_moon_of_an_example_by_meeus() -> None:
    # example 48.a: 12 April 1992, 0 h dynamical time, k = 0.6786
    assert moon_illumination(days_of(np.array(["1992-04-12T00:00"], "datetime64[us]")))[0] == pytest.approx(
        0.6786, abs=0.005
    )


def test_a_wrong_depression_is_refused() -> None:
    for depression in (90.0, np.nan):
        with pytest.raises(InputError, match="sky depression"):
            Sky(depression)
