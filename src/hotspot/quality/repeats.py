"""Rules on rows that say the same twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.quality.record import Ints, Record
from hotspot.quality.rule import UNKNOWN, Measured

# the reader's words; `tests/quality` holds them equal to those of io.identity
REPEATED = "repeated row"
CONTRADICTING = "same id and known_at, different content"
FEWEST = 50


def same_id(record: Record) -> Measured:
    """Share of rows set aside because another row has their id."""
    if record.seen < FEWEST:
        return UNKNOWN
    parts = {reason: record.set_aside(reason) for reason in (REPEATED, CONTRADICTING)}
    rows = sum(parts.values())
    share = rows / record.seen
    sentence = (
        f"{rows:,} of {record.seen:,} rows ({share:.1%}) carry an id that another row has at the same time; "
        f"{parts[CONTRADICTING]:,} of them say something else than it"
    )
    return Measured(share, sentence, rows, parts)


def repeats(record: Record) -> Measured:
    """Share of rows with place, time and category of an earlier row."""
    if len(record) < FEWEST:
        return UNKNOWN
    rows = len(record) - len(pd.unique(_offences(record)))
    share = rows / len(record)
    what = "day" if not record.timed.any() else "time"
    sentence = f"{rows:,} of {len(record):,} rows ({share:.1%}) repeat place, {what} and category of another row"
    return Measured(share, sentence, rows, so="counts of incidents may be too high")


def split_incidents(record: Record) -> Measured:
    """Share of timed rows that are one more offence at the place and time of another row."""
    timed = int(record.timed.sum())
    if timed < FEWEST:
        return UNKNOWN
    rows = len(pd.unique(_offences(record)[record.timed])) - len(pd.unique(_moments(record)[record.timed]))
    share = rows / timed
    sentence = f"{rows:,} of {timed:,} timed rows ({share:.1%}) have place and time of another row and another category"
    return Measured(share, sentence, rows, so="one incident may stand there once for each offence")


def _moments(record: Record) -> Ints:
    """Give each row the number of its place and time."""
    time, times = pd.factorize(record.rows["start"].to_numpy())
    return np.asarray(record.point * np.int64(max(len(times), 1)) + time, np.int64)


def _offences(record: Record) -> Ints:
    """Give each row the number of its place, time and category."""
    category = record.rows["category"].cat
    codes = pd.factorize(_moments(record))[0].astype(np.int64)
    return np.asarray(codes * np.int64(max(len(category.categories), 1)) + category.codes.to_numpy(), np.int64)
