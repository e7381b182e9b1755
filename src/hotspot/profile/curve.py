"""Profile: when in the civil week the incidents of each category happen.

Spreading an interval by a curve is spreading it evenly in another time, which runs fast where incidents are frequent.
So whatever can spread evenly can spread by a profile: it only has to read another clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from hotspot.errors import InputError
from hotspot.profile.clock import HOURS_OF_WEEK, Array, Clock, Whole, make_clock
from hotspot.windows import Times

TICK = np.timedelta64(1, "us")
Category = str | NDArray[Any] | pd.Categorical | None


@dataclass(frozen=True, eq=False)
class Profile:
    """The weekly curve of each category.

    Parameters
    ----------
    curves : mapping of str to array_like, shape (168,)
        Share of each hour of the civil week, from Monday 00:00, for each category; each curve adds up to 1.
    time_zone : str
        IANA name.
    other : array_like, shape (168,), optional
        For categories without a curve of their own. Default: they spread evenly.
    cutoff : numpy.datetime64, optional
        Nothing later was known when the curves were estimated; None where they are declared.
    rows : mapping of str to int
        How many rows an estimate used and left out, by kind.

    Raises
    ------
    InputError
        If a curve has another shape, a negative share, or another sum.

    References
    ----------
    Ratcliffe (2000), International Journal of Geographical Information Science 14, 669-679, spreads evenly.
    DOI 10.1080/136588100424963

    Examples
    --------
    Twice as much happens in the first half of the week as in the second:

    >>> profile = Profile({"burglary": np.repeat([2, 1], 84) / 252}, "UTC")
    >>> week = np.array(["2024-01-01"], "datetime64[us]"), np.array(["2024-01-08"], "datetime64[us]")
    >>> print(profile.place(*week, "burglary", 0.5)[0])
    2024-01-03T15:09:...
    """

    curves: Mapping[str, ArrayLike]
    time_zone: str
    other: ArrayLike | None = None
    cutoff: np.datetime64 | None = None
    rows: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring the curves into arrays."""
        object.__setattr__(self, "curves", {name: _checked(name, curve) for name, curve in self.curves.items()})
        if self.other is not None:
            object.__setattr__(self, "other", _checked("other", self.other))

    @property
    def is_uniform(self) -> bool:
        """Whether every category spreads evenly."""
        return not self.curves and self.other is None

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that spreading depends on."""
        curves = {name: self.curve(name) for name in sorted(self.curves)} | {"": self.curve(None)}
        parts = [f"{name}\n{'' if curve is None else curve.tobytes().hex()}" for name, curve in curves.items()]
        return hashlib.blake2b("\n".join([self.time_zone, *parts]).encode(), digest_size=16).hexdigest()

    def curve(self, category: str | None) -> Array | None:
        """Give the curve of a category.

        Parameters
        ----------
        category : str or None
            None asks for the curve of those without one of their own.

        Returns
        -------
        ndarray, shape (168,), or None
            Shares from Monday 00:00; None where the category spreads evenly.
        """
        found = self.other if category is None else self.curves.get(category, self.other)
        return None if found is None else np.asarray(found)

    def clock(self, times: ArrayLike, category: str | None) -> Whole:
        """Read the clock of a category: between two times it advances by the share of incidents there.

        Parameters
        ----------
        times : array_like of datetime64, any shape
            Naive UTC.
        category : str or None
            As `curve` takes it.

        Returns
        -------
        ndarray of int64, same shape
            Microseconds, rising with time; a civil week takes a week. NaT gives the smallest number.
        """
        utc, clock = _whole(times), self._clock(category)
        return utc if clock is None else clock.read(utc)

    def place(self, start: Times, end: Times, category: Category, u: ArrayLike) -> Times:
        """Find the moment before which a share u of an interval lies: the inverse of its spread.

        Parameters
        ----------
        start, end : ndarray of datetime64, shape (n,)
            Naive UTC.
        category : str, None or array of str, shape (n,)
            Of all, or of each.
        u : array_like, shape (), (n,) or (m, n)
            Shares, 0 <= u < 1; one half gives the median.

        Returns
        -------
        ndarray of datetime64[us], shape (n,) or (m, n)
            In [start, end); start where that is an instant.
        """
        share = np.broadcast_to(u, np.broadcast_shapes(np.shape(u), start.shape)).astype(float)
        out = start + (share * (end - start).astype(np.int64)).astype("timedelta64[us]")
        for clock, rows in self._clocks(category, end > start):
            first, last = clock.read(_whole(start[rows])), clock.read(_whole(end[rows]))
            time = clock.back(first + np.floor(share[..., rows] * (last - first)).astype(np.int64))
            out[..., rows] = np.clip(time.view("datetime64[us]"), start[rows], end[rows] - TICK)
        return np.asarray(out)

    def share(self, start: Times, end: Times, category: Category, low: np.datetime64, high: np.datetime64) -> Array:
        """Say how much of each interval lies in a window.

        Parameters
        ----------
        start, end : ndarray of datetime64, shape (n,)
            Naive UTC.
        category : str, None or array of str, shape (n,)
            Of all, or of each.
        low, high : datetime64
            The window, half-open.

        Returns
        -------
        ndarray, shape (n,)
            0 to 1; an instant counts wholly where it falls.
        """
        out = _overlap(*(_whole(time) for time in (start, end, low, high)))
        for clock, rows in self._clocks(category, end > start):
            out[rows] = _overlap(*(clock.read(_whole(time)) for time in (start[rows], end[rows], low, high)))
        return out

    def _clock(self, category: str | None) -> Clock | None:
        curve = self.curve(category)
        return None if curve is None else make_clock(curve.tobytes(), self.time_zone)

    def _clocks(self, category: Category, chosen: NDArray[np.bool_]) -> Iterator[tuple[Clock, NDArray[np.int64]]]:
        """Give each clock and the positions of the chosen rows that go by it."""
        if self.is_uniform or not chosen.any():
            return
        rows = np.flatnonzero(chosen)
        codes, names = np.zeros(rows.size, np.int64), np.array([category], object)
        if category is not None and not isinstance(category, str):
            codes, names = pd.factorize(np.asarray(category[rows]))
        for code, name in enumerate(names):
            found = self._clock(name)
            if found is not None:
                yield found, rows[codes == code]


def _whole(times: ArrayLike) -> Whole:
    return np.asarray(times).astype("datetime64[us]").view(np.int64)


def _overlap(start: Whole, end: Whole, low: Whole, high: Whole) -> Array:
    """Share of [start, end) inside [low, high); an instant counts wholly where it falls."""
    length = np.where(end > start, end - start, 1)
    inside = np.clip(np.minimum(end, high) - np.maximum(start, low), 0, None) / length
    return np.where(end > start, inside, (start >= low) & (start < high))


def _checked(name: str, curve: ArrayLike) -> Array:
    shares = np.array(curve, np.float64)
    if shares.shape != (HOURS_OF_WEEK,):
        raise InputError(
            f"Profile: the curve of {name!r} has shape {shares.shape}; expected ({HOURS_OF_WEEK},), the hours of the "
            "week from Monday 00:00"
        )
    if not (np.isfinite(shares).all() and shares.min() >= 0 and abs(shares.sum() - 1) < 1e-6):
        raise InputError(
            f"Profile: the curve of {name!r} has a least share of {shares.min():g} and adds up to {shares.sum():g}; "
            "expected shares of 0 or more that add up to 1"
        )
    shares.setflags(write=False)
    return shares
