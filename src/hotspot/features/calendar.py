"""Calendar: where a window lies in the day, the week and the year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.features._common import COLUMN, check_issue_times
from hotspot.history import History
from hotspot.schema import ISSUE_TIME, LEAD
from hotspot.windows import Times, Windows, to_local, to_utc

UNITS = {"weekday": "1", "hour": "h", "year_sine": "1", "year_cosine": "1", "length": "h", "weekend_share": "1"}
DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
MONDAY = np.datetime64("1970-01-05", "D")


@dataclass(frozen=True)
class Calendar:
    """Civil time of each window: of its midpoint m, its length, and how much of it is weekend.

    Columns: ``weekday`` of m (0 = Monday), ``hour`` of m [h since midnight], ``year_sine`` and ``year_cosine`` of
    2 pi times the elapsed share of the year at m, ``length`` of the window [h], ``weekend_share`` of its elapsed time.
    A window that the clocks skip whole has a length of 0 and no weekend share (NaN).

    Parameters
    ----------
    weekend : sequence of int
        Days off, 0 = Monday.

    Raises
    ------
    InputError
        If a day is not a whole number from 0 to 6.
    """

    name: ClassVar[str] = "calendar"
    uses_calendar: ClassVar[bool] = True
    weekend: tuple[int, ...] = (5, 6)

    def __post_init__(self) -> None:
        """Check the days."""
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
        columns = (
            (day - MONDAY).astype(np.int64) % 7,
            (middle - day) / HOUR,
            np.sin(turn),
            np.cos(turn),
            (end - start) / HOUR,
            _share_of_days(start, end, zone, self.weekend),
        )
        coords = {ISSUE_TIME: times, LEAD: np.arange(windows.n_leads), COLUMN: list(UNITS)}
        attrs = {"units": list(UNITS.values()), "source": "civil calendar", "vintage": ""}
        return xr.DataArray(np.stack(columns, axis=-1), coords, (ISSUE_TIME, LEAD, COLUMN), attrs=attrs)


def _share_of_days(start: Times, end: Times, zone: str, weekdays: tuple[int, ...]) -> NDArray[np.float64]:
    """Share of the elapsed time of windows that falls on some weekdays; NaN where no time elapses."""
    first = to_local(start, zone).astype("datetime64[D]")
    n_days = int(np.max((end - start) / DAY, initial=0.0)) + 3
    days = first[..., None] + np.arange(n_days).astype("timedelta64[D]")
    wanted = np.isin((days - MONDAY).astype(np.int64) % 7, weekdays)
    low = np.maximum(to_utc(days, zone), start[..., None])
    high = np.minimum(to_utc(days + 1, zone), end[..., None])
    inside = np.maximum(high - low, np.timedelta64(0, "us")) / HOUR
    length = (end - start) / HOUR
    return np.asarray((inside * wanted).sum(axis=-1) / np.where(length > 0, length, np.nan))
