"""Rule on a step in the number of rows a week."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspot.quality.record import Record
from hotspot.quality.rule import UNKNOWN, Measured
from hotspot.quality.steps import FEWEST, YEAR, find_step

ENOUGH = 10.0  # rows a value; fewer weeks are joined
WITHOUT_SEASON = float(np.log(2.0))  # with less than two years, a season may look like a smaller step


def level_shift(record: Record) -> Measured:
    """Size of the largest step in the weekly number of rows: the larger level over the smaller, less one."""
    if not record.pace.enough:
        return UNKNOWN
    weeks = record.pace.weeks
    joined = weeks_joined(weeks)
    if not joined or len(weeks) // joined < FEWEST:
        return UNKNOWN
    values = join(weeks, joined)
    step = find_step(np.log((values + 0.5) / joined), joined)
    if step is None:
        return UNKNOWN
    chance = step.chance or (len(weeks) < 2 * YEAR and abs(step.size) < WITHOUT_SEASON)
    date = record.date(record.pace.begins[step.at * joined])
    size = float(np.exp(abs(step.size)) - 1)
    before, after = (float(values[part].mean() / joined) for part in (slice(step.at), slice(step.at, None)))
    sentence = (
        f"the weekly number of rows changes by a step about {date}, to {np.exp(step.size):.2f} times what it was "
        f"({before:,.1f} to {after:,.1f} a week)"
    )
    if chance:
        sentence = "no step in the weekly number of rows is larger than chance, season and trend explain"
    detail = {"date": date, "factor": float(np.exp(step.size)), "score": round(step.score, 2), "weeks": len(weeks)}
    return Measured(size, sentence, 0, detail, chance=chance, so="recording may have changed")


def weeks_joined(weeks: NDArray[np.int64]) -> int:
    """How many weeks have to be joined so that a value holds ten rows; 0 where there are none."""
    mean = float(np.mean(weeks)) if len(weeks) else 0.0
    return int(np.ceil(ENOUGH / mean)) if mean else 0


def join(weeks: NDArray[np.int64], joined: int) -> NDArray[np.int64]:
    """Sum weeks that follow one another; the oldest that fill no value are left out."""
    whole = len(weeks) // joined * joined
    return np.asarray(weeks[len(weeks) - whole :].reshape(-1, joined).sum(axis=1))
