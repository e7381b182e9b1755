"""History: all that was known at one moment, and what is to be forecast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.eligibility import Eligibility, screen
from hotspot.errors import InputError, LeakageError
from hotspot.history.door import (
    ESTIMATED,
    UNTOLD,
    check_spread,
    chosen,
    dated,
    known_latency,
    known_spread,
    located,
    of_categories,
)
from hotspot.history.events import Events
from hotspot.history.ledger import Ledger, make_ledger, record_start, record_starts_at
from hotspot.history.sparse import SparseCounts, count_current
from hotspot.incidents import Incidents
from hotspot.profile import LONGEST, Profile, Rows, estimate_profile
from hotspot.schema import CELL, VALID_END, VALID_START
from hotspot.windows import Duration, Times, Windows, as_utc, civil_midnight, one_time, shift

if TYPE_CHECKING:
    from hotspot.layers import Layer
    from hotspot.windows import Moment


@dataclass(frozen=True, eq=False)
class History:
    """What was known at `cutoff` about a domain.

    Parameters
    ----------
    domain : Domain
        The study area.
    incidents : Incidents
        In the CRS of the domain; see `Incidents.within`. After `as_of` those rows that were known and not superseded.
    target : str or sequence of str, optional
        Categories to forecast. Default: all that are eligible.
    layers : sequence of layers
        Places, streets and areas for features.
    latency : str
        How long after its end an incident is known where the records do not say, and how much of the latest past counts
        as incomplete. ``"estimated"``: at each cutoff the age by which 95 % of the target's incidents had become known,
        from what was known then; ``"14D"`` where that is too little to tell, and for records that do not say.
    cutoff : moment, optional
        Nothing later is known. A naive time is civil time of the domain.
    spread : "uniform", "weekly" or Profile
        How an interval is shared out over its length: evenly; by the weekly curve of its category, estimated from what
        is known at the cutoff, and anew by `as_of`; or by a profile. `as_of` keeps a profile, unless that was
        estimated from what became known later: then it is estimated anew.
    eligible : mapping of str to str, optional
        Categories used in spite of the eligibility table, each with the reason. Rows of other categories in the table,
        victim-sensitive and enforcement-driven ones, are left out: see `eligibility`.
    log : Incidents, optional
        For `as_of` itself: every version known at the cutoff.
    screened : Eligibility, optional
        For `as_of` itself: what was left out.
    estimates : bool
        For `as_of` itself: the latency is estimated.

    Raises
    ------
    InputError
        If an argument cannot be used as given.
    RefusedError
        If the target names a category that is not eligible.
    """

    domain: Domain
    incidents: Incidents
    target: tuple[str, ...] | str | Iterable[str] | None = field(default=None, kw_only=True)
    layers: tuple[Layer, ...] = field(default=(), kw_only=True)
    latency: str = field(default="0D", kw_only=True)
    cutoff: np.datetime64 | None = field(default=None, kw_only=True)
    spread: str | Profile = field(default="uniform", kw_only=True)
    eligible: Mapping[str, str] | None = field(default=None, kw_only=True)
    log: Incidents | None = field(default=None, kw_only=True, repr=False)
    screened: Eligibility | None = field(default=None, kw_only=True, repr=False)
    estimates: bool = field(default=False, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Bring the arguments into one form; a cutoff given by the user is applied."""
        target, cutoff = self.target, self.cutoff
        given = [target] if isinstance(target, str) else target
        names = None if given is None else tuple(dict.fromkeys(map(str, given)))
        object.__setattr__(self, "target", names)
        check_spread(self.spread, self.domain.time_zone)
        if self.log is not None:
            return
        if names is not None:
            if not names:
                raise InputError("History: target names no category; expected at least one, or None for all")
            self.incidents.check_categories(names, "History(target=...)")
        object.__setattr__(self, "layers", tuple(self.layers))
        if self.latency == ESTIMATED:
            object.__setattr__(self, "estimates", True)
            object.__setattr__(self, "latency", UNTOLD)
        object.__setattr__(self, "latency", str(Duration.parse(self.latency, zero=True)))
        known = dated(self.incidents, self.domain, self.latency)
        kept, screened = screen(known, names, self.eligible)
        log = located(kept, self.domain)
        object.__setattr__(self, "screened", screened)
        object.__setattr__(self, "log", log)
        object.__setattr__(self, "incidents", log)
        if cutoff is not None:
            object.__setattr__(self, "cutoff", None)
            past = self.as_of(cutoff)
            for name in ("log", "incidents", "cutoff", "latency"):
                object.__setattr__(self, name, getattr(past, name))

    def as_of(self, moment: Moment) -> History:
        """Go back to what was known at a moment.

        Parameters
        ----------
        moment : str, date, datetime, Timestamp or datetime64
            Naive means civil time of the domain; a `numpy.datetime64`, which our own arrays hold, is UTC already.

        Returns
        -------
        History
            With rows known_at <= moment < superseded_at. What happened to them later is forgotten.

        Raises
        ------
        LeakageError
            If the moment is later than this History's own cutoff.
        """
        time = as_utc(moment, self.domain.time_zone)
        if self.cutoff is not None and time > self.cutoff:
            raise LeakageError(
                f"History.as_of({time}): this History knows nothing after {self.cutoff} UTC; a History can only be "
                "shortened; start from the full one"
            )
        known = self.versions
        table = known.table.iloc[: int(np.searchsorted(known.known_at, time, side="right"))]
        superseded = table["superseded_at"].to_numpy()
        if (superseded > time).any():
            superseded = np.where(superseded > time, np.datetime64("NaT"), superseded)
            table = table.assign(superseded_at=superseded)
        log = replace(known, table=table)
        current = np.isnat(superseded)
        live = log if current.all() else replace(log, table=table[current])
        latency = known_latency(log, time, self.target) if self.estimates else self.latency
        spread = known_spread(self.spread, time)
        return replace(self, incidents=live, cutoff=time, log=log, spread=spread, latency=latency)

    @cached_property
    def profile(self) -> Profile:
        """How intervals are shared out; a weekly one is estimated on first use, from current rows that are complete."""
        if isinstance(self.spread, Profile):
            return self.spread
        table = self.incidents.table
        live = table[np.isnat(table["superseded_at"].to_numpy())]
        if self.spread == "uniform" or not len(live):
            return Profile({}, self.domain.time_zone)
        rows, until, known = replace(self.incidents, table=live), live["end"].max().to_datetime64(), self.cutoff
        if known is None:
            known = one_time(self.versions.known_at.max())  # so that no earlier History takes it for a declared one
        else:
            until = self.complete_until
        return estimate_profile(rows, self.domain.time_zone, self.observed_from, until, known)

    def spread_by(self, profile: Profile) -> History:
        """Take another profile, such as that of a fit.

        Parameters
        ----------
        profile : Profile
            To spread by.

        Returns
        -------
        History
            The same rows; itself where that is its profile already.
        """
        own = self.__dict__.get("profile", self.spread)
        even = self.spread == "uniform" and profile.is_uniform
        return self if even or own is profile else replace(self, spread=profile)

    @cached_property
    def long_intervals(self) -> int:
        """How many current rows of the target are intervals longer than 7 days, too long to say when."""
        table = self.incidents.table[self.is_target]
        return int((table["end"] - table["start"] > LONGEST).sum())

    @property
    def versions(self) -> Incidents:
        """Every version known at the cutoff, superseded ones as well."""
        return self.log if self.log is not None else self.incidents

    @property
    def eligibility(self) -> dict[str, Any]:
        """Categories left out by the eligibility table, and those used against it, with rows known and reasons.

        Plain words and numbers: ``{"left_out": {category: {"rows", "kind", "why"}}, "overridden": {category: {"rows",
        "kind", "why", "reason"}}}``.
        """
        return (self.screened or Eligibility()).as_dict(self.cutoff)

    @property
    def target_name(self) -> str:
        """The target in one word: its categories joined, or ``"all"`` that are eligible."""
        return "+".join(self.target) if self.target else "all"

    @property
    def known_until(self) -> np.datetime64:
        """The cutoff.

        Raises
        ------
        LeakageError
            If there is none.
        """
        if self.cutoff is None:
            raise LeakageError(
                "this History has no cutoff, so nothing says what was known; call history.as_of(moment) first"
            )
        return self.cutoff

    @cached_property
    def complete_until(self) -> np.datetime64:
        """Cutoff less latency: labels and time at risk end here."""
        return one_time(shift(self.known_until, self.latency, self.domain.time_zone, -1))

    @cached_property
    def observed_from(self) -> np.datetime64:
        """Civil midnight from which the feed is taken to be complete.

        Old incidents that came to light late would stretch the time at risk by years, so the record begins on the first
        day whose next 28 days hold a tenth of the usual number.

        Raises
        ------
        InputError
            If no incident is known.
        """
        start = self.incidents.table["start"].to_numpy()
        if not len(start):
            raise InputError(f"no incident is known at {self.cutoff}; use a later moment or check the file's times")
        return one_time(civil_midnight(record_start(start), self.domain.time_zone))

    def observed_from_at(self, times: Times) -> Times:
        """Say what `observed_from` was at many moments.

        Parameters
        ----------
        times : ndarray of datetime64[us], shape (n_times,)
            Naive UTC, none later than the cutoff.

        Returns
        -------
        ndarray of datetime64[us], shape (n_times,)
            ``as_of(time).observed_from`` of each; NaT where nothing was known yet.
        """
        return civil_midnight(record_starts_at(self.versions.table, times), self.domain.time_zone)

    def ledger(self, of: str | tuple[str, ...] = "target", *, middles: bool = False) -> Ledger:
        """Sort all versions for a sweep over many issue times.

        Parameters
        ----------
        of : "target", "all" or tuple of str
            Which categories.
        middles : bool
            Take intervals for instants at their middle.

        Returns
        -------
        Ledger
            Kept for the next time.

        Raises
        ------
        InputError
            If a category does not exist.
        RefusedError
            If a category is not eligible.
        """
        key = (of, middles)
        if key not in self._ledgers:
            keep = of_categories(self.versions, self.target, of, (self.screened or Eligibility()).left_out)
            self._ledgers[key] = make_ledger(self.versions.table, keep, self.profile, middles=middles)
        return self._ledgers[key]

    @cached_property
    def _ledgers(self) -> dict[tuple[str | tuple[str, ...], bool], Ledger]:
        return {}

    @cached_property
    def is_target(self) -> NDArray[np.bool_]:
        """Which rows of `incidents` count, shape (n_rows,)."""
        return chosen(self.incidents, self.target)

    def events(self, *, target: bool = True) -> Events:
        """Give the current incidents as plain arrays.

        Parameters
        ----------
        target : bool
            Only those of the target.

        Returns
        -------
        Events
            Sorted by start.
        """
        table = self.incidents.table
        if target:
            table = table[self.is_target]
        table = table.iloc[np.argsort(table["start"].to_numpy(), kind="stable")]
        start, end, x, y, cell = (table[name].to_numpy() for name in Events._fields[:-1])
        return Events(start, end, x, y, cell, table["category"].array)

    def mass(
        self, start: Times, end: Times, *, asof: Times | None = None, target: bool = True, outside: bool = False
    ) -> NDArray[np.float64]:
        """Count incidents in windows and cells; interval times are spread over [start, end) by the profile.

        Parameters
        ----------
        start, end : ndarray of datetime64, shape (n_windows,)
            Bounds, half-open, naive UTC.
        asof : ndarray of datetime64, shape (n_windows,), optional
            Count each window as it was known at its moment. Default: as known at the cutoff.
        target : bool
            Only the target's categories.
        outside : bool
            Add a last column for incidents inside the boundary that have no cell.

        Returns
        -------
        ndarray, shape (n_windows, n_cells) or (n_windows, n_cells + 1)
            Counts.
        """
        rows = self._rows_target if target else self._rows_all
        low, high = np.atleast_1d(start), np.atleast_1d(end)
        return rows.mass(low, high, asof, self.domain.n_cells, outside)

    def counts(self, windows: Windows) -> xr.DataArray:
        """Count the target in past windows, from the start of the record to `complete_until`.

        Parameters
        ----------
        windows : Windows
            Their length (and shifts); they tile backwards from the cutoff's first window.

        Returns
        -------
        xarray.DataArray
            Dimensions (valid_start, cell), with coordinate `valid_end`.
        """
        start, end = self._past(windows)
        coords = {VALID_START: start, VALID_END: (VALID_START, end), CELL: self.domain.ids}
        attrs = {"units": "incidents", "target": self.target_name}
        return xr.DataArray(self.mass(start, end), coords, (VALID_START, CELL), "count", attrs)

    def sparse_counts(self, windows: Windows) -> SparseCounts:
        """Count as `counts` does, into a sparse table.

        Parameters
        ----------
        windows : Windows
            Their length (and shifts); they tile backwards from the cutoff's first window.

        Returns
        -------
        SparseCounts
            Bounds of the windows, and counts in compressed rows.
        """
        start, end = self._past(windows)
        return SparseCounts(start, end, count_current(self.ledger(), start, end, self.domain.n_cells))

    def _past(self, windows: Windows) -> tuple[Times, Times]:
        """Past windows, from the start of the record to `complete_until`."""
        start, end = windows.before(self.known_until, self.domain.time_zone, since=self.observed_from)
        whole = end <= self.complete_until
        return start[whole], end[whole]

    @cached_property
    def _rows_target(self) -> Rows:
        return Rows(self.versions.table[chosen(self.versions, self.target)], self.profile)

    @cached_property
    def _rows_all(self) -> Rows:
        return Rows(self.versions.table, self.profile)
