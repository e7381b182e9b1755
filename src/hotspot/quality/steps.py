"""A step in a series of weeks that has a season, bursts and outliers: where, how large, and whether by chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
YEAR = 365.25 / 7  # weeks
FEWEST = 24  # values
EDGE = 8  # values on either side of a step
NEAR_WEEKS = 13  # the step has to show in the quarter before and after
SHOWS = 0.5  # of its size
LAGS = 8
_CLIP, _WIDE = 3.0, 6.0  # robust standard deviations
ALPHA = 0.01  # probability of any step in a series without one


class Step(NamedTuple):
    """The likeliest step of a series.

    Attributes
    ----------
    at : int
        First value after it.
    size : float
        In units of the series (here logarithms).
    score : float
        Size over its standard error.
    chance : bool
        Whether it may be chance, a season or a slow trend.
    """

    at: int
    size: float
    score: float
    chance: bool


def find_step(series: Floats, weeks: int, tests: int = 1) -> Step | None:
    """Find the likeliest step.

    A step is fitted at every place, beside the yearly season where two years allow to tell it. The largest ratio of
    step to standard error is held against the Bonferroni bound over all places, with a long-run variance, since weeks
    may resemble one another. A slow trend also looks like a step; so the step has to explain more than any trend that
    begins or ends somewhere, and to show in the quarters next to it.

    Parameters
    ----------
    series : ndarray, shape (n,)
        Such as logarithms of counts.
    weeks : int
        Length of one value.
    tests : int
        Number of series looked at; the probability of a false alarm is shared among them.

    Returns
    -------
    Step or None
        None where the series is too short.

    References
    ----------
    Andrews, D. W. K. (1993). Tests for parameter instability and structural change with unknown change point.
    Econometrica 61(4), 821-856. https://doi.org/10.2307/2951764
    Newey, W. K. & West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix. Econometrica 55(3), 703-708. https://doi.org/10.2307/1913610
    """
    n = len(series)
    if n < FEWEST:
        return None
    season = _season(n, weeks)
    at, trend = _likeliest(series, season)
    design = np.column_stack([season, np.arange(n) >= at])
    coefficients, error = _fit(series, design)
    size = float(coefficients[-1])
    calm = series - design[:, 1:-1] @ coefficients[1:-1]
    reach = max(2, NEAR_WEEKS // weeks)
    beside = float(np.median(calm[at : at + reach]) - np.median(calm[max(at - reach, 0) : at]))
    bound = float(stats.t.isf(ALPHA / tests / (n - 2 * EDGE + 1) / 2, n - design.shape[1]))
    sure = not trend and abs(size) > bound * error and beside * np.sign(size) > SHOWS * abs(size)
    return Step(at, size, size / error, not sure)


def _season(n: int, weeks: int) -> Floats:
    """Give a constant and, where the series has two years, a yearly wave and its half, shape (n, 1 or 5)."""
    if n * weeks < 2 * YEAR:
        return np.ones((n, 1))
    turn = 2 * np.pi * np.arange(n) * weeks / YEAR
    return np.column_stack([np.ones(n), np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)])


def _likeliest(series: Floats, season: Floats) -> tuple[int, bool]:
    """Find the place where a step, beside the season, explains most; and whether a trend would explain as much."""
    n = len(series)
    middle, wide = float(np.median(series)), _WIDE * _scale(series)
    pulled = np.clip(series, middle - wide, middle + wide)
    basis = np.linalg.qr(season)[0]
    time, ats = np.arange(n)[:, None], np.arange(EDGE, n - EDGE + 1)
    steps = _explained(pulled, (time >= ats).astype(float), basis)
    bends = np.concatenate([np.maximum(time - ats, 0), np.minimum(time - ats, 0), time], axis=1).astype(float)
    return int(ats[np.argmax(steps)]), bool(_explained(pulled, bends, basis).max() >= steps.max())


def _explained(series: Floats, shapes: Floats, basis: Floats) -> Floats:
    """Sum of squares that each shape explains beside an orthonormal basis, shape (n_shapes,)."""
    free = shapes - basis @ (basis.T @ shapes)
    return np.asarray((free.T @ series) ** 2 / np.maximum((free**2).sum(axis=0), 1e-9))


def _fit(series: Floats, design: Floats) -> tuple[Floats, float]:
    """Least squares with outliers pulled in; the coefficients, and the standard error of the last one."""
    pulled = series
    for _ in range(3):
        coefficients = np.linalg.lstsq(design, pulled, rcond=None)[0]
        rest = series - design @ coefficients
        limit = _CLIP * _scale(rest)
        pulled = design @ coefficients + np.clip(rest, -limit, limit)
    rest = pulled - design @ coefficients
    variance = _long_run_variance(rest) * len(rest) / (len(rest) - design.shape[1])
    return np.asarray(coefficients, np.float64), float(
        np.sqrt(max(variance, 1e-12) * np.linalg.inv(design.T @ design)[-1, -1])
    )


def _scale(values: Floats) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values)))) + 1e-9


def _long_run_variance(rest: Floats) -> float:
    """Variance with the covariances of neighbours, weighted down linearly; never less than the plain one."""
    n = len(rest)
    rest = rest - rest.mean()
    plain = float(rest @ rest) / n
    lags = min(LAGS, n // 6)
    near = sum(2 * (1 - k / (lags + 1)) * float(rest[k:] @ rest[:-k]) / n for k in range(1, lags + 1))
    return max(plain, plain + near)
