"""Ids of given cells: from the file's own column, or a hash of the geometry."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspot.errors import InputError

PLAIN = re.compile(r"0|-?[1-9][0-9]{0,17}")  # a number as everybody writes it; "007" is a text
EXACT = 2.0**53
CENTIMETRE = 2  # decimals of a metre
CHUNK = 100_000


def column_ids(column: pd.Series, where: str) -> NDArray[np.int64]:
    """Make ids of a file's column.

    Parameters
    ----------
    column : pandas.Series, shape (n,)
        Whole numbers stay what they are, also written as text; any other text becomes a hash that depends on nothing
        but the text.
    where : str
        For messages.

    Returns
    -------
    ndarray of int64, shape (n,)
        Ids; perhaps repeated.

    Raises
    ------
    InputError
        If an id is missing, or neither a whole number nor a text.
    """
    missing = column.isna().to_numpy(bool) | (column.astype(str).str.strip() == "").to_numpy(bool)
    if missing.any():
        first = np.flatnonzero(missing)[0]
        raise InputError(
            f"{where}: {missing.sum():,} of {len(column):,} rows have no id in column {column.name!r}, the first "
            f"is row {first}; give each an id, or leave `id` out to have ids made of the geometry"
        )
    return np.fromiter((_number(value, column.name, where) for value in column.tolist()), np.int64, len(column))


def column_names(column: pd.Series, ids: NDArray[np.int64]) -> NDArray[np.object_]:
    """Say how people call the cells.

    Parameters
    ----------
    column : pandas.Series, shape (n,)
        The file's.
    ids : ndarray of int64, shape (n,)
        What `column_ids` made of it.

    Returns
    -------
    ndarray of str, shape (n,)
        Texts as they stand in the file, whole numbers as text.
    """
    pairs = zip(column.tolist(), ids.tolist(), strict=True)
    return np.array([value if isinstance(value, str) else str(number) for value, number in pairs], object)


def _number(value: object, name: Hashable, where: str) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
        value = int(value)
    if isinstance(value, str):
        return int(value) if PLAIN.fullmatch(value) else _hash(value.encode())
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise InputError(
        f"{where}: column {name!r} holds {str(value)[:60]!r} ({type(value).__name__}); expected whole numbers of "
        "at most 63 bits, or texts"
    )


def geometry_ids(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Make ids of geometries.

    Parameters
    ----------
    shapes : ndarray of shapely geometries, shape (n,)
        In metres.

    Returns
    -------
    ndarray of int64, shape (n,)
        Hash of the corners, rounded to a centimetre. It depends neither on where a ring starts, nor on which way it
        runs, nor on the order of parts.
    """
    chunks = (shapes[start : start + CHUNK] for start in range(0, len(shapes), CHUNK))
    blobs = (blob for chunk in chunks for blob in shapely.to_wkb(_normal(chunk), output_dimension=2))
    return np.fromiter((_hash(blob) for blob in blobs), np.int64, len(shapes))


def _normal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Round, and write equal geometries equally."""
    parts = shapely.transform(shapes, lambda corners: np.round(corners, CENTIMETRE) + 0.0)  # no negative zero
    parts = shapely.remove_repeated_points(parts)
    several = shapely.get_num_geometries(parts) > 1
    parts[~several] = shapely.get_geometry(parts[~several], 0)
    return np.asarray(shapely.normalize(parts))


def _hash(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)


def check_unique(ids: NDArray[np.int64], labels: NDArray[np.object_], where: str) -> None:
    """Refuse ids that come more than once.

    Parameters
    ----------
    ids : ndarray of int64, shape (n,)
        Sorted.
    labels : ndarray of str, shape (n,)
        What the file calls them.
    where : str
        For the message.

    Raises
    ------
    InputError
        Naming one.
    """
    again = np.flatnonzero(ids[1:] == ids[:-1])
    if again.size:
        number = np.unique(ids[again]).size
        raise InputError(
            f"{where}: {number:,} ids name more than one cell, for example {labels[again[0]]}; expected one row a "
            "cell; unite the parts of a cell first (GeoDataFrame.dissolve)"
        )
