"""The page of features: faults are named, each kind of cells is drawn, nothing is fetched."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import shapely
import xarray as xr

from hotspot import report
from hotspot.domain import Domain, write_domain
from hotspot.errors import InputError
from hotspot.report.columns import correlations, faults, findings, read_columns
from hotspot.report.panels import Raster
from tests.report.browser import chromium, look

ZONE, CRS = "America/Chicago", "EPSG:26916"
BOUNDARY = shapely.box(447_000, 4_636_000, 451_000, 4_640_000)
TIMES = np.datetime64("2024-01-01T06:00", "us") + np.arange(80) * np.timedelta64(7, "D")
LEADS = 2


@pytest.fixture(scope="module")
def city() -> Domain:
    return Domain.square(BOUNDARY, size=250, crs=CRS, time_zone=ZONE)


def a_cube(city: Domain, **columns: tuple) -> xr.Dataset:
    coords = {"issue_time": TIMES, "lead": np.arange(LEADS), "cell": city.ids, city.measure: ("cell", city.size)}
    attrs = {"units": "m", "source": "places (bars.gpkg)", "vintage": "2020-01-01"}
    data = {name: (*column, attrs) if len(column) == 2 else column for name, column in columns.items()}
    return xr.Dataset(data, coords, {"domain": write_domain(city)})


def noise(city: Domain, *shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).gamma(1.0, 2.0, (*shape, city.n_cells)).astype(np.float32)


def found(cube: xr.Dataset, city: Domain) -> list[str]:
    columns, times = read_columns(cube)
    sizes = {"issue_time": times.size, "lead": LEADS, "cell": city.n_cells}
    return findings(columns, faults(columns, city, lead=0), correlations(columns, sizes))


def test_a_sound_cube_has_nothing_to_look_at(city: Domain) -> None:
    cube = a_cube(city, counts=(("issue_time", "cell"), noise(city, TIMES.size)), static=(("cell",), noise(city)))
    assert found(cube, city) == []
    assert "No column is empty" in report.features(cube).html


def test_an_empty_a_constant_and_a_half_missing_column_are_named(city: Domain) -> None:
    half = noise(city)
    half[: city.n_cells // 2] = np.nan
    cube = a_cube(
        city,
        empty=(("cell",), np.full(city.n_cells, np.nan)),
        flat=(("issue_time", "cell"), np.zeros((TIMES.size, city.n_cells))),
        half=(("cell",), half),
        other_half=(("cell",), np.where(np.isnan(half), np.nan, noise(city, 1)[0])),
    )
    said = found(cube, city)
    assert said[0] == "empty: holds no value at all"
    assert said[1] == "flat: is 0 everywhere"
    assert re.fullmatch(r"half, other_half: has no value in 50\s% of the cells", said[2])


def test_a_layer_shifted_away_from_a_quarter_of_the_city_is_named(city: Domain) -> None:
    x, y = city.centres
    there = (x > np.median(x)) | (y > np.median(y))
    cube = a_cube(city, bars=(("cell",), np.where(there, noise(city), 0)))
    assert found(cube, city) == [
        "bars: is 0 in the whole south-west quarter of the cells; is the layer shifted, or cut?"
    ]


def test_a_few_places_may_leave_a_quarter_empty(city: Domain) -> None:
    few = np.zeros(city.n_cells)
    few[:5] = 1
    assert found(a_cube(city, stadiums=(("cell",), few)), city) == []


def test_twins_are_named_and_strangers_are_not(city: Domain) -> None:
    one = noise(city)
    cube = a_cube(
        city,
        one=(("cell",), one),
        other=(("cell",), np.sqrt(one)),
        back=(("cell",), -one),
        alone=(("issue_time", "cell"), noise(city, TIMES.size)),
    )
    said = " | ".join(found(cube, city))
    assert "one and other say the same (" in said
    assert "one and back say the same the other way round" in said
    assert "alone" not in said


def test_an_undated_layer_is_declared(city: Domain) -> None:
    attrs = {"units": "1", "source": "places (bars.gpkg)", "vintage": "", "coverage": "1.000"}
    late = {"units": "1", "source": "late (l.gpkg)", "vintage": "2024-02-01", "coverage": ""}
    cube = a_cube(
        city,
        bars=(("issue_time", "cell"), noise(city, TIMES.size), attrs),
        late=(("issue_time", "cell"), noise(city, TIMES.size)[::-1], late),
    )
    assert found(cube, city) == ["undated, so used at all times: places (bars.gpkg)"]


def test_a_layer_of_half_the_city_and_one_of_another_city_are_named(city: Domain) -> None:
    half = {"units": "1", "source": "half (h.gpkg)", "vintage": "2020-01-01", "coverage": "0.430"}
    far = {"units": "m", "source": "far (f.gpkg)", "vintage": "2020-01-01", "coverage": "0.000"}
    cube = a_cube(
        city,
        one=(("cell",), noise(city), half),
        two=(("cell",), noise(city, 1)[0], half),
        three=(("cell",), noise(city, 1, 1)[0, 0], far),
    )
    said = found(cube, city)
    assert re.fullmatch(r"half \(h.gpkg\) covers 43\s% of the domain; what one, two say of .*", said[0])
    assert said[1].startswith("far (f.gpkg) lies outside the domain: right CRS?")


def test_half_a_layer_of_streets_and_shifted_places_are_seen_from_the_layers_on() -> None:
    import geopandas as gpd
    import pandas as pd

    import hotspot as hs
    from hotspot.testing import example_history

    world = example_history()
    west, south, east, north = world.domain.boundary.bounds
    x = np.linspace(west, (west + east) / 2, 5)
    lines = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(a, south), (a + 1, north)]) for a in x], crs=world.domain.crs
    )
    away = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x + 60_000, x * 0 + south), crs=world.domain.crs)
    layers = [hs.read_streets(lines, vintage="2020-01-01", name="half"), hs.read_places(away, name="shifted")]
    history = hs.History(world.domain, world.incidents, target=["burglary"], layers=layers, latency="2D")
    times = pd.date_range("2023-06-01", periods=3)
    cube = hs.featurize(history, times, features=["street_length", "place_distance"], windows=hs.Windows("1D"))
    page = report.features(cube).html
    assert re.search(r"half \(memory\) covers [4-6]\d\s% of the domain", page)
    assert "shifted (memory) lies outside the domain: right CRS?" in page
    assert "undated, so used at all times: shifted (memory)" in page


def test_correlations_equal_scipy_on_the_same_rows(city: Domain) -> None:
    from scipy.stats import spearmanr

    one, other = noise(city), noise(city) + noise(city, 1)[0]
    columns, _ = read_columns(a_cube(city, one=(("cell",), one), other=(("cell",), other)))
    ours = correlations(columns, {"issue_time": 1, "lead": 1, "cell": city.n_cells}, seed=3)
    rng = np.random.default_rng(3)
    cell = [rng.integers(0, size, 20_000) for size in (1, 1, city.n_cells)][2]
    assert ours[0, 1] == pytest.approx(spearmanr(one[cell], other[cell]).statistic, rel=1e-9)


@pytest.mark.parametrize("kind", ["square", "h3", "segments", "polygons"])
def test_each_pixel_shows_the_cell_it_lies_in(kind: str) -> None:
    import geopandas as gpd

    common = {"crs": CRS, "time_zone": ZONE}
    if kind == "square":
        domain = Domain.square(BOUNDARY, size=400, **common)
    elif kind == "h3":
        domain = Domain.h3(BOUNDARY, resolution=8, **common)
    elif kind == "segments":
        west, south, east, north = BOUNDARY.bounds
        lines = [shapely.LineString([(x, south), (x, north)]) for x in np.arange(west + 100, east, 300)]
        lines += [shapely.LineString([(west, y), (east, y)]) for y in np.arange(south + 100, north, 300)]
        domain = Domain.segments(BOUNDARY, streets=gpd.GeoSeries(lines, crs=CRS), length=150, **common)
    else:
        points = shapely.MultiPoint(np.random.default_rng(0).uniform(BOUNDARY.bounds[:2], BOUNDARY.bounds[2:], (30, 2)))
        cells = gpd.GeoSeries(shapely.get_parts(shapely.voronoi_polygons(points)), crs=CRS)
        domain = Domain.polygons(BOUNDARY, cells=cells, **common)
    raster = Raster(domain)
    shown = raster.image(np.arange(domain.n_cells))
    assert (np.isnan(shown) == (raster.cell < 0)).all()
    assert set(np.unique(shown[~np.isnan(shown)])) <= set(range(domain.n_cells))
    assert (raster.cell >= 0).mean() > (0.25 if kind == "segments" else 0.99)
    cube = a_cube(domain, counts=(("issue_time", "cell"), noise(domain, TIMES.size)))
    assert report.features(cube).html.count("data:image/png;base64,") == 3


def test_equal_cubes_give_equal_bytes_and_names_are_escaped(city: Domain, tmp_path: Path) -> None:
    cube = a_cube(city, **{"<b>bars</b>": (("cell",), noise(city))})
    first = report.features(cube, path=tmp_path / "page.html", title="A & B").html
    assert first == report.features(cube, title="A & B").html == (tmp_path / "page.html").read_text("utf-8")
    assert "<b>bars" not in first
    assert "A &amp; B" in first


def test_a_column_without_cells_is_drawn(city: Domain) -> None:
    hours = np.tile(np.arange(LEADS, dtype=float), (TIMES.size, 1))
    page = report.features(a_cube(city, hour=(("issue_time", "lead"), hours))).html
    assert "varies over issue time, lead" in page


def test_a_cube_without_columns_is_refused(city: Domain) -> None:
    with pytest.raises(InputError, match="without columns"):
        report.features(a_cube(city))


def test_what_cannot_be_drawn_is_refused_in_words(city: Domain, tmp_path: Path) -> None:
    cube = a_cube(city, counts=(("issue_time", "cell"), noise(city, TIMES.size)))
    other = Domain.square(BOUNDARY, size=500, crs=CRS, time_zone=ZONE)
    bare = cube.assign_attrs()
    del bare.attrs["domain"]
    for lead in (99, -1, 1.5, True):
        with pytest.raises(InputError, match=r"lead is .*; expected a whole number from 0 to 1"):
            report.features(cube, lead=lead)
    with pytest.raises(InputError, match="256 cells, the domain 64 of kind 'square'"):
        report.features(cube, domain=other)
    with pytest.raises(InputError, match="does not carry its domain"):
        report.features(bare)
    with pytest.raises(InputError, match="got a ndarray; expected the cube"):
        report.features(np.zeros(3))
    with pytest.raises(InputError, match="there is no folder"):
        report.features(cube, path=tmp_path / "nowhere" / "page.html")
    assert report.features(bare, domain=city).html == report.features(cube).html


def test_one_issue_time_taken_out_of_a_cube_is_drawn(city: Domain) -> None:
    cube = a_cube(city, counts=(("issue_time", "cell"), noise(city, TIMES.size))).isel(issue_time=0)
    assert "1 issue times" in report.features(cube).html


@chromium
def test_the_page_opens_and_asks_the_network_for_nothing(city: Domain, tmp_path: Path) -> None:
    cube = a_cube(city, counts=(("issue_time", "cell"), noise(city, TIMES.size)))
    report.features(cube, path=tmp_path / "page.html")
    seen = look(tmp_path / "page.html", tmp_path / "browser")
    assert not seen.requests
    assert not seen.console
    assert seen.share("#ffffcc") > 0.005  # the lightest class of the map: a quarter of the cells


def test_rare_values_stand_out_from_zeros_on_the_map() -> None:
    from hotspot.report.panels import _edges

    rare = np.zeros(1000)
    rare[:5] = [1, 1, 1, 2, 3]
    assert _edges(rare)[:2].tolist() == [0.0, 1.0]
    assert _edges(np.zeros(3)).tolist() == [0.0, 1.0, 2.0]
    assert _edges(np.array([5.0])).tolist() == [5.0, 6.0]
    assert _edges(np.array([-1.0, 0.0, 1.0]))[0] == -1.0
    assert _edges(np.empty(0)).tolist() == [0.0, 1.0]
    assert (np.diff(_edges(np.random.default_rng(0).gamma(1, 1, 500))) > 0).all()


def test_events_of_a_window_may_leave_a_quarter_empty(city: Domain) -> None:
    x, _ = city.centres
    near = np.where(x > np.median(x), 1.0, 0.0) * np.ones((TIMES.size, LEADS, 1))
    assert found(a_cube(city, concerts=(("issue_time", "lead", "cell"), near)), city) == []
