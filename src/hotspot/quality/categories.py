"""Rules on categories that appear, vanish, or take another share of the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspot.quality.chance import dispersion, log_none
from hotspot.quality.pace import ALPHA
from hotspot.quality.record import Record
from hotspot.quality.rule import UNKNOWN, Measured
from hotspot.quality.shifts import join, weeks_joined
from hotspot.quality.steps import FEWEST, find_step

FEWEST_WEEKS = 26
FEWEST_ROWS = 20
RECENT = 26  # weeks
LONGER = 2.0  # times the longest absence in between

Ints = NDArray[np.int64]


def category_change(record: Record) -> Measured:
    """Categories that begin or end within the record, by more than chance."""
    names, table = _weekly(record)
    if len(table) < FEWEST_WEEKS:
        return UNKNOWN
    found = []
    for words, order, place in (("ends", 1, -1), ("begins", -1, 0)):
        gone = _absent_at_end(table[::order])
        weeks = [np.flatnonzero(table[:, k])[place] for k in gone]
        found += [(words, names[k], record.date(record.pace.begins[week])) for k, week in zip(gone, weeks, strict=True)]
    if not found:
        return Measured(0.0, f"none of {len(names):,} categories begins or ends within the record")
    listed = [f"{name!r} {words} {date}" for words, name, date in found]
    sentence = f"{len(found):,} categories begin or end within the record: {'; '.join(listed[:6])}"
    return Measured(float(len(found)), sentence, 0, {"changes": listed}, so="they may be renamed")


def category_shift(record: Record) -> Measured:
    """Largest step in the odds of a category: the larger odds over the smaller, less one."""
    names, table = _weekly(record)
    if len(table) < FEWEST_WEEKS or len(names) < 2:
        return UNKNOWN
    total, best = table.sum(axis=1), (0.0, "", "", 1.0)
    tested = 0
    for k, name in enumerate(names):
        smaller = np.minimum(table[:, k], total - table[:, k])
        joined = weeks_joined(smaller)
        if not joined or len(table) // joined < FEWEST:
            continue
        tested += 1
        ours, all_rows = join(table[:, k], joined), join(total, joined)
        step = find_step(np.log((ours + 0.5) / (all_rows - ours + 0.5)), joined, len(names))
        if step is None or step.chance or abs(step.size) <= best[0]:
            continue
        week = len(table) - len(ours) * joined + step.at * joined
        best = (abs(step.size), name, record.date(record.pace.begins[week]), float(np.exp(step.size)))
    if not tested:
        return UNKNOWN
    size, name, date, factor = best
    if not name:
        return Measured(0.0, f"the shares of {tested:,} categories show no step beyond chance")
    sentence = f"the odds of category {name!r} change by a step about {date}, to {factor:.2f} times what they were"
    return Measured(
        float(np.exp(size) - 1),
        sentence,
        0,
        {"category": name, "date": date, "factor": factor},
        so="coding may have changed",
    )


def _weekly(record: Record) -> tuple[list[str], Ints]:
    """Names of the categories and their rows by observed week, shape (n_weeks, n_categories)."""
    if not record.pace.enough:
        return [], np.zeros((0, 0), np.int64)
    category = record.rows["category"].cat.remove_unused_categories().cat
    week = record.pace.by_week(record.day - record.first_day)
    there, n = week >= 0, len(category.categories)
    key = week[there] * n + category.codes.to_numpy()[there].astype(np.int64)
    shape = (len(record.pace.weeks), n)
    return [str(name) for name in category.categories], np.bincount(key, minlength=shape[0] * n).reshape(shape)


def _absent_at_end(table: Ints) -> list[int]:
    """Find categories that are absent from the last weeks on, longer than chance and their own habits explain."""
    total, gone = table.sum(axis=1), []
    for k in range(table.shape[1]):
        weeks = np.flatnonzero(table[:, k])
        if table[:, k].sum() < FEWEST_ROWS or weeks[-1] == len(table) - 1:
            continue
        tail = len(table) - 1 - weeks[-1]
        between = int(np.diff(weeks).max(initial=1)) - 1
        recent = slice(max(int(weeks[-1]) + 1 - RECENT, 0), int(weeks[-1]) + 1)
        share = min(
            table[recent, k].sum() / max(total[recent].sum(), 1), table[:, k].sum() / total[: weeks[-1] + 1].sum()
        )
        expected = share * total[weeks[-1] + 1 :].sum()
        unlikely = log_none(expected, dispersion(table[: weeks[-1] + 1, k])) < np.log(ALPHA / (2 * table.shape[1]))
        if unlikely and tail > LONGER * between:
            gone.append(k)
    return gone
