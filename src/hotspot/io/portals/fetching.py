"""The fetch: pages into a spool, then one file and its record; a kill at any point loses nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hotspot.errors import ColumnError, ConfigError, PortalError
from hotspot.io.layout import Layout
from hotspot.io.personal import safe_name
from hotspot.io.portals.base import Ask, Portal, Source
from hotspot.io.portals.choose import choose, nobody_asks_for_all, personal_among
from hotspot.io.portals.client import Manners
from hotspot.io.portals.drift import DriftError
from hotspot.io.portals.landing import check_whole, land
from hotspot.io.portals.moments import minus, now, parse_since
from hotspot.io.portals.paging import Paging, Progress
from hotspot.io.portals.sidecar import read_record
from hotspot.io.portals.sources import open_portal
from hotspot.io.portals.spool import Spool, State, discard, open_spool
from hotspot.io.portals.target import Target, described
from hotspot.io.portals.writing import as_line, read_lines


@dataclass(frozen=True)
class Options:
    """How a fetch goes about it.

    Parameters
    ----------
    restart : bool
        Throw away what an unfinished fetch has gathered.
    accept_changes : bool
        Go on where columns have changed: new ones are left out, missing ones stay empty.
    overlap : timedelta
        How far ``since="last"`` steps back behind the newest change.
    page_size : int, optional
        Rows a page at most; the portal's own default if left out.
    manners : Manners
        Patience and politeness.
    """

    restart: bool = False
    accept_changes: bool = False
    overlap: timedelta = timedelta(days=1)
    page_size: int | None = None
    manners: Manners = field(default_factory=Manners)


@dataclass(frozen=True)
class Fetched:
    """What a fetch has left.

    Parameters
    ----------
    path : Path
        The file.
    record : dict
        What stands in the sidecar beside it.
    """

    path: Path
    record: dict[str, Any]


def fetch(
    source: Source,
    out: str | Path,
    *,
    columns: Layout | Sequence[str] | None = None,
    since: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Fetched:
    """Fetch a dataset of a portal, or what has changed of it.

    An interrupted fetch goes on where it stopped when it is called again in the same way. The file changes in one step
    at the end.

    Parameters
    ----------
    source : Source
        From `source_from_url`, `source_from_table` or `preset`.
    out : str or Path
        A file that ends with ``.ndjson.gz`` or ``.parquet``: with ``since`` changes are merged into it. Or a folder
        that is there: each fetch adds a file named after its moment, with ``since`` of the changes alone.
    columns : Layout or sequence of str, optional
        A schema, or the portal's names, of which those that look personal are left out; without, nothing is fetched
        and the error lists what there is.
    since : str, optional
        "last": what changed since the earlier fetch, all if there is none; or a moment: what changed since then.
    options : Options, optional
        Patience, restart, overlap.
    progress : callable, optional
        Takes (what, done, total).

    Returns
    -------
    Fetched
        File and record.

    Raises
    ------
    ColumnError
        If no columns, or columns that are not there, are asked for.
    ConfigError
        If the file or moment cannot be used.
    PortalError
        If the portal fails; what is fetched so far is kept, and the old file stays.
    """
    options = options or Options()
    target = Target.of(Path(out), source)
    portal = open_portal(source, options.manners)
    if columns is None:
        raise nobody_asks_for_all(portal)
    start = _Start(portal, source, target, columns, since)
    spool = open_spool(target.spool, restart=options.restart)
    state = spool.state()
    try:
        if state is None or not state.pages:
            state = start.state(spool, options)
        if state.query != start.query:
            raise PortalError("an unfinished fetch with another question is there")
        size = min(options.page_size or portal.page_size, portal.page_size)
        paging = Paging(portal, spool, state, size, accept_changes=options.accept_changes)
        paging.run(progress)
        path = target.path(state.started)
        check_whole(portal, paging.ask, spool, state, start.had())
        record = land(path, spool, state, paging.names, portal.row_id)
    except PortalError as error:
        raise _with_remains(error, state, target) from error
    except (OSError, sqlite3.Error) as error:  # a full disk, above all
        raise _with_remains(PortalError(f"{target.folder}: cannot be written ({error})"), state, target) from error
    finally:
        spool.close()
        if state is None or not state.pages:
            discard(target.spool)
    discard(target.spool)
    return Fetched(path, record)


class _Start:
    """What a fetch begins with."""

    def __init__(
        self, portal: Portal, source: Source, target: Target, columns: Layout | Sequence[str], since: str | None
    ) -> None:
        self._portal, self._target = portal, target
        self._chosen = choose(columns, portal.columns())
        self._trusted = isinstance(columns, Layout)  # a schema has been read by a person
        self._updated_at = source.updated_at or self._chosen.updated_at or portal.updated_at
        self._since = since if since in (None, "last") else parse_since(since)
        self.query: dict[str, Any] = {
            "source": described(source),
            "schema": columns.name if isinstance(columns, Layout) else None,
            "columns": list(self._chosen.columns),
            "since": self._since,
        }

    def had(self) -> int:
        """Count the rows of the file that would be replaced."""
        path = self._target.path("")
        try:
            return int(read_record(path)["rows"]) if self._target.file else 0
        except PortalError:
            return 0

    def state(self, spool: Spool, options: Options) -> State:
        """Begin: decide from when on, look for what is personal, and load what an earlier fetch has left."""
        earlier = self._target.earlier(self.query["source"]) if self._since else []
        records = [read_record(path) for path in earlier]
        state = State(self.query, now(), columns=list(self._chosen.columns), updated_at=self._updated_at)
        if not self._trusted:
            self._leave_out_personal(state)
        state.since = self._resolved(records, options)
        if self._since and state.since is None:
            state.note("there is no earlier fetch: all rows are fetched")
        state.whole = state.since is None or bool(self._target.file and records and records[-1]["holds"] == "all")
        self._preload(spool, state, earlier, records)
        return state

    def _resolved(self, records: list[dict[str, Any]], options: Options) -> str | None:
        if self._since is None or (self._since == "last" and not records):
            return None
        if self._updated_at is None:
            raise ConfigError("this portal does not say when a row has changed; fetch all, without --since")
        if self._since != "last":
            return self._since
        newest = [record["go_on_from"] for record in records if record["go_on_from"]]
        if not newest:
            raise PortalError("the earlier fetch saw no time of change; fetch all, without --since")
        return minus(max(newest), options.overlap)

    def _leave_out_personal(self, state: State) -> None:
        personal = personal_among(self._portal, state.columns)
        state.columns = [name for name in state.columns if name not in personal]
        for name, reason in personal.items():
            state.note(f"column {safe_name(name)} is left out: {reason}")
        if not state.columns:
            raise ColumnError(f"all columns look personal: {'; '.join(state.notes)}; name others")

    def _preload(self, spool: Spool, state: State, earlier: list[Path], records: list[dict[str, Any]]) -> None:
        names = Ask(tuple(state.columns), state.updated_at).with_keys(self._portal.row_id)
        used = [
            (path, record)
            for path, record in zip(earlier, records, strict=True)
            if state.since and (self._target.file or (record["newest_updated_at"] or "") >= state.since)
        ]
        for path, record in used:
            if record["columns"] != list(names):
                odd = sorted(set(record["columns"]) ^ set(names))
                raise DriftError(f"{path.name} has other columns than asked for: {odd}; fetch all, without --since")
            state.types = record["types"]
            for name, kinds in record["kinds"].items():
                state.kinds[name] = sorted({*state.kinds.get(name, ()), *kinds})
            state.newest = record["newest_updated_at"]
        spool.preload(_earlier_rows([path for path, _ in used], names, self._portal.row_id), state)


def _earlier_rows(paths: list[Path], names: Sequence[str], row_id: str) -> Iterator[tuple[str, str]]:
    for path in paths:
        for row in read_lines(path, names):
            yield str(row[row_id]), as_line(row, names)


def _with_remains(error: PortalError, state: State | None, target: Target) -> PortalError:
    """Say what is kept, and how to go on."""
    kind = DriftError if isinstance(error, DriftError) else PortalError
    if state is None or not state.pages:
        return kind(str(error))
    of = f" of about {state.totals[0]:,}" if state.totals and state.totals[0] is not None else ""
    return kind(
        f"{error}\n{state.received:,} rows{of} on {state.pages:,} pages are kept in {target.spool}: the same command "
        "goes on from there, with --restart it begins anew"
    )
