"""Training rows: a sample of (issue time, lead, cell) with known outcome, and their features.

Incidents are rare, so most rows are zeros. Rows with an incident are all kept where they fill no more than half of the
sample, and zeros are drawn at random; each row weighs the inverse of the share that was kept of its kind, so that
weighted sums estimate those over all rows. The cube is never whole: rows are looked up in one feature and a few issue
times at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import InputError, LeakageError
from hotspot.features._common import check_issue_times
from hotspot.features.columns import DIMS
from hotspot.features.cube import FeatureSpec, make_features
from hotspot.features.drawing import Drawn, draw_rows
from hotspot.features.plan import Plan, parse_memory, plan_cube
from hotspot.history import History
from hotspot.windows import Moment, Times, Windows, as_utc_many

Index = NDArray[np.int64]


class Sample(NamedTuple):
    """Rows to train on.

    Attributes
    ----------
    columns : tuple of str
        Names of the features, in order.
    issue_time : ndarray of datetime64[us], shape (n_rows,)
        Naive UTC.
    lead, cell : ndarray of int, shape (n_rows,)
        Positions among the leads and cells.
    features : ndarray of float32, shape (n_rows, n_features)
        Values.
    incidents : ndarray, shape (n_rows,)
        Incidents of the target in the window and cell, as known at the cutoff.
    exposure : ndarray, shape (n_rows,)
        Length of the window times size of the cell [s m2, or s m for street segments], above 0.
    weight : ndarray, shape (n_rows,)
        How many rows of all it stands for.
    """

    columns: tuple[str, ...]
    issue_time: Times
    lead: Index
    cell: Index
    features: NDArray[np.float32]
    incidents: NDArray[np.float64]
    exposure: NDArray[np.float64]
    weight: NDArray[np.float64]


def sample_rows(
    history: History,
    issue_times: Sequence[Moment] | Times,
    *,
    features: Sequence[FeatureSpec],
    windows: Windows,
    max_rows: int = 100_000,
    rng: int = 0,
    memory: str | int = "256MiB",
) -> Batches:
    """Draw rows to train on, and compute their features a few issue times after another.

    Parameters
    ----------
    history : History
        With a cutoff; gives the labels.
    issue_times : sequence of moments, shape (n_issue_times,)
        Naive ones are civil time of the domain; numpy.datetime64 is UTC. Sorted, each taken once.
    features : sequence of Feature, str or (str, mapping)
        Recipes, registered names, or names with options.
    windows : Windows
        What will be forecast.
    max_rows : int
        Most rows, at least 2; where there are no more in all, each is there once and weighs 1.
    rng : int
        Seed of the draw, 0 or more.
    memory : str or int
        Most that the features of those issue times may take which are computed at once [bytes].

    Returns
    -------
    Batches
        Iterate over it for batches (`Sample`) in the order of issue time, lead, cell, each computed in its turn, or
        take all rows with ``.join()``. Rows whose window has no length, because the clocks skip it, are left out.

    Raises
    ------
    InputError
        If there is no issue time, a feature lacks its layer, or a number cannot be used.
    LeakageError
        If a window ends after `complete_until`, so that its incidents are not all known.
    """
    limit, recipes = parse_memory(memory, "sample_rows memory"), make_features(features)
    times = np.unique(as_utc_many(issue_times, history.domain.time_zone))
    if not times.size:
        raise InputError("sample_rows: got no issue time; expected at least one, for example pandas.date_range(...)")
    _check_whole("max_rows", max_rows, 2)
    _check_whole("rng", rng, 0)
    end = windows.bounds(check_issue_times(history, times), history.domain.time_zone)[1].max()
    if end > history.complete_until:
        raise LeakageError(
            f"sample_rows: a window ends at {end}, but incidents are complete only until {history.complete_until} UTC; "
            "leave out the later issue times, or start from a later cutoff"
        )
    plan = plan_cube(history, times, recipes, windows)
    step = plan.step(limit, "sample_rows memory")
    return Batches(plan, draw_rows(history, times, windows, int(max_rows), int(rng)), step)


def _check_whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"sample_rows {name}: got {value!r}, expected a whole number >= {least}")


@dataclass(frozen=True)
class Batches:
    """Rows that were drawn, and what their features are computed from.

    Parameters
    ----------
    plan : Plan
        Of the cube that is never whole.
    drawn : Drawn
        The rows.
    step : int
        Issue times of a batch.
    """

    plan: Plan
    drawn: Drawn
    step: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(self.plan.columns)

    @property
    def n_rows(self) -> int:
        """Rows of all batches."""
        return int(self.drawn.weight.size)

    def __iter__(self) -> Iterator[Sample]:
        """Compute a batch after another; each holds at least one row."""
        for part, inside in self._parts():
            features = np.empty((inside.stop - inside.start, len(self.columns)), np.float32)
            self._look_up(part, inside, features)
            yield self._sample(inside, features)

    def join(self) -> Sample:
        """Compute all rows; they are held once.

        Returns
        -------
        Sample
            Of `n_rows` rows.
        """
        features = np.empty((self.n_rows, len(self.columns)), np.float32)
        for part, inside in self._parts():
            self._look_up(part, inside, features[inside])
        return self._sample(slice(None), features)

    def _parts(self) -> Iterator[tuple[slice, slice]]:
        """Give slices of issue times, and of the rows that lie in them."""
        total = self.plan.issue_times.size
        for first in range(0, total, self.step):
            part = slice(first, min(first + self.step, total))
            inside = slice(*np.searchsorted(self.drawn.issue, [part.start, part.stop]).tolist())
            if inside.stop > inside.start:
                yield part, inside

    def _look_up(self, part: slice, inside: slice, out: NDArray[np.float32]) -> None:
        """Compute a feature after another, and keep only its values in the rows."""
        drawn, place = self.drawn, {name: i for i, name in enumerate(self.columns)}
        positions = drawn.issue[inside] - part.start, drawn.lead[inside], drawn.cell[inside]
        index = dict(zip(DIMS, positions, strict=True))
        dated = (each for owner in range(len(self.plan.features)) for each in self.plan.compute(owner, part))
        for name, column in chain(self.plan.static.items(), dated):
            out[:, place[name]] = column.values[tuple(index[str(dim)] for dim in column.dims)]
            del column  # it may hold all that its feature gave, while the next one is computed

    def _sample(self, inside: slice, features: NDArray[np.float32]) -> Sample:
        drawn = self.drawn
        return Sample(
            self.columns,
            self.plan.issue_times[drawn.issue[inside]],
            drawn.lead[inside],
            drawn.cell[inside],
            features,
            drawn.incidents[inside],
            drawn.exposure[inside],
            drawn.weight[inside],
        )
