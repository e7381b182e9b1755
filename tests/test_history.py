"""History: what was known when. Time only runs back, and what was not known changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import InputError, LeakageError
from hotspot.history import History
from hotspot.models._base import middles
from hotspot.profile import Profile
from hotspot.testing.changes import without_future
from hotspot.windows import Windows, civil_midnight, shift, to_utc
from tests import worlds
from tests.reference import profile as reference

SEEDS = st.integers(0, 10_000)
HOURS = st.integers(2 * 24, 55 * 24)
DOMAIN = worlds.domain()


def history(rows: pd.DataFrame, **options: object) -> History:
    return History(DOMAIN, worlds.incidents(rows), **options)


def utc(hours: int) -> pd.Timestamp:
    return pd.Timestamp(worlds.BASE + hours * worlds.HOUR, tz="UTC")


def assert_same(a: History, b: History) -> None:
    assert a.cutoff == b.cutoff
    for name in ("incidents", "versions"):
        left, right = (getattr(h, name).table.reset_index(drop=True) for h in (a, b))
        pd.testing.assert_frame_equal(left, right, check_categorical=False)


@given(SEEDS, HOURS, HOURS)
def test_two_steps_back_are_one(seed: int, a: int, b: int) -> None:
    full = history(worlds.table(np.random.default_rng(seed)))
    early, late = sorted((a, b))
    assert_same(full.as_of(utc(late)).as_of(utc(early)), full.as_of(utc(early)))


@given(SEEDS, HOURS)
def test_as_of_keeps_the_versions_current_at_the_moment(seed: int, hours: int) -> None:
    rows = worlds.incidents(worlds.table(np.random.default_rng(seed))).table
    past = history(rows).as_of(utc(hours))
    now = utc(hours).tz_localize(None)
    current = rows[(rows["known_at"] <= now) & ~(rows["superseded_at"] <= now)]
    assert sorted(past.incidents.id) == sorted(current["id"])
    assert past.incidents.table["id"].is_unique
    assert np.isnat(past.incidents.superseded_at).all()  # what came later is forgotten
    assert not (past.versions.superseded_at > past.cutoff).any()


@settings(max_examples=15)
@given(SEEDS, HOURS)
def test_rows_not_yet_known_change_nothing(seed: int, hours: int) -> None:
    rng = np.random.default_rng(seed)
    rows = worlds.table(rng)
    later = (rows["known_at"] > utc(hours).tz_localize(None)).to_numpy()
    if later.all():
        return
    noise = rows.copy()
    noise.loc[later, ["x", "y"]] = rows.loc[rng.permutation(np.flatnonzero(later)), ["x", "y"]].to_numpy()
    noise.loc[later, "category"] = "theft"
    expected = history(rows[~later]).as_of(utc(hours))
    for other in (rows, noise):
        past = history(other).as_of(utc(hours))
        assert_same(past, expected)
        start, end = _days()
        np.testing.assert_array_equal(past.mass(start, end), expected.mass(start, end))
        if len(past.incidents):
            assert past.observed_from == expected.observed_from


def test_time_runs_back_only() -> None:
    full = history(worlds.table(np.random.default_rng(0)))
    past = full.as_of("2024-03-20")
    with pytest.raises(LeakageError, match="knows nothing after"):
        past.as_of("2024-03-20 00:01")
    assert_same(past.as_of("2024-03-20"), past)
    with pytest.raises(LeakageError, match="no cutoff"):
        _ = full.known_until
    assert_same(history(worlds.table(np.random.default_rng(0)), cutoff="2024-03-20"), past)


def test_a_naive_moment_is_civil_time() -> None:
    past = history(worlds.table(np.random.default_rng(0))).as_of("2024-03-20 12:00")
    assert past.cutoff == np.datetime64("2024-03-20T17:00", "us")


@pytest.mark.parametrize("latency", ["0D", "36h", "3D"])
def test_latency_says_when_rows_without_a_date_were_known(latency: str) -> None:
    rows = worlds.table(np.random.default_rng(0), known=False)
    full = history(rows, latency=latency)
    np.testing.assert_array_equal(full.incidents.known_at, shift(full.incidents.end, latency, worlds.ZONE))
    past = full.as_of("2024-03-20")
    assert (past.incidents.end <= past.complete_until).all()
    assert past.complete_until == shift(past.cutoff, latency, worlds.ZONE, -1)


def test_versions_are_ordered_once_latency_has_dated_them() -> None:
    rows = worlds.table(np.random.default_rng(0), 2, versions=False)
    rows = rows.assign(id="a", known_at=[worlds.NAT, rows["end"].iloc[0] + pd.Timedelta("9D")])
    full = history(rows, latency="1D")
    known, superseded = full.incidents.known_at, full.incidents.superseded_at
    assert superseded[0] == known[1]
    assert np.isnat(superseded[1])


def _days(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    edges = to_utc(np.datetime64("2024-02-20", "D") + np.arange(n + 1), worlds.ZONE)
    return edges[:-1], edges[1:]


def _slow_mass(past: History, start: np.ndarray, end: np.ndarray, target: str | None = None) -> np.ndarray:
    out = np.zeros((start.size, DOMAIN.n_cells))
    for row in past.incidents.table.itertuples():
        if target is not None and row.category != target:
            continue
        for w in range(start.size):
            low, high = pd.Timestamp(start[w]), pd.Timestamp(end[w])
            if row.start == row.end:
                share = float(low <= row.start < high)
            else:
                share = max(min(row.end, high) - max(row.start, low), pd.Timedelta(0)) / (row.end - row.start)
            out[w, row.cell] += share
    return out


@pytest.mark.parametrize("seed", range(4))
def test_mass_spreads_intervals_over_their_length(seed: int) -> None:
    past = history(worlds.table(np.random.default_rng(seed)), target="burglary").as_of("2024-04-01")
    start, end = _days()
    np.testing.assert_allclose(past.mass(start, end), _slow_mass(past, start, end, "burglary"), atol=1e-12)
    everything = past.mass(start, end, target=False)
    np.testing.assert_allclose(everything, _slow_mass(past, start, end), atol=1e-12)
    np.testing.assert_allclose(everything.sum(), len(past.incidents))


@pytest.mark.parametrize("seed", range(4))
def test_mass_as_known_at_each_moment_is_the_loop_over_as_of(seed: int) -> None:
    rng = np.random.default_rng(seed)
    full = history(worlds.table(rng))
    past = full.as_of("2024-04-05")
    start, end = _days()
    asof = start + rng.integers(0, 20 * 24, start.size) * worlds.HOUR
    asof = np.minimum(asof, past.cutoff)
    loop = [
        full.as_of(pd.Timestamp(moment, tz="UTC")).mass(start[i : i + 1], end[i : i + 1])[0]
        for i, moment in enumerate(asof)
    ]
    np.testing.assert_allclose(past.mass(start, end, asof=asof), loop, atol=1e-12)


def test_windows_end_to_end_share_everything() -> None:
    past = history(worlds.table(np.random.default_rng(3))).as_of("2024-04-15")
    start, end = _days()
    halves = np.sort(np.concatenate([start, start + (end - start) // 3]))
    fine = past.mass(halves, np.append(halves[1:], end[-1]))
    np.testing.assert_allclose(fine[::2] + fine[1::2], past.mass(start, end), atol=1e-12)


@pytest.mark.parametrize("period", ["1D", "7D", "8h"])
def test_counts_tile_the_past_up_to_where_it_is_complete(period: str) -> None:
    past = history(worlds.table(np.random.default_rng(0)), latency="2D").as_of("2024-04-05")
    counts = past.counts(Windows(period))
    start, end = counts["valid_start"].values, counts["valid_end"].values
    np.testing.assert_array_equal(end[:-1], start[1:])
    assert start[0] >= past.observed_from
    assert end[-1] <= past.complete_until
    assert counts.dims == ("valid_start", "cell")
    np.testing.assert_allclose(counts.values, _slow_mass(past, start, end), atol=1e-12)


def test_shifts_of_a_day_add_up_to_it() -> None:
    past = history(worlds.table(np.random.default_rng(0))).as_of("2024-04-05")
    days = past.counts(Windows("1D"))
    shifts = past.counts(Windows("1D", shifts=["00:00", "08:00", "16:00"]))
    np.testing.assert_allclose(shifts.values.sum(), days.values.sum(), atol=1e-9)


def test_observed_from_is_the_first_day_of_the_feed() -> None:
    rng = np.random.default_rng(0)
    rows = worlds.table(rng, 400, versions=False)
    begin = history(rows).as_of("2024-05-01").observed_from
    assert begin == civil_midnight(rows["start"].to_numpy().min(), worlds.ZONE)
    ancient = worlds.table(rng, 40, versions=False)
    years = rng.integers(1, 100, len(ancient)) * np.timedelta64(365 * 24, "h")
    ancient = ancient.assign(id="old" + ancient["id"], start=ancient["start"] - years, end=ancient["end"] - years)
    assert history(pd.concat([rows, ancient])).as_of("2024-05-01").observed_from == begin


def test_no_incident_known_is_said() -> None:
    past = history(worlds.table(np.random.default_rng(0))).as_of("2023-01-01")
    assert len(past.incidents) == 0
    with pytest.raises(InputError, match="no incident is known at 2023-01-01"):
        _ = past.observed_from
    start, end = _days()
    assert past.mass(start, end).sum() == 0
    assert past.events().x.size == 0


def test_incidents_without_a_cell_still_count() -> None:
    rows = worlds.table(np.random.default_rng(0), 400, versions=False)
    domain = worlds.domain(keep="centre")
    past = History(domain, worlds.incidents(rows)).as_of("2024-05-01")
    lost = int((past.events().cell < 0).sum())
    start, end = _days(90)
    assert 0 < lost < len(past.incidents)
    assert past.incidents.quality.set_aside == {}
    np.testing.assert_allclose(past.mass(start, end).sum(), len(past.incidents) - lost)
    outside = past.mass(start, end, outside=True)
    assert outside.shape == (90, domain.n_cells + 1)
    np.testing.assert_allclose(outside[:, -1].sum(), lost)


def test_events_are_plain_arrays_of_the_target_by_start() -> None:
    past = history(worlds.table(np.random.default_rng(0)), target=["theft"]).as_of("2024-04-01")
    events = past.events()
    assert events.start.size == past.is_target.sum() == (past.incidents.category == "theft").sum()
    assert (np.diff(events.start) >= np.timedelta64(0)).all()
    np.testing.assert_array_equal(events.cell, DOMAIN.locate(events.x, events.y))
    assert past.events(target=False).start.size == len(past.incidents)


def test_target_names() -> None:
    rows = worlds.table(np.random.default_rng(0))
    assert history(rows).target_name == "all"
    assert history(rows, target="theft").target == ("theft",)
    assert history(rows, target=["theft", "theft"]).target_name == "theft"
    numbered = history(rows.assign(category=1), target=[1])  # categories are text; a code may be given as a number
    assert (numbered.target, numbered.is_target.all()) == (("1",), True)
    with pytest.raises(InputError, match="did you mean 'theft'"):
        history(rows, target="teft")
    with pytest.raises(InputError, match="names no category"):
        history(rows, target=[])


def test_incidents_of_another_crs_are_refused() -> None:
    rows = worlds.table(np.random.default_rng(0))
    incidents = worlds.incidents(rows)
    moved = type(incidents)(rows, "EPSG:26971")
    with pytest.raises(InputError, match=r"call incidents\.within\(domain\) first"):
        History(DOMAIN, moved)


CURVE = np.random.default_rng(1).dirichlet(np.full(168, 0.5))
DECLARED = Profile({"burglary": CURVE}, worlds.ZONE)


def test_mass_follows_the_profile_of_each_category() -> None:
    past = history(worlds.table(np.random.default_rng(0)), spread=DECLARED).as_of("2024-04-05")
    start, end = _days()
    slow = np.zeros((start.size, DOMAIN.n_cells))
    for row in past.incidents.table.itertuples():
        for w in range(start.size):
            low, high = pd.Timestamp(start[w]), pd.Timestamp(end[w])
            curve = CURVE if row.category == "burglary" else np.full(168, 1 / 168)
            if row.start == row.end:
                slow[w, row.cell] += low <= row.start < high
            elif row.start < high and row.end > low:
                slow[w, row.cell] += reference.share(curve, worlds.ZONE, row.start, row.end, low, high)
    np.testing.assert_allclose(past.mass(start, end), slow, atol=1e-8)
    np.testing.assert_allclose(past.mass(start, end).sum(), len(past.incidents))
    uniform = past.spread_by(Profile({}, worlds.ZONE))
    assert np.abs(uniform.mass(start, end) - slow).max() > 0.05
    rows = past.incidents.table.drop(columns="cell")
    theft = [history(rows, spread=spread, target="theft").mass(start, end) for spread in (DECLARED, "uniform")]
    np.testing.assert_array_equal(*theft)


@pytest.mark.parametrize("seed", range(2))
def test_profiled_mass_as_known_at_each_moment_is_the_loop_over_as_of(seed: int) -> None:
    full = history(worlds.table(np.random.default_rng(seed)), spread=DECLARED)
    past = full.as_of("2024-04-05")
    start, end = _days()
    asof = np.minimum(start + 9 * 24 * worlds.HOUR, past.cutoff)
    loop = [full.as_of(moment).mass(start[i : i + 1], end[i : i + 1])[0] for i, moment in enumerate(asof)]
    np.testing.assert_allclose(past.mass(start, end, asof=asof), loop, atol=1e-12)


def test_medians_are_the_middle_where_intervals_spread_evenly() -> None:
    past = history(worlds.table(np.random.default_rng(0))).as_of("2024-04-05")
    events = past.events()
    np.testing.assert_array_equal(middles(past, events), events.start + (events.end - events.start) // 2)
    profiled = middles(past.spread_by(DECLARED), events)
    moved = profiled != middles(past, events)
    assert set(events.category[moved]) == {"burglary"}
    half = DECLARED.share(events.start, events.end, events.category, past.observed_from, profiled[moved][0])
    assert half[moved][0] == pytest.approx(0.5, abs=1e-6)


@settings(max_examples=10)
@given(SEEDS, HOURS)
def test_a_weekly_profile_knows_nothing_later(seed: int, hours: int) -> None:
    full = history(worlds.table(np.random.default_rng(seed)), spread="weekly")
    past = full.as_of(utc(hours))
    if not len(past.incidents):
        assert past.profile.is_uniform
        return
    cut = without_future(full, past.known_until)
    assert past.profile.fingerprint == cut.as_of(utc(hours)).profile.fingerprint
    assert past.profile.cutoff == past.cutoff
    again = full.as_of(utc(60 * 24)).as_of(utc(hours))
    assert again.profile.fingerprint == past.profile.fingerprint


def test_as_of_keeps_a_profile_unless_it_was_estimated_later() -> None:
    full = history(worlds.table(np.random.default_rng(0)), spread="weekly")
    early, late = full.as_of("2024-03-20"), full.as_of("2024-04-05")
    assert early.profile.fingerprint != late.profile.fingerprint
    assert full.profile.cutoff == full.versions.known_at.max()  # of the whole file, for scoring
    assert full.spread_by(full.profile).as_of("2024-03-20").profile.fingerprint == early.profile.fingerprint
    declared = full.spread_by(DECLARED)
    assert declared.profile is DECLARED
    assert declared.as_of("2024-03-20").profile is DECLARED
    frozen = full.spread_by(early.profile)
    assert frozen.as_of("2024-04-05").profile is early.profile
    leaking = late.spread_by(late.profile).as_of("2024-03-20")
    assert leaking.spread == "weekly"
    assert leaking.profile.fingerprint == early.profile.fingerprint
    assert late.spread_by(late.profile) is late
    assert history(worlds.table(np.random.default_rng(0))).spread_by(Profile({}, worlds.ZONE)).spread == "uniform"


def test_spreads_that_make_no_sense_are_refused() -> None:
    rows = worlds.table(np.random.default_rng(0))
    with pytest.raises(InputError, match="spread is 'daily'; expected 'uniform' or 'weekly', or a Profile"):
        history(rows, spread="daily")
    with pytest.raises(InputError, match="profile is in UTC, the domain in America/Chicago"):
        history(rows, spread=Profile({}, "UTC"))


def test_intervals_too_long_to_say_when_are_counted() -> None:
    rows = worlds.table(np.random.default_rng(0), versions=False)
    rows.loc[:2, "end"] = rows.loc[:2, "start"] + pd.Timedelta("7D 1h")
    rows.loc[:2, ["known_at", "category"]] = [rows["known_at"].max(), "theft"]
    assert history(rows).as_of("2024-05-01").long_intervals == 3
    assert history(rows, target="burglary").as_of("2024-05-01").long_intervals == 0
