"""What every portal is to the fetch loop: columns, a total, and pages that lead from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_REPEATS = 3


@dataclass(frozen=True)
class Source:
    """A dataset of a portal.

    Parameters
    ----------
    kind : str
        "socrata", "arcgis", "ckan" or "police_uk".
    address : str
        http or https, without query and without credentials: the site, for ArcGIS the layer.
    dataset : str
        The id at the site; empty for ArcGIS and police.uk.
    where : str, optional
        Rows to ask for, in the portal's own words (Socrata, ArcGIS).
    area : tuple of (float, float)
        Longitude and latitude [degree] of the corners of the area to ask for; a single one is the centre of a circle of
        one mile (police.uk).
    name : str
        What files are called after.
    updated_at : str, optional
        The portal's column of the last change, where its own default is not the right one.
    """

    kind: str
    address: str
    dataset: str = ""
    where: str | None = None
    area: tuple[tuple[float, float], ...] = ()
    name: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class Ask:
    """What is asked of a portal, the same for all pages.

    Parameters
    ----------
    columns : tuple of str
        The portal's names; nothing else is asked for but the row id and the time of the last change.
    updated_at : str, optional
        Column of the last change.
    since : str, optional
        ISO 8601: only rows changed then or later.
    size : int
        Rows a page at most.
    """

    columns: tuple[str, ...]
    updated_at: str | None = None
    since: str | None = None
    size: int = 10_000

    def with_keys(self, row_id: str) -> tuple[str, ...]:
        """List the row id, the time of the last change and the columns, each once.

        Parameters
        ----------
        row_id : str
            The portal's column.

        Returns
        -------
        tuple of str
            In the order of the file.
        """
        keys = (row_id, *((self.updated_at,) if self.updated_at else ()))
        return tuple(dict.fromkeys((*keys, *self.columns)))


@dataclass(frozen=True)
class Page:
    """One answer.

    Parameters
    ----------
    rows : list of dict
        By the portal's column names, with the row id.
    next : object
        Where to go on, as JSON; None at the end.
    types : mapping of str to str, optional
        Columns and types as this answer itself tells them.
    total : int, optional
        Rows there are, where the answer tells it.
    sparse : bool
        An absent key means an empty value.
    may_repeat : bool
        Rows of other pages may be in it by right.
    """

    rows: list[dict[str, Any]]
    next: Any
    types: Mapping[str, str] | None = None
    total: int | None = None
    sparse: bool = False
    may_repeat: bool = field(default=False)


class Portal(Protocol):
    """A kind of portal."""

    row_id: str
    updated_at: str | None
    page_size: int

    def columns(self) -> dict[str, str]:
        """List columns and types that can be asked for."""
        ...

    def total(self, ask: Ask) -> int | None:
        """Count the rows that match; None where the portal does not say."""
        ...

    def start(self, ask: Ask) -> Any:
        """Give the place of the first page."""
        ...

    def page(self, ask: Ask, place: Any) -> Page:
        """Get the page at a place."""
        ...
