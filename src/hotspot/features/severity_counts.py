"""Severity counts: incidents weighted by how grave their category is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar

import numpy as np
import xarray as xr

from hotspot.errors import InputError
from hotspot.features._common import cell_columns, check_durations, check_issue_times, in_months, source_of
from hotspot.features._sweeps import Sums, window_column
from hotspot.history import History, Ledger
from hotspot.windows import Times, Windows

HEAVIEST = 1e6


@dataclass(frozen=True)
class SeverityCounts:
    """Severity of the incidents in a cell, in past windows that end where the record is complete.

    As `RecentCounts`, but an incident counts what its category weighs: days of sentence, costs, or a score.

    Parameters
    ----------
    windows : sequence of str
        Lengths.
    weights : mapping of str to float, optional
        What an incident of each category counts, 0 to 1,000,000; categories not named count nothing. Default: 1 for
        each of the target.

    Raises
    ------
    InputError
        If a length is not a duration, or a weight not a number in that range.

    References
    ----------
    Sherman, Neyroud & Neyroud (2016), Policing 10, 171-183. DOI 10.1093/police/paw003

    Examples
    --------
    >>> SeverityCounts(("28D",), weights={"robbery": 5, "theft": 1}).weights
    {'robbery': 5.0, 'theft': 1.0}
    """

    name: ClassVar[str] = "severity_counts"
    windows: tuple[str, ...] = ("28D", "365D")
    weights: Mapping[str, float] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        """Check lengths and weights."""
        object.__setattr__(self, "windows", check_durations(self.windows, self.name))
        if self.weights is None:
            return
        if not isinstance(self.weights, Mapping) or not self.weights:
            raise InputError(f"{self.name} weights: got {self.weights!r}, expected {{category: weight, ...}}")
        for category, weight in self.weights.items():
            if not (isinstance(weight, int | float) and isfinite(weight) and 0 <= weight <= HEAVIEST):
                raise InputError(
                    f"{self.name} weights: got {weight!r} for {category!r}, expected a number from 0 to {HEAVIEST:,.0f}"
                )
        object.__setattr__(self, "weights", {str(name): float(weight) for name, weight in self.weights.items()})

    @property
    def uses_calendar(self) -> bool:
        """Whether a window is some months long."""
        return in_months(self.windows)

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Weigh and count.

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
            Dimensions (issue_time, cell, column), one column a length [severity].

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
        sums = Sums(history, times, len(columns))
        sums.add(self._ledger(history), columns)
        attrs = {"units": "severity", "source": source_of(history, self._of), "vintage": ""}
        return cell_columns(history, times, self.windows, sums.values, attrs)

    @property
    def _of(self) -> str | tuple[str, ...]:
        return "target" if self.weights is None else tuple(self.weights)

    def _ledger(self, history: History) -> Ledger:
        ledger = history.ledger(self._of)
        if self.weights is None:
            return ledger
        category = history.versions.table["category"].cat
        weight = np.array([self.weights.get(str(name), 0.0) for name in category.categories])
        return ledger.weighted(weight[category.codes.to_numpy()])
