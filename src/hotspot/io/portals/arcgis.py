"""ArcGIS Feature Service: pages by the object id, which every layer has and which also old servers can filter by.

References
----------
https://developers.arcgis.com/rest/services-reference/enterprise/query-feature-service-layer/
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from hotspot.errors import PortalError
from hotspot.io.portals.base import Ask, Page, Source
from hotspot.io.portals.client import PASSING, Client, Manners, PassingError, StatusError
from hotspot.io.portals.secrets import token

LONGITUDE, LATITUDE = "longitude", "latitude"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATE = "esriFieldTypeDate"


class ArcGis:
    """A layer or table of a feature or map service.

    Parameters
    ----------
    source : Source
        Its address ends with the number of the layer.
    manners : Manners
        Patience and politeness.
    """

    def __init__(self, source: Source, manners: Manners) -> None:
        self._source = source
        secret = token("ARCGIS_TOKEN")
        self._client = Client(manners, {"X-Esri-Authorization": f"Bearer {secret}"} if secret else None)
        layer = self._get("", {})
        fields = layer.get("fields") or []
        self._fields = {str(field["name"]): str(field["type"]) for field in fields}
        self.row_id = _object_id(layer, self._fields, source.address)
        self.updated_at: str | None = (layer.get("editFieldsInfo") or {}).get("editDateField")
        self.page_size = int(layer.get("maxRecordCount") or 1000)
        self._points = layer.get("geometryType") == "esriGeometryPoint"
        if (layer.get("advancedQueryCapabilities") or {}).get("supportsOrderBy") is False:
            raise PortalError(f"{source.address}: the layer cannot sort, so that no paging is safe; use an export")

    def columns(self) -> dict[str, str]:
        """List columns and types of the layer now; points add longitude and latitude (WGS 84).

        Returns
        -------
        dict of str to str
            Types as ArcGIS calls them.
        """
        fields = {str(field["name"]): str(field["type"]) for field in self._get("", {}).get("fields") or []}
        self._fields = fields
        return {**fields, **self._position_columns()}

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
        count = self._get("/query", {"where": self._where(ask, None), "returnCountOnly": "true"}).get("count")
        return int(count) if isinstance(count, int) else None

    def start(self, ask: Ask) -> Any:  # noqa: ARG002
        """Give the place of the first page.

        Parameters
        ----------
        ask : Ask
            What is asked for.

        Returns
        -------
        int
            Lies before every object id.
        """
        return -1

    def page(self, ask: Ask, place: Any) -> Page:
        """Get the rows after an object id; the end is an empty page.

        Parameters
        ----------
        ask : Ask
            What is asked for.
        place : int
            The last object id so far.

        Returns
        -------
        Page
            Rows in the order of their object ids, times as ISO 8601 in UTC.
        """
        names, positions = ask.with_keys(self.row_id), self._position_columns()
        geometry = any(name in positions for name in ask.columns)
        content = self._get(
            "/query",
            {
                "where": self._where(ask, int(place)),
                "outFields": ",".join(name for name in names if name not in positions),
                "orderByFields": f"{self.row_id} ASC",
                "resultRecordCount": min(ask.size, self.page_size),
                "returnGeometry": "true" if geometry else "false",
                "outSR": 4326,
            },
        )
        features = content.get("features")
        if not isinstance(features, list):
            raise PortalError(f"{self._source.address}: expected features, got {sorted(content)[:10]}")
        types = _types(content, positions if geometry else {})
        dates = {name for name, kind in (types or self._fields).items() if kind == DATE}
        rows = [_row(feature, dates, geometry and bool(positions)) for feature in features]
        if not rows and content.get("exceededTransferLimit"):
            raise PortalError(f"{self._source.address}: says that there is more but gives nothing; try again later")
        ids = [row[self.row_id] for row in rows if isinstance(row.get(self.row_id), int)]
        return Page(rows, max(ids) if ids else None, types)

    def _position_columns(self) -> dict[str, str]:
        taken = {name.casefold() for name in self._fields}
        if not self._points or taken & {LONGITUDE, LATITUDE}:
            return {}
        return {LONGITUDE: "number", LATITUDE: "number"}

    def _where(self, ask: Ask, after: int | None) -> str:
        parts = [f"({self._source.where})"] if self._source.where else []
        if ask.since and ask.updated_at:
            parts.append(f"{ask.updated_at} >= TIMESTAMP '{ask.since.replace('T', ' ')[:19]}'")
        if after is not None:
            parts.append(f"{self.row_id} > {after}")
        return " AND ".join(parts) or "1=1"

    def _get(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.ask(f"{self._source.address}{path}", {"f": "json", **params}, check=_check)
        content: dict[str, Any] = answer.content
        return content


def _check(content: Any) -> None:
    """Find the error that comes with HTTP 200."""
    if not isinstance(content, dict):
        raise PortalError(f"expected a JSON object of an ArcGIS service, got {type(content).__name__}")
    error = content.get("error")
    if not isinstance(error, dict):
        return
    code = error.get("code") if isinstance(error.get("code"), int) else 0
    details = "; ".join(str(part) for part in error.get("details") or () if part)
    said = f"ArcGIS error {code}: {error.get('message') or ''} {details}".strip()[:300]
    if code in PASSING:
        raise PassingError(said)
    hint = "; check ARCGIS_TOKEN" if code in (401, 403, 498, 499) else "; check the address and the query"
    raise StatusError(said + hint, int(code or 400))


def _object_id(layer: dict[str, Any], fields: dict[str, str], address: str) -> str:
    named = layer.get("objectIdField") or layer.get("objectIdFieldName")
    for name in [named, *(name for name, kind in fields.items() if kind == "esriFieldTypeOID")]:
        if name in fields:
            return str(name)
    raise PortalError(f"{address}: no layer with an object id; the address should end with /FeatureServer/<number>")


def _types(content: dict[str, Any], positions: dict[str, str]) -> dict[str, str] | None:
    fields = content.get("fields")
    if not isinstance(fields, list) or not fields:
        return None
    return {**{str(field.get("name")): str(field.get("type")) for field in fields}, **positions}


def _row(feature: dict[str, Any], dates: set[str], geometry: bool) -> dict[str, Any]:
    row = dict(feature.get("attributes") or {})
    for name in dates & row.keys():
        row[name] = _iso(row[name])
    if geometry:
        point = feature.get("geometry") or {}
        row[LONGITUDE], row[LATITUDE] = _coordinate(point.get("x")), _coordinate(point.get("y"))
    return row


def _coordinate(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _iso(value: Any) -> Any:
    """Write epoch milliseconds as ISO 8601; what is no such number stays, and is told as a changed type."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    try:
        moment = EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
