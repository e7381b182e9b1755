"""Event proximity: how much takes place near a cell, around a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.errors import InputError, nearest
from hotspot.features._common import COLUMN, check_issue_times
from hotspot.features._groups import check_category
from hotspot.features._memo import remembered
from hotspot.features._timed import Group, timed_groups
from hotspot.history import History
from hotspot.kernels.proximity import HOUR, event_mass
from hotspot.layers import Events
from hotspot.schema import CELL, ISSUE_TIME, LEAD
from hotspot.windows import Times, Windows

REACH = 8.0  # decay times; exp(-8) = 0.0003


@dataclass(frozen=True)
class EventProximity:
    """Events near a cell, around a window, as known at the issue time.

    Each event counts attendance ** alpha x exp(-distance / scale) x presence. The distance is from the cell's centre to
    the event's place, 0 inside it, and nothing counts beyond `reach`. The presence is the mean over the window of 1
    while the event lasts, exp(-hours / before) before it starts and exp(-hours / after) after it ends, and nothing
    beyond 8 times `before` and `after`. An event whose attendance is missing counts as if one person came. One column a
    layer; NaN before its vintage, and in a window that the clocks skip whole.

    Parameters
    ----------
    alpha : float
        Power of the attendance: 0 counts events, 1 persons.
    scale : float
        Of the distance [m].
    reach : float
        Largest distance [m].
    before, after : float
        Decay times [h]; 0 for none.
    category : str, optional
        Only events of this category. Default: all.

    Raises
    ------
    InputError
        If a scale or reach is not a positive number, or another number is negative.
    """

    name: ClassVar[str] = "event_proximity"
    alpha: float = 0.5
    scale: float = 500.0
    reach: float = 2000.0
    before: float = 1.0
    after: float = 2.0
    category: str | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        for what, least in (("alpha", 0), ("scale", None), ("reach", None), ("before", 0), ("after", 0)):
            value = getattr(self, what)
            if not np.isfinite(value) or value < 0 or (least is None and value == 0):
                expected = "a number above 0" if least is None else "a number of 0 or more"
                raise InputError(f"{self.name} {what}: got {value!r}, expected {expected}")

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Sum the events up.

        Parameters
        ----------
        history : History
            With `Events` layers.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Give the leads.

        Returns
        -------
        xarray.DataArray
            Dimensions (issue_time, lead, cell), and column where there are several layers; float32.

        Raises
        ------
        InputError
            If there is no such layer or category.
        LeakageError
            If an issue time is later than the cutoff.
        """
        times = check_issue_times(history, issue_times)
        groups = timed_groups(history, Events, self.name, "events")
        self._check_category(groups)
        bounds = windows.bounds(times, history.domain.time_zone)
        shape = (len(groups), *bounds[0].shape, history.domain.n_cells)
        out = np.full(shape, np.nan, np.float32)
        for group, values in zip(groups, out, strict=True):
            for layer, index in group.holding(times):
                # a view where all issue times use one layer, which is the usual case
                part = values if index.size == times.size else np.empty((index.size, *shape[2:]), np.float32)
                self._sum(layer, history.domain, times[index], (bounds[0][index], bounds[1][index]), part)
                if part is not values:
                    values[index] = part
        return _labelled(history, times, groups, out)

    def _check_category(self, groups: list[Group[Events]]) -> None:
        known = {name for group in groups for layer in group.vintages for name in layer.categories}
        if self.category is not None:
            check_category(self.category, self.name)
        if self.category is not None and self.category not in known:
            hint = nearest(self.category, known)
            raise InputError(f"feature {self.name}: no events have category {self.category!r}; {hint}")

    def _sum(
        self, layer: Events, domain: Domain, times: Times, bounds: tuple[Times, Times], out: NDArray[np.float32]
    ) -> None:
        """Fill (issue_time, lead, cell) with what one layer knew."""
        key = ("near", domain.fingerprint, self.scale, self.reach)
        sites = remembered(layer, key, lambda: _Sites.of(layer, domain, self.scale, self.reach))
        chosen = np.arange(len(layer))
        if self.category is not None:
            chosen = chosen[(layer.frame["category"] == self.category).to_numpy(bool)]
        start, end, known = (part[chosen].astype(np.int64) for part in (layer.start, layer.end, layer.known_from))
        low, high = (np.ascontiguousarray(edge).astype(np.int64).ravel() for edge in bounds)
        issue = np.repeat(times.astype(np.int64), bounds[0].shape[1])
        latest = np.maximum.accumulate(end) if end.size else end
        first = np.searchsorted(latest, low - round(REACH * self.after * HOUR), side="left")
        last = np.searchsorted(start, high + round(REACH * self.before * HOUR), side="right")
        persons = layer.attendance[chosen]
        weight = np.where(np.isnan(persons), 1.0, persons) ** self.alpha
        event_mass(
            issue, low, high, first, last, known, start, end, weight, sites.of_event[chosen], sites.indptr, sites.cell,
            sites.near, (float(self.before), float(self.after), REACH), out.reshape(low.size, -1),
        )  # fmt: skip


class _Sites(NamedTuple):
    """Which cells are near which place, and how near; events at one place share it."""

    of_event: NDArray[np.int64]
    indptr: NDArray[np.int64]
    cell: NDArray[np.int64]
    near: NDArray[np.float64]

    @classmethod
    def of(cls, layer: Events, domain: Domain, scale: float, reach: float) -> _Sites:
        """Look for cells within reach, never at all pairs."""
        shapes = np.asarray(layer.to_crs(domain.crs).geometry.array)
        of_event, _ = pd.factorize(shapely.to_wkb(shapes))
        places = shapes[np.unique(of_event, return_index=True)[1]]
        centres = np.asarray(shapely.points(*domain.centres), object)
        site, cell = shapely.STRtree(centres).query(places, predicate="dwithin", distance=reach)
        order = np.lexsort((cell, site))
        site, cell = site[order], cell[order]
        near = np.exp(-shapely.distance(places[site], centres[cell]) / scale)
        indptr = np.searchsorted(site, np.arange(len(places) + 1))
        return cls(of_event.astype(np.int64), indptr, cell.astype(np.int64), near)


def _labelled(history: History, times: Times, groups: list[Group[Events]], values: NDArray[np.float32]) -> xr.DataArray:
    """Label what was summed."""
    coords = {ISSUE_TIME: times, LEAD: np.arange(values.shape[2]), CELL: history.domain.ids}
    dims = (ISSUE_TIME, LEAD, CELL)
    if len(groups) == 1:
        attrs = {"units": "1", "source": groups[0].source, "vintage": groups[0].vintage}
        return xr.DataArray(values[0], coords, dims, attrs=attrs)
    several = {
        "units": "1",
        "source": [group.source for group in groups],
        "vintage": [group.vintage for group in groups],
    }
    columns = {COLUMN: [group.column for group in groups]}
    return xr.DataArray(values, columns | coords, (COLUMN, *dims), attrs=several).transpose(*dims, COLUMN)
