"""Rules on a geocoder that fails for a while: rows without a place, or piled up on one point, more than ever before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspot.quality.places import UNPLACED
from hotspot.quality.record import DAY, Record
from hotspot.quality.rule import UNKNOWN, Measured

BLOCK = 14  # days
FEWEST_IN_BLOCK = 30
FEWEST_BLOCKS = 6
FAILED = "the geocoder may have failed, and what it lost is missing from the map"
SURE = 6.0  # robust standard deviations above the usual

Floats = NDArray[np.float64]


def geocoder_now(record: Record) -> Measured:
    """Rise of the share of unplaced rows in the last two weeks."""
    blocks, share, rise, score = _rises(record)
    if not len(blocks) or blocks[-1] != 0:
        return UNKNOWN
    return _said(record, blocks, share, rise, score, len(blocks) - 1)


def geocoder_collapse(record: Record) -> Measured:
    """Largest rise of the share of unplaced rows in any two weeks."""
    blocks, share, rise, score = _rises(record)
    if not len(blocks):
        return UNKNOWN
    worst = int(np.argmax(np.where(score > SURE, rise, -1)))
    if score[worst] <= SURE:
        worst = int(np.argmax(rise))
    return _said(record, blocks, share, rise, score, worst)


def _said(
    record: Record, blocks: NDArray[np.int64], share: Floats, rise: Floats, score: Floats, which: int
) -> Measured:
    ends = record.cutoff + blocks[which] * BLOCK * DAY
    period = f"{(ends - BLOCK * DAY).astype('datetime64[D]')} to {ends.astype('datetime64[D]')}"
    usual = share[which] - rise[which]
    sentence = (
        f"from {period}, {share[which]:.1%} of the rows have no place of their own (set aside for their coordinates, "
        f"or on one single point); usual are {usual:.1%}"
    )
    over = int(((score > SURE) & (rise > 0.1)).sum())
    detail = {"period": period, "share": float(share[which]), "usual": float(usual), "periods_above": over}
    return Measured(max(float(rise[which]), 0.0), sentence, 0, detail, chance=bool(score[which] <= SURE), so=FAILED)


def _rises(record: Record) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Blocks (0 is the last), their unplaced share, its rise above the usual, and the rise in robust deviations."""
    nothing = np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0)
    start = record.rows["start"].to_numpy()
    lost = record.aside.loc[record.aside["reason"].isin(UNPLACED), "start"].to_numpy()
    block = (start - record.cutoff) // (BLOCK * DAY) + 1  # 0 is the last one before the cutoff
    lost_block = (lost[~np.isnat(lost)] - record.cutoff) // (BLOCK * DAY) + 1
    first = int((record.observed_from - record.cutoff) // (BLOCK * DAY)) + 2
    kept, dropped = (_tally(values, first) for values in (block, lost_block))
    rows = kept + dropped
    there = np.flatnonzero(rows >= FEWEST_IN_BLOCK)
    if len(there) < FEWEST_BLOCKS:
        return nothing
    share = (dropped + _top(record, block, first))[there] / rows[there]
    usual = float(np.median(share))
    spread = 1.4826 * float(np.median(np.abs(share - usual)))
    chance = np.sqrt(usual * (1 - usual) / rows[there])
    error = np.maximum(np.maximum(spread, chance), 1 / rows[there])
    return there + first, share, share - usual, (share - usual) / error


def _tally(block: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    inside = (block >= first) & (block <= 0)
    return np.bincount(block[inside] - first, minlength=max(1 - first, 0)).astype(np.int64)


def _top(record: Record, block: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """Rows of each block on its own commonest point."""
    inside = (block >= first) & (block <= 0)
    points = int(record.point.max(initial=0)) + 1
    key, rows = np.unique((block[inside] - first) * points + record.point[inside], return_counts=True)
    top = np.zeros(max(1 - first, 0), np.int64)
    np.maximum.at(top, key // points, rows)
    return top
