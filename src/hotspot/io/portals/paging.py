"""Page after page into the spool, with a look at each: repeated, changed, or cut short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hotspot.errors import PortalError
from hotspot.io.portals.base import MAX_REPEATS, Ask, Page, Portal
from hotspot.io.portals.client import StatusError
from hotspot.io.portals.drift import DriftError, kinds_in, page_drift
from hotspot.io.portals.moments import later
from hotspot.io.portals.spool import Spool, State
from hotspot.io.portals.writing import as_line

Progress = Callable[[str, int, int], None]


class Paging:
    """The pages of one fetch.

    Parameters
    ----------
    portal : Portal
        Is asked.
    spool : Spool
        Takes the rows.
    state : State
        Is moved on.
    size : int
        Rows a page at most.
    accept_changes : bool
        Go on where columns have changed.
    """

    def __init__(self, portal: Portal, spool: Spool, state: State, size: int, *, accept_changes: bool) -> None:
        self._portal, self._spool, self._state = portal, spool, state
        self._accept = accept_changes
        self.ask = Ask(tuple(state.columns), state.updated_at, state.since, size)
        self.names = self.ask.with_keys(portal.row_id)

    def run(self, progress: Progress | None) -> None:
        """Get all pages that are still to come.

        Parameters
        ----------
        progress : callable, optional
            Takes (what, done, total).

        Raises
        ------
        PortalError
            If the portal fails; the spool holds all pages before.
        """
        state = self._state
        if not state.begun:
            state.totals = [self._portal.total(self.ask)]
            state.place = self._portal.start(self.ask)
            state.begun = True
            self._spool.save(state)
        while not state.done:
            self._take(self._page())
            if progress is not None:
                progress("rows", state.received, max(state.received, state.totals[0] or 0))
            if state.repeats >= MAX_REPEATS:
                raise PortalError(
                    f"the portal gave {state.repeats} times in sequence only rows that it had given before"
                )
        if len(state.totals) == 1:
            state.totals.append(None if state.totals[0] is None else self._portal.total(self.ask))
            self._spool.save(state)

    def _page(self) -> Page:
        state = self._state
        ask = replace(self.ask, columns=tuple(name for name in self.ask.columns if name not in state.gone))
        try:
            return self._portal.page(ask, state.place)
        except StatusError:  # is it because a column is gone?
            offered = self._portal.columns()
            gone = [name for name in ask.columns if name not in offered]
            if not gone:
                raise
        self._differ([f"missing column {name!r}" for name in gone])
        state.gone += gone
        return self._page()

    def _take(self, page: Page) -> None:
        state = self._state
        names = [name for name in self.names if name not in state.gone]
        kinds = kinds_in(page.rows, names)
        differences = page_drift(page, names, state.types, kinds=state.kinds, found=kinds)
        if differences:
            self._differ(differences)
        if page.types and (state.types is None or differences):
            state.types = {name: page.types[name] for name in self.names if name in page.types}
        for name, found in kinds.items():
            state.kinds[name] = sorted({*state.kinds.get(name, ()), *found})
        for row in page.rows:
            state.newest = later(state.newest, row.get(self.ask.updated_at)) if self.ask.updated_at else None
        rows = [(self._id(row), as_line(row, self.names)) for row in page.rows]
        self._spool.add(rows, state, lambda fresh: self._settle(page, fresh))

    def _settle(self, page: Page, fresh: int) -> None:
        """Move on, unless the portal gave only what it had given before: then the same place is asked again."""
        state = self._state
        state.pages += 1
        if page.rows and not fresh and not page.may_repeat:
            state.repeats += 1
            state.repeated_pages += 1
            return
        state.repeats = 0
        state.place, state.done = page.next, page.next is None

    def _differ(self, differences: list[str]) -> None:
        where = f"page {self._state.pages + 1}: " if self._state.pages else "first page: "
        if not self._accept:
            raise DriftError(
                f"{where}columns are not as before: {'; '.join(differences)}; look at the portal; to go on all the "
                "same add --accept-changes (new columns are left out, missing ones stay empty)"
            )
        for line in differences:
            self._state.note(f"{where}{line}; accepted")

    def _id(self, row: Mapping[str, Any]) -> str:
        value = row.get(self._portal.row_id)
        if value is None or isinstance(value, dict | list):
            raise PortalError(f"a row without {self._portal.row_id!r}, by which rows are told apart; try again later")
        return str(value)
