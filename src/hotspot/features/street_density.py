"""Street density: how much street a cell holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.features._common import COLUMN, check_issue_times
from hotspot.features._layers import layer_columns, street_groups
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
        domain = history.domain
        length = np.stack([_length(domain, group.shapes) for group in groups])
        array = layer_columns(history, times, groups, length / 1e3 / (domain.area / 1e6), "km/km2")
        if len(groups) > 1:
            return array
        single = array.isel({COLUMN: 0}, drop=True)
        return single.assign_attrs({key: array.attrs[key][0] for key in ("source", "vintage")})


def _length(domain: Domain, lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Length of lines inside each cell [m]."""
    cells = domain.shapes
    line, cell = shapely.STRtree(cells).query(lines, predicate="intersects")
    inside = shapely.length(shapely.intersection(lines[line], cells[cell]))
    return np.bincount(cell, weights=inside, minlength=domain.n_cells).astype(np.float64)
