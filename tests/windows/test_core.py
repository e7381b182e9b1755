from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.windows import Duration, Windows, as_utc, to_local
from tests.reference import civil as twin
from tests.windows.strategies import us, zones_and_moments

CHICAGO = "America/Chicago"
NIGHTS = ("07:00", "15:00", "23:00")  # the last one runs over midnight


@st.composite
def windows(draw: st.DrawFn, units: str = "hDWM") -> Windows:
    leads = draw(st.integers(1, 9))
    if draw(st.booleans()):
        quarters = draw(st.lists(st.integers(0, 95), min_size=1, max_size=5, unique=True))
        return Windows("1D", leads, [f"{q // 4:02}:{15 * (q % 4):02}" for q in sorted(quarters)])
    return Windows(f"{draw(st.integers(1, 40))}{draw(st.sampled_from(units))}", leads)


def hours(start: np.ndarray, end: np.ndarray) -> list[float]:
    return ((end - start) / np.timedelta64(1, "h")).tolist()


@given(zones_and_moments(), windows())
def test_bounds_and_before_equal_the_twin(case: tuple[str, dt.datetime], plan: Windows) -> None:
    zone, issue = case
    steps = range(-plan.n_leads, plan.n_leads + 1)
    shifts = tuple(plan.shifts) if plan.shifts else None
    edges = us(twin.edges(issue, plan.duration.count, plan.duration.unit, shifts, steps, zone))
    start, end = plan.bounds(us(issue), zone)
    assert np.array_equal(np.append(start, end[-1]), edges[plan.n_leads :])
    start, end = plan.before(us(issue), zone, n=plan.n_leads)
    assert np.array_equal(np.append(start, end[-1]), edges[: plan.n_leads + 1])


@given(zones_and_moments(), windows())
def test_windows_tile_from_the_first_start_on(case: tuple[str, dt.datetime], plan: Windows) -> None:
    zone, issue = case[0], us(case[1])
    start, end = plan.bounds(issue, zone)
    assert start.shape == end.shape == plan.shift_index(issue, zone).shape == (plan.n_leads,)
    assert np.array_equal(start[1:], end[:-1])
    assert (start <= end).all()
    if plan.shifts is None:
        assert (start < end).all()
    past_start, past_end = plan.before(issue, zone, n=1)
    assert past_end[0] == start[0]
    assert past_start[0] < issue <= start[0]  # less than one period after the issue time


@given(zones_and_moments(), windows(), st.integers(0, 500))
def test_before_since_is_before_n_cut_off(case: tuple[str, dt.datetime], plan: Windows, days: int) -> None:
    zone, issue = case[0], us(case[1])
    since = issue - np.timedelta64(days, "D")
    start, end = plan.before(issue, zone, since=since)
    more, _ = plan.before(issue, zone, n=len(start) + 1)
    assert np.array_equal(more[1:], start)
    assert more[0] < since
    assert np.array_equal(plan.before(issue, zone, since=more[0])[0], more)
    assert (start >= since).all()
    assert np.array_equal(start[1:], end[:-1])
    if len(end):
        assert end[-1] == plan.bounds(issue, zone)[0][0]


@given(zones_and_moments(), windows("DW"))
def test_before_mirrors_bounds(case: tuple[str, dt.datetime], plan: Windows) -> None:
    zone, issue = case[0], us(case[1])
    past = plan.before(issue, zone, n=plan.n_leads)
    again = plan.bounds(past[0][0], zone)
    assert np.array_equal(past[0], again[0])
    assert np.array_equal(past[1], again[1])


@given(zones_and_moments(), windows("hDW"), st.integers(-300, 300))
def test_whole_weeks_in_utc_move_everything_by_whole_weeks(
    case: tuple[str, dt.datetime], plan: Windows, weeks: int
) -> None:
    issue, moved = us(case[1]), us(case[1]) + np.timedelta64(7 * weeks, "D")
    for first, second in zip(plan.bounds(issue, "UTC"), plan.bounds(moved, "UTC"), strict=True):
        assert np.array_equal(second - first, np.full(plan.n_leads, np.timedelta64(7 * weeks, "D")))
    assert np.array_equal(plan.shift_index(issue, "UTC"), plan.shift_index(moved, "UTC"))


@given(zones_and_moments(), windows())
def test_many_issue_times_equal_one_by_one(case: tuple[str, dt.datetime], plan: Windows) -> None:
    zone, issue = case[0], us(case[1]) + np.arange(0, 90, 7).astype("timedelta64[h]")
    start, end = plan.bounds(issue, zone)
    index = plan.shift_index(issue, zone)
    assert start.shape == end.shape == index.shape == (len(issue), plan.n_leads)
    for row, time in enumerate(issue):
        assert np.array_equal(np.stack(plan.bounds(time, zone)), np.stack([start[row], end[row]]))
        assert np.array_equal(plan.shift_index(time, zone), index[row])


def test_days_have_23_to_25_hours() -> None:
    for zone, spring, autumn in [
        (CHICAGO, "2024-03-09", "2024-11-02"),
        ("Europe/Amsterdam", "2024-03-30", "2024-10-26"),
        ("America/Santiago", "2024-09-07", "2024-04-05"),
    ]:
        plan = Windows("1D", 3)
        assert hours(*plan.bounds(as_utc(spring, zone), zone)) == [24, 23, 24]
        assert hours(*plan.bounds(as_utc(autumn, zone), zone)) == [24, 25, 24]
    assert hours(*plan.bounds(as_utc("2024-10-05", "Australia/Lord_Howe"), "Australia/Lord_Howe")) == [
        24,
        23.5,
        24,
    ]


def test_a_skipped_midnight_delays_that_day_only() -> None:
    zone = "America/Santiago"  # 8 September 2024 begins at 01:00
    start, _ = Windows("1D", 3).bounds(as_utc("2024-09-07T12:00", zone), zone)
    assert to_local(start, zone).astype("datetime64[h]").astype(str).tolist() == [
        "2024-09-08T01",
        "2024-09-09T00",
        "2024-09-10T00",
    ]


def test_shifts_over_midnight_and_over_the_clock_change() -> None:
    plan = Windows("1D", 2, list(NIGHTS))
    issue = as_utc("2024-03-09T07:00:01", CHICAGO)
    start, end = plan.bounds(issue, CHICAGO)
    assert plan.n_leads == 6
    assert plan.shift_index(issue, CHICAGO).tolist() == [1, 2, 0, 1, 2, 0]
    assert hours(start, end) == [8, 7, 8, 8, 8, 8]  # the night loses an hour
    wall = to_local(start, CHICAGO).astype("datetime64[m]").astype(str)
    assert [text[11:] for text in wall] == ["15:00", "23:00", "07:00", "15:00", "23:00", "07:00"]
    assert plan.bounds(as_utc("2024-03-09T07:00", CHICAGO), CHICAGO)[0][0] == as_utc("2024-03-09T07:00", CHICAGO)


@given(zones_and_moments())
def test_shift_index_names_the_shift(case: tuple[str, dt.datetime]) -> None:
    zone, issue = case[0], us(case[1])
    plan = Windows("1D", 5, NIGHTS)  # no clock changes in these zones at 07:00, 15:00 or 23:00
    start, end = plan.bounds(issue, zone)
    wall = to_local(start, zone).astype("datetime64[m]").astype(str)
    assert [text[11:] for text in wall] == [NIGHTS[i] for i in plan.shift_index(issue, zone)]
    assert (end > start).all()
    assert Windows("1D", 5).shift_index(issue, zone).tolist() == [0] * 5


def test_hours_are_elapsed_hours() -> None:
    # 10 March 2024 in Chicago has 23 hours, from 06:00 to 05:00 UTC.
    def first(text: str, period: str) -> str:
        return str(to_local(Windows(period).bounds(as_utc(text, CHICAGO), CHICAGO)[0], CHICAGO)[0])[:16]

    assert first("2024-03-10T00:00", "4h") == "2024-03-10T00:00"
    assert first("2024-03-10T00:01", "4h") == "2024-03-10T05:00"  # four hours have passed
    assert first("2024-03-10T20:59", "4h") == "2024-03-10T21:00"
    assert first("2024-03-10T21:01", "4h") == "2024-03-11T00:00"  # no multiple is left
    assert first("2024-03-11T21:01", "5h") == "2024-03-12T00:00"
    assert first("2024-03-11T10:00", "48h") == "2024-03-12T00:00"
    assert hours(*Windows("4h", 9).bounds(as_utc("2024-03-10T13:00", CHICAGO), CHICAGO)) == [4.0] * 9


def test_months_count_from_the_first_start() -> None:
    start, end = Windows("1M", 4).bounds(as_utc("2024-01-31", CHICAGO), CHICAGO)
    days = to_local(np.append(start, end[-1]), CHICAGO).astype("datetime64[D]").astype(str)
    assert days.tolist() == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    back, _ = Windows("1M").before(as_utc("2024-03-31", CHICAGO), CHICAGO, n=2)
    assert to_local(back, CHICAGO).astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-31",
        "2024-02-29",
    ]


def test_what_is_kept() -> None:
    plan = Windows("1D", leads=7, shifts=["07:00", "19:00"])
    assert (plan.period, plan.duration, plan.shifts, plan.n_leads) == (
        "1D",
        Duration(1, "D"),
        ("07:00", "19:00"),
        14,
    )
    assert plan == Windows("1D", 7, ("07:00", "19:00"))
    assert hash(plan) == hash(Windows("1D", 7, ("07:00", "19:00")))
    assert Windows(Duration(7, "D")).period == "7D"
    start, end = plan.before(np.datetime64("2024-01-01"), "UTC", n=0)
    assert start.shape == end.shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"period": "7d"}, "did you mean '7D'"),
        ({"period": "0D"}, "got zero"),
        ({"period": 7}, "duration 7"),
        ({"period": "1D", "leads": 0}, "Windows leads: got 0"),
        ({"period": "1D", "leads": 1.0}, r"Windows leads: got 1\.0"),
        ({"period": "1D", "leads": True}, "Windows leads: got True"),
        ({"period": "24h", "shifts": ["07:00"]}, "got '24h' with shifts, expected '1D'"),
        ({"period": "1D", "shifts": []}, r"shifts: got \[\], expected a list"),
        ({"period": "1D", "shifts": "07:00"}, "shifts: got '07:00', expected a list"),
        ({"period": "1D", "shifts": 7}, "shifts: got 7, expected a list"),
        ({"period": "1D", "shifts": ["7:00"]}, "got '7:00', expected text 'HH:MM'"),
        ({"period": "1D", "shifts": ["24:00"]}, "got '24:00', expected text 'HH:MM'"),
        ({"period": "1D", "shifts": [dt.time(7)]}, "expected text 'HH:MM'"),
        ({"period": "1D", "shifts": ["15:00", "07:00"]}, "in ascending order"),
        ({"period": "1D", "shifts": ["07:00", "07:00"]}, "each start once"),
    ],
)
def test_refused_plans(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Windows(**arguments)


def test_refused_times() -> None:
    plan, now = Windows("1D"), np.datetime64("2024-01-01")
    with pytest.raises(InputError, match="as_utc"):
        plan.bounds("2024-01-01", CHICAGO)
    with pytest.raises(InputError, match=r"got 1 missing \(NaT\)"):
        plan.bounds(np.array([now, "NaT"], "datetime64[us]"), CHICAGO)
    with pytest.raises(InputError, match=r"got 1 missing \(NaT\)"):
        plan.shift_index(np.datetime64("NaT"), CHICAGO)
    for wrong in ({}, {"n": 1, "since": now}):
        with pytest.raises(InputError, match="n and since, expected exactly one"):
            plan.before(now, CHICAGO, **wrong)
    with pytest.raises(InputError, match="before n: got -1"):
        plan.before(now, CHICAGO, n=-1)
    with pytest.raises(InputError, match="before moment: got an array of shape"):
        plan.before(np.array([now, now]), CHICAGO, n=1)
    with pytest.raises(InputError, match="before since: got an array of shape"):
        plan.before(now, CHICAGO, since=np.array([now, now]))
