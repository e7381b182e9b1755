"""Expectation maximisation for a self-exciting process per cell whose background rates share a Gamma prior.

The rates of the background are integrated out (variational Bayes: the posterior of each rate is a Gamma,
independent of who triggered whom), so cells with few incidents borrow from the city, the prior is learned from the
data, and a fit without triggers gives exactly the Gamma-Poisson model of `Counts`. Every step raises the lower
bound of the marginal likelihood. Maximising over the rates as well would blur them: with few incidents a cell it
finds too little triggering.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import digamma, gammaln

from hotspot.kernels.recursion import CellSums, excitation_sums
from hotspot.models._gamma import GammaPrior, balanced, fit_gamma, posterior_mean

Array = NDArray[np.float64]

DAY = 86400.0
LARGEST_BRANCHING = 0.99
SHORTEST_DELAY = 3600.0  # [s]
START_BRANCHING, START_DELAY = 0.2, 10 * DAY
PRIOR_EVERY = 10  # steps; the search for the prior is the dear part
MOST_STEPS = 5000


class Record(NamedTuple):
    """Incidents of a time at risk, sorted by cell, then time.

    Attributes
    ----------
    first : ndarray of int64, shape (n_cells + 1,)
        Where the incidents of each cell start.
    gap : ndarray, shape (n,)
        Time since the incident before in the same cell [s]; 0 for the first.
    left : ndarray, shape (n_different,)
        Times from the first moment at which an incident may trigger to the end of the time at risk [s], each once:
        dates repeat.
    number : ndarray of int64, shape (n_different,)
        How many incidents have each.
    size : ndarray, shape (n_cells,)
        Of the cells: area [m2], or length of street segments [m].
    time : float
        Time at risk [s].
    tick : float
        0 where time is continuous, a day where only dates are known [s].
    """

    first: NDArray[np.int64]
    gap: Array
    left: Array
    number: NDArray[np.int64]
    size: Array
    time: float
    tick: float

    @classmethod
    def of(cls, cell: NDArray[np.int64], moment: Array, size: Array, time: float, tick: float) -> Record:
        """Sort incidents.

        Parameters
        ----------
        cell : ndarray of int64, shape (n,)
            Positions.
        moment : ndarray, shape (n,)
            Since the start of the time at risk [s]; whole ticks, if there are ticks.
        size : ndarray, shape (n_cells,)
            Area [m2], or length of street segments [m].
        time, tick : float
            See above.

        Returns
        -------
        Record
            Sorted.
        """
        order = np.lexsort((moment, cell))
        first = np.searchsorted(cell[order], np.arange(size.size + 1))
        gap = np.diff(moment[order], prepend=0.0)
        gap[first[:-1][first[:-1] < first[1:]]] = 0.0
        left, number = np.unique(np.maximum(time - moment - tick, 0.0), return_counts=True)
        return cls(first, gap, left, number, size, time, tick)

    @property
    def counts(self) -> Array:
        """Incidents of each cell, shape (n_cells,)."""
        return np.diff(self.first).astype(float)

    @property
    def exposure(self) -> Array:
        """Size times time at risk [m2 s or m s], shape (n_cells,)."""
        return self.size * self.time

    @property
    def omega_bounds(self) -> tuple[float, float]:
        """Decays that a record can tell [1/s]: delays from an hour to a quarter of the time at risk."""
        fastest = 1 / SHORTEST_DELAY
        return min(4 / self.time, fastest / 2), fastest


@dataclass(frozen=True, eq=False)
class Estimate:
    """Where the maximisation stands.

    Parameters
    ----------
    theta : float
        Branching ratio.
    omega : float
        Decay [1/s].
    prior : GammaPrior
        Of background rates [1 / (m2 s) or 1 / (m s)].
    background : ndarray, shape (n_cells,)
        Expected number of background incidents.
    bounds : tuple of float
        Lower bound of the marginal log-likelihood after each step [nats].
    """

    theta: float
    omega: float
    prior: GammaPrior
    background: Array
    bounds: tuple[float, ...] = ()

    def rate(self, record: Record) -> Array:
        """Posterior mean of the background of each cell [1/s], shape (n_cells,)."""
        return posterior_mean(self.prior, self.background, record.exposure) * record.size


def amplitude(omega: float, tick: float) -> float:
    """Turn exp(-omega * delay) into a density of delays.

    Parameters
    ----------
    omega : float
        Decay [1/s].
    tick : float
        Delays are whole multiples of it, from one on [s]; 0 where they are continuous.

    Returns
    -------
    float
        [1/s].
    """
    return float(np.expm1(omega * tick)) / tick if tick else omega


def fit_etas(record: Record, tolerance: float) -> Estimate:
    """Maximise the lower bound of the marginal likelihood.

    Parameters
    ----------
    record : Record
        At least one incident.
    tolerance : float
        Stop once ten steps raise the bound by less than this share of it.

    Returns
    -------
    Estimate
        With a branching ratio of 0 where no cell has two incidents at different times.
    """
    low, high = record.omega_bounds
    omega = float(np.clip(1 / START_DELAY, low, high))
    if not record.gap.any():
        return Estimate(0.0, omega, fit_gamma(record.counts, record.exposure), record.counts)
    background = (1 - START_BRANCHING) * record.counts
    now = Estimate(START_BRANCHING, omega, fit_gamma(background, record.exposure), background)
    for step in range(MOST_STEPS):
        sums, bound = expect(record, now)
        now = replace(maximise(record, now, sums, step % PRIOR_EVERY == 0), bounds=(*now.bounds, bound))
        if step % PRIOR_EVERY == 0 and step > 0:
            gain = bound - now.bounds[-1 - PRIOR_EVERY]
            if gain <= tolerance * abs(bound):
                break
    return now


def expect(record: Record, now: Estimate) -> tuple[CellSums, float]:
    """Share each incident among background and triggers, and value the bound.

    Parameters
    ----------
    record : Record
        Incidents.
    now : Estimate
        Where the maximisation stands.

    Returns
    -------
    sums : CellSums
        Of the shares.
    bound : float
        Lower bound of the marginal log-likelihood [nats].
    """
    shape, rate = now.prior.shape + now.background, now.prior.rate + record.exposure
    log_rate = digamma(shape) - np.log(rate)
    scale = now.theta * amplitude(now.omega, record.tick)
    sums = excitation_sums(record.first, record.gap, np.exp(log_rate) * record.size, scale, now.omega)
    compensator = (record.exposure * shape / rate).sum() + now.theta * offspring_share(record, now.omega)
    bound = sums.log_intensity.sum() - compensator - _divergence(shape, rate, log_rate, now.prior)
    return sums, float(bound)


def _divergence(shape: Array, rate: Array, log_rate: Array, prior: GammaPrior) -> float:
    """Kullback-Leibler divergence of the posterior rates from the prior [nats]."""
    terms = (shape - prior.shape) * log_rate + shape * (prior.rate / rate - 1) - gammaln(shape)
    terms += shape * np.log(rate) + gammaln(prior.shape) - prior.shape * np.log(prior.rate)
    return float(terms.sum())


def offspring_share(record: Record, omega: float) -> float:
    """Sum over incidents of the share of offspring that the record can have seen."""
    return float(-(np.expm1(-omega * record.left) * record.number).sum())


def maximise(record: Record, now: Estimate, sums: CellSums, search_prior: bool) -> Estimate:
    """Choose the parameters that make the shares likeliest.

    Parameters
    ----------
    record : Record
        Incidents.
    now : Estimate
        Before the step.
    sums : CellSums
        From `expect`.
    search_prior : bool
        Whether to search the shape of the prior; its rate always follows.

    Returns
    -------
    Estimate
        After the step.
    """
    triggered, delay = float(sums.trigger.sum()), float(sums.delay.sum())
    theta, omega = _trigger(record, triggered, delay, now.omega)
    if search_prior:
        prior = fit_gamma(sums.background, record.exposure, now.prior.shape)
    else:
        prior = balanced(now.prior.shape, sums.background, record.exposure)
    return replace(now, theta=theta, omega=omega, prior=prior, background=sums.background)


def _trigger(record: Record, triggered: float, delay: float, omega: float) -> tuple[float, float]:
    """Maximise over decay and branching ratio.

    The textbook closed form of the decay is not the maximum, because the end of the record cuts offspring off.
    """

    def branching(omega: float) -> float:
        seen = offspring_share(record, omega)
        return min(triggered / seen, LARGEST_BRANCHING) if seen > 0 else 0.0

    def loss(log_omega: float) -> float:
        omega = float(np.exp(log_omega))
        theta = branching(omega)
        gain = triggered * np.log(theta * amplitude(omega, record.tick)) - omega * delay
        return float(theta * offspring_share(record, omega) - gain)

    if branching(omega) < 1e-12:
        return 0.0, omega
    here = np.log(omega)
    low, high = np.log(record.omega_bounds)
    bounds = max(here - 1, low), min(here + 1, high)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    better = float(np.exp(found.x)) if found.fun < loss(here) else omega
    return branching(better), better
