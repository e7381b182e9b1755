"""The door for incidents: columns mapped, times and coordinates checked, faulty rows set aside and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj

from hotspot.domain.boundary import known_zone
from hotspot.errors import ConfigError, InputError
from hotspot.incidents import Incidents
from hotspot.io.columns import map_columns
from hotspot.io.identity import row_ids
from hotspot.io.positions import known_crs, position_faults
from hotspot.io.sieve import Sieve
from hotspot.io.spans import spans
from hotspot.io.tables import GEOMETRY_X, GEOMETRY_Y, Table, open_table
from hotspot.io.times import Parsed, parse_times
from hotspot.io.values import as_numbers, as_text

if TYPE_CHECKING:
    from hotspot.io.tables import Source

TIMES = ("start", "end", "known_at", "superseded_at", "discovered")


def read_incidents(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    schema: str | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
) -> Incidents:
    """Read incidents, and set aside the rows that cannot be used.

    Only the columns that are mapped, or that carry one of our names, are read. Each row is kept, or counted in the
    report under exactly one reason.

    Parameters
    ----------
    source : path, DataFrame or GeoDataFrame
        CSV, Parquet, GeoParquet, GeoPackage, GeoJSON.
    columns : mapping of str to str, optional
        Our names (id, start, end, known_at, superseded_at, category, x, y, position_error, discovered, source) to the
        file's. A name left out is taken from a column of that name; start also from ``datetime``, x and y from the
        geometry, ``lon`` and ``lat`` or ``longitude`` and ``latitude``.
    schema : str, optional
        Name of a city's schema; none are registered yet.
    crs : str, optional
        CRS of x and y. Needed unless the file carries one.
    time_zone : str, optional
        IANA name; the zone of times without an offset. Needed unless all have one.

    Returns
    -------
    Incidents
        Times in naive UTC, coordinates as in the file. A start that is a date, or a time where all in the column are
        local midnight, is the interval from that midnight to the next, with `time_precision` "day"; a date in the other
        columns means the end of that day. A missing end is the start. Without an id column, ids are made of the rows'
        content, and repeats are kept.

    Raises
    ------
    InputError
        If the file cannot be read or is empty, a column, the CRS or the zone is missing, nearly all coordinates look
        swapped, or no row is left.
    ConfigError
        If a schema is named.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"datetime": ["2024-03-01 07:00"], "lon": [-87.6], "lat": [41.9], "type": ["theft"]})
    >>> incidents = read_incidents(
    ...     table, columns={"category": "type"}, crs="EPSG:4326", time_zone="America/Chicago"
    ... )
    >>> incidents.start
    array(['2024-03-01T13:00:00.000000'], dtype='datetime64[us]')
    """
    if schema is not None:
        raise ConfigError(
            f"schema {schema!r}: no city schemas are registered yet; map the columns with columns={{...}}"
        )
    table = open_table(source)
    mapped = map_columns(table, columns)
    door = _Door(table, mapped, _crs_of(table, mapped, crs), None if time_zone is None else known_zone(time_zone))
    return door.read(current_time())


def current_time() -> np.datetime64:
    """Tell the time, in naive UTC; tests set it."""
    return np.datetime64(pd.Timestamp.now("UTC").tz_localize(None), "us")


def _crs_of(table: Table, mapped: Mapping[str, str], given: str | None) -> pyproj.CRS:
    """Take the CRS from the file or the argument; they may not contradict each other."""
    named = None if given is None else known_crs(given, table.name)
    inside = known_crs(table.crs, table.name) if mapped["x"] == GEOMETRY_X and table.crs is not None else None
    either = inside or named
    if either is None:
        raise InputError(
            f"{table.name}: nothing says in which CRS {mapped['x']!r} and {mapped['y']!r} are; name it: "
            "crs='EPSG:4326' for longitude and latitude, or the code of the projected system the publisher states"
        )
    if inside is not None and named is not None and not inside.equals(named, ignore_axis_order=True):
        raise InputError(
            f"{table.name}: the data are in {inside.to_string()}, but crs={given!r} is given; leave crs out"
        )
    return either


@dataclass(frozen=True)
class _Door:
    """A source with its columns, CRS and zone found out."""

    table: Table
    mapped: Mapping[str, str]
    crs: pyproj.CRS
    zone: str | None

    def read(self, now: np.datetime64) -> Incidents:
        """Read, check, and set aside; `now` is naive UTC, and nothing can have happened after it."""
        raw = self._load()
        sieve = Sieve(len(raw))
        if not len(raw):
            raise InputError(f"{self.table.name}: has no rows; expected at least one incident")
        times = {name: self._times(raw, name) for name in TIMES if name in raw}
        frame = pd.DataFrame({**spans(times, sieve, now), **self._rest(raw, sieve)})
        if not sieve.kept.any():
            raise self._nothing_left(raw, sieve)
        frame.insert(0, "id", row_ids(raw.get("id"), frame, sieve))
        self._note(raw, frame, sieve)
        sieve.remember(frame)
        return Incidents(frame if sieve.kept.all() else frame[sieve.kept], str(self.crs.to_string()), sieve.report)

    def _load(self) -> pd.DataFrame:
        """Read the named columns and give them our names."""
        theirs = dict.fromkeys(name for name in self.mapped.values() if name not in (GEOMETRY_X, GEOMETRY_Y))
        loaded = self.table.load(list(theirs), self.mapped["x"] == GEOMETRY_X)
        return pd.DataFrame({ours: loaded[name].array for ours, name in self.mapped.items()})

    def _times(self, raw: pd.DataFrame, name: str) -> Parsed:
        return parse_times(raw[name], self.zone, f"{self.table.name}, column {self.mapped[name]!r}")

    def _rest(self, raw: pd.DataFrame, sieve: Sieve) -> dict[str, object]:
        """Check what is no time: the category, then the coordinates."""
        category, missing = as_text(raw["category"])
        sieve.drop("missing category", missing)
        x, y = as_numbers(raw["x"]), as_numbers(raw["y"])
        for reason, wrong in position_faults(x, y, self.crs, self.table.name).items():
            sieve.drop(reason, wrong)
        error = as_numbers(raw["position_error"]) if "position_error" in raw else np.full(len(raw), np.nan)
        columns = {"category": category, "x": x, "y": y, "position_error": np.where(error >= 0, error, np.nan)}
        return columns | ({"source": as_text(raw["source"])[0]} if "source" in raw else {})

    def _note(self, raw: pd.DataFrame, frame: pd.DataFrame, sieve: Sieve) -> None:
        known, start = frame["known_at"].to_numpy(), frame["start"].to_numpy()
        if "known_at" in raw:
            sieve.note("do not say when they became known; a History takes their end and its latency", np.isnat(known))
        sieve.note("were known before they started; kept", known < start)
        sieve.note("name a day and no time of day", (frame["time_precision"] == "day").to_numpy())
        left = [name for name in self.table.columns if name not in self.mapped.values()]
        if left:
            sieve.report = sieve.report.noting(f"columns not read: {', '.join(left)}")

    def _nothing_left(self, raw: pd.DataFrame, sieve: Sieve) -> InputError:
        reasons = "; ".join(f"{reason}: {rows:,}" for reason, rows in sieve.report.set_aside.items())
        first = {self.mapped[name]: str(raw[name].iloc[0]) for name in ("start", "x", "y", "category")}
        return InputError(
            f"{self.table.name}: none of {len(raw):,} rows can be used ({reasons}); the first one is {first} in "
            f"{self.crs.to_string()}; expected times such as '2024-03-01T07:00', plain numbers for x and y in "
            "that CRS, and a category"
        )
