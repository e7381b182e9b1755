"""Fetched files on their way into a store: each in its turn, as of the moment its fetch began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hotspot.errors import ConfigError
from hotspot.io.portals.sidecar import SUFFIX, read_record


def turns(source: Sequence[str], at: str | None, *, complete: bool) -> Iterator[tuple[str | list[str], str | None]]:
    """Say what to ingest one after another, and when each was recorded.

    Parameters
    ----------
    source : sequence of str
        What the user named.
    at : str, optional
        What the user says of the moment; it goes before what a fetch says of itself.
    complete : bool
        The user says that each is the whole feed.

    Yields
    ------
    source : str or list of str
        As `ingest` takes it.
    at : str or None
        The moment, or now.

    Raises
    ------
    ConfigError
        If a fetch of changes is called complete: what it lacks is not deleted.
    PortalError
        If a file is not the one that its record describes.
    """
    fetched = _fetched(source)
    if not fetched:
        yield (source[0] if len(source) == 1 else list(source)), at
        return
    records = sorted(((read_record(path), path) for path in fetched), key=lambda pair: str(pair[0]["started"]))
    for record, path in records:
        if complete and record["holds"] != "all":
            raise ConfigError(
                f"{path.name}: holds only what had changed since the fetch before, so what it lacks is not deleted; "
                "leave out --complete, or fetch all, without --since"
            )
    for record, path in records:
        if record["rows"] or complete:  # a night without changes brings nothing
            yield str(path), at or str(record["started"])


def _fetched(source: Sequence[str]) -> list[Path]:
    """Give the files, where each has the record of a fetch beside it; none where one has not."""
    files: list[Path] = []
    for name in source:
        path = Path(name)
        inside = path.iterdir() if path.is_dir() else [path]
        files += [one for one in inside if one.is_file() and not one.name.endswith(SUFFIX) and one.name[0] != "."]
    return files if files and all(path.with_name(path.name + SUFFIX).is_file() for path in files) else []
