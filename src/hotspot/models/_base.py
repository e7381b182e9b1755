"""What fitted models share: the guard at their door and the dataset they give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import write_domain
from hotspot.errors import InputError, LeakageError
from hotspot.history import Events, History
from hotspot.profile import Profile
from hotspot.schema import CELL, EXPECTED, ISSUE_TIME, LEAD, UNITS, VALID_END, VALID_START
from hotspot.windows import Windows

SECONDS = np.timedelta64(1_000_000, "us")


@dataclass(frozen=True)
class Origin:
    """Where a fit comes from.

    Parameters
    ----------
    domain : str
        Fingerprint of the domain.
    target : str
        Name of the target.
    cutoff : numpy.datetime64
        What was known at the fit.
    windows : Windows
        What is forecast.
    profile : Profile
        How intervals were shared out; frozen, as a scaling would be.
    """

    domain: str
    target: str
    cutoff: np.datetime64
    windows: Windows
    profile: Profile

    @classmethod
    def of(cls, history: History, windows: Windows) -> Origin:
        """Take the origin of a fit from its History.

        Parameters
        ----------
        history : History
            With a cutoff.
        windows : Windows
            What is forecast.

        Returns
        -------
        Origin
            Checked.
        """
        return cls(history.domain.fingerprint, history.target_name, history.known_until, windows, history.profile)

    def check(self, history: History) -> None:
        """Refuse a History that does not fit.

        Parameters
        ----------
        history : History
            Given to `forecast`.

        Raises
        ------
        InputError
            If it has another domain or target.
        LeakageError
            If its cutoff lies before that of the fit.
        """
        if history.domain.fingerprint != self.domain:
            raise InputError("forecast: the History has another domain than the fit; expected the same cells")
        if history.target_name != self.target:
            raise InputError(
                f"forecast: the History's target is {history.target_name!r}; the fit was for {self.target!r}"
            )
        if history.known_until < self.cutoff:
            raise LeakageError(
                f"forecast at {history.cutoff} with a fit that has seen data until {self.cutoff}; "
                "fit again at the earlier cutoff"
            )


class FittedBase(ABC):
    """A fitted model that forecasts from a state.

    A subclass is a frozen dataclass with a field `origin`, and says how to compute `_state` and `expected`. Both see
    the History with the profile of the fit.
    """

    origin: Origin

    @property
    @abstractmethod
    def params(self) -> Mapping[str, float]:
        """Plain numbers in documented units."""

    @abstractmethod
    def _state(self, history: History) -> object:
        """Boil the History down to what `expected` needs."""

    def state(self, history: History) -> object:
        """Boil the History down to what `forecast` needs.

        Parameters
        ----------
        history : History
            With a cutoff.

        Returns
        -------
        object
            For `forecast` and `advance`.
        """
        return self._state(history.spread_by(self.origin.profile))

    @abstractmethod
    def expected(
        self, state: object, history: History, start: NDArray[np.datetime64], end: NDArray[np.datetime64]
    ) -> NDArray[np.float64]:
        """Give expected incidents, shape (n_leads, n_cells), in windows [start, end) of naive UTC."""

    def advance(self, state: object, history: History) -> object:
        """Carry a state on to a later cutoff; by default it is computed anew, which is always right."""
        del state
        return self.state(history)

    def forecast(self, history: History, *, state: object = None, rng: int | None = None) -> xr.Dataset:
        """Forecast the windows that follow the History's cutoff.

        Parameters
        ----------
        history : History
            With a cutoff at or after that of the fit, the same domain and target.
        state : object, optional
            From `state` or `advance` for the same History.
        rng : int, optional
            Seed; unused by models that do not draw.

        Returns
        -------
        xarray.Dataset
            A forecast with one issue time.
        """
        del rng
        self.origin.check(history)
        history = history.spread_by(self.origin.profile)
        start, end = self.origin.windows.bounds(history.known_until, history.domain.time_zone)
        known = self.state(history) if state is None else state
        return forecast_dataset(history, start, end, self.expected(known, history, start, end))


class RateFitted(FittedBase):
    """A fitted model whose state is a constant rate of each cell [1/s], shape (n_cells,)."""

    def expected(
        self, state: object, history: History, start: NDArray[np.datetime64], end: NDArray[np.datetime64]
    ) -> NDArray[np.float64]:
        """Multiply rate and length of each window, shape (n_leads, n_cells)."""
        del history
        return np.outer(seconds(end - start), np.asarray(state))


def forecast_dataset(
    history: History, start: NDArray[np.datetime64], end: NDArray[np.datetime64], expected: NDArray[np.float64]
) -> xr.Dataset:
    """Put expected counts into the forecast schema.

    Parameters
    ----------
    history : History
        Gives issue time, domain and target.
    start, end : ndarray of datetime64, shape (n_leads,)
        Windows.
    expected : ndarray, shape (n_leads, n_cells)
        Expected incidents.

    Returns
    -------
    xarray.Dataset
        With dimensions (issue_time, lead, cell).
    """
    domain = history.domain
    coords = {
        ISSUE_TIME: [history.known_until],
        LEAD: np.arange(start.size),
        CELL: domain.ids,
        VALID_START: ((ISSUE_TIME, LEAD), start[None]),
        VALID_END: ((ISSUE_TIME, LEAD), end[None]),
        domain.measure: (CELL, domain.size, {"units": UNITS[domain.measure]}),
        "target": history.target_name,
    }
    data = {EXPECTED: ((ISSUE_TIME, LEAD, CELL), expected[None], {"units": UNITS[EXPECTED]})}
    attrs = {
        "time_zone": domain.time_zone,
        "crs": domain.crs,
        f"total_{domain.measure}": domain.total_size,
        "domain": write_domain(domain),
    }
    return xr.Dataset(data, coords, attrs)


def seconds(span: NDArray[np.timedelta64] | np.timedelta64) -> NDArray[np.float64]:
    """Length of a time span [s].

    Parameters
    ----------
    span : timedelta64 array or scalar
        Differences of naive UTC times.

    Returns
    -------
    ndarray
        Seconds as float64.
    """
    return np.asarray(span / SECONDS, np.float64)


def training_events(history: History) -> Events:
    """Give the target's incidents between the start of the record and `complete_until`.

    Parameters
    ----------
    history : History
        With a cutoff.

    Returns
    -------
    Events
        Sorted by start, only those in a cell; one whose interval is not over by `complete_until` is left out.

    Raises
    ------
    InputError
        If there is none.
    """
    events = history.events()
    fits = (events.start >= history.observed_from) & (events.cell >= 0)
    fits &= (events.end <= history.complete_until) & (events.start < history.complete_until)
    if not fits.any():
        raise InputError(
            f"no incident of {history.target_name!r} is known between {history.observed_from} and "
            f"{history.complete_until} UTC; fit at a later cutoff, or choose another target"
        )
    return events.where(fits)


def middles(history: History, events: Events) -> NDArray[np.datetime64]:
    """Moment of each incident for models that need one: the median of its interval by the profile.

    Parameters
    ----------
    history : History
        Gives the profile.
    events : Events
        Incidents.

    Returns
    -------
    ndarray of datetime64[us], shape (n,)
        Naive UTC; the middle where intervals spread evenly.
    """
    return history.profile.place(events.start, events.end, events.category, 0.5)
