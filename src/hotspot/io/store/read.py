"""Read a store: every version there is, or that there was at an earlier moment."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyproj

from hotspot.errors import InputError, nearest
from hotspot.incidents import Incidents, QualityReport
from hotspot.io.store.address import parse_address
from hotspot.io.store.database import WAIT, Database, reading
from hotspot.io.store.statements import statements
from hotspot.io.store.tables import has_tables
from hotspot.schema import TIME_DTYPE
from hotspot.windows import as_utc

if TYPE_CHECKING:
    from hotspot.windows import Moment

FOREVER = datetime(9999, 12, 31)  # naive UTC, as all that is stored


def read_store(
    url: str | Path,
    *,
    feed: str | None = None,
    recorded_until: Moment | None = None,
    as_recorded: bool = False,
    wait: float = WAIT,
) -> Incidents:
    """Read every version of every record; `History.as_of` then goes back to any moment.

    Parameters
    ----------
    url : str
        ``duckdb:///city.duckdb`` or ``postgresql://user@host/database``.
    feed : str, optional
        One feed. Default: all; if there are several, ids become ``feed:id``, `source` the feed where it is empty, and
        coordinates are brought to the CRS of the first one.
    recorded_until : moment, optional
        Only what the store held at that moment; naive means UTC. Default: all.
    as_recorded : bool
        Let nothing be known before it was recorded, whatever the source says later; rows of archives keep what the
        source says. Then `as_of` gives at every moment what a reader of the store had, back-dated rows or not.
    wait : float
        How long to wait for a writer of a DuckDB file [s].

    Returns
    -------
    Incidents
        With `superseded_at` where a later version or a deletion followed.

    Raises
    ------
    InputError
        If there is no such store or feed, or it held nothing yet.
    HotspotError
        If it stays locked, or the server does not answer.
    """
    address = parse_address(url)
    moment = FOREVER if recorded_until is None else as_utc(recorded_until, "UTC").astype("datetime64[us]").item()
    query = statements("read")["as recorded" if as_recorded else "as said"]
    with reading(address, wait=wait) as database:
        if not has_tables(database):
            raise InputError(f"{address}: holds no incidents yet; fill it with: hotspot ingest FILE --store URL")
        feeds = _feeds(database, feed, moment)
        tables = [_table(database.table(query, moment, name)) for name in feeds]
        report = _report(database, list(feeds), moment, sum(map(len, tables)))
    crs = next(iter(feeds.values()))
    if len(feeds) > 1:
        told = zip(feeds.items(), tables, strict=True)
        tables = [_told_apart(table, name, own, crs) for (name, own), table in told]
    table = tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
    for name in ("discovered", "source"):
        if table[name].isna().all():
            table = table.drop(columns=name)
    return Incidents(table, crs, report)


def _feeds(database: Database, feed: str | None, moment: datetime) -> dict[str, str]:
    """Give the CRS of each feed that there was, oldest first."""
    asked = (
        "select feed, crs from feeds where feed in (select feed from ingests where recorded_at <= $1) order by number"
    )
    feeds = {row["feed"]: row["crs"] for row in database.rows(asked, moment)}
    if feed is not None and feed not in feeds:
        raise InputError(f"{database.address}: no feed {feed!r} until {moment}; {nearest(feed, feeds)}")
    if not feeds:
        raise InputError(f"{database.address}: held nothing until {moment}; use a later moment")
    return feeds if feed is None else {feed: feeds[feed]}


def _table(rows: pa.Table) -> pd.DataFrame:
    """Make a table of Incidents of the rows; texts of few values become categories."""
    table = pd.DataFrame()
    for name in rows.column_names:
        column = rows.column(name)
        if name in ("category", "time_precision"):
            table[name] = column.combine_chunks().dictionary_encode().to_pandas()
        elif pa.types.is_timestamp(column.type):
            table[name] = column.to_numpy().astype(TIME_DTYPE)
        elif pa.types.is_boolean(column.type):
            table[name] = column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
        elif pa.types.is_floating(column.type):
            table[name] = column.to_numpy()
        else:
            table[name] = column.to_pandas()
    return table


def _told_apart(table: pd.DataFrame, feed: str, own: str, crs: str) -> pd.DataFrame:
    """Let the rows of one feed stand beside those of others."""
    changed: dict[str, Any] = {"id": feed + ":" + table["id"], "source": table["source"].fillna(feed)}
    if pyproj.CRS.from_user_input(own) != pyproj.CRS.from_user_input(crs):
        transformer = pyproj.Transformer.from_crs(own, crs, always_xy=True)
        changed["x"], changed["y"] = transformer.transform(table["x"].to_numpy(), table["y"].to_numpy())
    changed["category"] = table["category"].astype(str)
    changed["time_precision"] = table["time_precision"].astype(str)
    return table.assign(**changed)


def _report(database: Database, feeds: list[str], moment: datetime, rows: int) -> QualityReport:
    """Count the versions read, and say what the ingests set aside."""
    aside: Counter[str] = Counter()
    notes: dict[str, None] = {}
    ingests = 0
    for feed in feeds:
        asked = "select * from ingests where feed = $1 and recorded_at <= $2 order by number"
        for row in database.rows(asked, feed, moment):
            ingests += 1
            aside.update(json.loads(row["set_aside"]))
            if row["back_dated"]:
                notes[f"ingest {row['number']}: {row['back_dated']:,} versions came back-dated"] = None
    told = [f"set aside by ingests, {reason}: {number:,}" for reason, number in sorted(aside.items())]
    return QualityReport(rows, {}, (f"{database.address}: {ingests:,} ingests", *told, *notes))
