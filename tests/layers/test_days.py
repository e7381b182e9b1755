"""Days: spans of civil days, the last one included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.errors import ColumnError, InputError
from hotspot.layers import Days


def spans(**columns: object) -> pd.DataFrame:
    start = pd.to_datetime(["2024-12-23T08:00", "2024-03-25", None, "2024-05-10"], format="ISO8601")
    end = pd.to_datetime(["2025-01-03", None, "2024-05-01", "2024-05-09"])
    return pd.DataFrame({"start": start, "end": end} | columns)


def test_spans_ascend_and_faulty_ones_are_counted() -> None:
    days = Days(spans(category=["winter", "spring", "x", "y"]), name="school", vintage="2024-01-01")
    assert days.first.astype(str).tolist() == ["2024-03-25", "2024-12-23"]
    assert days.last.astype(str).tolist() == ["2024-03-25", "2025-01-03"]
    assert days.categories == ("spring", "winter")
    assert days.notes == (
        "days 'school' (memory): 1 rows without a start, set aside",
        "days 'school' (memory): 1 rows that end before they start, set aside",
    )


def test_known_at_and_fingerprint() -> None:
    known = pd.to_datetime(["2024-11-01"] * 4)
    days, undated = Days(spans(known_at=known)), Days(spans())
    assert days.is_dated
    assert not undated.is_dated
    assert undated.notes[-1].endswith("2 rows without known_at, and no vintage: they count as known at all times")
    assert set(days.known_from) == {np.datetime64("2024-11-01", "us")}
    assert len({days.fingerprint, undated.fingerprint, Days(spans(), vintage="2024-01-01").fingerprint}) == 3


def test_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="no span of days is left of 4"):
        Days(spans().assign(start=pd.NaT))
    with pytest.raises(ColumnError, match="no column 'start'"):
        Days(spans().drop(columns="start"))
