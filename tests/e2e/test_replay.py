"""Any past night again: the forecasts made on a night come out of the final log byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hotspot.history import History
from hotspot.incidents import Incidents
from hotspot.io.incidents import read_incidents
from hotspot.simulate.feed import Feed
from tests.feeds import COLUMNS, CRS, END, ZONE, city, feed, nights
from tests.reference.remembered import Remembered
from tests.replaying import NIGHTS, Answer, answer, assert_known, assert_same, plain


def read_log(export: pd.DataFrame) -> Incidents:
    """Read the log of a publisher who keeps every version."""
    return read_incidents(export, columns=COLUMNS, crs=CRS, time_zone=ZONE)


def cut(whole: Feed, night: np.datetime64) -> Feed:
    """The feed as it was on a night: nothing is there that came later."""
    return replace(whole, entries=whole.entries[whole.entries["known_at"] <= night])


@pytest.fixture(scope="module")
def lived() -> dict[np.datetime64, Answer]:
    """What was forecast on each night, from the log as it was on that night."""
    return {night: answer(read_log(cut(feed(), night).export()), night) for night in NIGHTS}


def test_a_log_replays_every_night(lived: dict[np.datetime64, Answer]) -> None:
    whole = read_log(feed().export().sample(frac=1, random_state=1))
    assert whole.quality.set_aside == {}
    for night, then in lived.items():
        now = answer(whole, night)
        assert_same(then, now)
        assert_known(now, feed().known(night))


def test_a_log_replays_every_night_with_a_profile_learned_from_it(lived: dict[np.datetime64, Answer]) -> None:
    """The profile of interval times is estimated from what was known, and from nothing else."""
    whole = read_log(feed().export())
    for night in NIGHTS[[0, 4]]:
        then = answer(read_log(cut(feed(), night).export()), night, spread="weekly")
        assert_same(then, answer(whole, night, spread="weekly"))
        assert any(then.forecasts[kind][1] != lived[night].forecasts[kind][1] for kind in then.forecasts)


def test_the_nights_differ(lived: dict[np.datetime64, Answer]) -> None:
    """The feed puts replay to the test: every night but the last had revisions behind it, and others before it."""
    for night, then in list(lived.items())[:-1]:
        final = feed().log[feed().log["superseded_at"].isna()]
        live = then.live.merge(final.rename(columns={"incident_id": "id"}), on="id", how="left")
        changed = (live["offense"] != live["category"]) | (live["x_x"] != live["x_y"])
        assert changed.sum() > 3, night
        assert then.versions["superseded_at"].notna().sum() > 3, night
    outage, after = (lived[night] for night in NIGHTS[1:3])
    assert len(after.live) > len(outage.live) + 10


def _ignoring_superseded_at(history: History, moment: np.datetime64) -> History:
    known = history.versions
    log = replace(known, table=known.table[known.known_at <= moment].assign(superseded_at=np.datetime64("NaT", "us")))
    return replace(history, incidents=log, cutoff=moment, log=log)


def _with_the_newest_version(history: History, moment: np.datetime64) -> History:
    table = history.versions.table
    newest = table.drop_duplicates("id", keep="last").set_index("id")
    there = table[(table["known_at"] <= moment) & ~(table["superseded_at"] <= moment)]
    mended = newest.loc[there["id"]].reset_index()[list(table)].assign(known_at=there["known_at"].to_numpy())
    log = replace(history.versions, table=mended.assign(superseded_at=np.datetime64("NaT", "us")))
    return replace(history, incidents=log, cutoff=moment, log=log)


def _with_what_is_known_a_week_later(history: History, moment: np.datetime64) -> History:
    if history.cutoff is not None:  # a model looks back further
        return AS_OF(history, moment)
    return replace(AS_OF(history, moment + np.timedelta64(7, "D")), cutoff=moment)


AS_OF = History.as_of


@pytest.mark.parametrize(
    ("leak", "bytes_differ"),
    [(_ignoring_superseded_at, False), (_with_the_newest_version, True), (_with_what_is_known_a_week_later, True)],
)
def test_a_leak_is_found(
    lived: dict[np.datetime64, Answer],
    monkeypatch: pytest.MonkeyPatch,
    leak: Callable[[History, np.datetime64], History],
    bytes_differ: bool,
) -> None:
    """The very checks above fail where a History knows too much; where the future decides, the bytes differ too."""
    monkeypatch.setattr(History, "as_of", leak)
    night = NIGHTS[3]
    leaked_then = answer(read_log(cut(feed(), night).export()), night)
    leaked_now = answer(read_log(feed().export()), night)
    with pytest.raises(AssertionError):
        assert_same(lived[night], leaked_now)
    with pytest.raises(AssertionError):
        assert_known(leaked_now, feed().known(night))
    now = leaked_now.forecasts
    assert any(leaked_then.forecasts[kind][1] != now[kind][1] for kind in now) is bytes_differ
    assert any(lived[night].forecasts[kind][1] != now[kind][1] for kind in now)


def test_the_reference_store_agrees_with_the_feed() -> None:
    """Two ways to say what is known: from the entries, and from the exports handed in night by night."""
    times = nights("2023-01-02", "2024-12-31", "9D")
    store = Remembered(ZONE)
    for night in times:
        store.ingest(feed().snapshot(night), night)
    nightly = feed().published(times)
    for night in [*times[::16], END]:
        pd.testing.assert_frame_equal(plain(store.known(night)), plain(nightly.known(night)))
    assert city()[0].end == END
