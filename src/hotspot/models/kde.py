"""Kernel density: incidents spread their weight over the cells around them, and the weight fades with age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.history import Events, History
from hotspot.kernels.density import fill_buckets, gaussian_sum
from hotspot.models._base import Origin, RateFitted, middles, seconds, training_events
from hotspot.windows import Duration, Windows

DAY = 86400.0
BANDWIDTH = 200.0  # [m]
SHARE_BOUNDS = (1e-4, 0.5)
UNKNOWN_SHARE = 0.05  # where the record is too short to hold incidents out
HELD_OUT_DAYS = np.timedelta64(28, "D")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kde:
    """Spread each incident by a Gaussian, and let its weight fade by half each half-life.

    Each kernel is divided by its mass inside the domain, so the spread of an incident adds up to one. The level is
    the sum of weights over the integral of the same decay during the time at risk: the rate of the city now. A
    share of it is spread evenly over the area (along the streets, where cells are segments), so that no cell is ever
    zero. Along streets a kernel still goes by the crow: what it gives to a segment is its integral along it.

    Parameters
    ----------
    bandwidth : float, optional
        Standard deviation per axis [m], at least a third of the domain's spacing. Default: 200 m, or half the spacing
        where cells are wider than 400 m.
    half_life : str or None
        After which an incident weighs half, such as ``"180D"``; None lets all weigh the same.
    uniform_share : float, optional
        Share spread evenly, 0 to 1. Default: estimated on held-out incidents.
    name : str
        What it is called in runs.

    Raises
    ------
    InputError
        If a parameter is out of range.

    References
    ----------
    Diggle (1985), Applied Statistics 34, 138-147. DOI 10.2307/2347366
    Jones (1993), Statistics and Computing 3, 135-146. DOI 10.1007/BF00147776

    Examples
    --------
    >>> Kde(half_life="180D")
    Kde(bandwidth=None, half_life='180D', uniform_share=None, name='kde')
    """

    bandwidth: float | None = None
    half_life: str | None = "730D"
    uniform_share: float | None = None
    name: str = "kde"

    def __post_init__(self) -> None:
        """Refuse parameters out of range."""
        if self.bandwidth is not None and not (np.isfinite(self.bandwidth) and self.bandwidth > 0):
            raise InputError(f"Kde bandwidth: got {self.bandwidth!r}, expected metres above zero")
        if self.half_life is not None:
            Duration.parse(self.half_life)
        if self.uniform_share is not None and not 0 <= self.uniform_share <= 1:
            raise InputError(f"Kde uniform_share: got {self.uniform_share!r}, expected 0 to 1, or None to estimate")

    def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> FittedKde:
        """Estimate the uniform share, if it is not given.

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
        FittedKde
            Parameters only.

        Raises
        ------
        InputError
            If there is no incident to learn from, or the cells are too coarse for the bandwidth.
        """
        del rng
        smallest = history.domain.spacing / 3
        bandwidth = max(BANDWIDTH, history.domain.spacing / 2) if self.bandwidth is None else float(self.bandwidth)
        if bandwidth < smallest:
            raise InputError(
                f"Kde bandwidth: got {bandwidth:g} m; cells of {history.domain.spacing:.0f} m can carry no "
                f"less than {smallest:.1f} m (a third); use a larger bandwidth or smaller cells"
            )
        half_life = Duration.parse(self.half_life).seconds if self.half_life is not None else np.inf
        kernel = Kernel(bandwidth, half_life)
        events, share = training_events(history), self.uniform_share
        if share is None:
            share = held_out_share(history, events, kernel)
        return FittedKde(Origin.of(history, windows), *kernel, float(share))


class Kernel(NamedTuple):
    """How an incident spreads and fades.

    Attributes
    ----------
    bandwidth : float
        Standard deviation per axis [m].
    half_life : float
        Until an incident weighs half [s]; infinite where nothing fades.
    """

    bandwidth: float
    half_life: float

    def weights(self, age: Array) -> Array:
        """Weights at an age [s]; never quite zero."""
        return np.exp2(-np.minimum(age / self.half_life, 1000.0))

    def risk(self, time: float) -> float:
        """Integral of the weight over the time at risk [s]."""
        if np.isinf(self.half_life):
            return time
        return float(-np.expm1(-np.log(2) * time / self.half_life) * self.half_life / np.log(2))


@dataclass(frozen=True, eq=False)
class FittedKde(RateFitted):
    """A fitted `Kde`.

    Parameters
    ----------
    origin : Origin
        Of the fit.
    bandwidth : float
        Standard deviation per axis [m].
    half_life : float
        Until an incident weighs half [s].
    uniform_share : float
        Share spread evenly over the area or along the streets.
    """

    origin: Origin
    bandwidth: float
    half_life: float
    uniform_share: float

    @property
    def params(self) -> Mapping[str, float]:
        """Bandwidth [m], uniform share and, unless all incidents weigh the same, half-life [days]."""
        fading = {} if np.isinf(self.half_life) else {"half_life_days": self.half_life / DAY}
        return {"bandwidth_m": self.bandwidth, "uniform_share": self.uniform_share, **fading}

    def _state(self, history: History) -> Array:
        """Rate of each cell at `complete_until`.

        Parameters
        ----------
        history : History
            With a cutoff.

        Returns
        -------
        ndarray, shape (n_cells,)
            Incidents per second.
        """
        kernel, domain, end = Kernel(self.bandwidth, self.half_life), history.domain, history.complete_until
        events = training_events(history)
        weight = kernel.weights(seconds(end - middles(history, events)))
        near = spread(domain, events, weight, kernel.bandwidth)
        even = weight.sum() * domain.size / domain.size.sum()
        mixed = (1 - self.uniform_share) * near + self.uniform_share * even
        return np.asarray(mixed / kernel.risk(float(seconds(end - history.observed_from))))


def spread(domain: Domain, events: Events, weight: Array, bandwidth: float) -> Array:
    """Spread weights over cells by a Gaussian cut at four bandwidths.

    Each kernel is divided by its own mass on the domain's nodes, so neither the cut nor the boundary loses anything.

    Parameters
    ----------
    domain : Domain
        Gives the nodes.
    events : Events
        Incidents in a cell, at least one.
    weight : ndarray, shape (n,)
        Of each.
    bandwidth : float
        Standard deviation per axis [m].

    Returns
    -------
    ndarray, shape (n_cells,)
        Adds up to the sum of the weights.
    """
    x, y, cell, weight = _merged(events, weight)
    nodes = domain.nodes
    inside = gaussian_sum(x, y, fill_buckets(nodes.x, nodes.y, nodes.weight, bandwidth), bandwidth)
    reaches = inside > 0
    alone = ~reaches  # so small a kernel, or so small a cell, that no node is near: it stays where it is
    out = np.zeros(domain.n_cells) + np.bincount(cell[alone], weight[alone], minlength=domain.n_cells)
    if reaches.any():
        sources = fill_buckets(x[reaches], y[reaches], weight[reaches] / inside[reaches], bandwidth)
        density = gaussian_sum(nodes.x, nodes.y, sources, bandwidth)
        out += np.bincount(nodes.cell, density * nodes.weight, minlength=domain.n_cells)
    return out


def _merged(events: Events, weight: Array) -> tuple[Array, Array, NDArray[np.int64], Array]:
    """Add up the weights of incidents at equal coordinates."""
    order = np.lexsort((events.y, events.x))
    x, y, cell = events.x[order], events.y[order], events.cell[order]
    new = np.concatenate([[True], (np.diff(x) != 0) | (np.diff(y) != 0)])
    total = np.asarray(np.bincount(np.cumsum(new) - 1, weight[order]), float)
    return x[new], y[new], cell[new], total


def held_out_share(history: History, events: Events, kernel: Kernel) -> float:
    """Estimate the uniform share: the mixture that makes the latest incidents likeliest, seen from before them.

    Parameters
    ----------
    history : History
        With a cutoff.
    events : Events
        Its training incidents.
    kernel : Kernel
        How they spread and fade.

    Returns
    -------
    float
        Between 0.0001 and 0.5; 0.05 where the record is too short to hold incidents out.
    """
    time = middles(history, events)
    fifth = np.sort(time)[int(0.8 * time.size)]
    split = min(fifth, history.complete_until - HELD_OUT_DAYS)
    if not (time < split).any():
        split = fifth
    before = time < split
    if not before.any():
        return UNKNOWN_SHARE
    domain, known = history.domain, events.where(before)
    weight = kernel.weights(seconds(split - time[before]))
    near = spread(domain, known, weight, kernel.bandwidth) / weight.sum()
    even = domain.size / domain.size.sum()
    cell = events.cell[~before]
    return mixture_share(near[cell], even[cell])


def mixture_share(first: Array, second: Array) -> float:
    """Maximise sum log((1 - u) first + u second), which is concave in u: the point that EM climbs to.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Densities of the two components at each incident; the second above zero.

    Returns
    -------
    float
        u, between 0.0001 and 0.5.
    """

    def slope(u: float) -> float:
        return float(((second - first) / ((1 - u) * first + u * second)).sum())

    low, high = SHARE_BOUNDS
    if slope(low) <= 0:
        return low
    if slope(high) >= 0:
        return high
    return float(brentq(slope, low, high, xtol=1e-12))
