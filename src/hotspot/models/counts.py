"""Counts: each cell goes on as in the past, shrunk towards the mean of the city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.history import History
from hotspot.models._base import Origin, RateFitted, seconds, training_events
from hotspot.models._gamma import GammaPrior, fit_gamma, posterior_mean
from hotspot.windows import Duration, Windows, shift


@dataclass(frozen=True)
class Counts:
    """Forecast each cell by its own past count.

    The rate of a cell is (alpha + n) / (beta + size * time at risk), the mean of a Gamma-Poisson posterior, where its
    size is its area [m2], or its length where cells are street segments [m]; alpha and beta maximise the marginal
    likelihood of the counts. Cells of equal size keep the order of their counts.

    Parameters
    ----------
    memory : str, optional
        How much of the past counts, such as ``"365D"``. Default: all of it.
    shrinkage : bool
        False gives plain counts per time, zeros among them.
    name : str
        What it is called in runs.

    Raises
    ------
    InputError
        If `memory` is not a duration.

    References
    ----------
    Clayton & Kaldor (1987), Biometrics 43, 671-681. DOI 10.2307/2532003

    Examples
    --------
    >>> Counts(memory="365D")
    Counts(memory='365D', shrinkage=True, name='counts')
    """

    memory: str | None = None
    shrinkage: bool = True
    name: str = "counts"

    def __post_init__(self) -> None:
        """Refuse a memory that is no duration."""
        if self.memory is not None:
            Duration.parse(self.memory)

    def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> FittedCounts:
        """Estimate how much the rates of cells differ.

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
        FittedCounts
            Parameters only.

        Raises
        ------
        InputError
            If there is no incident to learn from.
        """
        del rng
        counts, time = observed(history, self.memory)
        if not counts.any():
            raise InputError(
                f"Counts: no incident of {history.target_name!r} within memory={self.memory!r} before "
                f"{history.complete_until} UTC; use a longer memory"
            )
        prior = fit_gamma(counts, history.domain.size * time) if self.shrinkage else GammaPrior(0.0, 0.0)
        return FittedCounts(Origin.of(history, windows), self.memory, prior.shape, prior.rate)


@dataclass(frozen=True, eq=False)
class FittedCounts(RateFitted):
    """A fitted `Counts`.

    Parameters
    ----------
    origin : Origin
        Of the fit.
    memory : str or None
        As in the recipe.
    alpha : float
        Shape of the prior; 0 without shrinkage.
    beta : float
        Rate of the prior [m2 s, of street segments m s]; 0 without shrinkage.
    """

    origin: Origin
    memory: str | None
    alpha: float
    beta: float

    @property
    def params(self) -> Mapping[str, float]:
        """Alpha (no unit) and beta [m2 s, of street segments m s]."""
        return {"alpha": self.alpha, "beta": self.beta}

    def _state(self, history: History) -> NDArray[np.float64]:
        """Rate of each cell.

        Parameters
        ----------
        history : History
            With a cutoff.

        Returns
        -------
        ndarray, shape (n_cells,)
            Incidents per second; over the time at risk they add up to the number of incidents there was (unless that
            is zero: then the prior alone speaks).
        """
        counts, time = observed(history, self.memory)
        size = history.domain.size
        rate = posterior_mean(GammaPrior(self.alpha, self.beta), counts, size * time) * size
        total = rate.sum() * time
        return rate * (counts.sum() / total) if counts.any() else rate


def observed(history: History, memory: str | None) -> tuple[NDArray[np.float64], float]:
    """Count the incidents of each cell, and the time in which they could have happened.

    Parameters
    ----------
    history : History
        With a cutoff.
    memory : str or None
        How far back to go from `complete_until`, at most to the start of the record.

    Returns
    -------
    counts : ndarray, shape (n_cells,)
        Incidents over by `complete_until`; of an interval, the part within the memory.
    time : float
        Time at risk [s].
    """
    events, zone = training_events(history), history.domain.time_zone
    start, end = history.observed_from, history.complete_until
    if memory is not None:
        start = max(start, np.datetime64(shift(end, memory, zone, -1).item(), "us"))
    share = history.profile.share(events.start, events.end, events.category, start, end)
    counts = np.bincount(events.cell, share, minlength=history.domain.n_cells)
    return np.asarray(counts, float), float(seconds(end - start))
