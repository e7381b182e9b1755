"""Metrics: array functions of sums, one a metric, each with its formula and source.

Sums are pooled over windows first, then divided: the mean of ratios would give a window with one incident the weight of
one with a hundred. Where a ratio has nothing below the line, it is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hotspot.errors import InputError, nearest
from hotspot.schema import COVERAGE_SUMS

Array = NDArray[np.float64]


def _ratio(above: ArrayLike, below: ArrayLike) -> Array:
    top, bottom = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0))


def hit_rate(hits: ArrayLike, incidents: ArrayLike) -> Array:
    """Share of incidents that fell into flagged cells, n / N.

    Parameters
    ----------
    hits, incidents : array_like
        Incidents in flagged cells, and all inside the boundary.

    Returns
    -------
    ndarray
        0 to 1.

    References
    ----------
    Chainey, Tompson & Uhlig (2008), doi:10.1057/palgrave.sj.8350066.

    Examples
    --------
    >>> float(hit_rate(5, 20))
    0.25
    """
    return _ratio(hits, incidents)


def pai(hits: ArrayLike, incidents: ArrayLike, flagged_area: ArrayLike, area: ArrayLike) -> Array:
    """Prediction accuracy index, (n / N) / (a / A): 1 for cells chosen by lot.

    Parameters
    ----------
    hits, incidents : array_like
        Incidents in flagged cells, and all inside the boundary.
    flagged_area, area : array_like
        Area of flagged cells, and of the boundary, in one unit; of street segments, lengths.

    Returns
    -------
    ndarray
        At least 0. It rewards small cells and small flagged areas; compare at equal ones only.

    References
    ----------
    Chainey, Tompson & Uhlig (2008), doi:10.1057/palgrave.sj.8350066.

    Examples
    --------
    >>> float(pai(5, 20, 1, 100))
    25.0
    """
    return _ratio(hit_rate(hits, incidents), _ratio(flagged_area, area))


def pei_star(hits: ArrayLike, oracle_hits: ArrayLike) -> Array:
    """Prediction efficiency index for the flagged area itself, n / n*.

    Parameters
    ----------
    hits : array_like
        Incidents in flagged cells.
    oracle_hits : array_like
        The most incidents that flagging the same area (length) could have held.

    Returns
    -------
    ndarray
        0 to 1; 1 is the best choice with hindsight.

    References
    ----------
    Hunt (2016), for the index with a free area; Joshi, Curtis-Ham, D'Ath & Searle (2021), doi:10.3390/ijgi10090597.

    Examples
    --------
    >>> float(pei_star(5, 10))
    0.5
    """
    return _ratio(hits, oracle_hits)


def log_score(log_score_sum: ArrayLike, cells: ArrayLike) -> Array:
    """Mean Poisson log probability of a cell and window [nat]: y log m - m - log y!.

    Parameters
    ----------
    log_score_sum : array_like
        Summed over cells and windows [nat].
    cells : array_like
        Number of cells, summed over windows.

    Returns
    -------
    ndarray
        At most 0; higher is better.

    References
    ----------
    Good (1952), doi:10.1111/j.2517-6161.1952.tb00104.x; Gneiting & Raftery (2007), doi:10.1198/016214506000001437.

    Examples
    --------
    >>> float(log_score(-50.0, 100))
    -0.5
    """
    return _ratio(log_score_sum, cells)


def brier(brier_sum: ArrayLike, cells: ArrayLike) -> Array:
    """Mean squared error of the probability that a cell and window has any incident, (p - o)^2.

    Parameters
    ----------
    brier_sum : array_like
        Summed over cells and windows.
    cells : array_like
        Number of cells, summed over windows.

    Returns
    -------
    ndarray
        0 to 1; lower is better.

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> float(brier(25.0, 100))
    0.25
    """
    return _ratio(brier_sum, cells)


def information_gain(log_score_sum: ArrayLike, baseline_log_score_sum: ArrayLike, incidents: ArrayLike) -> Array:
    """Information gain over a baseline per incident [nat], (L - L0) / N.

    Parameters
    ----------
    log_score_sum, baseline_log_score_sum : array_like
        Poisson log probability of the forecast and of the baseline, summed over the same cells and windows [nat].
    incidents : array_like
        Incidents inside the boundary.

    Returns
    -------
    ndarray
        Above 0 where the forecast is better; minus infinity where it expected nothing and an incident fell.

    References
    ----------
    Rhoades et al. (2011), doi:10.2478/s11600-011-0013-5, equation 17: the T form.

    Examples
    --------
    >>> float(information_gain(-40.0, -50.0, 20))
    0.5
    """
    own, base = np.asarray(log_score_sum, float), np.asarray(baseline_log_score_sum, float)
    with np.errstate(invalid="ignore"):  # two that both failed utterly cannot be compared: NaN
        return _ratio(own - base, incidents)


def calibration(expected_sum: ArrayLike, incidents: ArrayLike) -> Array:
    """Divide expected by observed incidents: 1 is right, 1.2 a fifth too many.

    Parameters
    ----------
    expected_sum : array_like
        Expected incidents, summed over cells and windows.
    incidents : array_like
        Incidents inside the boundary.

    Returns
    -------
    ndarray
        At least 0.

    References
    ----------
    Steyerberg et al. (2010), calibration in the large, doi:10.1097/EDE.0b013e3181c30fb2.

    Examples
    --------
    >>> float(calibration(24, 20))
    1.2
    """
    return _ratio(expected_sum, incidents)


@dataclass(frozen=True)
class Metric:
    """A metric and the sums it is made of.

    Parameters
    ----------
    function : callable
        Takes the sums, then the baseline's sums, then `last`.
    sums : tuple of str
        Of the model.
    baseline : tuple of str
        Of the baseline.
    last : tuple of str
        Of the model, after those of the baseline.
    units : str
        Of the result.
    """

    function: Callable[..., Array]
    sums: tuple[str, ...]
    baseline: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    units: str = "1"

    @property
    def needs_coverage(self) -> bool:
        """Whether it depends on the share of the area (length) flagged."""
        return bool({*self.sums, *self.last} & set(COVERAGE_SUMS))


METRICS = {
    "hit_rate": Metric(hit_rate, ("hits", "incidents")),
    "pai": Metric(pai, ("hits", "incidents", "flagged_area", "area")),
    "pei_star": Metric(pei_star, ("hits", "oracle_hits")),
    "log_score": Metric(log_score, ("log_score_sum", "cells"), units="nat"),
    "brier": Metric(brier, ("brier_sum", "cells")),
    "information_gain": Metric(
        information_gain, ("log_score_sum",), ("log_score_sum",), ("incidents",), units="nat per incident"
    ),
    "calibration": Metric(calibration, ("expected_sum", "incidents")),
}


def find_metric(name: str) -> Metric:
    """Look a metric up.

    Parameters
    ----------
    name : str
        Such as ``"hit_rate"``.

    Returns
    -------
    Metric
        Function and sums.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in METRICS:
        raise InputError(f"no metric is called {name!r}; {nearest(name, METRICS)}")
    return METRICS[name]
