"""Files and frames as tables of which only the named columns are read."""

from hotspot.io.tables.opening import open_table
from hotspot.io.tables.table import GEOMETRY_X, GEOMETRY_Y, Log, Source, Table

__all__ = ["GEOMETRY_X", "GEOMETRY_Y", "Log", "Source", "Table", "open_table"]
