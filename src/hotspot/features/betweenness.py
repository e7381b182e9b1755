"""Betweenness: how many shortest ways through the city lead along the streets of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.features._common import check_issue_times
from hotspot.features._layers import Values
from hotspot.features._memo import remembered
from hotspot.features._streets import check_radius, lying, network_columns
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class Betweenness:
    """Mean betweenness of the streets in a cell, weighted by their length [pairs of nodes].

    The betweenness of a street is the number of pairs of nodes (junctions and ends) at most `radius` apart along the
    streets whose shortest way leads along it; where several ways are the shortest, each has its share of the pair.
    NaN where a cell holds no street, and before the vintage of the layer. Davies & Johnson (2015) found more burglary
    on streets of higher betweenness.

    Parameters
    ----------
    radius : float
        Longest way that counts [m].

    Raises
    ------
    InputError
        If the radius is not a positive number.

    References
    ----------
    Brandes (2001), doi:10.1080/0022250X.2001.9990249; Davies & Johnson (2015), doi:10.1007/s10940-014-9226-z.
    """

    name: ClassVar[str] = "betweenness"
    radius: float = 1000.0

    def __post_init__(self) -> None:
        """Check the radius."""
        check_radius(self.radius, self.name, needed=True)

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Count the ways.

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
            [pairs].

        Raises
        ------
        InputError
            If there are no streets.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        return network_columns(self, history, times, "pairs", self._mean)

    def _mean(self, domain: Domain, network: Network | None) -> Values:
        if network is None:
            return np.full(domain.n_cells, np.nan)
        ways = remembered(network, (self.name, self.radius), lambda: network.betweenness(self.radius))
        found = lying(domain, network)
        total = np.bincount(found.cell, weights=found.length, minlength=domain.n_cells)
        sums = np.bincount(found.cell, weights=found.length * ways[found.edge], minlength=domain.n_cells)
        return np.asarray(sums / np.where(total > 0, total, np.nan))
