"""The densest hundredth of a million cells."""

from __future__ import annotations

import numpy as np
import xarray as xr

from benchmarks.speed.city import DAY, FIRST
from benchmarks.speed.conftest import Peer
from hotspot.evaluate.selection import select

N = 1_000_000


def test_select(race, rng):
    expected = rng.gamma(0.3, 1e-2, N)
    coords = {
        "issue_time": [FIRST],
        "lead": [0],
        "cell": np.arange(N),
        "valid_start": (("issue_time", "lead"), [[FIRST]]),
        "valid_end": (("issue_time", "lead"), [[FIRST + DAY]]),
        "area": ("cell", np.full(N, 62_500.0)),
        "target": "burglary",
    }
    dims = ("issue_time", "lead", "cell")
    forecast = xr.Dataset({"expected_count": (dims, expected[None, None])}, coords, {"total_area": 62_500.0 * N})

    def ours():
        return select(forecast, coverage=0.01).values.ravel()

    def partitioned():
        return np.argpartition(expected, -N // 100)[-N // 100 :]

    def sorted_down():
        return np.argsort(-expected)[: N // 100]

    chosen = np.flatnonzero(ours())
    assert np.array_equal(chosen, np.sort(partitioned()))
    assert np.array_equal(chosen, np.sort(sorted_down()))
    peers = [Peer("numpy argpartition, no lots, no areas", partitioned), Peer("numpy argsort, likewise", sorted_down)]
    race("select", f"{N:,} cells, one window, 1 %", ours, peers)
