"""The door for tracks of patrols: pings become stays at once, and the units are not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hotspot.io.forms import Formats, time_layouts
from hotspot.io.rows import (
    agreed_crs,
    labels,
    named_columns,
    read_clock,
    refuse_personal,
    renamed,
    without_bad_positions,
)
from hotspot.io.tables import GEOMETRY_X, GEOMETRY_Y, open_table
from hotspot.io.values import as_numbers
from hotspot.layers import Tracks
from hotspot.layers.mend import counted

if TYPE_CHECKING:
    from hotspot.io.tables import Source
    from hotspot.windows import Moment

NAMES = ("unit", "time", "x", "y")


def read_tracks(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    formats: Formats | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    latency: str = "0h",
    gap: float = 10.0,
    vintage: Moment | None = None,
    name: str | None = None,
) -> Tracks:
    """Read where patrols stood, and for how long.

    Two consecutive pings of a unit make a leg; half of its time belongs to where it begins, half to where it ends.
    Cells that a leg only crosses get nothing, so pings should be dense against the cells. Nothing else is kept: units
    serve to link pings while reading, and no other column is looked at.

    Parameters
    ----------
    source : path, DataFrame or GeoDataFrame of points
        A table with a row a ping.
    columns : mapping of str to str, optional
        Our names (unit, time, x, y) to the file's; a name left out is taken from a column of that name, x and y also
        from lon and lat, longitude and latitude, or the geometry.
    formats : mapping of str to str or sequence of str, optional
        How times are written that are not of ISO form, as patterns of `datetime.strptime`, tried in turn:
        ``{"time": "%m/%d/%Y %H:%M"}``. ``01/02/2024`` has two readings and
        is never guessed.
    crs : str, optional
        Of x and y. Needed unless the data carry one.
    time_zone : str, optional
        IANA name; that of times without an offset. Of an hour that the clocks repeat, such times cannot be put in
        order: those pings are set aside and counted.
    latency : str
        How long after its end a leg was known. Days are 24 hours.
    gap : float
        Longest time between two pings of a unit that is bridged [min]; longer gaps are counted.
    vintage : moment, optional
        From when on the content was known; a naive time is UTC.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    Tracks
        In the CRS of the data, times in UTC.

    Raises
    ------
    ColumnError
        If a column is not there.
    ConfigError
        If a format is for no time of ours.
    InputError
        If the data cannot be read, no leg is left, or the CRS or the zone is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> times = ["2024-03-01T12:00Z", "2024-03-01T12:04Z"]
    >>> pings = pd.DataFrame({"unit": ["a", "a"], "time": times, "x": [447e3, 447.1e3], "y": [4636e3, 4636e3]})
    >>> len(read_tracks(pings, crs="EPSG:26916", latency="1h"))
    2
    """
    label, origin = labels(source, name)
    where = f"tracks {label or 'tracks'!r} ({origin})"
    layout = time_layouts(formats, ("time",), where)["time"]
    table = open_table(source)
    geometry = table.has_geometry and not {"x", "y"} & set(columns or {})
    needed = ("unit", "time") if geometry else NAMES
    mapped = named_columns(table, columns, needed, needed)
    refuse_personal(table, [theirs for ours, theirs in mapped.items() if ours != "unit"])
    read = table.load(list(dict.fromkeys(mapped.values())), geometry)
    mapped |= {"x": GEOMETRY_X, "y": GEOMETRY_Y} if geometry else {}
    pings = renamed(read, mapped)
    own = agreed_crs(table.crs if geometry else None, crs, where)
    x, y = as_numbers(pings["x"]), as_numbers(pings["y"])
    kept, notes = without_bad_positions(x, y, own, where)
    clock = read_clock(pings["time"], time_zone, f"{where}, time", layout)
    twice = clock.overlap > np.timedelta64(0, "us")
    dated = clock.parsed.dated
    notes += clock.notes(where, "time", "set aside") + counted(
        where, int(dated.sum()), "with a date and no time of day"
    )
    pings = pings.assign(time=np.where(twice | dated, np.datetime64("NaT"), clock.utc), x=x, y=y)[kept]
    return Tracks.from_pings(
        pings, own.to_string(), latency=latency, gap=gap, name=label, vintage=vintage, source=origin, notes=notes
    )
