"""Building the Zarr group of a cube, chunk by chunk, so that a stop loses no more than the chunk at hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from hotspot.features.plan import STEP, Progress
from hotspot.features.stored import DAMAGE, is_readable, key_of, lost_files
from hotspot.schema import ISSUE_TIME, TIME_DTYPE
from hotspot.zarr_groups import TIMES

FORMAT = "format"
CUBE = "hotspot cube 1"
COLUMNS = "columns"  # in their order; Zarr keeps none
CHUNK_BYTES = 4_000_000  # of one column in one file
DONE = ".done"  # folder with an empty file for each chunk that is whole
# Compressed about as fast as a disk takes it; the checksum finds bytes that have changed.
CODECS = (BloscCodec(cname="lz4", clevel=1, shuffle="shuffle"), Crc32cCodec())


class Source(NamedTuple):
    """Where a cube comes from.

    Attributes
    ----------
    skeleton : xarray.Dataset
        Coordinates and attributes.
    columns : mapping of str to xarray.Variable
        All columns; those that vary over issue times at the first of them.
    compute : callable
        Gives, for a slice of issue times, each column that varies over them.
    """

    skeleton: xr.Dataset
    columns: Mapping[str, xr.Variable]
    compute: Callable[[slice], Iterable[tuple[str, xr.Variable]]]


def build(folder: Path, source: Source, step: int, progress: Progress | None = None) -> None:
    """Write a cube, or what is missing of it.

    Parameters
    ----------
    folder : Path
        Of the Zarr group; chunks in it that are marked as whole, and can be read, are kept.
    source : Source
        Of the cube; the same as that of the kept chunks.
    step : int
        Issue times computed at once.
    progress : callable, optional
        Called with the number of issue times done and to do.
    """
    total, chunk, done = source.skeleton.sizes[ISSUE_TIME], _chunk(source, step), folder / DONE
    with zarr.config.set({"array.write_empty_chunks": True}):  # so that a file that is missing shows
        if not ((done / f"chunk-{chunk}").is_file() and _takes_up(folder, source, done)):
            shutil.rmtree(folder, ignore_errors=True)
            _create(folder, source, chunk)
            done.mkdir()
            (done / f"chunk-{chunk}").touch()
        zarr.open_group(folder, mode="r+").attrs[STEP] = step
        finished = total - sum(part.stop - part.start for part in _left(done, total, total))
        for part in _left(done, total, step - step % chunk):
            for name, column in source.compute(part):
                zarr.open_array(folder / key_of(name), mode="r+")[part] = column.values
                del column  # it may hold all that its feature gave, while the next one is computed
            (done / f"{part.start}-{part.stop}").touch()
            finished += part.stop - part.start
            if progress is not None:
                progress(finished, total)
    shutil.rmtree(done)


def _chunk(source: Source, step: int) -> int:
    """Issue times in a file."""
    widest = max((column.nbytes for column in source.columns.values() if ISSUE_TIME in column.dims), default=1)
    return int(np.clip(CHUNK_BYTES // max(widest, 1), 1, step))


def _create(folder: Path, source: Source, chunk: int) -> None:
    """Make the group: coordinates, columns without issue times, and empty arrays for the others."""
    skeleton, total = source.skeleton, source.skeleton.sizes[ISSUE_TIME]
    times = {name: TIMES for name, variable in skeleton.variables.items() if variable.dtype == TIME_DTYPE}
    encoding = {name: {"compressors": CODECS, **times.get(name, {})} for name in skeleton.variables}
    skeleton.assign_attrs({FORMAT: CUBE, COLUMNS: list(source.columns)}).to_zarr(
        folder, mode="w", encoding=encoding, zarr_format=3, consolidated=False, write_empty_chunks=True
    )
    group = zarr.open_group(folder, mode="r+")
    for name, column in source.columns.items():
        dated = ISSUE_TIME in column.dims
        array = group.create_array(
            key_of(name),
            shape=tuple(total if dim == ISSUE_TIME else size for dim, size in column.sizes.items()),
            chunks=tuple(chunk if dim == ISSUE_TIME else size for dim, size in column.sizes.items()),
            dtype=column.dtype,
            fill_value=np.nan if column.dtype.kind == "f" else 0,
            dimension_names=[str(dim) for dim in column.dims],
            attributes=column.attrs,
            compressors=CODECS,
        )
        if not dated:
            array[...] = column.values


def _takes_up(folder: Path, source: Source, done: Path) -> bool:
    """Take the marks off chunks that cannot be read; say whether the rest of the group can be."""
    try:
        of = {name: zarr.open_array(folder / key_of(name), mode="r") for name in source.columns}
        dated = [of.pop(name) for name, column in source.columns.items() if ISSUE_TIME in column.dims]
        coords = [zarr.open_array(folder / str(name), mode="r") for name in source.skeleton.variables]
        for array in [*coords, *of.values()]:
            array[...]
            if lost_files(array):
                return False
        for mark in list(_marks(done)):
            if not all(is_readable(array, *_stretch(mark)) for array in dated):
                mark.unlink()
    except DAMAGE:
        return False
    return True


def _marks(done: Path) -> Iterator[Path]:
    return done.glob("[0-9]*-*")


def _stretch(mark: Path) -> tuple[int, int]:
    first, stop = map(int, mark.name.split("-"))
    return first, stop


def _left(done: Path, total: int, step: int) -> Iterator[slice]:
    """Give the slices of issue times that are not marked as whole, none longer than a step."""
    missing = np.ones(total, np.int8)
    for first, stop in map(_stretch, _marks(done)):
        missing[first:stop] = 0
    edges = np.flatnonzero(np.diff(missing, prepend=0, append=0)).reshape(-1, 2)
    for first, stop in edges.tolist():
        for start in range(first, stop, step):
            yield slice(start, min(start + step, stop))
