"""Decayed counts: incidents that fade with age and spread over the cells around them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import xarray as xr

from hotspot.errors import InputError
from hotspot.features._common import cell_columns, check_issue_times, check_of, groups_of, source_of
from hotspot.features._spreads import cell_spread, is_smoothed, is_wide, point_spread, put_spread, smoother
from hotspot.features._sweeps import OWN_CELL, Sums
from hotspot.history import History, Ledger
from hotspot.kernels.asof import Matrix
from hotspot.windows import Duration, Times, Windows


@dataclass(frozen=True)
class DecayedCounts:
    """Incidents per day, weighted by age and spread over the cells around: the dictionary of kernels.

    For a half-life H, a spread s and an issue time t the value in a cell is the sum over incidents, known at t, of
    2^(-a/H) times the incident's share in the cell, divided by the integral of 2^(-a/H) over the record: a = c minus
    the moment of the incident, c = t - latency, and only incidents before c count. It estimates the rate of the cell
    now, so that columns compare with each other, and early issue times with later ones. Without a half-life all
    incidents weigh the same: the mean rate since the record began. An interval is taken at its middle.

    The share in a cell is the mass there of a Gaussian around the incident, cut at four standard deviations and divided
    by its mass inside the domain: a spread loses no incident. Spreads below the domain's spacing start from the
    incident's own coordinates, rounded to a fiftieth of the spread, and are integrated over the cells. Wider ones start
    from the centre of the incident's cell, with the variance of the cell taken off the spread's. Where
    so many cells lie within reach that the shares of all would not fit (about 8 million from cell to cell, or 100 a
    place), incidents are put on a lattice of a third of the spread, smoothed there and read back by cell; this loses
    none either.

    Parameters
    ----------
    half_lives : sequence of str or None
        Durations, a month taken as 30.4375 days; None: all incidents weigh the same (columns ``all_time``, the last).
    spreads : sequence of float
        Standard deviations per axis [m]; 0 leaves each incident in its cell.
    of : "target", "all" or sequence of str
        Which incidents; see `RecentCounts`.

    Raises
    ------
    InputError
        If a half-life is not a duration, or a spread not a number of metres, 0 or more.

    References
    ----------
    Mohler (2014), International Journal of Forecasting 30, 491-497. DOI 10.1016/j.ijforecast.2014.01.004
    Diggle (1985), Applied Statistics 34, 138-147. DOI 10.2307/2347366

    Examples
    --------
    >>> DecayedCounts(("14D", None), spreads=(0, 250)).columns
    ('14D', 'all_time', '14D_250m', 'all_time_250m')
    """

    name: ClassVar[str] = "decayed_counts"
    half_lives: tuple[str | None, ...] = ("3D", "14D", "60D", "240D", None)
    spreads: tuple[float, ...] = (0.0, 150.0, 500.0)
    of: str | tuple[str, ...] = "target"

    def __post_init__(self) -> None:
        """Bring the options into one form."""
        halves = tuple(self.half_lives) if isinstance(self.half_lives, tuple | list) else (self.half_lives,)
        spreads = tuple(self.spreads) if isinstance(self.spreads, tuple | list) else (self.spreads,)
        if not halves or not spreads:
            raise InputError(f"{self.name}: got no half-life or no spread, expected at least one of each")
        for spread in spreads:
            if not (isinstance(spread, int | float) and isfinite(spread) and spread >= 0):
                raise InputError(f"{self.name} spreads: got {spread!r}, expected metres, 0 or more")
        named = dict.fromkeys(str(Duration.parse(half)) for half in halves if half is not None)
        object.__setattr__(self, "half_lives", (*named, *([None] if None in halves else [])))
        object.__setattr__(self, "spreads", tuple(dict.fromkeys(map(float, spreads))))
        object.__setattr__(self, "of", check_of(self.of, self.name))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(
            f"{'all_time' if half is None else half}{f'_{spread:g}m' if spread else ''}{suffix}"
            for suffix in groups_of(self.of)
            for spread in self.spreads
            for half in self.half_lives
        )

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
            Dimensions (issue_time, cell, column) [incidents/day]; NaN where no record had begun.

        Raises
        ------
        InputError
            If a category does not exist.
        LeakageError
            If an issue time is later than the cutoff.
        RefusedError
            If a category is not eligible.
        """
        del windows
        times = check_issue_times(history, issue_times)
        sums = Sums(history, times, len(self.columns))
        groups = groups_of(self.of)
        for of in groups.values():
            for spread in self.spreads:
                if is_smoothed(history.domain, spread):
                    self._add_smoothed(sums, history, times, of, spread)
                else:
                    ledger, to = _spread(history, history.ledger(of, middles=True), spread)
                    sums.add_rates(history, ledger, self.half_lives, to)
        each = len(self.spreads) * len(self.half_lives)
        source = [source_of(history, of) for of in groups.values() for _ in range(each)]
        attrs = {"units": "incidents/day", "source": source, "vintage": ""}
        return cell_columns(history, times, self.columns, sums.values, attrs)

    def _add_smoothed(
        self, sums: Sums, history: History, times: Times, of: str | tuple[str, ...], spread: float
    ) -> None:
        """Sum on a lattice; column by column where it has more points than there are cells."""
        through = smoother(history.domain, spread)
        ledger, to = put_spread(history, history.ledger(of, middles=True), spread)
        n_nodes, each = through.lattice.spot.size, self._columns_at_once(history, through.lattice.spot.size)
        for first in range(0, len(self.half_lives), each):
            some = self.half_lives[first : first + each]
            points = Sums(history, times, len(some), n_nodes)
            points.add_rates(history, ledger, some, to)
            sums.add_smoothed(points, through.lattice, through.read)

    def _columns_at_once(self, history: History, n_nodes: int) -> int:
        return len(self.half_lives) if n_nodes <= history.domain.n_cells else 1


def _spread(history: History, ledger: Ledger, spread: float) -> tuple[Ledger, Matrix]:
    """Say where the incidents of a ledger count."""
    if spread == 0:
        return ledger, OWN_CELL
    if is_wide(history.domain, spread):
        return ledger, cell_spread(history.domain, spread)
    return point_spread(history, ledger, spread)
