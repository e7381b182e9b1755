"""Tracks: stays against a walk over every leg, and nothing left of the units."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.layers import Tracks
from tests.features import worlds

SECOND, MINUTE = np.timedelta64(1_000_000, "us"), np.timedelta64(60_000_000, "us")
START = np.datetime64("2021-03-13T12:00", "us")


def pings(seed: int = 0, n: int = 300, units: int = 4, seconds: int = 86_400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x0, y0, x1, y1 = worlds.BOUNDARY.bounds
    return pd.DataFrame(
        {
            "unit": rng.choice([f"Car {k}" for k in range(units)], n),
            "time": START + rng.integers(0, seconds, n) * SECOND,
            "x": rng.uniform(x0 - 300, x1 + 300, n),
            "y": rng.uniform(y0 - 300, y1 + 300, n),
        }
    )


def slow(table: pd.DataFrame, domain, windows, asof, latency, gap: float) -> np.ndarray:
    """Walk over the legs of each unit, one after another."""
    out = np.zeros((len(windows), domain.n_cells))
    for _, rows in table.drop_duplicates(["unit", "time"]).sort_values("time").groupby("unit"):
        for (t0, x0, y0), (t1, x1, y1) in itertools.pairwise(rows[["time", "x", "y"]].itertuples(index=False)):
            if (t1 - t0).total_seconds() > gap * 60:
                continue
            middle = t0 + (t1 - t0) // 2
            for a, b, x, y in ((t0, middle, x0, y0), (middle, t1, x1, y1)):
                cell = domain.locate(x, y)[0] if domain.contains(x, y)[0] else -1
                for i, (low, high) in enumerate(windows):
                    if cell >= 0 and np.datetime64(t1, "us") + latency <= asof[i]:
                        inside = min(b, pd.Timestamp(high)) - max(a, pd.Timestamp(low))
                        out[i, cell] += max(inside.total_seconds(), 0) / 60
    return out


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_dwell_equals_a_walk_over_all_legs(kind: str) -> None:
    domain, table = worlds.domain(kind), pings(n=150, seconds=20_000)
    tracks = Tracks.from_pings(table, worlds.CRS, latency="1h")
    low = START + np.array([0, 30, 45, 200, 100, 10]) * MINUTE
    high = low + np.array([60, 60, 240, 60, 300, 0]) * MINUTE
    asof = high + np.array([60, 30, 60, 500, 0, 60]) * MINUTE
    expected = slow(table, domain, list(zip(low, high, strict=True)), asof, 60 * MINUTE, 10.0)
    np.testing.assert_allclose(tracks.dwell(domain, low, high, asof), expected, rtol=1e-12, atol=1e-9)
    assert expected.sum() > 0


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), order=st.permutations(range(6)))
def test_windows_in_any_order_give_equal_bytes(seed: int, order: list[int]) -> None:
    domain, rng = worlds.domain(), np.random.default_rng(seed)
    tracks = Tracks.from_pings(pings(seed, 400, 2), worlds.CRS, latency="2h")
    low = START + rng.integers(-60, 1500, 6) * MINUTE
    high = low + rng.integers(0, 900, 6) * MINUTE
    asof = high + rng.integers(-60, 200, 6) * MINUTE
    together = tracks.dwell(domain, low[order], high[order], asof[order])
    for row, i in zip(together, order, strict=True):
        np.testing.assert_array_equal(row, tracks.dwell(domain, low[[i]], high[[i]], asof[[i]])[0])


def test_time_inside_is_conserved() -> None:
    domain, table = worlds.domain(), pings(n=2000)
    middle = worlds.BOUNDARY.representative_point()
    table = table.assign(x=middle.x, y=middle.y)
    tracks = Tracks.from_pings(table, worlds.CRS)
    span = (START, START + 1440 * MINUTE)
    legs = table.drop_duplicates(["unit", "time"]).sort_values(["unit", "time"])
    steps = legs.groupby("unit")["time"].diff()
    bridged = steps[steps <= pd.Timedelta(10, "min")].sum().total_seconds() / 60
    dwell = tracks.dwell(domain, [span[0]], [span[1]])
    assert dwell.sum() == pytest.approx(bridged, rel=1e-12)
    days = tracks.dwell(domain, START + np.arange(24) * 60 * MINUTE, START + np.arange(1, 25) * 60 * MINUTE)
    np.testing.assert_array_equal(days.sum(axis=0) * 6e7, dwell[0] * 6e7)


def test_nothing_tells_the_units_and_gaps_are_counted() -> None:
    table = pings(n=200)
    tracks = Tracks.from_pings(pd.concat([table, table.iloc[:3]]), worlds.CRS)
    assert list(tracks.frame.columns) == ["start", "end", "x", "y", "known_at"]
    assert tracks.frame["start"].is_monotonic_increasing
    sorted_pings = table.sort_values(["unit", "time"])
    long = int((sorted_pings.groupby("unit")["time"].diff() > pd.Timedelta(10, "min")).sum())
    assert [note.split(": ", 1)[1] for note in tracks.notes] == [
        "3 rows of a unit and time that were there already, left out",
        f"{long} rows after a gap of more than 10 min, which is not bridged",
    ]


def test_another_crs_and_the_fingerprint() -> None:
    table = pings(n=400)
    x, y = pyproj.Transformer.from_crs(worlds.CRS, "EPSG:4326", always_xy=True).transform(table["x"], table["y"])
    here, there = Tracks.from_pings(table, worlds.CRS), Tracks.from_pings(table.assign(x=x, y=y), "EPSG:4326")
    span = ([START], [START + 2000 * MINUTE])
    np.testing.assert_array_equal(here.dwell(worlds.domain(), *span), there.dwell(worlds.domain(), *span))
    other = [Tracks.from_pings(table, worlds.CRS, latency="1h"), Tracks.from_pings(table.iloc[1:], worlds.CRS), there]
    assert len({here.fingerprint, *(tracks.fingerprint for tracks in other)}) == 4


def test_what_makes_no_stay_is_refused() -> None:
    with pytest.raises(InputError, match="no stay is left"):
        Tracks.from_pings(pings(n=1), worlds.CRS)
    with pytest.raises(InputError, match=r"gap: got 0, expected minutes above 0"):
        Tracks.from_pings(pings(), worlds.CRS, gap=0)
