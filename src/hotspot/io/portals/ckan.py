"""CKAN datastore: pages by offset in the order of `_id`, stepped back where rows vanish meanwhile.

References
----------
https://docs.ckan.org/en/latest/maintaining/datastore.html
"""

from __future__ import annotations

from typing import Any

from hotspot.errors import ConfigError, PortalError
from hotspot.io.portals.base import Ask, Page, Source
from hotspot.io.portals.client import Client, Manners, StatusError
from hotspot.io.portals.secrets import token


class Ckan:
    """A resource in the datastore of a CKAN site.

    Parameters
    ----------
    source : Source
        Site and resource id.
    manners : Manners
        Patience and politeness.
    """

    row_id = "_id"
    updated_at: str | None = None
    page_size = 10_000

    def __init__(self, source: Source, manners: Manners) -> None:
        if source.where:
            raise ConfigError("CKAN's datastore takes no `where`; fetch all and filter after reading")
        if not source.dataset:
            raise ConfigError("CKAN needs the id of a resource (the last part of its page's address)")
        self._source = source
        secret = token("CKAN_API_TOKEN")
        self._client = Client(manners, {"Authorization": secret} if secret else None)

    def columns(self) -> dict[str, str]:
        """List columns and types of the resource.

        Returns
        -------
        dict of str to str
            Types of PostgreSQL.
        """
        return _types(self._search({"limit": 0}))

    def total(self, ask: Ask) -> int | None:
        """Count the rows.

        Parameters
        ----------
        ask : Ask
            What is asked for.

        Returns
        -------
        int or None
            None where only changes are asked for, or the site only estimates.
        """
        return None if ask.since else _total(self._search({"limit": 0}))

    def start(self, ask: Ask) -> Any:
        """Give the place of the first page.

        Parameters
        ----------
        ask : Ask
            What is asked for.

        Returns
        -------
        list
            Offset, the total that it was meant for, and whether it was stepped back.

        Raises
        ------
        ConfigError
            If changes are asked for by a column that is no time: a datastore cannot sort its texts by time.
        """
        if ask.since:
            kind = self.columns().get(ask.updated_at or "", "")
            if not kind.startswith(("timestamp", "date")):
                raise ConfigError(
                    f"column {ask.updated_at!r} is {kind or 'not there'}; changes since a moment need a timestamp; "
                    "fetch all, without --since"
                )
        return [0, None, False]

    def page(self, ask: Ask, place: Any) -> Page:
        """Get the rows from an offset on; changes come newest first, until they are older than asked for.

        Parameters
        ----------
        ask : Ask
            What is asked for.
        place : list
            Offset, the total that it was meant for, and whether it was stepped back.

        Returns
        -------
        Page
            Rows in the order of `_id`.

        Raises
        ------
        PortalError
            If the table is replaced meanwhile.
        """
        offset, meant, stepped = place
        result = self._search(
            {
                "limit": ask.size,
                "offset": offset,
                "sort": f'"{ask.updated_at}" desc, _id' if ask.since else "_id",
                "fields": ",".join(ask.with_keys(self.row_id)),
            }
        )
        rows, total = result.get("records"), _total(result)
        if not isinstance(rows, list):
            raise PortalError(f"{self._source.address}: expected records, got {sorted(result)[:10]}")
        gone = max(0, meant - total) if meant is not None and total is not None else 0
        if gone:
            return Page([], [self._back(offset, gone, ask.size), total, True], _types(result), total)
        if not rows:
            if total is not None and offset < total:
                raise PortalError(f"{self._source.address}: empty at {offset:,} of {total:,} rows; try again later")
            return Page([], None, _types(result), total)
        place = [offset + len(rows), total, False]
        if ask.since and ask.updated_at:
            fresh = [row for row in rows if _is_fresh(row.get(ask.updated_at), ask.since)]
            place, rows = (place if len(fresh) == len(rows) else None), fresh
        return Page(rows, place, _types(result), total, may_repeat=stepped or bool(ask.since))

    def _back(self, offset: int, gone: int, size: int) -> int:
        """Step back by as many rows as have vanished: so many may have moved to before the offset."""
        if gone >= size:
            raise PortalError(
                f"{self._source.address}: {gone:,} rows vanished while paging: the table is being replaced; wait until "
                "that is done, then fetch anew with --restart"
            )
        return max(0, offset - gone)

    def _search(self, params: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._source.address}/api/3/action/datastore_search"
        answer = self._client.ask(url, {"resource_id": self._source.dataset, **params}, check=_check)
        result: dict[str, Any] = answer.content["result"]
        return result


def _check(content: Any) -> None:
    if isinstance(content, dict) and content.get("success") is True and isinstance(content.get("result"), dict):
        return
    error = content.get("error") if isinstance(content, dict) else content
    raise StatusError(f"CKAN: no success: {str(error)[:300]}; check the address and the resource id", 400)


def _total(result: dict[str, Any]) -> int | None:
    total = result.get("total")
    return total if isinstance(total, int) and not result.get("total_was_estimated") else None


def _types(result: dict[str, Any]) -> dict[str, str]:
    return {str(field.get("id")): str(field.get("type")) for field in result.get("fields") or ()}


def _is_fresh(value: Any, since: str) -> bool:
    """Tell whether a row has changed; one that does not say when may have."""
    return not isinstance(value, str) or value[:19] >= since.replace(" ", "T")[:19]
