"""The end of a fetch: is it whole, then the file, then its record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotspot.errors import PortalError
from hotspot.io.portals.base import Ask, Portal
from hotspot.io.portals.client import library_version
from hotspot.io.portals.moments import go_on_from, now
from hotspot.io.portals.sidecar import FORM, digest, write_record
from hotspot.io.portals.spool import EARLIER, FRESH, SAME, Spool, State
from hotspot.io.portals.writing import write

SHORTFALL, VANISHED = 0.01, 0.1


def check_whole(portal: Portal, ask: Ask, spool: Spool, state: State, had: int) -> None:
    """Compare what came with what the portal says there is; small differences are noted, large ones refused.

    Parameters
    ----------
    portal : Portal
        Is asked for a total once more where changes were fetched.
    ask : Ask
        What was asked for.
    spool : Spool
        All rows.
    state : State
        Gets notes.
    had : int
        Rows of the file that is there.

    Raises
    ------
    PortalError
        If rows are missing, or the portal is suddenly empty, or has numbered its rows anew.
    """
    totals = [total for total in state.totals if total is not None]
    if len(totals) == 2:
        if totals[0] != totals[1]:
            state.note(f"the portal had {totals[0]:,} rows at the beginning and {totals[1]:,} at the end")
        short = min(totals) - state.received
        if short > SHORTFALL * min(totals):
            raise PortalError(f"{state.received:,} rows came, {min(totals):,} were promised; begin anew with --restart")
        if short > 0:
            state.note(f"{short:,} rows fewer came than were promised: some vanished while the portal was paged")
    if state.repeated_pages:
        state.note(f"the portal gave {state.repeated_pages:,} pages twice; their rows are in the file once")
    if not state.received and not state.since:
        if had:
            raise PortalError(f"the portal gives no rows, the file has {had:,}; delete the file if that is right")
        state.note("the portal gives no rows")
    if state.whole and state.since:
        _check_vanished(portal.total(Ask(ask.columns)), spool.count(EARLIER, SAME, FRESH), state)


def _check_vanished(there: int | None, kept: int, state: State) -> None:
    """Compare totals: changes do not tell which rows were deleted, nor that all rows got new ids."""
    if there is None or kept <= there:
        return
    text = f"the file holds {kept:,} rows, the portal {there:,}: rows were deleted there or numbered anew"
    if kept - there > VANISHED * there:
        raise PortalError(f"{text}; fetch all: --restart, without --since")
    state.note(f"{text}; fetch all, without --since, to drop them")


def land(path: Path, spool: Spool, state: State, names: tuple[str, ...], row_id: str) -> dict[str, Any]:
    """Write the file in one step, and its record after it.

    Parameters
    ----------
    path : Path
        The result.
    spool : Spool
        All rows.
    state : State
        Of a fetch that is done.
    names : tuple of str
        Columns in order.
    row_id : str
        The portal's.

    Returns
    -------
    dict
        The record.
    """
    rows = write(path, spool.lines(changes=not state.whole), names, state.kinds)
    record = {
        "form": FORM,
        **state.query["source"],
        "schema": state.query["schema"],
        "since": state.since,
        "holds": "all" if state.whole else "changes",
        "started": state.started,
        "finished": now(),
        "rows": rows,
        "received": state.received,
        "changed": spool.count(FRESH),
        "unchanged": spool.count(SAME),
        "pages": state.pages,
        "duplicate_rows": state.duplicates,
        "repeated_pages": state.repeated_pages,
        "portal_total": state.totals,
        "row_id": row_id,
        "updated_at": state.updated_at,
        "newest_updated_at": state.newest,
        "go_on_from": go_on_from(state.newest, state.started),
        "columns": list(names),
        "types": state.types,
        "kinds": state.kinds,
        "bytes": path.stat().st_size,
        "sha256": digest(path),
        "notes": state.notes,
        "hotspot": library_version(),
    }
    write_record(path, record)
    return record
