"""Cells to test with: random ones with holes, gaps and dents, and plain ones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import strategies as st
from numpy.typing import NDArray

CRS = "EPSG:26916"
WHERE = {"crs": CRS, "time_zone": "America/Chicago"}
EAST, NORTH, SIDE = 440_000.0, 4_630_000.0, 3000.0
BOX = shapely.box(EAST, NORTH, EAST + SIDE, NORTH + SIDE)


def voronoi(rng: np.random.Generator, n: int) -> NDArray[np.object_]:
    """Cells round n random points, which fill the box."""
    points = rng.uniform([EAST, NORTH], [EAST + SIDE, NORTH + SIDE], (n, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=BOX))
    return np.asarray(shapely.intersection(cells, BOX))


@st.composite
def tilings(draw: st.DrawFn) -> NDArray[np.object_]:
    """Random cells that do not overlap: some merged to dents and several parts, some with holes, some taken out."""
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    cells = voronoi(rng, draw(st.sampled_from([1, 2, 7, 60, 300])))
    group = rng.integers(0, max(int(len(cells) * rng.uniform(0.3, 1)), 1), len(cells))
    cells = np.array([shapely.union_all(cells[group == g]) for g in np.unique(group)], object)
    holed = rng.random(len(cells)) < 0.3
    inner = shapely.buffer(shapely.point_on_surface(cells[holed]), SIDE / 20 / np.sqrt(len(cells)), quad_segs=2)
    outer = shapely.difference(cells[holed], inner)
    filled = rng.random(holed.sum()) < 0.5
    islands = shapely.intersection(cells[holed], inner)[filled]
    cells = np.concatenate([cells[~holed], outer, islands])
    kept = rng.random(len(cells)) < 0.9
    kept[0] = True
    return np.asarray(cells[kept])


def frame(shapes: object, **columns: object) -> gpd.GeoDataFrame:
    """A table of cells in the CRS of the tests."""
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)  # type: ignore[call-overload]


def squares(n: int, side: float = 100.0, gap: float = 0.0) -> NDArray[np.object_]:
    """n x n squares from the corner of the box."""
    x, y = (each.ravel() * (side + gap) for each in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    return np.asarray(shapely.box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side))
