"""What the laws do to a layer: forget or shuffle what was known later, move it in time, mix its rows, replace it.

All of it is done to the table `frame` of the layer, whose rows say by `known_at`, or by the column `since`, from when
they were known. A layer without a table, as a plug-in may bring, stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspot.layers import Layer
from hotspot.layers.timed import KNOWN_AT
from hotspot.windows import as_utc

DAY = np.timedelta64(1, "D")


def without_later(layer: Layer, cutoff: np.datetime64) -> Layer:
    """Delete the rows that were not known at a cutoff, and what later became of others.

    Parameters
    ----------
    layer : Layer
        Of any kind.
    cutoff : numpy.datetime64
        Naive UTC.

    Returns
    -------
    Layer
        The rest; the layer itself where no row would be left.
    """
    frame, later = _frame(layer), _later(layer, cutoff)
    if frame is None or later.all():
        return layer
    until = getattr(layer, "until", None)
    if until is not None:
        frame = frame.assign(**{until: frame[until].where(frame[until] <= cutoff)})
    return _with(layer, frame[~later])


def shuffled_later(layer: Layer, cutoff: np.datetime64, rng: np.random.Generator) -> Layer:
    """Shuffle what the rows say that were not known at a cutoff.

    Parameters
    ----------
    layer : Layer
        Of any kind.
    cutoff : numpy.datetime64
        Naive UTC.
    rng : numpy.random.Generator
        For the order.

    Returns
    -------
    Layer
        As many rows, known when they were.
    """
    frame, later = _frame(layer), np.flatnonzero(_later(layer, cutoff))
    if frame is None or later.size < 2:
        return layer
    order = np.arange(len(frame))
    order[later] = rng.permutation(later)
    kept = {KNOWN_AT, "time", getattr(layer, "since", None), getattr(layer, "until", None)}
    said = [str(column) for column in frame.columns if column not in kept]
    # the values of a series stand beside its times, which stay
    return _with(layer, frame.assign(**{column: frame[column].array[order] for column in said}))


def shifted_layer(layer: Layer, span: np.timedelta64) -> Layer:
    """Move everything of a layer that has a time.

    Parameters
    ----------
    layer : Layer
        Of any kind.
    span : numpy.timedelta64
        By how much.

    Returns
    -------
    Layer
        Vintage and rows moved.
    """
    frame = _frame(layer)
    if frame is not None:
        times = [str(name) for name in frame.select_dtypes("datetime")]
        layer = _with(layer, frame.assign(**{name: frame[name] + span for name in times}))
    return layer if layer.vintage is None else replace(layer, vintage=as_utc(layer.vintage, "UTC") + span)


def replaced_layer(layer: Layer, by: float) -> Layer:
    """Put another layer in the place of one: fewer rows, elsewhere, with other numbers and a new class.

    Parameters
    ----------
    layer : Layer
        Of any kind.
    by : float
        How far geometries and points go along both axes [m]. Numbers change places and size; spans without a place
        move a day.

    Returns
    -------
    Layer
        With the same vintage. A third of the rows is left out; of one or two rows without an id, each stands twice.
    """
    frame = _frame(layer)
    if frame is None:
        return layer
    named, n = {getattr(layer, "id", None), getattr(layer, "category", None)}, len(frame)
    if n > 2:
        frame = frame.iloc[n // 3 :]
    elif getattr(layer, "id", None) is None:
        frame = frame.iloc[np.repeat(np.arange(n), 2)]
    numbers = [str(column) for column in frame.select_dtypes("number") if column not in named]
    changed: dict[str, Any] = {column: _other(frame, column) for column in numbers}
    if isinstance(frame, gpd.GeoDataFrame):
        frame = frame.set_geometry(frame.geometry.translate(by, -by))
    elif not numbers:
        changed |= {column: frame[column] + DAY for column in ("start", "end") if column in frame}
    return _with(layer, frame.assign(**changed, **_new_class(layer, frame)))


def _other(frame: pd.DataFrame, column: str) -> NDArray[Any]:
    """Reverse numbers, and double them where they are no place."""
    numbers: NDArray[Any] = frame[column].to_numpy()[::-1]
    return numbers if column in ("x", "y") else 2 * numbers + 1


def _new_class(layer: Layer, frame: pd.DataFrame) -> dict[str, Any]:
    """Give one row of the most frequent class a class that nobody has."""
    column = getattr(layer, "category", None)
    if column is None or column not in frame.columns or not len(frame):
        return {}
    classes = frame[column].to_numpy(object, copy=True)
    codes = pd.factorize(classes)[0]
    classes[np.argmax(codes == np.bincount(codes[codes >= 0], minlength=1).argmax())] = "a class of its own"
    return {column: classes}


def reordered_layer(layer: Layer, rng: np.random.Generator) -> Layer:
    """Mix the rows of a layer.

    Parameters
    ----------
    layer : Layer
        Of any kind.
    rng : numpy.random.Generator
        For the order.

    Returns
    -------
    Layer
        The same rows.
    """
    frame = _frame(layer)
    return layer if frame is None else _with(layer, frame.iloc[rng.permutation(len(frame))])


def _frame(layer: Layer) -> pd.DataFrame | None:
    found = getattr(layer, "frame", None)
    return found if isinstance(found, pd.DataFrame) else None


def _later(layer: Layer, cutoff: np.datetime64) -> NDArray[np.bool_]:
    """Tell which rows were not known yet; rows that do not say were known with the vintage."""
    frame = _frame(layer)
    if frame is None:
        return np.zeros(0, bool)
    later = np.zeros(len(frame), bool)
    for column in (KNOWN_AT, getattr(layer, "since", None)):
        if column in frame.columns:
            later |= frame[column].to_numpy("datetime64[us]") > cutoff
    return later


def _with(layer: Layer, frame: pd.DataFrame) -> Layer:
    """Give a layer another table, and let it check and sort that."""
    changed: Layer = replace(layer, frame=frame.reset_index(drop=True), checked=False)  # type: ignore[call-arg]
    return changed
