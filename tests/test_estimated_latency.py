"""`latency = "estimated"`: the record is complete as far as its own delays say, and never by hindsight."""

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.history import History
from hotspot.testing.world import example_history
from hotspot.windows import Duration

DAY = np.timedelta64(1, "D")
DAYS = 365


def _history(latency: str = "estimated", delay_days: float = 4.0, n: int = 4000, silent: float = 0.0) -> History:
    """A History whose records come after exponential delays."""
    rng = np.random.default_rng(3)
    domain = example_history().domain
    start = np.datetime64("2023-01-01", "us") + (rng.uniform(0, DAYS, n) * 86_400e6).astype("timedelta64[us]")
    known = start + (rng.exponential(delay_days, n) * 86_400e6).astype("timedelta64[us]")
    known[rng.uniform(size=n) < silent] = np.datetime64("NaT")
    west, south, east, north = domain.boundary.bounds
    table = pd.DataFrame(
        {
            "id": [f"i{i}" for i in range(n)], "start": start, "end": start, "known_at": known,
            "superseded_at": np.full(n, np.datetime64("NaT", "us")), "category": "burglary",
            "x": rng.uniform(west + 1, east - 1, n), "y": rng.uniform(south + 1, north - 1, n),
            "position_error": np.nan, "time_precision": "time",
        }
    )  # fmt: skip
    incidents = hs.Incidents(table, domain.crs).within(domain)
    return History(domain, incidents, target="burglary", latency=latency)


def test_it_finds_the_age_by_which_reports_have_come() -> None:
    past = _history().as_of("2023-11-01")
    days = Duration.parse(past.latency).seconds / 86_400
    assert days == pytest.approx(np.log(20) * 4, abs=2)  # 95 % of an exponential with a mean of four days
    assert past.complete_until == past.cutoff - np.timedelta64(int(days), "D")


def test_what_comes_later_changes_nothing() -> None:
    whole = _history()
    cutoff = np.datetime64("2023-07-01", "us")
    rows = whole.versions.table
    early = hs.Incidents(rows[rows["known_at"] <= cutoff].drop(columns="cell"), whole.domain.crs)
    cut = History(whole.domain, early, target="burglary", latency="estimated").as_of(cutoff)
    assert whole.as_of(cutoff).latency == cut.latency
    assert whole.as_of("2023-10-01").as_of(cutoff).latency == cut.latency


def test_each_moment_has_its_own() -> None:
    history = _history()
    found = {history.as_of(moment).latency for moment in ("2023-02-01", "2023-06-01", "2023-12-01")}
    assert len(found) > 1


def test_too_few_records_cannot_tell() -> None:
    assert _history(n=60).as_of("2023-03-01").latency == "14D"


def test_records_that_do_not_say_take_no_part() -> None:
    told, half = _history(), _history(silent=0.3)
    one, other = (Duration.parse(h.as_of("2023-11-01").latency).seconds / 86_400 for h in (told, half))
    assert one == pytest.approx(other, abs=2)


def test_a_model_takes_it_as_if_it_were_declared() -> None:
    past, week = _history().as_of("2023-11-01"), hs.Windows("7D")
    declared = _history(past.latency).as_of("2023-11-01")
    one, other = (hs.models.Counts().fit(known, windows=week).forecast(known) for known in (past, declared))
    assert one["expected_count"].values.tobytes() == other["expected_count"].values.tobytes()
