"""Exposure by hand, and what may not change it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

from hotspot.audit import exposure
from hotspot.audit.residents import surface_shares
from hotspot.errors import InputError
from hotspot.layers import Areas
from tests.evaluate.worlds import CRS, random_history, runs_of, square_domain


def areas_of(shapes, residents, **groups):
    table = gpd.GeoDataFrame(
        {"name": list("abcdefgh")[: len(shapes)], "pop": residents, **groups}, geometry=shapes, crs=CRS
    )
    return Areas(table, "name", "pop", {group: group for group in groups})


@pytest.fixture
def domain():
    return square_domain(2, 2)


@pytest.fixture
def history(domain):
    return random_history(np.random.default_rng(3), domain)


@pytest.fixture
def halves():
    """Left and right half of the four cells; cells 0 and 1 make the left one."""
    return areas_of(
        [shapely.box(0, 0, 100, 200), shapely.box(100, 0, 200, 200)],
        [1000.0, 3000.0],
        red=[800.0, 600.0],
        blue=[200.0, 2400.0],
    )


def test_four_cells_and_two_areas_by_hand(history, domain, halves):
    # Cell 0 (left) is flagged in three of four windows, cell 2 (right) in one.
    expected = np.zeros((1, 4, 1, 4))
    expected[0, :3, 0, 0] = expected[0, 3, 0, 2] = 1.0
    result = exposure(runs_of(history, expected), groups=halves, coverage=0.25, domain=domain).isel(model=0)
    left, right = 0.75 / 2, 0.25 / 2  # half of an area's residents live in the flagged cell
    red, blue = (800 * left + 600 * right) / 1400, (200 * left + 2400 * right) / 2600
    mean = (1000 * left + 3000 * right) / 4000
    np.testing.assert_allclose(result["exposure"], [red, blue])
    np.testing.assert_allclose(result["overall"], mean)
    np.testing.assert_allclose(result["difference"], [red - mean, blue - mean])
    np.testing.assert_allclose(result["ratio"], [red / mean, blue / mean])
    np.testing.assert_allclose(result["min_max_ratio"], blue / red)
    np.testing.assert_allclose(result["exposure_by_area"], [left, right])
    np.testing.assert_allclose(result["residents"], [1400, 2600])
    np.testing.assert_allclose(result["residents_by_area"], [1000, 3000])
    assert result.attrs["residents_outside"] == pytest.approx(0)
    assert np.isnan(result["ratio_lower"]).all()  # four issue times are fewer than three blocks
    assert len(result.attrs["caveats"]) == 3


def test_longer_windows_weigh_more(history, domain, halves):
    expected = np.zeros((1, 1, 2, 4))
    expected[0, 0, 0, 0] = expected[0, 0, 1, 2] = 1.0
    runs = runs_of(history, expected)
    end = runs["valid_end"].values.copy()
    end[0, 1] += np.timedelta64(2, "D")
    result = exposure(
        runs.assign_coords(valid_end=(("issue_time", "lead"), end)), groups=halves, coverage=0.25, domain=domain
    )
    np.testing.assert_allclose(result["exposure_by_area"], [[0.125, 0.375]])


def test_residents_outside_and_cut_cells():
    domain = square_domain(2, 2, size=100.0)
    half_out = areas_of(
        [shapely.box(-100, 0, 100, 200), shapely.box(500, 0, 600, 100)], [1000.0, 50.0], all=[1000.0, 50.0]
    )
    shares = surface_shares(half_out, domain).toarray()
    np.testing.assert_allclose(shares, [[0.25, 0.25, 0, 0], [0, 0, 0, 0]])
    runs = runs_of(random_history(np.random.default_rng(0), domain), np.ones((1, 2, 1, 4)))
    result = exposure(runs, groups=half_out, coverage=1.0, domain=domain)
    assert result.attrs["residents_outside"] == pytest.approx(550)
    np.testing.assert_allclose(result["exposure_by_area"], [[1.0, np.nan]])
    np.testing.assert_allclose(result["exposure"], [[1.0]])


def test_shares_conserve_residents_over_random_tessellations():
    domain = square_domain(7, 5, size=130.0)
    rng = np.random.default_rng(8)
    points = shapely.MultiPoint(rng.random((12, 2)) * [910, 650])
    parts = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=domain.boundary))
    shapes = [part for part in shapely.intersection(parts, domain.boundary) if part.area > 0]
    frame = gpd.GeoDataFrame({"pop": rng.integers(0, 900, len(shapes))}, geometry=shapes, crs=CRS)
    shares = surface_shares(Areas(frame, None, "pop"), domain)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-9)


def test_relabelling_groups_permutes_the_result(history, domain, halves):
    runs = runs_of(history, np.random.default_rng(5).random((2, 9, 2, 4)))
    first = exposure(runs, groups=halves, coverage=0.25, domain=domain)
    frame = halves.frame.rename(columns={"red": "blue", "blue": "red"})
    swapped = exposure(
        runs, groups=Areas(frame, "name", "pop", {"red": "red", "blue": "blue"}), coverage=0.25, domain=domain
    )
    for name in ("exposure", "ratio", "difference", "ratio_lower", "ratio_upper", "residents"):
        np.testing.assert_array_equal(first[name].sel(group="red"), swapped[name].sel(group="blue"))
    np.testing.assert_array_equal(first["overall"], swapped["overall"])
    assert (first["ratio_lower"] <= first["ratio"]).all()
    assert (first["ratio"] <= first["ratio_upper"]).all()


def test_a_uniform_forecast_exposes_everyone_to_the_coverage():
    domain = square_domain(10, 10)
    history = random_history(np.random.default_rng(1), domain)
    areas = areas_of(
        [shapely.box(0, 0, 300, 1000), shapely.box(300, 0, 1000, 1000)], [9000.0, 7000.0], red=[9000.0, 0.0]
    )
    coverage, windows = 0.1, 400
    result = exposure(
        runs_of(history, np.ones((1, windows, 1, 100)), days=0.1), groups=areas, coverage=coverage, domain=domain
    )
    # 30 cells, of which a window flags a hypergeometric number: 10 of 100
    deviation = np.sqrt(0.1 * 0.9 / 30 * 70 / 99 / windows)
    assert abs(float(result["exposure"].isel(model=0, group=0)) - coverage) < 3.3 * deviation
    np.testing.assert_allclose(float((result["exposure_by_area"].isel(model=0) * [30, 70]).sum()), 10)


def test_small_groups_are_suppressed(history, domain):
    areas = areas_of([shapely.box(0, 0, 200, 200)], [5000.0], many=[4501.0], few=[499.0])
    result = exposure(runs_of(history, np.ones((1, 8, 1, 4))), groups=areas, coverage=0.5, domain=domain)
    assert result.attrs["suppressed"] == ["few"]
    for name in ("exposure", "ratio", "difference", "ratio_lower"):
        assert np.isnan(result[name].sel(group="few")).all()
        assert np.isfinite(result[name].sel(group="many")).all()
    assert float(result["min_max_ratio"].item()) == 1.0


def test_only_small_groups(history, domain):
    areas = areas_of([shapely.box(0, 0, 200, 200)], [400.0], few=[400.0])
    result = exposure(runs_of(history, np.ones((1, 8, 1, 4))), groups=areas, coverage=0.5, domain=domain)
    assert np.isnan(result["min_max_ratio"]).all()
    np.testing.assert_allclose(result["overall"], 0.5)


def test_one_forecast_and_its_own_domain(history, domain, halves):
    from hotspot.domain import write_domain

    runs = runs_of(history, np.random.default_rng(2).random((1, 1, 3, 4)))
    single = runs.isel(model=0, drop=True).assign_attrs(domain=write_domain(domain))
    carried = exposure(single, groups=halves, coverage=0.25)
    assert carried["model"].values.tolist() == ["forecast"]
    given = exposure(runs, groups=halves, coverage=0.25, domain=domain)
    xr.testing.assert_allclose(carried.drop_vars("model"), given.drop_vars("model"))


def test_without_groups_the_city_and_its_areas_are_left(history, domain, halves):
    runs = runs_of(history, np.ones((1, 1, 1, 4)))
    whole = exposure(runs, groups=halves, coverage=0.25, domain=domain)
    bare = exposure(runs, groups=Areas(halves.frame, "name", "pop"), coverage=0.25, domain=domain)
    assert bare.sizes["group"] == 0
    for name in ("overall", "exposure_by_area", "residents_by_area"):
        xr.testing.assert_identical(bare[name], whole[name])


def test_errors_say_what_to_do(history, domain, halves):
    runs = runs_of(history, np.ones((1, 1, 1, 4)))
    with pytest.raises(InputError, match="carry their domain"):
        exposure(runs, groups=halves)
    with pytest.raises(InputError, match="4 cells, the domain 9"):
        exposure(runs, groups=halves, domain=square_domain(3, 3))
    with pytest.raises(InputError, match="groups is a dict"):
        exposure(runs, groups={"red": 1}, domain=domain)
    far = areas_of([shapely.box(9e5, 0, 9.1e5, 10)], [1000.0], red=[1000.0])
    with pytest.raises(InputError, match="no resident lives in a cell"):
        exposure(runs, groups=far, domain=domain)
    with pytest.raises(InputError, match="interval"):
        exposure(runs, groups=halves, domain=domain, interval=95)
