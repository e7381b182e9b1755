"""Formats for other programs: a raster for GIS (COG) and vector tiles for the web (PMTiles)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import xarray as xr

from hotspot.domain import Domain
from hotspot.domain.square import SquareGrid
from hotspot.errors import ConfigError
from hotspot.run.config import Config
from hotspot.run.section_domain import SquareCells
from hotspot.schema import EXPECTED


def check_formats(config: Config) -> None:
    """Refuse a format that this config or this installation cannot write.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Raises
    ------
    ConfigError
        If it asks for one.
    """
    if "cog" not in config.output.formats:
        return
    cells = config.domain.cells
    if not isinstance(cells, SquareCells) or cells.rotation:
        raise ConfigError('output.formats: "cog" is a raster, so it needs square cells without rotation; leave it out')
    if find_spec("rasterio") is None:
        raise ConfigError('output.formats: "cog" needs the library rasterio; install hotspot-forecast[cog]')


def write_cog(path: Path, forecast: xr.Dataset, domain: Domain) -> None:
    """Write expected counts as a cloud-optimised GeoTIFF, one band a window.

    Parameters
    ----------
    path : Path
        The file.
    forecast : xarray.Dataset
        One issue time.
    domain : Domain
        Of squares without rotation.
    """
    import rasterio
    from rasterio.transform import from_origin

    grid = domain.grid
    if not isinstance(grid, SquareGrid):
        raise ConfigError("a raster needs square cells")
    column, row = grid.column - grid.column.min(), grid.row.max() - grid.row
    values = forecast[EXPECTED].values[0]
    bands = np.full((len(values), row.max() + 1, column.max() + 1), np.nan, np.float32)
    bands[:, row, column] = values
    west = grid.offset[0] + grid.column.min() * grid.size
    north = grid.offset[1] + (grid.row.max() + 1) * grid.size
    profile = {
        "driver": "COG",
        "dtype": "float32",
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "crs": domain.crs,
        "transform": from_origin(west, north, grid.size, grid.size),
        "nodata": np.nan,
        "compress": "deflate",
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(bands)
        for number, start in enumerate(forecast["valid_start"].values[0], 1):
            raster.set_band_description(number, f"expected_count from {start.astype('datetime64[s]')}Z")


def write_pmtiles(path: Path, forecast: xr.Dataset, domain: Domain) -> None:
    """Write expected counts as vector tiles, one attribute a window.

    Parameters
    ----------
    path : Path
        The file.
    forecast : xarray.Dataset
        One issue time.
    domain : Domain
        Gives the outlines.
    """
    values = forecast[EXPECTED].values[0]
    columns = {"cell": domain.ids.astype(str)} | {f"expected_{lead}": row for lead, row in enumerate(values)}
    if domain.named:
        columns["name"] = domain.names
    frame = gpd.GeoDataFrame(columns, geometry=domain.shapes, crs=domain.crs).to_crs("EPSG:4326")
    pyogrio.write_dataframe(frame, path, layer="forecast", driver="PMTiles", NAME="forecast", MINZOOM=8, MAXZOOM=14)
