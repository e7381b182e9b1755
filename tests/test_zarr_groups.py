"""Groups on disk appear whole, one process at a time, and survive a kill at any point."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from filelock import FileLock

from hotspot.errors import HotspotError, InputError
from hotspot.zarr_groups import is_group, landing, open_group


def write(folder: Path, value: float) -> None:
    times = np.array(["2024-01-01T00:00:00.000001"], "datetime64[us]")
    data = xr.Dataset({"a": ("time", [value], {"units": "hours"})}, {"time": times})
    data.to_zarr(folder, mode="w", zarr_format=3, consolidated=False)


def value(path: Path) -> float:
    return float(open_group(path)["a"].load()[0])


def test_a_group_lands_and_is_replaced(tmp_path: Path) -> None:
    for given in (1.0, 2.0):
        with landing(tmp_path / "deep" / "a", "key", "test") as folder:
            write(folder, given)
        assert value(tmp_path / "deep" / "a") == given
    assert os.listdir(tmp_path / "deep") == ["a"]
    opened = open_group(tmp_path / "deep" / "a")
    assert opened["time"].dtype == np.dtype("datetime64[us]")
    assert str(opened["time"].values[0]) == "2024-01-01T00:00:00.000001"
    assert opened["a"].dtype == np.float64  # hours are no time spans here


@pytest.mark.parametrize("resume", [False, True])
def test_an_error_keeps_the_old_group(tmp_path: Path, resume: bool) -> None:
    with landing(tmp_path / "a", "key", "test") as folder:
        write(folder, 1.0)
    write(tmp_path / ".a.other.partial", 2.0)  # what it had built
    with pytest.raises(RuntimeError, match="stop"), landing(tmp_path / "a", "other", "test", resume=resume):
        raise RuntimeError("stop")
    assert value(tmp_path / "a") == 1.0
    assert is_group(tmp_path / ".a.other.partial") == resume
    with landing(tmp_path / "a", "third", "test", resume=True) as folder:  # others' remains are cleared away
        assert sorted(os.listdir(tmp_path)) == [".a.lock", "a"]
        write(folder, 3.0)
    assert os.listdir(tmp_path) == ["a"]


def test_a_kill_between_the_renames_is_mended(tmp_path: Path) -> None:
    with landing(tmp_path / "a", "key", "test") as folder:
        write(folder, 1.0)
    (tmp_path / "a").rename(tmp_path / ".a.other.partial.old")
    write(tmp_path / ".a.other.partial", 2.0)
    with pytest.raises(RuntimeError, match="stop"), landing(tmp_path / "a", "third", "test"):
        raise RuntimeError("stop")
    assert value(tmp_path / "a") == 1.0


def test_two_processes_do_not_write_at_once(tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / ".a.lock"),
        pytest.raises(HotspotError, match="another process"),
        landing(tmp_path / "a", "key", "test"),
    ):
        pass


def test_what_is_no_group_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(InputError, match=r"test: .* holds no Zarr group"), landing(tmp_path / "a", "key", "test"):
        pass
    assert (tmp_path / "a").read_text() == "mine"
