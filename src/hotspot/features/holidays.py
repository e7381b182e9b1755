"""Holidays: how windows lie to public holidays and to the days of layers, such as school holidays and strikes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.features._common import check_issue_times
from hotspot.features._days import UNITS, Dates, DayFlags, check_cap, day_range, layer_flags, lie_of
from hotspot.features._timed import Group, lead_columns, timed_groups
from hotspot.history import History
from hotspot.layers import Days
from hotspot.windows import Times, Windows

PUBLIC = "public"


@dataclass(frozen=True)
class Holidays:
    """Days off, known in advance: how much of a window they fill, and how far the next and the last one are.

    Columns for public holidays (``public``, where a country is given) and for each `Days` layer: ``<name>_share`` of
    the window's elapsed time, ``<name>_until`` the next and ``<name>_since`` the last such day [d], counted from the
    civil day of the window's midpoint, 0 on such a day, at most `cap`. Of a layer the days count that were known at the
    issue time; before its vintage all is NaN. Public holidays come from python-holidays and count as known at all
    times, also the few that were declared at short notice.

    Parameters
    ----------
    country : str, optional
        ISO 3166 code, such as "US". Default: layers only.
    subdivision : str, optional
        State or province, such as "IL".
    category : str, optional
        Only days of this category of the layers. Default: all.
    cap : int
        Largest distance [d].

    Raises
    ------
    InputError
        If the country or the subdivision is not known, or the cap is no whole number of 1 or more.
    """

    name: ClassVar[str] = "holidays"
    uses_calendar: ClassVar[bool] = True
    country: str | None = None
    subdivision: str | None = None
    category: str | None = None
    cap: int = 14

    def __post_init__(self) -> None:
        """Check country and cap."""
        check_cap(self.cap, self.name)
        if self.country is not None:
            public_holidays(self.country, self.subdivision, 2024)
        elif self.subdivision is not None:
            raise InputError(f"{self.name}: got subdivision {self.subdivision!r} and no country; expected both")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Look the days up.

        Parameters
        ----------
        history : History
            With `Days` layers, unless a country is given.
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
            If there is neither a country nor a `Days` layer, or no layer has the category.
        LeakageError
            If an issue time is later than the cutoff.
        """
        times = check_issue_times(history, issue_times)
        needs = "" if self.country else "days off, or a country such as Holidays(country='US'),"
        groups = timed_groups(history, Days, self.name, needs)
        self._check_category(groups)
        start, end = windows.bounds(times, history.domain.time_zone)
        found: list[tuple[str, str, str, NDArray[np.float64]]] = []
        if self.country is not None:
            origin = f"python-holidays, {self.country}{'-' + self.subdivision if self.subdivision else ''}"
            found.append((PUBLIC, origin, "", self._public(start, end, history.domain.time_zone)))
        for group in groups:
            values = self._of_group(group, times, start, end, history.domain.time_zone)
            found.append((group.column, group.source, group.vintage, values))
        attrs = {
            "units": list(UNITS.values()) * len(found),
            "source": [source for _, source, _, _ in found for _ in UNITS],
            "vintage": [vintage for _, _, vintage, _ in found for _ in UNITS],
        }
        columns = [f"{name}_{what}" for name, *_ in found for what in UNITS]
        return lead_columns(times, columns, np.concatenate([values for *_, values in found], axis=-1), attrs)

    def _check_category(self, groups: list[Group[Days]]) -> None:
        known = {name for group in groups for layer in group.vintages for name in layer.categories}
        if self.category is not None and self.category not in known:
            raise InputError(
                f"feature {self.name}: no days have category {self.category!r}; {nearest(self.category, known)}"
            )

    def _public(self, start: Times, end: Times, zone: str) -> NDArray[np.float64]:
        low, high = day_range(start, end, self.cap)
        years = range(int(str(low)[:4]), int(str(high)[:4]) + 1)
        days = np.concatenate([public_holidays(str(self.country), self.subdivision, year) for year in years])
        return lie_of(DayFlags.of_spans(days, days, low, high), start, end, zone, self.cap)

    def _of_group(self, group: Group[Days], times: Times, start: Times, end: Times, zone: str) -> NDArray[np.float64]:
        out = np.full((*start.shape, len(UNITS)), np.nan)
        for index, flags in layer_flags(group, times, start, end, self.cap, self.category):
            out[index] = lie_of(flags, start[index], end[index], zone, self.cap)
        return out


@lru_cache(maxsize=1024)
def public_holidays(country: str, subdivision: str | None, year: int) -> Dates:
    """Look public holidays up.

    Parameters
    ----------
    country : str
        ISO 3166 code.
    subdivision : str, optional
        State or province.
    year : int
        Of the Gregorian calendar.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        Dates, ascending.

    Raises
    ------
    InputError
        If the country or the subdivision is not known.
    """
    import holidays

    supported = holidays.list_supported_countries()
    if country not in supported:
        raise InputError(f"holidays country: {country!r} is not known; {nearest(country, supported)}")
    if subdivision is not None and subdivision not in supported[country]:
        hint = nearest(subdivision, supported[country])
        raise InputError(f"holidays subdivision: {country} has no {subdivision!r}; {hint}")
    return np.array(sorted(holidays.country_holidays(country, subdiv=subdivision, years=year)), "datetime64[D]")
