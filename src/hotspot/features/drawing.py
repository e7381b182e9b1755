"""Drawing rows for training: which (issue time, lead, cell) are kept, and how many of all each stands for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.history import History
from hotspot.windows import Times, Windows

Whole = NDArray[np.int64]
AT_ONCE = 1_000_000  # rows looked at together
SHUFFLED = 8_000_000  # rows that may be shuffled whole
SECOND = np.timedelta64(1, "s")


class Drawn(NamedTuple):
    """Rows that were drawn, in the order of issue time, lead, cell.

    Attributes
    ----------
    issue, lead, cell : ndarray of int, shape (n_rows,)
        Positions.
    incidents, exposure, weight : ndarray, shape (n_rows,)
        Labels [incidents], time at risk [s m2 or s m], and how many rows of all each stands for.
    """

    issue: Whole
    lead: Whole
    cell: Whole
    incidents: NDArray[np.float64]
    exposure: NDArray[np.float64]
    weight: NDArray[np.float64]


def draw_rows(history: History, issue_times: Times, windows: Windows, max_rows: int, seed: int) -> Drawn:
    """Draw rows.

    Parameters
    ----------
    history : History
        With a cutoff; gives the labels.
    issue_times : ndarray of datetime64[us], shape (n_issue_times,)
        Naive UTC, ascending.
    windows : Windows
        What will be forecast.
    max_rows : int
        At most so many, at least 2.
    seed : int
        Of the draw.

    Returns
    -------
    Drawn
        Rows of windows that have a length.
    """
    domain = history.domain
    start, end = windows.bounds(issue_times, domain.time_zone)
    labels = Labels(history, start.ravel(), end.ravel(), max_rows)
    flat, count, weight = choose(labels, max_rows, np.random.default_rng(seed))
    window, cell = np.divmod(flat, domain.n_cells)
    exposure = ((end - start) / SECOND).ravel()[window] * domain.size[cell]
    some = exposure > 0  # the clocks may skip a whole shift
    issue, lead = np.divmod(window[some], windows.n_leads)
    return Drawn(issue, lead, cell[some], count[some], exposure[some], weight[some])


class Labels:
    """Which rows hold an incident, a block of windows after another.

    Positives are kept while they are few; beyond that a block is counted again when it is asked for.

    Parameters
    ----------
    history : History
        With a cutoff.
    start, end : ndarray of datetime64[us], shape (n_windows,)
        Windows.
    most : int
        So many positives are kept.
    """

    def __init__(self, history: History, start: Times, end: Times, most: int) -> None:
        self.history, self.start, self.end = history, start, end
        self.n_cells = history.domain.n_cells
        self.windows = max(AT_ONCE // self.n_cells, 1)  # of a block
        self.kept: dict[int, tuple[Whole, NDArray[np.float64]]] = {}
        positives, left = [], most
        for first in range(0, start.size, self.windows):
            found = self._count(first)
            positives.append(found[0].size)
            left -= found[0].size
            if left >= 0:
                self.kept[first] = found
        self.positives = np.asarray(positives, np.int64)
        self.rows = np.minimum(self.windows, start.size - np.arange(0, start.size, self.windows)) * self.n_cells

    def block(self, number: int) -> tuple[Whole, NDArray[np.float64]]:
        """Give positions within a block that hold an incident, ascending, and their counts."""
        first = number * self.windows
        return self.kept[first] if first in self.kept else self._count(first)

    def _count(self, first: int) -> tuple[Whole, NDArray[np.float64]]:
        inside = slice(first, first + self.windows)
        mass = self.history.mass(self.start[inside], self.end[inside]).ravel()
        at = np.flatnonzero(mass)
        return at, mass[at]


def choose(
    labels: Labels, max_rows: int, rng: np.random.Generator
) -> tuple[Whole, NDArray[np.float64], NDArray[np.float64]]:
    """Draw zeros, and positives where they alone are too many.

    Parameters
    ----------
    labels : Labels
        Of all rows.
    max_rows : int
        At most so many.
    rng : numpy.random.Generator
        To draw with.

    Returns
    -------
    flat : ndarray of int, shape (n_rows,)
        Positions (window, cell), ascending.
    count, weight : ndarray, shape (n_rows,)
        Incidents, and how many rows each stands for.
    """
    n_positive = int(labels.positives.sum())
    n_zero = int(labels.rows.sum()) - n_positive
    keep = min(n_positive, max(max_rows // 2, max_rows - n_zero))
    positive = _ranks(n_positive, keep, rng) if keep < n_positive else np.arange(n_positive)
    zero = _ranks(n_zero, min(n_zero, max_rows - keep), rng)
    weights = n_positive / max(positive.size, 1), n_zero / max(zero.size, 1)
    before = {"row": 0, "positive": 0, "zero": 0}
    parts: list[tuple[Whole, NDArray[np.float64], NDArray[np.float64]]] = []
    for number, (n_rows, n_with) in enumerate(zip(labels.rows.tolist(), labels.positives.tolist(), strict=True)):
        own = _inside(positive, before["positive"], n_with), _inside(zero, before["zero"], n_rows - n_with)
        if own[0].size or own[1].size:
            parts.append(_chosen(labels.block(number), own, weights, before["row"]))
        before = {key: before[key] + n for key, n in zip(before, (n_rows, n_with, n_rows - n_with), strict=True)}
    flat, count, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return flat, count, weight


def _inside(ranks: Whole, first: int, number: int) -> Whole:
    """Take the ranks that lie in [first, first + number), counted from first."""
    return ranks[slice(*np.searchsorted(ranks, [first, first + number]).tolist())] - first


def _chosen(
    found: tuple[Whole, NDArray[np.float64]], own: tuple[Whole, Whole], weights: tuple[float, float], first: int
) -> tuple[Whole, NDArray[np.float64], NDArray[np.float64]]:
    """Turn ranks among the positives and zeros of a block into positions, counts and weights, ascending."""
    (flat, count), (some, rank) = found, own
    # the zero of rank r lies behind as many positives as have at most r zeros before them
    zeros = rank + np.searchsorted(flat - np.arange(flat.size), rank, side="right")
    position = np.concatenate([flat[some], zeros])
    order = np.argsort(position)
    counts = np.concatenate([count[some], np.zeros(rank.size)])
    return position[order] + first, counts[order], np.repeat(weights, [some.size, rank.size])[order]


def _ranks(number: int, size: int, rng: np.random.Generator) -> Whole:
    """Draw different numbers below `number`, ascending, in memory of about so many as are drawn."""
    if number <= SHUFFLED or size <= number // 50:  # beyond that share numpy shuffles all there are
        return np.sort(rng.choice(number, size, replace=False))
    if size > number // 2:
        return np.setdiff1d(np.arange(number), _ranks(number, number - size, rng), assume_unique=True)
    drawn = np.empty(0, np.int64)
    while drawn.size < size:  # the first so many different ones of an endless row
        drawn = np.union1d(drawn, rng.integers(0, number, size - drawn.size))
    return drawn
