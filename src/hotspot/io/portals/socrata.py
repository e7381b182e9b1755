"""Socrata (SODA 2.1): pages by the row id, so that rows that come and go meanwhile shift nothing.

References
----------
https://dev.socrata.com/docs/paging.html, https://dev.socrata.com/docs/system-fields.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from hotspot.errors import ConfigError, PortalError
from hotspot.io.portals.base import Ask, Page, Source
from hotspot.io.portals.client import Client, Manners
from hotspot.io.portals.secrets import token

DATASET = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}")
ROW_ID = re.compile(r"[A-Za-z0-9._~-]+")


class Socrata:
    """A dataset of a Socrata site.

    Parameters
    ----------
    source : Source
        Site and dataset id, such as ``ijzp-q8t2``.
    manners : Manners
        Patience and politeness.
    """

    row_id = ":id"
    page_size = 20_000

    def __init__(self, source: Source, manners: Manners) -> None:
        if not DATASET.fullmatch(source.dataset):
            raise ConfigError(f"Socrata dataset {source.dataset!r}: expected an id such as 'ijzp-q8t2'")
        self.updated_at: str | None = ":updated_at"
        self._source = source
        app_token = token("SOCRATA_APP_TOKEN")
        self._client = Client(manners, {"X-App-Token": app_token} if app_token else None)

    def columns(self) -> dict[str, str]:
        """List columns and types of the dataset.

        Returns
        -------
        dict of str to str
            Without system columns.
        """
        content = self._client.ask(f"{self._source.address}/api/views/{self._source.dataset}.json").content
        if not isinstance(content, dict) or not isinstance(content.get("columns"), list):
            raise PortalError(f"{self._source.address}: no list of columns for {self._source.dataset}; is it a table?")
        named = {str(entry.get("fieldName")): str(entry.get("dataTypeName")) for entry in content["columns"]}
        return {name: kind for name, kind in named.items() if not name.startswith(":")}

    def total(self, ask: Ask) -> int | None:
        """Count the rows that match.

        Parameters
        ----------
        ask : Ask
            What is asked for.

        Returns
        -------
        int
            Rows now.
        """
        rows = self._get({"$select": "count(*) as n", **_where([*self._filters(ask)])}).content
        try:
            return int(rows[0]["n"])
        except (LookupError, TypeError, ValueError):
            raise PortalError(f"{self._source.address}: no count of rows; got {str(rows)[:100]!r}") from None

    def start(self, ask: Ask) -> Any:  # noqa: ARG002
        """Give the place of the first page.

        Parameters
        ----------
        ask : Ask
            What is asked for.

        Returns
        -------
        str
            Comes before every row id.
        """
        return ""

    def page(self, ask: Ask, place: Any) -> Page:
        """Get the rows after a row id; the end is an empty page, as a site may give fewer rows than it is asked for.

        Parameters
        ----------
        ask : Ask
            What is asked for.
        place : str
            The last row id so far.

        Returns
        -------
        Page
            Rows in the order of their ids.
        """
        filters = [*self._filters(ask), *([f":id > '{place}'"] if place else [])]
        answer = self._get(
            {
                "$select": ",".join(ask.with_keys(self.row_id)),
                **_where(filters),
                "$order": ":id",
                "$limit": ask.size,
            }
        )
        if not isinstance(answer.content, list):
            raise PortalError(f"{self._source.address}: expected a list of rows, got {type(answer.content).__name__}")
        rows = [{name: _plain(value) for name, value in row.items()} for row in answer.content]
        return Page(rows, _last_id(rows), _types(answer.headers, ask.with_keys(self.row_id)), sparse=True)

    def _get(self, params: dict[str, Any]) -> Any:
        return self._client.ask(f"{self._source.address}/resource/{self._source.dataset}.json", params)

    def _filters(self, ask: Ask) -> list[str]:
        filters = [f"({self._source.where})"] if self._source.where else []
        if ask.since and ask.updated_at:
            filters.append(f"{ask.updated_at} >= '{ask.since}'")
        return filters


def _where(filters: list[str]) -> dict[str, str]:
    return {"$where": " AND ".join(filters)} if filters else {}


def _last_id(rows: list[dict[str, Any]]) -> str | None:
    if not rows:
        return None
    last = rows[-1].get(":id")
    if not isinstance(last, str) or not ROW_ID.fullmatch(last):
        raise PortalError(f"a row without a usable :id ({str(last)[:50]!r}); expected a SODA 2.1 dataset")
    return last


def _types(headers: Any, asked: tuple[str, ...]) -> dict[str, str] | None:
    """Read the columns and types in the headers; sites leave them out where they are long."""
    try:
        names, kinds = json.loads(headers["X-SODA2-Fields"]), json.loads(headers["X-SODA2-Types"])
        return {name: "system" for name in asked if name.startswith(":")} | dict(zip(names, kinds, strict=True))
    except (KeyError, TypeError, ValueError):
        return None


def _plain(value: Any) -> Any:
    """Write a point as text, latitude first; the address that a `location` carries is left out."""
    if not isinstance(value, dict):
        return value
    if value.get("type") == "Point" and len(value.get("coordinates") or ()) >= 2:
        return f"({value['coordinates'][1]}, {value['coordinates'][0]})"
    if "latitude" in value and "longitude" in value:
        return f"({value['latitude']}, {value['longitude']})"
    return value
