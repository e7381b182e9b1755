"""Hashes of rows: equal rows and only those are equal, whatever types their columns have."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from hotspot.io.identity import content_ids, occurrences, row_hashes

NAT = np.datetime64("NaT", "us")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "ab", None]),
        st.sampled_from([0.0, -0.0, 1.0, 1e300, np.nan]),
        st.sampled_from([np.datetime64("2024-01-01", "us"), np.datetime64("1960-01-01", "us"), NAT]),
    ),
    min_size=1,
    max_size=30,
)


def columns(rows: list[tuple[object, ...]]) -> list[pd.Series]:
    text, number, time = zip(*rows, strict=True)
    return [pd.Series(text, dtype=object), pd.Series(number, dtype=float), pd.Series(np.array(time, "datetime64[us]"))]


@given(ROWS)
def test_equal_rows_and_only_those_have_equal_hashes(rows: list[tuple[object, ...]]) -> None:
    hashes = row_hashes(columns(rows))
    keys = [(text, "nan" if np.isnan(number) else number + 0.0, str(time)) for text, number, time in rows]
    for i, key in enumerate(keys):
        assert [hashes[i] == other for other in hashes] == [key == other for other in keys]


@given(ROWS)
def test_ids_are_unique_and_do_not_depend_on_the_order(rows: list[tuple[object, ...]]) -> None:
    ids = content_ids(row_hashes(columns(rows)))
    assert len(set(ids)) == len(rows)
    assert set(ids) == set(content_ids(row_hashes(columns(rows[::-1]))))


def test_types_of_text_do_not_matter() -> None:
    values = ["b", "a", None, "b"]
    forms = [pd.Series(values, dtype=dtype) for dtype in (object, "str", "category")]
    forms.append(pd.Series(pd.Categorical(values, categories=["z", "b", "a"])))
    for form in forms:
        np.testing.assert_array_equal(row_hashes([form]), row_hashes([forms[0]]))


def test_columns_do_not_swap() -> None:
    one, two = pd.Series(["a", "b"]), pd.Series(["b", "a"])
    hashes = row_hashes([one, two])
    assert hashes[0] != hashes[1]


def test_occurrences_count_from_zero() -> None:
    assert occurrences(np.array([5, 6, 5, 5, 6])).tolist() == [0, 0, 1, 2, 1]
