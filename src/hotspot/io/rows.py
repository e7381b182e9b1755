"""Rows of the layers that vary in time: their columns found and read, their times and positions checked.

Only columns that are asked for are read, and none that looks personal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from hotspot.domain.boundary import known_zone
from hotspot.errors import ColumnError, InputError, nearest
from hotspot.io.columns import PAIRS
from hotspot.io.forms import LAYOUT, first_form, written_as
from hotspot.io.layout import TimeLayout
from hotspot.io.personal import personal_columns, safe_names, told
from hotspot.io.positions import PositionRules, known_crs
from hotspot.io.tables import Table
from hotspot.io.times import NAT, Parsed, in_utc, refuse_no_zone
from hotspot.io.written import read_written
from hotspot.layers.mend import counted
from hotspot.layers.protected import refuse_protected
from hotspot.windows import Times
from hotspot.windows.civil import offset_rules

if TYPE_CHECKING:
    from hotspot.io.tables import Source


@dataclass(frozen=True)
class Clock:
    """A column of times and what is odd about them.

    Parameters
    ----------
    parsed : Parsed
        In UTC; a wall time that occurs twice is its first occurrence.
    overlap : ndarray of timedelta64[us], shape (n,)
        How much later a wall time without an offset occurs again where the clocks were set back; else 0.
    form : str
        How the first text that is no time is written, such as ``99/99/9999``; empty where all are times.
    """

    parsed: Parsed
    overlap: NDArray[np.timedelta64]
    form: str = ""

    @property
    def utc(self) -> Times:
        """Instants; NaT where there is none."""
        return self.parsed.utc

    @property
    def ends(self) -> Times:
        """Instants; the end of the day where the time is a date."""
        return np.where(self.parsed.dated, self.parsed.next_day, self.parsed.utc)

    def notes(self, where: str, what: str, repeated: str = "taken as the first of the two") -> tuple[str, ...]:
        """Count what is odd.

        Parameters
        ----------
        where, what : str
            The layer, and which time.
        repeated : str
            What was done about wall times that occur twice.

        Returns
        -------
        tuple of str
            For the notes of the layer.
        """
        return (
            *counted(where, int(self.parsed.unparsable.sum()), f"whose {what} is no time{written_as(self.form, what)}"),
            *counted(where, int(self.parsed.skipped.sum()), f"whose {what} the clocks skipped"),
            *counted(
                where, int((self.overlap > 0).sum()), f"whose {what} lies in an hour that the clocks repeat, {repeated}"
            ),
        )


def read_clock(values: pd.Series, zone: str | None, where: str, layout: TimeLayout = LAYOUT) -> Clock:
    """Turn a column of times into UTC.

    Parameters
    ----------
    values : Series, shape (n,)
        ISO text, dates or datetimes, or text of the forms of the layout.
    zone : str, optional
        IANA name; that of times without an offset.
    where : str
        Source and column, for messages.
    layout : TimeLayout
        How they are written; see `time_layouts`.

    Returns
    -------
    Clock
        In the order of the rows.

    Raises
    ------
    InputError
        If a time has no offset and no zone is given, or the column holds numbers.
    """
    written = read_written(values, where, layout)
    if zone is not None:
        known_zone(zone)
    refuse_no_zone(written, zone, where)
    overlap = np.zeros(written.wall.shape, "timedelta64[us]")
    if zone is not None:
        naive = ~np.isnat(written.wall) & ~written.dated
        if written.offset is not None:
            naive &= np.isnat(written.offset)
        overlap[naive] = overlaps(written.wall[naive], zone)
    parsed = in_utc(written, zone, layout, midnights=False)
    return Clock(parsed, overlap, first_form(values, parsed.unparsable))


def overlaps(wall: Times, zone: str) -> NDArray[np.timedelta64]:
    """Say how much later wall times occur again.

    Parameters
    ----------
    wall : ndarray of datetime64[us], shape (n,)
        Civil times.
    zone : str
        IANA name.

    Returns
    -------
    ndarray of timedelta64[us], shape (n,)
        0 where a time occurs once.
    """
    instants, offsets = offset_rules(zone)
    back = np.flatnonzero(np.diff(offsets) < np.timedelta64(0, "us")) + 1
    first, last = instants[back] + offsets[back], instants[back] + offsets[back - 1]
    span = np.zeros(wall.shape, "timedelta64[us]")
    k = np.searchsorted(first, wall, side="right") - 1
    twice = (k >= 0) & (wall < np.append(last, NAT)[k])
    span[twice] = (last - first)[k[twice]]
    return span


def named_columns(
    table: Table, given: Mapping[str, str] | None, ours: Sequence[str], needed: Collection[str]
) -> dict[str, str]:
    """Find the column of each of our names.

    Parameters
    ----------
    table : Table
        The source.
    given : mapping of str to str, optional
        Our names to the source's. A name left out is taken from a column of that name; x and y also from lon and lat,
        longitude and latitude.
    ours : sequence of str
        All names there are.
    needed : collection of str
        Those without which nothing can be read.

    Returns
    -------
    dict of str to str
        Our names to the source's.

    Raises
    ------
    ColumnError
        If a name is unknown, a column is not there, or one that is needed was not found.
    """
    mapped = dict(given or {})
    for name, theirs in mapped.items():
        if name not in ours:
            raise ColumnError(f"{table.name}: columns maps {name!r}, which is none of our names; {nearest(name, ours)}")
        if theirs not in table.columns:
            hint = nearest(theirs, table.columns)
            raise ColumnError(f"{table.name}: columns maps {name!r} to {theirs!r}, which is not there; {hint}")
    if "x" in ours and not {"x", "y"} & mapped.keys():
        pair = next(((x, y) for x, y in PAIRS if x in table.columns and y in table.columns), None)
        mapped |= {} if pair is None else dict(zip("xy", pair, strict=True))
    mapped |= {name: name for name in ours if name not in ("x", "y") and name not in mapped and name in table.columns}
    lacking = [name for name in ours if name in needed and name not in mapped]
    if lacking:
        example = ", ".join(f"{name!r}: '<column>'" for name in lacking)
        raise ColumnError(
            f"{table.name}: no column for {', '.join(lacking)}; the source has {safe_names(table.columns, 60)}; say "
            f"which one it is: columns={{{example}}}"
        )
    return mapped


def refuse_personal(table: Table, columns: Iterable[str]) -> None:
    """Refuse to read columns that look personal, or whose names speak of protected attributes.

    Parameters
    ----------
    table : Table
        The source.
    columns : iterable of str
        Those that would be kept.

    Raises
    ------
    InputError
        If one does.
    """
    wanted = list(columns)
    refuse_personal_values(table.sample(), wanted, table.name)
    refuse_protected(wanted, table.name)


def refuse_personal_values(sample: pd.DataFrame, columns: Iterable[str], where: str) -> None:
    """Refuse columns of a frame that look personal; see `refuse_personal`.

    Parameters
    ----------
    sample : DataFrame
        First rows.
    columns : iterable of str
        Those that would be kept.
    where : str
        The source, for the message.

    Raises
    ------
    InputError
        If one does.
    """
    found = personal_columns(sample)
    wrong = {name: found[name] for name in columns if name in found}
    if wrong:
        raise InputError(
            f"{where}: columns that would be kept look personal: {told(wrong)}; expected times, places and numbers and "
            "nothing about persons; map other columns, or clean these at the source"
        )


def renamed(frame: pd.DataFrame, mapped: Mapping[str, str]) -> pd.DataFrame:
    """Give columns our names; one may serve as several.

    Parameters
    ----------
    frame : DataFrame
        With the source's names.
    mapped : mapping of str to str
        Our names to the source's.

    Returns
    -------
    DataFrame
        With ours.
    """
    return pd.DataFrame({ours: frame[theirs] for ours, theirs in mapped.items()}).reset_index(drop=True)


def agreed_crs(own: object, given: str | None, where: str) -> pyproj.CRS:
    """Find the CRS of a source; the file and the argument may not contradict each other.

    Parameters
    ----------
    own : CRS or None
        What the source says.
    given : str, optional
        What the caller says.
    where : str
        The source, for messages.

    Returns
    -------
    pyproj.CRS
        Of the coordinates.

    Raises
    ------
    InputError
        If there is none, or they differ.
    """
    if given is None and own is None:
        raise InputError(f"{where} has no CRS; name it when reading, for example crs='EPSG:4326'")
    named = known_crs(own if given is None else given, "crs")
    if own is not None and not named.equals(pyproj.CRS.from_user_input(own), ignore_axis_order=True):
        raise InputError(f"{where}: the data are in {own}, but crs={given!r} is given; leave crs out")
    return named


def without_bad_positions(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: pyproj.CRS, where: str
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Find the rows with a position that can be right.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Coordinates.
    crs : pyproj.CRS
        Of them.
    where : str
        The source, for messages.

    Returns
    -------
    kept : ndarray of bool, shape (n,)
        Which rows have one.
    notes : tuple of str
        How many have none, by reason.

    Raises
    ------
    InputError
        If nearly all rows look as if x and y were swapped.
    """
    rules = PositionRules(crs, where)
    kept = np.ones(x.shape, bool)
    notes: list[str] = []
    for reason, wrong in rules.faults(x, y).items():
        notes += counted(where, int((wrong & kept).sum()), f"set aside: {reason}")
        kept &= ~wrong
    rules.refuse_swapped()
    return kept, tuple(notes)


def labels(source: Source, name: str | None) -> tuple[str, str]:
    """Say what a layer is called and where it comes from.

    Parameters
    ----------
    source : path or frame
        What is read.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    name, origin : str
        For the layer.
    """
    if isinstance(source, str | Path):
        return name or Path(source).stem, str(source)
    return name or "", "memory"
