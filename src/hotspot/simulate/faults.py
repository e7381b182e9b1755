"""Faulty rows for an export of records: each has one fault of a known kind; good rows stay whole beside them.

A faulty row is a copy of a good one under an id of its own, with the one fault planted; only an exact
duplicate keeps the id. What each kind means stands beside its number in `PLANTED`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely

PLANTED = {
    "missing_coordinates": 12,  # x, y or both are empty
    "null_island": 8,  # x = y = 0
    "swapped_xy": 7,  # x and y exchanged
    "far_outside": 6,  # 60 to 300 km from the city
    "in_lake": 9,  # in the hole of the boundary
    "unparsable_date": 5,  # occurred_from is no date
    "future_date": 4,  # occurred_from decades after known_at
    "end_before_start": 6,  # occurred_to hours before occurred_from
    "exact_duplicate": 10,  # a good row once more; the copy is the fault
    "conflicting_version": 5,  # two rows with one id and one known_at and different places: two rows a fault
    "dst_gap": 3,  # occurred_from on a spring night between 2:00 and 3:00, which did not exist
    "missing_category": 6,  # offense is empty
}

_NO_DATES = ["unknown", "2024-13-07T10:00", "2024-02-30T11:15", "31/31/2024", "--"]
_GAPS = ["2024-03-10T02:30", "2025-03-09T02:30", "2025-03-09T02:05"]
Plant = Callable[[pd.DataFrame, shapely.Polygon, np.random.Generator], pd.DataFrame]


def plant_faults(
    rows: pd.DataFrame, lake: shapely.Polygon, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Add faulty rows of every kind to an export.

    Parameters
    ----------
    rows : pandas.DataFrame
        Good rows as text (every value a str, "" where missing), with the columns of `records.COLUMNS`.
    lake : shapely Polygon
        Water inside the city [m].
    rng : numpy.random.Generator
        Chooses the rows that are copied.

    Returns
    -------
    pandas.DataFrame
        Good and faulty rows, sorted by known_at and incident_id.
    dict of str to list of str
        The incident ids of each kind of fault, one for each fault planted.
    """
    once = rows[~rows["incident_id"].duplicated(keep=False) & (rows["occurred_to"] == "")]
    chosen = once.iloc[rng.choice(len(once), sum(PLANTED.values()), replace=False)]
    next_number = int(rows["incident_id"].str[3:].astype(int).max()) + 1
    parts, ids = [rows], {}
    for kind, count in PLANTED.items():
        copies, chosen = chosen.iloc[:count].copy(), chosen.iloc[count:]
        if kind != "exact_duplicate":
            copies["incident_id"] = [f"LV-{next_number + i:06d}" for i in range(count)]
            next_number += count
        ids[kind] = sorted(copies["incident_id"])
        parts.append(_PLANTS[kind](copies, lake, rng))
    everything = pd.concat(parts, ignore_index=True)
    return everything.sort_values(["known_at", "incident_id"], kind="stable", ignore_index=True), ids


def _missing(rows: pd.DataFrame, _: shapely.Polygon, rng: np.random.Generator) -> pd.DataFrame:
    which = rng.permutation(np.arange(len(rows)) % 3)
    return rows.assign(x=rows["x"].where(which == 1, ""), y=rows["y"].where(which == 2, ""))


def _null_island(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    return rows.assign(x="0.0", y="0.0")


def _swapped(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    return rows.assign(x=rows["y"], y=rows["x"])


def _far(rows: pd.DataFrame, _: shapely.Polygon, rng: np.random.Generator) -> pd.DataFrame:
    return rows.assign(x=_metres(rows["x"].astype(float) - rng.uniform(60_000, 300_000, len(rows))))


def _in_lake(rows: pd.DataFrame, lake: shapely.Polygon, rng: np.random.Generator) -> pd.DataFrame:
    left, low, right, high = lake.bounds
    x, y = rng.uniform(left, right, 100 * len(rows)), rng.uniform(low, high, 100 * len(rows))
    wet = np.flatnonzero(shapely.contains_xy(lake.buffer(-30), x, y))[: len(rows)]
    return rows.assign(x=_metres(x[wet]), y=_metres(y[wet]))


def _unparsable(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    return rows.assign(occurred_from=np.resize(_NO_DATES, len(rows)))


def _future(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    return rows.assign(occurred_from="2091" + rows["occurred_from"].str[4:].str.replace("02-29", "02-28"))


def _end_first(rows: pd.DataFrame, _: shapely.Polygon, rng: np.random.Generator) -> pd.DataFrame:
    hours = pd.to_timedelta(rng.integers(3, 30, len(rows)), unit="h")
    before = pd.to_datetime(rows["occurred_from"]) - hours
    return rows.assign(occurred_to=before.dt.strftime("%Y-%m-%dT%H:%M"))


def _duplicate(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    return rows


def _conflict(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    """Write each row twice; the second stands on the place of another of the rows."""
    other = rows.assign(x=np.roll(rows["x"], 1), y=np.roll(rows["y"], 1))
    return pd.concat([rows, other])


def _gap(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    nights = pd.Series(np.resize(_GAPS, len(rows)), index=rows.index)
    return rows.assign(occurred_from=nights, known_at=nights.str[:11] + "09:40")


def _uncategorised(rows: pd.DataFrame, _: shapely.Polygon, __: np.random.Generator) -> pd.DataFrame:
    return rows.assign(offense="")


def _metres(values: pd.Series | np.ndarray) -> list[str]:
    return [f"{value:.1f}" for value in values]


_PLANTS: dict[str, Plant] = {
    "missing_coordinates": _missing,
    "null_island": _null_island,
    "swapped_xy": _swapped,
    "far_outside": _far,
    "in_lake": _in_lake,
    "unparsable_date": _unparsable,
    "future_date": _future,
    "end_before_start": _end_first,
    "exact_duplicate": _duplicate,
    "conflicting_version": _conflict,
    "dst_gap": _gap,
    "missing_category": _uncategorised,
}
