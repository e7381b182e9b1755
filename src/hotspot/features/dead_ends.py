"""Dead ends: where streets lead nowhere, in or around a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import xarray as xr

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.features._common import check_issue_times
from hotspot.features._layers import Values
from hotspot.features._streets import check_radius, junction_density, network_columns
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class DeadEnds:
    """Ends of streets that meet no other street, per area of the cell [1/km2].

    Of a cell, the part inside the boundary counts. With a radius, and on street segments: within a disc around the
    centre, per area of the disc, not clipped to the boundary. NaN before the vintage of the layer.
    Where the layer stops at the edge of the city, its streets seem to end there.

    Parameters
    ----------
    radius : float, optional
        Of the disc [m]. Default: the cell itself; 250 m for a segment, which has no area.

    Raises
    ------
    InputError
        If the radius is not a positive number.
    """

    name: ClassVar[str] = "dead_ends"
    radius: float | None = None

    def __post_init__(self) -> None:
        """Check the radius."""
        check_radius(self.radius, self.name)

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Count the ends.

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
            [1/km2].

        Raises
        ------
        InputError
            If there are no streets.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        return network_columns(self, history, times, "1/km2", self._density)

    def _density(self, domain: Domain, network: Network | None) -> Values:
        return junction_density(domain, network, self.radius, lambda streets: streets.degree == 1)
