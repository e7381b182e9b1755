"""When rows began, ended and were known: the times of a source made into intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.io.sieve import Sieve
from hotspot.io.times import NAT, Parsed
from hotspot.windows import Times

PRECISIONS = ("time", "day", "month")


def spans(times: Mapping[str, Parsed], sieve: Sieve, now: np.datetime64) -> dict[str, object]:
    """Make intervals of times, and set aside the rows whose times cannot be.

    Parameters
    ----------
    times : mapping of str to Parsed
        At least ``start``; perhaps ``end``, ``known_at``, ``superseded_at``.
    sieve : Sieve
        Takes the faulty rows.
    now : datetime64
        Naive UTC; nothing can have happened later.

    Returns
    -------
    dict of str to column
        Times in UTC and `time_precision`.
    """
    start, rows = times["start"], len(times["start"].utc)
    sieve.drop("missing start", start.missing)
    sieve.drop("unparsable time", _any(t.unparsable for t in times.values()))
    sieve.drop("time that the clocks skipped", _any(t.skipped for t in times.values()))
    past = [times[name].utc for name in ("start", "end", "known_at") if name in times]
    sieve.drop("time in the future", _any(utc > now for utc in past))
    end = _ends(start, times.get("end"))
    sieve.drop("end before start", end < start.utc)
    day = start.dated | (start.midnights & ~np.isnat(start.utc))
    columns: dict[str, object] = {"start": start.utc, "end": end}
    for name in ("known_at", "superseded_at"):
        columns[name] = _end_of_day(times[name]) if name in times else np.full(rows, NAT)
    codes = np.where(day, PRECISIONS.index(start.precision), 0).astype(np.int8)
    columns["time_precision"] = pd.Categorical.from_codes(codes, categories=pd.Index(PRECISIONS))
    return columns


def _ends(start: Parsed, end: Parsed | None) -> Times:
    """Take ends as given; a date ends with its day, and a missing end is the start, or the end of its day."""
    whole = ~np.isnat(start.next_day)
    least = np.where(whole, start.next_day, start.utc)
    if end is None:
        return least
    given = _end_of_day(end)
    return np.where(np.isnat(given) | (whole & (given == start.utc)), least, given)


def _end_of_day(times: Parsed) -> Times:
    """Take times as given; a date may mean its last minute, so it ends with its day."""
    return np.where(times.dated, times.next_day, times.utc)


def _any(masks: Iterable[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return np.asarray(np.logical_or.reduce(list(masks)))
