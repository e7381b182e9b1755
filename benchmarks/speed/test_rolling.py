"""How many incidents had each cell in the last 7, 14, 28 and 90 days, every day of three years?

Ours starts from the incidents, the peers from the table of counts a day and cell, which they are given.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

from benchmarks.speed.city import DAY, DAYS, FIRST, draw, history
from benchmarks.speed.conftest import Peer
from hotspot.features._sweeps import Sums, window_column
from hotspot.features.decayed_counts import DecayedCounts
from hotspot.features.recent_counts import RecentCounts
from hotspot.windows import Windows

N = 1_000_000
WINDOWS = (7, 14, 28, 90)
NAMES = tuple(f"{days}D" for days in WINDOWS)
TIMES = FIRST + np.arange(1, DAYS + 1) * DAY


@pytest.fixture(scope="module")
def daily():
    """Counts a day and cell, int64, shape (n_days, n_cells)."""
    past, drawn = history(N), draw(N)
    cells, cell = past.domain.n_cells, past.domain.locate(drawn.x, drawn.y)
    return np.bincount(drawn.day.astype(np.int64) * cells + cell, minlength=DAYS * cells).reshape(DAYS, cells)


def expected(daily):
    """Counts in windows; the record begins with the first day, so early windows are scaled to their length."""
    total = np.concatenate([np.zeros((1, daily.shape[1]), np.int64), np.cumsum(daily, axis=0)])
    day = np.arange(1, DAYS + 1)
    out = np.empty((DAYS, len(WINDOWS), daily.shape[1]), np.float32)
    for k, length in enumerate(WINDOWS):
        counted = total[day] - total[np.maximum(day - length, 0)]
        out[:, k] = counted * (1 / (np.minimum(day, length) / length))[:, None]
    return out


def peers_of(daily):
    wide = pd.DataFrame(daily)
    dims = xr.DataArray(daily.astype(np.float64), dims=("day", "cell"))
    cells = daily.shape[1]
    long = pl.DataFrame({"cell": np.repeat(np.arange(cells), DAYS), "count": daily.T.ravel()})

    def pandas_wide():
        return [wide.rolling(length, min_periods=1).sum() for length in WINDOWS]

    def xarray_rolling():
        return [dims.rolling(day=length, min_periods=1).sum() for length in WINDOWS]

    def polars_long():
        return long.with_columns(
            pl.col("count").rolling_sum(length, min_samples=1).over("cell").alias(f"{length}D") for length in WINDOWS
        )

    def numpy_cumsum():
        total = np.concatenate([np.zeros((1, cells), np.int64), np.cumsum(daily, axis=0)])
        day = np.arange(1, DAYS + 1)
        return [total[day] - total[np.maximum(day - length, 0)] for length in WINDOWS]

    return pandas_wide, xarray_rolling, polars_long, numpy_cumsum


def same(peers):
    """All give the same counts before anything is timed."""
    pandas_wide, xarray_rolling, polars_long, numpy_cumsum = (peer() for peer in peers)
    for k, length in enumerate(WINDOWS):
        truth = numpy_cumsum[k]
        assert np.array_equal(pandas_wide[k].to_numpy(), truth)
        assert np.array_equal(xarray_rolling[k].to_numpy(), truth)
        assert np.array_equal(polars_long[f"{length}D"].to_numpy().reshape(-1, DAYS).T, truth)


def on(past):
    return f"{len(past.incidents):,} incidents, {DAYS:,} days x {past.domain.n_cells:,} cells x {len(WINDOWS)} windows"


def named(peers, out):
    floor = Peer("floor: write the result once", lambda: out.fill(1))
    return [*(Peer(peer.__name__.replace("_", " "), peer) for peer in peers), floor]


def test_kernel(race, daily):
    past, peers = history(N), peers_of(daily)
    ledger, columns = past.ledger(), [window_column(past, TIMES, name) for name in NAMES]
    sums = Sums(past, TIMES, len(NAMES))

    def ours():
        sums.restart()
        sums.add(ledger, columns)

    ours()
    assert np.array_equal(sums.values, expected(daily))
    same(peers)
    race("counts in windows, kernel", on(past), ours, named(peers, sums.values))


def test_feature(race, daily):
    past, peers = history(N), peers_of(daily)

    def ours():
        return RecentCounts(NAMES).compute(past.as_of(TIMES[-1]), TIMES, Windows("1D"))  # nothing is remembered

    truth = expected(daily)
    assert np.array_equal(ours().transpose("issue_time", "column", "cell").values, truth)
    race("recent_counts on a fresh History", on(past), ours, named(peers, truth))


def test_decays(race):
    past, lives = history(N, dates=True), tuple(map(float, WINDOWS))
    cell = past.ledger().versions.cell
    day = (past.versions.table["start"].to_numpy() - FIRST) // DAY
    daily = np.bincount(day * past.domain.n_cells + cell, minlength=DAYS * past.domain.n_cells).reshape(DAYS, -1)
    wide = pd.DataFrame(daily)
    ledger = past.ledger(middles=True)
    sums = Sums(past, TIMES, len(NAMES))

    def ours():
        sums.restart()
        sums.add_rates(past, ledger, NAMES)

    def feature():
        return DecayedCounts(NAMES, spreads=(0,)).compute(past.as_of(TIMES[-1]), TIMES, Windows("1D"))

    def pandas_ewm():
        return [wide.ewm(halflife=life).mean() for life in lives]

    ours()
    feature()
    worst = 0.0
    for k, life in enumerate(lives):
        half = np.log(2) / life / 2  # an incident at noon, not at midnight; an integral over the record, not a sum
        worst = max(worst, np.abs(sums.values[:, k] - pandas_ewm()[k].to_numpy() * half / np.sinh(half)).max())
    assert worst < 1e-6
    peers = [Peer("pandas ewm", pandas_ewm), Peer("floor: write the result once", lambda: sums.values.fill(1))]
    race("decays, kernel", on(past), ours, peers, error=f"within {worst:.1g}")


def test_decayed_feature(race):
    past = history(N, dates=True)
    out = np.empty((DAYS, len(NAMES), past.domain.n_cells), np.float32)
    recipes = (
        DecayedCounts(NAMES, spreads=(0,)),
        DecayedCounts(NAMES, spreads=(150,)),
        DecayedCounts(NAMES, spreads=(500,)),
    )

    def compute(recipe):
        return recipe.compute(past.as_of(TIMES[-1]), TIMES, Windows("1D"))

    for recipe in recipes:
        compute(recipe)
    peers = [Peer(f"spread {recipe.spreads[0]:g} m", lambda recipe=recipe: compute(recipe)) for recipe in recipes[1:]]
    floor = Peer("floor: write the result once", lambda: out.fill(1))
    race("decayed_counts on a fresh History", on(past), lambda: compute(recipes[0]), [*peers, floor], rounds=2)
