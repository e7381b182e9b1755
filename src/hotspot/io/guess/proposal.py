"""A proposal how to read a file, and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hotspot.io.guess.places import PlaceGuess
from hotspot.io.guess.roles import Choice
from hotspot.io.guess.written import toml_comments, toml_table
from hotspot.io.tables import GEOMETRY_X, GEOMETRY_Y


@dataclass(frozen=True)
class Proposal:
    """How a file may be read.

    Parameters
    ----------
    source : str
        The file.
    rows : int
        How many were looked at.
    schema : str, optional
        The packaged schema that fits; nothing else needs to be said then.
    choices : tuple of Choice
        Columns for our names, and why.
    formats : mapping of str to str
        Patterns of the times that are not ISO 8601.
    clock : Choice, optional
        The column of the time of day beside the date of the start.
    place : PlaceGuess
        Coordinates and CRS.
    time_zone : str, optional
        A guess.
    reasons : mapping of str to tuple of str
        For schema, crs and time_zone.
    unsure : tuple of str
        What a person has to check.
    personal : mapping of str to str
        Columns that look personal, and why; they are never read.
    unread : tuple of str
        The other columns that stay unread.
    months : bool
        Whether the start is a month.
    """

    source: str
    rows: int
    schema: str | None
    choices: tuple[Choice, ...]
    formats: Mapping[str, str]
    clock: Choice | None
    place: PlaceGuess
    time_zone: str | None
    reasons: Mapping[str, tuple[str, ...]]
    unsure: tuple[str, ...]
    personal: Mapping[str, str]
    unread: tuple[str, ...]
    months: bool = False

    @property
    def needs_schema_file(self) -> bool:
        """Whether columns and formats alone cannot say it."""
        return self.schema is None and (self.clock is not None or self.place.point is not None or self.months)

    @property
    def toml(self) -> str:
        """The table `[incidents]` of a config, ready to paste."""
        if self.schema is not None:
            return _lines([], toml_table("incidents", {"source": self.source, "schema": self.schema}))
        if self.needs_schema_file:
            entries = {"source": self.source, "schema": self.schema_file, "time_zone": self.time_zone}
            return _lines(self._notes(), toml_table("incidents", entries))
        entries = {"source": self.source, "crs": self.place.crs, "time_zone": self.time_zone}
        table = [*toml_table("incidents", entries), *self._open()]
        columns = toml_table("incidents.columns", {choice.ours: choice.column for choice in self._mapped()})
        return _lines(self._notes(), table, columns, toml_table("incidents.formats", self.formats))

    @property
    def schema_file(self) -> str:
        """A name for the schema file, where one is needed."""
        return f"{Path(self.source).name.split('.')[0]}.schema.toml"

    @property
    def schema_toml(self) -> str | None:
        """The text of that schema file."""
        if not self.needs_schema_file:
            return None
        point = [self.place.point] if self.place.point else None
        entries = {"title": self.source, "crs": self.place.crs, "time_zone": self.time_zone, "point": point}
        top = [*toml_table("", entries), *self._open()]
        columns = toml_table("columns", {choice.ours: [choice.column] for choice in self._mapped()})
        times = [toml_table(f"times.{ours}", self._time(ours)) for ours in ("start", "end", "known_at")]
        return _lines(self._notes(), top, columns, *times)

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain data.

        Returns
        -------
        dict
            For JSON.
        """
        plain = asdict(self)
        plain["place"].pop("middle")  # a value of the file, if it has one row
        return plain | {"toml": self.toml, "schema_toml": self.schema_toml}

    def _mapped(self) -> list[Choice]:
        """Leave out what `read_incidents` takes from a geometry by itself, and what it does not read."""
        from_geometry = (GEOMETRY_X, GEOMETRY_Y)
        return [choice for choice in self.choices if choice.ours != "updated_at" and choice.column not in from_geometry]

    def _time(self, ours: str) -> dict[str, str | list[str] | None]:
        entries: dict[str, str | list[str] | None] = {}
        if ours in self.formats:
            entries["formats"] = [self.formats[ours]]
        if ours == "start" and self.clock is not None:
            entries |= {"clock": [self.clock.column], "clock_formats": [self.clock.ours]}
        if ours == "start" and self.months:
            entries["precision"] = "month"
        return entries

    def _open(self) -> list[str]:
        """Lines for what nobody could guess."""
        lines = []
        if self.place.crs is None and self.place.x != GEOMETRY_X:
            lines.append('# crs = "EPSG:<code>"')
        if self.time_zone is None:
            lines.append('# time_zone = "<Region/City>"')
        return lines

    def _notes(self) -> list[str]:
        return toml_comments(f"check: {doubt}" for doubt in self.unsure)


def _lines(*blocks: list[str]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
