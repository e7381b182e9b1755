"""A source that is called complete and lacks most of the feed deletes nothing without a word."""

from pathlib import Path

import pandas as pd
import pytest

from hotspot.errors import RefusedError
from hotspot.io.store import ingest, read_store


def _rows(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": [f"i{i}" for i in range(n)], "start": "2024-03-01T07:00Z", "x": 1.0, "y": 2.0, "category": "theft"}
    )


def test_a_cut_off_export_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    store = f"duckdb:///{tmp_path / 'city.duckdb'}"
    ingest(_rows(300), store, crs="EPSG:26916", at="2024-03-02", complete=True)
    before = read_store(store).table
    with pytest.raises(RefusedError, match="lacks 200 of 300 ids"):
        ingest(_rows(100), store, crs="EPSG:26916", at="2024-03-03", complete=True)
    pd.testing.assert_frame_equal(read_store(store).table, before)
    assert ingest(_rows(100), store, crs="EPSG:26916", at="2024-03-03", complete=True, may_shrink=True).deleted == 200


def test_ordinary_deletions_pass(tmp_path: Path) -> None:
    store = f"duckdb:///{tmp_path / 'city.duckdb'}"
    ingest(_rows(300), store, crs="EPSG:26916", at="2024-03-02", complete=True)
    assert ingest(_rows(180), store, crs="EPSG:26916", at="2024-03-03", complete=True).deleted == 120
    assert ingest(_rows(90), store, crs="EPSG:26916", at="2024-03-04", complete=True).deleted == 90
