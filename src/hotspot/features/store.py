"""Cubes on disk: streamed there a chunk at a time, taken up again after a stop, opened lazily."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import xarray as xr
import zarr

from hotspot.errors import InputError
from hotspot.features.building import COLUMNS, CUBE, FORMAT, Source, build, key_of, name_of
from hotspot.features.columns import COORDS, DIMS
from hotspot.features.plan import Plan, Progress, empty_cube
from hotspot.fingerprints import digest, known_digest
from hotspot.protocols import Feature
from hotspot.schema import ISSUE_TIME, check_cube
from hotspot.zarr_groups import FINGERPRINT, is_group, landing, open_group


def read_cube(path: str | os.PathLike[str]) -> xr.Dataset:
    """Open a stored cube.

    Parameters
    ----------
    path : path
        From `featurize` or `write_cube`.

    Returns
    -------
    xarray.Dataset
        The cube, lazy, its coordinates in memory. Values are read, and held against their checksums, when they are
        asked for.

    Raises
    ------
    InputError
        If there is none, something else lies there, or a part of it is missing.
    SchemaError
        If it breaks the schema of cubes.
    """
    path = Path(path)
    where = f"cube {path}"
    if not is_group(path):
        what = "is no Zarr group" if path.exists() else "does not exist"
        raise InputError(f"{where}: {what}; expected what hotspot.featurize(store=...) or hotspot.write_cube wrote")
    try:
        cube = open_group(path)
        if cube.attrs.pop(FORMAT, None) != CUBE:
            raise InputError(f"{where}: is another kind of Zarr group; expected one that hotspot wrote ({CUBE!r})")
        columns = {name: cube.variables[key_of(name)] for name in cube.attrs.pop(COLUMNS)}
        cube = xr.Dataset(columns, {name: cube.coords[name] for name in COORDS if name in cube.coords}, cube.attrs)
        _check_whole(path, where)
    except InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: is damaged ({error}); remove it and compute it again") from error
    return check_cube(cube, where, values=False)


def _check_whole(path: Path, where: str) -> None:
    """Refuse a group that lacks files: Zarr would read them as missing values."""
    for key, array in zarr.open_group(path, mode="r").arrays():
        lost = array.nchunks - array.nchunks_initialized
        if lost:
            raise InputError(f"{where}: {name_of(key)!r} lacks {lost} of {array.nchunks} files; compute it again")


def write_cube(cube: xr.Dataset, path: str | os.PathLike[str]) -> None:
    """Store a cube.

    Parameters
    ----------
    cube : xarray.Dataset
        From `featurize`, perhaps with columns added or left out. A lazy one is computed a chunk at a time.
    path : path
        Zarr group; a cube that lies there is replaced once the new one is whole.

    Raises
    ------
    InputError
        If something that is no cube lies there, or the cube has other coordinates than cubes have.
    SchemaError
        If it breaks the schema of cubes.
    HotspotError
        If another process is writing there.
    """
    check_cube(cube, values=False)
    other = sorted({str(name) for name in cube.coords} - set(COORDS))
    if other or ISSUE_TIME not in cube.dims:
        raise InputError(
            f"write_cube: got dimensions {sorted(map(str, cube.dims))} and other coordinates {other}; expected a "
            f"dimension issue_time, and no coordinate but {list(COORDS)}; see Dataset.drop_vars"
        )
    _check_place(Path(path), "write_cube")
    cube = cube.transpose(*DIMS, missing_dims="ignore")
    cube.attrs = {key: value for key, value in cube.attrs.items() if key != FINGERPRINT}  # it may have been changed

    def compute(part: slice) -> Iterator[tuple[str, xr.Variable]]:
        chunk = check_cube(cube.isel({ISSUE_TIME: part}).load())
        for name, column in chunk.data_vars.items():
            if ISSUE_TIME in column.dims:
                yield str(name), column.variable

    first = cube.isel({ISSUE_TIME: slice(0, 1)})
    columns = {str(name): column.variable for name, column in first.data_vars.items()}
    lengths = [each.chunksizes[ISSUE_TIME][0] for each in cube.data_vars.values() if ISSUE_TIME in each.chunksizes]
    source = Source(cube.drop_vars(list(cube.data_vars)), columns, compute)
    with landing(Path(path), "written", "write_cube") as folder:
        build(folder, source, max(lengths, default=cube.sizes[ISSUE_TIME]))


def stream(plan: Plan, path: Path, step: int, progress: Progress | None = None) -> xr.Dataset:
    """Compute a cube into a store, one column of one chunk after another.

    Parameters
    ----------
    plan : Plan
        Of the cube.
    path : Path
        Of the Zarr group.
    step : int
        Issue times in a chunk.
    progress : callable, optional
        Called with the number of issue times done and to do.

    Returns
    -------
    xarray.Dataset
        The stored cube, lazy.

    Raises
    ------
    InputError
        If something that is no cube lies there.
    HotspotError
        If another process is writing there.
    """
    key = _fingerprint(plan)
    if _check_place(path, "featurize") == key:
        if progress is not None:
            progress(plan.issue_times.size, plan.issue_times.size)
        return read_cube(path)

    def compute(part: slice) -> Iterator[tuple[str, xr.Variable]]:
        for owner in range(len(plan.features)):
            yield from plan.compute(owner, part)

    skeleton = empty_cube(plan.history, plan.issue_times, plan.windows).assign_attrs({FINGERPRINT: key})
    with landing(path, key, "featurize", resume=True) as folder:
        build(folder, Source(skeleton, plan.columns, compute), step, progress)
    return read_cube(path)


def _check_place(path: Path, who: str) -> str | None:
    """Refuse to replace what is no cube; give the fingerprint of a cube that lies there."""
    if not is_group(path):
        return None
    try:
        attrs = dict(zarr.open_group(path, mode="r").attrs)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{who}: {path} is a damaged Zarr group ({error}); move it away") from error
    if attrs.get(FORMAT) != CUBE:
        raise InputError(f"{who}: {path} holds a Zarr group that is no cube; choose another place or move it away")
    return None if FINGERPRINT not in attrs else str(attrs[FINGERPRINT])


def _fingerprint(plan: Plan) -> str:
    recipes = [_told(feature) for feature in plan.features]
    return digest(CUBE, known_digest(plan.history, plan.issue_times, plan.windows), *recipes)


def _told(feature: Feature) -> str:
    """Say all that a feature is; one that does not say its options is never taken for the same."""
    kind, text = f"{type(feature).__module__}.{type(feature).__qualname__}", repr(feature)
    tells = hasattr(feature, "__dataclass_fields__") and " at 0x" not in text
    return f"{kind} {text if tells else uuid4().hex}"
