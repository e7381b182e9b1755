"""A folder of forecasts: one Zarr group a model and target, whole or not there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from hotspot.errors import InputError
from hotspot.schema import ISSUE_TIME, TIME_DTYPE

FINGERPRINT = "fingerprint"
PIECE_BYTES = 32_000_000  # forecasts are gathered up to this size before they are written
_TIMES = {"units": "microseconds since 1970-01-01", "dtype": "int64"}


def group_path(store: str | os.PathLike[str], model: str, target: str) -> Path:
    """Say where the forecasts of a model for a target lie.

    Parameters
    ----------
    store : path
        The folder.
    model, target : str
        Names; what a file name cannot hold is replaced, and a hash keeps such names apart.

    Returns
    -------
    Path
        Of the Zarr group.
    """
    return Path(store) / _safe(model) / _safe(target)


def read_group(path: Path, fingerprint: str) -> xr.Dataset | None:
    """Open a group lazily if it was made from the same inputs.

    Parameters
    ----------
    path : Path
        Of the group.
    fingerprint : str
        Hash of all that the forecasts depend on.

    Returns
    -------
    xarray.Dataset or None
        None where there is none, or another one.
    """
    if not (path / "zarr.json").is_file():
        return None
    data = _open(path)
    return data if data.attrs.get(FINGERPRINT) == fingerprint else None


def write_group(path: Path, forecasts: Iterable[xr.Dataset], attrs: Mapping[str, Any]) -> xr.Dataset:
    """Write forecasts as they come, and move the group into place once it is whole.

    Parameters
    ----------
    path : Path
        Of the group; replaced if it is there.
    forecasts : iterable of xarray.Dataset
        One issue time each, ascending.
    attrs : mapping
        Kept beside those of the first forecast; holds ``fingerprint``.

    Returns
    -------
    xarray.Dataset
        The group, opened lazily.

    Raises
    ------
    InputError
        If a folder that is no group of ours stands in its place.
    """
    if path.exists() and not (path / "zarr.json").is_file():
        raise InputError(f"backtest: {path} exists and holds no Zarr group; choose another store or move it away")
    partial = path.with_name(f".{path.name}.{str(attrs[FINGERPRINT])[:12]}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # what a killed run left
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(partial, forecasts, attrs)
        _replace(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return _open(path)


def join_issue_times(forecasts: list[xr.Dataset]) -> xr.Dataset:
    """Join forecasts of different issue times.

    Parameters
    ----------
    forecasts : list of xarray.Dataset
        One model, same cells and leads, ascending issue times.

    Returns
    -------
    xarray.Dataset
        One dataset.
    """
    joined: xr.Dataset = xr.concat(
        forecasts,
        ISSUE_TIME,
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="exact",
        combine_attrs="override",
    )
    return joined


def _write(partial: Path, forecasts: Iterable[xr.Dataset], attrs: Mapping[str, Any]) -> None:
    waiting: list[xr.Dataset] = []
    for forecast in forecasts:
        waiting.append(forecast)
        if sum(part.nbytes for part in waiting) >= PIECE_BYTES:
            _append(partial, join_issue_times(waiting), attrs)
            waiting = []
    if waiting:
        _append(partial, join_issue_times(waiting), attrs)


def _append(partial: Path, piece: xr.Dataset, attrs: Mapping[str, Any]) -> None:
    # Text goes into attributes: Zarr has no settled form for it.
    piece = piece.assign_attrs({**attrs, "target": str(piece["target"].values)}).drop_vars("target")
    if partial.exists():
        piece.to_zarr(partial, append_dim=ISSUE_TIME, zarr_format=3, consolidated=False)
        return
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in piece.variables.items():
        own: dict[str, Any] = dict(_TIMES) if variable.dtype == TIME_DTYPE else {}
        if ISSUE_TIME in variable.dims:
            rest = [size for dim, size in variable.sizes.items() if dim != ISSUE_TIME]
            own["chunks"] = [1 if name in piece.data_vars else 1024, *rest]
        encoding[str(name)] = own
    piece.to_zarr(partial, mode="w", encoding=encoding, zarr_format=3, consolidated=False)


def _replace(partial: Path, path: Path) -> None:
    if path.exists():
        old = path.with_name(f"{partial.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        path.rename(old)
        partial.rename(path)
        shutil.rmtree(old)
    else:
        partial.rename(path)


def _open(path: Path) -> xr.Dataset:
    coder = xr.coders.CFDatetimeCoder(time_unit="us")
    data = xr.open_zarr(path, consolidated=False, decode_times=coder)
    for name in data.coords:
        if data[name].dtype.kind == "M":
            data = data.assign_coords({name: data[name].astype(TIME_DTYPE)})
    small = {name: data[name].load() for name in data.coords}
    opened: xr.Dataset = data.assign_coords(small).assign_coords(target=data.attrs["target"])
    return opened


def _safe(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_+-]+", "_", name).strip("_")[:80]
    return plain if plain == name else f"{plain}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def digest(*parts: str | bytes | np.ndarray[Any, Any]) -> str:
    """Hash text, bytes and arrays.

    Parameters
    ----------
    *parts : str, bytes or ndarray
        What to hash.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, str):
            part = part.encode()
        raw = part if isinstance(part, bytes) else part.tobytes()
        total.update(len(raw).to_bytes(8, "big"))
        total.update(raw)
    return total.hexdigest()
