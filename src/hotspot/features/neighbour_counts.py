"""Neighbour counts: how many incidents of the target the cells around a cell had lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from hotspot.errors import InputError, nearest
from hotspot.features._around import around
from hotspot.features._common import cell_columns, check_durations, check_issue_times, in_months, source_of
from hotspot.features._sweeps import Sums, window_column
from hotspot.history import History
from hotspot.windows import Times, Windows

WAYS = ("distance", "touch", "streets")


@dataclass(frozen=True)
class NeighbourCounts:
    """The sum of `RecentCounts` over the cells near a cell, the cell itself left out.

    Parameters
    ----------
    windows : sequence of str
        Lengths.
    radius : float, optional
        Largest distance between centres [m]; columns then carry it in their name. Default: 1.5 times the spacing of the
        domain, that is the eight squares or six hexagons around a cell.
    by : "distance", "touch" or "streets"
        Measure straight; take the cells that touch (squares also at a corner, segments at a junction), whatever their
        distance; or measure along the streets, for domains of street segments. The last two end the names of columns.

    Raises
    ------
    InputError
        If a length is not a duration, the radius no positive number, or it and `by` do not fit together.
    """

    name: ClassVar[str] = "neighbour_counts"
    windows: tuple[str, ...] = ("28D", "365D")
    radius: float | None = None
    by: str = "distance"

    def __post_init__(self) -> None:
        """Parse the lengths."""
        object.__setattr__(self, "windows", check_durations(self.windows, self.name))
        if self.radius is not None and not (np.isfinite(self.radius) and self.radius > 0):
            raise InputError(f"{self.name} radius: got {self.radius!r}, expected metres above 0")
        if self.by not in WAYS:
            raise InputError(f"{self.name} by: got {self.by!r}; {nearest(str(self.by), WAYS)}")
        if self.by == "touch" and self.radius is not None:
            raise InputError(f"{self.name}: got by='touch' and a radius of {self.radius:g} m; leave out one of them")

    @property
    def uses_calendar(self) -> bool:
        """Whether a window is some months long."""
        return in_months(self.windows)

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
        sums.add(history.ledger(), columns, around(history.domain, self.radius, by=self.by, own=False))
        suffix = ("" if self.radius is None else f"_{self.radius:g}m") + (
            "" if self.by == "distance" else f"_{self.by}"
        )
        attrs = {"units": "incidents", "source": source_of(history, "target"), "vintage": ""}
        return cell_columns(history, times, [f"{length}{suffix}" for length in self.windows], sums.values, attrs)
