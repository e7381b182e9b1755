"""Neighbour counts: how many incidents of the target the cells around a cell had lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.features._common import cell_columns, check_durations, check_issue_times, source_of
from hotspot.features._sweeps import Sums, window_column
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class NeighbourCounts:
    """The sum of `RecentCounts` over the cells within a radius, the cell itself left out.

    Parameters
    ----------
    windows : sequence of str
        Lengths.
    radius : float, optional
        Largest distance between centres [m]; columns then carry it in their name. Default: 1.5 times the spacing of the
        domain, that is the eight squares or six hexagons around a cell.

    Raises
    ------
    InputError
        If a length is not a duration or the radius not a positive number.
    """

    name: ClassVar[str] = "neighbour_counts"
    windows: tuple[str, ...] = ("28D", "365D")
    radius: float | None = None

    def __post_init__(self) -> None:
        """Parse the lengths."""
        object.__setattr__(self, "windows", check_durations(self.windows, self.name))
        if self.radius is not None and not (np.isfinite(self.radius) and self.radius > 0):
            raise InputError(f"{self.name} radius: got {self.radius!r}, expected metres above 0")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Count around each cell.

        Parameters
        ----------
        history : History
            With a cutoff at or after every issue time.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Dimensions (issue_time, cell, column), one column a length [incidents].

        Raises
        ------
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        columns = [window_column(history, times, window) for window in self.windows]
        sums = Sums(history, times, len(columns))
        sums.add(history.ledger(), columns, _near(history.domain, self.radius))
        suffix = "" if self.radius is None else f"_{self.radius:g}m"
        attrs = {"units": "incidents", "source": source_of(history, "target"), "vintage": ""}
        return cell_columns(history, times, [f"{length}{suffix}" for length in self.windows], sums.values, attrs)


def _near(domain: Domain, radius: float | None) -> csr_array:
    """Which cells are near which, as a matrix of ones."""
    rows = domain.neighbours(1.5 * domain.spacing if radius is None else radius)
    shape = (domain.n_cells, domain.n_cells)
    return csr_array((np.ones(rows.indices.size), rows.indices, rows.indptr), shape=shape)
