"""Calendar: where a window lies in the day, the week and the year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.features._common import check_issue_times
from hotspot.features._days import Dates, share_of_days
from hotspot.features._timed import lead_columns
from hotspot.history import History
from hotspot.windows import Times, Windows, to_local

UNITS = {"weekday": "1", "hour": "h", "year_sine": "1", "year_cosine": "1", "length": "h", "weekend_share": "1"}
DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
MONDAY = np.datetime64("1970-01-05", "D")


@dataclass(frozen=True)
class Calendar:
    """Civil time of each window: of its midpoint m, its length, and how much of it is weekend.

    Columns: ``weekday`` of m (0 = Monday), ``hour`` of m [h since midnight], ``year_sine`` and ``year_cosine`` of
    2 pi times the elapsed share of the year at m, ``length`` of the window [h], ``weekend_share`` of its elapsed time.
    A window that the clocks skip whole has a length of 0 and no weekend share (NaN). The sine and the cosine say the
    season without a jump at New Year.

    Parameters
    ----------
    weekend : sequence of int
        Days off, 0 = Monday.
    blocks : sequence of int
        Hours at which blocks of the day start, ascending, such as ``(0, 6, 12, 18)``. Adds ``hour_block``, the number
        of the block that m lies in; hours before the first start belong to the last block. Default: none, no column.

    Raises
    ------
    InputError
        If a day is not a whole number from 0 to 6, or hours are not whole, ascending and from 0 to 23.
    """

    name: ClassVar[str] = "calendar"
    uses_calendar: ClassVar[bool] = True
    weekend: tuple[int, ...] = (5, 6)
    blocks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check days and hours."""
        object.__setattr__(self, "blocks", tuple(self.blocks))
        if list(self.blocks) != sorted(set(self.blocks) & set(range(24))):
            raise InputError(f"{self.name} blocks: got {self.blocks}, expected whole hours from 0 to 23, ascending")
        object.__setattr__(self, "weekend", tuple(self.weekend))
        if not set(self.weekend) <= set(range(7)):
            raise InputError(f"{self.name} weekend: got {self.weekend}, expected days from 0 (Monday) to 6 (Sunday)")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Read the calendar.

        Parameters
        ----------
        history : History
            Gives the time zone.
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
        LeakageError
            If an issue time is later than the cutoff.
        """
        times = check_issue_times(history, issue_times)
        zone = history.domain.time_zone
        start, end = windows.bounds(times, zone)
        middle = to_local(start + (end - start) // 2, zone)
        day, year = middle.astype("datetime64[D]"), middle.astype("datetime64[Y]")
        first, following = (edge.astype("datetime64[us]") for edge in (year, year + 1))
        turn = 2 * np.pi * (middle - first) / (following - first)
        hour = (middle - day) / HOUR
        columns = [
            (day - MONDAY).astype(np.int64) % 7,
            hour,
            np.sin(turn),
            np.cos(turn),
            (end - start) / HOUR,
            share_of_days(start, end, zone, self._is_weekend),
        ]
        units = dict(UNITS)
        if self.blocks:
            units["hour_block"] = "1"
            columns.append((np.searchsorted(self.blocks, hour, side="right") - 1) % len(self.blocks))
        attrs = {"units": list(units.values()), "source": "civil calendar", "vintage": ""}
        return lead_columns(times, list(units), np.stack(columns, axis=-1), attrs)

    def _is_weekend(self, days: Dates) -> NDArray[np.bool_]:
        return np.isin((days - MONDAY).astype(np.int64) % 7, self.weekend)
