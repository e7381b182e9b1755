"""Kernels over text say what the slow ways of the standard library say."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotspot.io.arrow import buffers
from hotspot.io.formats import steps_of
from hotspot.io.layout import TimeLayout
from hotspot.io.written import Wall, read_written
from hotspot.kernels import keys
from hotspot.kernels import text as kernel
from hotspot.windows import to_utc
from hotspot.windows.civil import offset_rules

STAMPS = st.datetimes(dt.datetime(1890, 1, 1), dt.datetime(2110, 1, 1))
FORMS = [
    "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", " %Y-%m-%d %H:%M ",
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S+05:30", "%Y-%m-%d %H:%M -0330", "%Y-%m-%dT%H:%M+00", "%Y-%m-%dT%H",
    "%m/%d/%Y", "%Y%m%d", "%H:%M",
]  # fmt: skip
WRITTEN = st.tuples(STAMPS, st.sampled_from(FORMS)).map(lambda pair: pair[0].strftime(pair[1]))
NOISE = st.text("0123456789-:T Z+./,é", max_size=24)
PATTERNS = ["%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y %b %d", "%m%d%Y", "%Y-%m"]


def same(one: Wall, two: Wall) -> None:
    """Compare what two ways read."""
    np.testing.assert_array_equal(one.wall, two.wall)
    np.testing.assert_array_equal(one.missing, two.missing)
    np.testing.assert_array_equal(one.dated, two.dated)
    nowhere = np.full(one.wall.shape, np.timedelta64("NaT", "us"))
    offsets = [nowhere if wall.offset is None else wall.offset for wall in (one, two)]
    there = ~np.isnat(one.wall)
    np.testing.assert_array_equal(offsets[0][there], offsets[1][there])


def both(texts: list[str | None], layout: TimeLayout) -> tuple[Wall, Wall]:
    """Read texts where Arrow holds them, and one by one."""
    held = pd.Series(pa.array(texts, pa.string()), dtype=pd.ArrowDtype(pa.string()))
    return read_written(held, "here", layout), read_written(pd.Series(texts, dtype=object), "here", layout)


@given(st.lists(WRITTEN | NOISE | st.none(), max_size=30))
@example(["2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-04-31", "2024-01-01T24:00", "2024-01-01T00:60"])
@example(["2024-01-01T00:00:00.", "2024-01-01T00:00:00,5", "2024-01-01T00:00:00.1234567891", "1899-12-31T23:59"])
def test_iso_times_are_read_as_the_slow_way_reads_them(texts: list[str | None]) -> None:
    same(*both(texts, TimeLayout()))


@given(st.lists(st.tuples(STAMPS, st.sampled_from(PATTERNS)), max_size=20), st.permutations(PATTERNS), NOISE)
def test_patterns_are_read_as_the_slow_way_reads_them(
    pairs: list[tuple[dt.datetime, str]], patterns: list[str], noise: str
) -> None:
    texts = [stamp.strftime(pattern) for stamp, pattern in pairs] + [noise]
    same(*both(texts, TimeLayout(formats=tuple(patterns[:3]))))


@given(st.lists(STAMPS, min_size=1, max_size=10), st.sampled_from(PATTERNS), st.booleans())
def test_patterns_are_read_as_strptime_reads_them(stamps: list[dt.datetime], pattern: str, zeros: bool) -> None:
    texts = [stamp.strftime(pattern) for stamp in stamps]
    if not zeros and "/" in pattern:
        texts = [text.replace("/0", "/").removeprefix("0") for text in texts]
    found = both([*texts], TimeLayout(formats=(pattern,)))[0].wall
    for text, wall in zip(texts, found, strict=True):
        stamp = dt.datetime.strptime(text, pattern)
        expected = np.datetime64(stamp, "us") if stamp.year >= 1900 else np.datetime64("NaT")
        np.testing.assert_equal(wall, expected)


def test_a_pattern_that_the_kernel_cannot_be_sure_of_is_left_to_strptime() -> None:
    assert steps_of("%m/%d/%Y") is not None
    for pattern in (
        "%m%d%Y",
        "%Y %b %d",
        "%d/%m/%y",
        "%I:%M",
        "%H:%M",
        "%Y-%m-%d %H %I %p",
        "%Y-%m-%d %Y",
        "5%Y-%m-%d",
    ):
        assert steps_of(pattern) is None


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Sao_Paulo", "Asia/Kolkata", "UTC", "Australia/Lord_Howe"])
@given(st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), max_size=30), st.booleans())
def test_civil_time_becomes_utc_as_to_utc_says(zone: str, stamps: list[dt.datetime], near: bool) -> None:
    instants, offsets = offset_rules(zone)
    wall = np.array(stamps, "datetime64[us]")
    if near and len(instants) > 1 and len(stamps):  # within two hours of a change
        change = instants[1:][np.arange(len(stamps)) % (len(instants) - 1)]
        wall = change + (wall.astype("int64") % 14_400_000_000 - 7_200_000_000).astype("timedelta64[us]") + offsets[-1]
    wall = np.append(wall, np.datetime64("NaT", "us"))
    since, east = instants.astype(np.int64), offsets.astype(np.int64)
    found = kernel.civil_to_utc(wall.view(np.int64), since[1:] + east[:-1], since, east)
    np.testing.assert_array_equal(found.view("datetime64[us]"), to_utc(wall, zone, nonexistent="NaT"))


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(-(2**62), 2**62)), min_size=1, max_size=30))
def test_keys_are_equal_where_text_and_number_are(pairs: list[tuple[str, int]]) -> None:
    texts, numbers = zip(*pairs, strict=True)
    for kind in (pa.string(), pa.large_string()):
        held = pa.array(["before", *texts], kind).slice(1)
        found = keys.text_keys(*buffers(held), np.array(numbers, np.int64))
        assert len(set(found.tolist())) == len(set(pairs))
        for i, pair in enumerate(pairs):
            assert found[i] == found[pairs.index(pair)]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30), st.text(max_size=3))
def test_eight_bytes_are_in_the_order_of_the_texts(texts: list[str], start: str) -> None:
    held = buffers(pa.array([start + text for text in texts]))
    shared = keys.shared_start(*held, held.data[held.begins[0] : held.begins[1]], 10**6)
    whole = [(start + text).encode() for text in texts]
    assert all(text[:shared] == whole[0][:shared] for text in whole)
    assert shared >= len(start.encode())
    numbers = keys.eight_bytes(*held, shared).tolist()
    assert [a <= b for a, b in pairwise(numbers)] == [
        a[shared : shared + 8].ljust(8, b"\0") <= b[shared : shared + 8].ljust(8, b"\0") for a, b in pairwise(whole)
    ]


@given(st.lists(st.text(" \t\n\u00a0\u3000ab", max_size=4), max_size=20))
def test_no_blank_text_is_missed(texts: list[str]) -> None:
    perhaps = keys.perhaps_blank(*buffers(pa.array(texts, pa.string())))
    assert all(maybe for text, maybe in zip(texts, perhaps, strict=True) if not text.strip())
