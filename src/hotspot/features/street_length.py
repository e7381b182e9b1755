"""Street length: how much street lies in or around a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import xarray as xr

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.features._common import check_issue_times
from hotspot.features._layers import Values
from hotspot.features._streets import check_radius, network_columns, street_length
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class StreetLength:
    """Length of the streets inside a cell and the boundary, or within a radius of its centre [m].

    The disc of a radius is not clipped to the boundary. A street that runs along the edge of two cells counts in both;
    a segment holds the street of the layer that is nearest to it, within 25 m. NaN before the vintage of the layer.

    Parameters
    ----------
    radius : float, optional
        Of the disc [m]. Default: the cell itself.

    Raises
    ------
    InputError
        If the radius is not a positive number.
    """

    name: ClassVar[str] = "street_length"
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
            [m].

        Raises
        ------
        InputError
            If there are no streets.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        return network_columns(self, history, times, "m", self._length)

    def _length(self, domain: Domain, network: Network | None) -> Values:
        return street_length(domain, network, self.radius)
