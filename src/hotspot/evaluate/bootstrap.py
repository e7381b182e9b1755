"""Moving-block bootstrap over issue times: how far sums would differ in another stretch of time like this one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.schema import ISSUE_TIME, VALID_END, VALID_START

DRAWS = 1000
SEED = 0
FEWEST_BLOCKS = 3
DRAW = "draw"


class Bootstrap(NamedTuple):
    """Resampled issue times.

    Attributes
    ----------
    weight : xarray.DataArray, dimensions (draw, issue_time)
        How often each issue time was drawn; the same for all models, so that comparisons are paired.
    block_length : int
        Issue times in a block.
    enough : bool
        Whether there are at least three blocks; otherwise limits are NaN.
    """

    weight: xr.DataArray
    block_length: int
    enough: bool

    @classmethod
    def of(cls, data: xr.Dataset) -> Bootstrap:
        """Draw blocks of issue times.

        Parameters
        ----------
        data : xarray.Dataset
            Scores or runs, sorted by issue time.

        Returns
        -------
        Bootstrap
            1,000 draws with a fixed seed.

        References
        ----------
        Kunsch (1989), doi:10.1214/aos/1176347265.
        """
        n = data.sizes[ISSUE_TIME]
        length = block_length(data[VALID_START].values, data[VALID_END].values)
        weight = xr.DataArray(block_weights(n, length), dims=(DRAW, ISSUE_TIME))
        return cls(weight, length, n // length >= FEWEST_BLOCKS)

    def sums(self, per_issue: xr.DataArray) -> xr.DataArray:
        """Add up resampled issue times.

        Parameters
        ----------
        per_issue : xarray.DataArray
            Sums with a dimension issue_time; minus infinity is allowed.

        Returns
        -------
        xarray.DataArray
            With a dimension draw instead.
        """
        plain = per_issue.drop_vars(list(per_issue.coords.keys() & {ISSUE_TIME, VALID_START, VALID_END}))
        endless = np.isneginf(plain)
        total: xr.DataArray = xr.dot(self.weight, plain.where(~endless, 0.0), dim=ISSUE_TIME)
        return total.where(xr.dot(self.weight, endless.astype(float), dim=ISSUE_TIME) == 0, -np.inf)

    def limits(self, draws: xr.DataArray, level: float) -> tuple[xr.DataArray, xr.DataArray]:
        """Percentile interval over draws; draws without a value are left out.

        Parameters
        ----------
        draws : xarray.DataArray
            Values with a dimension draw.
        level : float
            Such as 0.95.

        Returns
        -------
        lower, upper : xarray.DataArray
            NaN where there are too few blocks.
        """
        axis = draws.get_axis_num(DRAW)
        lower, upper = percentiles(np.moveaxis(draws.values, axis, 0), level)
        shape = draws.isel({DRAW: 0}, drop=True)
        if not self.enough:
            lower, upper = np.full_like(lower, np.nan), np.full_like(upper, np.nan)
        return shape.copy(data=lower), shape.copy(data=upper)

    def note(self, level: float) -> str:
        """Say in words how limits were made.

        Parameters
        ----------
        level : float
            Such as 0.95.

        Returns
        -------
        str
            One sentence.
        """
        blocks = "" if self.enough else f"; not given, as there are fewer than {FEWEST_BLOCKS} blocks"
        return (
            f"{level:.0%} percentile interval, moving-block bootstrap over {self.weight.sizes[ISSUE_TIME]} issue times "
            f"in blocks of {self.block_length}, {DRAWS} draws, seed {SEED}{blocks}"
        )


def check_level(level: float, where: str) -> float:
    """Refuse a level that is no probability.

    Parameters
    ----------
    level : float
        Such as 0.95.
    where : str
        Who asks, for the message.

    Returns
    -------
    float
        The level.

    Raises
    ------
    InputError
        If it is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise InputError(f"{where}: interval is {level!r}; expected a share between 0 and 1, such as 0.95")
    return level


def block_length(valid_start: NDArray[np.datetime64], valid_end: NDArray[np.datetime64]) -> int:
    """Choose how many issue times stay together.

    Parameters
    ----------
    valid_start, valid_end : ndarray of datetime64, shape (n_issue_times, n_leads)
        Windows, sorted by issue time.

    Returns
    -------
    int
        The cube root of their number, rounded up, or, if larger, how many neighbouring issue times forecast one
        moment in common.
    """
    first, last = valid_start.min(axis=1), valid_end.max(axis=1)
    overlapping = np.searchsorted(first, last) - np.arange(first.size)
    root = int(np.ceil(np.round(np.cbrt(first.size), 9)))
    return int(min(max(root, overlapping.max()), first.size))


def block_weights(n: int, length: int) -> NDArray[np.float64]:
    """Draw blocks until `n` issue times are filled; the last block is cut.

    Parameters
    ----------
    n : int
        Issue times.
    length : int
        Of a block.

    Returns
    -------
    ndarray, shape (n_draws, n)
        How often each was drawn; rows add up to n.
    """
    rng = np.random.default_rng(SEED)
    starts = rng.integers(0, n - length + 1, (DRAWS, -(-n // length)))
    drawn = (starts[..., None] + np.arange(length)).reshape(DRAWS, -1)[:, :n]
    weight = np.zeros((DRAWS, n))
    np.add.at(weight, (np.arange(DRAWS)[:, None], drawn), 1.0)
    return weight


def percentiles(draws: NDArray[np.float64], level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Equal-tailed percentiles along the first axis, as order statistics: infinite values do no harm.

    Parameters
    ----------
    draws : ndarray, shape (n_draws, ...)
        Values; NaN are left out.
    level : float
        Such as 0.95.

    Returns
    -------
    lower, upper : ndarray, shape (...)
        NaN where no draw has a value.
    """
    ordered = np.sort(draws, axis=0)
    valid = np.isfinite(ordered).sum(axis=0) + np.isinf(ordered).sum(axis=0)
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        place = np.clip(np.ceil(share * valid - 1e-9).astype(int) - 1, 0, None)
        ends.append(np.take_along_axis(ordered, place[None], axis=0)[0])
    return ends[0], ends[1]
