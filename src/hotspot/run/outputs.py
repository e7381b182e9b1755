"""The files of one target: forecast, hotspots, scores, audit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import xarray as xr

from hotspot.domain import Domain
from hotspot.schema import CELL, EXPECTED, LEAD, UNITS, VALID_END, VALID_START
from hotspot.windows import to_local

FORMULA = {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"}  # in full width as well
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def write_forecast(folder: Path, forecast: xr.Dataset, domain: Domain, formats: Sequence[str]) -> None:
    """Write the forecast as Zarr, and as GeoParquet if asked for.

    Parameters
    ----------
    folder : Path
        Of the target.
    forecast : xarray.Dataset
        One issue time.
    domain : Domain
        Gives the outlines.
    formats : sequence of str
        From the config.
    """
    # format 2 is read everywhere without a warning, and has a settled form for text
    text = {name: forecast[name].astype(object) for name in forecast.coords if forecast[name].dtype.kind == "U"}
    store = folder / "forecast.zarr"
    forecast.assign_coords(text).to_zarr(store, mode="w", zarr_format=2, consolidated=True)
    if "geoparquet" in formats:
        table = forecast_table(forecast, domain)
        table.to_parquet(folder / "forecast.parquet", compression="zstd", index=False)


def forecast_table(forecast: xr.Dataset, domain: Domain) -> gpd.GeoDataFrame:
    """Put a forecast of one issue time into rows.

    Parameters
    ----------
    forecast : xarray.Dataset
        One issue time.
    domain : Domain
        Gives the outlines.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a lead and cell: cell, lead, valid_start, valid_end (UTC), expected_count, area_m2 or length_m, name
        (if the cells have names), shape.
    """
    one = forecast.isel(issue_time=0)
    n_leads, n_cells = one.sizes[LEAD], one.sizes[CELL]
    times = {
        name: pd.DatetimeIndex(one[name].values).tz_localize("UTC").repeat(n_cells) for name in (VALID_START, VALID_END)
    }
    columns = {
        "cell": np.tile(domain.ids, n_leads),
        "lead": np.repeat(one[LEAD].values, n_cells),
        **times,
        "expected_count": one[EXPECTED].values.ravel(),
        f"{domain.measure}_{UNITS[domain.measure]}": np.tile(domain.size, n_leads),
    }
    if domain.named:
        columns["name"] = np.tile(domain.names, n_leads)
    return gpd.GeoDataFrame(columns, geometry=np.tile(domain.shapes, n_leads), crs=domain.crs)


def write_hotspots(path: Path, forecast: xr.Dataset, selected: Mapping[float, xr.DataArray], domain: Domain) -> None:
    """Write the flagged cells, best first.

    Parameters
    ----------
    path : Path
        A CSV file.
    forecast : xarray.Dataset
        One issue time.
    selected : mapping of float to DataArray of bool
        By coverage.
    domain : Domain
        Gives places and the time zone.
    """
    x, y = domain.centres
    lon, lat = pyproj.Transformer.from_crs(domain.crs, "EPSG:4326", always_xy=True).transform(x, y)
    parts = []
    for coverage, flags in selected.items():
        for lead in range(forecast.sizes[LEAD]):
            expected = forecast[EXPECTED].values[0, lead]
            chosen = np.flatnonzero(flags.values[0, lead])
            order = chosen[np.lexsort((domain.ids[chosen], -expected[chosen] / domain.size[chosen]))]
            columns = {
                "coverage": coverage,
                "lead": lead,
                "valid_start_local": _local(forecast[VALID_START].values[0, lead], domain),
                "valid_end_local": _local(forecast[VALID_END].values[0, lead], domain),
                "time_zone": domain.time_zone,
                "rank": np.arange(1, order.size + 1),
                "cell": domain.ids[order],
                "x": x[order].round(1),
                "y": y[order].round(1),
                "lon": lon[order].round(6),
                "lat": lat[order].round(6),
                f"{domain.measure}_{UNITS[domain.measure]}": domain.size[order].round(1),
                "expected_count": expected[order],
            }
            if domain.named:
                columns["name"] = domain.names[order]
            parts.append(pd.DataFrame(columns))
    write_csv(path, pd.concat(parts))


def write_csv(target: Path | TextIO, table: pd.DataFrame) -> None:
    """Write a table as CSV that a spreadsheet shows and never runs.

    Text that begins as a formula does (``=``, ``+``, ``-``, ``@``) gets a quotation mark in front, as spreadsheets take
    it for text then; tabs, line ends and other controls become blanks. Numbers stay as they are.

    Parameters
    ----------
    target : Path or text stream
        Where to.
    table : DataFrame
        Numbers and text, without the index.
    """
    text = [i for i, kind in enumerate(table.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    safe = table.copy()
    for i in text:
        safe.isetitem(i, [inert(value) for value in table.iloc[:, i]])
    safe.columns = pd.Index([inert(name) for name in table.columns])
    safe.to_csv(target, index=False, float_format="%.10g", lineterminator="\n")


def inert(value: object) -> object:
    """Make text such that a spreadsheet does not run it.

    Parameters
    ----------
    value : object
        Of a cell.

    Returns
    -------
    object
        What is no text stays as it is.

    Examples
    --------
    >>> inert("=cmd()"), inert("theft"), inert(-1)
    ("'=cmd()", 'theft', -1)
    """
    if not isinstance(value, str):
        return value
    text = CONTROL.sub(" ", value)
    return f"'{text}" if text.lstrip()[:1] in FORMULA else text


def write_json(path: Path, content: Any) -> None:
    """Write plain data as JSON.

    Parameters
    ----------
    path : Path
        The file.
    content : object
        Numbers that are no numbers become null.
    """
    path.write_text(json.dumps(plain(content), indent=2, sort_keys=True) + "\n", "utf-8")


def plain(value: Any) -> Any:
    """Turn arrays, datasets and frames into what JSON knows.

    Parameters
    ----------
    value : object
        Nested data.

    Returns
    -------
    object
        Dicts, lists, text, numbers and None.
    """
    if isinstance(value, xr.Dataset | xr.DataArray):
        return plain(value.to_dict())
    if isinstance(value, pd.DataFrame):
        return plain(value.reset_index().to_dict(orient="records"))
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return [plain(entry) for entry in value.tolist()]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)


def _local(moment: np.datetime64, domain: Domain) -> str:
    return str(to_local(np.asarray(moment), domain.time_zone).astype("datetime64[m]"))
