"""Recent and neighbour counts against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.features.neighbour_counts import NeighbourCounts
from hotspot.features.recent_counts import RecentCounts
from hotspot.history import History
from hotspot.windows import Windows, shift
from tests.features import worlds

DAY = Windows("1D")


def brute(history: History, rows: pd.DataFrame, time: np.datetime64, window: str) -> np.ndarray:
    """Count row by row what was known at a time, in a window that ends a latency before it."""
    zone = history.domain.time_zone
    high = shift(np.asarray(time), history.latency, zone, -1)
    low = shift(high, window, zone, -1)
    begin = max(low, history.as_of(time).observed_from)
    counts = np.zeros(history.domain.n_cells)
    for row in rows.itertuples():
        current = row.known_at <= time and not row.superseded_at <= time
        cell = history.domain.locate(row.x, row.y)[0]
        inside = history.domain.contains(row.x, row.y)[0]
        if not (current and inside and cell >= 0 and row.category == "burglary"):
            continue
        start, end = np.datetime64(row.start), np.datetime64(row.end)
        if end == start:
            counts[cell] += begin <= start < high
        else:
            counts[cell] += max((min(end, high) - max(start, begin)) / (end - start), 0.0)
    return counts * ((high - low) / (high - begin))


@pytest.mark.parametrize("window", ["3D", "28D", "6M"])
@pytest.mark.parametrize("day", [10, 60, 118])
def test_recent_counts_row_by_row(window: str, day: int) -> None:
    rows = worlds.table(7)
    history, times = worlds.history(rows), worlds.issue_times(day)
    found = RecentCounts((window,)).compute(history, times, DAY).values[0, :, 0]
    expected = brute(history, rows, times[0], window)
    assert expected.sum() > 0
    np.testing.assert_allclose(found, expected, rtol=2e-7, atol=1e-9)


def test_counts_are_nan_where_nothing_was_known() -> None:
    history, times = worlds.history(worlds.table(7)), worlds.issue_times(-5, 60)
    found = RecentCounts().compute(history, times, DAY)
    assert found.dims == ("issue_time", "cell", "column")
    assert list(found["column"].values) == ["7D", "28D", "365D"]
    assert found.isel(issue_time=0).isnull().all()
    assert found.isel(issue_time=1).notnull().all()


def test_a_short_record_is_scaled_to_the_whole_window() -> None:
    rows = worlds.table(8, 4000).assign(superseded_at=np.datetime64("NaT", "us")).drop_duplicates("id")
    rows = rows.assign(known_at=rows["end"])
    history = worlds.history(rows, latency="0D")
    city = RecentCounts(("365D",)).compute(history, worlds.issue_times(40, 119), DAY).sum("cell").values[:, 0]
    per_year = (rows["category"] == "burglary").sum() * 365 / worlds.DAYS * len(history.incidents) / len(rows)
    np.testing.assert_allclose(city, per_year, rtol=0.1)


@pytest.mark.parametrize(("kind", "radius"), [("square", None), ("square", 700.0), ("h3", None)])
def test_neighbour_sums_cell_by_cell(kind: str, radius: float | None) -> None:
    history, times = worlds.history(worlds.table(9), kind=kind), worlds.issue_times(30, 100)
    own = RecentCounts(("28D",)).compute(history, times, DAY).values[:, :, 0]
    found = NeighbourCounts(("28D",), radius).compute(history, times, DAY)
    x, y = history.domain.centres
    for cell in range(history.domain.n_cells):
        distance = np.hypot(x - x[cell], y - y[cell])
        near = (distance <= (radius or 1.5 * history.domain.spacing) * (1 + 1e-9)) & (distance > 0)
        np.testing.assert_allclose(found.values[:, cell, 0], own[:, near].sum(axis=1), rtol=3e-7)
    assert list(found["column"].values) == ["28D" if radius is None else "28D_700m"]


@pytest.mark.parametrize("wrong", [(), ("7Q",), ("0D",), "x"])
def test_wrong_windows_are_refused(wrong: tuple[str, ...]) -> None:
    for kind in (RecentCounts, NeighbourCounts):
        with pytest.raises(InputError):
            kind(wrong)


@pytest.mark.parametrize("radius", [0, -1.0, np.nan, np.inf])
def test_a_wrong_radius_is_refused(radius: float) -> None:
    with pytest.raises(InputError, match="radius"):
        NeighbourCounts(radius=radius)
