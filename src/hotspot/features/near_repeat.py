"""Near repeats: what happened lately close by, the closer and the later the more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import ceil, lcm
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.features._common import cell_columns, check_issue_times, in_months, source_of
from hotspot.features._points import point_rows, same_places
from hotspot.features._sweeps import Column, Sums, matrix_of, observed_from
from hotspot.history import History
from hotspot.kernels.asof import Matrix
from hotspot.windows import Duration, Times, Windows, shift

FINE_UNITS = 1 << 16  # of a weight, where the common multiple of all steps is larger
SAME = 1.0  # coordinates rounded to this are one place [m]

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class NearRepeat:
    """Proximity in space and time of the target's incidents, and repeats at the same place.

    The column ``near`` is the sum, over incidents within `radius` and `memory`, of 1 / (1 + m) times 1 / (1 + k): m is
    the distance from the centre of the cell in whole steps of `distance`, 0 for incidents in the cell itself, and k the
    age in whole steps of `age`. Distances are measured from coordinates rounded to the metre; which cell an incident
    lies in is that of its own. The column ``repeat`` counts the incidents in the cell within `memory` beyond the first
    at each place, that is at coordinates equal to the metre: as exact as the geocoder.

    All that is known counts, right up to the issue time. An interval is taken at its middle.

    Parameters
    ----------
    radius : float
        [m]
    memory : str
        How far back.
    distance : float
        Step of distance [m].
    age : str
        Step of age.

    Raises
    ------
    InputError
        If an option is not in range.

    References
    ----------
    Bowers, Johnson & Pease (2004), British Journal of Criminology 44, 641-658. DOI 10.1093/bjc/azh036
    """

    name: ClassVar[str] = "near_repeat"
    radius: float = 400.0
    memory: str = "2M"
    distance: float = 50.0
    age: str = "1W"

    def __post_init__(self) -> None:
        """Check the options."""
        for option in ("radius", "distance"):
            value = getattr(self, option)
            if not (isinstance(value, int | float) and np.isfinite(value) and value > 0):
                raise InputError(f"{self.name} {option}: got {value!r}, expected metres above 0")
        for option in ("memory", "age"):
            object.__setattr__(self, option, str(Duration.parse(getattr(self, option))))
        if Duration.parse(self.age).seconds > Duration.parse(self.memory).seconds:
            raise InputError(
                f"{self.name}: got steps of {self.age} in a memory of {self.memory}; expected shorter ones"
            )

    @property
    def uses_calendar(self) -> bool:
        """Whether the memory is some months long."""
        return in_months((self.memory, self.age))

    def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
        """Sum.

        Parameters
        ----------
        history : History
            With a cutoff at or after every issue time.
        issue_times : ndarray of datetime64[us], shape (n_issue_times,)
            Naive UTC.
        windows : Windows
            Not needed: the value is the same for each lead.

        Returns
        -------
        xarray.DataArray
            Dimensions (issue_time, cell, column): ``near`` [1] and ``repeat`` [incidents]; NaN where nothing was known.

        Raises
        ------
        LeakageError
            If an issue time is later than the cutoff.
        """
        del windows
        times = check_issue_times(history, issue_times)
        sums, ledger = Sums(history, times, 2), history.ledger(middles=True)
        column, rows = self._column(history, times), partial(_rows, history.domain, self.radius, self.distance)
        name = ("near repeat", self.radius, self.distance)
        placed, to = point_rows(history, ledger, SAME, name, rows, by_cell=True)
        sums.add(placed, [column], to)
        sums.add_repeats(*same_places(history, ledger, SAME), column.low[-1], times)
        sums.values[np.isnan(column.factor), 1] = np.nan
        source = source_of(history, "target")
        attrs = {"units": ["1", "incidents"], "source": source, "vintage": ""}
        return cell_columns(history, times, ("near", "repeat"), sums.values, attrs)

    def _column(self, history: History, times: Times) -> Column:
        """Nest windows of one step, two and so on, weighted so that an incident in its k-th step counts 1 / k."""
        zone, age = history.domain.time_zone, Duration.parse(self.age)
        oldest = shift(times, self.memory, zone, -1)
        steps = ceil(Duration.parse(self.memory).seconds / age.seconds)
        back = [shift(times, Duration(age.count * k, age.unit), zone, -1) for k in range(1, steps)]
        begin = observed_from(history, times)
        low = np.stack([np.maximum(np.maximum(low, oldest), begin) for low in [*back, oldest]])
        unit = min(lcm(*range(1, steps + 1)), FINE_UNITS)
        weight = [round(unit / k) for k in range(1, steps + 1)] + [0]
        falls = tuple(weight[k] - weight[k + 1] for k in range(steps))
        there = ~np.isnat(begin)
        high = np.broadcast_to(times, low.shape)
        return Column(np.where(there, low, high), high, falls, np.where(there, 1 / unit, np.nan))


def _rows(domain: Domain, radius: float, distance: float, x: Array, y: Array, own: Index) -> Matrix:
    """Weigh the cells within reach of each place, and the one that its incidents lie in."""
    centres = cKDTree(np.column_stack(domain.centres))
    pairs = cKDTree(np.column_stack([x, y])).sparse_distance_matrix(centres, radius, output_type="ndarray")
    other = own[pairs["i"]] != pairs["j"]
    place = np.concatenate([pairs["i"][other], np.arange(own.size)])
    cell = np.concatenate([pairs["j"][other], own])
    weight = np.concatenate([1 / (1 + np.floor(pairs["v"][other] / distance)), np.ones(own.size)])
    return matrix_of(csr_array((weight, (place, cell)), shape=(x.size, domain.n_cells)))
