"""Several feeds in one table: records, calls, citizen reports; each row says which it came from."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyproj

from hotspot.errors import InputError
from hotspot.incidents.core import Incidents
from hotspot.incidents.report import QualityReport


def join_incidents(feeds: Mapping[str, Incidents]) -> Incidents:
    """Put several feeds together, so that they can be told apart.

    The same incident in two feeds stays two rows: nothing is matched between them.

    Parameters
    ----------
    feeds : mapping of str to Incidents
        Each by the name it gets in the column `source`, such as ``{"records": records, "calls": calls}``; all in one
        CRS. A source that a feed named itself gives way to that name.

    Returns
    -------
    Incidents
        All rows. Ids begin with the name and a colon, so equal ids of two feeds stay apart; the reports add up, and
        notes begin with the name. Where a feed does not say whether incidents were `discovered`, that is missing.

    Raises
    ------
    InputError
        If there is no feed, a name is empty or holds a colon, or the CRS differ.
    """
    if not feeds:
        raise InputError("join_incidents: got no feed; expected at least one, such as {'records': records}")
    for name in feeds:
        if not isinstance(name, str) or not name.strip() or ":" in name:
            raise InputError(f"join_incidents: a feed is named {name!r}; expected a word without a colon")
    crs = {name: feed.crs for name, feed in feeds.items()}
    first = next(iter(crs.values()))
    if any(pyproj.CRS.from_user_input(other) != pyproj.CRS.from_user_input(first) for other in crs.values()):
        told = ", ".join(f"{name!r} in {other}" for name, other in crs.items())
        raise InputError(
            f"join_incidents: the feeds are {told}; expected one CRS; call incidents.within(domain) on each"
        )
    tables = [_named(feed.table, name) for name, feed in feeds.items()]
    return Incidents(
        pd.concat(tables, ignore_index=True), first, _joined({n: feed.quality for n, feed in feeds.items()})
    )


def _named(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Write the feed into ids and source; texts lose the lists of values that the other feeds do not have."""
    flag = table["discovered"] if "discovered" in table else pd.array([None] * len(table), dtype="boolean")
    return table.assign(
        id=name + ":" + table["id"].astype(str),
        source=name,
        discovered=flag,
        category=table["category"].astype(object),
        time_precision=table["time_precision"].astype(object),
    )


def _joined(reports: Mapping[str, QualityReport]) -> QualityReport:
    """Add up what was read and set aside; single rows are remembered where every feed with such rows did so."""
    singly = all(report.aside is not None or not report.set_aside for report in reports.values())
    both = QualityReport(
        sum(report.rows_read for report in reports.values()),
        notes=tuple(f"{name}: {note}" for name, report in reports.items() for note in report.notes),
    )
    for report in reports.values():
        for reason, rows in report.set_aside.items():
            aside = report.aside if singly else None
            both = both.without(reason, rows, None if aside is None else aside[aside["reason"] == reason])
    return both
