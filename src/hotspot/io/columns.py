"""Which column of a source is which of ours."""

from __future__ import annotations

from collections.abc import Mapping

from hotspot.errors import ColumnError, nearest
from hotspot.io.tables import GEOMETRY_X, GEOMETRY_Y, Table

NAMES = (
    "id", "start", "end", "known_at", "superseded_at", "category", "x", "y", "position_error", "discovered", "source",
)  # fmt: skip
REQUIRED = ("start", "x", "y", "category")
ALSO_START = "datetime"
PAIRS = (("x", "y"), ("lon", "lat"), ("longitude", "latitude"))
LATITUDES, LONGITUDES = {"lat", "latitude"}, {"lon", "lng", "long", "longitude"}


def map_columns(table: Table, columns: Mapping[str, str] | None) -> dict[str, str]:
    """Find the column of each of our names.

    Parameters
    ----------
    table : Table
        The source.
    columns : mapping of str to str, optional
        Our names to the source's. A name that is not mapped is taken from the column of the same name where there is
        one; start also from ``datetime``; x and y from the geometry, or from lon and lat, longitude and latitude.

    Returns
    -------
    dict of str to str
        Our names to the source's; `GEOMETRY_X` and `GEOMETRY_Y` stand for the geometry.

    Raises
    ------
    ColumnError
        If a name is unknown, a column is not there or is named twice for x and y, or a required one is missing.
    """
    mapped = dict(columns or {})
    for ours, theirs in mapped.items():
        if ours not in NAMES:
            raise ColumnError(
                f"{table.name}: columns maps {ours!r}, which is none of our names; {nearest(ours, NAMES)}"
            )
        if theirs not in table.columns:
            hint = nearest(theirs, table.columns)
            raise ColumnError(f"{table.name}: columns maps {ours!r} to {theirs!r}, which is not there; {hint}")
    for name in NAMES:
        if name not in mapped and name not in ("x", "y") and name in table.columns:
            mapped[name] = name
    if "start" not in mapped and ALSO_START in table.columns:
        mapped["start"] = ALSO_START
    mapped |= _position(table, mapped)
    lacking = [name for name in REQUIRED if name not in mapped]
    if lacking:
        example = ", ".join(f"{name!r}: '<column>'" for name in lacking)
        raise ColumnError(
            f"{table.name}: no column for {', '.join(lacking)}; the source has {list(table.columns)}; "
            f"say which one it is: columns={{{example}}}"
        )
    _refuse_swapped(table, mapped)
    return {name: mapped[name] for name in NAMES if name in mapped}


def _position(table: Table, mapped: Mapping[str, str]) -> dict[str, str]:
    """Columns of x and y where they are not mapped; half a pair is none."""
    if "x" in mapped or "y" in mapped:
        return {}
    if table.has_geometry:
        return {"x": GEOMETRY_X, "y": GEOMETRY_Y}
    for x, y in PAIRS:
        if x in table.columns and y in table.columns:
            return {"x": x, "y": y}
    return {}


def _refuse_swapped(table: Table, mapped: Mapping[str, str]) -> None:
    x, y = mapped["x"], mapped["y"]
    if x == y or x.lower() in LATITUDES or y.lower() in LONGITUDES:
        raise ColumnError(
            f"{table.name}: x is mapped to {x!r} and y to {y!r}; x is longitude or easting, y is latitude or northing; "
            "map them the other way round"
        )
