"""Which packaged schema a table's columns fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from hotspot.io.layout import Layout
from hotspot.io.schema_files import load_schema, schema_names


@dataclass(frozen=True)
class SchemaGuess:
    """A schema that fits.

    Parameters
    ----------
    layout : Layout
        The schema.
    found : tuple of str
        Columns of the table that it names.
    missing : tuple of str
        Our names for which it knows a column that is not there.
    """

    layout: Layout
    found: tuple[str, ...]
    missing: tuple[str, ...]


def guess_schema(columns: Iterable[str], *, has_geometry: bool) -> SchemaGuess | None:
    """Find the schema that a table's columns fit.

    Parameters
    ----------
    columns : iterable of str
        Names of the table's columns.
    has_geometry : bool
        Whether it has points.

    Returns
    -------
    SchemaGuess or None
        That of which most columns are there; None where no schema has its times, category, place and id.
    """
    names = {name.strip().lower(): name for name in columns}
    fits = [fit for layout in _packaged() if (fit := _fit(layout, names, has_geometry))]
    return max(fits, key=lambda fit: len(fit.found), default=None)


@cache
def _packaged() -> tuple[Layout, ...]:
    return tuple(map(load_schema, schema_names()))


def _fit(layout: Layout, names: dict[str, str], has_geometry: bool) -> SchemaGuess | None:
    def first(wanted: Iterable[str]) -> str | None:
        return next((names[name.strip().lower()] for name in wanted if name.strip().lower() in names), None)

    by_ours = {ours: first(theirs) for ours, theirs in layout.columns.items()}
    parts = [first(part) for part in layout.id_parts]
    area, point = first(layout.area), first(layout.point)
    placed = has_geometry or area or point or all(by_ours.get(axis) for axis in ("x", "y"))
    told_apart = all(parts) if parts else by_ours.get("id") or "id" not in layout.columns
    if not (by_ours["start"] and by_ours["category"] and placed and told_apart):
        return None
    clocks = [first(time.clock) for time in layout.times.values()]
    found = [*by_ours.values(), *parts, area, point, *clocks, first(layout.updated_at), first(layout.count)]
    missing = tuple(ours for ours, theirs in by_ours.items() if theirs is None and not (has_geometry and ours in "xy"))
    return SchemaGuess(layout, tuple(dict.fromkeys(name for name in found if name)), missing)
