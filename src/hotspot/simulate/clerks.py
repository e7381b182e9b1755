"""What the people who write records do to the truth: rounding, intervals, wrong categories, places and times.

Tables here hold one row a record with naive UTC times occurred_from, occurred_to (NaT: a moment), and offense, x, y.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspot.simulate.background import Floats
from hotspot.simulate.process import Catalogue, World


def true_rows(catalogue: Catalogue, world: World) -> pd.DataFrame:
    """Round observed incidents to the minute and to 0.1 m; leave out what this carries over the border.

    Parameters
    ----------
    catalogue : Catalogue
        What happened.
    world : World
        Its city.

    Returns
    -------
    pandas.DataFrame
        Columns occurred_from, offense, x, y [m], sorted by time.
    """
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


def blur(table: pd.DataFrame, category: str, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Replace some times by an interval of a working day or up to three days, the true time uniform in it.

    Parameters
    ----------
    table : pandas.DataFrame
        As `true_rows` gives it.
    category : str
        Whose times are partly known as intervals only.
    share : float
        Share of those with an interval.
    rng : numpy.random.Generator
        Source of intervals.

    Returns
    -------
    pandas.DataFrame
        With occurred_to, NaT where the time is a moment.
    """
    n = len(table)
    chosen = (table["offense"] == category) & (rng.uniform(size=n) < share)
    hours = np.where(rng.uniform(size=n) < 0.7, rng.uniform(7, 11, n), rng.uniform(11, 72, n))
    before = hours * rng.uniform(size=n)
    start = (table["occurred_from"] - minutes(before * 60)).dt.floor("15min")
    end = (table["occurred_from"] + minutes((hours - before) * 60)).dt.ceil("15min")
    start = start.where(chosen, table["occurred_from"])
    return table.assign(occurred_from=start, occurred_to=end.where(chosen))


def delays(n: int, slow: float, very_slow: float, rng: np.random.Generator) -> NDArray[np.timedelta64]:
    """Draw report delays: hours mostly, some days, a tail of two weeks; whole minutes, at least one.

    Parameters
    ----------
    n : int
        How many.
    slow, very_slow : float
        Share that takes days, and up to two weeks.
    rng : numpy.random.Generator
        Source of delays.

    Returns
    -------
    ndarray of timedelta64, shape (n,)
        Time from the end of an incident to its record.
    """
    kind = rng.uniform(size=n)
    hours = rng.lognormal(np.log(2.5), 0.9, n)
    days = 24 * np.minimum(rng.exponential(1.5, n), 5.0)
    tail = 24 * rng.uniform(5, 14, n)
    late = kind < slow + very_slow
    delay = np.where(kind < very_slow, tail, np.where(late, days, hours))
    return minutes(np.ceil(delay * 60))


def minutes(number: Floats | NDArray[np.int64]) -> NDArray[np.timedelta64]:
    """Turn numbers of minutes into time spans.

    Parameters
    ----------
    number : ndarray, shape (n,)
        Rounded to whole ones.

    Returns
    -------
    ndarray of timedelta64[us], shape (n,)
        Spans.
    """
    return np.round(number).astype("timedelta64[m]").astype("timedelta64[us]")


def other_category(offense: pd.Series, world: World, rng: np.random.Generator) -> NDArray[np.str_]:
    """Draw for each row one of the world's other categories.

    Parameters
    ----------
    offense : pandas.Series, shape (n,)
        Categories.
    world : World
        Has at least two.
    rng : numpy.random.Generator
        Source of the choice.

    Returns
    -------
    ndarray of str, shape (n,)
        Each differs from the row's own.
    """
    names = np.array(list(world.backgrounds))
    current = pd.Index(names).get_indexer(offense)
    other: NDArray[np.str_] = names[(current + rng.integers(1, len(names), len(offense))) % len(names)]
    return other


def misplaced(x: Floats, y: Floats, world: World, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Move points by some hundred metres, drawing again until they lie inside the boundary.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Where [m].
    world : World
        Its boundary.
    rng : numpy.random.Generator
        Source of the errors.

    Returns
    -------
    tuple of two ndarrays, shape (n,)
        Where else [m], rounded to 0.1 m.
    """
    moved_x, moved_y = x.copy(), y.copy()
    todo = np.arange(len(x))
    while len(todo):
        moved_x[todo] = (x[todo] + rng.normal(0, 300, len(todo))).round(1)
        moved_y[todo] = (y[todo] + rng.normal(0, 300, len(todo))).round(1)
        todo = todo[~shapely.contains_xy(world.boundary, moved_x[todo], moved_y[todo])]
    return moved_x, moved_y


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Write every value the way the files hold it: times to the minute, metres to 0.1, empty where missing.

    Parameters
    ----------
    table : pandas.DataFrame
        Times, floats, integers and text.

    Returns
    -------
    pandas.DataFrame
        The same columns, all text.
    """
    text = {}
    for name, column in table.items():
        if pd.api.types.is_datetime64_any_dtype(column):
            text[name] = column.dt.strftime("%Y-%m-%dT%H:%M").fillna("")
        elif pd.api.types.is_float_dtype(column):
            text[name] = column.map("{:.1f}".format)
        else:
            text[name] = column.astype(str)
    return pd.DataFrame(text)
