"""Gamma prior of the rates of cells, learned from their counts by marginal likelihood.

Counts n_c ~ Poisson(exposure_c * r_c) with r_c ~ Gamma(shape, rate) are negative binomial once r_c is integrated
out. For a given shape the likelihood is largest where the posterior means keep the total, sum_c exposure_c E[r_c |
n_c] = sum_c n_c: the mean of the city is fixed by the data, and one dimension is left to search.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

# Beyond the upper end cells are equal for all that counts can tell; staying below it, one count more still gives a
# larger rate in float64.
LOWEST_SHAPE, HIGHEST_SHAPE = 1e-3, 1e4

Array = NDArray[np.float64]


class GammaPrior(NamedTuple):
    """Distribution of rates across cells, mean shape / rate.

    Attributes
    ----------
    shape : float
        Small: cells differ much.
    rate : float
        In the units of the exposure.
    """

    shape: float
    rate: float


def posterior_mean(prior: GammaPrior, counts: Array, exposure: Array) -> Array:
    """Shrink the rates of cells towards the mean of the city.

    Parameters
    ----------
    prior : GammaPrior
        Zero and zero shrink nothing.
    counts : ndarray, shape (n_cells,)
        Incidents, also fractional.
    exposure : ndarray, shape (n_cells,)
        Size times time at risk [m2 s, of street segments m s].

    Returns
    -------
    ndarray, shape (n_cells,)
        Incidents per unit of exposure.
    """
    return (prior.shape + counts) / (prior.rate + exposure)


def balanced(shape: float, counts: Array, exposure: Array) -> GammaPrior:
    """Find the rate with which the posterior means keep the total.

    Parameters
    ----------
    shape : float
        Of the prior.
    counts, exposure : ndarray, shape (n_cells,)
        At least one count above zero.

    Returns
    -------
    GammaPrior
        With the shape given.
    """
    total = counts.sum()
    rate = shape * exposure.sum() / total  # exact where all exposures are equal
    for _ in range(100):
        mean = (shape + counts) / (rate + exposure)
        excess = (exposure * mean).sum() - total
        slope = (exposure * mean / (rate + exposure)).sum()
        # the excess falls and is convex in the rate: Newton climbs from the left, and may only overshoot to the left
        better = max(rate + excess / slope, rate / 10)
        done = abs(better - rate) <= 1e-14 * rate
        rate = float(better)
        if done:
            break
    return GammaPrior(shape, rate)


def log_marginal(prior: GammaPrior, counts: Array, exposure: Array) -> float:
    """Negative binomial log-likelihood, without terms that do not depend on the prior.

    Parameters
    ----------
    prior : GammaPrior
        Above zero.
    counts, exposure : ndarray, shape (n_cells,)
        As for `posterior_mean`.

    Returns
    -------
    float
        Nats.
    """
    shape, rate = prior
    rises = gammaln(shape + counts) - gammaln(shape)
    return float((rises - shape * np.log1p(exposure / rate) - counts * np.log(rate + exposure)).sum())


def fit_gamma(counts: Array, exposure: Array, start: float | None = None) -> GammaPrior:
    """Estimate the prior by maximum marginal likelihood.

    Parameters
    ----------
    counts, exposure : ndarray, shape (n_cells,)
        At least one count above zero.
    start : float, optional
        A shape to search around, and never to do worse than. Default: search the whole range.

    Returns
    -------
    GammaPrior
        Its shape lies between 0.001 and 10 000.
    """

    def loss(log_shape: float) -> float:
        prior = balanced(float(np.exp(log_shape)), counts, exposure)
        return -log_marginal(prior, counts, exposure)

    low, high, step = float(np.log(LOWEST_SHAPE)), float(np.log(HIGHEST_SHAPE)), 1.35
    tried = np.arange(low, high, step) if start is None else np.log([start])
    losses = [loss(float(x)) for x in tried]
    best = float(tried[int(np.argmin(losses))])
    bounds = max(best - step, low), min(best + step, high)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-7})
    chosen = found.x if found.fun < min(losses) else best
    return balanced(float(np.exp(chosen)), counts, exposure)
