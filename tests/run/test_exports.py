"""The raster and the tiles hold the forecast's own numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from hotspot.domain import Domain
from hotspot.errors import ConfigError
from hotspot.models.counts import Counts
from hotspot.run.config import Config
from hotspot.run.exports import check_formats, write_cog, write_pmtiles
from hotspot.testing import example_history
from hotspot.windows import Windows


@pytest.fixture(scope="module")
def made():
    past = example_history().as_of("2023-12-01")
    return Counts().fit(past, windows=Windows("1D", leads=2)).forecast(past), past.domain


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio with the newest affine
def test_the_raster_has_each_cell_where_it_lies(made, tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio", reason="the extra cog is not installed")
    forecast, domain = made
    write_cog(tmp_path / "a.tif", forecast, domain)
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.count == 2
        assert raster.crs.to_epsg() == 32631
        read = np.array(list(raster.sample(np.column_stack(domain.centres))))
    np.testing.assert_allclose(read.T, forecast["expected_count"].values[0], rtol=1e-6)


def test_the_tiles_hold_every_cell_and_are_the_same_twice(made, tmp_path: Path) -> None:
    forecast, domain = made
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_pmtiles(tmp_path / name / "forecast.pmtiles", forecast, domain)
    tiles = pyogrio.read_dataframe(tmp_path / "one" / "forecast.pmtiles")
    found = tiles.drop_duplicates("cell").set_index("cell")["expected_1"]
    assert set(found.index) == set(domain.ids.astype(str))
    np.testing.assert_allclose(found[domain.ids.astype(str)], forecast["expected_count"].values[0, 1])
    one, two = ((tmp_path / name / "forecast.pmtiles").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("kind", ["segments", "polygons"])
def test_the_tiles_hold_lines_and_given_polygons(kind: str, tmp_path: Path) -> None:
    past = example_history(cells=kind).as_of("2023-12-01")
    forecast = Counts().fit(past, windows=Windows("1D", leads=2)).forecast(past)
    write_pmtiles(tmp_path / "forecast.pmtiles", forecast, past.domain)
    tiles = pyogrio.read_dataframe(tmp_path / "forecast.pmtiles")
    wanted = ["LineString", "MultiLineString"] if kind == "segments" else ["Polygon", "MultiPolygon"]
    assert tiles.geom_type.isin(wanted).all()
    found = tiles.drop_duplicates("cell").set_index("cell")["expected_0"]
    np.testing.assert_allclose(found[past.domain.ids.astype(str)], forecast["expected_count"].values[0, 0])


@pytest.mark.parametrize(
    "cells",
    [
        {"kind": "h3", "resolution": 9},
        {"kind": "segments", "streets": "s.gpkg"},
        {"kind": "polygons", "path": "p.gpkg"},
        {"kind": "square", "size": 250.0, "rotation": 10.0},
    ],
    ids=lambda cells: cells["kind"],
)
def test_a_raster_of_other_cells_is_refused(cells: dict[str, object]) -> None:
    config = Config.model_validate(
        {
            "name": "x",
            "domain": {
                "boundary": "b.gpkg",
                "crs": "EPSG:32631",
                "time_zone": "UTC",
                "cells": cells,
            },
            "incidents": {"source": "i.csv"},
            "output": {"formats": ["cog"]},
        }
    )
    with pytest.raises(ConfigError, match="square cells"):
        check_formats(config)


def test_a_raster_of_hexagons_is_not_written() -> None:
    ring = shapely.box(5e5, 5.7e6, 5e5 + 3000, 5.7e6 + 3000)
    hexes = Domain.h3(ring, resolution=8, crs="EPSG:32631", time_zone="UTC")
    with pytest.raises(ConfigError, match="square cells"):
        write_cog(Path("unused.tif"), None, hexes)
