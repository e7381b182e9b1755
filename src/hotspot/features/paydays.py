"""Paydays: how windows lie to the days on which wages or benefits are paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.features._common import check_issue_times
from hotspot.features._days import UNITS, Dates, DayFlags, check_cap, day_range, layer_flags, lie_of
from hotspot.features._timed import lead_columns, timed_groups
from hotspot.history import History
from hotspot.layers import Days
from hotspot.windows import Times, Windows

LAST = "last"
MONDAY = np.datetime64("1970-01-05", "D")


@dataclass(frozen=True)
class Paydays:
    """How much of a window is payday, and how far the next and the last one are.

    Columns: ``share`` of the window's elapsed time, ``until`` the next and ``since`` the last payday [d], counted from
    the civil day of the window's midpoint, 0 on a payday, at most `cap`.

    Parameters
    ----------
    days : sequence of int or "last"
        Days of the month on which is paid; a day that a month lacks is its last one.
    before_weekend : bool
        Whether a payday on a Saturday or Sunday moves to the Friday before. Public holidays move nothing.
    layer : str, optional
        Name of a `Days` layer that gives the paydays instead, as known at the issue time.
    cap : int
        Largest distance [d].

    Raises
    ------
    InputError
        If a day is neither a whole number from 1 to 31 nor "last", there is none, or the cap is no whole number.
    """

    name: ClassVar[str] = "paydays"
    uses_calendar: ClassVar[bool] = True
    days: tuple[int | str, ...] = (1, 15)
    before_weekend: bool = True
    layer: str | None = None
    cap: int = 31

    def __post_init__(self) -> None:
        """Check the days."""
        object.__setattr__(self, "days", tuple(self.days))
        check_cap(self.cap, self.name)
        for day in self.days:
            if day != LAST and (isinstance(day, bool) or day not in range(1, 32)):
                raise InputError(f"{self.name} days: got {day!r}, expected whole numbers from 1 to 31 or {LAST!r}")
        if not self.days:
            raise InputError(f"{self.name} days: got none, expected at least one, such as (1, 15)")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Look the days up.

        Parameters
        ----------
        history : History
            With the layer, if one is named.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Give the leads.

        Returns
        -------
        xarray.DataArray
            Dimensions (issue_time, lead, column).

        Raises
        ------
        InputError
            If there is no `Days` layer of that name.
        LeakageError
            If an issue time is later than the cutoff.
        """
        times = check_issue_times(history, issue_times)
        zone = history.domain.time_zone
        start, end = windows.bounds(times, zone)
        source, vintage = "rule", ""
        if self.layer is None:
            low, high = day_range(start, end, self.cap)
            days = self._by_rule(low, high)
            values = lie_of(DayFlags.of_spans(days, days, low, high), start, end, zone, self.cap)
        else:
            source, vintage, values = self._by_layer(history, times, start, end)
        attrs = {"units": list(UNITS.values()), "source": source, "vintage": vintage}
        return lead_columns(times, list(UNITS), values, attrs)

    def _by_rule(self, low: np.datetime64, high: np.datetime64) -> Dates:
        """Paydays of the months that reach into a range, and of the one after: a weekend may move one back into it."""
        months = np.arange(low.astype("datetime64[M]"), high.astype("datetime64[M]") + 2)
        first, length = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]") - months
        ends = length.astype("timedelta64[D]").astype(np.int64)
        found = [first + (np.minimum(31 if day == LAST else int(day), ends) - 1) for day in self.days]
        days = np.unique(np.concatenate(found))
        weekday = (days - MONDAY).astype(np.int64) % 7
        return days - np.maximum(weekday - 4, 0) if self.before_weekend else days

    def _by_layer(
        self, history: History, times: Times, start: Times, end: Times
    ) -> tuple[str, str, NDArray[np.float64]]:
        groups = timed_groups(history, Days, self.name, "paydays by date")
        group = next((group for group in groups if group.column == self.layer), None)
        if group is None:
            hint = nearest(str(self.layer), {group.column for group in groups})
            raise InputError(f"feature {self.name}: no days layer is called {self.layer!r}; {hint}")
        out = np.full((*start.shape, len(UNITS)), np.nan)
        for index, flags in layer_flags(group, times, start, end, self.cap, None):
            out[index] = lie_of(flags, start[index], end[index], history.domain.time_zone, self.cap)
        return group.source, group.vintage, out
