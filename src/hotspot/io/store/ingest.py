"""Bring a source into a store: read, compare, add what is new, all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyproj

from hotspot.errors import ConfigError, InputError, RefusedError
from hotspot.incidents import Incidents
from hotspot.io import incidents as door
from hotspot.io.schema_files import load_schema
from hotspot.io.store.address import Address, parse_address
from hotspot.io.store.database import WAIT, Database, writing
from hotspot.io.store.geometry import make_geometry_view, srid_of
from hotspot.io.store.merge import merge
from hotspot.io.store.report import IngestReport
from hotspot.io.store.rows import content_digest, lost, staged
from hotspot.io.store.tables import BATCH, FEEDS, INGESTS, make_tables
from hotspot.windows import as_utc

if TYPE_CHECKING:
    from hotspot.io.tables import Source
    from hotspot.windows import Moment

FEED = "incidents"
SILENT = "select count(*) as n from decided where claimed_at is null and not (was_there or is_same or deleted)"
SOME_DELETIONS = 100  # ids; more than these, and most of a feed, are not deleted without a word


@dataclass(frozen=True)
class _Given:
    """A source that has been read, and how to take it."""

    incidents: Incidents
    feed: str
    source: str
    schema: str | None
    sha256: str | None
    content: str
    at: np.datetime64 | None
    now: np.datetime64
    complete: bool
    archive: bool | None
    may_shrink: bool


def ingest(
    source: Source | Incidents,
    store: str | Path,
    *,
    feed: str = FEED,
    columns: Mapping[str, str] | None = None,
    schema: str | Path | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    at: Moment | None = None,
    complete: bool = False,
    archive: bool | None = None,
    may_shrink: bool = False,
    wait: float = WAIT,
    **read: Any,
) -> IngestReport:
    """Bring a source into an as-of store, where every version of every record stays.

    The same content twice changes nothing. A row with a known id and other content becomes a new version: known from
    the `known_at` it states if that is later than that of the version before it, else from `at`. A row with a new id
    keeps the `known_at` it states; without one it is known from `at`, or, in an archive, since nobody knows when. All
    is written in one transaction.

    Parameters
    ----------
    source : path, DataFrame, GeoDataFrame or Incidents
        As for `read_incidents`.
    store : str
        ``duckdb:///city.duckdb`` (made if absent) or ``postgresql://user@host/database``.
    feed : str
        Which feed of the store; each has its own ids and CRS.
    columns, schema, crs, time_zone
        As for `read_incidents`.
    at : moment, optional
        When this was recorded; a naive one is in `time_zone`, else the schema's, else UTC. Default: now. It may not
        lie before the last ingest of the feed.
    complete : bool
        The source is the whole feed as it now stands: ids it lacks are deleted, as a version of their own.
    archive : bool, optional
        The rows had gathered before anyone recorded them, so that those without `known_at` keep none, and a History
        takes their end and its latency. Default: for the first ingest of a feed only.
    may_shrink : bool
        Let a complete source delete more than half of what stands. Default: that is refused, as the source may be cut
        short.
    wait : float
        How long to wait for another writer [s].
    **read
        Further keywords of `read_incidents`.

    Returns
    -------
    IngestReport
        Every row accounted for.

    Raises
    ------
    InputError
        If the source cannot be read, is in another CRS than the feed, or `at` lies in the future or before the last
        ingest.
    RefusedError
        If a complete source would delete most of the feed; nothing is changed then.
    ConfigError
        If the URL of the store or the name of the feed cannot be used.
    HotspotError
        If another process keeps writing, or the server does not answer; nothing is changed then.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> row = {"id": "a", "start": "2024-03-01T13:00Z", "x": 1.0, "y": 2.0, "category": "theft"}
    >>> table = pd.DataFrame([row])
    >>> store = f"duckdb:///{tempfile.mkdtemp()}/city.duckdb"
    >>> ingest(table, store, crs="EPSG:26916", at="2024-03-02").new
    1
    >>> report = ingest(table.assign(category="burglary"), store, crs="EPSG:26916", at="2024-03-03")
    >>> report.new, report.changed
    (0, 1)
    """
    address = parse_address(store)
    if not feed.strip() or "\0" in feed:
        raise ConfigError(f"feed {feed!r}: expected a name such as 'incidents' or 'calls'")
    now = door.current_time()
    moment = None if at is None else as_utc(at, _zone(time_zone, schema))
    if moment is not None and moment > now:
        raise InputError(f"ingest: at {moment} UTC lies in the future (now is {now}); expected when it was recorded")
    if isinstance(source, Incidents):
        incidents = source
    else:
        keywords = {"columns": columns, "schema": schema, "crs": crs, "time_zone": time_zone} | read
        incidents = door.read_incidents(source, **keywords)
    name = _name(source)
    digest = content_digest(incidents)
    given = _Given(
        incidents, feed, name, None if schema is None else Path(schema).name, _sha256(source), digest, moment, now,
        complete, archive, may_shrink,
    )  # fmt: skip
    with writing(address, wait=wait) as database:
        make_tables(database)
        return _ingest(database, given)


def _ingest(database: Database, given: _Given) -> IngestReport:
    quality, address = given.incidents.quality, database.address
    past = database.rows(
        "select max(recorded_at) as last, max(newest_known_at) as newest, count(*) as n from ingests where feed = $1",
        given.feed,
    )[0]
    repeated = _repeated(database, given)
    if repeated is not None:
        return IngestReport(
            str(address), given.feed, given.source, repeated["number"], np.datetime64(repeated["recorded_at"], "us"),
            given.complete, quality.rows_read, dict(quality.set_aside), unchanged=len(given.incidents),
            notes=quality.notes, repeated=True,
        )  # fmt: skip
    at = _moment(given, past["last"], address)
    _check_crs(database, given)
    number = database.rows("select coalesce(max(number), 0) + 1 as number from ingests")[0]["number"]
    archive = past["n"] == 0 if given.archive is None else given.archive
    batch = {"feed": given.feed, "number": number, "recorded_at": at, "is_archive": archive, "newest": past["newest"]}
    database.load("batch", pa.table({name: pa.array([batch[name]], kind) for name, kind in BATCH.items()}))
    database.load("stage", staged(given.incidents))
    database.load("lost", lost(given.incidents))
    counts = merge(database, complete=given.complete)
    newest = counts.pop("newest")
    _check_shrinking(given, counts, address)
    silent = 0 if archive else database.rows(SILENT)[0]["n"]
    known = f"{silent:,} rows do not say when they were known: known from {at} UTC; had they gathered before, --archive"
    report = IngestReport(
        str(address), given.feed, given.source, number, at, given.complete, quality.rows_read,
        dict(quality.set_aside), notes=(*quality.notes, *([known] if silent else [])), **counts,
    )  # fmt: skip
    _record(database, given, report, newest, archive=archive)
    make_geometry_view(database)
    return report


def _repeated(database: Database, given: _Given) -> dict[str, Any] | None:
    """Find an earlier ingest of the very same content.

    An increment that came last, or a file of that name and content, says nothing new; other increments may say what an
    earlier one said, and mean it anew. A complete source speaks of its own moment: it is the same only with the same
    `at`, as what was there before may come back.
    """
    same = database.rows(
        "select number, recorded_at, source, sha256, "
        "number = (select max(number) from ingests where feed = $1) as is_last from ingests "
        "where feed = $1 and content = $2 and complete = $3 order by number",
        given.feed, given.content, given.complete,
    )  # fmt: skip
    for one in same:
        is_file = given.sha256 is not None and (one["sha256"], one["source"]) == (given.sha256, given.source)
        again = given.at is None and not given.complete and (one["is_last"] or is_file)
        if again or np.datetime64(one["recorded_at"], "us") == given.at:
            return one
    return None


def _moment(given: _Given, last: Any, address: Address) -> np.datetime64:
    """Say when this is recorded; moments of a feed never go back."""
    before = np.datetime64("NaT", "us") if last is None else np.datetime64(last, "us")
    if given.at is None:
        return given.now if np.isnat(before) else max(given.now, before)
    if given.at < before:
        raise InputError(
            f"ingest: at {given.at} UTC lies before the last ingest of feed {given.feed!r} in {address}, {before}; "
            "ingest in the order of time, or into another store"
        )
    return given.at


def _check_crs(database: Database, given: _Given) -> None:
    """Remember the CRS of a new feed; refuse another one later."""
    known = database.rows("select crs from feeds where feed = $1", given.feed)
    crs = pyproj.CRS.from_user_input(given.incidents.crs)
    if not known:
        number = database.rows("select count(*) + 1 as number from feeds")[0]["number"]
        row = {"feed": given.feed, "number": number, "crs": given.incidents.crs, "srid": srid_of(crs)}
        database.append("feeds", row, FEEDS)
    elif not crs.equals(pyproj.CRS.from_user_input(known[0]["crs"]), ignore_axis_order=True):
        raise InputError(
            f"ingest: feed {given.feed!r} of {database.address} is in {known[0]['crs']}, this source in "
            f"{given.incidents.crs}; reproject the source, or name another feed"
        )


def _check_shrinking(given: _Given, counts: Mapping[str, Any], address: Address) -> None:
    """Refuse a complete source that lacks most of what stands; the transaction is rolled back."""
    deleted, stays = counts["deleted"], counts["unchanged"] + counts["changed"]
    if given.complete and not given.may_shrink and deleted > max(SOME_DELETIONS, stays):
        raise RefusedError(
            f"ingest: {given.source} is called complete, but lacks {deleted:,} of {deleted + stays:,} ids of feed "
            f"{given.feed!r} in {address}, so they would be deleted; is it cut short, or only the changes? If they are "
            "gone indeed: --may-shrink, or may_shrink=True"
        )


def _record(database: Database, given: _Given, report: IngestReport, newest: Any, *, archive: bool) -> None:
    row = {name: getattr(report, name, None) for name in INGESTS} | {
        "recorded_at": report.at, "written_at": given.now, "sha256": given.sha256, "content": given.content,
        "schema_name": given.schema, "archive": archive, "newest_known_at": newest,
        "set_aside": json.dumps(dict(report.set_aside), sort_keys=True), "notes": json.dumps(list(report.notes)),
    }  # fmt: skip
    database.append("ingests", row, INGESTS)


def _zone(time_zone: str | None, schema: str | Path | None) -> str:
    return time_zone or (load_schema(schema).time_zone if schema is not None else None) or "UTC"


def _name(source: object) -> str:
    """Name a source, without the folder it lies in."""
    if isinstance(source, str | os.PathLike):
        return Path(source).name
    if isinstance(source, list | tuple):
        return ", ".join(_name(part) for part in source[:3]) + (", ..." if len(source) > 3 else "")
    return "a table"


def _sha256(source: object) -> str | None:
    """Hash a source that is one file."""
    if not isinstance(source, str | os.PathLike) or not Path(source).is_file():
        return None
    with Path(source).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
