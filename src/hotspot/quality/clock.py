"""Rules on the time of day: times rounded, times filled in, no times at all; and on the first of the month."""

from __future__ import annotations

import numpy as np

from hotspot.quality.chance import dispersion, log_upper_tail
from hotspot.quality.record import Record
from hotspot.quality.rule import UNKNOWN, Measured

FEWEST = 200
MINUTES = 1440
DAYS_FOR_MONTHS = 180
ALPHA = 1e-3
DAYS_ONLY = "nothing can be said about hours and shifts"
UNKNOWN_TIME = "it often stands for a time that is not known"


def midnight(record: Record) -> Measured:
    """Share of timed rows at 00:00."""
    return _heap(record, np.array([0]), "start at 00:00 sharp", UNKNOWN_TIME)


def minute_one(record: Record) -> Measured:
    """Share of timed rows at 00:01."""
    return _heap(record, np.array([1]), "start at 00:01", UNKNOWN_TIME)


def full_hour(record: Record) -> Measured:
    """Share of timed rows on the full hour."""
    return _heap(record, np.arange(0, MINUTES, 60), "start on the full hour", "windows under two hours mislead")


def half_hour(record: Record) -> Measured:
    """Share of timed rows at :00 or :30."""
    return _heap(record, np.arange(0, MINUTES, 30), "start at :00 or :30", "windows under an hour mislead")


def date_only(record: Record) -> Measured:
    """Share of rows that name a day and no time."""
    if not len(record):
        return UNKNOWN
    rows = int((~record.timed).sum())
    share = rows / len(record)
    return Measured(
        share, f"{rows:,} of {len(record):,} rows ({share:.1%}) name a day and no time of day", rows, so=DAYS_ONLY
    )


def first_of_month(record: Record) -> Measured:
    """Rows on the first of a month over rows on another day."""
    daily = record.daily
    if len(daily) < DAYS_FOR_MONTHS or daily.sum() < FEWEST:
        return UNKNOWN
    days = (record.first_day + np.arange(len(daily))).astype("datetime64[D]")
    first = days == days.astype("datetime64[M]")
    observed, expected = int(daily[first].sum()), float(daily[~first].mean() * first.sum())
    if not expected:
        return UNKNOWN
    spread = dispersion(daily) * (1 + first.mean())  # the mean of the other days is an estimate
    chance = float(log_upper_tail(observed, expected, spread)) > np.log(ALPHA)
    share = observed / daily.sum()
    sentence = (
        f"{share:.1%} of the rows start on the first of a month, {observed / expected:.2f} times as many as on others"
    )
    detail = {"share": float(share), "expected_share": float(first.mean())}
    return Measured(
        observed / expected,
        sentence,
        observed,
        detail,
        chance=bool(chance),
        so="a date may have been filled in where it was not known",
    )


def _heap(record: Record, minutes: np.ndarray, what: str, so: str) -> Measured:
    timed = int(record.timed.sum())
    if timed < FEWEST:
        return UNKNOWN
    tally = np.bincount(record.minute[record.minute >= 0], minlength=MINUTES)
    rows, expected = int(tally[minutes].sum()), len(minutes) / MINUTES
    sentence = f"{rows:,} of {timed:,} timed rows ({rows / timed:.1%}, {expected:.1%} without heaping) {what}"
    return Measured(rows / timed, sentence, rows, {"expected_share": expected}, so=so)
