"""Events from tables and from calendars written by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspot.errors import ColumnError, ConfigError, InputError
from hotspot.io.events import read_events

ZONE = "America/Chicago"
PLACE = "GEO:41.88;-87.63"


def table(start: list[object], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"start": start, "lon": -87.6, "lat": 41.9} | columns)


def read(rows: pd.DataFrame, **options: object):
    return read_events(rows, crs="EPSG:4326", time_zone=ZONE, vintage="2020-01-01", **options)


def calendar(path: Path, *events: str) -> Path:
    """Write a calendar; each event is its lines, and gets a UID unless it has one."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for i, event in enumerate(events):
        own = event.strip().splitlines()
        uid = [] if any(line.startswith("UID") for line in own) else [f"UID:{i}"]
        lines += ["BEGIN:VEVENT", *uid, "DTSTAMP:20240101T000000Z", *(line.strip() for line in own), "END:VEVENT"]
    file = path / "city.ics"
    file.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), "utf-8", newline="")
    return file


def of_calendar(path: Path, *events: str, **options: object):
    options = {"time_zone": ZONE, "vintage": "2020-01-01"} | options
    return read_events(calendar(path, *events), **options)


def hours(times: np.ndarray) -> list[str]:
    return times.astype("datetime64[m]").astype(str).tolist()


def told(layer) -> list[str]:
    return [note.split(": ", 1)[1] for note in layer.notes]


def test_times_of_a_table_are_civil_and_dates_are_whole_days(tmp_path: Path) -> None:
    rows = table(["2024-03-01 19:00", "2024-07-04", "2024-07-05"], end=["2024-03-01 22:00", None, "2024-07-06"])
    rows["announced"] = ["2024-02-01", "2024-02-01T12:00Z", None]
    rows.to_csv(tmp_path / "shows.csv", index=False)
    events = read(tmp_path / "shows.csv", columns={"known_at": "announced"})
    assert events.name == "shows"
    assert hours(events.start) == ["2024-03-02T01:00", "2024-07-04T05:00", "2024-07-05T05:00"]
    assert hours(events.end) == ["2024-03-02T04:00", "2024-07-05T05:00", "2024-07-07T05:00"]
    assert hours(events.known_at[:2]) == ["2024-02-02T06:00", "2024-02-01T12:00"]  # a date is known when it is over
    assert np.isnat(events.known_at[2])


def test_hours_that_the_clocks_repeat_or_skip_are_counted() -> None:
    rows = table(["2024-11-03 01:30", "2024-03-10 02:30", "2024-11-03T01:30-06:00", "soon"])
    events = read(rows)
    assert hours(events.start) == ["2024-11-03T06:30", "2024-11-03T07:30"]
    assert told(events) == [
        "1 rows whose start is no time",
        "1 rows whose start the clocks skipped",
        "1 rows whose start lies in an hour that the clocks repeat, taken as the first of the two",
        "2 rows without a start, set aside",
    ]


def test_rows_without_a_place_and_with_an_impossible_one_are_counted() -> None:
    rows = table(["2024-03-01"] * 5).assign(lon=[-87.6, None, 0, 41.9, -400], lat=[41.9, 41.9, 0, -87.6, 41.9])
    events = read(rows)
    assert len(events) == 1
    reasons = ["coordinates outside the CRS's area of use", "missing coordinates", "null island (0, 0)"]
    assert sorted(told(events)) == [f"1 rows set aside: {reason}" for reason in (*reasons, "x and y look swapped")]


def test_geometries_of_any_kind_keep_their_crs(tmp_path: Path) -> None:
    shapes = [shapely.box(447_000, 4_636_000, 447_100, 4_636_100), shapely.Point(447_000, 4_636_000), None]
    frame = gpd.GeoDataFrame({"start": ["2024-03-01T12:00Z"] * 3}, geometry=shapes, crs="EPSG:26916")
    frame.to_file(tmp_path / "fairs.gpkg")
    for source in (frame, tmp_path / "fairs.gpkg"):
        events = read_events(source, vintage="2020-01-01", time_zone="UTC")
        assert events.crs == "EPSG:26916"
        assert sorted(events.geometry.geom_type) == ["Point", "Polygon"]
    with pytest.raises(InputError, match="leave crs out"):
        read_events(frame, crs="EPSG:4326")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": {"begin": "start"}}, "'begin', which is none of our names"),
        ({"columns": {"end": "finish"}}, "'finish', which is not there"),
        ({"crs": None}, "has no CRS"),
        ({"time_zone": None}, "has no offset from UTC and no time zone is given"),
        ({"time_zone": "Chicago"}, "expected an IANA name"),
        ({"columns": {"category": "organiser_email"}}, "look personal"),
    ],
)
def test_what_cannot_be_read_says_why(change: dict[str, object], message: str) -> None:
    rows = table(["2024-03-01 10:00"] * 8, organiser_email="jan@example.org")
    with pytest.raises(InputError, match=message):
        read_events(rows, **({"crs": "EPSG:4326", "time_zone": ZONE} | change))
    with pytest.raises(ColumnError, match=r"no column for start, x, y; .*columns=\{"):
        read_events(pd.DataFrame({"when": [1]}), crs="EPSG:4326")


def test_events_of_a_calendar(tmp_path: Path) -> None:
    events = of_calendar(
        tmp_path,
        f"DTSTART;TZID=Europe/Berlin:20240301T190000\nDURATION:PT2H\n{PLACE}\nCATEGORIES:music,pop\nX-SEATS:900",
        f"DTSTART:20240302T190000\nDTEND:20240302T210000Z\n{PLACE}",
        f"DTSTART;VALUE=DATE:20240310\n{PLACE}",
        f"DTSTART;VALUE=DATE:20240704\nDTEND;VALUE=DATE:20240706\n{PLACE}",
        f"DTSTART:20240305T100000Z\n{PLACE}",
        columns={"attendance": "X-SEATS", "known_at": "DTSTAMP"},
    )
    assert hours(events.start) == [
        "2024-03-01T18:00", "2024-03-05T10:00", "2024-03-10T06:00", "2024-07-04T05:00",
    ]  # fmt: skip
    assert hours(events.end) == ["2024-03-01T20:00", "2024-03-05T10:00", "2024-03-11T05:00", "2024-07-06T05:00"]
    assert (events.attendance[0], events.categories) == (900.0, ("music",))
    assert set(hours(events.known_at)) == {"2024-01-01T00:00"}
    assert told(events) == ["1 rows that end before they start, or after 2100, set aside"]
    np.testing.assert_allclose([events.geometry.x[0], events.geometry.y[0]], [-87.63, 41.88])


def test_nothing_but_what_is_asked_for_says_when_it_was_known(tmp_path: Path) -> None:
    events = of_calendar(tmp_path, f"DTSTART:20240305T100000Z\nCREATED:20231201T000000Z\n{PLACE}", vintage=None)
    assert not events.is_dated
    dated = of_calendar(
        tmp_path, f"DTSTART:20240305T100000Z\nCREATED:20231201T000000Z\n{PLACE}", columns={"known_at": "created"}
    )
    assert hours(dated.known_at) == ["2023-12-01T00:00"]


def test_cancelled_placeless_and_broken_events_are_counted(tmp_path: Path) -> None:
    events = of_calendar(
        tmp_path,
        f"DTSTART:20240305T100000Z\nSTATUS:CANCELLED\n{PLACE}",
        "DTSTART:20240305T100000Z\nLOCATION:Town hall",
        "DTSTART:20240305T100000Z\nGEO:here",
        f"SUMMARY:No start\n{PLACE}",
        f"DTSTART:00010101T000000Z\n{PLACE}",
        f"DTSTART:20240305T100000Z\nDURATION:P999999999D\n{PLACE}",
        f"DTSTART:20240305T100000Z\nDTEND:99991231T235959Z\n{PLACE}",
        f"UID:a\nDTSTART:20240305T100000Z\nSEQUENCE:1\n{PLACE}",
        f"UID:a\nDTSTART:20240305T110000Z\nSEQUENCE:2\n{PLACE}",
        f"UID:a\nDTSTART:20240305T120000Z\nSEQUENCE:0\n{PLACE}",
    )
    assert hours(events.start) == ["2024-03-05T11:00"]
    assert sorted(told(events)) == [
        "1 rows cancelled, left out",
        "1 rows without a start from 1900 to 2100, set aside",
        "1 rows without a start, set aside",
        "2 rows older versions of an event, left out",
        "2 rows set aside: missing coordinates",
        "2 rows that end before they start, or after 2100, set aside",
    ]


def test_repeats_keep_the_wall_clock_over_both_changes(tmp_path: Path) -> None:
    events = of_calendar(
        tmp_path,
        f"DTSTART;TZID={ZONE}:20240303T093000\nDTEND;TZID={ZONE}:20240303T103000\n"
        f"RRULE:FREQ=WEEKLY;COUNT=40\nEXDATE;TZID={ZONE}:20240317T093000\n{PLACE}",
    )
    local = pd.DatetimeIndex(events.start, tz="UTC").tz_convert(ZONE)
    sundays = pd.date_range("2024-03-03 09:30", periods=40, freq="7D", tz=ZONE)
    assert list(local) == [day for day in sundays if day.date().isoformat() != "2024-03-17"]
    assert set(events.end - events.start) == {np.timedelta64(3_600_000_000, "us")}


def test_repeats_in_hours_that_the_clocks_skip_or_repeat(tmp_path: Path) -> None:
    events = of_calendar(
        tmp_path, f"DTSTART;TZID={ZONE}:20240308T023000\nRRULE:FREQ=DAILY;UNTIL=20240312T120000Z\n{PLACE}"
    )
    assert [day[8:10] for day in hours(events.start)] == ["08", "09", "11", "12"]
    assert told(events) == ["1 rows repeats at a time that the clocks skip, left out"]
    autumn = of_calendar(tmp_path, f"DTSTART:20241102T013000\nRRULE:FREQ=DAILY;COUNT=3\n{PLACE}")
    assert hours(autumn.start) == ["2024-11-02T06:30", "2024-11-03T06:30", "2024-11-04T07:30"]
    assert told(autumn) == ["1 rows in an hour that the clocks repeat, taken as the first of the two"]


def test_a_known_at_that_is_no_time_sets_the_event_aside(tmp_path: Path) -> None:
    events = of_calendar(
        tmp_path,
        f"DTSTART:20240301T100000Z\nCREATED:yesterday\n{PLACE}",
        f"DTSTART:20240302T100000Z\nCREATED;VALUE=DATE:20240101\n{PLACE}",
        columns={"known_at": "CREATED"},
    )
    assert hours(events.known_at) == ["2024-01-02T06:00"]
    assert told(events) == ["1 rows whose known_at is no time, set aside"]


def test_one_repeat_moved_one_cancelled_and_one_added(tmp_path: Path) -> None:
    events = of_calendar(
        tmp_path,
        f"UID:m\nDTSTART:20240301T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4\nRDATE:20240310T100000Z\n{PLACE}",
        f"UID:m\nRECURRENCE-ID:20240302T100000Z\nDTSTART:20240302T150000Z\n{PLACE}",
        f"UID:m\nRECURRENCE-ID:20240303T100000Z\nDTSTART:20240303T100000Z\nSTATUS:CANCELLED\n{PLACE}",
    )
    assert [time[5:13] for time in hours(events.start)] == ["03-01T10", "03-02T15", "03-04T10", "03-10T10"]


def test_a_rule_without_end_needs_a_span(tmp_path: Path) -> None:
    endless = f"DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY\n{PLACE}"
    with pytest.raises(InputError, match=r"repeats without end; .*span=\("):
        of_calendar(tmp_path, endless)
    events = of_calendar(tmp_path, endless, span=("2022-06-01", "2024-06-01"))
    assert hours(events.start) == ["2023-01-01T06:00", "2024-01-01T06:00"]
    assert told(events) == ["3 rows outside the span, left out"]
    with pytest.raises(InputError, match="expected a start and a later end"):
        of_calendar(tmp_path, endless, span=("2024-06-01", "2022-06-01"))


@pytest.mark.parametrize(
    ("rule", "count", "note"),
    [
        ("FREQ=SECONDLY", 0, "that repeat within a day, set aside"),
        ("FREQ=DAILY;BYHOUR=1,2,3", 0, "that repeat within a day, set aside"),
        ("FREQ=DAILY;INTERVAL=0", 1, "with a rule of repetition that cannot be read: its first time is kept"),
        ("FREQ=DAILY;COUNT=-1", 1, "with a rule of repetition that cannot be read: its first time is kept"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", 0, None),
        ("FREQ=NEVER", 1, "with a rule of repetition that cannot be read: its first time is kept"),
    ],
)
def test_odd_rules_end(tmp_path: Path, rule: str, count: int, note: str | None) -> None:
    other = f"DTSTART:20240102T000000Z\n{PLACE}"
    events = of_calendar(
        tmp_path, other, f"DTSTART:20240105T100000Z\nRRULE:{rule}\n{PLACE}", span=("2024-01", "2025-01")
    )
    assert len(events) == 1 + count
    assert note is None or told(events) == [f"1 rows {note}"]


def test_a_calendar_that_is_none_or_floats_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.ics").write_text("hello")
    with pytest.raises(InputError, match=r"x\.ics"):
        read_events(tmp_path / "x.ics", time_zone=ZONE)
    with pytest.raises(InputError, match="no such file"):
        read_events(tmp_path / "y.ics")
    with pytest.raises(InputError, match="has no zone and no time zone is given"):
        of_calendar(tmp_path, f"DTSTART:20240305T100000\n{PLACE}", time_zone=None)
    with pytest.raises(ColumnError, match="'start', which no property can be"):
        of_calendar(tmp_path, f"DTSTART:20240305T100000\n{PLACE}", columns={"start": "DTSTART"})


US = {"start": "%m/%d/%Y %H:%M"}


def test_american_dates_are_read_where_the_format_is_given_and_else_told_by_their_form(tmp_path: Path) -> None:
    rows = table(["03/01/2024 19:00", "2024-03-02 19:00"])
    assert hours(read(rows, formats=US).start) == ["2024-03-02T01:00", "2024-03-03T01:00"]
    assert "'99/99/9999 99:99'" in " ".join(read(rows).notes)
    with pytest.raises(InputError, match=r"1 rows whose start is no time but of the form '99/99/9999 99:99'.*formats="):
        read(table(["03/01/2024 19:00"]))
    whole = read(table(["03/01/2024"]), formats={"start": ["%m/%d/%Y"]})
    assert hours(whole.end) == ["2024-03-02T06:00"]  # a date is the whole day
    with pytest.raises(ConfigError, match="no time of ours"):
        read(rows, formats={"begin": "%Y"})
    with pytest.raises(InputError, match="formats are for tables"):
        of_calendar(tmp_path, "DTSTART:20240301T190000", formats=US)


def test_where_no_event_has_a_place_the_reasons_are_told() -> None:
    with pytest.raises(InputError, match=r"set aside"):
        read(table(["2024-03-01 19:00"]).assign(lon=np.nan))


def test_a_zone_of_a_calendar_that_nobody_knows_is_told_by_its_name(tmp_path: Path) -> None:
    events = of_calendar(
        tmp_path,
        f"DTSTART;TZID=Mars/Olympus:20240301T190000\nDTEND;TZID=Mars/Olympus:20240301T210000\n{PLACE}",
        f"DTSTART;TZID=Europe/Paris:20240301T190000\n{PLACE}",
        f"DTSTART:20240301T190000\n{PLACE}",
    )
    assert hours(events.start) == ["2024-03-01T18:00", "2024-03-02T01:00", "2024-03-02T01:00"]
    assert told(events) == [f"1 rows in a time zone that is not known, 'Mars/Olympus', read in {ZONE}"]
