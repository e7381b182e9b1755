"""Rules on days and weeks that are missing, or have far too few rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspot.quality.chance import log_lower_tail
from hotspot.quality.pace import ALPHA
from hotspot.quality.record import Record
from hotspot.quality.rule import UNKNOWN, Measured

NEIGHBOURS = 8  # weeks on either side
FEWEST_WEEKS = 12
HALF = 0.5
SHOWN = 5


def gaps(record: Record) -> Measured:
    """Share of the days of the record that lie in runs of empty days too long for chance."""
    pace = record.pace
    if not pace.enough:
        return UNKNOWN
    found = pace.gaps
    lengths = found[:, 1] - found[:, 0]
    days, span = int(lengths.sum()), len(pace.daily)
    if not days:
        return Measured(0.0, f"no day is missing among {span:,}")
    tally = {int(length): int((lengths == length).sum()) for length in np.unique(lengths)}
    words = ", ".join(
        f"{number:,} of {length} days" for length, number in sorted(tally.items(), key=lambda kv: -kv[1])[:3]
    )
    sentence = (
        f"{days:,} of {span:,} days ({days / span:.1%}) have no row, in {len(found):,} gaps longer than chance "
        f"explains ({words})"
    )
    examples = [f"{record.date(first)} to {record.date(last - 1)}" for first, last in found[:SHOWN]]
    detail = {"gaps": len(found), "missing_days": days, "days": span, "gaps_by_length": tally, "first": examples}
    return Measured(days / span, sentence, 0, detail, so="what happened then is not recorded, and is not zero")


def thin_weeks(record: Record) -> Measured:
    """Weeks with less than half of the rows that the weeks around have, beyond chance."""
    pace = record.pace
    if not pace.enough or len(pace.weeks) < FEWEST_WEEKS:
        return UNKNOWN
    expected = usual_around(pace.weeks)
    unlikely = log_lower_tail(pace.weeks, expected, pace.spread) < np.log(ALPHA / len(pace.weeks))
    thin = np.flatnonzero(unlikely & (pace.weeks < HALF * expected))
    if not len(thin):
        return Measured(0.0, f"none of {len(pace.weeks):,} weeks has far too few rows")
    examples = [f"from {record.date(pace.begins[k])}: {pace.weeks[k]} of about {expected[k]:.0f}" for k in thin[:SHOWN]]
    sentence = (
        f"{len(thin):,} of {len(pace.weeks):,} weeks have less than half of the usual rows ({'; '.join(examples)})"
    )
    return Measured(float(len(thin)), sentence, int(pace.weeks[thin].sum()), {"weeks": examples})


def usual_around(weeks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Median of the weeks before and of those after each one, whichever is less.

    Parameters
    ----------
    weeks : ndarray of int64, shape (n,)
        Counts.

    Returns
    -------
    ndarray, shape (n,)
        A side with fewer than half of the neighbours does not count.
    """
    padded = np.concatenate([np.full(NEIGHBOURS, np.nan), weeks, np.full(NEIGHBOURS, np.nan)])
    views = np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS)
    sides = np.stack([views[: len(weeks)], views[NEIGHBOURS + 1 :][: len(weeks)]])
    there = np.isfinite(sides).sum(axis=2) >= NEIGHBOURS // 2
    medians = np.nanmedian(np.where(there[..., None], sides, np.inf), axis=2)
    return np.asarray(medians.min(axis=0))
