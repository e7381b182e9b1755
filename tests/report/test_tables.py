from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.report.tables import readable


def test_an_interval_joins_its_estimate() -> None:
    frame = pd.DataFrame({"hit_rate": [0.05213], "hit_rate_low": [0.04], "hit_rate_high": [0.061]})
    frame.index = pd.Index(["kde"], name="model")
    table = readable(frame)
    assert table.header == ["model", "hit rate"]
    assert table.rows == [["kde", "0.052 (0.040\u00a0to\u00a00.061)"]]


def test_a_lone_bound_stays_a_column() -> None:
    assert readable(pd.DataFrame({"a": [1.0], "a_low": [0.5]})).header == ["a", "a low"]


def test_every_kind_of_value_is_text() -> None:
    row = {"n": 12345, "ok": True, "gap": np.nan, "big": 45319.0, "tiny": 0.000012, "text": "<b>", "none": None}
    (cells,) = readable(pd.DataFrame([row]).astype({"none": object})).rows
    assert cells == ["12,345", "yes", "n/a", "45,300", "0.000012", "<b>", "None"]
