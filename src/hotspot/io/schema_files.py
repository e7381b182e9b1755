"""City schemas: small TOML files that say which column of a publication is which of ours, and what it hides.

The packaged ones lie in ``schemas/``; a path reads one of a user's own. The form is described in docs/data/schemas.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyproj

from hotspot.domain.boundary import known_zone
from hotspot.errors import ConfigError, InputError, nearest
from hotspot.io.columns import NAMES
from hotspot.io.layout import Layout, TimeLayout
from hotspot.windows import Duration

TIMES = ("start", "end", "known_at", "superseded_at")
CONSTANTS = ("source", "discovered")
PRECISIONS = ("day", "month")
OFFSETS = ("keep", "ignore")
PLACES = ("x", "y")
LISTS = ("missing", "point", "count", "area", "totals", "updated_at", "caveats")
SAMPLE = datetime(2001, 11, 23, 16, 5, 6, tzinfo=UTC)  # no two of its parts are equal


def schema_names() -> tuple[str, ...]:
    """Name the packaged schemas.

    Returns
    -------
    tuple of str
        Sorted.
    """
    folder = files("hotspot.io") / "schemas"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load_schema(name_or_path: str | Path) -> Layout:
    """Read a schema.

    Parameters
    ----------
    name_or_path : str or Path
        A packaged name, see `schema_names`, or the path of a TOML file of the same form.

    Returns
    -------
    Layout
        Its name is the packaged name, or the file's without its ending.

    Raises
    ------
    ConfigError
        If there is no such schema, or its file breaks the form; all faults are named with their places.

    Examples
    --------
    >>> load_schema("chicago").columns["category"]
    ('Primary Type', 'primary_type')
    """
    name = str(name_or_path)
    if name in schema_names():
        return parse_schema((files("hotspot.io") / "schemas" / f"{name}.toml").read_text("utf-8"), name)
    path = Path(name_or_path)
    if path.suffix.lower() != ".toml":
        raise ConfigError(f"schema {name!r} is not known; {nearest(name, schema_names())}; or the path of a .toml file")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"schema {path}: cannot be read ({error}); expected a TOML file, or one of {', '.join(schema_names())}"
        ) from error
    return parse_schema(text, path.stem, where=str(path))


def parse_schema(text: str, name: str, *, where: str | None = None) -> Layout:
    """Read the text of a schema.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        The schema's.
    where : str, optional
        For messages; the name if left out.

    Returns
    -------
    Layout
        Checked.

    Raises
    ------
    ConfigError
        If it breaks the form.
    """
    place = where or name
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"schema {place}: is no TOML ({error})") from error
    reader = _Reader(raw)
    layout = reader.layout(name)
    if reader.faults:
        lines = "\n".join(f"  {fault}" for fault in reader.faults)
        raise ConfigError(f"schema {place}: {len(reader.faults)} faults\n{lines}")
    return layout


class _Reader:
    """Takes a parsed file apart and gathers what is wrong with it."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.faults: list[str] = []

    def layout(self, name: str) -> Layout:
        # the table [portal] says where to fetch from: read by hotspot.io.portals
        self._known("", self.raw, [*(f.name for f in fields(Layout) if f.name != "name"), "portal"])
        columns = {key: self._texts(f"columns.{key}", value) for key, value in self._table("columns", NAMES).items()}
        times = {key: self._time(key, value) for key, value in self._table("times", TIMES).items()}
        constants = {key: self._text(f"constants.{key}", v) for key, v in self._table("constants", CONSTANTS).items()}
        layout = Layout(
            name=name,
            title=self._text("title", self.raw.get("title", "")),
            columns=columns,
            times=times,
            constants=constants,
            crs=self._checked("crs", pyproj.CRS.from_user_input),
            time_zone=self._checked("time_zone", known_zone),
            latency=self._checked("latency", lambda text: Duration.parse(text, zero=True)),
            decimal=self._one_of("decimal", self.raw.get("decimal"), (".", ",")),
            id_parts=self._parts(),
            **{key: self._texts(key, self.raw.get(key, [])) for key in LISTS},
        )
        self._whole(layout)
        return layout

    def _whole(self, layout: Layout) -> None:
        """Check what parts of a schema say about one another."""
        for name in ("start", "category"):
            if name not in layout.columns:
                self.faults.append(f"columns: lacks {name}; expected the column's name, or names, to look for")
        placed = [name for name in PLACES if name in layout.columns]
        if len(placed) == 1:
            self.faults.append(f"columns: has {placed[0]} alone; expected x and y, or neither where geometry tells")
        if "id" in layout.columns and layout.id_parts:
            self.faults.append("id_parts: columns.id is given as well; expected one of the two")
        for name in layout.times:
            if name not in layout.columns:
                self.faults.append(f"times.{name}: no column is mapped to it; add columns.{name}")
        for name in layout.constants:
            if name in layout.columns:
                self.faults.append(f"constants.{name}: columns.{name} is given as well; expected one of the two")

    def _known(self, place: str, table: Mapping[str, Any], allowed: Iterable[str]) -> None:
        words = list(allowed)
        for key in table:
            if key not in words:
                self.faults.append(f"{place}{key}: unknown key; {nearest(key, words)}")

    def _table(self, name: str, allowed: Iterable[str]) -> dict[str, Any]:
        table = self.raw.get(name, {})
        if not isinstance(table, dict):
            self.faults.append(f"{name}: got {table!r}; expected a table [{name}]")
            return {}
        self._known(f"{name}.", table, allowed)
        return {key: value for key, value in table.items() if key in list(allowed)}

    def _time(self, name: str, table: Any) -> TimeLayout:
        place = f"times.{name}"
        if not isinstance(table, dict):
            self.faults.append(f"{place}: got {table!r}; expected a table [{place}]")
            return TimeLayout()
        self._known(f"{place}.", table, [f.name for f in fields(TimeLayout)])
        return TimeLayout(
            formats=self._formats(f"{place}.formats", table.get("formats", [])),
            clock=self._texts(f"{place}.clock", table.get("clock", [])),
            clock_formats=self._formats(f"{place}.clock_formats", table.get("clock_formats", [])),
            precision=self._one_of(f"{place}.precision", table.get("precision"), PRECISIONS),
            offset=self._one_of(f"{place}.offset", table.get("offset", "keep"), OFFSETS) or "keep",
        )

    def _formats(self, place: str, value: Any) -> tuple[str, ...]:
        patterns = self._texts(place, value)
        for pattern in patterns:
            try:
                datetime.strptime(SAMPLE.strftime(pattern), pattern)
            except (ValueError, TypeError) as error:
                self.faults.append(f"{place}: {pattern!r} is no pattern of strptime ({error})")
        return patterns

    def _parts(self) -> tuple[tuple[str, ...], ...]:
        parts = self.raw.get("id_parts", [])
        if not isinstance(parts, list):
            self.faults.append(f"id_parts: got {parts!r}; expected a list of lists of names")
            return ()
        return tuple(self._texts(f"id_parts[{i}]", part) for i, part in enumerate(parts))

    def _texts(self, place: str, value: Any) -> tuple[str, ...]:
        """Take one text, or several."""
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, list) and all(isinstance(text, str) and text.strip() for text in listed):
            return tuple(listed)
        self.faults.append(f"{place}: got {value!r}; expected a text or a list of texts")
        return ()

    def _text(self, place: str, value: Any) -> str:
        if isinstance(value, str):
            return value
        self.faults.append(f"{place}: got {value!r}; expected a text")
        return ""

    def _one_of(self, place: str, value: Any, allowed: tuple[str, ...]) -> str | None:
        if value is None or (isinstance(value, str) and value in allowed):
            return value
        self.faults.append(f"{place}: got {value!r}; {nearest(str(value), allowed)}")
        return None

    def _checked(self, name: str, check: Callable[[str], object]) -> str | None:
        if name not in self.raw:
            return None
        value = self._text(name, self.raw[name])
        try:
            check(value)
        except (InputError, pyproj.exceptions.CRSError) as error:
            self.faults.append(f"{name}: {error}")
        return value
