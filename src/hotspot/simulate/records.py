"""What a records system exports of a true catalogue: civil times, intervals, late reports, revisions.

A row is one version of one incident: the pair (incident_id, known_at) is its key. The last version of an
incident is true up to rounding; an earlier one holds an error that the last one mended. Versions that became
known after the moment of the export are not in the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspot.simulate.background import Floats
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
    truth = _true_rows(catalogue, world)
    truth = _blur(truth, habits, rng)
    truth["known_at"] = truth["occurred_to"].fillna(truth["occurred_from"]) + _delays(len(truth), habits, rng)
    rows = _revise(truth, world, habits, rng)
    rows = rows[rows["known_at"] < pd.Timestamp(world.end)].copy()
    _to_civil(rows, world.time_zone)
    rows["incident_id"] = _numbered(rows)
    return rows.sort_values(["known_at", "incident_id"], ignore_index=True)[[*COLUMNS, "change"]]


def _true_rows(catalogue: Catalogue, world: World) -> pd.DataFrame:
    """Round observed incidents to the minute and to 0.1 m; leave out what this carries over the border."""
    table = pd.DataFrame(
        {
            "occurred_from": pd.DatetimeIndex(catalogue.t).floor("min"),
            "offense": catalogue.category,
            "x": catalogue.x.round(1),
            "y": catalogue.y.round(1),
        }
    )[catalogue.observed]
    inside = shapely.contains_xy(world.boundary, table["x"], table["y"])
    return table[inside].reset_index(drop=True)


def _blur(table: pd.DataFrame, habits: Habits, rng: np.random.Generator) -> pd.DataFrame:
    """Replace some times by an interval of a working day or up to three days, the true time uniform in it."""
    n = len(table)
    chosen = (table["offense"] == habits.interval_category) & (rng.uniform(size=n) < habits.interval_share)
    hours = np.where(rng.uniform(size=n) < 0.7, rng.uniform(7, 11, n), rng.uniform(11, 72, n))
    before = hours * rng.uniform(size=n)
    start = (table["occurred_from"] - _minutes(before * 60)).dt.floor("15min")
    end = (table["occurred_from"] + _minutes((hours - before) * 60)).dt.ceil("15min")
    start = start.where(chosen, table["occurred_from"])
    return table.assign(occurred_from=start, occurred_to=end.where(chosen))


def _delays(n: int, habits: Habits, rng: np.random.Generator) -> NDArray[np.timedelta64]:
    """Draw report delays: hours mostly, some days, a tail of two weeks; whole minutes, at least one."""
    kind = rng.uniform(size=n)
    hours = rng.lognormal(np.log(2.5), 0.9, n)
    days = 24 * np.minimum(rng.exponential(1.5, n), 5.0)
    tail = 24 * rng.uniform(5, 14, n)
    late = kind < habits.slow + habits.very_slow
    delay = np.where(kind < habits.very_slow, tail, np.where(late, days, hours))
    return _minutes(np.ceil(delay * 60))


def _minutes(number: Floats | NDArray[np.int64]) -> NDArray[np.timedelta64]:
    return np.round(number).astype("timedelta64[m]").astype("timedelta64[us]")


def _revise(truth: pd.DataFrame, world: World, habits: Habits, rng: np.random.Generator) -> pd.DataFrame:
    """Give some incidents an erroneous first version and let the true one follow days later."""
    truth = truth.assign(record=np.arange(len(truth)), change="")
    wait = _minutes(rng.integers(24 * 60, 30 * 24 * 60, len(truth)))
    in_time = truth["known_at"] + wait < pd.Timestamp(world.end)
    chosen = (rng.uniform(size=len(truth)) < habits.revised_share) & in_time
    first = truth[chosen].copy()
    change = rng.choice(["category", "location", "time"], size=len(first), p=[0.4, 0.4, 0.2])
    x, y = _misplaced(first["x"].to_numpy(), first["y"].to_numpy(), world, rng)
    wrong = {
        "offense": ("category", _other_category(first["offense"], world, rng)),
        "x": ("location", x),
        "y": ("location", y),
        "occurred_from": ("time", first["occurred_from"] - _minutes(rng.integers(90, 600, len(first)))),
    }
    for name, (kind, value) in wrong.items():
        first[name] = first[name].where(change != kind, value)
    final = truth.assign(known_at=(truth["known_at"] + wait).where(chosen, truth["known_at"]))
    final.loc[chosen, "change"] = change
    return pd.concat([first, final], ignore_index=True)


def _other_category(offense: pd.Series, world: World, rng: np.random.Generator) -> NDArray[np.str_]:
    names = np.array(list(world.backgrounds))
    current = pd.Index(names).get_indexer(offense)
    other: NDArray[np.str_] = names[(current + rng.integers(1, len(names), len(offense))) % len(names)]
    return other


def _misplaced(x: Floats, y: Floats, world: World, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Move points by some hundred metres, drawing again until they lie inside the boundary."""
    moved_x, moved_y = x.copy(), y.copy()
    todo = np.arange(len(x))
    while len(todo):
        moved_x[todo] = (x[todo] + rng.normal(0, 300, len(todo))).round(1)
        moved_y[todo] = (y[todo] + rng.normal(0, 300, len(todo))).round(1)
        todo = todo[~shapely.contains_xy(world.boundary, moved_x[todo], moved_y[todo])]
    return moved_x, moved_y


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
