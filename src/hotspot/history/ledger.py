"""Ledger: versions of incidents as plain arrays in the order of time, ready to be swept over many issue times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.kernels.asof import ONE, Versions
from hotspot.kernels.record import record_starts
from hotspot.kernels.windows import Spans
from hotspot.profile import Profile
from hotspot.windows import Times, one_time

FOREVER, MISSING = np.iinfo(np.int64).max, np.iinfo(np.int64).min  # MISSING is NaT
DAY = 86_400_000_000  # [us]
ALL = slice(None)

Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ledger:
    """Versions of incidents that have a cell, sorted by moment.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Position of each version in the table it comes from.
    versions : Versions
        Arrays for the kernels, in the same order.
    span_rows : ndarray of int64, shape (n_spans,)
        Position of each interval in the table.
    spans : Spans
        The intervals once more, by the clock of their category.
    clocks : tuple of str or None
        Category whose clock each group of intervals goes by; None: time itself.
    profile : Profile
        How intervals spread.
    """

    rows: Whole
    versions: Versions
    span_rows: Whole
    spans: Spans
    clocks: tuple[str | None, ...]
    profile: Profile

    def weighted(self, weight: NDArray[np.float64]) -> Ledger:
        """Let versions count for more or less than one.

        Parameters
        ----------
        weight : ndarray, shape (n_rows of the table,)
            What each counts, 0 or more.

        Returns
        -------
        Ledger
            The same versions.
        """
        units = np.rint(weight * ONE).astype(np.int64)
        versions = self.versions._replace(weight=units[self.rows])
        return replace(self, versions=versions, spans=self.spans._replace(weight=units[self.span_rows]))

    def at(self, place: Whole) -> Ledger:
        """Let versions count elsewhere than in their cells.

        Parameters
        ----------
        place : ndarray of int, shape (n,)
            Row of a `hotspot.kernels.asof.Matrix` for each, in the order of the versions.

        Returns
        -------
        Ledger
            The same versions.
        """
        return replace(self, versions=self.versions._replace(cell=place.astype(np.int32)))

    def readings(self, times: Times) -> Whole:
        """Read the clock of each group of intervals.

        Parameters
        ----------
        times : ndarray of datetime64[us], any shape
            Naive UTC.

        Returns
        -------
        ndarray of int64, shape (n_groups, ...)
            Microseconds.
        """
        read = [times.view(np.int64) if name is None else self.profile.clock(times, name) for name in self.clocks]
        return np.stack(read) if read else np.empty((0, *times.shape), np.int64)


def make_ledger(table: pd.DataFrame, keep: NDArray[np.bool_], profile: Profile, *, middles: bool = False) -> Ledger:
    """Sort versions by moment: that of an instant, the last tick of an interval, or its middle.

    Parameters
    ----------
    table : pandas.DataFrame
        Versions: start, end, known_at, superseded_at, category, cell.
    keep : ndarray of bool, shape (n_rows,)
        Which of them.
    profile : Profile
        How intervals spread.
    middles : bool
        Take an interval for an instant at its middle, before which half of it lies.

    Returns
    -------
    Ledger
        Of those that have a cell.
    """
    rows = np.flatnonzero(keep & (table["cell"].to_numpy() >= 0))
    taken: Whole | slice = rows if rows.size < len(table) else ALL
    start, end = _whole(table, "start", taken), _whole(table, "end", taken)
    long = end > start
    moment = _middles(table, rows, profile) if middles else np.where(long, end - 1, start)
    spans = rows[:0] if middles else rows[long]
    if _falls(moment):
        order = np.argsort(moment, kind="stable")
        taken = rows = rows[order]
        moment = moment[order]
    ordered, clocks, intervals = _spans(table, spans, profile)
    cell = table["cell"].to_numpy()[taken]
    versions = _versions(moment, _whole(table, "known_at", taken), _gone(table, taken), cell)
    return Ledger(rows, versions, ordered, intervals, clocks, profile)


def record_start(start: Times) -> np.datetime64:
    """Find the first incident of the record: see `History.observed_from`.

    Parameters
    ----------
    start : ndarray of datetime64[us], shape (n,)
        At least one, naive UTC.

    Returns
    -------
    numpy.datetime64
        When it began.
    """
    days = start.astype("datetime64[D]").astype(np.int64)
    first = int(days.min())
    total = np.concatenate([[0], np.cumsum(np.bincount(days - first))])
    ahead = total[np.minimum(np.arange(total.size - 1) + 28, total.size - 1)] - total[:-1]
    usual = np.median(ahead[days - first])  # over incidents, not days: most of them lie in the feed
    begin = np.datetime64(first + int(np.argmax((ahead >= 0.1 * usual) & (np.diff(total) > 0))), "D")
    return one_time(start[start >= begin.astype("datetime64[us]")].min())


def record_starts_at(table: pd.DataFrame, times: Times) -> Times:
    """Tell when the first incident of the record began, as known at each time: see `History.observed_from`.

    Parameters
    ----------
    table : pandas.DataFrame
        Versions: start, known_at, superseded_at.
    times : ndarray of datetime64[us], shape (n_times,)
        Naive UTC.

    Returns
    -------
    ndarray of datetime64[us], shape (n_times,)
        NaT where nothing was known yet.
    """
    taken: Whole | slice = ALL
    start = _whole(table, "start", taken)
    if _falls(start):
        taken = np.argsort(start, kind="stable")
        start = start[taken]
    day = start // DAY
    first = np.flatnonzero(np.diff(day, prepend=MISSING) != 0)
    number = np.repeat(np.arange(first.size), np.diff(first, append=start.size))
    versions = _versions(start, _whole(table, "known_at", taken), _gone(table, taken), number)
    order = np.argsort(times, kind="stable")
    found = record_starts(times[order].view(np.int64), versions, day[first], np.append(first, start.size), MISSING)
    starts = np.empty(times.shape, "datetime64[us]")
    starts[order] = found.view("datetime64[us]")
    return starts


def _versions(moment: Whole, known: Whole, gone: Whole, cell: Whole) -> Versions:
    by_known = np.argsort(known, kind="stable") if _falls(known) else np.arange(known.size)
    ends = np.flatnonzero(gone < FOREVER)
    by_gone = ends[np.argsort(gone[ends], kind="stable")]
    orders = by_known.astype(np.int32), by_gone.astype(np.int32)
    return Versions(moment, known, gone, cell.astype(np.int32), np.empty(0, np.int64), *orders)


def _spans(table: pd.DataFrame, rows: Whole, profile: Profile) -> tuple[Whole, tuple[str | None, ...], Spans]:
    """Sort intervals by clock, class of length and start; within a class none is twice as long as another."""
    clocks, group = _clocks(table, rows, profile)
    start, end = _whole(table, "start", rows), _whole(table, "end", rows)
    length = np.frexp((end - start).astype(np.float64))[1]
    order = np.lexsort((start, length, group))
    rows, start, end, group, length = (column[order] for column in (rows, start, end, group, length))
    begin, past = start.copy(), end.copy()
    for number, name in enumerate(clocks):
        if name is not None:
            of = group == number
            begin[of] = profile.clock(start[of].view("datetime64[us]"), name)
            past[of] = profile.clock(end[of].view("datetime64[us]"), name)
    new = np.flatnonzero((np.diff(group, prepend=-1) != 0) | (np.diff(length, prepend=-1) != 0))
    reach = np.maximum.reduceat(end - start, new) if rows.size else start
    known, gone, cell = _whole(table, "known_at", rows), _gone(table, rows), table["cell"].to_numpy()[rows]
    rest = known, gone, cell.astype(np.int32), np.empty(0, np.int64), np.append(new, rows.size), reach, group[new]
    return rows, clocks, Spans(start, end, begin, past - begin, *rest)


def _clocks(table: pd.DataFrame, rows: Whole, profile: Profile) -> tuple[tuple[str | None, ...], Whole]:
    """Name the clocks that rows go by, and the number of each row's."""
    if profile.is_uniform or not rows.size:
        return (None,), np.zeros(rows.size, np.int64)
    names = table["category"].cat.categories
    used, codes = np.unique(table["category"].cat.codes.to_numpy()[rows], return_inverse=True)
    own = [str(name) if profile.curve(str(name)) is not None else None for name in names[used]]
    clocks = tuple(dict.fromkeys(own))
    return clocks, np.array([clocks.index(name) for name in own], np.int64)[codes]


def _middles(table: pd.DataFrame, rows: Whole, profile: Profile) -> Whole:
    start, end = (table[name].to_numpy()[rows] for name in ("start", "end"))
    if not (end > start).any():
        return np.asarray(start.view(np.int64))
    return profile.place(start, end, table["category"].array[rows], 0.5).view(np.int64)


def _whole(table: pd.DataFrame, name: str, rows: Whole | slice) -> Whole:
    times = table[name].to_numpy().astype("datetime64[us]", copy=False).view(np.int64)
    return np.require(times[rows], requirements=("C", "W"))  # kernels are compiled once, for arrays of one kind


def _gone(table: pd.DataFrame, rows: Whole | slice) -> Whole:
    gone = _whole(table, "superseded_at", rows)
    return np.where(gone == MISSING, FOREVER, gone)


def _falls(values: Whole) -> bool:
    return bool((values[1:] < values[:-1]).any())
