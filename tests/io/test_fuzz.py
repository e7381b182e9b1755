"""Any table, and any file broken at random: all rows accounted for, or a refusal in words.

``HOTSPOT_FUZZ=5000`` reads so many broken files of each form instead of a few.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.io.schema_files import schema_names
from tests.io.fuzzing import GOOD, TEXT, fuzz, fuzz_schemas
from tests.io.hostile import ROW, outcome

NUMBER = int(os.environ.get("HOTSPOT_FUZZ", "15"))
ROOT = Path(__file__).parents[2]

CELLS = {
    "id": st.text(max_size=12) | st.integers() | st.none(),
    "start": st.sampled_from(["2024-03-01T07:00", "2024-03-01", "2024-03-10T02:30", "2024-03-01T07:00+01:00"])
    | st.datetimes().map(str)
    | st.dates().map(str)
    | st.text(max_size=12),
    "category": st.text(max_size=12) | st.sampled_from(["theft", "=1+1", "NA", "<b>", "'; DROP TABLE x; --"]),
    "lon": st.sampled_from(["-87.6", "-87,6", "0", "41.9"]) | st.floats().map(str) | st.text(max_size=6),
    "lat": st.sampled_from(["41.9", "41,9", "0", "-87.6"]) | st.floats().map(str) | st.text(max_size=6),
    "notes": st.text(max_size=30),
}
KINDS = ["float64", "int64", "bool", "category", "datetime64[ns, UTC]", "timedelta64[s]", "complex128", "string"]
TABLES = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=12)


@settings(max_examples=60)
@given(TABLES)
def test_any_frame(table: list[dict[str, object]]) -> None:
    frame = pd.DataFrame([ROW | {"notes": ""}, *table], dtype=object)
    found = outcome(frame)
    assert isinstance(found, str) or found[0] == len(frame)


@settings(max_examples=60)
@given(TABLES, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_any_rows_written_as_csv(tmp_path_factory: pytest.TempPathFactory, table: list, by: str, end: str) -> None:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, [*ROW, "notes"], delimiter=by, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows([ROW, *table])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(stream.getvalue().encode())
    found = outcome(path)
    assert isinstance(found, str) or found[0] == 1 + len(table)


@settings(max_examples=40)
@given(
    st.binary(max_size=400),
    st.sampled_from([".csv", ".json", ".ndjson", ".csv.gz", ".zip", ".parquet", ".xlsx", ".geojson"]),
)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"a{ending}"
    path.write_bytes(content)
    outcome(path)


@settings(max_examples=30)
@given(st.sampled_from(KINDS), st.sampled_from(list(ROW)), st.integers(0, 2**32 - 1))
def test_any_type_in_any_column(kind: str, name: str, seed: int) -> None:
    numbers = np.random.default_rng(seed).integers(0, 2**31, 5)
    frame = pd.DataFrame([ROW] * 5)
    frame[name] = pd.Series(numbers).astype(kind) if kind != "bool" else numbers > 2**30
    found = outcome(frame)
    assert isinstance(found, str) or found[0] == 5


@pytest.mark.parametrize("form", TEXT)
def test_broken_text(tmp_path: Path, form: str) -> None:
    fuzz(form, 0, NUMBER, tmp_path)


@pytest.mark.parametrize(
    "forms",
    [
        ("csv.gz", "zip", "xlsx"),
        ("parquet", "geoparquet", "converted.parquet"),
        ("geojson", "gpkg", "fgb"),
        ("shp", "shp.dbf"),
    ],
)
def test_broken_binary_forms(tmp_path: Path, forms: tuple[str, ...]) -> None:
    """In a process of its own, as drivers written in other languages can bring it down."""
    code = (
        "import resource, sys; from pathlib import Path; from tests.io.fuzzing import fuzz\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))\n"
        "for form in sys.argv[3:]:\n"
        "    fuzz(form, 0, int(sys.argv[2]), Path(sys.argv[1]))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(NUMBER), *forms]
    assert set(forms) <= set(GOOD)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60 + 2 * NUMBER, check=False)
    assert done.returncode == 0, (done.stdout[-100:], done.stderr[-3000:])


def test_broken_schemas() -> None:
    folder = files("hotspot.io") / "schemas"
    texts = [(folder / f"{name}.toml").read_text("utf-8") for name in schema_names()]
    fuzz_schemas(texts, 0, 4 * NUMBER)
