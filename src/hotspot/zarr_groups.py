"""Zarr groups on disk: whole or not there, written by one process at a time, opened lazily."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import xarray as xr
from filelock import FileLock, Timeout

from hotspot.errors import HotspotError, InputError
from hotspot.schema import TIME_DTYPE

FINGERPRINT = "fingerprint"
TIMES = {"units": "microseconds since 1970-01-01", "dtype": "int64"}  # how Zarr holds naive UTC


def is_group(path: Path) -> bool:
    """Tell whether a folder holds a Zarr group.

    Parameters
    ----------
    path : Path
        The folder.

    Returns
    -------
    bool
        Whether it does, whole or damaged.
    """
    return (path / "zarr.json").is_file()


@contextmanager
def landing(path: Path, fingerprint: str, who: str, *, resume: bool = False) -> Iterator[Path]:
    """Build a group beside its place, and move it there once it is whole.

    What killed runs left is cleared away first. Where the program is killed between the two renames that replace an
    old group, the next call puts the old one back.

    Parameters
    ----------
    path : Path
        Where the group shall lie; what lies there is replaced.
    fingerprint : str
        Hash of all that the group depends on.
    who : str
        Who asks, for messages.
    resume : bool
        Keep what was built so far where building ends in an error, or a killed run with the same fingerprint left it.

    Yields
    ------
    Path
        Folder to build in.

    Raises
    ------
    InputError
        If something that is no Zarr group lies in its place.
    HotspotError
        If another process is writing there.
    """
    if path.exists() and not is_group(path):
        raise InputError(f"{who}: {path} exists and holds no Zarr group; choose another place or move it away")
    partial = path.with_name(f".{path.name}.{fingerprint[:12]}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path, who):
        _clear(path, partial if resume else None)
        try:
            yield partial
            _replace(partial, path)
        finally:
            if not resume:
                shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _locked(path: Path, who: str) -> Iterator[None]:
    file = path.with_name(f".{path.name}.lock")
    lock = FileLock(file, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise HotspotError(f"{who}: another process is writing {path}; wait for it to end, then try again") from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        lock.release()


def _clear(path: Path, keep: Path | None) -> None:
    """Put back what a killed run moved aside, and remove what it left."""
    left = sorted(path.parent.glob(f".{escape(path.name)}.*.partial*"))
    for old in left:
        if old.suffix == ".old" and not path.exists():
            old.rename(path)
        elif old != keep:
            shutil.rmtree(old, ignore_errors=True)


def _replace(partial: Path, path: Path) -> None:
    if path.exists():
        old = path.with_name(f"{partial.name}.old")
        path.rename(old)
        partial.rename(path)
        shutil.rmtree(old)
    else:
        partial.rename(path)


def open_group(path: Path) -> xr.Dataset:
    """Open a group lazily, its coordinates loaded and its times naive UTC in microseconds.

    Parameters
    ----------
    path : Path
        Of the group.

    Returns
    -------
    xarray.Dataset
        Variables in chunks as they are stored.
    """
    coder = xr.coders.CFDatetimeCoder(time_unit="us")
    data = xr.open_zarr(path, consolidated=False, decode_times=coder)
    for name in data.coords:
        if data[name].dtype.kind == "M":
            data = data.assign_coords({name: data[name].astype(TIME_DTYPE)})
    opened: xr.Dataset = data.assign_coords({name: data[name].load() for name in data.coords})
    return opened
