"""What chance alone can do to counts that come in bursts: overdispersion, and tails of the negative binomial."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

POISSON = 1.001  # below it the negative binomial is the Poisson
_WINSOR = 6.0
_SMALL = 10.0
# mean of min(z^2, 6) for a standard normal z
_KEPT = float(stats.chi2.cdf(_WINSOR, 3) + _WINSOR * stats.chi2.sf(_WINSOR, 1))

Floats = NDArray[np.float64]


def dispersion(counts: ArrayLike) -> float:
    """Estimate variance over mean from neighbouring counts, so that neither season nor trend matters.

    Given its sum s, the difference of two equal Poisson counts has variance s. The mean of difference^2 / s over
    neighbours is therefore variance over mean. Where counts are large, large values are pulled in, so that a few steps
    or gaps do not matter. Two standard errors are added: who takes bursts for faults cries wolf.

    Parameters
    ----------
    counts : array_like, shape (n,)
        Rows in periods of equal length that follow one another.

    Returns
    -------
    float
        At least 1, which is the Poisson.

    References
    ----------
    McCullagh, P. & Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 6.2.3. Chapman & Hall.
    Rice, J. (1984). Bandwidth choice for nonparametric regression. Annals of Statistics 12(4), 1215-1230.
    https://doi.org/10.1214/aos/1176346788
    """
    counts = np.asarray(counts, float)
    total, difference = counts[1:] + counts[:-1], counts[1:] - counts[:-1]
    there = total > 0
    if not there.any():
        return 1.0
    square, total = difference[there] ** 2, total[there]
    caution = 1 + 2 * float(np.sqrt(2 / len(total)))
    if counts.mean() < _SMALL:  # few rows tell no fault from a burst
        return max(1.0, caution * float(square.sum() / total.sum()))
    ratio = square / total
    found = float(ratio.mean())
    for _ in range(20):
        found = max(1.0, float(np.minimum(ratio, _WINSOR * found).mean()) / _KEPT)
    return found * caution


def log_lower_tail(observed: ArrayLike, expected: ArrayLike, spread: float) -> Floats:
    """Log-probability of so few or fewer.

    Parameters
    ----------
    observed, expected : array_like
        Counts and their means.
    spread : float
        Variance over mean, from `dispersion`.

    Returns
    -------
    ndarray
        Natural logarithms; 0 where nothing is expected.
    """
    seen, mean = np.asarray(observed, float), np.maximum(np.asarray(expected, float), 1e-12)
    if spread < POISSON:
        return np.asarray(stats.poisson.logcdf(seen, mean))
    return np.asarray(stats.nbinom.logcdf(seen, mean / (spread - 1), 1 / spread))


def log_upper_tail(observed: ArrayLike, expected: ArrayLike, spread: float) -> Floats:
    """Log-probability of so many or more; arguments as in `log_lower_tail`."""
    seen, mean = np.asarray(observed, float), np.maximum(np.asarray(expected, float), 1e-12)
    if spread < POISSON:
        return np.asarray(stats.poisson.logsf(seen - 1, mean))
    return np.asarray(stats.nbinom.logsf(seen - 1, mean / (spread - 1), 1 / spread))


def log_none(expected: ArrayLike, spread: float) -> Floats:
    """Log-probability of not a single one; arguments as in `log_lower_tail`."""
    mean = np.asarray(expected, float)
    return -mean * (1.0 if spread < POISSON else np.log(spread) / (spread - 1))
