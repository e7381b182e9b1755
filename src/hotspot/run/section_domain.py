"""`[domain]`: the study area and how it is cut into cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from hotspot.run.section import Section, known_kind
from hotspot.run.section_layers import Tags

Keep = Literal["touch", "centre"]
READING = ("crs", "category", "tags", "footways", "service")  # keywords of `read_streets`


class SquareCells(Section):
    """Square cells."""

    kind: Literal["square"]
    size: float = Field(gt=0)
    origin: tuple[float, float] | None = None
    rotation: float = 0.0
    keep: Keep = "touch"


class HexCells(Section):
    """H3 cells."""

    kind: Literal["h3"]
    resolution: int = Field(ge=0, le=15)
    keep: Keep = "touch"


class SegmentCells(Section):
    """Street segments."""

    kind: Literal["segments"]
    streets: Path
    length: float = Field(default=100.0, gt=0)
    snap: float = Field(default=50.0, gt=0)
    tolerance: float = Field(default=2.0, ge=0)
    crossings: Literal["split", "vertices"] = "split"
    id: str | None = None
    keep: Keep = "touch"
    # how the file is read, as `read_streets` takes it; classes keep streets apart
    crs: str | None = None
    category: str | None = None
    tags: Tags | None = None
    footways: bool = False
    service: bool = False

    @property
    def reading(self) -> dict[str, Any]:
        """What is said on reading the streets."""
        return {key: getattr(self, key) for key in READING if key in self.model_fields_set}


class PolygonCells(Section):
    """Given polygons: beats, parcels, buildings."""

    kind: Literal["polygons"]
    path: Path
    id: str | None = None
    keep: Keep = "touch"


Cells = Annotated[
    SquareCells | HexCells | SegmentCells | PolygonCells,
    Field(discriminator="kind"),
    known_kind("square", "h3", "segments", "polygons"),
]


class DomainSection(Section):
    """The study area."""

    boundary: Path | None = None  # of polygons: default their union
    without: Path | None = None  # land on which nothing can happen, such as water: taken out of the boundary
    crs: str
    time_zone: str
    cells: Cells

    @model_validator(mode="after")
    def _bounded(self) -> DomainSection:
        if self.boundary is None and not isinstance(self.cells, PolygonCells):
            raise ValueError(
                f'boundary is missing; only cells of kind "polygons" can do without, not {self.cells.kind!r}'
            )
        return self

    @property
    def files(self) -> dict[str, Path]:
        """Every file that is named here, by what it is."""
        cells = self.cells
        named = {
            "boundary": self.boundary,
            "land without cells": self.without,
            "streets": cells.streets if isinstance(cells, SegmentCells) else None,
            "polygons": cells.path if isinstance(cells, PolygonCells) else None,
        }
        return {name: path for name, path in named.items() if path is not None}
