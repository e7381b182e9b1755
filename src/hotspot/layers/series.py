"""Series: values over time that hold for the whole city, such as the weather, measured or forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.layers.mend import counted, reasons
from hotspot.layers.timed import KNOWN_AT, Timed, numbers, utc_times
from hotspot.windows import Duration, Times, shift

TIME = "time"
LONG_STEP = 1.5  # times the usual step: a gap


@dataclass(frozen=True, eq=False)
class Series(Timed):
    """Values of some variables over time.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a time: ``time`` that the values are of (UTC), perhaps ``known_at`` (of a forecast: when it was issued),
        all other columns are variables. Several forecasts of one time have different ``known_at``.
    latency : str
        How long after its time a value was known whose row has no ``known_at``. Where a value is a total or mean over
        an hour or a day and its time the start, that hour or day belongs into the latency. Days are 24 hours.

    units : mapping of str to str
        Of the variables. Default: none is said ("1").

    Raises
    ------
    InputError
        If there is no variable, or no row is left; if `units` names another variable.
    """

    frame: pd.DataFrame
    latency: str = "0h"
    units: Mapping[str, str] = field(default_factory=dict)

    def _check(self, where: str) -> None:
        object.__setattr__(self, "latency", str(Duration.parse(self.latency, zero=True)))
        names = [str(name) for name in self.frame.columns if name not in (TIME, KNOWN_AT)]
        if not names:
            raise InputError(f"{where}: no variable beside {TIME!r}; got the columns {list(self.frame.columns)}")
        object.__setattr__(self, "units", dict(self.units))
        for name in self.units:
            if name not in names:
                raise InputError(f"{where} units: there is no variable {name!r}; {nearest(name, names)}")
        time, known = utc_times(self.frame, TIME, where, needed=True), utc_times(self.frame, KNOWN_AT, where)
        known = np.where(np.isnat(known), shift(time, self.latency, "UTC"), known)
        read = {name: numbers(self.frame[name]) for name in names}
        table = pd.DataFrame({TIME: time, KNOWN_AT: known} | {name: values for name, (values, _) in read.items()})
        kept = table[~np.isnat(time)].sort_values([TIME, KNOWN_AT], kind="stable")
        repeated = kept.duplicated([TIME, KNOWN_AT])
        kept = kept[~repeated].reset_index(drop=True)
        if not len(kept):
            raise InputError(
                f"{where}: no row is left of {len(self.frame)}; each needs a time{reasons(self.notes, where)}"
            )
        object.__setattr__(self, "frame", kept)
        self._note(
            *counted(where, int(np.isnat(time).sum()), "without a time, set aside"),
            *counted(
                where, int(repeated.sum()), "of a time that was there already (and known at the same moment), left out"
            ),
            *(
                note
                for name, (_, wrong) in read.items()
                for note in counted(where, wrong, f"without a number in {name!r}")
            ),
            *_gaps(kept[TIME].to_numpy("datetime64[us]"), where),
        )

    def _content(self) -> Iterator[bytes]:
        yield f"{self.latency}|{sorted(self.units.items())}".encode()
        yield from super()._content()

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables, in the order of the columns."""
        return tuple(map(str, self.frame.columns[2:]))

    @property
    def time(self) -> Times:
        """Times that the values are of, naive UTC, shape (n,), ascending; equal ones ascend by `known_at`."""
        return self.frame[TIME].to_numpy("datetime64[us]")

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Values, shape (n, n_variables); NaN where missing."""
        return self.frame.iloc[:, 2:].to_numpy(np.float64)


def _gaps(time: Times, where: str) -> tuple[str, ...]:
    """Say how many steps are longer than usual."""
    steps = np.diff(np.unique(time)).astype(np.int64)
    if not steps.size:
        return ()
    usual = float(np.median(steps))
    long = int((steps > LONG_STEP * usual).sum())
    return (f"{where}: {long:,} gaps, where the usual step is {usual / 3.6e9:g} h",) if long else ()
