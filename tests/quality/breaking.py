"""For each rule of the gate, a way to break it: a clean table in, a broken one out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from tests.quality.worlds import DAY, FIRST, MINUTE, SIDE, SOUTH, WEEKS, WEST, daily, end_of, lost, rows


class Broken(NamedTuple):
    """Records with one fault; `also` are rules that look at the same fault."""

    table: pd.DataFrame
    aside: pd.DataFrame | None = None
    as_of: np.datetime64 | None = None
    also: frozenset[str] = frozenset()


Break = Callable[[pd.DataFrame, np.random.Generator], Broken]


def _some(table: pd.DataFrame, rng: np.random.Generator, share: float) -> np.ndarray:
    return rng.uniform(size=len(table)) < share


def _aside(reason: str, share: float, *also: str) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        return Broken(*lost(table, reason, _some(table, rng, share)), also=frozenset(also))

    return apply


def _outside(share: float, *also: str) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        away = np.where(_some(table, rng, share), 5 * SIDE, 0.0)
        return Broken(table.assign(x=table["x"] + away), also=frozenset(also))

    return apply


def _turned(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    chosen = _some(table, rng, 0.01)
    x, y = np.where(chosen, table["y"], table["x"]), np.where(chosen, table["x"], table["y"])
    return Broken(table.assign(x=x, y=y))


def _dummy(share: float, *also: str) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        return Broken(_at_one_point(table, _some(table, rng, share)), also=frozenset(also))

    return apply


def _at_one_point(table: pd.DataFrame, chosen: np.ndarray) -> pd.DataFrame:
    return table.assign(x=np.where(chosen, WEST + 4321.0, table["x"]), y=np.where(chosen, SOUTH + 1234.0, table["y"]))


def _snapped(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    x = WEST + 500 + ((table["x"] - WEST) // 1000) * 1000
    return Broken(table.assign(x=x, y=SOUTH + 500 + ((table["y"] - SOUTH) // 1000) * 1000))


def _collapse_once(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    day = (table["start"].to_numpy().astype("datetime64[D]") - FIRST).astype(int)
    chosen = (day >= 400) & (day < 430) & _some(table, rng, 0.3)
    return Broken(*lost(table, "missing coordinates", chosen))


def _collapse_now(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    late = table["start"].to_numpy() > end_of(table) - 12 * DAY
    return Broken(_at_one_point(table, late & _some(table, rng, 0.6)), also=frozenset({"geocoder_collapse"}))


def _at_minutes(share: float, step: int, first: int = 0, stop: int = 1440) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        start = table["start"].to_numpy()
        minute = ((start - start.astype("datetime64[D]")) // MINUTE).astype(int)
        heaped = minute // step * step if stop == 1440 else np.full(len(table), first)
        moved = start + np.where(_some(table, rng, share), heaped - minute, 0) * MINUTE
        return Broken(table.assign(start=moved, end=moved))

    return apply


def _dates(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    chosen = _some(table, rng, 0.1)
    midnight = table["start"].to_numpy().astype("datetime64[D]").astype("datetime64[us]")
    start = np.where(chosen, midnight, table["start"].to_numpy())
    end = np.where(chosen, midnight + DAY, table["end"].to_numpy())
    return Broken(table.assign(start=start, end=end, time_precision=np.where(chosen, "day", "time")))


def _firsts(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    start = table["start"].to_numpy()
    first = start.astype("datetime64[M]").astype("datetime64[us]") + (start - start.astype("datetime64[D]"))
    moved = np.where(_some(table, rng, 0.06) & (first >= FIRST), first, start)
    return Broken(table.assign(start=moved, end=moved))


def _long(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    chosen = _some(table, rng, 0.2) & (table["start"].to_numpy() < end_of(table) - 60 * DAY)
    end = table["end"].to_numpy() + np.where(chosen, 8, 0) * DAY
    return Broken(table.assign(end=end, known_at=np.maximum(table["known_at"].to_numpy(), end)))


def _longest(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    end = table["end"].to_numpy() + np.where(np.arange(len(table)) == 100, 400, 0) * DAY
    return Broken(table.assign(end=end, known_at=np.maximum(table["known_at"].to_numpy(), end)))


def _again(share: float, category: str | None, *also: str) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        more = table[_some(table, rng, share)].copy()
        more["id"] = "again-" + more["id"]
        if category is not None:
            more = more[more["category"] != category].assign(category=category)
        return Broken(pd.concat([table, more], ignore_index=True), also=frozenset(also))

    return apply


def _vanish(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    late = table["start"].to_numpy() >= FIRST + np.timedelta64(7 * 80, "D")
    named = np.where((table["category"] == "b") & late, "c", table["category"])
    return Broken(table.assign(category=named), also=frozenset({"category_shift"}))


def _drift(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    late = table["start"].to_numpy() >= FIRST + np.timedelta64(7 * 60, "D")
    return Broken(table.assign(category=np.where(late & _some(table, rng, 0.4), "b", table["category"])))


def _without(first: int, last: int) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        day = (table["start"].to_numpy().astype("datetime64[D]") - FIRST).astype(int)
        return Broken(table[(day < first) | (day >= last)])

    return apply


def _alternate(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    week = (table["start"].to_numpy().astype("datetime64[D]") - FIRST).astype(int) // 7
    return Broken(table[(week % 2 == 0) | (week == WEEKS - 1)], also=frozenset({"gaps"}))


def _thinned(first: int, last: int, share: float, *also: str) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        week = (table["start"].to_numpy().astype("datetime64[D]") - FIRST).astype(int) // 7
        kept = (week < first) | (week >= last) | _some(table, rng, share)
        return Broken(table[kept], as_of=end_of(table), also=frozenset(also))

    return apply


def _stepped(_: pd.DataFrame, rng: np.random.Generator) -> Broken:
    return Broken(rows(rng, daily(rng, factor=np.where(np.arange(WEEKS) < 60, 1.0, 1.4))))


def _silent(days: int, *also: str) -> Break:
    def apply(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
        return Broken(table, as_of=end_of(table) + days * DAY, also=frozenset(also))

    return apply


def _early(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    known = table["known_at"].to_numpy() - np.where(_some(table, rng, 0.05), 2, 0) * DAY
    return Broken(table.assign(known_at=known))


def _revised(table: pd.DataFrame, rng: np.random.Generator) -> Broken:
    more = table[_some(table, rng, 0.3) & (table["start"].to_numpy() < end_of(table) - 10 * DAY)]
    return Broken(pd.concat([table, more.assign(known_at=more["known_at"] + 5 * DAY)], ignore_index=True))


BREAKING: dict[str, Break] = {
    "missing_coordinates": _aside("missing coordinates", 0.2),
    "null_island": _aside("null island (0, 0)", 0.02),
    "swapped_axes": _turned,
    "outside_domain": _outside(0.08),
    "mostly_outside": _outside(0.6, "outside_domain"),
    "dummy_point": _dummy(0.05),
    "one_point": _dummy(0.6, "dummy_point"),
    "snapping": _snapped,
    "geocoder_collapse": _collapse_once,
    "geocoder_now": _collapse_now,
    "midnight": _at_minutes(0.08, 1440, 0, 1),
    "minute_one": _at_minutes(0.05, 1440, 1, 1),
    "full_hour": _at_minutes(0.4, 60),
    "half_hour": _at_minutes(0.55, 30),
    "date_only": _dates,
    "first_of_month": _firsts,
    "long_intervals": _long,
    "longest_interval": _longest,
    "same_id": _aside("repeated row", 0.03),
    "repeats": _again(0.1, None),
    "split_incidents": _again(0.3, "b"),
    "category_change": _vanish,
    "category_shift": _drift,
    "gaps": _without(400, 412),
    "many_gaps": _alternate,
    "thin_weeks": _thinned(50, 51, 0.2),
    "level_shift": _stepped,
    "feed_silent": _silent(15, "thin_tail"),
    "feed_stopped": _silent(70, "feed_silent", "thin_tail"),
    "thin_tail": _thinned(WEEKS - 4, WEEKS, 0.3, "thin_weeks"),
    "known_before_start": _early,
    "revised": _revised,
}
