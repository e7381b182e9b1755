"""Stored cubes: any chunks, any threads, a kill in the middle, damage and strangers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import dask
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.domain import read_domain
from hotspot.errors import InputError, LeakageError, SchemaError
from hotspot.features import building
from hotspot.features.plan import parse_memory
from hotspot.features.stored import key_of
from hotspot.registry import kinds
from hotspot.schema import check_cube
from hotspot.testing import example_history
from hotspot.windows import Windows
from tests.features import worlds

WINDOWS = Windows("1D", leads=2, shifts=["06:00", "18:00"])
NAMES = ["recent_counts", "neighbour_counts", "calendar", "place_distance", "place_density"]
TIMES = worlds.issue_times(*range(20, 55, 3))


@pytest.fixture(scope="module")
def history():
    return worlds.history(worlds.table(1), layers=worlds.layers("2021-03-05"))


@pytest.fixture(scope="module")
def whole(history) -> xr.Dataset:
    return cube_of(history)


def cube_of(history, **options) -> xr.Dataset:
    return hs.featurize(history, TIMES, **{"features": NAMES, "windows": WINDOWS, **options})


def each(cube: xr.Dataset) -> int:
    """Bytes of an issue time."""
    return sum(column.nbytes // TIMES.size for column in cube.data_vars.values() if "issue_time" in column.dims)


def same(left: xr.Dataset, right: xr.Dataset) -> None:
    """Equal bit for bit: names in order, types, attributes and bytes."""
    left, right = left.load(), right.load()
    assert list(left.data_vars) == list(right.data_vars)
    of_the_run = {"fingerprint": "", "step": 0, "notes": ""}
    assert left.attrs | of_the_run == right.attrs | of_the_run
    assert set(left.coords) == set(right.coords)
    for name in left.variables:
        one, other = left[name], right[name]
        assert (one.dims, one.dtype, one.attrs) == (other.dims, other.dtype, other.attrs), name
        assert one.values.tobytes() == other.values.tobytes(), name


def test_columns_are_float32_where_they_are_large(whole: xr.Dataset, history) -> None:
    for column in whole.data_vars.values():
        assert (column.dtype == np.float32) == ({"issue_time", "cell"} <= set(column.dims))
    assert whole["area"].attrs == {"units": "m2"}
    attrs = whole.attrs
    assert (attrs["target"], attrs["latency"], attrs["time_zone"], attrs["crs"]) == (
        "burglary", "2D", worlds.ZONE, worlds.CRS,
    )  # fmt: skip
    drawn = read_domain(attrs["domain"], whole["cell"].values, whole["area"].values)
    assert drawn.fingerprint == history.domain.fingerprint


@settings(max_examples=6)
@given(per_chunk=st.integers(1, 15), per_file=st.integers(1, 15))
def test_chunks_change_nothing(history, whole, tmp_path_factory, per_chunk: int, per_file: int) -> None:
    path = tmp_path_factory.mktemp("cube") / "cube.zarr"
    memory = int(each(whole) * per_chunk * 1.5) + 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "CHUNK_BYTES", per_file * 4 * history.domain.n_cells)
        stored = cube_of(history, store=path, memory=memory)
    assert stored["recent_counts_7D"].chunks is not None
    assert stored["recent_counts_7D"].chunksizes["issue_time"][0] <= per_chunk
    same(stored, whole)
    same(hs.read_cube(path), whole)
    lazy = cube_of(history, memory=memory)
    assert (lazy["recent_counts_7D"].chunks is not None) == (whole_bytes(whole) > memory)
    same(lazy, whole)
    assert sorted(os.listdir(path.parent)) == ["cube.zarr"]


@pytest.mark.parametrize("cells", ["square", "h3", "segments", "polygons"])
def test_chunks_change_no_registered_feature(cells: str, tmp_path: Path) -> None:
    history = example_history(cells=cells)
    days = np.array([45, 46, 60, 75, 120, 250, 370]) * np.timedelta64(24, "h")
    times = history.as_of(np.datetime64("2024-02-01", "us")).observed_from + days
    given = {"issue_times": times, "features": kinds("feature"), "windows": WINDOWS}
    whole = hs.featurize(history, **given)
    memory = 3 * sum(c.nbytes // times.size for c in whole.data_vars.values() if "issue_time" in c.dims)
    stored = hs.featurize(history, **given, store=tmp_path / "a", memory=memory)
    assert stored.chunksizes["issue_time"] == (2, 2, 2, 1)
    same(stored, whole)
    same(hs.featurize(history, **given, memory=memory), whole)


def whole_bytes(cube: xr.Dataset) -> int:
    return sum(column.nbytes for column in cube.data_vars.values())


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_threads_change_nothing(history, whole: xr.Dataset, tmp_path: Path, workers: int) -> None:
    lazy = cube_of(history, memory=int(each(whole) * 3))
    hs.write_cube(whole, tmp_path / "cube")
    with dask.config.set(scheduler="threads", num_workers=workers):
        same(lazy, whole)
        same(hs.read_cube(tmp_path / "cube"), whole)


def test_one_column_of_a_lazy_cube_computes_only_its_feature(history, whole: xr.Dataset) -> None:
    counted = Counted()
    lazy = cube_of(history, features=[counted, "recent_counts"], memory=int(each(whole) * 2))
    before = len(counted.calls)
    lazy["recent_counts_7D"].load()
    assert len(counted.calls) == before
    lazy["counted"].load()
    assert sum(counted.calls[before:]) == TIMES.size


@pytest.mark.parametrize("lazy", [True, False])
def test_write_and_read(history, whole: xr.Dataset, tmp_path: Path, lazy: bool) -> None:
    cube = cube_of(history, memory=int(each(whole) * 4)) if lazy else whole
    hs.write_cube(cube.transpose(..., "issue_time"), tmp_path / "a")
    same(hs.read_cube(tmp_path / "a"), whole)
    names, some = ["recent_counts_7D", "calendar_hour"], {"issue_time": slice(2, 5), "cell": [3, 1]}
    hs.write_cube(hs.read_cube(tmp_path / "a")[names].isel(some), tmp_path / "a")  # over what it is read from
    again = hs.read_cube(tmp_path / "a")
    same(again, whole[names].isel(some))
    assert check_cube(again) is again


def test_names_that_no_folder_can_have(history, whole: xr.Dataset, tmp_path: Path) -> None:
    odd = {"recent_counts_7D": "a/b: 100 % \\ ..", "calendar_hour": "Café «x», 2 + 2 (old)"}
    hs.write_cube(whole.rename(odd), tmp_path / "a")
    same(hs.read_cube(tmp_path / "a"), whole.rename(odd))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20))
def test_keys_are_folders_and_names_again(name: str) -> None:
    assert unquote(key_of("f_" + name)) == "f_" + name
    assert not set(key_of("f_" + name)) & set('/\\:*?"<>|')


def test_units_of_time_stay_numbers(history, tmp_path: Path) -> None:
    stored = cube_of(history, features=["calendar"], store=tmp_path / "a")
    hours = stored["calendar_hour"].assign_attrs(units="hours")
    hs.write_cube(stored.assign(calendar_hour=hours), tmp_path / "b")
    again = hs.read_cube(tmp_path / "b")["calendar_hour"]
    assert (again.dtype, again.attrs["units"]) == (np.float64, "hours")


@dataclass
class Counted:
    """A column that counts how often it is computed."""

    name: ClassVar[str] = "counted"

    def __post_init__(self) -> None:
        self.calls: list[int] = []

    def compute(self, history, issue_times, windows) -> xr.DataArray:
        self.calls.append(issue_times.size)
        if self.calls[-1] > 1 and os.environ.get("HOTSPOT_TEST_STOP") == str(len(self.calls)):
            raise RuntimeError("stopped")
        days = issue_times.astype("datetime64[D]").astype(float)
        values = np.add.outer(days, np.arange(history.domain.n_cells))
        attrs = {"units": "1", "source": "test", "vintage": ""}
        return xr.DataArray(values, dims=("issue_time", "cell"), attrs=attrs)


def test_a_store_of_the_same_inputs_is_used_again(history, whole: xr.Dataset, tmp_path: Path) -> None:
    counted, seen = Counted(), []
    options = {"features": [counted, "recent_counts"], "store": tmp_path / "a"}
    cube_of(history, **options)
    before = len(counted.calls)
    again = cube_of(history, **options, memory="1 MB", progress=lambda done, total: seen.append((done, total)))
    assert counted.calls[before:] == [1]  # a look at what it will hold
    assert seen == [(TIMES.size, TIMES.size)]
    assert again.attrs["fingerprint"]
    late = np.datetime64("2021-05-25", "us")
    rows = worlds.table(1)
    longer = worlds.history(rows[rows["known_at"] < late], layers=worlds.layers("2021-03-05"))
    cube_of(longer, **options)  # what was known at the last issue time is the same
    assert counted.calls[before:] == [1, 1]
    fewer = worlds.history(rows.iloc[1:], layers=worlds.layers("2021-03-05"))
    for change in (
        {"windows": Windows("1D")},
        {"features": [counted, ("recent_counts", {"windows": ["3D"]})]},
        {"history": fewer},
        {"history": worlds.history(rows, layers=worlds.layers("2021-03-06"))},
        {"history": worlds.history(rows, layers=worlds.layers("2021-03-05"), kind="h3")},
    ):
        before = len(counted.calls)
        given = {"history": history, **options, **change}
        same(cube_of(**given), cube_of(**{**given, "store": None}))
        assert max(counted.calls[before:]) > 1


class Plain(Counted):
    """A plug-in whose text does not tell its options."""

    __repr__ = object.__repr__


def test_what_does_not_tell_its_options_is_computed_again(history, tmp_path: Path) -> None:
    plain = Plain()
    for _ in range(2):
        cube_of(history, features=[plain], store=tmp_path / "a")
    assert plain.calls == [1, TIMES.size] * 2


def test_progress_and_an_error_in_the_middle(history, whole: xr.Dataset, tmp_path: Path, monkeypatch) -> None:
    counted, seen, step = Counted(), [], 3
    options = {"features": ["recent_counts", counted], "store": tmp_path / "a"}
    options["progress"] = lambda *done: seen.append(done)
    memory = int(4 * history.domain.n_cells * 4 * step * 1.5) + 2  # four columns
    monkeypatch.setenv("HOTSPOT_TEST_STOP", "4")  # a look, then the third chunk
    with pytest.raises(RuntimeError, match="stopped"):
        cube_of(history, **options, memory=memory)
    assert seen == [(3, 12), (6, 12)]
    assert not (tmp_path / "a").exists()
    monkeypatch.delenv("HOTSPOT_TEST_STOP")
    before = len(counted.calls)
    resumed = cube_of(history, **options, memory=memory)
    assert counted.calls[before:] == [1, 3, 3]
    assert seen[2:] == [(9, 12), (12, 12)]
    same(resumed, cube_of(history, features=options["features"]))
    assert os.listdir(tmp_path) == ["a"]


def test_more_memory_later_takes_up_what_is_there(history, whole: xr.Dataset, tmp_path: Path, monkeypatch) -> None:
    counted = Counted()
    options = {"features": [counted], "store": tmp_path / "a"}
    monkeypatch.setattr(building, "CHUNK_BYTES", 2 * history.domain.n_cells * 4)
    monkeypatch.setenv("HOTSPOT_TEST_STOP", "4")
    with pytest.raises(RuntimeError, match="stopped"):
        cube_of(history, **options, memory=history.domain.n_cells * 4 * 3)  # chunks of two
    monkeypatch.delenv("HOTSPOT_TEST_STOP")
    before = len(counted.calls)
    cube_of(history, **options)
    assert counted.calls[before:] == [1, TIMES.size - 4]


KILLED = """
import sys, time
sys.path.insert(0, {root!r})
import hotspot as hs
from hotspot.features import columns
from tests.features import test_store as t
from tests.features import worlds
history = worlds.history(worlds.table(1), layers=worlds.layers("2021-03-05"))
told = lambda *done: (print(*done, flush=True), time.sleep(0.02))
t.cube_of(history, store={store!r}, memory={memory}, progress=told)
"""


def test_a_kill_in_the_middle_and_a_second_run_give_the_same_bytes(history, whole, tmp_path: Path) -> None:
    memory, store = int(each(whole) * 1.5) + 2, tmp_path / "cube"
    hs.write_cube(whole[["recent_counts_7D"]], store)  # an old one stays until the new one is whole
    script = KILLED.format(root=str(Path(__file__).parents[2]), store=str(store), memory=memory)
    started = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    for line in started.stdout:
        if line.startswith("4 "):
            break
    started.send_signal(signal.SIGKILL)
    started.wait()
    started.stdout.close()
    assert list(hs.read_cube(store).data_vars) == ["recent_counts_7D"]
    partial = next(tmp_path.glob(".cube.*.partial"))
    whole_chunks = sorted((partial / ".done").glob("[0-9]*-*"))
    assert 4 <= len(whole_chunks) < TIMES.size
    # files of a chunk that is not marked as whole may hold anything
    victim = partial / key_of("recent_counts_7D") / "c" / str(TIMES.size - 1) / "0"
    victim.parent.mkdir(parents=True, exist_ok=True)
    victim.write_bytes(b"half")
    seen: list[int] = []
    resumed = cube_of(history, store=store, memory=memory, progress=lambda done, total: seen.append(done))
    assert seen[0] == len(whole_chunks) + 1
    same(resumed, whole)
    cube_of(history, store=tmp_path / "other", memory=memory)
    for path in (tmp_path / "other").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (store / path.relative_to(tmp_path / "other")).read_bytes(), path
    assert sorted(os.listdir(tmp_path)) == ["cube", "other"]


def test_strangers_and_damage(history, whole: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "cube"
    with pytest.raises(InputError, match="does not exist"):
        hs.read_cube(path)
    path.mkdir()
    (path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="is no Zarr group"):
        hs.read_cube(path)
    for write in (lambda: hs.write_cube(whole, path), lambda: cube_of(history, store=path)):
        with pytest.raises(InputError, match="holds no Zarr group"):
            write()
    assert (path / "notes.txt").read_text() == "mine"
    shutil.rmtree(path)
    xr.Dataset({"a": ("x", np.zeros(3))}).to_zarr(path, zarr_format=3, consolidated=False)
    with pytest.raises(InputError, match="another kind of Zarr group"):
        hs.read_cube(path)
    for write in (lambda: hs.write_cube(whole, path), lambda: cube_of(history, store=path)):
        with pytest.raises(InputError, match="that is no cube"):
            write()
    shutil.rmtree(path)
    (path).write_text("a file")
    with pytest.raises(InputError, match="holds no Zarr group"):
        hs.write_cube(whole, path)


@pytest.mark.parametrize("damage", ["json", "array", "chunk", "coordinate", "attribute", "empty"])
def test_damage_is_told(whole: xr.Dataset, tmp_path: Path, damage: str) -> None:
    hs.write_cube(whole, tmp_path / "a")
    group, array = tmp_path / "a" / "zarr.json", tmp_path / "a" / "recent_counts_7D" / "zarr.json"
    if damage == "json":
        group.write_text(group.read_text()[:-20])
    elif damage == "empty":
        group.write_text("")
    elif damage == "array":
        array.write_text(json.dumps(json.loads(array.read_text()) | {"data_type": "colour"}))
    elif damage == "chunk":
        shutil.rmtree(array.parent / "c")
    elif damage == "coordinate":
        shutil.rmtree(tmp_path / "a" / "area" / "c")
    else:
        text = json.loads(array.read_text())
        del text["attributes"]["units"]
        array.write_text(json.dumps(text))
    with pytest.raises((InputError, SchemaError), match=r"damaged|lacks"):
        hs.read_cube(tmp_path / "a")


def spoil(file: Path, how: str) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes({"changed": bytes(raw), "short": bytes(raw[:-20]), "stub": b"ab", "empty": b""}[how])


@pytest.mark.parametrize("how", ["changed", "short", "stub", "empty"])
@pytest.mark.parametrize("name", ["recent_counts_28D", "place_distance"])
def test_changed_bytes_are_found_when_they_are_read(whole: xr.Dataset, tmp_path: Path, how: str, name: str) -> None:
    name = next(str(each) for each in whole.data_vars if str(each).startswith(name))
    hs.write_cube(whole, tmp_path / "a")
    spoil(next(path for path in (tmp_path / "a" / name / "c").rglob("*") if path.is_file()), how)
    cube = hs.read_cube(tmp_path / "a")
    with pytest.raises(InputError, match=rf"a: column '{name}' is damaged .* remove .*a and compute it again"):
        cube[name].load()
    cube.drop_vars(name).load()


@pytest.mark.parametrize("damage", ["chunk", "array", "coordinate"])
def test_a_damaged_store_is_replaced(history, whole: xr.Dataset, tmp_path: Path, damage: str) -> None:
    counted, seen = Counted(), []
    options = {"features": [counted, "recent_counts"], "store": tmp_path / "a"}
    fine = cube_of(history, **options).load()
    folder = tmp_path / "a" / ("valid_start" if damage == "coordinate" else "counted")
    for file in folder.rglob("*"):
        if file.is_file() and (file.name == "zarr.json") == (damage == "array"):
            file.unlink()
    with pytest.raises(InputError, match=r"lacks|damaged"):
        hs.read_cube(tmp_path / "a")
    again = cube_of(history, **options, progress=lambda *done: seen.append(done))
    assert seen == [(0, TIMES.size), (TIMES.size, TIMES.size)]
    assert "damaged store" in again.attrs["notes"]
    same(again, fine)
    assert "notes" not in cube_of(history, **options).attrs
    assert counted.calls == [1, TIMES.size, 1, TIMES.size, 1]


@pytest.mark.parametrize("damage", ["changed", "short", "empty", "gone", "coordinate", "column"])
def test_finished_chunks_are_looked_at_before_they_are_taken_up(
    history, tmp_path: Path, monkeypatch, damage: str
) -> None:
    counted = Counted()
    options = {"features": ["recent_counts", "boundary_distance", counted], "store": tmp_path / "a"}
    memory = int(4 * history.domain.n_cells * 4 * 3 * 1.5) + 2
    monkeypatch.setenv("HOTSPOT_TEST_STOP", "4")
    with pytest.raises(RuntimeError, match="stopped"):
        cube_of(history, **options, memory=memory)
    monkeypatch.delenv("HOTSPOT_TEST_STOP")
    partial = next(tmp_path.glob(".a.*.partial"))
    assert len(list((partial / ".done").glob("[0-9]*-*"))) == 2
    names = {"coordinate": "cell", "column": "boundary_distance"}
    first = partial / names.get(damage, "recent_counts_7D") / "c" / "0"
    file = first if first.is_file() else first / "0"
    file.unlink() if damage == "gone" else spoil(file, "short" if damage in names else damage)
    before = len(counted.calls)
    resumed = cube_of(history, **options, memory=memory)
    assert sum(counted.calls[before + 1 :]) == (TIMES.size if damage in names else TIMES.size - 3)
    same(resumed, cube_of(history, features=options["features"]))


def test_a_long_name_has_a_shorter_folder(history, whole: xr.Dataset, tmp_path: Path) -> None:
    odd = {"recent_counts_7D": "f_" + "é" * 300 + "1", "recent_counts_28D": "f_" + "é" * 300 + "2"}
    hs.write_cube(whole.rename(odd), tmp_path / "a")
    same(hs.read_cube(tmp_path / "a"), whole.rename(odd))


def test_the_step_is_told(history, whole: xr.Dataset, tmp_path: Path) -> None:
    memory = int(each(whole) * 3 * 1.5) + 2
    assert cube_of(history, store=tmp_path / "a", memory=memory).attrs["step"] == 3
    assert cube_of(history, memory=memory).attrs["step"] == 3


def test_what_is_refused(history, whole: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no issue time"):
        hs.featurize(history, [], features=NAMES, windows=WINDOWS)
    with pytest.raises(InputError, match="missing"):
        hs.featurize(history, [np.datetime64("NaT")], features=NAMES, windows=WINDOWS)
    with pytest.raises(LeakageError, match="knows nothing after"):
        cube_of(history.as_of("2021-03-01"))
    for wrong in ("much", "", 0, -3, "-1GB", None, True, float("nan")):
        with pytest.raises(InputError, match="memory"):
            cube_of(history, memory=wrong)
    with pytest.raises(InputError, match="a single issue time"):
        cube_of(history, memory=each(whole) - 1, store=tmp_path / "a")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="city"):
        hs.write_cube(whole.assign_coords(city="x"), tmp_path / "a")
    with pytest.raises(InputError, match="a dimension issue_time"):
        hs.write_cube(whole.isel(issue_time=0), tmp_path / "a")
    with pytest.raises(SchemaError, match="infinite"):
        hs.write_cube(whole.assign(recent_counts_7D=whole["recent_counts_7D"] + np.inf), tmp_path / "a")
    assert os.listdir(tmp_path) == []


def test_issue_times_are_sorted_and_taken_once(history, whole: xr.Dataset) -> None:
    mixed = np.concatenate([TIMES[::-1], TIMES[:3]])
    same(hs.featurize(history, mixed, features=NAMES, windows=WINDOWS), whole)


def test_memory_is_read() -> None:
    assert parse_memory("2GiB") == 2**31
    assert parse_memory(10) == 10
    assert parse_memory("0.5 kB") == 500
