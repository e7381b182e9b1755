"""Two million cells fit: memory by the gigabyte is measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from hotspot.domain import Domain

COMMON = """
import resource, sys
import numpy as np, shapely, geopandas as gpd
from hotspot.domain import Domain
from hotspot.domain.index import PolygonIndex
where = {"crs": "EPSG:26916", "time_zone": "UTC"}
disc = shapely.Point(445_000, 4_640_000).buffer(%d)
mega = 2**20 if sys.platform == "darwin" else 2**10
"""
SQUARES = """
domain = Domain.square(disc, size=10, **where)
found = domain.locate(*domain.centres)
assert domain.n_cells > 2_000_000 and (found == np.arange(found.size)).all() and domain.whole.any()
"""
POLYGONS = """
x, y = (each.ravel() * 20.0 for each in np.meshgrid(np.arange(500), np.arange(500)))
index = PolygonIndex.of(shapely.box(x, y, x + 15, y + 15))
found = index.locate(x + 7, y + 7)
assert (found == np.arange(found.size)).all() and (index.locate(x + 17, y + 7) == -1).all()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="measures memory with the module resource")
@pytest.mark.parametrize(
    ("made", "radius", "megabytes"),
    [(SQUARES, 8000, 350), (POLYGONS, 100, 350)],
    ids=["two million squares", "a quarter of a million polygons"],
)
def test_memory(made: str, radius: int, megabytes: int) -> None:
    peak = "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / mega)"
    # before: compiled kernels, libraries and a small domain
    small = "Domain.square(disc, size=5000, **where).locate([0.0], [0.0])\n"
    before = small + "PolygonIndex.of(np.array([disc])).locate(np.zeros(1), np.zeros(1))\n" + peak + "\n"
    code = COMMON % radius + before + made + peak
    root = Path(__file__).parents[2]
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    first, last = map(float, out.stdout.split())
    assert last - first < megabytes


def test_a_boundary_with_parts_far_apart_costs_no_more_than_its_squares() -> None:
    boundary = shapely.MultiPolygon([shapely.box(0, 0, 300, 300), shapely.box(600_000, 700_000, 600_100, 700_100)])
    domain = Domain.square(boundary, size=100, crs="EPSG:26916", time_zone="UTC")
    assert domain.n_cells == 10
    np.testing.assert_array_equal(domain.locate(*domain.centres), np.arange(10))
