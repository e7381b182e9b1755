"""A domain as one line of text, so that a forecast carries its own map and needs no other file."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import h3.api.basic_int as h3int
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.boundary import known_zone, metric_crs
from hotspot.domain.clip import Grid
from hotspot.domain.core import Domain
from hotspot.domain.h3 import HexGrid
from hotspot.domain.packing import (
    pack_names,
    pack_numbers,
    pack_shapes,
    unpack_names,
    unpack_numbers,
    unpack_shapes,
    unpack_wkb,
)
from hotspot.domain.polygons import PolygonGrid
from hotspot.domain.segments import SegmentGrid
from hotspot.domain.square import MAX_CELLS, SquareGrid
from hotspot.errors import InputError

BROKEN = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError, struct.error,
    zlib.error, shapely.errors.GEOSException,
)  # fmt: skip


def write_domain(domain: Domain) -> str:
    """Put a domain into text: all but sizes, and of squares and hexagons all but ids.

    Parameters
    ----------
    domain : Domain
        The study area.

    Returns
    -------
    str
        JSON.
    """
    if "_text" not in domain.__dict__:  # as a cached property would do; each forecast asks for it
        domain.__dict__["_text"] = _text(domain)
    return str(domain.__dict__["_text"])


def _text(domain: Domain) -> str:
    grid, made = {}, domain.grid
    if isinstance(made, SquareGrid):
        grid = {"size": made.size, "offset": made.offset, "rotation": made.rotation}
    elif isinstance(made, HexGrid):
        grid = {"resolution": made.resolution}
    else:
        grid = {"ids": pack_numbers(domain.ids), "shapes": pack_shapes(made.shapes())}
    if isinstance(made, PolygonGrid | SegmentGrid) and made.names is not None:
        grid["names"] = pack_names(made.names, domain.ids)
    if isinstance(made, SegmentGrid):
        grid |= {"snap": made.snap_limit} | _labels(made.labels)
        grid |= {} if made.joints is None else {"joints": pack_numbers(made.joints.ravel())}
    record = {"kind": domain.kind, "crs": domain.crs, "time_zone": domain.time_zone, "notes": domain.notes}
    return json.dumps(record | {"grid": grid, "boundary": pack_shapes(np.array([domain.boundary], object))})


def _labels(labels: NDArray[np.object_] | None) -> dict[str, Any]:
    """Each class once, and its number on each segment."""
    if labels is None:
        return {}
    number, known = pd.factorize(labels)  # a missing one is -1
    return {"classes": [str(each) for each in known], "class": pack_numbers(number.astype(np.int64))}


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
        If the text is none of `write_domain`'s, or is of other cells.
    """
    try:
        record = json.loads(text)
        ids, size = np.asarray(ids, np.int64), np.asarray(size, np.float64)
        if ids.ndim != 1 or ids.size == 0 or ids.shape != size.shape or not (np.isfinite(size) & (size > 0)).all():
            raise ValueError(f"{ids.size} ids and {size.size} sizes above 0 are no cells")
        crs, time_zone = metric_crs(record["crs"]), known_zone(record["time_zone"])
        boundary = _boundary(record["boundary"])
        grid = KINDS[record["kind"]](record["grid"], ids, crs)
        notes = tuple(str(note) for note in record.get("notes", ()))
    except BROKEN as error:
        raise InputError(
            f"the domain of a forecast cannot be read ({type(error).__name__}: {str(error)[:200]}); expected the text "
            "that hotspot wrote there"
        ) from error
    return Domain(record["kind"], boundary, crs, time_zone, ids, size, grid, notes)


def _boundary(packed: Any) -> BaseGeometry:
    boundary = unpack_wkb(packed) if isinstance(packed, str) else unpack_shapes(packed)[0]
    if shapely.get_dimensions(boundary) != 2 or not boundary.is_valid or not boundary.area > 0:
        raise ValueError("the boundary is no area")
    return boundary


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{value!r:.40} is no finite number")
    return float(value)


def _squares(grid: dict[str, Any], ids: NDArray[np.int64], _crs: str) -> Grid:
    column = ids >> np.int64(32)
    row = (ids & np.int64(0xFFFFFFFF)).astype(np.uint32).view(np.int32).astype(np.int64)
    size, (u, v) = _real(grid["size"]), map(_real, grid["offset"])
    if not size > 0 or float(np.ptp(column) + 1) * float(np.ptp(row) + 1) > MAX_CELLS:
        raise ValueError("ids and size are of no squares")
    return SquareGrid(size, (u, v), _real(grid["rotation"]), column, row)


def _hexagons(grid: dict[str, Any], ids: NDArray[np.int64], crs: str) -> Grid:
    resolution = grid["resolution"]
    if not all(h3int.is_valid_cell(i) and h3int.get_resolution(i) == resolution for i in ids.tolist()):
        raise ValueError(f"ids are no hexagons of resolution {resolution!r:.40}")
    return HexGrid(resolution, crs, ids)


def _polygons(grid: dict[str, Any], ids: NDArray[np.int64], _crs: str) -> Grid:
    shapes, position = _given(grid, ids, 2)
    return PolygonGrid(ids, shapes[position], _names(grid, position))


def _segments(grid: dict[str, Any], ids: NDArray[np.int64], _crs: str) -> Grid:
    shapes, position = _given(grid, ids, 1)
    labels = None
    if "classes" in grid:
        known = np.array([*map(str, grid["classes"]), None], object)
        labels = known[unpack_numbers(grid["class"])[position]]
    joints = unpack_numbers(grid["joints"]).reshape(-1, 2) if "joints" in grid else None
    if joints is not None and len(joints) != len(shapes):
        raise ValueError(f"{len(joints)} pairs of nodes do not fit {len(shapes)} segments")
    joints = None if joints is None else joints[position]
    return SegmentGrid(ids, shapes[position], _real(grid["snap"]), labels, _names(grid, position), joints)


def _names(grid: dict[str, Any], position: NDArray[np.intp]) -> NDArray[np.object_] | None:
    """Names of the forecast's cells; texts of earlier versions have none."""
    return unpack_names(grid["names"], unpack_numbers(grid["ids"]))[position] if "names" in grid else None


def _given(
    grid: dict[str, Any], ids: NDArray[np.int64], dimension: int
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Shapes, and where those of the forecast's cells are among them: it may hold a part of the domain."""
    shapes, known = unpack_shapes(grid["shapes"]), unpack_numbers(grid["ids"])
    if known.shape != shapes.shape or not (shapely.get_dimensions(shapes) == dimension).all():
        raise ValueError(f"{known.size} ids do not fit {shapes.size} shapes")
    position = pd.Index(known).get_indexer(pd.Index(ids))
    if (position < 0).any():
        raise ValueError(f"{(position < 0).sum()} cells have no shape")
    return shapes, position


KINDS: dict[str, Callable[[dict[str, Any], NDArray[np.int64], str], Grid]] = {
    "square": _squares,
    "h3": _hexagons,
    "polygons": _polygons,
    "segments": _segments,
}
