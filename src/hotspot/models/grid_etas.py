"""Self-exciting cells: each incident raises the intensity of its own cell for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.history import History
from hotspot.models._base import FittedBase, Origin, middles, seconds, training_events
from hotspot.models._etas_em import DAY, Record, amplitude, fit_etas
from hotspot.windows import Windows, civil_midnight, to_local

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GridEtas:
    """Forecast each cell by a constant background and by what its own latest incidents trigger.

    The intensity of cell c is mu_c + sum over its earlier incidents of theta omega exp(-omega (t - t_i)). Theta and
    omega are shared; the mu_c share a Gamma prior. Incidents of equal time never trigger each other. Where a date
    is all that is known, delays are whole days from one on, geometric with the same decay. Of an interval the
    median counts.

    Parameters
    ----------
    tolerance : float
        The fit stops once ten steps raise the log-likelihood by less than this share of it.
    name : str
        What it is called in runs.

    Raises
    ------
    InputError
        If the tolerance is not above zero.

    References
    ----------
    Mohler et al. (2015), JASA 110, 1399-1411. DOI 10.1080/01621459.2015.1077710
    Veen & Schoenberg (2008), JASA 103, 614-624. DOI 10.1198/016214508000000148

    Examples
    --------
    >>> GridEtas().name
    'grid_etas'
    """

    tolerance: float = 1e-9
    name: str = "grid_etas"

    def __post_init__(self) -> None:
        """Refuse a tolerance that never stops."""
        if not self.tolerance > 0:
            raise InputError(f"GridEtas tolerance: got {self.tolerance!r}, expected above zero, such as 1e-9")

    def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> FittedGridEtas:
        """Estimate background and triggering.

        Parameters
        ----------
        history : History
            With a cutoff.
        windows : Windows
            What will be forecast.
        rng : int, optional
            Unused: nothing is drawn.

        Returns
        -------
        FittedGridEtas
            Parameters only.

        Raises
        ------
        InputError
            If there is no incident to learn from.
        """
        del rng
        record = read_record(history)
        found = fit_etas(record, self.tolerance)
        share = float(found.background.sum() / record.counts.sum())
        return FittedGridEtas(
            Origin.of(history, windows), found.theta, found.omega, record.tick, share, found.rate(record)
        )


@dataclass(frozen=True, eq=False)
class FittedGridEtas(FittedBase):
    """A fitted `GridEtas`.

    Parameters
    ----------
    origin : Origin
        Of the fit.
    theta : float
        Branching ratio.
    omega : float
        Decay [1/s].
    tick : float
        0, or a day where delays are whole days [s].
    share : float
        Part of the incidents that belongs to the background.
    background : ndarray, shape (n_cells,)
        Background intensity [1/s].
    """

    origin: Origin
    theta: float
    omega: float
    tick: float
    share: float
    background: Array

    @property
    def params(self) -> Mapping[str, float]:
        """Branching ratio, mean delay [days] and background share."""
        mean = self.tick / -np.expm1(-self.omega * self.tick) if self.tick else 1 / self.omega
        return {
            "branching_ratio": self.theta,
            "delay_days": float(mean) / DAY,
            "background_share": self.share,
        }

    def _state(self, history: History) -> Array:
        """Sum exp(-omega * age) over the incidents of each cell, at the end of the time at risk.

        Parameters
        ----------
        history : History
            With a cutoff.

        Returns
        -------
        ndarray, shape (n_cells,)
            No unit.
        """
        cell, moment, time = _clocked(history, self.tick)
        left = np.exp(-self.omega * (time - moment))
        return np.asarray(np.bincount(cell, left, minlength=history.domain.n_cells), float)

    def expected(
        self, state: object, history: History, start: NDArray[np.datetime64], end: NDArray[np.datetime64]
    ) -> Array:
        """Expect incidents, with the offspring of those still to come.

        Parameters
        ----------
        state : ndarray, shape (n_cells,)
            From `state`.
        history : History
            Tells when the time at risk ends.
        start, end : ndarray of datetime64, shape (n_leads,)
            Windows.

        Returns
        -------
        ndarray, shape (n_leads, n_cells)
            Counts.
        """
        now = _end(history, self.tick)
        level = self.background / (1 - self.theta)
        excited = self.background + self.theta * amplitude(self.omega, self.tick) * np.asarray(state) - level
        faded = _fading(self, seconds(start - now)) - _fading(self, seconds(end - now))
        return np.outer(seconds(end - start), level) + np.outer(faded, excited)


def _fading(fitted: FittedGridEtas, ahead: Array) -> Array:
    """Integral of the fading of an excitation from a time ahead to infinity [s].

    The mean of the intensity returns to its level by exp(-omega (1 - theta) t), because offspring trigger in turn. With
    whole days the factor per day is theta + (1 - theta) exp(-omega day), and whole days integrate to just that sum.
    """
    if not fitted.tick:
        decay = fitted.omega * (1 - fitted.theta)
        return np.asarray(np.exp(-decay * ahead) / decay)
    lost = -(1 - fitted.theta) * np.expm1(-fitted.omega * fitted.tick)  # per day
    return np.asarray(np.exp(np.log1p(-lost) * ahead / fitted.tick) * fitted.tick / lost)


def read_record(history: History) -> Record:
    """Bring a History into the form of the fit.

    Parameters
    ----------
    history : History
        With a cutoff.

    Returns
    -------
    Record
        In whole civil days if any incident of the target has no more than a date.

    Raises
    ------
    InputError
        If there is no incident to learn from.
    """
    dated = bool((history.incidents.time_precision[history.is_target] == "day").any())
    tick = DAY if dated else 0.0
    cell, moment, time = _clocked(history, tick)
    if not cell.size:
        raise InputError(
            f"GridEtas: no whole day lies between {history.observed_from} and {history.complete_until} UTC, and the "
            "incidents have no more than a date; fit at a later cutoff"
        )
    return Record.of(cell, moment, history.domain.size, time, tick)


def _clocked(history: History, tick: float) -> tuple[NDArray[np.int64], Array, float]:
    """Cells and moments [s] since the start of the record, and the time at risk [s]; dates count civil days."""
    events, zone = training_events(history), history.domain.time_zone
    middle, first, last = middles(history, events), history.observed_from, _end(history, tick)
    if not tick:
        return events.cell, seconds(middle - first), float(seconds(last - first))
    dates = [to_local(time, zone).astype("datetime64[D]") for time in (middle, first, last)]
    moment, time = ((dates[i] - dates[1]).astype(np.float64) * tick for i in (0, 2))
    whole = moment < time
    return events.cell[whole], moment[whole], float(time)


def _end(history: History, tick: float) -> np.datetime64:
    """End of the time at risk: `complete_until`, with dates the civil midnight before it."""
    end = history.complete_until
    return np.datetime64(civil_midnight(end, history.domain.time_zone).item(), "us") if tick else end
