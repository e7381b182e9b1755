"""Time since: how long ago a cell, and its surroundings, had their last incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from hotspot.errors import InputError
from hotspot.features._common import cell_columns, check_issue_times, source_of
from hotspot.features._sweeps import observed_from
from hotspot.history import History
from hotspot.kernels.since import days_since
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class TimeSince:
    """Days since the last incident of the target, known at the issue time, in the cell and within a radius.

    All that is known counts, right up to the issue time, also of the days in which the record is not yet complete. A
    cell without any incident, or whose last one lies before the record begins, has the length of the record: it was
    quiet for at least so long. An interval is taken at its middle.

    Parameters
    ----------
    radius : float, optional
        Largest distance between centres for the column ``near`` [m], which then is named after it. Default: 1.5 times
        the spacing of the domain, that is the eight squares or six hexagons around a cell. The cell itself is within.

    Raises
    ------
    InputError
        If the radius is not a positive number.
    """

    name: ClassVar[str] = "time_since"
    radius: float | None = None

    def __post_init__(self) -> None:
        """Check the radius."""
        if self.radius is not None and not (np.isfinite(self.radius) and self.radius > 0):
            raise InputError(f"{self.name} radius: got {self.radius!r}, expected metres above 0")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Look back.

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
            Dimensions (issue_time, cell, column) [days], columns ``cell`` and ``near``; NaN where nothing was known.

        Raises
        ------
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        order = np.argsort(times, kind="stable")
        values = np.empty((times.size, 2, history.domain.n_cells), np.float32)
        _fill(history, times[order], self.radius, values)
        values = values if (order[1:] > order[:-1]).all() else values[np.argsort(order)]
        near = "near" if self.radius is None else f"{self.radius:g}m"
        attrs = {"units": "days", "source": source_of(history, "target"), "vintage": ""}
        return cell_columns(history, times, ("cell", near), values, attrs)


def _fill(history: History, times: Times, radius: float | None, out: np.ndarray) -> None:
    domain, of = history.domain, history.ledger(middles=True).versions
    by_cell = np.argsort(of.cell, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(of.cell, minlength=domain.n_cells))])
    rows = of.moment[by_cell], of.known[by_cell], of.gone[by_cell]
    begin = observed_from(history, times)
    near = domain.neighbours(1.5 * domain.spacing if radius is None else radius)
    start = np.where(np.isnat(begin), times, begin)
    days_since(times.view(np.int64), start.view(np.int64), rows, first, (near.indptr, near.indices), out)
    out[np.isnat(begin)] = np.nan
