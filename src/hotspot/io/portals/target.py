"""Where a fetch goes: one file that always holds all rows, or a folder that gains a file each time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotspot.errors import PortalError
from hotspot.io.portals.base import Source
from hotspot.io.portals.sidecar import SUFFIX, read_record, sidecar_of
from hotspot.io.portals.writing import LINES, check_name

SOURCE = ("portal", "address", "dataset", "where", "area")


@dataclass(frozen=True)
class Target:
    """The place of the result.

    Parameters
    ----------
    folder : Path
        Is there.
    file : str, optional
        Name of the file; None where each fetch makes its own.
    name : str
        Files of a folder begin with it.
    """

    folder: Path
    file: str | None
    name: str

    @classmethod
    def of(cls, out: Path, source: Source) -> Target:
        """Tell a folder from a file.

        Parameters
        ----------
        out : Path
            What the user gave.
        source : Source
            Names the files of a folder.

        Returns
        -------
        Target
            Checked.

        Raises
        ------
        ConfigError
            If nothing can be written there.
        """
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", source.name or source.kind)
        if out.is_dir():
            return cls(out, None, name)
        check_name(out)
        return cls(out.parent, out.name, name)

    @property
    def spool(self) -> Path:
        """The hidden file of an unfinished fetch."""
        return self.folder / f".{self.file or self.name}.partial"

    def path(self, started: str) -> Path:
        """Give the result's path.

        Parameters
        ----------
        started : str
            ISO 8601, UTC.

        Returns
        -------
        Path
            In a folder its name carries the moment.
        """
        stamp = re.sub(r"[^0-9TZ]", "", started)
        return self.folder / (self.file or f"{self.name}-{stamp}{LINES}")

    def earlier(self, source: dict[str, Any]) -> list[Path]:
        """List what earlier fetches of the same source have left.

        Parameters
        ----------
        source : dict
            As records hold it, see `described`.

        Returns
        -------
        list of Path
            Oldest first.

        Raises
        ------
        PortalError
            If the file is there but comes from elsewhere.
        """
        if self.file is None:
            records = sorted(self.folder.glob(f"{self.name}-*{SUFFIX}"))
            return [path.with_name(path.name.removesuffix(SUFFIX)) for path in records if _is_of(path, source)]
        path = self.folder / self.file
        if not path.exists():
            return []
        read_record(path)
        if not _is_of(sidecar_of(path), source):
            raise PortalError(f"{path}: was fetched from another source or with another filter; choose another file")
        return [path]


def described(source: Source) -> dict[str, Any]:
    """Write a source as records hold it.

    Parameters
    ----------
    source : Source
        Without secrets by its nature.

    Returns
    -------
    dict
        Plain values.
    """
    values = (source.kind, source.address, source.dataset, source.where, [list(corner) for corner in source.area])
    return dict(zip(SOURCE, values, strict=True))


def _is_of(sidecar: Path, source: dict[str, Any]) -> bool:
    try:
        record = json.loads(sidecar.read_text("utf-8"))
        return {key: record[key] for key in SOURCE} == source
    except (OSError, ValueError, KeyError, TypeError):
        return False
