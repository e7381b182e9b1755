"""`[[layers]]`: what a city holds besides incidents, one table a layer, and how each is read."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hotspot.io.layers import read_areas, read_places, read_streets
from hotspot.layers import Layer
from hotspot.run.section import Section, known_kind

Vintage = datetime | date | None


class _FileLayer(Section):
    """A layer read from a file."""

    path: Path
    name: str | None = None
    crs: str | None = None
    vintage: Vintage = None

    @property
    def files(self) -> list[Path]:
        """Every file that the layer is read from."""
        return [self.path]


class PlacesLayer(_FileLayer):
    """Points, lines or polygons with categories."""

    kind: Literal["places"]
    category: str | None = None


class StreetsLayer(_FileLayer):
    """Lines with classes."""

    kind: Literal["streets"]
    category: str | None = None


class AreasLayer(_FileLayer):
    """Polygons with attributes; groups of residents stand under [audit] and nowhere else."""

    kind: Literal["areas"]
    id: str | None = None
    residents: str | None = None


LayerSection = Annotated[
    PlacesLayer | StreetsLayer | AreasLayer,
    Field(discriminator="kind"),
    known_kind("places", "streets", "areas"),
]


def read_layer(section: LayerSection) -> Layer:
    """Read one layer.

    Parameters
    ----------
    section : LayerSection
        What the file says.

    Returns
    -------
    Layer
        In the CRS of its data.

    Raises
    ------
    InputError
        If the file cannot be used.
    """
    if isinstance(section, AreasLayer):
        return read_areas(
            section.path, crs=section.crs, id=section.id, residents=section.residents, vintage=section.vintage,
        )  # fmt: skip
    read = read_streets if isinstance(section, StreetsLayer) else read_places
    return read(section.path, crs=section.crs, category=section.category, vintage=section.vintage, name=section.name)
