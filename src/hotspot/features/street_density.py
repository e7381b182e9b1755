"""Street density: how much street a cell holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
import xarray as xr

from hotspot.domain import Domain
from hotspot.features._common import check_issue_times
from hotspot.features._layers import Geometries, Values, layer_columns, single, street_groups
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class StreetDensity:
    """Length of the streets inside a cell, per area of the cell, both within the boundary [km/km2].

    A street that runs along the edge of two cells counts in both. NaN before the vintage of the layer.
    """

    name: ClassVar[str] = "street_density"

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Measure the streets.

        Parameters
        ----------
        history : History
            With a streets layer.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Over (cell), with issue_time where a layer has a vintage, with column (one a layer) where there are
            several [km/km2].

        Raises
        ------
        InputError
            If there is no streets layer.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        groups = street_groups(history)
        return single(layer_columns(self, history, times, groups, "km/km2", _density))


def _density(domain: Domain, lines: Geometries) -> Values:
    """Length of lines inside each cell, per area of the cell [km/km2]."""
    cells = domain.shapes
    line, cell = shapely.STRtree(cells).query(lines, predicate="intersects")
    inside = shapely.length(shapely.intersection(lines[line], cells[cell]))
    return np.bincount(cell, weights=inside, minlength=domain.n_cells) / 1e3 / (domain.area / 1e6)
