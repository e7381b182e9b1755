"""Features of streets on squares, hexagons, segments and polygons, against shapely and slow loops."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.errors import InputError
from hotspot.features._streets import lying, network_of
from hotspot.features.betweenness import Betweenness
from hotspot.features.dead_ends import DeadEnds
from hotspot.features.intersections import Intersections
from hotspot.features.street_classes import StreetClasses
from hotspot.features.street_density import StreetDensity
from hotspot.features.street_length import StreetLength
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.layers import Streets
from hotspot.registry import make
from hotspot.testing import check_feature
from hotspot.windows import Windows
from tests.features import worlds
from tests.reference import network as slow

DAY, TIMES = Windows("1D"), worlds.issue_times(20, 50, 80)
EVERY = [StreetLength(), StreetDensity(), Intersections(), DeadEnds(), Betweenness(), StreetClasses()]
PER_KM2 = 1e6
CELLS = worlds.table(1, 30)


def drawn() -> gpd.GeoSeries:
    """The streets of which the segments are made, and some that end nowhere."""
    blocks = worlds.streets()
    ends = shapely.get_coordinates(shapely.get_point(blocks.array[::9], 0))
    lanes = shapely.linestrings(np.stack([ends, ends + np.array([70.0, 90.0])], axis=1))
    return gpd.GeoSeries([*blocks, *lanes], crs=worlds.CRS)


def roads(**options) -> Streets:
    lines = drawn()
    kind = np.where(np.arange(len(lines)) % 3 == 0, "main", "side").astype(object)
    kind[::10] = None
    return Streets(gpd.GeoDataFrame({"kind": kind}, geometry=lines), "kind", name="roads", **options)


def history(kind: str, *layers: Streets) -> History:
    return worlds.history(CELLS, kind=kind, layers=layers)


def values(feature, past: History) -> np.ndarray:
    return feature.compute(past, TIMES, DAY).values


@pytest.fixture(scope="module", params=worlds.KINDS)
def past(request) -> History:
    return history(request.param, roads())


def discs(past: History, radius: float) -> np.ndarray:
    return shapely.buffer(shapely.points(*past.domain.centres), radius, quad_segs=256)


def inside_of(past: History, radius: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Shapes that stand for the cells, and their areas [km2]."""
    if radius is None and past.domain.measure == "area":
        return past.domain.shapes, past.domain.area / PER_KM2
    shapes = discs(past, radius or 250.0)
    return shapes, np.full(len(shapes), np.pi * (radius or 250.0) ** 2 / PER_KM2)


@pytest.mark.parametrize("radius", [None, 180.0])
def test_length_and_density(past: History, radius: float | None) -> None:
    network, _ = network_of(past)
    whole = shapely.multilinestrings(network.lines)
    shapes, area = inside_of(past, radius)
    length = shapely.length(shapely.intersection(whole, shapes))
    np.testing.assert_allclose(values(StreetDensity(radius), past), length / 1e3 / area, rtol=1e-3, atol=1e-3)
    if radius is None and past.domain.measure == "length":
        length = past.domain.size  # the layer holds the very streets that the segments were made of
    np.testing.assert_allclose(values(StreetLength(radius), past), length, rtol=1e-3, atol=0.1)


@pytest.mark.parametrize("radius", [None, 180.0])
@pytest.mark.parametrize(("feature", "least", "most"), [(Intersections, 3, 99), (DeadEnds, 1, 1)])
def test_junctions_and_dead_ends(past: History, radius: float | None, feature, least: int, most: int) -> None:
    network, _ = network_of(past)
    counted = shapely.points(network.nodes[(network.degree >= least) & (network.degree <= most)])
    shapes, area = inside_of(past, radius)
    number = np.array([shapely.intersects(shape, counted).sum() for shape in shapes])
    np.testing.assert_allclose(values(feature(radius), past), number / area, rtol=1e-6)
    assert number.sum() > 0


def test_betweenness_is_that_of_the_streets_in_a_cell(past: History) -> None:
    network, _ = network_of(past)
    whole = np.rint(network.length * 1000).astype(np.int64)
    ways = slow.betweenness(network.ends, whole, 600_000)
    found = values(Betweenness(600.0), past)
    for i in range(0, past.domain.n_cells, 7):
        shape = past.domain.shapes[i]
        shape = shape if past.domain.measure == "area" else shapely.buffer(shape, 0.02, cap_style="flat")
        length = shapely.length(shapely.intersection(network.lines, shape))
        if length.sum() == 0:
            assert np.isnan(found[i])
        elif length.sum() > 1:
            assert found[i] == pytest.approx((length * ways).sum() / length.sum(), rel=2e-2, abs=0.05)


def test_shares_of_classes(past: History) -> None:
    array = StreetClasses().compute(past, TIMES, DAY)
    assert list(array["column"].values) == ["main", "side"]
    lines = drawn()
    kind = past.layers[0].frame["kind"].to_numpy()
    for i in range(0, past.domain.n_cells, 7):
        shape = past.domain.shapes[i]
        shape = shape if past.domain.measure == "area" else shapely.buffer(shape, 0.02, cap_style="flat")
        length = shapely.length(shapely.intersection(np.asarray(lines.array), shape))
        for column in ("main", "side"):
            share = length[kind == column].sum() / length.sum() if length.sum() > 0 else np.nan
            np.testing.assert_allclose(array.sel(column=column)[i], share, atol=5e-3)
    assert np.nanmax(array.sum("column")) <= 1 + 1e-6


@pytest.mark.parametrize("feature", EVERY, ids=lambda feature: feature.name)
def test_contract_and_laws(feature) -> None:
    for kind in worlds.KINDS:
        array = feature.compute(history(kind, roads()), TIMES, DAY)
        assert array.dtype == np.float32
        assert np.isfinite(array).any()
        assert "issue_time" not in array.dims
        assert array.attrs["units"]
    assert make("feature", feature.name, {}) == feature
    check_feature(feature)


@pytest.mark.parametrize("feature", EVERY, ids=lambda feature: feature.name)
def test_nothing_is_known_before_the_vintage(feature) -> None:
    dated, always = history("square", roads(vintage=TIMES[1])), history("square", roads())
    array = feature.compute(dated, TIMES, DAY)
    assert array.dims[0] == "issue_time"
    assert np.isnan(array[0]).all()
    np.testing.assert_array_equal(array[1], feature.compute(always, TIMES, DAY))
    np.testing.assert_array_equal(array[2], array[1])


def test_streets_that_open_and_close() -> None:
    lines = worlds.streets()
    opens = np.where(np.arange(len(lines)) % 2 == 0, TIMES[1], np.datetime64("2000-01-01"))
    closes = np.full(len(lines), TIMES[2])
    frame = gpd.GeoDataFrame({"kind": "side", "opens": opens, "closes": closes}, geometry=lines)
    layer = Streets(frame, "kind", name="roads", since="opens", until="closes")
    past = history("square", layer)
    half = history("square", Streets(frame.iloc[1::2], "kind", name="roads"))
    whole = history("square", Streets(frame, "kind", name="roads"))
    for feature in EVERY:
        array = feature.compute(past, TIMES, DAY)
        np.testing.assert_array_equal(array[0], feature.compute(half, TIMES, DAY))
        np.testing.assert_array_equal(array[1], feature.compute(whole, TIMES, DAY))
        none = np.nan if feature.name in ("betweenness", "street_classes") else 0.0
        np.testing.assert_array_equal(array[2], np.full(array[2].shape, none))
    with pytest.raises(InputError, match="that does not change"):
        network_of(past)


def test_segments_are_streets_themselves() -> None:
    blocks = gpd.GeoDataFrame(geometry=worlds.streets())
    own, given = history("segments"), history("segments", Streets(blocks))
    np.testing.assert_allclose(values(StreetLength(), own), own.domain.size, rtol=1e-3, atol=0.1)
    # the segments kept are those of the city, so far from its rim both are equal
    middle = shapely.distance(shapely.points(*own.domain.centres), own.domain.boundary.exterior) > 400
    assert middle.sum() > 10
    for feature in (StreetDensity(), Intersections(), DeadEnds(), Betweenness(150.0)):
        np.testing.assert_allclose(values(feature, own)[middle], values(feature, given)[middle], rtol=1e-3, atol=1e-3)
    array = StreetLength().compute(own, TIMES, DAY)
    assert "the street segments of the domain" in array.attrs["source"]
    with pytest.raises(InputError, match="have no classes"):
        StreetClasses().compute(own, TIMES, DAY)
    network, layer = network_of(own)
    assert isinstance(network, Network)
    assert layer.vintage is None
    assert (network.length.mean() > own.domain.network.length.mean()) or network.n_edges == own.domain.n_cells


def test_the_length_of_segments_changes_no_feature() -> None:
    around = shapely.box(*worlds.streets().total_bounds).buffer(50)
    where = {"streets": worlds.streets(), "crs": worlds.CRS, "time_zone": worlds.ZONE}

    def at(length: float, feature) -> dict[tuple[float, ...], float]:
        domain = Domain.segments(around, length=length, **where)
        past = History(domain, Incidents(CELLS, worlds.CRS).within(domain), target="burglary", latency="2D")
        places = zip(*(np.round(side, 0).tolist() for side in domain.centres), strict=True)
        return dict(zip(places, values(feature, past).tolist(), strict=True))

    one, three = at(1e4, Betweenness(700.0)), at(90.0, Betweenness(700.0))
    common = one.keys() & three.keys()  # the middle of a street is that of its middle third
    assert len(common) > 20
    np.testing.assert_allclose([one[key] for key in common], [three[key] for key in common], rtol=1e-3)


def test_two_layers_are_two_columns_and_one_network_is_asked_for() -> None:
    other = Streets(gpd.GeoDataFrame({"kind": ["path"] * 30}, geometry=worlds.streets()[:30]), "kind", name="paths")
    past = history("square", roads(), other)
    assert list(StreetLength().compute(past, TIMES, DAY)["column"].values) == ["roads", "paths"]
    assert list(StreetClasses().compute(past, TIMES, DAY)["column"].values) == ["main", "side", "path"]
    with pytest.raises(InputError, match=r"measures along one network; the History has streets 'roads'"):
        network_of(past)


def test_streets_lie_in_cells_once() -> None:
    past = history("polygons", roads())
    network, _ = network_of(past)
    found = lying(past.domain, network)
    inside = shapely.intersection(shapely.multilinestrings(network.lines), past.domain.boundary).length
    assert found.length.sum() == pytest.approx(inside, rel=1e-6)
    assert lying(past.domain, network) is found


@pytest.mark.parametrize("feature", EVERY, ids=lambda feature: feature.name)
def test_missing_streets_are_named(feature) -> None:
    with pytest.raises(InputError, match=rf"feature {feature.name} needs streets .* add hotspot\.read_streets"):
        feature.compute(history("h3"), TIMES, DAY)


@pytest.mark.parametrize("kind", [StreetLength, StreetDensity, Intersections, DeadEnds, Betweenness])
@pytest.mark.parametrize("radius", [0.0, -5.0, np.nan, np.inf, "far"])
def test_a_wrong_radius_is_refused(kind, radius) -> None:
    with pytest.raises(InputError, match="radius"):
        kind(radius=radius)


def test_betweenness_needs_a_radius() -> None:
    with pytest.raises(InputError, match="radius: got None"):
        Betweenness(radius=None)
