"""Given polygons: ids that stay, areas that add up, points that are found, files that are mended or refused."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from hotspot.domain import Domain
from hotspot.errors import ColumnError, InputError
from tests.domain.tilings import BOX, CRS, EAST, NORTH, WHERE, frame, squares, tilings, voronoi

TEN = squares(4)[:10]


def points(rng: np.random.Generator, cells: np.ndarray, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Anywhere round the cells, on corners, on edges and in the middle of cells."""
    anywhere = rng.uniform([EAST - 300, NORTH - 300], [EAST + 3300, NORTH + 3300], (n, 2))
    corner, owner = shapely.get_coordinates(cells, return_index=True)
    along = np.flatnonzero(owner[1:] == owner[:-1])
    middle = (corner[along] + corner[along + 1]) / 2
    inner = shapely.get_coordinates(shapely.point_on_surface(cells))
    return tuple(np.concatenate([anywhere, rng.permutation(corner)[:n], rng.permutation(middle)[:n], inner]).T)


@given(tilings(), st.integers(0, 1000))
def test_each_point_is_in_the_first_cell_that_meets_it(cells: np.ndarray, seed: int) -> None:
    domain = Domain.polygons(None, cells=frame(cells), **WHERE)
    x, y = points(np.random.default_rng(seed), cells)
    found = domain.locate(x, y)
    point, cell = shapely.STRtree(domain.shapes).query(shapely.points(x, y), predicate="dwithin", distance=1e-7)
    first = np.full(x.size, domain.n_cells)
    np.minimum.at(first, point, cell)
    np.testing.assert_array_equal(found, np.where(first < domain.n_cells, first, -1))


@given(tilings(), st.integers(0, 1000))
def test_nothing_depends_on_the_order_of_the_file_or_how_rings_are_written(cells: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = Domain.polygons(None, cells=frame(cells), **WHERE)
    other = shapely.reverse(shapely.normalize(rng.permutation(cells)))
    two = Domain.polygons(None, cells=frame(other), **WHERE)
    assert one.fingerprint == two.fingerprint
    x, y = points(rng, cells)
    np.testing.assert_array_equal(one.locate(x, y), two.locate(x, y))
    np.testing.assert_allclose(one.size.sum(), one.total_area, rtol=1e-9)
    np.testing.assert_allclose(one.total_area, shapely.area(cells).sum(), rtol=1e-9)


@given(tilings())
def test_ids_do_not_depend_on_the_boundary(cells: np.ndarray) -> None:
    half = shapely.box(EAST - 10, NORTH - 10, EAST + 1700, NORTH + 1400)
    whole = Domain.polygons(None, cells=frame(cells), **WHERE)
    if not shapely.intersection(half, whole.boundary).area > 1:
        return
    part = Domain.polygons(half, cells=frame(cells), **WHERE)
    assert np.isin(part.ids, whole.ids).all()
    inside = shapely.area(shapely.intersection(whole.shapes[np.searchsorted(whole.ids, part.ids)], half))
    np.testing.assert_allclose(part.size, inside, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(part.size.sum(), shapely.intersection(half, whole.boundary).area, rtol=1e-6)
    np.testing.assert_allclose(shapely.area(part.shapes), part.size, rtol=1e-9)
    x, y = part.nodes.x, part.nodes.y
    np.testing.assert_array_equal(part.ids[part.locate(x, y)], whole.ids[whole.locate(x, y)])


def test_a_point_nowhere() -> None:
    domain = Domain.polygons(None, cells=frame(squares(3, gap=20.0)), **WHERE)
    x, y = [np.nan, np.inf, EAST + 110, EAST - 1, 0.0, 1e300], [NORTH, NORTH, NORTH + 50, NORTH, 0.0, -1e300]
    assert (domain.locate(x, y) == -1).all()
    assert not domain.contains(x, y).any()


def test_ids_from_a_column() -> None:
    numbers = Domain.polygons(None, cells=frame(TEN, beat=np.arange(10)[::-1]), id="beat", **WHERE)
    assert numbers.ids.tolist() == list(range(10))
    np.testing.assert_allclose(numbers.centres[0][9], EAST + 50)
    texts = Domain.polygons(None, cells=frame(TEN, beat=[str(i) for i in range(9, -1, -1)]), id="beat", **WHERE)
    assert texts.fingerprint == numbers.fingerprint
    floats = Domain.polygons(None, cells=frame(TEN, beat=np.arange(10.0)[::-1]), id="beat", **WHERE)
    assert floats.fingerprint == numbers.fingerprint


def test_a_text_id_depends_on_the_text_alone() -> None:
    names = [f"A{i:02d}" for i in range(10)]
    one = Domain.polygons(None, cells=frame(TEN, beat=names), id="beat", **WHERE)
    two = Domain.polygons(None, cells=frame(TEN[3:5], beat=["A03", "007"]), id="beat", **WHERE)
    assert np.unique(one.ids).size == 10
    assert (one.ids == two.ids[0]).sum() + (one.ids == two.ids[1]).sum() == 1
    assert 7 not in two.ids
    assert -9_177_424_744_124_485_735 in two.ids  # BLAKE2b of "A03": ids must not change between versions


def test_names_are_the_texts_of_the_file() -> None:
    beats = [f"A{i:02d}" for i in range(8)] + ["<b>North & \u00dcber</b>", " 12 "]
    domain = Domain.polygons(None, cells=frame(TEN, beat=beats), id="beat", **WHERE)
    assert sorted(domain.names.tolist()) == sorted(beats)
    x, y = shapely.get_x(shapely.centroid(TEN)), shapely.get_y(shapely.centroid(TEN))
    assert domain.names[domain.locate(x, y)].tolist() == beats
    half = Domain.polygons(TEN[0].union(TEN[1]).buffer(-1), cells=frame(TEN, beat=beats), id="beat", **WHERE)
    assert set(half.names) == {"A00", "A01"}
    assert domain.named
    assert half.named


@pytest.mark.parametrize("beats", [range(10), np.arange(10.0), [str(i) for i in range(10)], [0.0, "1", *range(2, 10)]])
def test_names_of_whole_numbers_are_the_numbers(beats: object) -> None:
    domain = Domain.polygons(None, cells=frame(TEN, beat=beats), id="beat", **WHERE)
    assert domain.names.tolist() == [str(i) for i in range(10)]


def test_cells_without_names_are_called_by_their_ids() -> None:
    for domain in (
        Domain.polygons(None, cells=frame(TEN), **WHERE),
        Domain.square(BOX, size=1000, **WHERE),
        Domain.h3(BOX, resolution=8, **WHERE),
    ):
        assert domain.names.tolist() == [str(i) for i in domain.ids.tolist()]
        assert domain.named == (domain.kind == "polygons")


def test_names_stay_with_their_shapes_where_repeats_and_slivers_are_mended() -> None:
    cells = [TEN[1].buffer(0.05, join_style="mitre"), TEN[0], TEN[0], TEN[5]]
    domain = Domain.polygons(None, cells=frame(cells, beat=["z", "b", "a", "k"]), id="beat", **WHERE)
    found = domain.names[domain.locate(*np.transpose([(EAST + 50, NORTH + d) for d in (50, 150)]))]
    assert found[1] == "z"
    assert found[0] in ("a", "b")
    assert domain.n_cells == 3


def test_ids_of_a_shape_stay_between_versions() -> None:
    assert Domain.polygons(None, cells=frame(TEN[:1]), **WHERE).ids.tolist() == [3_887_662_541_319_919_465]


def test_reprojected_and_from_a_file(tmp_path: Path) -> None:
    cells = frame(voronoi(np.random.default_rng(3), 40), beat=range(40))
    plain = Domain.polygons(None, cells=cells, id="beat", **WHERE)
    cells.to_crs("EPSG:4326").to_parquet(tmp_path / "beats.parquet")
    read = Domain.polygons(None, cells=tmp_path / "beats.parquet", id="beat", **WHERE)
    np.testing.assert_array_equal(read.ids, plain.ids)
    np.testing.assert_allclose(read.size, plain.size, rtol=1e-6)


def test_what_is_mended_or_set_aside_is_counted() -> None:
    bow = shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH + 100), (EAST + 100, NORTH), (EAST, NORTH + 100)])
    line = shapely.LineString([(EAST, NORTH), (EAST + 1, NORTH)])
    mixed = shapely.GeometryCollection([line, squares(5)[12]])
    flat = shapely.Polygon([(EAST, NORTH), (EAST + 1, NORTH), (EAST, NORTH)])
    rows = [bow, None, shapely.Polygon(), line, mixed, flat, shapely.force_3d(squares(5)[20], 9.0)]
    domain = Domain.polygons(None, cells=frame(rows), **WHERE)
    assert domain.n_cells == 3
    assert domain.notes == ("4 of 7 rows without a polygon set aside", "2 of 3 polygons mended")
    np.testing.assert_allclose(np.sort(domain.size), [5000, 10_000, 10_000])


def test_a_missing_id_of_an_empty_row_is_no_fault() -> None:
    domain = Domain.polygons(None, cells=frame([TEN[0], None], beat=[5.0, np.nan]), id="beat", **WHERE)
    assert domain.ids.tolist() == [5]


def test_repeats_leave_the_smallest_id() -> None:
    cells = frame([*TEN, shapely.reverse(TEN[3]), TEN[3]], beat=[20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 3, 40])
    for order in (slice(None), slice(None, None, -1)):
        domain = Domain.polygons(None, cells=cells[order], id="beat", **WHERE)
        assert domain.notes == ("2 repeats of another polygon set aside",)
        assert domain.ids.tolist() == [3, 20, 21, 22, 24, 25, 26, 27, 28, 29]
    assert Domain.polygons(None, cells=cells, **WHERE).n_cells == 10


@given(st.integers(0, 1000), st.sampled_from([0.01, 0.2]))
def test_slivers_go_to_the_smaller_id(seed: int, width: float) -> None:
    rng = np.random.default_rng(seed)
    cells = shapely.buffer(voronoi(rng, 12), width, join_style="mitre", mitre_limit=2)
    number = rng.permutation(12)
    assume(shapely.area(cells).min() > 150_000)  # of a smaller cell the border may be more than a sliver
    domain = Domain.polygons(None, cells=frame(cells, beat=number), id="beat", **WHERE)
    assert "slivers of overlap" in domain.notes[0]
    np.testing.assert_allclose(domain.size.sum(), shapely.union_all(cells).area, rtol=1e-7)
    np.testing.assert_allclose(domain.size.sum(), domain.total_area, rtol=1e-7)
    left = shapely.Polygon()
    for shape, cell in zip(domain.shapes, cells[np.argsort(number)], strict=True):
        np.testing.assert_allclose(shape.area, cell.difference(left).area, rtol=1e-9)
        left = left.union(cell)


@given(st.integers(0, 10_000))
def test_overlaps_are_found_as_by_comparing_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    west, south = rng.integers(0, 12, (2, 6)) * 50 + np.array([[EAST], [NORTH]])
    cells = shapely.box(west, south, west + rng.integers(1, 5, 6) * 50, south + rng.integers(1, 5, 6) * 50)
    cells = np.array([shapely.from_wkb(each) for each in np.unique(shapely.to_wkb(cells))])
    i, j = np.triu_indices(len(cells), 1)
    if shapely.area(shapely.intersection(cells[i], cells[j])).any():
        with pytest.raises(InputError, match="overlap by more than slivers"):
            Domain.polygons(None, cells=frame(cells), **WHERE)
    else:
        domain = Domain.polygons(None, cells=frame(cells), **WHERE)
        np.testing.assert_allclose(domain.total_area, shapely.area(cells).sum())


def test_a_layer_that_covers_a_part_says_so() -> None:
    domain = Domain.polygons(BOX, cells=frame([*squares(10), shapely.box(0, 0, 9, 9)]), **WHERE)
    assert domain.notes == (
        "1 of 101 polygons outside the boundary left out",
        "88.9% of the boundary has no cell (8.00 km2)",
    )
    assert domain.total_area == BOX.area
    assert domain.contains(EAST + 2900, NORTH + 2900).tolist() == [True]
    assert domain.locate(EAST + 2900, NORTH + 2900).tolist() == [-1]


def test_centres_lie_inside_and_keep_takes_them() -> None:
    ring = shapely.box(EAST, NORTH, EAST + 300, NORTH + 300).difference(
        shapely.box(EAST + 90, NORTH + 90, EAST + 210, NORTH + 210)
    )
    domain = Domain.polygons(None, cells=frame([ring]), **WHERE)
    assert domain.locate(*domain.centres).tolist() == [0]
    half = shapely.box(EAST, NORTH, EAST + 240, NORTH + 1000)
    touch = Domain.polygons(half, cells=frame(squares(4)), **WHERE)
    centre = Domain.polygons(half, cells=frame(squares(4)), keep="centre", **WHERE)
    assert (touch.n_cells, centre.n_cells) == (12, 8)


def test_ten_cells_and_one() -> None:
    assert Domain.polygons(None, cells=frame(TEN), **WHERE).n_cells == 10
    one = Domain.polygons(None, cells=frame(TEN[:1]), **WHERE)
    assert one.neighbours().indices.size == 0
    assert one.neighbours(1e4).indptr.tolist() == [0, 0]


BIG = frame([TEN[0], shapely.affinity.translate(TEN[0], 50, 0)], name=["north", "south"])


@pytest.mark.parametrize(
    ("cells", "options", "message"),
    [
        (gpd.GeoSeries(TEN), {}, "has no CRS"),
        (gpd.GeoSeries([shapely.box(150, -34, 151, -33)], crs=4326), {}, "choose one made for this region"),
        (gpd.GeoDataFrame({"a": [1]}), {}, "holds no geometry"),
        (pd.DataFrame({"a": [1]}), {}, "holds no geometry"),
        (TEN[0], {}, "got one geometry"),
        ({"type": "Polygon"}, {}, "got dict; expected a path"),
        ("nowhere.gpkg", {}, "no such file"),
        (frame([]), {}, "none of 0 rows holds a polygon"),
        (frame([shapely.Point(EAST, NORTH), None]), {}, "none of 2 rows holds a polygon"),
        (frame([TEN[0], shapely.box(EAST, NORTH, np.inf, NORTH + 1)]), {}, "to inf and latitude"),
        (frame(TEN, beat=range(10)), {"id": "baet"}, "did you mean 'beat'"),
        (gpd.GeoSeries(TEN, crs=CRS), {"id": "beat"}, "no column 'beat'"),
        (frame(TEN, beat=range(10)), {"id": "geometry"}, "no column 'geometry'"),
        (frame(TEN, beat=[1, 2, None, 4, 5, 6, 7, 8, None, 10]), {"id": "beat"}, "2 of 10 rows have no id"),
        (frame(TEN, beat=["a", " ", *"cdefghij"]), {"id": "beat"}, "1 of 10 rows have no id.*first is row 1"),
        (frame(TEN, beat=[7, 7, *range(8)]), {"id": "beat"}, "1 ids name more than one cell, for example 7"),
        (frame(TEN, beat=["x", *"abcdefgh", "x"]), {"id": "beat"}, "1 ids name more than one cell, for example 'x'"),
        (frame(TEN, beat=["7", 7, *range(8)]), {"id": "beat"}, "name more than one cell"),
        (frame(TEN, beat=[0.5, *range(1, 10)]), {"id": "beat"}, "holds '0.5' .float."),
        (frame(TEN, beat=[True, *range(9)]), {"id": "beat"}, "holds 'True' .bool."),
        (frame(TEN, beat=[2**63, *range(9)]), {"id": "beat"}, "at most 63 bits"),
        (frame(TEN, beat=pd.date_range("2024", periods=10)), {"id": "beat"}, "Timestamp"),
        (BIG, {"id": "name"}, "1 pairs of polygons overlap .* between 'north' and 'south'"),
        (BIG, {}, r"5,000 m2, 50.0% of the smaller one"),
        (frame([shapely.box(EAST, NORTH, EAST + 500, NORTH + 500), TEN[5]]), {}, "100.0% of the smaller one"),
        (frame(TEN), {"keep": "all"}, "keep is 'all'"),
        (frame(TEN), {"crs": "EPSG:4326"}, "counts in degree"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(cells: object, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Domain.polygons(BOX, cells=cells, **(WHERE | options))


def test_an_unknown_column_is_an_error_of_columns() -> None:
    with pytest.raises(ColumnError):
        Domain.polygons(None, cells=frame(TEN), id="beat", **WHERE)


def test_corners_that_are_no_numbers_are_refused() -> None:
    crs = "+proj=laea +lat_0=41.8 +lon_0=-87.7 +units=m"  # says nothing of where it is to be used
    cells = gpd.GeoSeries([shapely.box(0, 0, 9, 9), shapely.box(9, 0, np.inf, 9)], crs=crs)
    with pytest.raises(InputError, match=r"1 polygons have corners that are no finite numbers .* the first is row 1"):
        Domain.polygons(None, cells=cells, crs=crs, time_zone="UTC")


def test_cells_elsewhere_are_refused() -> None:
    with pytest.raises(InputError, match="none of 10 cells overlaps the boundary"):
        Domain.polygons(BOX, cells=frame(shapely.affinity.translate(cell, 9000, 0) for cell in TEN), **WHERE)


def test_a_layer_is_read_too() -> None:
    from hotspot.layers import Areas

    layer = Areas(frame(TEN))
    assert Domain.polygons(None, cells=layer, **WHERE).n_cells == 10
