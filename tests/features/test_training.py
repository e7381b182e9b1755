"""Issue times to train on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.features.training import most_issue_times, training_times
from hotspot.history import History
from hotspot.windows import Windows, shift, to_local
from tests.features import worlds


def long_history(years: float, latency: str = "3D") -> History:
    """A record without revisions, one incident about every four hours."""
    rng = np.random.default_rng(0)
    rows = worlds.table(0, 200).drop_duplicates("id")
    rows = pd.concat([rows] * int(11 * years), ignore_index=True)
    start = worlds.FIRST + np.sort(rng.integers(0, int(years * 365 * 24), len(rows))) * worlds.HOUR
    times = {"start": start, "end": start, "known_at": start, "superseded_at": np.datetime64("NaT", "us")}
    rows = rows.assign(id=np.arange(len(rows)).astype(str), **times)
    history = worlds.history(rows, latency=latency)
    return history.as_of(pd.Timestamp(start[-1], tz="UTC").normalize())


@pytest.fixture(scope="module")
def history() -> History:
    return long_history(4)


@pytest.mark.parametrize(
    ("windows", "fewest"),
    [
        (Windows("7D"), 52),
        (Windows("1D"), 50),
        (Windows("1D", 7), 52),
        (Windows("8h"), 50),
        (Windows("1D", 3, ["07:00", "19:00"]), 50),
        (Windows("1M"), 20),
    ],
    ids=repr,
)
def test_windows_are_over_and_do_not_overlap(history: History, windows: Windows, fewest: int) -> None:
    times = training_times(history, windows, "730D")
    start, end = windows.bounds(times, worlds.ZONE)
    assert fewest <= times.size <= most_issue_times(history.domain.n_cells)
    assert end.max() <= history.complete_until
    assert end.max() >= history.complete_until - (end[-1].max() - start[-1].min()) - 2 * np.timedelta64(1, "D")
    assert (start[1:, 0] >= end[:-1, -1]).all()
    assert times.min() >= shift(history.complete_until, "730D", worlds.ZONE, -1)
    local = to_local(times, worlds.ZONE)
    if windows.leads == 1 and windows.period in ("1D", "8h"):
        weekday = (local.astype("datetime64[D]").astype(int) - 4) % 7
        assert np.bincount(weekday, minlength=7).min() > 0
    if windows.period == "8h":
        first = to_local(start[:, 0], worlds.ZONE).astype("datetime64[h]").astype(int) % 24
        assert {0, 8, 16} <= set(first)


def test_a_long_record_warms_up_for_a_year_and_a_short_one_for_less() -> None:
    for years, warm_up in ((2.5, "365D"), (1.0, "28D")):
        history = long_history(years)
        first = training_times(history, Windows("7D"), "730D")[0]
        begin = shift(history.observed_from, warm_up, worlds.ZONE)
        assert begin <= first <= begin + 8 * np.timedelta64(1, "D")


def test_very_short_records() -> None:
    rows = worlds.table(3)
    early = worlds.history(rows, latency="0D").as_of("2021-02-19")
    times = training_times(early, Windows("7D"), "730D")
    assert times.size >= 1
    assert times.min() >= early.observed_from
    with pytest.raises(InputError, match="later cutoff"):
        training_times(worlds.history(rows, latency="0D").as_of("2021-02-04"), Windows("7D"), "730D")
