"""Geometries, whole numbers and names as text: exact, compressed, and safe to read from anybody.

WKB is not: a few bytes of it nest collections so deeply that its reader overflows the stack.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

MOST = 2**26  # numbers in one array
POLYGON, MULTIPOLYGON = 3, 6
LEVELS = {"LINESTRING": 1, "MULTILINESTRING": 2, "POLYGON": 2, "MULTIPOLYGON": 3}


def pack_numbers(values: NDArray[Any]) -> dict[str, Any]:
    """Put an array of int64 or float64 into text: differences, byte by byte, compressed."""
    steps = np.diff(np.ascontiguousarray(values).view(np.int64), prepend=np.int64(0))
    planes = steps.view(np.uint8).reshape(-1, 8).T.tobytes()
    return {"number": int(values.size), "bytes": base64.b64encode(zlib.compress(planes)).decode()}


def unpack_numbers(packed: dict[str, Any]) -> NDArray[np.int64]:
    """Read what `pack_numbers` wrote, as int64.

    Raises
    ------
    ValueError, KeyError, TypeError, zlib.error
        If it is something else.
    """
    number = packed["number"]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST:
        raise ValueError(f"{number!r:.40} is no number of values")
    planes = np.frombuffer(_unzipped(packed["bytes"], 8 * number), np.uint8).reshape(8, number)
    return np.cumsum(np.ascontiguousarray(planes.T).view(np.int64).ravel())


def pack_names(names: NDArray[np.object_], ids: NDArray[np.int64]) -> dict[str, Any]:
    """Put names of cells into text; those that only repeat the id take no room."""
    pairs = zip(names.tolist(), ids.tolist(), strict=True)
    listed = [None if name == str(number) else name for name, number in pairs]
    data = json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()
    return {"length": len(data), "bytes": base64.b64encode(zlib.compress(data)).decode()}


def unpack_names(packed: dict[str, Any], ids: NDArray[np.int64]) -> NDArray[np.object_]:
    """Read what `pack_names` wrote, for the same ids.

    Raises
    ------
    ValueError, KeyError, TypeError, RecursionError, zlib.error
        If it is something else.
    """
    length = packed["length"]
    if isinstance(length, bool) or not isinstance(length, int) or not 0 <= length <= MOST:
        raise ValueError(f"{length!r:.40} is no length of names")
    listed = json.loads(_unzipped(packed["bytes"], length))
    if not isinstance(listed, list) or len(listed) != ids.size or not all(isinstance(n, str | None) for n in listed):
        raise ValueError(f"names are no list of {ids.size} texts")
    names = [str(number) if name is None else name for name, number in zip(listed, ids.tolist(), strict=True)]
    "".join(names).encode()  # halves of letters, which no file can hold, stop here
    return np.array(names, object)


def _unzipped(text: str, length: int) -> bytes:
    """Unpack bytes of a known number, and never more."""
    data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), length + 1)
    if len(data) != length:
        raise ValueError(f"expected {length} bytes, got {len(data)} or more")
    return data


def pack_shapes(shapes: NDArray[np.object_]) -> dict[str, Any]:
    """Put polygons or lines, all of one kind, into text; corners that neighbours share stand there once."""
    kind, corners, offsets = shapely.to_ragged_array(shapes, include_z=False)
    _, first, which = np.unique(
        np.ascontiguousarray(corners).view(np.complex128), return_index=True, return_inverse=True
    )
    order = np.argsort(first)  # as they come: neighbours in the text are neighbours on the map
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    return {
        "type": int(kind),
        "x": pack_numbers(corners[first[order], 0]),
        "y": pack_numbers(corners[first[order], 1]),
        "corners": pack_numbers(rank[which.ravel()]),
        "offsets": [pack_numbers(np.asarray(each, np.int64)) for each in offsets],
    }


def unpack_shapes(packed: dict[str, Any]) -> NDArray[np.object_]:
    """Read what `pack_shapes` wrote; what has only one part becomes single again.

    Raises
    ------
    ValueError, KeyError, TypeError, zlib.error, shapely.errors.GEOSException
        If it is something else, holds an empty shape or a corner that is no finite number.
    """
    points = np.column_stack([unpack_numbers(packed[axis]).view(np.float64) for axis in ("x", "y")])
    which = unpack_numbers(packed["corners"])
    if not (np.abs(points) < 1e12).all() or not ((which >= 0) & (which < len(points))).all():
        raise ValueError("corners are no finite numbers, or missing")
    corners = points[which]
    offsets, below = [unpack_numbers(each) for each in packed["offsets"]], len(corners)
    for each in offsets:
        if each.size < 2 or each[0] != 0 or each[-1] != below or not (np.diff(each) > 0).all():
            raise ValueError("offsets do not fit the corners")
        below = each.size - 1
    kind = shapely.GeometryType(packed["type"])
    if LEVELS.get(kind.name) != len(offsets):
        raise ValueError(f"{len(offsets)} levels of offsets do not make a {kind.name}")
    shapes = np.asarray(shapely.from_ragged_array(kind, corners, tuple(offsets)))
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return shapes


def unpack_wkb(text: str) -> BaseGeometry:
    """Read an area from WKB, the form of earlier records, once its layers are counted.

    Raises
    ------
    ValueError, struct.error, shapely.errors.GEOSException
        If it is something else.
    """
    data = base64.b64decode(text, validate=True)
    kind, place = _head(data, 0)
    parts = 1
    if kind == MULTIPOLYGON:
        (parts,) = struct.unpack_from("<I", data, place)
        place += 4
    for part in range(parts):
        if kind == MULTIPOLYGON or part:
            inner, place = _head(data, place)
            if inner != POLYGON:
                raise ValueError("a part is no polygon")
        place = _after_polygon(data, place)
    return shapely.from_wkb(data)


def _head(data: bytes, place: int) -> tuple[int, int]:
    order, kind = struct.unpack_from("<BI", data, place)
    if order != 1 or kind not in (POLYGON, MULTIPOLYGON):
        raise ValueError("expected polygons without height")
    return kind, place + 5


def _after_polygon(data: bytes, place: int) -> int:
    (rings,) = struct.unpack_from("<I", data, place)
    place += 4
    for _ in range(rings):
        (corners,) = struct.unpack_from("<I", data, place)
        place += 4 + 16 * corners
    return place
