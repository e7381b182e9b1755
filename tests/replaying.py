"""What is said on a night, and whether it is said again: shared by the tests of replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hotspot import registry
from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.windows import Windows, as_utc
from tests.feeds import ZONE, domain

SMALL = {
    "kde": {"bandwidth": 400.0},
    "boosted": {"rounds": 10, "min_rows_in_leaf": 200, "max_rows": 10_000, "threads": 1},
}
WINDOWS = Windows("1D", leads=2, shifts=("07:00", "19:00"))
# in the first spring, in an outage, after it, where the clocks change, and the last night but one
NIGHTS = np.array(
    [as_utc(t, ZONE) for t in ("2023-05-02", "2023-09-10", "2023-09-15", "2024-03-11", "2024-11-04", "2024-12-30")]
)
KNOWN = ["id", "start", "end", "known_at", "superseded_at", "category", "x", "y"]


@dataclass(frozen=True)
class Answer:
    """What is said on a night: the rows it rests on, and of each model the parameters and the bytes."""

    at: np.datetime64
    versions: pd.DataFrame
    live: pd.DataFrame
    forecasts: Mapping[str, tuple[dict[str, float], bytes]]


def answer(incidents: Incidents, night: np.datetime64, *, spread: str = "uniform") -> Answer:
    """Go back to a night, and forecast with every registered model."""
    cells = domain()
    history = History(cells, incidents.within(cells), target=["burglary"], latency="2D", spread=spread).as_of(night)
    made = {}
    for kind in registry.kinds("model"):
        fitted = registry.make("model", kind, SMALL.get(kind)).fit(history, windows=WINDOWS, rng=3)
        forecast = fitted.forecast(history, rng=3)
        made[kind] = (dict(fitted.params), forecast["expected_count"].values.tobytes())
    return Answer(night, plain(history.versions.table), plain(history.incidents.table), made)


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The columns to compare, as plain types."""
    text = {name: table[name].astype(str) for name in ("id", "category")}
    return table[KNOWN].assign(**text).reset_index(drop=True)


def assert_known(given: Answer, known: pd.DataFrame) -> None:
    """Every row that was known, and none else."""
    known = plain(known)
    pd.testing.assert_frame_equal(given.versions, known)
    pd.testing.assert_frame_equal(given.live, known[known["superseded_at"].isna()].reset_index(drop=True))


def assert_same(one: Answer, other: Answer) -> None:
    """Equal rows, parameters and bytes."""
    pd.testing.assert_frame_equal(one.versions, other.versions)
    pd.testing.assert_frame_equal(one.live, other.live)
    assert one.forecasts.keys() == other.forecasts.keys()
    for kind, (params, expected) in one.forecasts.items():
        np.testing.assert_equal(other.forecasts[kind][0], params, err_msg=kind)
        assert other.forecasts[kind][1] == expected, f"{kind} forecasts something else"
