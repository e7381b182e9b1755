"""Decayed counts against sums over incidents, one after another."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from hotspot.domain import Domain
from hotspot.errors import ConfigError, InputError
from hotspot.features import _spreads
from hotspot.features.decayed_counts import DecayedCounts
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.kernels import decays
from hotspot.registry import make
from hotspot.windows import Windows
from tests.features import worlds
from tests.reference import sweeps

DAY = Windows("1D")
HALVES = ("3h", "2D", "14D", "1M", None)


def own_cells(history: History, time: np.datetime64) -> np.ndarray:
    """Each incident wholly in its cell."""
    cell = history.as_of(time).events().cell
    return (cell[:, None] == np.arange(history.domain.n_cells)).astype(float)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(30, 300), latency=st.sampled_from(["0D", "5h", "1M"]))
def test_rates_equal_sums_over_incidents(seed: int, n: int, latency: str) -> None:
    history = worlds.history(worlds.table(seed, n), latency=latency)
    times = worlds.issue_times(*np.random.default_rng(seed).integers(40, 130, 4))
    found = DecayedCounts(HALVES, spreads=(0,)).compute(history, times, DAY)
    for i, time in enumerate(times):
        for half, column in zip(HALVES, found["column"].values, strict=True):
            expected = sweeps.rates(history, time, half, own_cells(history, time))
            np.testing.assert_allclose(found.isel(issue_time=i).sel(column=column), expected, rtol=2e-6, atol=1e-6)


def test_what_is_left_out_is_old() -> None:
    assert 0.5 ** (decays.BLOCK * (decays.BLOCKS - 1)) < 6e-8


@pytest.mark.parametrize("kind", worlds.KINDS)
@pytest.mark.parametrize("spread", [20.0, 120.0, 700.0])
def test_spreads_lose_no_incident(kind: str, spread: float) -> None:
    history, times = worlds.history(worlds.table(2), kind=kind), worlds.issue_times(-3, 20, 60, 110)
    found = DecayedCounts(HALVES, spreads=(0.0, spread)).compute(history, times, DAY).sum("cell", skipna=False)
    own, wide = found.values[:, :5], found.values[:, 5:]
    assert np.isnan(own[0]).all()
    assert own[1:].min() > 0
    np.testing.assert_allclose(wide, own, rtol=2e-6)


def gaussian_in_squares(domain: Domain, x: float, y: float, spread: float) -> np.ndarray:
    """Mass of a Gaussian in each square of a domain that is one, exactly."""
    cx, cy = domain.centres
    half = domain.spacing / 2
    across, up = (ndtr((c + half - p) / spread) - ndtr((c - half - p) / spread) for c, p in ((cx, x), (cy, y)))
    return across * up / (across * up).sum()


@pytest.mark.parametrize("spread", [90.0, 150.0, 240.0])
def test_narrow_spreads_are_integrated_from_where_incidents_are(spread: float) -> None:
    box = shapely.box(447_000, 4_636_000, 449_000, 4_638_000)
    cells = Domain.square(box, size=250, crs=worlds.CRS, time_zone=worlds.ZONE)
    history = History(cells, Incidents(worlds.table(4), worlds.CRS).within(cells), target="burglary")
    time = worlds.issue_times(100)
    events = history.as_of(time[0]).events()
    shares = np.array([gaussian_in_squares(cells, x, y, spread) for x, y in zip(events.x, events.y, strict=True)])
    expected = sweeps.rates(history, time[0], "14D", shares)
    found = DecayedCounts(("14D",), spreads=(spread,)).compute(history, time, DAY).values[0, :, 0]
    assert np.abs(found - expected).max() < 0.01 * expected.max()  # rounded coordinates, the cut, nine nodes a cell


@pytest.mark.parametrize("spread", [250.0, 400.0])
def test_wide_spreads_are_close_though_they_start_from_cells(spread: float) -> None:
    box = shapely.box(446_000, 4_635_000, 450_000, 4_639_000)
    cells = Domain.square(box, size=250, crs=worlds.CRS, time_zone=worlds.ZONE)
    rows = worlds.table(4, 4000)
    history = History(cells, Incidents(rows, worlds.CRS).within(cells))
    time = worlds.issue_times(119)
    events = history.as_of(time[0]).events()
    shares = np.array([gaussian_in_squares(cells, x, y, spread) for x, y in zip(events.x, events.y, strict=True)])
    expected = sweeps.rates(history, time[0], None, shares)
    found = DecayedCounts((None,), spreads=(spread,)).compute(history, time, DAY).values[0, :, 0]
    assert np.abs(found - expected).sum() < 0.03 * expected.sum()


def test_cells_wider_than_the_kernel_get_nodes_enough() -> None:
    cells = worlds.domain("polygons")
    fine = _spreads.fine_nodes(cells, 30.0)
    np.testing.assert_allclose(np.bincount(fine.cell, fine.weight), cells.size, rtol=1e-9)
    assert fine.weight.max() <= 30.0**2
    lines = worlds.domain("segments")
    points = _spreads.fine_nodes(lines, 20.0)
    np.testing.assert_allclose(np.bincount(points.cell, points.weight), lines.size, rtol=1e-9)
    assert points.weight.max() <= _spreads.CLOSE * 20.0


def test_a_border_shares_an_incident_on_it() -> None:
    x, y = 447_000, 4_636_000
    halves = shapely.box(x, y, x + 2000, y + 2000), shapely.box(x + 2000, y, x + 4000, y + 2000)
    shapes = gpd.GeoSeries(halves, crs=worlds.CRS)
    cells = Domain.polygons(None, cells=shapes, crs=worlds.CRS, time_zone="UTC")
    rows = worlds.table(1, 1).assign(
        x=x + 2000.0, y=y + 1003.0, end=worlds.FIRST, start=worlds.FIRST, known_at=worlds.FIRST
    )
    history = History(cells, Incidents(rows.head(1), worlds.CRS))
    found = DecayedCounts(("14D",), spreads=(100.0,)).compute(history, worlds.issue_times(3), DAY).values[0, :, 0]
    np.testing.assert_allclose(found[0] / found.sum(), 0.5, atol=1e-6)


def test_later_places_are_added_to_those_before() -> None:
    history, times = worlds.history(worlds.table(5)), worlds.issue_times(30, 60, 90)
    recipe = DecayedCounts(("14D",), spreads=(100.0,))
    stepwise = [recipe.compute(history.as_of(time), times[i : i + 1], DAY).values for i, time in enumerate(times)]
    fresh = worlds.history(worlds.table(5))
    np.testing.assert_array_equal(np.concatenate(stepwise), recipe.compute(fresh, times, DAY).values)


def test_columns_and_options() -> None:
    recipe = DecayedCounts((None, "14D"), spreads=(250, 0), of="all")
    assert recipe.columns == ("14D_250m_all", "all_time_250m_all", "14D_all", "all_time_all")
    assert make("feature", "decayed_counts", {"spreads": [0, 100.0]}) == DecayedCounts(spreads=(0.0, 100.0))
    for wrong in ({"half_lives": ("x",)}, {"half_lives": ()}, {"spreads": (-1,)}, {"spreads": ("5",)}):
        with pytest.raises(InputError):
            DecayedCounts(**wrong)
    with pytest.raises(ConfigError):
        make("feature", "decayed_counts", {"spreads": [float("nan")]})
