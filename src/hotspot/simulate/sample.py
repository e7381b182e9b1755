"""Make the sample city and write its files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from hotspot.simulate.city import CRS, TIME_ZONE, City, lakeview_city
from hotspot.simulate.clerks import as_text
from hotspot.simulate.faults import plant_faults
from hotspot.simulate.lakeview import FIRST_DAY, LAST_DAY, SEED, lakeview_world, rng_for
from hotspot.simulate.process import Catalogue, World, simulate
from hotspot.simulate.records import COLUMNS, export_records
from hotspot.simulate.truth import describe, mean_background


@dataclass(frozen=True)
class Sample:
    """The sample city in memory.

    Parameters
    ----------
    city : City
        Geometry and calendar.
    world : World
        The process.
    catalogue : Catalogue
        What happened.
    incidents : pandas.DataFrame
        What the records say, as text, faults included.
    background : pandas.DataFrame
        Mean background intensity per cell.
    truth : dict
        Content of truth.json.
    """

    city: City
    world: World
    catalogue: Catalogue
    incidents: pd.DataFrame
    background: pd.DataFrame
    truth: dict[str, Any]


def make_sample(seed: int = SEED) -> Sample:
    """Draw the city, its incidents and their records.

    Parameters
    ----------
    seed : int
        Seed of everything.

    Returns
    -------
    Sample
        The same for the same seed.
    """
    city = lakeview_city(rng_for(seed, "city"))
    world = lakeview_world(city)
    catalogue = simulate(world, rng_for(seed, "incidents"))
    records = export_records(catalogue, world, rng_for(seed, "records"))
    incidents, faults = plant_faults(as_text(records[COLUMNS]), city.lake, rng_for(seed, "faults"))
    background = mean_background(world)
    truth = {
        "seed": seed,
        "crs": CRS,
        "time_zone": TIME_ZONE,
        "first_day": FIRST_DAY,
        "last_day": LAST_DAY,
        "categories": describe(world, catalogue, background),
        "rows": {
            "total": len(incidents),
            "good": len(records),
            "incidents": int(records["incident_id"].nunique()),
            "with_interval": int(records["occurred_to"].notna().sum()),
            "revised": records.loc[records["change"] != "", "change"].value_counts().sort_index().to_dict(),
        },
        "faults": {kind: len(ids) for kind, ids in faults.items()},
        "fault_ids": faults,
    }
    return Sample(city, world, catalogue, incidents, background, truth)


def write_sample(sample: Sample, out: Path) -> None:
    """Write the sample's files into a folder; README.md and hotspot.toml there are written by hand.

    Parameters
    ----------
    sample : Sample
        As `make_sample` gives it.
    out : pathlib.Path
        The folder; made if missing, files in it replaced.
    """
    out.mkdir(parents=True, exist_ok=True)
    boundary = gpd.GeoDataFrame({"name": ["Lakeview"]}, geometry=[sample.city.boundary], crs=CRS)
    _write_geopackage(boundary, out / "boundary.gpkg")
    _write_geopackage(sample.city.places, out / "places.gpkg")
    sample.city.streets.to_parquet(out / "streets.parquet", compression="zstd")
    sample.city.areas.to_parquet(out / "areas.parquet", compression="zstd")
    sample.background.to_parquet(out / "truth_background.parquet", compression="zstd", index=False)
    _write_csv(as_text(sample.city.events), out / "events.csv")
    _write_csv(sample.incidents, out / "incidents.csv")
    text = json.dumps(sample.truth, indent=1, ensure_ascii=False) + "\n"
    (out / "truth.json").write_text(text, encoding="utf-8", newline="\n")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_geopackage(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Replace a GeoPackage; a fixed date of change keeps a rewritten file free of spurious differences."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2025-07-01T00:00:00.000Z"})
    try:
        frame.to_file(path, driver="GPKG", layer=path.stem)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
