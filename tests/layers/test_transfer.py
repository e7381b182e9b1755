"""From areas to cells: against shapely on every pair, and totals that must be kept."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.layers import Areas
from hotspot.layers.transfer import Transfer, overlap_share, overlaps, shares
from tests.features.worlds import BOUNDARY, CRS, KINDS, ZONE, domain

DOMAINS = {kind: domain(kind) for kind in KINDS}


def patches(seed: int, n: int = 12, crs: str = CRS, **columns: object) -> Areas:
    """Polygons that touch, cover the city and reach beyond it."""
    rng, (x0, y0, x1, y1) = np.random.default_rng(seed), BOUNDARY.buffer(400).bounds
    seeds = shapely.multipoints(rng.uniform((x0, y0), (x1, y1), (n, 2)))
    shapes = list(shapely.voronoi_polygons(seeds, extend_to=shapely.box(x0, y0, x1, y1)).geoms)
    data = {"residents": rng.integers(0, 900, len(shapes)), "rate": rng.uniform(0, 1, len(shapes)), **columns}
    return Areas(gpd.GeoDataFrame(data, geometry=shapes, crs=CRS).to_crs(crs), residents_column="residents")


def slow_overlaps(areas: Areas, cells: Domain) -> np.ndarray:
    """Every area with every cell; a street along the edge of areas is shared."""
    measure = shapely.area if cells.measure == "area" else shapely.length
    table = np.array([[measure(a.intersection(c)) for c in cells.shapes] for a in areas.shapes_in(cells.crs)])
    if cells.measure == "length":
        table *= np.minimum(1, cells.size / np.maximum(table.sum(axis=0), 1e-9))
    return table


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crs", [CRS, "EPSG:4326"])
def test_overlaps_equal_shapely_on_every_pair(kind: str, crs: str) -> None:
    cells, areas = DOMAINS[kind], patches(1, crs=crs)
    found = overlaps(areas, cells)
    assert found.shape == (len(areas), cells.n_cells)
    np.testing.assert_allclose(found.toarray(), slow_overlaps(areas, cells), rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(found.sum(axis=0), cells.size, rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(KINDS))
def test_shares_add_up_to_what_lies_in_cells(seed: int, kind: str) -> None:
    cells, areas = DOMAINS[kind], patches(seed)
    share = np.asarray(shares(areas, cells).sum(axis=1))
    shapes = areas.shapes_in(CRS)
    inside = shapely.area(shapely.intersection(shapes, cells.boundary)) / shapely.area(shapes)
    streets = np.asarray(overlaps(areas, cells).sum(axis=1)) > 0
    np.testing.assert_allclose(share, inside * streets, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_counts_keep_their_total_and_rates_their_constant(kind: str, weighted: bool) -> None:
    cells, areas = DOMAINS[kind], patches(2)
    transfer = Transfer.of(areas, cells, patches(3, 60) if weighted else None)
    total = transfer.spread @ np.ones(cells.n_cells)
    counted = transfer.count(areas.attribute("residents"))
    assert np.nansum(counted) == pytest.approx((areas.residents * total).sum(), rel=1e-9)
    np.testing.assert_allclose(transfer.rate(np.full(len(areas), 7.0)), 7.0, rtol=1e-12)
    rates = transfer.rate(areas.attribute("rate"))
    assert rates.min() >= areas.frame["rate"].min() - 1e-12
    assert rates.max() <= areas.frame["rate"].max() + 1e-12


def test_rates_are_weighted_by_the_residents_where_they_live() -> None:
    cells = Domain.square(shapely.box(0, 0, 200, 100), size=100, crs=CRS, time_zone=ZONE)
    halves = gpd.GeoDataFrame({"rate": [1.0, 5.0]}, geometry=[shapely.box(0, 0, 50, 100), shapely.box(50, 0, 200, 100)])
    # within the first cell: 30 residents in the west, 10 in the east; nobody in the second
    blocks = [shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    people = gpd.GeoDataFrame({"n": [30, 10, 0]}, geometry=blocks, crs=CRS)
    areas, population = Areas(halves.set_crs(CRS)), Areas(people, residents_column="n")
    np.testing.assert_allclose(Transfer.of(areas, cells).rate(np.array([1.0, 5.0])), [3.0, 5.0])
    by_people = Transfer.of(areas, cells, population)
    np.testing.assert_allclose(by_people.rate(np.array([1.0, 5.0])), [(30 * 1 + 10 * 5) / 40, 5.0])
    # 90 in the eastern area: all of them where its ten residents live
    np.testing.assert_allclose(by_people.count(np.array([8.0, 90.0])), [98.0, 0.0])
    nobody = Areas(people.assign(n=0), residents_column="n")
    np.testing.assert_allclose(Transfer.of(areas, cells, nobody).count(np.array([8.0, 90.0])), [8 + 30, 60])


@pytest.mark.parametrize("kind", KINDS)
def test_residents_weigh_as_in_the_slow_sum(kind: str) -> None:
    cells, areas, people = DOMAINS[kind], patches(4), patches(5, 50)
    found = Transfer.of(areas, cells, people).living.toarray()
    pieces = [
        (i, shapely.intersection(a, p), n * shapely.area(shapely.intersection(a, p)) / p.area)
        for i, a in enumerate(areas.shapes_in(CRS))
        for p, n in zip(people.shapes_in(CRS), people.residents, strict=True)
        if a.intersection(p).area > 1e-6 * p.area
    ]
    slow = np.zeros(found.shape)
    for i, shape, living in pieces:
        piece = Areas(gpd.GeoDataFrame(geometry=[shape], crs=CRS))
        slow[i] += living * np.asarray(shares(piece, cells).toarray()[0])
    np.testing.assert_allclose(found, slow, rtol=1e-5, atol=1e-5)


def test_the_same_layer_weighs_by_its_own_residents() -> None:
    cells, areas = DOMAINS["square"], patches(6)
    by_surface, by_people = Transfer.of(areas, cells), Transfer.of(areas, cells, areas)
    values = areas.attribute("rate")
    table = overlaps(areas, cells).toarray() / shapely.area(areas.shapes_in(CRS))[:, None] * areas.residents[:, None]
    slow = np.where(
        table.sum(axis=0) > 0, values @ table / np.maximum(table.sum(axis=0), 1e-12), by_surface.rate(values)
    )
    np.testing.assert_allclose(by_people.rate(values), slow, rtol=1e-9)
    np.testing.assert_allclose(by_people.count(values), by_surface.count(values), rtol=1e-9)


def test_what_no_area_covers_or_no_number_tells_is_missing() -> None:
    cells = Domain.square(shapely.box(0, 0, 400, 100), size=100, crs=CRS, time_zone=ZONE)
    shapes = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 250, 100)]
    transfer = Transfer.of(Areas(gpd.GeoDataFrame(geometry=shapes, crs=CRS)), cells)
    np.testing.assert_allclose(transfer.covered, [1, 1, 0.5, 0])
    assert transfer.share() == pytest.approx(0.625)
    np.testing.assert_array_equal(transfer.rate(np.array([2.0, np.nan])), [2, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(transfer.count(np.array([2.0, 30.0])), [2, 20, 10, np.nan])
    np.testing.assert_array_equal(transfer.count(np.array([2.0, np.nan])), [2, np.nan, np.nan, np.nan])


def test_areas_that_overlap() -> None:
    cells = Domain.square(shapely.box(0, 0, 400, 100), size=100, crs=CRS, time_zone=ZONE)
    strip = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 220, 100), shapely.box(200, 0, 400, 100)], crs=CRS)
    transfer = Transfer.of(Areas(strip), cells)
    assert overlap_share(transfer.surface, cells) == pytest.approx(20 / 420)
    np.testing.assert_allclose(transfer.rate(np.array([1.0, 2.0])), [1, 1, (20 + 200) / 120, 2])
    assert transfer.count(np.array([22.0, 40.0])).sum() == pytest.approx(62)
    twice = Areas(strip.loc[[0, 1, 0, 1]].reset_index(drop=True), name="tracts")
    with pytest.raises(InputError, match=r"'tracts': areas overlap on 5.% .* two levels or two vintages in one file"):
        Transfer.of(twice, cells)


def test_a_street_along_the_edge_of_two_areas_is_shared() -> None:
    lines = gpd.GeoSeries(
        [shapely.LineString([(100, 0), (100, 300)]), shapely.LineString([(10, 0), (10, 300)])], crs=CRS
    )
    city = shapely.box(0, 0, 200, 300)
    cells = Domain.segments(city, streets=lines, length=1000, crs=CRS, time_zone=ZONE)
    halves = [shapely.box(0, 0, 100, 300), shapely.box(100, 0, 200, 300)]
    areas = Areas(gpd.GeoDataFrame(geometry=halves, crs=CRS))
    edge = int(np.argmax(cells.centres[0]))
    found = overlaps(areas, cells).toarray()
    np.testing.assert_allclose(found[:, edge], [150, 150])
    np.testing.assert_allclose(shares(areas, cells).sum(axis=1), 1.0)
    assert Transfer.of(areas, cells).rate(np.array([2.0, 4.0]))[edge] == pytest.approx(3.0)


def test_areas_of_another_city_cover_nothing() -> None:
    far = Areas(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326"))
    transfer = Transfer.of(far, DOMAINS["square"])
    assert np.isnan(transfer.rate(np.array([1.0]))).all()
    assert np.isnan(transfer.count(np.array([1.0]))).all()
