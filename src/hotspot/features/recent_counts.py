"""Recent counts: how many incidents of the target a cell had lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import xarray as xr

from hotspot.features._common import (
    cell_columns,
    check_durations,
    check_issue_times,
    check_of,
    groups_of,
    in_months,
    source_of,
)
from hotspot.features._sweeps import Sums, window_column
from hotspot.history import History
from hotspot.windows import Times, Windows


@dataclass(frozen=True)
class RecentCounts:
    """Incidents of the target in a cell, in past windows that end where the record is complete.

    For a window of length w and an issue time t the value is the number of incidents in [c - w, c), where
    c = t - latency, as known at t. Where the record begins inside the window, it is divided by the covered share of
    the window, so that early rows compare with later ones; where the record begins later, it is NaN.

    Parameters
    ----------
    windows : sequence of str
        Lengths, such as ``("7D", "28D", "365D")``.
    of : "target", "all" or sequence of str
        Which incidents: those of the target, all that are eligible (their columns end in ``_all``), or those of each
        category named, which have columns of their own that end in its name.

    Raises
    ------
    InputError
        If a length is not a duration, or no category is named.
    """

    name: ClassVar[str] = "recent_counts"
    windows: tuple[str, ...] = ("7D", "28D", "365D")
    of: str | tuple[str, ...] = "target"

    def __post_init__(self) -> None:
        """Parse the lengths."""
        object.__setattr__(self, "windows", check_durations(self.windows, self.name))
        object.__setattr__(self, "of", check_of(self.of, self.name))

    @property
    def uses_calendar(self) -> bool:
        """Whether a window is some months long."""
        return in_months(self.windows)

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Count.

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
        InputError
            If a category does not exist.
        LeakageError
            If an issue time is later than the cutoff.
        RefusedError
            If a category is not eligible.
        """
        del windows
        times = check_issue_times(history, issue_times)
        columns = [window_column(history, times, window) for window in self.windows]
        groups = groups_of(self.of)
        sums = Sums(history, times, len(groups) * len(columns))
        for of in groups.values():
            sums.add(history.ledger(of), columns)
        names = [f"{window}{suffix}" for suffix in groups for window in self.windows]
        source = [source_of(history, of) for of in groups.values() for _ in self.windows]
        return cell_columns(history, times, names, sums.values, {"units": "incidents", "source": source, "vintage": ""})
