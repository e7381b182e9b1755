"""Cubes on disk: streamed there a chunk at a time, taken up again after a stop, opened lazily."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import xarray as xr
import zarr
from zarr.errors import ZarrUserWarning

from hotspot.errors import InputError, SchemaError
from hotspot.features.building import COLUMNS, CUBE, FORMAT, Source, build
from hotspot.features.columns import COORDS, DIMS
from hotspot.features.plan import Plan, Progress, empty_cube
from hotspot.features.stored import DAMAGE, key_of, lost_files, read_column
from hotspot.fingerprints import digest, known_digest
from hotspot.protocols import Feature
from hotspot.schema import ISSUE_TIME, check_cube
from hotspot.zarr_groups import FINGERPRINT, is_group, landing, open_group

NOTES = "notes"


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ZarrUserWarning)  # of what is no array; one that is missed is told below
            cube, arrays = open_group(path), dict(zarr.open_group(path, mode="r").arrays())
        if cube.attrs.pop(FORMAT, None) != CUBE:
            raise InputError(f"{where}: is another kind of Zarr group; expected one that hotspot wrote ({CUBE!r})")
        columns = {name: arrays.pop(key_of(name)) for name in cube.attrs.pop(COLUMNS)}
        for name, array in (arrays | columns).items():
            if lost := lost_files(array):
                raise InputError(
                    f"{where}: {name!r} lacks {lost} of {array.nchunks} files; expected all; "
                    f"remove {path} and compute it again"
                )
        coords = {name: cube.coords[name] for name in COORDS if name in cube.coords}
        cube = xr.Dataset({name: read_column(array, path, name) for name, array in columns.items()}, coords, cube.attrs)
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(f"{where}: is damaged ({error}); remove it and compute it again") from error
    return check_cube(cube, where, values=False)


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
    told = (FINGERPRINT, NOTES)  # of the run that made it; it may have been changed since
    cube.attrs = {key: value for key, value in cube.attrs.items() if key not in told}

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
        The stored cube, lazy. Where it took the place of a damaged one, its attribute ``notes`` says so, and `progress`
        begins at 0.

    Raises
    ------
    InputError
        If something that is no cube lies there.
    HotspotError
        If another process is writing there.
    """
    key, total, notes = _fingerprint(plan), plan.issue_times.size, {}
    if _check_place(path, "featurize") == key:
        try:
            stored = read_cube(path)
        except (InputError, SchemaError) as error:
            notes = {NOTES: f"computed again, in the place of a damaged store: {error}"}
        else:
            _tell(progress, total, total)
            return stored
        _tell(progress, 0, total)

    def compute(part: slice) -> Iterator[tuple[str, xr.Variable]]:
        for owner in range(len(plan.features)):
            yield from plan.compute(owner, part)

    skeleton = empty_cube(plan.history, plan.issue_times, plan.windows).assign_attrs({FINGERPRINT: key})
    with landing(path, key, "featurize", resume=True) as folder:
        build(folder, Source(skeleton, plan.columns, compute), step, progress)
    return read_cube(path).assign_attrs(notes)


def _tell(progress: Progress | None, finished: int, total: int) -> None:
    if progress is not None:
        progress(finished, total)


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
