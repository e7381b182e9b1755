"""Report delays: how long after its end an incident becomes known, and how complete the latest days are.

At any moment only those delays are seen that are no longer than the age of their incident. Counting them as they are
makes the latest days look complete. Seen in reverse time, from the longest delay down, the trouble is gone: each delay
is compared with all that could have been seen, which is the product-limit estimate for right-truncated times.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hotspot.errors import InputError
from hotspot.incidents import Incidents
from hotspot.windows import Duration

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

LEAST = 50  # delays; with fewer nothing is estimated
HOUR, DAY = 3600.0, 86400.0
Z95 = 1.959963984540054  # of the normal distribution, two-sided 95 %


@dataclass(frozen=True, eq=False)
class Delays:
    """How complete the record of incidents is by their age.

    Parameters
    ----------
    age : ndarray, shape (n,)
        Ages at which the curve steps up [s], ascending: the distinct delays.
    completeness : ndarray, shape (n,)
        Share of the incidents known at that age, of those that become known within `longest`. Ends at 1.
    lower, upper : ndarray, shape (n,)
        Limits of the pointwise 95 % interval.
    longest : float
        Longest delay that is looked at [s].
    number : int
        Incidents that the curve rests on.
    """

    age: Floats
    completeness: Floats
    lower: Floats
    upper: Floats
    longest: float
    number: int

    def at(self, age: ArrayLike) -> Floats:
        """Tell how complete incidents of an age are.

        Parameters
        ----------
        age : array_like
            Time since the end of the incident [s].

        Returns
        -------
        ndarray
            Shares from 0 to 1.
        """
        place = np.searchsorted(self.age, np.asarray(age, np.float64), side="right")
        return np.concatenate([[0.0], self.completeness])[place]

    def latency(self, completeness: float = 0.95) -> str:
        """Find the age from which on incidents are as complete as asked.

        Parameters
        ----------
        completeness : float
            Share above 0 and at most 1.

        Returns
        -------
        str
            Whole hours up to a day, else whole days, rounded up.

        Raises
        ------
        InputError
            If it is no such share.
        """
        if not 0 < completeness <= 1:
            raise InputError(
                f"latency: completeness {completeness}; expected a share above 0 and at most 1, such as 0.95"
            )
        enough = self.completeness >= completeness - 1e-12
        seconds = float(self.age[int(np.argmax(enough))])
        if seconds <= DAY - HOUR:
            return f"{int(np.ceil(seconds / HOUR))}h"
        return f"{int(np.ceil(seconds / DAY))}D"


def report_delays(
    incidents: Incidents,
    cutoff: np.datetime64,
    *,
    categories: Iterable[str] | None = None,
    longest: str = "90D",
    memory: str | None = "365D",
) -> Delays:
    """Estimate how complete the record is by age, from what was known at a moment.

    Parameters
    ----------
    incidents : Incidents
        Every version. One does not say when it was known if `known_at` is missing, or where a column `said` is false.
        Incidents whose first version does not say it take no part; nor, where these are the archive with which a record
        began, do others as old: of them only the late ones say it.
    cutoff : numpy.datetime64
        Naive UTC; later rows take no part.
    categories : iterable of str, optional
        Only these; other kinds of incidents may be told later or sooner. Default: all.
    longest : str
        Delays beyond this take no part, and the shares are of those within. At most half of the time on record, so that
        the longest delays had time to be seen.
    memory : str, optional
        Only incidents that ended so long before the cutoff, as habits change. Default: "365D"; None takes all.

    Returns
    -------
    Delays
        The curve, with Greenwood's variance on the scale of log(-log).

    Raises
    ------
    InputError
        If fewer than 50 delays are known, or a category does not exist.

    References
    ----------
    Lagakos, S. W., Barraj, L. M. & De Gruttola, V. (1988). Nonparametric analysis of truncated survival data, with
    application to AIDS. Biometrika 75(3), 515-523. https://doi.org/10.1093/biomet/75.3.515

    Lawless, J. F. (1994). Adjustments for reporting delays and the prediction of occurred but not reported events.
    Canadian Journal of Statistics 22(1), 15-31. https://doi.org/10.2307/3315826.n1

    Mack, T. (1993). Distribution-free calculation of the standard error of chain ladder reserve estimates. ASTIN
    Bulletin 23(2), 213-225. https://doi.org/10.2143/AST.23.2.2005092
    """
    table = incidents.table[incidents.table["end"].to_numpy() <= cutoff]
    if categories is not None:
        wanted = tuple(map(str, categories))
        incidents.check_categories(wanted, "report_delays(categories=...)")
        table = table[table["category"].isin(list(wanted))]
    delay, age = _known_delays(table, cutoff)
    if memory is not None:
        recent = age <= Duration.parse(memory).seconds
        delay, age = delay[recent], age[recent]
    most = min(Duration.parse(longest).seconds, float(age.max(initial=0.0)) / 2)
    within = delay <= most
    if within.sum() < LEAST:
        raise InputError(
            f"report_delays: {int(within.sum())} incidents known at {cutoff} say when they became known; expected at "
            f"least {LEAST}; declare the latency instead, such as '3D'"
        )
    return _reverse_product(delay[within], age[within], most)


def estimate_latency(
    incidents: Incidents,
    cutoff: np.datetime64,
    *,
    completeness: float = 0.95,
    categories: Iterable[str] | None = None,
    longest: str = "90D",
    memory: str | None = "365D",
) -> str:
    """Estimate how much of the latest past counts as incomplete.

    Parameters
    ----------
    incidents, cutoff, categories, longest, memory
        As for `report_delays`.
    completeness : float
        Share of the incidents that has to be known.

    Returns
    -------
    str
        Such as "3D"; cutoff less this is `complete_until`.

    Raises
    ------
    InputError
        As `report_delays`.
    """
    delays = report_delays(incidents, cutoff, categories=categories, longest=longest, memory=memory)
    return delays.latency(completeness)


def _known_delays(table: pd.DataFrame, cutoff: np.datetime64) -> tuple[Floats, Floats]:
    """Give the delay and the age of each incident that was known, by its first version [s]."""
    table = table[~(table["known_at"].to_numpy() > cutoff)]
    says = table["said"].to_numpy() if "said" in table else np.ones(len(table), bool)
    known = np.where(says, table["known_at"].to_numpy(), np.datetime64("NaT"))
    first = table.assign(known_at=known).sort_values("known_at", kind="stable", na_position="first")
    first = first.drop_duplicates("id")
    known, end = first["known_at"].to_numpy(), first["end"].to_numpy()
    silent = np.isnat(known)
    seen = ~silent
    if silent.any():
        archive = end <= end[silent].max()
        if silent[archive].mean() > 0.5:
            seen &= ~archive
    second = np.timedelta64(1_000_000, "us")
    delay = np.maximum((known[seen] - end[seen]) / second, 0.0)  # some are known before their interval ends
    return delay, (cutoff - end[seen]) / second


def _reverse_product(delay: Floats, age: Floats, longest: float) -> Delays:
    """Multiply up, from the longest delay down, the shares of what could have been seen that was not that late."""
    value, number = np.unique(delay, return_counts=True)
    # at risk of delay u: those with delay <= u that would have been seen with it, as age >= u
    at_risk = np.searchsorted(np.sort(delay), value, side="right") - np.searchsorted(np.sort(age), value, side="left")
    with np.errstate(divide="ignore"):
        factor = 1.0 - number / at_risk
        step = number / (at_risk * (at_risk - number))
    later = np.append(np.cumprod(factor[::-1])[::-1][1:], 1.0)  # product over all longer delays
    variance = np.append(np.cumsum(step[::-1])[::-1][1:], 0.0)
    lower, upper = _interval(later, variance)
    return Delays(value, later, lower, upper, longest, delay.size)


def _interval(share: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Put 95 % limits round shares, on the scale of log(-log), where they stay between 0 and 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(share)
        spread = np.exp(Z95 * np.sqrt(variance) / -log)
        lower, upper = share**spread, share ** (1 / spread)
    sure = share >= 1.0
    none = share <= 0.0
    return np.where(sure, 1.0, np.where(none, 0.0, lower)), np.where(sure | none, share, upper)
