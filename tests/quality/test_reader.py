"""From the reader to the gate: what was set aside is counted as it was known at a moment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from tests.quality.worlds import CRS, ZONE, domain, rows


@pytest.fixture(scope="module")
def read() -> hs.Incidents:
    table = rows(np.random.default_rng(3)).drop(columns=["superseded_at", "position_error", "time_precision", "end"])
    table.loc[::10, "x"] = np.nan
    table.loc[5::50, ["x", "y"]] = 0.0
    table.loc[7::200, ["x", "y"]] = table.loc[7::200, ["y", "x"]].to_numpy(copy=True)
    table = pd.concat([table, table.iloc[3::100]], ignore_index=True)
    return hs.read_incidents(table, crs=CRS, time_zone=ZONE)


def test_rows_set_aside_are_counted(read: hs.Incidents) -> None:
    found = hs.assess(read, domain())
    seen = read.quality.rows_read
    assert found["missing_coordinates"].rows == pytest.approx(seen / 10, rel=0.02)
    assert found["null_island"].rows == pytest.approx(seen / 50, rel=0.02)
    assert found["swapped_axes"].rows == pytest.approx(seen / 200, rel=0.05)
    assert found["same_id"].rows == pytest.approx(seen / 100, rel=0.05)
    assert {finding.rule for finding in found.warnings} == {"null_island", "swapped_axes", "same_id"}


def test_a_replay_counts_what_was_set_aside_until_then(read: hs.Incidents) -> None:
    whole, half = (hs.assess(read, domain(), as_of=moment) for moment in ("2024-05-01", "2023-03-01"))
    for rule in ("missing_coordinates", "null_island", "swapped_axes", "same_id"):
        assert 0.35 * whole[rule].rows < half[rule].rows < 0.65 * whole[rule].rows
        assert half[rule].value == pytest.approx(whole[rule].value, rel=0.25)


def test_incidents_need_a_domain(read: hs.Incidents) -> None:
    with pytest.raises(hs.errors.InputError, match="give the domain"):
        hs.assess(read)
