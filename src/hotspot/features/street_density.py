"""Street density: how much street there is for each area of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.features._common import check_issue_times
from hotspot.features._layers import Values
from hotspot.features._streets import check_radius, network_columns, reach, square_km, street_length
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class StreetDensity:
    """Length of the streets inside a cell, per area of the cell, both within the boundary [km/km2].

    With a radius, and on street segments: within a disc around the centre, per area of the disc, not clipped to the
    boundary. A street that runs along the edge of two cells counts in both. NaN before the vintage of the layer.

    Parameters
    ----------
    radius : float, optional
        Of the disc [m]. Default: the cell itself; 250 m for a segment, which has no area.

    Raises
    ------
    InputError
        If the radius is not a positive number.
    """

    name: ClassVar[str] = "street_density"
    radius: float | None = None

    def __post_init__(self) -> None:
        """Check the radius."""
        check_radius(self.radius, self.name)

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Measure the streets.

        Parameters
        ----------
        history : History
            With a streets layer, or with cells that are street segments, which then are the streets.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Over (cell), with issue_time where a layer is dated, with column (one a layer) where there are several
            [km/km2].

        Raises
        ------
        InputError
            If there are no streets.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        return network_columns(self, history, times, "km/km2", self._density)

    def _density(self, domain: Domain, network: Network | None) -> Values:
        around = reach(domain, self.radius)
        return np.asarray(street_length(domain, network, around) / 1e3 / square_km(domain, around))
