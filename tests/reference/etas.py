"""Plain-numpy twins for the self-exciting cells: likelihoods over every pair, and simulation by branching."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln

from tests.reference.recursion import excitation_sums


def delay_scale(omega, tick):
    return np.expm1(omega * tick) / tick if tick else omega


def lower_bound(cell, moment, exposure, time, tick, parameters):
    """Bound of the marginal log-likelihood; parameters: theta, omega, prior and posterior (shape, rate)."""
    theta, omega, prior, (shape, rate) = parameters
    log_rate = digamma(shape) - np.log(rate)
    level = np.exp(log_rate) * exposure / time
    log_intensity = excitation_sums(cell, moment, level, theta * delay_scale(omega, tick), omega)[3].sum()
    left = np.maximum(time - moment - tick, 0)
    compensator = (exposure * shape / rate).sum() + theta * (1 - np.exp(-omega * left)).sum()
    a, b = prior
    divergence = (shape - a) * log_rate - gammaln(shape) + gammaln(a) + shape * np.log(rate) - a * np.log(b)
    return log_intensity - compensator - (divergence + shape * (b / rate - 1)).sum()


def simulate(rng, level, theta, omega, time, tick=0.0, parents=()):
    """Incidents in [0, time): cells and moments. `parents` are (cell, moment < 0); only their offspring is drawn."""
    count = rng.poisson(level * time)
    cell = np.repeat(np.arange(level.size), count)
    moment = rng.uniform(0, time, cell.size)
    if tick:
        moment = np.floor(moment / tick) * tick
    born = [(cell, moment)]
    if len(parents):
        cell, moment = np.concatenate([parents[0], cell]), np.concatenate([parents[1], moment])
    while cell.size:
        offspring = rng.poisson(theta, cell.size)
        cell, moment = np.repeat(cell, offspring), np.repeat(moment, offspring)
        if tick:
            moment = moment + rng.geometric(-np.expm1(-omega * tick), cell.size) * tick
        else:
            moment = moment + rng.exponential(1 / omega, cell.size)
        kept = (moment >= 0) & (moment < time)
        cell, moment = cell[kept], moment[kept]
        born.append((cell, moment))
    return tuple(np.concatenate(column) for column in zip(*born, strict=True))
