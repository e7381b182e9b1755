"""Patrol dwell against a plain count of stays."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.errors import InputError
from hotspot.features.patrol_dwell import PatrolDwell
from hotspot.windows import Windows, shift
from tests.features import timed, worlds

TIMES = worlds.issue_times(-3, 0, 5, 30, 41, 42, 119)
LENGTHS = ("7D", "36h", "1M")


@pytest.mark.parametrize("kind", worlds.KINDS)
def test_minutes_equal_a_plain_count(kind: str) -> None:
    layer = timed.tracks(3, latency="1D")
    history = timed.history(layer, kind=kind)
    found = PatrolDwell(LENGTHS).compute(history, TIMES, Windows("1D"))
    rows, cells = layer.frame, layer.cells(history.domain)
    begin, end = rows["start"].to_numpy("datetime64[us]"), rows["end"].to_numpy("datetime64[us]")
    for i, time in enumerate(TIMES):
        known = layer.known_at <= time
        high = shift(time, "1D", worlds.ZONE, -1)
        for length in LENGTHS:
            low = shift(high, length, worlds.ZONE, -1)
            value = found.sel(column=length).values[i]
            if not known.any() or begin[known].min() >= high:
                assert np.isnan(value).all()
                continue
            share = min((high - max(low, begin[known].min())) / (high - low), 1.0)
            inside = np.maximum(np.minimum(end, high) - np.maximum(begin, low), np.timedelta64(0, "us"))
            minutes = np.zeros(history.domain.n_cells)
            np.add.at(
                minutes, cells[known & (cells >= 0)], (inside / np.timedelta64(60_000_000, "us"))[known & (cells >= 0)]
            )
            np.testing.assert_allclose(value, minutes / share, rtol=1e-6, atol=1e-6)
    assert found.attrs["units"] == "min"
    assert float(found.isel(issue_time=-1).sel(column="7D").sum()) > 0


def test_several_layers_are_told_apart() -> None:
    found = PatrolDwell(("7D",)).compute(timed.history(timed.tracks(1), timed.tracks(2)), TIMES, Windows("1D"))
    assert list(found["column"].values) == ["patrols_7D", "patrols_2_7D"]
    assert found.attrs["vintage"] == ["by row", "by row"]
    with pytest.raises(InputError, match="expected a whole number"):
        PatrolDwell(("week",))
