"""Page: what a map says, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from hotspot.domain import Domain

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True, eq=False)
class Page:
    """The content of a map page and of the picture beside it.

    All text is shown as it stands: markup in it is escaped.

    Parameters
    ----------
    title : str
        Heading, such as the name of the city or run.
    target : str
        What is forecast.
    forecast : xarray.Dataset
        A forecast with one issue time and no `model` dimension (or one of size 1).
    selections : mapping of float or str to xarray.DataArray of bool
        Chosen cells, as `select` gives them. A number is a share of the area or street length (0.01 is shown as 1 %),
        a text is shown as it is. The first one is shown at the start.
    domain : Domain, optional
        Gives boundary, zone and the shapes of the cells. Default: the one that the forecast carries.
    streets : geopandas.GeoSeries, optional
        Lines for orientation, in any CRS.
    trust : tuple of str
        Sentences on how far to trust the map, such as the last weeks' hit rate; they stand beside it.
    score_table, exposure_table, quality_table : pandas.DataFrame, optional
        Small tables: past forecasts, exposure, what the data gate found. Columns `a`, `a_low`, `a_high` become one
        column "a" with the interval in brackets.
    facts : mapping of str to str
        Label to text: issue time, cutoff, run id, version and so on.
    warnings : tuple of str
        What the reader has to know about the data or the run.
    """

    title: str
    target: str
    forecast: xr.Dataset
    selections: Mapping[float | str, xr.DataArray] = field(default_factory=dict)
    domain: Domain | None = None
    streets: gpd.GeoSeries | None = None
    trust: tuple[str, ...] = ()
    score_table: pd.DataFrame | None = None
    exposure_table: pd.DataFrame | None = None
    quality_table: pd.DataFrame | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """Title and target in one line, the target only once."""
        return self.title if self.target in self.title else f"{self.title}: {self.target}"
