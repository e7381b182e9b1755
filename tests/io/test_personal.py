"""Columns that look personal: real headers, invented values, and messages that hold no value."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.io.personal import OURS, personal_columns, safe_name
from hotspot.io.personal_names import personal_name
from tests.io.invented import PERSONAL, PLAIN

HEADERS = tomllib.loads(Path(__file__).with_name("headers.toml").read_text("utf-8"))


def names(source: str, side: str) -> list[str]:
    return [name.strip() for name in HEADERS[source].get(side, "").split(",") if name.strip()]


@pytest.mark.parametrize("source", HEADERS)
def test_names_of_published_columns(source: str) -> None:
    assert [name for name in names(source, "plain") if personal_name(name)] == []
    assert [name for name in names(source, "personal") if not personal_name(name)] == []


@pytest.mark.parametrize("what", PERSONAL)
def test_personal_values_are_found_under_any_name(what: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        found = personal_columns(pd.DataFrame({"reported": PLAIN["time"](rng), "field_7": PERSONAL[what](rng)}))
        assert list(found) == ["field_7"], what


@pytest.mark.parametrize("what", PLAIN)
def test_plain_values_are_let_through(what: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        assert personal_columns(pd.DataFrame({"reported": PLAIN["time"](rng), "field_7": PLAIN[what](rng)})) == {}, what


def test_precision_and_recall_with_holes_noise_and_few_rows() -> None:
    """Half of the values missing, one in twenty replaced by noise, forty rows left: most is still found."""
    right = missed = wrong = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        for what, column in (PERSONAL | PLAIN).items():
            values = np.array(column(rng)[:80], dtype=object)
            values[rng.random(80) < 0.5] = None
            values[rng.random(80) < 0.05] = "UNKNOWN"
            found = "field_7" in personal_columns(
                pd.DataFrame({"reported": PLAIN["time"](rng)[:80], "field_7": values})
            )
            right, missed, wrong = (
                right + (found and what in PERSONAL),
                missed + (not found and what in PERSONAL),
                wrong + (found and what in PLAIN),
            )
    assert right / (right + wrong) >= 0.98
    assert right / (right + missed) >= 0.95


def test_reasons_never_hold_a_value() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {f"column {i}": column(rng) for i, column in enumerate(PERSONAL.values())} | {"victim": "Xanadu"}
    )
    reasons = " ".join(personal_columns(frame).values())
    assert not any(str(value) in reasons for value in frame.to_numpy().ravel() if value)


def test_types_other_than_text() -> None:
    numbers = [int(PERSONAL["BSN"](np.random.default_rng(1))[i]) for i in range(50)]
    long = [number for number in numbers if number >= 10**8]
    frame = pd.DataFrame(
        {"whole": long, "kept as floats": [float(n) for n in long], "measured": np.linspace(0, 1, len(long))}
    )
    frame["flag"], frame["bytes"], frame["list"] = True, b"a@b.org", [["a", {"b": 1}]] * len(frame)
    frame["when"] = pd.date_range("2020-01-01", periods=len(frame), tz="UTC")
    assert set(personal_columns(frame)) == {"whole", "kept as floats"}


def test_dates_of_births_stand_beside_later_dates() -> None:
    """A source of old incidents has no later dates, and one that spans decades is as late as its reports."""
    rng = np.random.default_rng(5)
    born = PERSONAL["born"](rng)
    assert personal_columns(pd.DataFrame({"day": born})) == {}
    assert personal_columns(pd.DataFrame({"day": born, "reported": born})) == {}
    assert list(personal_columns(pd.DataFrame({"day": born, "reported": PLAIN["date"](rng)}))) == ["day"]


def test_words_that_mean_many_things_are_judged_by_their_values() -> None:
    rng = np.random.default_rng(8)
    offences, told = PLAIN["offence"](rng), [text[:60] for text in PERSONAL["narrative"](rng)]
    assert personal_columns(pd.DataFrame({"Description": offences})) == {}
    assert "free text" in personal_columns(pd.DataFrame({"Description": told}))["Description"]
    assert personal_columns(pd.DataFrame({"name": PLAIN["neighbourhood"](rng)})) == {}
    names = pd.DataFrame({"Naam": ["Anneke Vos", "Bas de Wit", "Cor van Dam", "Dirk Prins", "Els Kok"]})
    assert "names of persons" in personal_columns(names)["Naam"]


def test_our_own_names_are_judged_by_their_values_only() -> None:
    assert personal_columns(pd.DataFrame({name: ["1"] for name in sorted(OURS)})) == {}
    assert list(personal_columns(pd.DataFrame({"category": ["jan@example.org"]}))) == ["category"]


@settings(max_examples=60)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6), st.lists(st.text(max_size=60), max_size=25))
def test_any_names_and_values(names: list[str], values: list[str]) -> None:
    """Repeated, empty and strange names; the answer names only columns that are there."""
    frame = pd.DataFrame([[value] * len(names) for value in values], columns=names)
    assert set(personal_columns(frame)) <= set(names)


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_a_name_in_a_message_is_one_short_visible_line(name: str) -> None:
    shown = safe_name(name)
    assert len(shown) <= 10 * 61 + 3
    assert shown.isprintable()
    assert all(ord(sign) > 31 and ord(sign) not in range(0x200E, 0x2010) for sign in shown)


def test_hostile_names_are_spelled_out() -> None:
    assert safe_name("a\x1b[2Jb\r\n\u202ec") == "'a\\x1b[2Jb\\r\\n\\u202ec'"
    assert len(safe_name("x" * 10**6)) < 70


LONG = ["a" * 9 + "@", "a@", "1 ", "A, ", "x-", "de ", "+1", "(", "Aa'", "1", "\x00", "Calle 1 ", "a.b@c.", "1.1."]


@pytest.mark.parametrize("value", [part * (100_000 // len(part)) for part in LONG] + ["٣" * 9, "²" * 9, "\uff14" * 16])
def test_no_value_takes_long_or_breaks(value: str) -> None:
    begin = time.perf_counter()
    personal_columns(pd.DataFrame({"field_7": [value] * 200, "field_8": [str(i) + value for i in range(200)]}))
    assert time.perf_counter() - begin < 10


def test_very_many_columns_take_few_seconds() -> None:
    frame = pd.DataFrame(np.full((40, 4_000), "2016-01-01 THEFT"), columns=[f"c{i}" for i in range(4_000)])
    begin = time.perf_counter()
    assert personal_columns(frame) == {}
    assert time.perf_counter() - begin < 30
