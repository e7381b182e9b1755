"""What an unknown file probably holds: which column is which, the CRS, the zone, with reasons and doubts.

A proposal is read by a person and pasted into a config. It never shows a value of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj

from hotspot.errors import InputError
from hotspot.io.guess.places import PlaceGuess, guess_place
from hotspot.io.guess.proposal import Proposal
from hotspot.io.guess.roles import Choice, choose_category, choose_clock, choose_id, choose_times
from hotspot.io.guess.schemas import SchemaGuess, guess_schema
from hotspot.io.guess.times import TimeGuess, guess_times
from hotspot.io.guess.zones import ZoneGuess, guess_zone
from hotspot.io.personal import personal_columns, safe_name
from hotspot.io.tables import GEOMETRY_X, GEOMETRY_Y, Source, Table, open_table
from hotspot.io.tables.table import Log

__all__ = ["Proposal", "propose"]

ROWS = 20_000


def propose(source: Source) -> Proposal:
    """Look at a file and propose how to read it.

    Parameters
    ----------
    source : path, DataFrame or GeoDataFrame
        Any table that `read_incidents` opens.

    Returns
    -------
    Proposal
        With a reason for each line; it holds no value of the file.

    Raises
    ------
    InputError
        If the source cannot be read or has no rows.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "Offense": ["theft", "theft"], "When": ["31/01/2024 10:00", "01/02/2024 11:30"],
    ...     "Lat": [41.88, 41.89], "Lon": [-87.63, -87.62],
    ... })
    >>> found = propose(table)
    >>> found.time_zone, found.formats["start"]
    ('America/Chicago', '%d/%m/%Y %H:%M')
    """
    table = open_table(source)
    sample = _first_rows(table)
    if sample.empty:
        raise InputError(f"{table.name}: has no rows; expected at least one incident")
    name = str(source) if isinstance(source, str | Path) else "incidents.parquet"
    return _Look(table, sample, name).proposal()


def _first_rows(table: Table) -> pd.DataFrame:
    """Read some rows, of all columns; they are looked at, not kept."""
    parts: list[pd.DataFrame] = []
    for batch in table.batches(table.columns, table.has_geometry, Log()):
        parts.append(batch)
        if sum(map(len, parts)) >= ROWS:
            break
    if not parts:
        return pd.DataFrame()
    sample = pd.concat(parts, ignore_index=True).iloc[:ROWS]
    return pd.DataFrame({name: _plain(sample[name]) for name in sample.columns})


def _plain(values: pd.Series) -> pd.Series:
    """Make text of what is neither number, time nor text: bytes, lists, categories, a mixture."""
    kinds = (pd.api.types.is_numeric_dtype, pd.api.types.is_datetime64_any_dtype)
    if any(kind(values.dtype) for kind in kinds) and not pd.api.types.is_complex_dtype(values.dtype):
        return values
    if isinstance(values.dtype, pd.StringDtype):
        return values
    there = values.notna().to_numpy(dtype=bool)
    texts = [_text(value) if here else None for value, here in zip(values.tolist(), there, strict=True)]
    return pd.Series(texts, dtype="str")


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@dataclass
class _Look:
    """A table being looked at; doubts gather on the way."""

    table: Table
    sample: pd.DataFrame
    source: str
    unsure: list[str] = field(default_factory=list)
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def proposal(self) -> Proposal:
        personal = personal_columns(self.sample[list(self.table.columns)])
        free = [name for name in self.table.columns if name not in personal]
        place = self._place(free)
        zone = self._zone(place)
        fit = guess_schema(self.table.columns, has_geometry=self.table.has_geometry)
        if fit is not None:
            return self._fitting(fit, place, zone, personal)
        times = {name: guess for name in free if (guess := guess_times(self.sample[name])) is not None}
        choices, clock = self._choices(free, times, place)
        by_ours = {choice.ours: times[choice.column] for choice in choices if choice.column in times}
        self._doubt_times(by_ours, choices, zone, clock)
        formats = {ours: guess.pattern for ours, guess in by_ours.items() if guess.pattern and ours != "updated_at"}
        taken = {choice.column for choice in choices} | ({clock.column} if clock else set()) | {place.point or ""}
        unread = tuple(name for name in free if name not in taken)
        months = "start" in by_ours and by_ours["start"].what == "month"
        return Proposal(
            self.source, len(self.sample), None, tuple(choices), formats, clock, place, zone.zone if zone else None,
            self.reasons, tuple(self.unsure), personal, unread, months,
        )  # fmt: skip

    def _fitting(
        self, fit: SchemaGuess, place: PlaceGuess, zone: ZoneGuess | None, personal: Mapping[str, str]
    ) -> Proposal:
        layout = fit.layout
        self.unsure.clear()
        self.reasons = {"schema": (f"{len(fit.found)} of its columns are there: {layout.title}",)}
        if fit.missing:
            self.unsure.append(f"the schema also knows columns for {', '.join(fit.missing)}, which are not there")
        if zone is not None and layout.time_zone is not None and _apart(zone.zone, layout.time_zone):
            self.unsure.append(
                f"the points lie where the zone is probably {zone.zone}, and the schema's is {layout.time_zone}: the "
                "columns are named alike, but this may be another publication"
            )
        unread = tuple(name for name in self.table.columns if name not in fit.found and name not in personal)
        time_zone = layout.time_zone or (zone.zone if zone else None)
        return Proposal(
            self.source, len(self.sample), layout.name, (), {}, None, place, time_zone,
            self.reasons, tuple(self.unsure), personal, unread,
        )  # fmt: skip

    def _place(self, free: list[str]) -> PlaceGuess:
        place = self._geometry() if self.table.has_geometry else guess_place(self.sample, free)
        self.unsure.extend(place.unsure)
        if place.why:
            self.reasons["crs"] = place.why
        return place

    def _geometry(self) -> PlaceGuess:
        crs = self.table.crs
        x, y = (self.sample[name].to_numpy(np.float64) for name in (GEOMETRY_X, GEOMETRY_Y))
        there = np.isfinite(x) & np.isfinite(y)
        if not there.any():
            return PlaceGuess(unsure=("its geometry holds no points; incidents are points",))
        if crs is None:
            return PlaceGuess(GEOMETRY_X, GEOMETRY_Y, unsure=("its geometry does not say in which CRS it is",))
        here = (float(np.median(x[there])), float(np.median(y[there])))
        lon, lat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(*here)
        why = ("the file has points and names their CRS; leave crs out of the config",)
        return PlaceGuess(GEOMETRY_X, GEOMETRY_Y, None, None, why, (), (float(lon), float(lat)))

    def _zone(self, place: PlaceGuess) -> ZoneGuess | None:
        if place.middle is None:
            self.unsure.append("the time zone cannot be guessed without a place in degrees: say time_zone")
            return None
        guess = guess_zone(*place.middle)
        far = f"{guess.distance_km:,.0f} km from the middle of the points"
        self.reasons["time_zone"] = (f"a guess: the zone of the nearest town known here, {far}",)
        if not guess.is_near:
            others = f"; also near: {', '.join(guess.others)}" if guess.others else ""
            self.unsure.append(f"the time zone {guess.zone} is a weak guess{others}")
        return guess

    def _choices(
        self, free: list[str], times: Mapping[str, TimeGuess], place: PlaceGuess
    ) -> tuple[list[Choice], Choice | None]:
        dated = {name: guess for name, guess in times.items() if guess.what != "clock"}
        chosen = choose_times(dated)
        if "start" not in chosen:
            self.unsure.append("no column looks like the time of the incident: say columns.start")
        taken = {choice.column for choice in chosen.values()} | {place.x or "", place.y or "", place.point or ""}
        left = [name for name in free if name not in taken]
        start, clock = chosen.get("start"), None
        if start is not None and times[start.column].what == "date":
            clock = choose_clock(start.column, self.sample, times, left)
        left = [name for name in left if name not in dated and (clock is None or name != clock.column)]
        identity, repeated = choose_id(self.sample, left)
        if identity is None:
            self.unsure.append(
                "no column is a unique id, so ids are made of the content"
                + (f"; {safe_name(repeated)} repeats: a row may be an offence or a victim" if repeated else "")
            )
        rest = [name for name in left if identity is None or name != identity.column]
        category, others = choose_category(self.sample, rest)
        if category is None:
            self.unsure.append("no column looks like a category: say columns.category")
        elif others:
            self.unsure.append(f"the category may also be {', '.join(map(safe_name, others))}")
        places = [Choice(axis, name, place.why) for axis, name in (("x", place.x), ("y", place.y)) if name]
        found = [identity, *chosen.values(), category, *places]
        return [choice for choice in found if choice is not None], clock

    def _doubt_times(
        self, times: Mapping[str, TimeGuess], choices: list[Choice], zone: ZoneGuess | None, clock: Choice | None
    ) -> None:
        for ours, guess in times.items():
            if not guess.sure:
                self.unsure.append(f"{ours}: {guess.why[-1]}")
        start = times.get("start")
        if start is not None and start.what == "date" and clock is None:
            self.unsure.append("start has no time of day: every incident is the interval of its day")
        if start is not None and start.offsets == 1.0 and zone is not None:
            column = next(choice.column for choice in choices if choice.ours == "start")
            if _civil_under_utc(self.sample[column], zone.zone):
                self.unsure.append(
                    "start carries an offset, but its times heap at midnight as written and not at midnight of "
                    f'{zone.zone}: they may be civil time under a wrong label (offset = "ignore" in a schema)'
                )
        if "known_at" not in times:
            self.unsure.append("nothing says when a row became known: say the latency, how late records come")


def _apart(one: str, other: str) -> bool:
    """Tell whether two zones keep different clocks now and half a year on."""
    moments = [pd.Timestamp("2024-01-15", tz="UTC"), pd.Timestamp("2024-07-15", tz="UTC")]
    return any(at.tz_convert(one).utcoffset() != at.tz_convert(other).utcoffset() for at in moments)


def _civil_under_utc(values: pd.Series, zone: str) -> bool:
    """Tell whether times labelled UTC heap at midnight as written, and not at local midnight."""
    utc = pd.to_datetime(values.dropna().astype("str"), utc=True, errors="coerce", format="ISO8601").dropna()
    if len(utc) < 20:
        return False
    local = utc.dt.tz_convert(zone)
    written, civil = (float(((one.dt.hour == 0) & (one.dt.minute == 0)).mean()) for one in (utc, local))
    return written > 0.01 and written > 3 * civil
