"""Forecast windows: which intervals follow an issue time, and which tile the past before it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hotspot.errors import InputError
from hotspot.windows.civil import HOUR, Times, add_civil, as_us, civil_midnight, to_local, to_utc
from hotspot.windows.durations import Duration, is_whole


@dataclass(frozen=True)
class Windows:
    """The forecast windows that follow an issue time.

    Lead 0 starts at the first civil midnight at or after the issue time, for hours at the first multiple of
    the period after civil midnight, for shifts at the first shift start. Later windows follow end to end.
    There is no other anchor: no epoch, weekday or first of the month.

    Hours are elapsed hours: on a day of 23 hours the multiples of 4 h after midnight are counted as they
    pass, and where none remains before the next civil midnight, lead 0 starts there. Windows of hours are
    all equally long. Months count from lead 0's start (31 January, 29 February, 31 March). A shift lasts
    until the next one starts; it, or a day, is empty only where the clocks skip it whole.

    Parameters
    ----------
    period : str
        Length of a window, ``<n>h|D|W|M``; kept as text, parsed in `duration`.
    leads : int
        Number of periods, at least 1.
    shifts : sequence of str, optional
        Shift starts ``"HH:MM"`` in civil time, ascending; needs the period ``"1D"``.

    Raises
    ------
    InputError
        If one of them is not of the stated kind.

    Examples
    --------
    >>> Windows("1D", leads=7, shifts=["07:00", "15:00", "23:00"]).n_leads
    21
    """

    period: str
    leads: int = 1
    shifts: Sequence[str] | None = None

    def __post_init__(self) -> None:
        duration = Duration.parse(self.period)
        object.__setattr__(self, "period", str(self.period))
        if not is_whole(self.leads, 1):
            raise InputError(f"Windows leads: got {self.leads!r}, expected a whole number >= 1")
        if self.shifts is None:
            return
        if duration != Duration(1, "D"):
            raise InputError(f"Windows period: got {self.period!r} with shifts, expected '1D': they divide a day")
        object.__setattr__(self, "shifts", _check_shifts(self.shifts))

    @property
    def duration(self) -> Duration:
        """The parsed period."""
        return Duration.parse(self.period)

    @property
    def n_leads(self) -> int:
        """Length of the lead dimension: leads x max(1, number of shifts)."""
        return self.leads * self._per_day

    def bounds(self, issue_time: npt.ArrayLike, zone: str) -> tuple[Times, Times]:
        """Return when each window starts and ends.

        Parameters
        ----------
        issue_time : datetime64, scalar or shape (n_issue,)
            Instants in UTC.
        zone : str
            IANA name.

        Returns
        -------
        valid_start, valid_end : datetime64[us] arrays, shape (n_leads,) or (n_issue, n_leads)
            Half-open windows in UTC, end to end.

        Raises
        ------
        InputError
            If the times are missing or not datetime64, or the zone is unknown.
        """
        edges = self._edges(as_us(issue_time, missing=False), np.arange(self.n_leads + 1), zone)
        return edges[..., :-1], edges[..., 1:]

    def shift_index(self, issue_time: npt.ArrayLike, zone: str) -> npt.NDArray[np.int64]:
        """Return the position in `shifts` of each window; all 0 without shifts.

        Parameters
        ----------
        issue_time : datetime64, scalar or shape (n_issue,)
            Instants in UTC.
        zone : str
            IANA name.

        Returns
        -------
        int array, shape (n_leads,) or (n_issue, n_leads)
            Positions from 0.

        Raises
        ------
        InputError
            If the times are missing or not datetime64, or the zone is unknown.
        """
        first = self._first_shift(as_us(issue_time, missing=False), zone)
        return np.asarray((first[..., None] + np.arange(self.n_leads)) % self._per_day)

    def before(
        self, moment: npt.ArrayLike, zone: str, n: int | None = None, since: npt.ArrayLike | None = None
    ) -> tuple[Times, Times]:
        """Return the windows that tile the past, end to end, up to lead 0's start.

        Parameters
        ----------
        moment : datetime64
            Issue time in UTC.
        zone : str
            IANA name.
        n : int, optional
            How many, the latest ones.
        since : datetime64, optional
            Instead of `n`: all that start at or after this instant, in UTC.

        Returns
        -------
        valid_start, valid_end : datetime64[us] arrays, shape (n,)
            In time order; the last one ends where lead 0 of `moment` starts.

        Raises
        ------
        InputError
            Unless exactly one of `n` and `since` is given, and the arguments are of the stated kind.
        """
        if (n is None) == (since is None):
            raise InputError("Windows.before: got both or neither of n and since, expected exactly one")
        issue = _scalar(moment, "moment")
        if since is None:
            if n is None or not is_whole(n, 0):
                raise InputError(f"Windows.before n: got {n!r}, expected a whole number >= 0")
            edges = self._edges(issue, np.arange(-n, 1), zone)
            return edges[:-1], edges[1:]
        earliest = _scalar(since, "since")
        edges = self._edges(issue, np.arange(-self._enough(earliest, issue), 1), zone)
        kept = edges[:-1] >= earliest
        return edges[:-1][kept], edges[1:][kept]

    @property
    def _per_day(self) -> int:
        return len(self.shifts) if self.shifts is not None else 1

    def _enough(self, earliest: Times, issue: Times) -> int:
        """Return a number of windows that surely reaches back from lead 0 to `earliest`."""
        # One more for lead 0, which starts up to a period after the issue time, and one each for what nominal
        # lengths leave out: clock changes, a skipped day, short months.
        seconds = max(float((issue - earliest) / np.timedelta64(1, "s")), 0.0)
        return (int(seconds / self.duration.seconds) + 5) * self._per_day

    def _edges(self, issue: Times, counts: npt.NDArray[np.int64], zone: str) -> Times:
        """Return the starts of the windows numbered `counts` from lead 0, negative ones before it."""
        if self.shifts is not None:
            return self._shift_start(self._first_shift(issue, zone)[..., None] + counts, zone)
        period = self.duration
        if period.unit == "h":
            return np.asarray(self._first_hour(issue, zone)[..., None] + counts * period.count * HOUR)
        # From the civil date, not the instant: where midnight is skipped, only that day starts late.
        date = to_local(civil_midnight(issue, zone, "ceil"), zone).astype("datetime64[D]")
        dates = date.astype("datetime64[us]")[..., None]
        return to_utc(add_civil(dates, counts * period.count, period.unit), zone)

    def _first_hour(self, issue: Times, zone: str) -> Times:
        midnight, length = civil_midnight(issue, zone), self.duration.count * HOUR
        multiple = -((midnight - issue) // length)  # rounded up
        return np.asarray(np.minimum(midnight + multiple * length, civil_midnight(issue, zone, "ceil")))

    def _first_shift(self, issue: Times, zone: str) -> npt.NDArray[np.int64]:
        """Return the number of the first shift at or after each issue time, counted as in `_shift_start`."""
        day = to_local(issue, zone).astype("datetime64[D]").astype(np.int64)
        candidates = (day[..., None] - 1) * self._per_day + np.arange(4 * self._per_day)
        passed = self._shift_start(candidates, zone) < issue[..., None]
        return np.asarray(candidates[..., 0] + passed.sum(axis=-1))

    def _shift_start(self, number: npt.NDArray[np.int64], zone: str) -> Times:
        """Return when shifts start, numbered through from the first one of 1970-01-01."""
        starts = np.array([_minutes(text) for text in self.shifts or ["00:00"]], "timedelta64[m]")
        day, position = np.divmod(number, len(starts))
        return to_utc(day.astype("datetime64[D]") + starts[position], zone)


def _scalar(time: npt.ArrayLike, what: str) -> Times:
    array = as_us(time, missing=False)
    if array.ndim:
        raise InputError(f"Windows.before {what}: got an array of shape {array.shape}, expected one time")
    return array


def _minutes(text: object) -> int:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text) if isinstance(text, str) else None
    if match is None:
        raise InputError(f"Windows shifts: got {text!r}, expected text 'HH:MM' from '00:00' to '23:59'")
    return 60 * int(match[1]) + int(match[2])


def _check_shifts(shifts: object) -> tuple[str, ...]:
    if isinstance(shifts, str) or not isinstance(shifts, Sequence) or len(shifts) == 0:
        raise InputError(f"Windows shifts: got {shifts!r}, expected a list of 'HH:MM', such as ['07:00', '19:00']")
    minutes = [_minutes(text) for text in shifts]
    if any(later <= earlier for earlier, later in itertools.pairwise(minutes)):
        raise InputError(f"Windows shifts: got {list(shifts)}, expected each start once, in ascending order")
    return tuple(shifts)
