"""Given cells that lie on one another: repeats, slivers, and what is refused."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from hotspot.domain.boundary import areal
from hotspot.errors import InputError

SLIVER = 0.01  # of the smaller polygon: as much as two surveys of one border differ
ROUNDING = 1e-8  # of the smaller polygon: no overlap
CHUNK = 100_000


def without_overlaps(
    polygons: NDArray[np.object_], labels: NDArray[np.object_], where: str
) -> tuple[NDArray[np.object_], tuple[str, ...]]:
    """Give each sliver that two polygons share to the first of them.

    Parameters
    ----------
    polygons : ndarray of shapely polygons, shape (n,)
        Valid, sorted by id.
    labels : ndarray of str, shape (n,)
        What the file calls them.
    where : str
        For messages.

    Returns
    -------
    polygons : ndarray of shapely polygons, shape (n,)
        None of which overlap.
    notes : tuple of str
        How many slivers there were.

    Raises
    ------
    InputError
        If two share 1 % of the smaller one or more.
    """
    suspects = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(polygons)))
    if not suspects.size:
        return polygons, ()
    # of a polygon inside another only the inner one is a suspect
    suspect, other = shapely.STRtree(polygons).query(polygons[suspects], predicate="intersects")
    pairs = np.sort(np.column_stack([suspects[suspect], other]), axis=1)
    first, second = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0).T
    area = shapely.area(polygons)
    common = _common_area(polygons, first, second)
    share = common / np.minimum(area[first], area[second])
    _refuse(first, second, common, share, labels, where)
    real = share > ROUNDING
    if not real.any():
        return polygons, ()
    first, second = first[real], second[real]
    order = np.argsort(second, kind="stable")
    losers, begin = np.unique(second[order], return_index=True)
    winners = np.split(first[order], begin[1:])
    cut = polygons.copy()
    for loser, winner in zip(losers, winners, strict=True):
        cut[loser] = areal(shapely.difference(polygons[loser], shapely.union_all(polygons[winner])))
    area_cut = f"{common[real].sum():,.1f} m2 in all"
    return cut, (f"{first.size:,} slivers of overlap, {area_cut}, went to the cell with the smaller id",)


def _common_area(
    polygons: NDArray[np.object_], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Area that pairs of polygons share [m2], in chunks that keep memory small."""
    common = np.empty(first.size)
    for start in range(0, first.size, CHUNK):
        here = slice(start, start + CHUNK)
        common[here] = shapely.area(shapely.intersection(polygons[first[here]], polygons[second[here]]))
    return common


def _refuse(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    common: NDArray[np.float64],
    share: NDArray[np.float64],
    labels: NDArray[np.object_],
    where: str,
) -> None:
    """Refuse overlaps that are no slivers, naming the largest."""
    large = np.flatnonzero(share >= SLIVER)
    if large.size:
        worst = large[np.argmax(common[large])]
        raise InputError(
            f"{where}: {large.size:,} pairs of polygons overlap by more than slivers; the largest overlap is between "
            f"{labels[first[worst]]} and {labels[second[worst]]}: {common[worst]:,.0f} m2, {share[worst]:.1%} of the "
            "smaller one; expected cells that do not overlap; take one of them out, or cut them (GeoDataFrame.overlay)"
        )
