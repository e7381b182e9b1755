"""A domain as one line of text, so that a forecast carries its own map and needs no other file."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from hotspot.domain.core import Domain
from hotspot.domain.h3 import HexGrid
from hotspot.domain.polygons import PolygonGrid
from hotspot.domain.segments import SegmentGrid
from hotspot.domain.square import SquareGrid
from hotspot.errors import InputError


def write_domain(domain: Domain) -> str:
    """Put a domain, all but ids and sizes, into text.

    Parameters
    ----------
    domain : Domain
        The study area.

    Returns
    -------
    str
        JSON.
    """
    grid: dict[str, Any] = {}
    if isinstance(domain.grid, SquareGrid):
        grid = {"size": domain.grid.size, "offset": domain.grid.offset, "rotation": domain.grid.rotation}
    elif isinstance(domain.grid, HexGrid):
        grid = {"resolution": domain.grid.resolution}
    elif isinstance(domain.grid, PolygonGrid):
        grid = {"shapes": _packed(domain.grid.shapes())}
    elif isinstance(domain.grid, SegmentGrid):
        grid = {"shapes": _packed(domain.grid.shapes()), "snap": domain.grid.snap_limit}
    boundary = base64.b64encode(shapely.to_wkb(domain.boundary)).decode()
    record = {"kind": domain.kind, "crs": domain.crs, "time_zone": domain.time_zone, "grid": grid, "boundary": boundary}
    return json.dumps(record)


def read_domain(text: str, ids: NDArray[np.int64], size: NDArray[np.float64]) -> Domain:
    """Make the domain again.

    Parameters
    ----------
    text : str
        From `write_domain`; a forecast carries it as its attribute ``domain``.
    ids : ndarray of int64, shape (n_cells,)
        The forecast's cells.
    size : ndarray, shape (n_cells,)
        The forecast's areas [m2] or lengths [m].

    Returns
    -------
    Domain
        Equal to the first.

    Raises
    ------
    InputError
        If the text is none of `write_domain`'s.
    """
    try:
        record = json.loads(text)
        grid, ids = record["grid"], np.asarray(ids, np.int64)
        boundary = shapely.from_wkb(base64.b64decode(record["boundary"]))
        cells: SquareGrid | HexGrid | PolygonGrid | SegmentGrid
        if record["kind"] == "square":
            row = (ids & np.int64(0xFFFFFFFF)).astype(np.uint32).view(np.int32).astype(np.int64)
            cells = SquareGrid(grid["size"], tuple(grid["offset"]), grid["rotation"], ids >> np.int64(32), row)
        elif record["kind"] == "polygons":
            cells = PolygonGrid(ids, _unpacked(grid["shapes"]))
        elif record["kind"] == "segments":
            cells = SegmentGrid(ids, _unpacked(grid["shapes"]), grid["snap"])
        else:
            cells = HexGrid(grid["resolution"], record["crs"], ids)
    except (KeyError, TypeError, ValueError, shapely.errors.GEOSException) as error:
        raise InputError(
            f"the domain of a forecast cannot be read ({error}); expected the text that hotspot wrote there"
        ) from error
    return Domain(record["kind"], boundary, record["crs"], record["time_zone"], ids, np.asarray(size, float), cells)


def _packed(shapes: NDArray[np.object_]) -> str:
    """Put geometries into text."""
    return base64.b64encode(zlib.compress(bytes(shapely.to_wkb(shapely.geometrycollections(shapes))))).decode()


def _unpacked(text: str) -> NDArray[np.object_]:
    return np.asarray(shapely.get_parts(shapely.from_wkb(zlib.decompress(base64.b64decode(text)))))
