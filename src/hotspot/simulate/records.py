"""What a records system exports of a true catalogue: civil times, intervals, late reports, revisions.

A row is one version of one incident: the pair (incident_id, known_at) is its key. The last version of an
incident is true up to rounding; an earlier one holds an error that the last one mended. Versions that became
known after the moment of the export are not in the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hotspot.simulate.clerks import blur, delays, minutes, misplaced, other_category, true_rows
from hotspot.simulate.process import Catalogue, World
from hotspot.windows import to_local

COLUMNS = ["incident_id", "occurred_from", "occurred_to", "known_at", "offense", "x", "y"]
_TIMES = ["occurred_from", "occurred_to", "known_at"]


@dataclass(frozen=True)
class Habits:
    """How a records system blurs and delays what happened.

    Parameters
    ----------
    interval_category : str
        Category whose times are partly known as intervals only.
    interval_share : float
        Share of those with an interval.
    revised_share : float
        Share of incidents that get a second version.
    slow, very_slow : float
        Share of reports that take days, and up to two weeks; the others take hours.
    """

    interval_category: str = "burglary"
    interval_share: float = 0.20
    revised_share: float = 0.02
    slow: float = 0.20
    very_slow: float = 0.05


def export_records(
    catalogue: Catalogue, world: World, rng: np.random.Generator, habits: Habits | None = None
) -> pd.DataFrame:
    """Turn the observed incidents into the rows of a records system, without faults.

    Parameters
    ----------
    catalogue : Catalogue
        What happened.
    world : World
        Its city; the export is made at the end of its span.
    rng : numpy.random.Generator
        Source of intervals, delays and revisions.
    habits : Habits, optional
        Shares of each; default as for Lakeview.

    Returns
    -------
    pandas.DataFrame
        Columns of `COLUMNS`, sorted by known_at: times are naive civil time, to the minute; x, y in metres.
        The column `change` says what a revision mended (category, location or time), and is empty elsewhere.
    """
    habits = habits or Habits()
    truth = blur(true_rows(catalogue, world), habits.interval_category, habits.interval_share, rng)
    late = delays(len(truth), habits.slow, habits.very_slow, rng)
    truth["known_at"] = truth["occurred_to"].fillna(truth["occurred_from"]) + late
    rows = _revise(truth, world, habits, rng)
    rows = rows[rows["known_at"] < pd.Timestamp(world.end)].copy()
    _to_civil(rows, world.time_zone)
    rows["incident_id"] = _numbered(rows)
    return rows.sort_values(["known_at", "incident_id"], ignore_index=True)[[*COLUMNS, "change"]]


def _revise(truth: pd.DataFrame, world: World, habits: Habits, rng: np.random.Generator) -> pd.DataFrame:
    """Give some incidents an erroneous first version and let the true one follow days later."""
    truth = truth.assign(record=np.arange(len(truth)), change="")
    wait = minutes(rng.integers(24 * 60, 30 * 24 * 60, len(truth)))
    in_time = truth["known_at"] + wait < pd.Timestamp(world.end)
    chosen = (rng.uniform(size=len(truth)) < habits.revised_share) & in_time
    first = truth[chosen].copy()
    change = rng.choice(["category", "location", "time"], size=len(first), p=[0.4, 0.4, 0.2])
    x, y = misplaced(first["x"].to_numpy(), first["y"].to_numpy(), world, rng)
    wrong = {
        "offense": ("category", other_category(first["offense"], world, rng)),
        "x": ("location", x),
        "y": ("location", y),
        "occurred_from": ("time", first["occurred_from"] - minutes(rng.integers(90, 600, len(first)))),
    }
    for name, (kind, value) in wrong.items():
        first[name] = first[name].where(change != kind, value)
    final = truth.assign(known_at=(truth["known_at"] + wait).where(chosen, truth["known_at"]))
    final.loc[chosen, "change"] = change
    return pd.concat([first, final], ignore_index=True)


def _to_civil(rows: pd.DataFrame, time_zone: str) -> None:
    """Turn UTC into the naive clock time an official writes; in the hour that comes twice, order is kept."""
    for name in _TIMES:
        rows[name] = to_local(rows[name].to_numpy(), time_zone)
    last = rows[["occurred_from", "occurred_to"]].max(axis=1)
    rows["known_at"] = rows["known_at"].where(rows["known_at"] >= last, last)


def _numbered(rows: pd.DataFrame) -> pd.Series:
    """Give each incident a number, in the order in which they became known."""
    first_known = rows.groupby("record")["known_at"].transform("min")
    order = rows.assign(first_known=first_known).sort_values(["first_known", "record"])
    number = pd.Series(pd.factorize(order["record"])[0] + 1, index=order.index)
    return number.map("LV-{:06d}".format)
