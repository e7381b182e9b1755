"""What is entered into a records system, night and day: late reports, mended errors, false alarms, duplicates.

An entry is one change of one record: that it came in, was mended, was taken out, or came back. Entries are drawn
backwards from the truth, so that the last word on a record is true up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.simulate.clerks import blur, delays, minutes, misplaced, other_category, true_rows
from hotspot.simulate.process import Catalogue, World
from hotspot.simulate.records import Habits

NEW, RESTORED = "new", "restored"
MENDS = ("category", "location", "time", "interval")
GONE = ("unfounded", "duplicate", "withdrawn")
DAY = 24 * 60


@dataclass(frozen=True)
class FeedHabits(Habits):
    """How a feed is late, revised and deleted; the shares are of the true incidents.

    Parameters
    ----------
    months : float
        Reports that take one to eight months.
    backdated : float
        Records that say an earlier moment of report than that of their entry.
    revised_twice : float
        Of the revised records, those with two revisions; some go from a category to another and back.
    unfounded, duplicate : float
        Records without an incident of their own, which are deleted again.
    withdrawn : float
        Records that are deleted by mistake and come back.
    outages : tuple of pairs of str
        Civil spans [start, end) in which nothing is published; what was entered appears at their end.
    """

    revised_share: float = 0.12
    months: float = 0.01
    backdated: float = 0.15
    revised_twice: float = 0.3
    unfounded: float = 0.02
    duplicate: float = 0.015
    withdrawn: float = 0.01
    outages: tuple[tuple[str, str], ...] = ()


def draw_entries(catalogue: Catalogue, world: World, rng: np.random.Generator, habits: FeedHabits) -> pd.DataFrame:
    """Draw all entries of a records system until the end of a world's span.

    Parameters
    ----------
    catalogue : Catalogue
        What happened.
    world : World
        Its city.
    rng : numpy.random.Generator
        Source of everything.
    habits : FeedHabits
        Shares.

    Returns
    -------
    pandas.DataFrame
        Sorted by record and moment: record, known_at, entry (`NEW`, one of `MENDS` or `GONE`, `RESTORED`), and what the
        record says from then on: occurred_from, occurred_to, reported, offense, x, y; times in UTC.
    """
    true = blur(true_rows(catalogue, world), habits.interval_category, habits.interval_share, rng)
    rows = pd.concat([true.assign(fate=""), *_extras(true, world, habits, rng)], ignore_index=True)
    rows = rows.assign(record=np.arange(len(rows)))
    ended = rows["occurred_to"].fillna(rows["occurred_from"])
    entered = ended + _lateness(len(rows), habits, rng)
    earlier = pd.Series(rng.uniform(size=len(rows))).where(rng.uniform(size=len(rows)) < habits.backdated, 1.0)
    rows["reported"] = (ended + (entered - ended) * earlier).dt.floor("min")
    versions = pd.concat(_versions(rows, entered, world, habits, rng))
    last = versions.groupby("record")["known_at"].max()
    table = pd.concat([versions, *_goings(rows, last, habits, rng)], ignore_index=True).drop(columns="fate")
    table = table[table["known_at"] < pd.Timestamp(world.end)]
    return table.sort_values(["record", "known_at"], ignore_index=True)


def _extras(true: pd.DataFrame, world: World, habits: FeedHabits, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Make records without an incident of their own: false alarms elsewhere, and incidents entered twice."""
    n = len(true)
    alarms = true.iloc[rng.integers(0, n, round(habits.unfounded * n))]
    x, y = misplaced(alarms["x"].to_numpy(), alarms["y"].to_numpy(), world, rng)
    later = minutes(rng.integers(0, 20 * DAY, len(alarms)))
    moved = {name: alarms[name] + later for name in ("occurred_from", "occurred_to")}
    again = true.iloc[rng.integers(0, n, round(habits.duplicate * n))]
    return [alarms.assign(x=x, y=y, fate="unfounded", **moved), again.assign(fate="duplicate")]


def _lateness(n: int, habits: FeedHabits, rng: np.random.Generator) -> NDArray[np.timedelta64]:
    usual = delays(n, habits.slow, habits.very_slow, rng)
    return np.where(rng.uniform(size=n) < habits.months, _wait(n, 30, 240, rng), usual)


def _wait(n: int, low: float, high: float, rng: np.random.Generator) -> NDArray[np.timedelta64]:
    """Draw waiting times between two numbers of days."""
    return minutes(rng.integers(round(low * DAY), round(high * DAY), n))


def _versions(
    rows: pd.DataFrame, entered: pd.Series, world: World, habits: FeedHabits, rng: np.random.Generator
) -> list[pd.DataFrame]:
    """Let each record begin with up to two errors, and mend them one after the other."""
    n = len(rows)
    mends = np.where(rng.uniform(size=n) < habits.revised_share, 1, 0)
    mends += mends * (rng.uniform(size=n) < habits.revised_twice)
    kinds = rng.choice(MENDS, size=(n, 2), p=[0.4, 0.3, 0.15, 0.15])
    soon, late = _wait(n, 0.1, 30, rng), _wait(n, 30, 150, rng)
    second = entered + np.where(rng.uniform(size=n) < 0.1, late, soon)
    third = second + _wait(n, 0.1, 60, rng)
    last = entered.where(mends == 0, second.where(mends == 1, third))
    final = rows.assign(known_at=last, entry=np.where(mends == 0, NEW, np.where(mends == 1, kinds[:, 0], kinds[:, 1])))
    once, twice = mends == 1, mends == 2
    middle = _spoilt(rows[twice], kinds[twice, 1], world, rng).assign(known_at=second[twice], entry=kinds[twice, 0])
    of_once = _spoilt(rows[once], kinds[once, 0], world, rng).assign(known_at=entered[once], entry=NEW)
    of_twice = _spoilt(middle, kinds[twice, 0], world, rng).assign(known_at=entered[twice], entry=NEW)
    there_and_back = (kinds[twice] == "category").all(axis=1)
    of_twice["offense"] = of_twice["offense"].where(~there_and_back, rows["offense"][twice])
    return [of_once, of_twice, middle, final]


def _spoilt(rows: pd.DataFrame, kind: NDArray[np.str_], world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Plant one error of the given kind into each row."""
    x, y = misplaced(rows["x"].to_numpy(), rows["y"].to_numpy(), world, rng)
    earlier = rows["occurred_from"] - minutes(rng.integers(90, 600, len(rows)))
    wider = rows["occurred_to"].fillna(rows["occurred_from"])
    return rows.assign(
        offense=rows["offense"].where(kind != "category", other_category(rows["offense"], world, rng)),
        x=np.where(kind == "location", x, rows["x"]),
        y=np.where(kind == "location", y, rows["y"]),
        occurred_from=rows["occurred_from"].where(~np.isin(kind, ["time", "interval"]), earlier),
        occurred_to=rows["occurred_to"].where(kind != "interval", wider),
    )


def _goings(rows: pd.DataFrame, last: pd.Series, habits: FeedHabits, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Take false records out, and some true ones as well, which come back; all after their last revision."""
    gone = rows.assign(known_at=last + _wait(len(rows), 0.2, 60, rng))
    mistaken = (rows["fate"] == "") & (rng.uniform(size=len(rows)) < habits.withdrawn)
    gone["entry"] = rows["fate"].where(rows["fate"] != "", "withdrawn")
    back = gone.assign(known_at=gone["known_at"] + _wait(len(rows), 0.5, 20, rng), entry=RESTORED)
    return [gone[(rows["fate"] != "") | mistaken], back[mistaken]]
