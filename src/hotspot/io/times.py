"""Times as records write them, turned into naive UTC; what cannot be a time is told apart, not guessed.

Text must be of ISO form, a date, or a date and a time of day, with or without an offset; or of a form that the source
declares. ``01/02/2024`` has two readings and is refused unless a format says which one is meant. Each distinct text
that is not of ISO form is parsed once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.io.formats import has_day
from hotspot.io.layout import TimeLayout
from hotspot.io.written import NAT, Wall, read_written
from hotspot.kernels import text as kernel
from hotspot.windows import Times, to_local, to_utc
from hotspot.windows.civil import offset_rules

__all__ = ["NAT", "Parsed", "in_utc", "local_midnights", "parse_times", "precision_of"]

ISO_ONLY = TimeLayout()


@dataclass(frozen=True)
class Parsed:
    """A column of times, row by row.

    Parameters
    ----------
    utc : ndarray of datetime64[us], shape (n,)
        Naive UTC; NaT where missing, unparsable or skipped. A date is its first instant.
    next_day : ndarray of datetime64[us], shape (n,)
        First instant of the civil day (or month, where only that is known) after, for dates and where `midnights`
        holds; NaT elsewhere.
    missing, unparsable, skipped, dated : ndarray of bool, shape (n,)
        Nothing there; no time; a wall time that the clocks skipped; no time of day.
    midnights : bool
        Whether every time of the column is local midnight, so that it holds dates in fact.
    precision : str
        "day" or "month": what a time without a time of day stands for.
    """

    utc: Times
    next_day: Times
    missing: NDArray[np.bool_]
    unparsable: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    dated: NDArray[np.bool_]
    midnights: bool
    precision: str = "day"


def parse_times(values: pd.Series, zone: str | None, where: str, layout: TimeLayout = ISO_ONLY) -> Parsed:
    """Turn a whole column of times into UTC.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
        Text, datetime64, dates, or datetimes with or without an offset.
    zone : str, optional
        IANA name; that of the times without an offset.
    where : str
        File and column, for messages.
    layout : TimeLayout
        How they are written.

    Returns
    -------
    Parsed
        In the order of the rows.

    Raises
    ------
    InputError
        If a time has no offset and no zone is given, or the column holds numbers.
    """
    written = read_written(values, where, layout)
    refuse_no_zone(written, zone, where)
    return in_utc(written, zone, layout, bool(local_midnights(written, zone)))


def refuse_no_zone(written: Wall, zone: str | None, where: str) -> None:
    """Refuse times that no zone explains.

    Parameters
    ----------
    written : Wall
        As read.
    zone : str, optional
        IANA name.
    where : str
        File and column, for the message.

    Raises
    ------
    InputError
        If a time has no offset and there is no zone.
    """
    if zone is not None:
        return
    naive = _naive(written)
    if naive.any():
        example = written.wall[naive][0]
        raise InputError(
            f"{where}: time {example} has no offset from UTC and no time zone is given; expected an IANA name, for "
            "example time_zone='America/Chicago' (time_zone='UTC' if the file is in UTC)"
        )


def local_midnights(written: Wall, zone: str | None) -> bool | None:
    """Tell whether all times are local midnights.

    Parameters
    ----------
    written : Wall
        As read.
    zone : str, optional
        IANA name.

    Returns
    -------
    bool or None
        None where there is no time to tell by.
    """
    there = ~np.isnat(written.wall)
    if not there.any():
        return None
    if zone is None:
        return False
    local = written.wall[there]
    if written.offset is not None:
        offset = written.offset[there]
        local = np.where(np.isnat(offset), local, to_local(local - offset, zone))
    return bool((local.view(np.int64) % 86_400_000_000 == 0).all())


def precision_of(layout: TimeLayout) -> str:
    """Tell what a time without a time of day stands for.

    Parameters
    ----------
    layout : TimeLayout
        How times are written.

    Returns
    -------
    str
        "month" where it is declared, or no format names a day; else "day".
    """
    if layout.precision == "month" or (layout.formats and not any(map(has_day, layout.formats))):
        return "month"
    return "day"


def in_utc(written: Wall, zone: str | None, layout: TimeLayout, midnights: bool) -> Parsed:
    """Turn wall times into UTC.

    Parameters
    ----------
    written : Wall
        As read.
    zone : str, optional
        IANA name; that of the times without an offset.
    layout : TimeLayout
        How they are written.
    midnights : bool
        Whether every time of the column is local midnight.

    Returns
    -------
    Parsed
        In the order of the rows.
    """
    wall, precision = written.wall, precision_of(layout)
    there, naive = ~np.isnat(wall), _naive(written)
    blunt = layout.precision is not None or precision == "month"
    dated = there & (written.dated | blunt)
    whole = dated | (midnights & there)
    next_day = np.full(wall.shape, NAT)
    if written.offset is None:
        utc = wall if zone is None else _civil(wall, zone)
    else:
        utc = wall - written.offset
        if zone is not None:
            utc[naive] = _civil(wall[naive], zone)
    if zone is not None:
        rows = np.flatnonzero(whole)
        local = np.where(naive[rows], wall[rows], to_local(utc[rows], zone)) if rows.size else wall[:0]
        unit = "datetime64[M]" if precision == "month" else "datetime64[D]"
        first = local.astype(unit)
        # a date begins with its first instant, even where the clocks skip midnight
        utc[rows] = np.where(naive[rows] | blunt, to_utc(first.astype("datetime64[us]"), zone), utc[rows])
        next_day[rows] = to_utc((first + 1).astype("datetime64[us]"), zone)
    unparsable, skipped = ~there & ~written.missing, naive & np.isnat(utc)
    return Parsed(utc, next_day, written.missing, unparsable, skipped, dated, midnights, precision)


def _naive(written: Wall) -> NDArray[np.bool_]:
    """Tell the times without an offset."""
    there = ~np.isnat(written.wall)
    return there if written.offset is None else there & np.isnat(written.offset)


def _civil(wall: Times, zone: str) -> Times:
    """Turn civil times into UTC; NaT where the clocks skipped them."""
    instants, offsets = (part.astype(np.int64) for part in offset_rules(zone))
    utc = kernel.civil_to_utc(wall.view(np.int64), instants[1:] + offsets[:-1], instants, offsets)
    return np.asarray(utc.view("datetime64[us]"))
