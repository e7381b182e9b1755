from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.report.figure import _nested
from hotspot.report.shapes import MAX_STREETS, areal, cell_shapes, decimals, domain_of, outline, rounded, street_lines
from tests.report.cities import CRS, boundary, forecast_for, hex_city, square_city, streets

CITIES = {"square": square_city(), "turned": square_city(rotation=23.0), "hexagon": hex_city()}


@pytest.fixture(params=list(CITIES))
def city(request: pytest.FixtureRequest) -> Domain:
    return CITIES[request.param]


def moved(city: Domain) -> np.ndarray:
    shapes = cell_shapes(city.ids, city)
    return rounded(shapes, np.floor(shapely.total_bounds(shapes)[:2]), decimals(shapes))


def test_cells_are_clipped_at_boundary_and_lake(city: Domain) -> None:
    shapes = cell_shapes(city.ids, city)
    assert shapely.area(shapes) == pytest.approx(city.area, rel=1e-9)
    assert shapely.area(shapely.intersection(shapes, boundary())) == pytest.approx(city.area, rel=1e-9)


def test_cells_come_in_the_order_of_the_forecast(city: Domain) -> None:
    mixed = np.random.default_rng(1).permutation(city.n_cells)[:40]
    assert shapely.area(cell_shapes(city.ids[mixed], city)) == pytest.approx(city.area[mixed])


def test_a_foreign_cell_is_refused(city: Domain) -> None:
    with pytest.raises(InputError, match="1 of 2 cells of the forecast are not cells of the domain"):
        cell_shapes(np.array([city.ids[3], 12345]), city)


def test_the_forecast_brings_its_domain() -> None:
    city = CITIES["square"]
    found = domain_of(forecast_for(city), None)
    assert found.fingerprint == city.fingerprint
    bare = forecast_for(city).drop_attrs()
    assert domain_of(bare, city) is city
    with pytest.raises(InputError, match="does not carry its domain"):
        domain_of(bare, None)


def test_lines_and_points_left_by_clipping_are_dropped() -> None:
    box, line = shapely.box(0, 0, 1, 1), shapely.LineString([(2, 0), (3, 0)])
    shapes = np.array([shapely.GeometryCollection([box, line]), box, line], object)
    assert shapely.area(areal(shapes)).tolist() == [1.0, 1.0, 0.0]


def _cell(xs: list, ys: list) -> shapely.MultiPolygon:
    """Build a cell from nested coordinates as bokeh reads them."""
    rings = [[np.column_stack(ring) for ring in zip(x, y, strict=True)] for x, y in zip(xs, ys, strict=True)]
    return shapely.MultiPolygon([(outer, holes) for outer, *holes in rings])


def test_nested_coordinates_keep_holes_and_parts() -> None:
    hole = shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(3, 3, 5, 5).exterior])
    two = shapely.MultiPolygon([shapely.box(20, 0, 21, 1), shapely.box(30, 0, 32, 1)])
    shapes = np.array([hole, two, shapely.MultiPolygon()], object)
    xs, ys = _nested(shapes)
    assert [len(cell) for cell in xs] == [1, 2, 0]
    assert [len(polygon) for cell in xs for polygon in cell] == [2, 1, 1]
    again = [_cell(cx, cy) for cx, cy in zip(xs, ys, strict=True)]
    assert shapely.area(again).tolist() == shapely.area(shapes).tolist() == [77.0, 3.0, 0.0]


def test_nested_coordinates_of_a_city_are_its_cells(city: Domain) -> None:
    cells = moved(city)
    xs, _ = _nested(cells)
    rings = shapely.get_num_interior_rings(shapely.get_parts(cells)) + 1
    assert [len(polygon) for cell in xs for polygon in cell] == rings.tolist()
    assert len(xs) == city.n_cells


@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_the_outline_is_that_of_the_union(city: Domain, share: float) -> None:
    picked = np.random.default_rng(5).random(city.n_cells) < share
    lines = outline(moved(city)[picked])
    # the union of a finer rounding has no degenerate cells
    shapes = shapely.set_precision(cell_shapes(city.ids, city)[picked], 1e-3)
    union = shapely.union_all(shapes, grid_size=1e-3)
    length = sum(shapely.length(shapely.linestrings(line)) for line in lines)
    assert length == pytest.approx(shapely.length(union), rel=0.01)


def test_the_outline_of_two_neighbours_is_one_ring() -> None:
    cells = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], object)
    (ring,) = outline(cells)
    assert shapely.Polygon(ring).equals(shapely.box(0, 0, 2, 1))


def test_the_outline_survives_degenerate_cells() -> None:
    sliver = shapely.Polygon([(0, 0), (1, 0), (1, 0), (0, 0)])
    assert outline(np.array([sliver], object)) == []


def test_streets_are_cut_to_the_map_and_reprojected() -> None:
    bounds = boundary().bounds
    lines = street_lines(streets().to_crs("EPSG:4326"), CRS, bounds)
    assert lines.geom_type == "MultiLineString"
    inside = shapely.box(*bounds).buffer(0.01)
    assert inside.covers(lines)
    assert lines.length == pytest.approx(street_lines(streets(), CRS, bounds).length, rel=1e-4)


def test_of_too_many_streets_the_longest_stay() -> None:
    length = 10.0 + np.arange(MAX_STREETS + 500)
    spots = [(2.0 * k, 0.0) for k in range(length.size)]
    many = gpd.GeoSeries(
        [shapely.LineString([(x, y), (x, y + d)]) for (x, y), d in zip(spots, length, strict=True)], crs=CRS
    )
    lines = street_lines(many, CRS, (0.0, 0.0, 1e5, 1e5))
    assert len(lines.geoms) == MAX_STREETS
    assert min(line.length for line in lines.geoms) == 510.0


def test_no_streets_and_streets_without_crs() -> None:
    assert street_lines(None, CRS, (0, 0, 1, 1)).is_empty
    far = gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs=CRS)
    assert street_lines(far, CRS, boundary().bounds).is_empty
    with pytest.raises(InputError, match="no CRS"):
        street_lines(gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])]), CRS, (0, 0, 1, 1))


def test_small_cells_keep_a_decimal() -> None:
    assert decimals(np.array([shapely.box(0, 0, 10, 10)], object)) == 1
    assert decimals(np.array([shapely.box(0, 0, 250, 250)], object)) == 0
