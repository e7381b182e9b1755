"""Where a config's incidents come from: files, or an as-of store cut at the issue time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from hotspot.errors import ConfigError
from hotspot.incidents import Incidents, QualityReport
from hotspot.io.incidents import read_incidents
from hotspot.io.schema_files import load_schema
from hotspot.io.store import content_digest, read_store
from hotspot.io.store.address import parse_address
from hotspot.io.tables.many import files_of
from hotspot.io.tables.opening import ENDINGS
from hotspot.run.config import Config

__all__ = [
    "content_digest", "declared_latency", "is_store", "known_versions", "read_records", "shown_source", "source_files",
]  # fmt: skip


def is_store(config: Config) -> bool:
    """Tell whether the incidents come from a store.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    bool
        False for files.
    """
    return isinstance(config.incidents.source, str)


def shown_source(config: Config) -> str:
    """Name the source for a person, without a password and without the folders above it.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    str
        A file's name or a store's address.
    """
    source = config.incidents.source
    return source.name if isinstance(source, Path) else str(parse_address(source))


def source_files(config: Config) -> list[Path]:
    """List the files that hold the incidents.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    list of Path
        None for a store; those of a folder or pattern sorted by name.
    """
    source = config.incidents.source
    if not isinstance(source, Path):
        return []
    return files_of(source, ENDINGS) or [source]


def declared_latency(config: Config) -> str:
    """Give the latency of a run.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    str
        What the config says; else what the schema says of its publisher; else "0D".
    """
    section = config.incidents
    if section.latency is not None:
        return section.latency
    schema = None if section.schema_name is None else load_schema(section.schema_name)
    return (schema.latency if schema is not None else None) or "0D"


def read_records(config: Config, recorded_until: np.datetime64 | None = None) -> Incidents:
    """Read all incidents that a config names.

    Parameters
    ----------
    config : Config
        From `load_config`.
    recorded_until : datetime64, optional
        Of a store, only what it held at that moment; naive UTC.

    Returns
    -------
    Incidents
        In the CRS of the source.

    Raises
    ------
    ConfigError
        If a moment of recording is asked of a file, or a feed; neither keeps one.
    """
    section = config.incidents
    if isinstance(section.source, str):
        return read_store(
            section.source, feed=section.feed, recorded_until=recorded_until, as_recorded=section.as_recorded
        )
    if recorded_until is not None or section.feed is not None or section.as_recorded:
        raise ConfigError(
            f"incidents: {shown_source(config)} is a file, which does not keep when its rows were recorded, nor feeds; "
            "bring it into a store (hotspot ingest), and name that as source"
        )
    return read_incidents(
        section.source,
        columns=section.columns,
        schema=section.schema_name,
        crs=section.crs,
        time_zone=section.time_zone or (None if section.schema_name else config.domain.time_zone),
        formats=section.formats,
        strict=config.privacy.strict,
        places=section.places,
    )


def known_versions(records: Incidents, moment: np.datetime64, aside: Mapping[str, int]) -> Incidents:
    """Cut a store's versions at a moment; nothing that was learned later leaves a trace, not even in the report.

    Parameters
    ----------
    records : Incidents
        Every version.
    moment : datetime64
        Naive UTC. A version that does not say when it was known counts from its end.
    aside : mapping of str to int
        What ingests had set aside by then, for the gate.

    Returns
    -------
    Incidents
        Versions with known_at <= moment; superseded_at after it is missing.
    """
    table = records.table
    known = table["known_at"].to_numpy()
    kept = table[np.where(np.isnat(known), table["end"].to_numpy(), known) <= moment]
    superseded = kept["superseded_at"].to_numpy()
    kept = kept.assign(superseded_at=np.where(superseded > moment, np.datetime64("NaT"), superseded))
    return replace(records, table=kept, report=QualityReport(len(kept) + sum(aside.values()), dict(aside)))
