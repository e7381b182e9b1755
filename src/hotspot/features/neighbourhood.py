"""Neighbourhood: whether more happens around a cell than usual, and whether it is the season for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.features._around import around
from hotspot.features._common import cell_columns, check_issue_times, source_of
from hotspot.features._sweeps import Column, Sums, complete_until, observed_from, window_column
from hotspot.history import History
from hotspot.kernels.asof import Matrix
from hotspot.windows import Duration, Times, Windows, shift

HALF_A_YEAR = "6M"


@dataclass(frozen=True)
class Neighbourhood:
    """Trend and season of a cell and those around it, as logarithms of ratios; 0 says: as usual.

    ``trend`` is log((r + a) / (u + a)): r the incidents of the target within the radius in the last `recent`, u as many
    as `usual` has in so long a time. ``season`` is log((s + a) / (y + a)): s the incidents in the weeks around the same
    date one, two and more `years` back, from `weeks` before it to `weeks` after it; y as many as the years around these
    dates, half before and half after, have in so long a time. Years count that lie wholly in the record. The a
    incidents added to both shrink ratios of small numbers, and keep those of none finite.

    Parameters
    ----------
    recent, usual : str
        Lengths of the windows of the trend, which end where the record is complete.
    weeks : str
        How far the season reaches to either side.
    years : int
        How many at most, 1 to 20.
    radius : float, optional
        Largest distance between centres [m]. Default: 1.5 times the spacing of the domain. The cell itself is within.
    shrinkage : float
        The a incidents [incidents].

    Raises
    ------
    InputError
        If an option is not in range.
    """

    name: ClassVar[str] = "neighbourhood"
    uses_calendar: ClassVar[bool] = True  # the same date in other years
    recent: str = "28D"
    usual: str = "365D"
    weeks: str = "14D"
    years: int = 3
    radius: float | None = None
    shrinkage: float = 1.0

    def __post_init__(self) -> None:
        """Check the options."""
        for option in ("recent", "usual", "weeks"):
            object.__setattr__(self, option, str(Duration.parse(getattr(self, option))))
        if Duration.parse(self.recent).seconds >= Duration.parse(self.usual).seconds:
            raise InputError(
                f"{self.name}: got recent={self.recent!r}, usual={self.usual!r}; expected the first shorter"
            )
        if Duration.parse(self.weeks).seconds > 182 * 86400:
            raise InputError(f"{self.name} weeks: got {self.weeks!r}, expected at most half a year")
        if not (isinstance(self.years, int) and 1 <= self.years <= 20):
            raise InputError(f"{self.name} years: got {self.years!r}, expected a whole number from 1 to 20")
        if self.radius is not None and not (np.isfinite(self.radius) and self.radius > 0):
            raise InputError(f"{self.name} radius: got {self.radius!r}, expected metres above 0")
        if not (np.isfinite(self.shrinkage) and self.shrinkage > 0):
            raise InputError(f"{self.name} shrinkage: got {self.shrinkage!r}, expected incidents above 0")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Compare.

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
            Dimensions (issue_time, cell, column) [1]: ``trend`` and ``season``; NaN where no record had begun.

        Raises
        ------
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times, to = check_issue_times(history, issue_times), around(history.domain, self.radius)
        values = np.empty((times.size, 2, history.domain.n_cells), np.float32)
        values[:, 0] = self._ratio(history, times, self._trend(history, times), to)
        values[:, 1] = self._ratio(history, times, self._season(history, times), to)
        attrs = {"units": "1", "source": source_of(history, "target"), "vintage": ""}
        return cell_columns(history, times, ("trend", "season"), values, attrs)

    def _ratio(self, history: History, times: Times, columns: list[Column], to: Matrix) -> NDArray[np.float32]:
        sums = Sums(history, times, 2)
        sums.add(history.ledger(), columns, to)
        shrunk = sums.values
        shrunk += np.float32(self.shrinkage)
        for row in shrunk:  # one issue time after another: nothing of the size of the result is held besides it
            row[0] = np.log(row[0] / row[1])
        return np.asarray(shrunk[:, 0])

    def _trend(self, history: History, times: Times) -> list[Column]:
        recent, usual = (window_column(history, times, length) for length in (self.recent, self.usual))
        zone, end = history.domain.time_zone, complete_until(history, times)
        short, long = ((end - shift(end, length, zone, -1)).astype(float) for length in (self.recent, self.usual))
        return [recent, usual._replace(factor=usual.factor * (short / long))]

    def _season(self, history: History, times: Times) -> list[Column]:
        zone, end, begin = history.domain.time_zone, complete_until(history, times), observed_from(history, times)
        dates = np.stack([shift(times, Duration(12 * back, "M"), zone, -1) for back in range(1, self.years + 1)])
        (low, high), (first, last) = (
            tuple(shift(dates, reach, zone, sign) for sign in (-1, 1)) for reach in (self.weeks, HALF_A_YEAR)
        )
        whole = (first >= begin) & (last <= end)
        weeks, years = (
            np.where(whole, span, 0 * span).astype(float).sum(axis=0) for span in (high - low, last - first)
        )
        there = np.where(end > begin, 1.0, np.nan)
        share = weeks / np.where(years > 0, years, 1)
        each = (1,) * self.years
        return [
            Column(np.where(whole, low, dates), np.where(whole, high, dates), each, there),
            Column(np.where(whole, first, dates), np.where(whole, last, dates), each, there * share),
        ]
