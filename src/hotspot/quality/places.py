"""Rules on coordinates: missing, zero, exchanged, outside, piled up, snapped."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from hotspot.incidents import OUTSIDE, TURNED
from hotspot.quality.record import Ints, Record
from hotspot.quality.rule import UNKNOWN, Measured

# the reader's words; `tests/quality` holds them equal to those of io.positions
MISSING = "missing coordinates"
NULL_ISLAND = "null island (0, 0)"
SWAPPED = "x and y look swapped"
BEYOND_CRS = "coordinates outside the CRS's area of use"
UNPLACED = (MISSING, NULL_ISLAND, SWAPPED, BEYOND_CRS, OUTSIDE, TURNED)

FEWEST = 50
FEWEST_FOR_POINTS = 200
DUMMY = "it may be where a geocoder puts what it cannot find"
COARSE = "the map shows where points are put, not where incidents were"
PROBED = 20_000  # points whose nearest other is looked up


def missing_coordinates(record: Record) -> Measured:
    """Share of rows without coordinates."""
    return _aside(record, (MISSING,), "have no coordinates")


def null_island(record: Record) -> Measured:
    """Share of rows at (0, 0)."""
    return _aside(record, (NULL_ISLAND,), "lie at (0, 0)")


def swapped_axes(record: Record) -> Measured:
    """Share of rows that lie right only once x and y are exchanged."""
    return _aside(record, (SWAPPED, TURNED), "lie in the right place only once x and y are exchanged")


def outside_domain(record: Record) -> Measured:
    """Share of rows with coordinates that lie outside the boundary or the CRS."""
    return _aside(record, (OUTSIDE, TURNED, BEYOND_CRS), "lie outside the boundary")


def dummy_point(record: Record) -> Measured:
    """Share of the rows kept that lie on the one commonest point."""
    if len(record) < FEWEST_FOR_POINTS:
        return UNKNOWN
    tally = np.bincount(record.point)
    top = int(tally.argmax())
    share = float(tally[top] / len(record))
    first = record.rows.iloc[int(np.argmax(record.point == top))]
    where = [round(float(first["x"]), 1), round(float(first["y"]), 1)]
    sentence = f"{share:.1%} of {len(record):,} rows lie on one point, ({where[0]}, {where[1]})"
    return Measured(share, sentence, int(tally[top]), {"point": where, "top_point_share": share}, so=DUMMY)


def snapping(record: Record) -> Measured:
    """Distance between the points that incidents are moved to, in cell widths."""
    n = len(record)
    if n < FEWEST_FOR_POINTS:
        return UNKNOWN
    tally = np.bincount(record.point)
    shared = int(tally[tally > 1].sum())
    spacing = _spacing(record, tally)
    width = record.domain.spacing
    detail = {
        "distinct_points": len(tally), "rows_per_point": round(n / len(tally), 2),
        "top_point_share": float(tally.max() / n), "shared_share": shared / n, "spacing_m": round(spacing, 1),
    }  # fmt: skip
    sentence = (
        f"{n:,} rows lie on {len(tally):,} distinct points; {shared / n:.1%} share their point with another row; the "
        f"next point is typically {spacing:.0f} m away, cells are {width:.0f} m wide"
    )
    return Measured(spacing / width if shared > 0.5 * n else 0.0, sentence, shared, detail, so=COARSE)


def _spacing(record: Record, tally: Ints) -> float:
    """Distance to the nearest other point [m]: the median over rows, of which every so many are looked at."""
    if len(tally) < 2:
        return 0.0
    first = np.unique(record.point, return_index=True)[1]
    points = record.rows[["x", "y"]].to_numpy(np.float64)[first]
    probed = np.arange(0, len(points), len(points) // PROBED + 1)
    distance = KDTree(points).query(points[probed], k=2)[0][:, 1]
    order = np.argsort(distance, kind="stable")
    weight = np.cumsum(tally[probed][order])
    return float(distance[order][np.searchsorted(weight, weight[-1] / 2)])


def _aside(record: Record, reasons: tuple[str, ...], what: str) -> Measured:
    if record.seen < FEWEST:
        return UNKNOWN
    rows = record.set_aside(*reasons)
    share = rows / record.seen
    parts = {reason: record.set_aside(reason) for reason in reasons if record.set_aside(reason)}
    return Measured(share, f"{rows:,} of {record.seen:,} rows ({share:.1%}) {what}", rows, parts)
