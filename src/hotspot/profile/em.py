"""Rates of the hours of the week from exact times and intervals together: one expectation and one maximisation step.

An interval says that its incident happened in one of its hours; which one, the rates themselves tell. So intervals are
shared out by the rates, the rates are taken from the shares, and again until neither moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hotspot.profile.clock import HOURS_OF_WEEK, Array

PULL = 20.0  # a level counts as much as what is usual once it has this many rows
TOLERANCE, MOST_STEPS = 1e-7, 500
DAYS, HOURS_OF_DAY = 7, 24
TAPER = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)  # two hours either side


class Seen(NamedTuple):
    """What rows say about the hour of the week.

    Attributes
    ----------
    exact : ndarray, shape (168,)
        Rows of known time.
    dated : ndarray, shape (7,)
        Rows of which only the weekday is known.
    first, last : ndarray, shape (n,)
        Ends of different intervals [hours since a Monday 00:00].
    number : ndarray, shape (n,)
        Rows that have each.
    """

    exact: Array
    dated: Array
    first: Array
    last: Array
    number: Array

    @property
    def rows(self) -> float:
        """How many there are."""
        return float(self.exact.sum() + self.dated.sum() + self.number.sum())


def fit_rates(seen: Seen, risk: Array, usual: Array, *, bins: bool = True, smooth: bool = True) -> Array:
    """Climb to the rates that make what was seen likeliest.

    Parameters
    ----------
    seen : Seen
        Rows.
    risk : ndarray, shape (168,)
        Time at risk [h].
    usual : ndarray, shape (168,)
        Rates to start from, and to be drawn to.
    bins : bool
        Let each hour of the week have a level of its own, not only the product of weekday and hour of the day.
    smooth : bool
        Draw to what is usual and to neighbouring hours. Without it (and with `bins`) this is plain maximum likelihood,
        and no step lowers the likelihood.

    Returns
    -------
    ndarray, shape (168,)
        Rates, 1 on average over the time at risk.

    References
    ----------
    Dempster, Laird & Rubin (1977), Journal of the Royal Statistical Society B 39, 1-38.
    DOI 10.1111/j.2517-6161.1977.tb01600.x
    """
    rates, before = scaled(usual, risk), -np.inf
    for _ in range(MOST_STEPS):
        rates = rates_of(expected(seen, rates), seen.dated, risk, usual, bins=bins, smooth=smooth)
        now = log_likelihood(seen, rates, risk)
        if abs(now - before) <= TOLERANCE * max(abs(now), 1.0):
            break
        before = now
    return rates


def expected(seen: Seen, rates: Array) -> Array:
    """Share out the intervals by the rates.

    Parameters
    ----------
    seen : Seen
        Rows.
    rates : ndarray, shape (168,)
        Current ones.

    Returns
    -------
    ndarray, shape (168,)
        Expected number of rows in each hour of the week; those that are only dated are not in it.
    """
    weight = seen.number / _integral(seen, rates)
    return np.asarray(seen.exact + rates * (_time_below(seen.last, weight) - _time_below(seen.first, weight)))


def rates_of(
    counts: Array, dated: Array, risk: Array, usual: Array, *, bins: bool = True, smooth: bool = True
) -> Array:
    """Take rates from counts.

    Weekday, hour of the day and hour of the week are each a factor on what is usual: (seen + k) / (expected + k) with
    k = 20 rows. A level with few rows stays near 1, so a rare category keeps the curve of the city and a common one has
    its own. The factors of hours come first from counts averaged over two neighbouring hours either side, on the ring
    of 168 with weights 1, 4, 6, 4, 1, and then from the hour's own: few rows give a smooth curve, many any curve.

    Parameters
    ----------
    counts : ndarray, shape (168,)
        From `expected`.
    dated : ndarray, shape (7,)
        Rows of which only the weekday is known.
    risk : ndarray, shape (168,)
        Time at risk [h].
    usual : ndarray, shape (168,)
        Rates to be drawn to.
    bins, smooth : bool
        As `fit_rates` takes them.

    Returns
    -------
    ndarray, shape (168,)
        Rates, 1 on average over the time at risk.

    References
    ----------
    Silverman, Jones, Wilson & Nychka (1990), Journal of the Royal Statistical Society B 52, 271-324, smooth by such
    weights in each step of EM.
    """
    pull = PULL if smooth else 0.0
    of_day, mass = _days(counts).sum(axis=1) + dated, _days(usual * risk).sum(axis=1)
    of_day = mass * _ratio(of_day + pull, mass * (of_day.sum() / mass.sum()) + pull)
    rates, own = _days(usual), (_days(counts), _days(risk))
    around = [(_days(_tapered(counts)), _days(_tapered(risk)))] if smooth else []
    for axis in (0, ()) if bins else (0,):  # the hour of the day over all weekdays, then each hour of the week
        for seen, time in (*around, own):
            guess = rates * time
            guess = guess * _ratio(seen.sum(axis=1), guess.sum(axis=1))[:, None]
            rates = rates * _ratio(seen.sum(axis=axis) + pull, guess.sum(axis=axis) + pull)
    rates = rates * _ratio(of_day, (rates * _days(risk)).sum(axis=1))[:, None]
    return scaled(rates.ravel(), risk)


def log_likelihood(seen: Seen, rates: Array, risk: Array) -> float:
    """Log-likelihood of the times, given how many rows there are.

    Parameters
    ----------
    seen : Seen
        Rows.
    rates, risk : ndarray, shape (168,)
        Rates, and time at risk [h].

    Returns
    -------
    float
        [nat], up to a constant.
    """
    mass = rates * risk
    known = _dot_log(seen.exact, rates) + _dot_log(seen.number, _integral(seen, rates))
    return known + _dot_log(seen.dated, _days(mass).sum(axis=1)) - seen.rows * float(np.log(mass.sum()))


def scaled(rates: Array, risk: Array) -> Array:
    """Scale rates to 1 on average over the time at risk, shape (168,)."""
    return np.asarray(rates * (risk.sum() / (rates @ risk)))


def _integral(seen: Seen, rates: Array) -> Array:
    """Integrate the rates over each interval."""
    below = np.concatenate([[0.0], np.cumsum(rates)])

    def until(time: Array) -> Array:
        week, inside = np.divmod(time, HOURS_OF_WEEK)
        hour = inside.astype(np.int64)
        return np.asarray(week * below[-1] + below[hour] + rates[hour] * (inside - hour))

    return until(seen.last) - until(seen.first)


def _time_below(time: Array, weight: Array) -> Array:
    """Sum by hour of the week: weight times how long that hour was before each time, shape (168,)."""
    week, inside = np.divmod(time, HOURS_OF_WEEK)
    hour = inside.astype(np.int64)
    full = np.bincount(hour, weight, HOURS_OF_WEEK)
    later = full.sum() - np.cumsum(full)
    return np.asarray(week @ weight + later + np.bincount(hour, weight * (inside - hour), HOURS_OF_WEEK))


def _days(ring: Array) -> Array:
    return ring.reshape(DAYS, HOURS_OF_DAY)


def _tapered(ring: Array) -> Array:
    return np.asarray(sum(weight * np.roll(ring, step - 2) for step, weight in enumerate(TAPER)))


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.ones(above.shape), where=below > 0)


def _dot_log(number: Array, value: Array) -> float:
    some = number > 0
    return float(number[some] @ np.log(value[some]))
