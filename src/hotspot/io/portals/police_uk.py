"""data.police.uk: street crimes by month and area; an area with too many is asked for in quarters.

References
----------
https://data.police.uk/docs/method/crime-street/, https://data.police.uk/docs/api-call-limits/
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapely import MultiPoint, Polygon, box

from hotspot.errors import ConfigError, PortalError
from hotspot.io.portals.base import Ask, Page, Source
from hotspot.io.portals.client import PASSING, Client, Manners, StatusError

TOO_MANY = 503
SMALLEST = 0.002  # degrees, about 200 m: a smaller area never has 10,000 crimes in a month
OVERLAP = 0.0002  # quarters overlap by about 20 m, so that a point on the seam belongs to one of them at least
LONGEST_QUERY = 3500  # the API refuses addresses of more than 4,094 characters
COLUMNS = {
    "id": "number",
    "persistent_id": "text",
    "category": "text",
    "month": "text",
    "longitude": "text",
    "latitude": "text",
    "street_id": "number",
    "location_type": "text",
    "location_subtype": "text",
    "outcome_category": "text",
    "outcome_date": "text",
}


class PoliceUk:
    """Street crimes of England, Wales and Northern Ireland.

    Parameters
    ----------
    source : Source
        With an area: corners, or one centre of a circle of one mile.
    manners : Manners
        Patience and politeness; at most ten requests a second are made.
    """

    row_id = "id"
    updated_at: str | None = "month"
    page_size = 10_000

    def __init__(self, source: Source, manners: Manners) -> None:
        if source.where or not source.area:
            raise ConfigError("police.uk takes an area (--area), and no `where`")
        self._source = source
        polite = replace(manners, pause=max(manners.pause, 0.1)) if _is_public(source.address) else manners
        self._client = Client(polite, passing=tuple(status for status in PASSING if status != TOO_MANY))

    def columns(self) -> dict[str, str]:
        """List columns and types; street names are not among them.

        Returns
        -------
        dict of str to str
            Flattened.
        """
        return dict(COLUMNS)

    def total(self, ask: Ask) -> int | None:  # noqa: ARG002
        """Give nothing: the API does not count.

        Parameters
        ----------
        ask : Ask
            What is asked for.
        """
        return None

    def months(self) -> list[str]:
        """List the months that are available.

        Returns
        -------
        list of str
            Such as ``2024-01``, oldest first.
        """
        content = self._client.ask(f"{self._source.address}/api/crimes-street-dates").content
        try:
            return sorted(str(entry["date"])[:7] for entry in content)
        except (KeyError, TypeError):
            raise PortalError(f"{self._source.address}: expected months, got {str(content)[:100]!r}") from None

    def start(self, ask: Ask) -> Any:
        """Give the place of the first page.

        Parameters
        ----------
        ask : Ask
            What is asked for; ``since`` counts by its month.

        Returns
        -------
        list
            Months to come, and the areas to come of the first of them.
        """
        first = (ask.since or "")[:7]
        return [[month for month in self.months() if month >= first], [self._ring()]]

    def page(self, ask: Ask, place: Any) -> Page:
        """Get the crimes of one month in one area; none, and four areas to come, where they are too many.

        Parameters
        ----------
        ask : Ask
            What is asked for.
        place : list
            Months and areas to come.

        Returns
        -------
        Page
            Rows as flat columns.

        Raises
        ------
        PortalError
            If even the smallest area is refused: then the API is down.
        """
        months, rings = place
        asked = set(ask.with_keys(self.row_id))
        if not months:
            return Page([], None)
        try:
            rows = [_flat(entry, asked) for entry in self._crimes(months[0], rings[0])]
            rest = rings[1:]
        except StatusError as error:
            if error.status != TOO_MANY:
                raise
            rows, rest = [], [*_quarters(rings[0], error), *rings[1:]]
        following = [months, rest] if rest else [months[1:], [self._ring()]]
        return Page(rows, following if following[0] else None, may_repeat=True)

    def _crimes(self, month: str, ring: Any) -> list[dict[str, Any]]:
        url = f"{self._source.address}/api/crimes-street/all-crime"
        if len(ring) == 1:
            params = {"date": month, "lat": f"{ring[0][1]:.6f}", "lng": f"{ring[0][0]:.6f}"}
        else:
            params = {"date": month, "poly": ":".join(f"{y:.6f},{x:.6f}" for x, y in ring)}
        long = len(params.get("poly", "")) > LONGEST_QUERY
        answer = self._client.ask(url, form=params) if long else self._client.ask(url, params)
        if not isinstance(answer.content, list):
            raise PortalError(f"{self._source.address}: expected a list of crimes, got {str(answer.content)[:100]!r}")
        return answer.content

    def _ring(self) -> list[list[float]]:
        """Give the corners of the area; its hull, as a split area has to stay in one piece."""
        if len(self._source.area) == 1:
            return [list(self._source.area[0])]
        return _corners(MultiPoint(self._source.area).convex_hull)


def _is_public(address: str) -> bool:
    return "police.uk" in address


def _corners(shape: Any) -> list[list[float]]:
    if not isinstance(shape, Polygon):
        raise ConfigError("police.uk needs an area with at least three corners, or one centre")
    return [[round(x, 6), round(y, 6)] for x, y in shape.exterior.coords[:-1]]


def _quarters(ring: Any, error: StatusError) -> list[list[list[float]]]:
    if len(ring) == 1:
        raise PortalError(f"{error}; a circle cannot be split: give an area instead") from error
    area = Polygon(ring)
    west, south, east, north = area.bounds
    if max(east - west, north - south) < SMALLEST:
        raise PortalError(f"{error}; also for an area of {SMALLEST} degrees, so the API seems to be down") from error
    x, y = (west + east) / 2, (south + north) / 2
    parts = [
        box(west, south, x + OVERLAP, y + OVERLAP),
        box(x - OVERLAP, south, east, y + OVERLAP),
        box(west, y - OVERLAP, x + OVERLAP, north),
        box(x - OVERLAP, y - OVERLAP, east, north),
    ]
    shapes = [part.intersection(area) for part in parts]
    return [_corners(shape) for shape in shapes if isinstance(shape, Polygon) and not shape.is_empty]


def _flat(entry: dict[str, Any], asked: set[str]) -> dict[str, Any]:
    """Flatten a crime; a key that is missing stays missing, so that a changed API is found out."""
    if not isinstance(entry, dict):
        raise PortalError(f"expected a crime, got {type(entry).__name__}")
    location, outcome = entry.get("location") or {}, entry.get("outcome_status") or {}
    row: dict[str, Any] = {
        name: entry[name] for name in ("id", "persistent_id", "category", "month", "location_type") if name in entry
    }
    if "location" in entry:
        row["longitude"], row["latitude"] = location.get("longitude"), location.get("latitude")
        row["street_id"] = (location.get("street") or {}).get("id")
    row["location_subtype"] = entry.get("location_subtype")
    row["outcome_category"], row["outcome_date"] = outcome.get("category"), outcome.get("date")
    return {name: value for name, value in row.items() if name in asked}
