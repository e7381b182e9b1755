"""Columns of a cube on disk: where they lie, and reading them so that damage is told with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from hotspot.errors import InputError
from hotspot.fingerprints import digest

LONGEST = 250  # bytes of a name that any folder can have, and a bit left
# What Zarr and its codecs raise where bytes are missing or changed.
DAMAGE = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError)


def key_of(name: str) -> str:
    """Name the folder of a column: as the column, where a folder can be called that; a long name is cut."""
    key = name if re.fullmatch(r"[\w .,()+&-]+", name) else quote(name, safe=" ")
    if len(key.encode()) <= LONGEST:
        return key
    return f"{quote(name, safe=' ')[: LONGEST - 20]}-{digest(name)[:16]}"


def read_column(array: zarr.Array[Any], path: Path, name: str) -> xr.Variable:
    """Promise the values of a column.

    Parameters
    ----------
    array : zarr.Array
        In which it lies.
    path : Path
        Of the cube, for messages.
    name : str
        Of the column.

    Returns
    -------
    xarray.Variable
        In chunks as they are stored; reading a damaged one raises an `InputError`.
    """
    import dask.array

    dims, empty = getattr(array.metadata, "dimension_names", None) or (), np.empty((0,) * array.ndim, array.dtype)
    guarded = _Guarded(array, str(path), name)
    lazy = dask.array.from_array(guarded, chunks=array.chunks, name=False, meta=empty)  # type: ignore[no-untyped-call]
    return xr.Variable(dims, lazy, dict(array.attrs))


def lost_files(array: zarr.Array[Any]) -> int:
    """Count the files that an array lacks: Zarr would read them as missing values."""
    return int(array.nchunks - array.nchunks_initialized)


def is_readable(array: zarr.Array[Any], first: int, stop: int) -> bool:
    """Say whether a stretch along the first dimension is there, its checksums right.

    Parameters
    ----------
    array : zarr.Array
        Cut into files along its first dimension only.
    first, stop : int
        The stretch, from the beginning of a file to the end of one.

    Returns
    -------
    bool
        Whether all of it can be read.
    """
    each, rest = array.chunks[0], (0,) * (array.ndim - 1)
    folder = Path(str(array.store_path.store.root), array.store_path.path)  # type: ignore[attr-defined]
    for number in range(first // each, -(-stop // each)):
        if not (folder / array.metadata.encode_chunk_key((number, *rest))).is_file():
            return False
        try:
            array[number * each : (number + 1) * each]
        except DAMAGE:
            return False
    return True


@dataclass(frozen=True)
class _Guarded:
    """An array that says where it lies when it cannot be read."""

    array: zarr.Array[Any]
    path: str
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def ndim(self) -> int:
        return self.array.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.array.dtype)

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[np.generic]:
        try:
            return np.asarray(self.array[key])
        except DAMAGE as error:
            raise InputError(
                f"cube {self.path}: column {self.name!r} is damaged ({error}); expected the bytes that were written; "
                f"remove {self.path} and compute it again"
            ) from error
