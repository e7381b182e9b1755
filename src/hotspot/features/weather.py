"""Weather: what was measured lately, how unusual that is, and what is forecast, as known at the issue time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.features._common import check_durations, check_issue_times
from hotspot.features._memo import remembered
from hotspot.features._timed import Group, lead_columns, timed_groups
from hotspot.history import History
from hotspot.layers import Series
from hotspot.windows import Times, Windows, shift, to_local, to_utc

YEAR, DAY = 365.2425 * 86_400e6, 86_400e6  # microseconds
LEAST_YEARS = 1.0  # of record below a normal
ANOMALY = "anomaly"


@dataclass(frozen=True)
class Weather:
    """Values of `Series` layers: in the window, lately, and how far from normal.

    Columns for each variable v: ``<v>``, the mean over the times inside the window of the newest value known at the
    issue time, that is the forecast; ``<v>_<length>``, the mean over [t - length, t) of the newest values known at t;
    and ``<v>_<length>_anomaly``, the mean over the same times of value - normal. NaN where no value is known, and
    before the vintage of the layer. The normal is a constant and `annual` and `daily` pairs of sine and cosine of the
    time of year and day (UTC), fitted by least squares to the newest values known at the start of the issue time's
    civil month, of times before it; NaN where they span less than a year.

    Parameters
    ----------
    variables : sequence of str, optional
        Default: all there are.
    recent : sequence of str
        Lengths of the recent past, such as ``("3D",)``.
    annual, daily : int
        Harmonics of the normal.

    Raises
    ------
    InputError
        If a length is no duration, or a number of harmonics is negative.
    """

    name: ClassVar[str] = "weather"
    uses_calendar: ClassVar[bool] = True
    variables: tuple[str, ...] | None = None
    recent: tuple[str, ...] = ("3D",)
    annual: int = 2
    daily: int = 2

    def __post_init__(self) -> None:
        """Parse the lengths."""
        object.__setattr__(self, "recent", check_durations(self.recent, self.name))
        given = (self.variables,) if isinstance(self.variables, str) else self.variables
        object.__setattr__(self, "variables", None if given is None else tuple(given))
        for number in (self.annual, self.daily):
            if not isinstance(number, int) or not 0 <= number <= 12:
                raise InputError(f"{self.name} harmonics: got {number!r}, expected a whole number from 0 to 12")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Look the weather up.

        Parameters
        ----------
        history : History
            With `Series` layers.
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
            If there is no such layer or variable.
        LeakageError
            If an issue time is later than the cutoff.
        """
        times = check_issue_times(history, issue_times)
        zone = history.domain.time_zone
        start, end = windows.bounds(times, zone)
        parts = [
            self._of_variable(group, variable, times, (start, end), zone)
            for group, variable in self._wanted(timed_groups(history, Series, self.name, "weather"))
        ]
        return _joined(times, parts)

    def _wanted(self, groups: Sequence[Group[Series]]) -> list[tuple[Group[Series], str]]:
        every = [
            (group, name)
            for group in groups
            for name in dict.fromkeys(name for layer in group.vintages for name in layer.variables)
        ]
        known = {name for _, name in every}
        for name in self.variables or ():
            if name not in known:
                raise InputError(f"feature {self.name}: no series has a variable {name!r}; {nearest(name, known)}")
        return [(group, name) for group, name in every if self.variables is None or name in self.variables]

    def _of_variable(
        self, group: Group[Series], variable: str, times: Times, bounds: tuple[Times, Times], zone: str
    ) -> _Part:
        out = np.full((times.size, bounds[0].shape[1], 1 + 2 * len(self.recent)), np.nan)
        since = [shift(times, length, zone, -1) for length in self.recent]
        months = to_utc(to_local(times, zone).astype("datetime64[M]").astype("datetime64[us]"), zone)
        for layer, index in group.holding(times):
            if variable not in layer.variables:
                continue
            known = remembered(layer, ("values", variable), partial(_Known.of, layer, variable))
            for i in index:
                out[i, :, 0] = _ahead(known, times[i], bounds[0][i], bounds[1][i])
                for j, low in enumerate(since):
                    fit = self._normal(layer, variable, known, months[i])
                    out[i, :, 1 + 2 * j : 3 + 2 * j] = self._lately(known, low[i], times[i], fit)
        names = [variable, *(f"{variable}_{part}" for d in self.recent for part in (d, f"{d}_{ANOMALY}"))]
        return _Part(names, out, group, variable)

    def _lately(
        self, known: _Known, low: np.datetime64, issue_time: np.datetime64, fit: NDArray[np.float64] | None
    ) -> tuple[float, float]:
        """Mean of the recent past, and how far it is from normal."""
        time, value = known.newest(issue_time, low, issue_time)
        return _mean(value), np.nan if fit is None else _mean(value - (self._basis(time) * fit).sum(axis=1))

    def _normal(self, layer: Series, variable: str, known: _Known, month: np.datetime64) -> NDArray[np.float64] | None:
        """Coefficients of the normal as known at a moment; None where the record is too short."""
        key = ("normal", variable, month, self.annual, self.daily)
        return remembered(layer, key, lambda: self._fitted(known, month))

    def _fitted(self, known: _Known, month: np.datetime64) -> NDArray[np.float64] | None:
        if not known.time.size:
            return None
        time, value = known.newest(month, known.time[0], month)
        if not time.size or (month - time[0]).astype(np.int64) < LEAST_YEARS * YEAR:
            return None
        basis = self._basis(time)
        # summed row by row, not by a matrix product, whose last bits depend on the number of threads
        square = np.stack([(basis * basis[:, [k]]).sum(axis=0) for k in range(basis.shape[1])])
        right = (basis * value[:, None]).sum(axis=0)
        return np.asarray(np.linalg.lstsq(square, right, rcond=1e-9)[0])

    def _basis(self, time: Times) -> NDArray[np.float64]:
        """One, and sines and cosines of the time of year and day, shape (n, 1 + 2 (annual + daily))."""
        moment = time.astype(np.int64).astype(np.float64)
        turns = [2 * np.pi * k * moment / YEAR for k in range(1, self.annual + 1)]
        turns += [2 * np.pi * k * moment / DAY for k in range(1, self.daily + 1)]
        waves = [wave(turn) for turn in turns for wave in (np.sin, np.cos)]
        return np.stack([np.ones(time.size), *waves], axis=1)


class _Part(NamedTuple):
    """Columns of one variable."""

    columns: list[str]
    values: NDArray[np.float64]
    group: Group[Series]
    variable: str


class _Known(NamedTuple):
    """Values of one variable, those that are there: by time, and within it by when they were known."""

    time: Times
    known: Times
    value: NDArray[np.float64]

    @classmethod
    def of(cls, layer: Series, variable: str) -> _Known:
        value = layer.values[:, layer.variables.index(variable)]
        there = ~np.isnan(value)
        time, known, value = layer.time[there], layer.known_from[there], value[there]
        order = np.lexsort((known, time))
        return cls(time[order], known[order], value[order])

    def newest(self, asof: np.datetime64, low: np.datetime64, high: np.datetime64) -> tuple[Times, NDArray[np.float64]]:
        """Newest values known at a moment, of times in [low, high)."""
        first, last = np.searchsorted(self.time, [low, high])
        rows = first + np.flatnonzero(self.known[first:last] <= asof)
        time = self.time[rows]
        kept = rows[np.append(time[1:] != time[:-1], True)[: rows.size]]
        return self.time[kept], self.value[kept]


def _ahead(known: _Known, issue_time: np.datetime64, start: Times, end: Times) -> list[float]:
    """Means of what is known of the windows of one issue time."""
    time, value = known.newest(issue_time, start.min(), end.max())
    first, last = np.searchsorted(time, start), np.searchsorted(time, end)
    return [_mean(value[a:b]) for a, b in zip(first, last, strict=True)]


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else np.nan


def _joined(times: Times, parts: Sequence[_Part]) -> xr.DataArray:
    """Put variables side by side; a name that two layers share is led by the layer's."""
    names = [part.variable for part in parts]
    columns: list[str] = []
    attrs: dict[str, list[str]] = {"units": [], "source": [], "vintage": []}
    for part in parts:
        prefix = f"{part.group.column}_" if names.count(part.variable) > 1 else ""
        columns += [prefix + column for column in part.columns]
        unit = next((layer.units[part.variable] for layer in part.group.vintages if part.variable in layer.units), "1")
        attrs["units"] += [unit] * len(part.columns)
        attrs["source"] += [part.group.source] * len(part.columns)
        attrs["vintage"] += [part.group.vintage] * len(part.columns)
    return lead_columns(times, columns, np.concatenate([part.values for part in parts], axis=-1), attrs)
