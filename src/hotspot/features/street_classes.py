"""Street classes: which kinds of street a cell holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.features._common import check_issue_times
from hotspot.features._layers import Values
from hotspot.features._streets import Compute, class_columns, lying
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class StreetClasses:
    """Share of each class in the length of the streets inside a cell [1].

    Classes are the categories of the streets layer. Streets without a class count in the whole, and have no column of
    their own. NaN where a cell holds no street, and before the vintage of the layer.
    """

    name: ClassVar[str] = "street_classes"

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Measure the streets by class.

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
            Over (cell, column), with issue_time where a layer is dated; one column a class, named after the layer too
            where two layers share a class [1].

        Raises
        ------
        InputError
            If there are no streets, or a layer has no classes.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        return class_columns(self, history, times, "1", _share)


def _share(name: str) -> Compute:
    def compute(domain: Domain, network: Network | None) -> Values:
        if network is None or network.labels is None:
            return np.full(domain.n_cells, np.nan)
        found = lying(domain, network)
        total = np.bincount(found.cell, weights=found.length, minlength=domain.n_cells)
        own = found.length * (network.labels == name)[found.edge]
        sums = np.bincount(found.cell, weights=own, minlength=domain.n_cells)
        return np.asarray(sums / np.where(total > 0, total, np.nan))

    return compute
