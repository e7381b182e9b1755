"""A run folder appears whole or not at all.

A run is built in a hidden sibling and renamed once every target is complete; `latest` is a link that is swapped last.
Whoever kills the program at any point finds either the old result or the new one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from hotspot.errors import ConfigError, HotspotError

MANIFEST = "manifest.json"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one run at a time write below a folder.

    Parameters
    ----------
    folder : Path
        Of all runs of one name; made if absent.

    Raises
    ------
    ConfigError
        If the folder cannot be written.
    HotspotError
        If another run is writing.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise HotspotError(f"{folder}: another run is writing here; wait for it to end, then try again") from error
    except OSError as error:
        raise ConfigError(f"{folder}: may not be written; choose another output.store ({error})") from error
    try:
        yield
    finally:
        lock.release()


def is_complete(run: Path, targets: list[str]) -> bool:
    """Tell whether a run folder holds a manifest for every target.

    Parameters
    ----------
    run : Path
        The folder.
    targets : list of str
        Names of its subfolders.

    Returns
    -------
    bool
        A folder without a manifest is not a run.
    """
    return all((run / target / MANIFEST).is_file() for target in targets)


@contextmanager
def building(run: Path) -> Iterator[Path]:
    """Give a hidden folder to build a run in, and move it into place at the end.

    Parameters
    ----------
    run : Path
        Where the run will be.

    Yields
    ------
    Path
        An empty folder beside it; removed if anything fails.
    """
    partial = run.parent / f".partial-{run.name}"
    shutil.rmtree(partial, ignore_errors=True)  # left by a run that was killed
    partial.mkdir(parents=True)
    try:
        yield partial
        _flush(partial)
        if run.exists():  # incomplete: it was never a run
            shutil.rmtree(run)
        partial.rename(run)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def point_latest(run: Path) -> None:
    """Swap the pointer `latest` to a run in one step; a replay of an earlier night leaves it where it is.

    Parameters
    ----------
    run : Path
        A complete run folder, ``<issue time>-<run id>``.
    """
    link, fresh = run.parent / "latest", run.parent / ".latest-new"
    if link.is_dir() and _issued(link.resolve()) > _issued(run):
        return
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(run.name, target_is_directory=True)
    os.replace(fresh, link)


def _issued(run: Path) -> str:
    return run.name.rpartition("-")[0]


def _flush(folder: Path) -> None:
    """Have the disk hold every file before the folder gets its name."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
