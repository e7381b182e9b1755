"""Patrol dwell: how long patrols stood in a cell lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.features._common import COLUMN, check_durations, check_issue_times, in_months
from hotspot.features._timed import timed_groups
from hotspot.history import History
from hotspot.layers import Tracks
from hotspot.schema import CELL, ISSUE_TIME
from hotspot.windows import Times, Windows, shift


@dataclass(frozen=True)
class PatrolDwell:
    """Minutes that patrols stood in a cell, in past windows that end where the tracks are complete.

    For a window of length w and an issue time t the value is the time in [c - w, c), where c = t - latency of the
    tracks, as known at t. Where the tracks begin inside the window, it is divided by the covered share of the window,
    so that early rows compare with later ones; where they begin later, or the vintage of the layer does, it is NaN.
    Dwell describes the police, not places: a model trained with it can send patrols where they already were, and learn
    from that again.

    Parameters
    ----------
    windows : sequence of str
        Lengths, such as ``("7D", "28D")``.

    Raises
    ------
    InputError
        If a length is not a duration.
    """

    name: ClassVar[str] = "patrol_dwell"
    windows: tuple[str, ...] = ("7D", "28D")

    def __post_init__(self) -> None:
        """Parse the lengths."""
        object.__setattr__(self, "windows", check_durations(self.windows, self.name))

    @property
    def uses_calendar(self) -> bool:
        """Whether a window is some months long."""
        return in_months(self.windows)

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Count the minutes.

        Parameters
        ----------
        history : History
            With `Tracks` layers.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Dimensions (issue_time, cell, column), one column a length, led by the layer's name where there are several
            layers [min]; float32.

        Raises
        ------
        InputError
            If there is no such layer.
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        groups = timed_groups(history, Tracks, self.name, "patrol tracks")
        each = [(group, length) for group in groups for length in self.windows]
        out = np.full((len(each), times.size, history.domain.n_cells), np.nan, np.float32)
        for (group, length), values in zip(each, out, strict=True):
            for layer, index in group.holding(times):
                _fill(values, history, layer, times[index], index, length)
        several = len(groups) > 1
        columns = [f"{group.column}_{length}" if several else length for group, length in each]
        attrs = {
            "units": "min",
            "source": [group.source for group, _ in each],
            "vintage": [group.vintage for group, _ in each],
        }
        coords = {COLUMN: columns, ISSUE_TIME: times, CELL: history.domain.ids}
        return xr.DataArray(out, coords, (COLUMN, ISSUE_TIME, CELL), attrs=attrs).transpose(ISSUE_TIME, CELL, COLUMN)


def _fill(
    out: NDArray[np.float32], history: History, layer: Tracks, times: Times, index: NDArray[np.int64], length: str
) -> None:
    """Write the rows of some issue times, one after another, so that nothing large is held beside them."""
    zone = history.domain.time_zone
    complete = shift(times, layer.latency, zone, -1)
    low = shift(complete, length, zone, -1)
    start = np.maximum(low, _begin(layer, times))  # NaT where nothing was known
    share = (complete - start).astype(np.float64) / (complete - low).astype(np.float64)
    there = np.flatnonzero(complete > start)
    minutes = layer.dwells(history.domain, start[there], complete[there], times[there])
    for i, row in zip(there, minutes, strict=True):
        out[index[i]] = row / share[i]


def _begin(layer: Tracks, times: Times) -> Times:
    """When the first stay began of those known at each time; NaT where there was none."""
    order = np.argsort(layer.known_from, kind="stable")
    earliest = np.minimum.accumulate(layer.frame["start"].to_numpy("datetime64[us]")[order])
    known = np.searchsorted(layer.known_from[order], times, side="right")
    return np.append(earliest, np.datetime64("NaT", "us"))[known - 1]
