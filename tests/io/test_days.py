"""Spans of days from tables and calendars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import ColumnError, InputError
from hotspot.io.days import read_days

ZONE = "America/Chicago"


def days(values: np.ndarray) -> list[str]:
    return values.astype(str).tolist()


def test_a_table_with_and_without_ends(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "first_day": ["2024-12-23", "2024-03-25", "late", "2024-11-28T00:00"],
            "end": ["2025-01-03", "", "2024-04-01", "never"],
            "known_at": ["2024-08-01", "2024-08-01 09:00", "", "2024-08-01"],
            "kind": ["winter", "spring", "x", "thanks"],
        }
    )
    rows.to_csv(tmp_path / "school.csv", index=False)
    found = read_days(tmp_path / "school.csv", columns={"start": "first_day", "category": "kind"}, time_zone=ZONE)
    assert (found.name, found.categories) == ("school", ("spring", "winter"))
    assert days(found.first) == ["2024-03-25", "2024-12-23"]
    assert days(found.last) == ["2024-03-25", "2025-01-03"]
    assert days(found.known_at.astype("datetime64[h]")) == ["2024-08-01T14", "2024-08-02T05"]
    assert [note.split(": ", 1)[1] for note in found.notes] == [
        "1 rows whose start is no date",
        "1 rows whose end is no date",
        "2 rows without a start, set aside",
    ]


def test_dates_need_no_zone_but_times_of_knowing_do() -> None:
    rows = pd.DataFrame({"start": ["2024-03-25"], "known_at": ["2024-01-01"]})
    assert days(read_days(rows[["start"]]).last) == ["2024-03-25"]
    with pytest.raises(InputError, match="no time zone is given"):
        read_days(rows)
    with pytest.raises(ColumnError, match="no column for start"):
        read_days(rows[["known_at"]], time_zone=ZONE)


def test_a_calendar(tmp_path: Path) -> None:
    events = [
        "UID:1\nDTSTART;VALUE=DATE:20241223\nDTEND;VALUE=DATE:20250104\nCATEGORIES:winter\nCREATED:20240801T000000Z",
        "UID:2\nDTSTART;VALUE=DATE:20241128",
        "UID:3\nDTSTART;VALUE=DATE:20241129\nSTATUS:CANCELLED",
        f"UID:4\nDTSTART;TZID={ZONE}:20240705T200000\nDTEND;TZID={ZONE}:20240707T000000",
    ]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.splitlines(), "END:VEVENT"]
    (tmp_path / "days.ics").write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), newline="")
    found = read_days(tmp_path / "days.ics", columns={"known_at": "CREATED"}, time_zone=ZONE)
    assert days(found.first) == ["2024-07-05", "2024-11-28", "2024-12-23"]
    assert days(found.last) == ["2024-07-06", "2024-11-28", "2025-01-03"]
    assert days(found.known_at.astype("datetime64[D]")) == ["NaT", "NaT", "2024-08-01"]
    assert any("1 rows cancelled" in note for note in found.notes)


def test_names_of_persons_are_refused() -> None:
    people = [f"{first} {last}" for first in ("Ann", "Bob", "Cem", "Dana") for last in ("Miller", "Okafor", "Silva")]
    rows = pd.DataFrame({"start": "2024-01-01", "birthday_of": people, "name": people})
    for column in ("birthday_of", "name"):
        with pytest.raises(InputError, match="look personal"):
            read_days(rows, columns={"category": column})


def test_american_dates_need_a_format_and_the_message_says_so() -> None:
    rows = pd.DataFrame({"start": ["03/25/2024"]})
    with pytest.raises(InputError, match=r"1 rows whose start is no date but of the form '99/99/9999'.*formats="):
        read_days(rows)
    assert read_days(rows, formats={"start": "%m/%d/%Y"}).first.astype(str).tolist() == ["2024-03-25"]
