"""Which column of a source is which of ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from hotspot.errors import ColumnError, nearest
from hotspot.io.layout import Layout
from hotspot.io.personal import safe_names
from hotspot.io.tables import GEOMETRY_X, GEOMETRY_Y, Table

NAMES = (
    "id", "start", "end", "known_at", "superseded_at", "category", "x", "y", "position_error", "discovered", "source",
)  # fmt: skip
REQUIRED = ("start", "x", "y", "category")
ALSO_START = "datetime"
PAIRS = (("x", "y"), ("lon", "lat"), ("longitude", "latitude"))
LATITUDES, LONGITUDES = {"lat", "latitude"}, {"lon", "lng", "long", "longitude"}
GEOMETRY = (GEOMETRY_X, GEOMETRY_Y)


@dataclass(frozen=True)
class Mapped:
    """The columns of a source that are read, by what they are to us.

    Parameters
    ----------
    names : mapping of str to str
        Our names to the source's; `GEOMETRY_X` and `GEOMETRY_Y` stand for the geometry. Without x and y, `point` or
        `area` holds the place.
    id_parts : tuple of str
        Columns that make the id together.
    clocks : mapping of str to str
        By our name of a time, the column of the time of day beside it.
    point, area, count : str, optional
        Both coordinates in one text; the code of an area; how many incidents a row stands for.
    absent : tuple of str
        Our names that a schema knows, but this source has no column for.
    """

    names: Mapping[str, str]
    id_parts: tuple[str, ...] = ()
    clocks: Mapping[str, str] = field(default_factory=dict)
    point: str | None = None
    area: str | None = None
    count: str | None = None
    absent: tuple[str, ...] = ()

    @property
    def wanted(self) -> list[str]:
        """Columns to read, without the geometry."""
        single = [name for name in (self.point, self.area, self.count) if name is not None]
        every = [*self.names.values(), *self.id_parts, *self.clocks.values(), *single]
        return [name for name in dict.fromkeys(every) if name not in GEOMETRY]

    @property
    def geometry(self) -> bool:
        """Whether the geometry is read."""
        return self.names.get("x") == GEOMETRY_X

    def without(self, columns: Collection[str]) -> Mapped:
        """Leave columns out that need not be there.

        Parameters
        ----------
        columns : collection of str
            Names of the source.

        Returns
        -------
        Mapped
            The others.
        """
        names = {ours: name for ours, name in self.names.items() if name not in columns}
        return replace(self, names=names, id_parts=() if set(self.id_parts) & set(columns) else self.id_parts)


def map_columns(table: Table, layout: Layout, given: Mapping[str, str] | None = None) -> Mapped:
    """Find the column of each of our names.

    Parameters
    ----------
    table : Table
        The source.
    layout : Layout
        What is known of it. Without a name, a column of one of our names is that one; start is also taken from
        ``datetime``; x and y from the geometry, or from lon and lat, longitude and latitude.
    given : mapping of str to str, optional
        Our names to the source's, over the layout's.

    Returns
    -------
    Mapped
        The columns to read.

    Raises
    ------
    ColumnError
        If a name is unknown, a column is not there or is named twice for x and y, or a required one is missing.
    """
    mapped = _given(table, given or {})
    find = _finder(table.columns)
    for ours, names in layout.columns.items():
        if ours not in mapped and (found := find(names)) is not None:
            mapped[ours] = found
    if not layout.name:
        mapped = _by_their_names(table, mapped)
    place = _place(table, layout, mapped)
    point, area = (None, None) if place else (find(layout.point), find(layout.area))
    mapped |= place
    lacking = [name for name in REQUIRED if name not in mapped and name not in layout.constants]
    if point is not None or area is not None:
        mapped = {ours: name for ours, name in mapped.items() if ours not in ("x", "y")}
        lacking = [name for name in lacking if name not in ("x", "y")]
    if lacking:
        raise ColumnError(_lacking(table, layout, lacking))
    _refuse_swapped(table, mapped)
    parts = [find(names) for names in layout.id_parts] if "id" not in mapped else []
    whole = tuple(part for part in parts if part is not None)
    clocks = {ours: find(time.clock) for ours, time in layout.times.items() if ours in mapped}
    return Mapped(
        {name: mapped[name] for name in NAMES if name in mapped},
        whole if len(whole) == len(parts) else (),
        {ours: clock for ours, clock in clocks.items() if clock is not None},
        point,
        None if point is not None else area,
        find(layout.count),
        tuple(ours for ours in layout.columns if ours not in mapped and ours not in ("x", "y")),
    )


def _given(table: Table, given: Mapping[str, str]) -> dict[str, str]:
    """Check what the caller maps."""
    for ours, theirs in given.items():
        if ours not in NAMES:
            raise ColumnError(
                f"{table.name}: columns maps {ours!r}, which is none of our names; {nearest(ours, NAMES)}"
            )
        if theirs not in table.columns:
            hint = nearest(theirs, table.columns)
            raise ColumnError(f"{table.name}: columns maps {ours!r} to {theirs!r}, which is not there; {hint}")
    return dict(given)


class _finder:  # noqa: N801
    """Finds the first of several names that is there; letter case and blanks at the ends do not matter."""

    def __init__(self, columns: Iterable[str]) -> None:
        self._exact = set(columns)
        self._plain = {name.strip().casefold(): name for name in reversed(list(columns))}

    def __call__(self, names: Iterable[str]) -> str | None:
        for name in names:
            found = name if name in self._exact else self._plain.get(name.strip().casefold())
            if found is not None:
                return found
        return None


def _by_their_names(table: Table, mapped: dict[str, str]) -> dict[str, str]:
    """Take columns that carry our names."""
    for name in NAMES:
        if name not in mapped and name not in ("x", "y") and name in table.columns:
            mapped[name] = name
    if "start" not in mapped and ALSO_START in table.columns:
        mapped["start"] = ALSO_START
    return mapped


def _place(table: Table, layout: Layout, mapped: Mapping[str, str]) -> dict[str, str]:
    """Columns of x and y where they are not mapped; half a pair is none."""
    if "x" in mapped and "y" in mapped:
        return {"x": mapped["x"], "y": mapped["y"]}
    if ("x" in mapped or "y" in mapped) and not layout.name:
        return {}
    if table.has_geometry:
        return {"x": GEOMETRY_X, "y": GEOMETRY_Y}
    for x, y in () if layout.name else PAIRS:
        if x in table.columns and y in table.columns:
            return {"x": x, "y": y}
    return {}


def _lacking(table: Table, layout: Layout, lacking: list[str]) -> str:
    example = ", ".join(f"{name!r}: '<column>'" for name in lacking)
    known = {name: layout.columns[name] for name in lacking if name in layout.columns}
    schema = f"; schema {layout.name!r} looks for {known}" if layout.name and known else ""
    return (
        f"{table.name}: no column for {', '.join(lacking)}; the source has {safe_names(table.columns, 60)}{schema}; "
        f"say which one it is: columns={{{example}}}"
    )


def _refuse_swapped(table: Table, mapped: Mapping[str, str]) -> None:
    if "x" not in mapped or "y" not in mapped:
        return
    x, y = mapped["x"], mapped["y"]
    if x == y or x.lower() in LATITUDES or y.lower() in LONGITUDES:
        raise ColumnError(
            f"{table.name}: x is mapped to {x!r} and y to {y!r}; x is longitude or easting, y is latitude or northing; "
            "map them the other way round"
        )
