"""Columns of areas that repeat the numbers of a declared group of residents under another name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspot.errors import InputError
from hotspot.layers.areas import Areas, as_numbers

LIKE = 0.9999  # correlation above which numbers are the same but for rounding and scale
RANKS = 0.99  # that of their ranks, so that one huge area does not make all else alike
FEW = 8  # areas; fewer lie on a line by chance, and must be the same but for a factor
NEAR = 0.05  # of the width of an area: centroids this close are those of one area
SHARED = 0.5  # of a layer's areas must be areas of the census for it to be compared

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


def copies(layer: Areas, census: Areas) -> dict[str, str]:
    """Find the columns of a layer that repeat a group that another one declares.

    Columns are compared with the count of each group, its share of the residents, and the complement of both, over the
    areas that both have and that have residents. A group that goes with the number of all residents, because its share
    is the same everywhere, is compared with nothing but equal numbers.

    Parameters
    ----------
    layer : Areas
        Whose columns of numbers are looked at; groups that it declares itself are left out, as they are protected.
    census : Areas
        Declares groups; may be the same layer.

    Returns
    -------
    dict of str to str
        Column to what it repeats, such as "the share of group 'black' of layer 'census'".
    """
    if not census.groups:
        return {}
    columns = _numbers(layer)
    found: dict[str, str] = {}
    for own, other in _same_areas(layer, census):
        residents, known = _known(census, other)
        for column, values in columns.items():
            said = _repeats(values[own][residents > 0], residents[residents > 0], known)
            if said:
                found.setdefault(column, f"{said} of layer {census.name!r}")
    return found


def _numbers(layer: Areas) -> dict[str, Values]:
    """Every column that can be read as numbers, text as well."""
    found: dict[str, Values] = {}
    for column in layer.frame.columns.difference([layer.frame.geometry.name, layer.id, *layer.groups.values()]):
        with suppress(InputError):
            found[str(column)] = as_numbers(layer.frame[column], str(column), layer.name)
    return found


def _same_areas(layer: Areas, census: Areas) -> Iterator[tuple[Rows, Rows]]:
    """Rows of both that are one area: row by row where there are as many, and by place."""
    rows = np.arange(len(layer))
    if len(layer) == len(census):
        yield rows, rows
    if layer.frame is census.frame:
        return
    own, other = (np.asarray(each.to_crs(layer.crs).array) for each in (layer.geometry, census.geometry))
    here, there = (shapely.get_coordinates(shapely.centroid(shapes)) for shapes in (own, other))
    if not np.isfinite(there).all():
        return
    distance, nearest = cKDTree(there).query(here)
    same = distance <= NEAR * np.sqrt(shapely.area(own))
    if same.mean() >= SHARED:
        yield rows[same], nearest[same].astype(np.int64)


def _known(census: Areas, rows: Rows) -> tuple[Values, dict[str, Values]]:
    """Residents (1 where nobody counted them), and what a column could repeat, of the rows with residents."""
    groups = census.group_counts().to_numpy(np.float64)[rows]
    if census.residents_column is None:
        residents = np.ones(rows.size)
        return residents, {f"group {name!r}": groups[:, i] for i, name in enumerate(census.groups)}
    residents = census.residents[rows]
    some = residents > 0
    known: dict[str, Values] = {}
    for i, name in enumerate(census.groups):
        count, total = groups[some, i], residents[some]
        known[f"group {name!r}"] = count
        known[f"the share of group {name!r}"] = count / total
        known[f"the residents without group {name!r}"] = total - count
        known[f"the share of residents without group {name!r}"] = 1 - count / total
    return residents, known


def _repeats(values: Values, residents: Values, known: dict[str, Values]) -> str | None:
    size = _likeness(values, residents)
    for said, numbers in known.items():
        if _equal(values, numbers):
            return said
        found = _likeness(values, numbers)
        if found > LIKE and found > size and _likeness(numbers, residents) <= LIKE:
            return said
    return None


def _equal(a: Values, b: Values) -> bool:
    return bool(np.ptp(b) > 0 and np.array_equal(a, b)) if b.size > 1 else False


def _likeness(a: Values, b: Values) -> float:
    """Correlation without its sign, from 0 to 1; 0 where ranks differ, or numbers do not vary."""
    there = np.isfinite(a) & np.isfinite(b)
    a, b = a[there], b[there]
    if a.size < 2 or not np.ptp(a) or not np.ptp(b):
        return 0.0
    if a.size < FEW:
        return float(np.allclose(a * b.sum(), b * a.sum(), rtol=1e-6, atol=0))
    found = abs(float(np.corrcoef(a, b)[0, 1]))
    if found <= LIKE:
        return found
    ranks = np.corrcoef(pd.Series(a).rank(), pd.Series(b).rank())
    return found if abs(float(ranks[0, 1])) > RANKS else 0.0
