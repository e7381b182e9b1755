"""With PostGIS: a view of the current incidents as points, which GIS programs open."""

from __future__ import annotations

import pyproj

from hotspot.io.store.database import Database
from hotspot.io.store.statements import statements


def srid_of(crs: pyproj.CRS) -> int:
    """Find the EPSG code of a CRS.

    Parameters
    ----------
    crs : pyproj.CRS
        Of a feed.

    Returns
    -------
    int
        0 where it has none.
    """
    authority = crs.to_authority()
    return int(authority[1]) if authority is not None and authority[0] == "EPSG" else 0


def make_geometry_view(database: Database) -> None:
    """Make or renew the view `current_points`; nothing without PostGIS.

    Parameters
    ----------
    database : Database
        Open for writing, with at least one feed. The points are in the CRS of the first feed.
    """
    if database.address.kind != "postgresql":
        return
    if not database.rows("select 1 as there from pg_extension where extname = 'postgis'"):
        return
    codes = [int(row["srid"]) for row in database.rows("select srid from feeds order by number")]
    several = len(set(codes)) > 1
    if several and not all(codes):  # coordinates of a system without a code cannot stand beside others
        return
    statement = statements("tables")["points of several systems" if several else "points"]
    database.run(statement.replace(":srid", str(codes[0])))
