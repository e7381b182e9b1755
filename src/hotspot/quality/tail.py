"""Rules on the end of the feed: nothing new, or less and less before the cutoff."""

from __future__ import annotations

import numpy as np

from hotspot.quality.chance import dispersion, log_lower_tail
from hotspot.quality.record import DAY, Record
from hotspot.quality.rule import UNKNOWN, Measured

BLOCK = 28  # days
EARLIER = 13  # blocks, a year
NEAR = 6  # of them, half a year
FEWEST = 10
ALPHA = 1e-3
STOPPED = "the feed may have stopped, and what a map shows may be old"
THINNER = "report delay does not explain it, and the feed may be breaking off"
PATIENCE = 1.5  # times the longest silence of the last year


def feed_silent(record: Record) -> Measured:
    """Days from the newest record to the cutoff, where the feed was never silent so long in the year before."""
    known = record.log["known_at"].to_numpy()
    if len(known) < FEWEST:
        return UNKNOWN
    newest = known.max()
    days = float((record.cutoff - newest) / DAY)
    recent = np.unique(known[known > newest - 365 * DAY].astype("datetime64[D]"))
    usual = float(np.diff(recent).max() / DAY) if len(recent) > 1 else 0.0
    sentence = (
        f"the newest record became known {newest.astype('datetime64[m]')} UTC, {days:,.0f} days before the cutoff"
    )
    detail = {"newest_known_at": f"{newest}Z", "longest_silence_days": usual}
    return Measured(days, sentence, 0, detail, chance=days <= PATIENCE * usual, so=STOPPED)


def thin_tail(record: Record) -> Measured:
    """Rows of the last four complete weeks over those that earlier four weeks had at the same age."""
    first_known = record.log.drop_duplicates("id") if not record.log["id"].is_unique else record.log
    start, known = first_known["start"].to_numpy(), first_known["known_at"].to_numpy()
    blocks = min(EARLIER, int((record.complete_until - record.observed_from) / (BLOCK * DAY)) - 1)
    if blocks < NEAR:
        return UNKNOWN
    # what was known of each four weeks when they were as old as the last ones are now: report delay cancels out
    past = (record.complete_until.astype(np.int64) - start.astype(np.int64)) // 86_400_000_000
    age = past // BLOCK
    there = (age >= 0) & (age <= blocks) & (known <= record.cutoff - age * BLOCK * DAY)
    counts = np.bincount(age[there], minlength=blocks + 1)
    usual = float(min(np.median(counts[1 : NEAR + 1]), np.median(counts[1:])))
    if usual < FEWEST:
        return UNKNOWN
    spread = max(record.pace.spread, dispersion(counts[1:]))
    chance = float(log_lower_tail(counts[0], usual, spread)) > np.log(ALPHA)
    ratio = counts[0] / usual
    sentence = (
        f"{counts[0]:,} rows start in the last {BLOCK} complete days; earlier ones had {usual:,.0f} at the same age"
    )
    detail = {"rows": int(counts[0]), "usual": usual}
    return Measured(float(ratio), sentence, int(counts[0]), detail, chance=bool(chance), so=THINNER)
