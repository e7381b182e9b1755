"""A folder of forecasts: one Zarr group a model and target, whole or not there."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from hotspot.schema import ISSUE_TIME, TIME_DTYPE
from hotspot.zarr_groups import FINGERPRINT, TIMES, is_group, landing, open_group

PIECE_BYTES = 32_000_000  # forecasts are gathered up to this size before they are written


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
    if not is_group(path):
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
        If a folder that is no Zarr group stands in its place.
    HotspotError
        If another process is writing there.
    """
    with landing(path, str(attrs[FINGERPRINT]), "backtest") as partial:
        _write(partial, forecasts, attrs)
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
        own: dict[str, Any] = dict(TIMES) if variable.dtype == TIME_DTYPE else {}
        if ISSUE_TIME in variable.dims:
            rest = [size for dim, size in variable.sizes.items() if dim != ISSUE_TIME]
            own["chunks"] = [1 if name in piece.data_vars else 1024, *rest]
        encoding[str(name)] = own
    piece.to_zarr(partial, mode="w", encoding=encoding, zarr_format=3, consolidated=False)


def _open(path: Path) -> xr.Dataset:
    data = open_group(path)
    opened: xr.Dataset = data.assign_coords(target=data.attrs["target"])
    return opened


def _safe(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_+-]+", "_", name).strip("_")[:80]
    return plain if plain == name else f"{plain}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
