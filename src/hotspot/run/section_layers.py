"""`[[layers]]`: what a city holds besides incidents, one table a layer, and how each is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from hotspot.io.days import read_days
from hotspot.io.events import read_events
from hotspot.io.layers import read_areas, read_places, read_streets
from hotspot.io.series import read_series
from hotspot.io.tracks import read_tracks
from hotspot.layers import Areas, Layer
from hotspot.layers.copies import copies
from hotspot.layers.protected import folded
from hotspot.run.section import Section, known_kind

Time = datetime | date
Columns = dict[str, str]
Tags = dict[str, list[str] | Literal["*"]]  # of OpenStreetMap; "*": every value


class _FileLayer(Section):
    """A layer read from a file; each key is a keyword of its reader."""

    path: Path
    name: str | None = None
    vintage: Time | None = None

    @property
    def files(self) -> list[Path]:
        """Every file that the layer is read from."""
        return [value for key in type(self).model_fields if isinstance(value := getattr(self, key), Path)]


class _ShapesLayer(_FileLayer):
    """Geometries, perhaps each with a beginning and an end."""

    crs: str | None = None
    since: str | None = None
    until: str | None = None
    time_zone: str = "UTC"


class _TownLayer(_ShapesLayer):
    """Geometries of some categories."""

    category: str | None = None
    tags: Tags | None = None
    extent: Path | None = None


class PlacesLayer(_TownLayer):
    """Points, lines or polygons with categories."""

    kind: Literal["places"]
    columns: Columns | None = None


class StreetsLayer(_TownLayer):
    """Lines with classes."""

    kind: Literal["streets"]
    footways: bool = False
    service: bool = False


class AreasLayer(_ShapesLayer):
    """Polygons with attributes; groups of residents stand under [audit] and nowhere else."""

    kind: Literal["areas"]
    id: str | None = None
    residents: str | None = None


class _TimedLayer(_FileLayer):
    columns: Columns | None = None
    formats: dict[str, str | list[str]] | None = None
    time_zone: str | None = None


class EventsLayer(_TimedLayer):
    """What takes place where, from when to when."""

    kind: Literal["events"]
    crs: str | None = None
    span: tuple[Time, Time] | None = None


class DaysLayer(_TimedLayer):
    """Spans of days that hold for the whole city."""

    kind: Literal["days"]
    span: tuple[Time, Time] | None = None


class SeriesLayer(_TimedLayer):
    """Values over time that hold for the whole city, such as the weather."""

    kind: Literal["series"]
    variables: list[str] | Columns | None = None
    latency: str = "0h"
    units: Columns | None = None


class TracksLayer(_TimedLayer):
    """Where patrols stood; who it was is not kept."""

    kind: Literal["tracks"]
    crs: str | None = None
    latency: str = "0h"
    gap: float = Field(default=10.0, gt=0)


LayerSection = Annotated[
    PlacesLayer | StreetsLayer | AreasLayer | EventsLayer | DaysLayer | SeriesLayer | TracksLayer,
    Field(discriminator="kind"),
    known_kind("places", "streets", "areas", "events", "days", "series", "tracks"),
]

READERS: dict[str, Callable[..., Layer]] = {
    "places": read_places,
    "streets": read_streets,
    "areas": read_areas,
    "events": read_events,
    "days": read_days,
    "series": read_series,
    "tracks": read_tracks,
}


def read_layer(section: LayerSection, groups: Columns, census: Areas | None = None) -> Layer:
    """Read one layer.

    Parameters
    ----------
    section : LayerSection
        What the file says.
    groups : dict of str to str
        Groups of residents of the audit: where a layer of areas has their columns as well, however they are written,
        these are protected.
    census : Areas, optional
        What the audit reads: columns of a layer of areas that repeat its groups are protected as well.

    Returns
    -------
    Layer
        In the CRS of its data.

    Raises
    ------
    InputError
        If the file cannot be used.
    """
    given: dict[str, Any] = {key: getattr(section, key) for key in section.model_fields_set - {"kind", "path"}}
    layer = READERS[section.kind](section.path, **given)
    if not isinstance(layer, Areas):
        return layer
    return _barring(layer, groups, census)


def _barring(layer: Areas, groups: Columns, census: Areas | None) -> Areas:
    """Protect the columns of the audit's groups, by name and by number."""
    guarded = {folded(column) for column in groups.values()}
    named = {name for name in map(str, layer.frame.columns) if folded(name) in guarded}
    found = {} if census is None else copies(layer, census)
    copied = {name: f"its numbers repeat {what}" for name, what in found.items() if name not in named}
    barred = copied | dict.fromkeys(named, "[audit] names it as a group of residents")
    note = f"{len(copied)} columns that repeat a group of [audit], protected: {', '.join(copied)}"
    return replace(layer, barred=barred, notes=(*layer.notes, note) if copied else layer.notes)
