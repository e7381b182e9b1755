"""Raw lines made into streets that meet at their ends, and nowhere else.

Lines of a file cross and touch without a shared end, stop a metre short of the street they lead to, or run a metre
past it, and are drawn twice. Everything here works on a grid of a centimetre (snap rounding: Hobby 1999,
doi:10.1016/S0925-7721(99)00021-8), so that a crossing is a point and a result does not depend on the order of the file.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspot.domain.lines import (
    GRID,
    Strings,
    directed,
    ends_of,
    lengths,
    owners,
    pack,
    split,
    take,
    turned,
    unpack,
)
from hotspot.errors import InputError
from hotspot.kernels.graph import chain_edges

ROUNDS = 10  # of mending; two or three are enough for real streets

Codes = NDArray[np.int64]


class Streets(NamedTuple):
    """Lines with the number of their class."""

    strings: Strings
    code: Codes


def node(lines: NDArray[np.object_], code: Codes, tolerance: float, crossings: str) -> tuple[Streets, tuple[str, ...]]:
    """Make lines meet at their ends; see `Network.of`.

    Parameters
    ----------
    lines : ndarray of shapely geometries, shape (n,)
        In metres.
    code : ndarray of int64, shape (n,)
        Number of each line's class.
    tolerance : float
        For ends that miss another street [m].
    crossings : {"split", "vertices"}
        Where lines meet: wherever they cross or touch, or only at points that both have.

    Returns
    -------
    streets : Streets
        Edges between junctions, sorted and directed.
    notes : tuple of str
        What was done.
    """
    raw, notes = _cleaned(lines, code)
    found = merge(_met(raw, crossings))
    length = (float(lengths(raw.strings).sum()), float(lengths(found.strings).sum()))
    cuts, joins = 0, 0
    for _ in range(ROUNDS if tolerance > 0 else 0):
        found, cut_now = _without_overshoots(found, tolerance)
        links = _links(found, tolerance, crossings)
        cuts, joins = cuts + cut_now, joins + len(links.code)
        if not len(links.code):
            break
        found = merge(_met(_together(found, links), crossings, new=len(links.code)))
    if length[0] - length[1] > 1:
        notes.append(f"streets: {length[0] - length[1]:,.0f} m that lie on other streets, taken once")
    if cuts:
        notes.append(f"streets: {cuts:,} ends that run less than {tolerance:g} m past a junction, cut")
    if joins:
        notes.append(f"streets: {joins:,} ends that stop within {tolerance:g} m of another street, joined to it")
    notes.append(f"streets: {len(lines):,} lines became {len(found.code):,} streets between junctions")
    return found, tuple(notes)


def _cleaned(lines: NDArray[np.object_], code: Codes) -> tuple[Streets, list[str]]:
    """Round to the grid; set aside what is no line, has no length, or comes twice."""
    parts, origin = shapely.get_parts(shapely.force_2d(lines), return_index=True)
    code = code[origin]
    bounded = np.isfinite(shapely.bounds(parts)).all(axis=1)
    fine = np.isin(shapely.get_type_id(parts), (1, 2)) & bounded
    notes = _said(
        len(set(range(len(lines))) - set(origin[fine].tolist())), "that are no lines with coordinates, set aside"
    )
    strings = unpack(parts[fine])
    line, points = owners(strings), np.round(strings.points, 2) + 0.0
    keep = np.ones(line.size, bool)
    keep[1:] = (line[1:] != line[:-1]) | (points[1:] != points[:-1]).any(axis=1)
    number = np.bincount(line[keep], minlength=strings.first.size - 1)
    keep &= (number > 1)[line]
    notes += _said(int((number == 1).sum()), "of zero length, set aside")
    if not keep.any():
        raise InputError(f"streets: none of {len(lines):,} geometries is a line with a length [m]; check data and CRS")
    first = np.concatenate([[0], np.cumsum(number[number > 1])]).astype(np.int64)
    whole = Streets(Strings(points[keep], first), code[fine][number > 1])
    single = _once(whole)
    notes += _said(len(whole.code) - len(single.code), "drawn twice, perhaps the other way round, taken once")
    return single, notes


def _said(number: int, what: str) -> list[str]:
    return [f"streets: {number:,} lines {what}"] if number else []


def _once(streets: Streets) -> Streets:
    """Sort the lines, turned the same way, and keep one of equal ones: that of the lowest class."""
    strings = directed(streets.strings)
    blobs = np.array([bytes(blob) for blob in shapely.to_wkb(pack(strings))], object)
    order = np.lexsort((streets.code, np.unique(blobs, return_inverse=True)[1]))
    same = np.append(False, blobs[order][1:] == blobs[order][:-1])
    return Streets(take(strings, order[~same]), streets.code[order[~same]])


def _together(one: Streets, other: Streets) -> Streets:
    first = np.concatenate([one.strings.first, one.strings.first[-1] + other.strings.first[1:]])
    points = np.concatenate([one.strings.points, other.strings.points])
    return Streets(Strings(points, first), np.concatenate([one.code, other.code]))


def _met(streets: Streets, crossings: str, *, new: int | None = None) -> Streets:
    """Split lines where they meet; only the last few are new, or all of them."""
    return _split_at_vertices(streets) if crossings == "vertices" else _split_everywhere(streets, new)


def _split_at_vertices(streets: Streets) -> Streets:
    """Split lines at points that are an end of any line, or that come twice."""
    strings = streets.strings
    _, place = np.unique(strings.points[:, 0] + 1j * strings.points[:, 1], return_inverse=True)
    often = np.bincount(place) > 1
    often[place[strings.first[:-1]]] = often[place[strings.first[1:] - 1]] = True
    parts, line = split(strings, often[place])
    return _once(Streets(parts, streets.code[line]))


def _split_everywhere(streets: Streets, new: int | None) -> Streets:
    """Split lines where they cross or touch, on the grid, until nothing changes."""
    lines = parts = pack(streets.strings)
    open_question = np.ones(len(lines), bool) if new is None else _beside(lines, lines[len(lines) - new :])
    for _ in range(ROUNDS):
        before = parts[open_question]
        after = shapely.get_parts(shapely.union_all(before, grid_size=GRID))
        parts = np.concatenate([parts[~open_question], after])
        if np.array_equal(_blobs(before), _blobs(after)):
            break
        open_question = _beside(parts, _stray(parts))  # rounding may bring a point upon a line that it has passed by
        if not open_question.any():
            break
    return Streets(unpack(parts), _inherited(parts, lines, streets.code))


def _beside(lines: NDArray[np.object_], others: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which lines come near any of some other shapes."""
    found = np.zeros(len(lines), bool)
    found[shapely.STRtree(lines).query(others, predicate="dwithin", distance=100 * GRID)[1]] = True
    return found


def _stray(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Points of some line that another passes within the grid, but does not share."""
    strings = unpack(lines)
    key = strings.points[:, 0] + 1j * strings.points[:, 1]
    places, place = np.unique(key, return_inverse=True)
    points = np.asarray(shapely.points(places.real, places.imag))
    near, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=GRID)
    shared = np.isin(near * len(lines) + line, place * len(lines) + owners(strings))
    return np.asarray(points[np.unique(near[~shared])])


def _blobs(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.sort(np.array([bytes(blob) for blob in shapely.to_wkb(shapely.normalize(lines))], object))


def _inherited(parts: NDArray[np.object_], lines: NDArray[np.object_], code: Codes) -> Codes:
    """Give each part the class of the line that it lies on; the lowest, where there are several."""
    if (code == code[0]).all():
        return np.full(len(parts), code[0])
    middle = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    tree, found = shapely.STRtree(lines), np.full(len(parts), np.iinfo(np.int64).max)
    part, line = tree.query(middle, predicate="dwithin", distance=3 * GRID)
    np.minimum.at(found, part, code[line])
    lost = np.flatnonzero(found == np.iinfo(np.int64).max)
    part, line = tree.query_nearest(middle[lost])
    np.minimum.at(found, lost[part], code[line])
    return found


def merge(streets: Streets) -> Streets:
    """Join edges of one class that follow each other where nothing else begins; sort and direct them."""
    nodes, ends = ends_of(streets.strings)
    degree = np.bincount(ends.ravel(), minlength=len(nodes))
    low, high = np.full(len(nodes), np.iinfo(np.int64).max), np.full(len(nodes), -1)
    np.minimum.at(low, ends, streets.code[:, None])
    np.maximum.at(high, ends, streets.code[:, None])
    inner = (degree == 2) & (low == high)
    inner[ends[ends[:, 0] == ends[:, 1], 0]] = False
    edge, turn, first = chain_edges(ends, inner)
    ordered = take(streets.strings, edge)
    ordered = turned(ordered, turn)
    repeated = np.ones(edge.size, bool)  # an edge that follows another begins where that ends
    repeated[first[:-1]] = False
    keep = np.ones(len(ordered.points), bool)
    keep[ordered.first[:-1][repeated]] = False
    number = np.add.reduceat(np.diff(ordered.first) - repeated, first[:-1])
    joined = Strings(ordered.points[keep], np.concatenate([[0], np.cumsum(number)]).astype(np.int64))
    return _sorted(Streets(_rings_begun(joined), streets.code[edge[first[:-1]]]))


def _rings_begun(strings: Strings) -> Strings:
    """Let a ring that meets no other street begin at its lowest point, wherever the file began it."""
    nodes, ends = ends_of(strings)
    alone = (ends[:, 0] == ends[:, 1]) & (np.bincount(ends.ravel(), minlength=len(nodes))[ends[:, 0]] == 2)
    points = strings.points.copy()
    for i in np.flatnonzero(alone):
        ring = points[strings.first[i] : strings.first[i + 1] - 1]
        begin = np.lexsort((ring[:, 1], ring[:, 0]))[0]
        points[strings.first[i] : strings.first[i + 1]] = np.roll(ring, -begin, axis=0)[
            np.append(np.arange(len(ring)), 0)
        ]
    return Strings(points, strings.first)


def _sorted(streets: Streets) -> Streets:
    strings = directed(streets.strings)
    begin, end = strings.points[strings.first[:-1]], strings.points[strings.first[1:] - 1]
    order = np.lexsort((lengths(strings), end[:, 1], end[:, 0], begin[:, 1], begin[:, 0]))
    return Streets(take(strings, order), streets.code[order])


def _without_overshoots(streets: Streets, tolerance: float) -> tuple[Streets, int]:
    """Cut ends shorter than the tolerance that lead from a junction to nowhere; say how many."""
    number = 0
    while True:
        nodes, ends = ends_of(streets.strings)
        degree = np.bincount(ends.ravel(), minlength=len(nodes))[ends]
        over = (degree.min(axis=1) == 1) & (degree.max(axis=1) > 2) & (lengths(streets.strings) < tolerance)
        if not over.any():
            return streets, number
        number += int(over.sum())
        kept = np.flatnonzero(~over)
        streets = merge(Streets(take(streets.strings, kept), streets.code[kept]))


def _links(streets: Streets, tolerance: float, crossings: str) -> Streets:
    """Draw lines from ends that lead nowhere to a street within the tolerance: to its end, else to its nearest point.

    No end is joined to a street that its own street already meets at the other end.
    """
    nodes, ends = ends_of(streets.strings)
    loose = np.flatnonzero(np.bincount(ends.ravel(), minlength=len(nodes)) == 1)
    edge = np.empty(len(nodes), np.int64)
    edge[ends.ravel()] = np.repeat(np.arange(len(ends)), 2)
    own = edge[loose]
    base = ends[own].sum(axis=1) - loose
    target = _near_nodes(nodes, loose, base, tolerance)
    if crossings == "split":
        left = np.flatnonzero(np.isnan(target[:, 0]))
        lines = pack(streets.strings)
        target[left] = _near_lines(lines, ends, nodes[loose[left]], own[left], base[left], tolerance)
    # two ends that face each other draw the same line
    linked = np.flatnonzero(~np.isnan(target[:, 0]) & (target != nodes[loose]).any(axis=1))
    points = np.stack([nodes[loose[linked]], target[linked]], axis=1).reshape(-1, 2)
    first = 2 * np.arange(linked.size + 1)
    return Streets(Strings(points, first), streets.code[own[linked]])


def _near_nodes(
    nodes: NDArray[np.float64], loose: NDArray[np.int64], base: NDArray[np.int64], tolerance: float
) -> NDArray[np.float64]:
    """Find the nearest other node within the tolerance of each loose end, NaN where there is none."""
    target = np.full((loose.size, 2), np.nan)
    near = cKDTree(nodes).query_ball_point(nodes[loose], tolerance, return_sorted=True)
    number = np.fromiter((len(each) for each in near), np.int64, loose.size)
    which = np.repeat(np.arange(loose.size), number)
    other = np.fromiter((node for each in near for node in each), np.int64, which.size)
    fine = (other != loose[which]) & (other != base[which])
    which, other = which[fine], other[fine]
    far = np.hypot(*(nodes[other] - nodes[loose[which]]).T)
    order = np.lexsort((other, far, which))
    which, first = np.unique(which[order], return_index=True)
    target[which] = nodes[other[order][first]]
    return target


def _near_lines(
    lines: NDArray[np.object_], ends: NDArray[np.int64], points: NDArray[np.float64], own: NDArray[np.int64],
    base: NDArray[np.int64], tolerance: float,
) -> NDArray[np.float64]:  # fmt: skip
    """Find the nearest point of another street within the tolerance, NaN where there is none."""
    target, tips = np.full(points.shape, np.nan), np.asarray(shapely.points(points))
    which, line = shapely.STRtree(lines).query(tips, predicate="dwithin", distance=tolerance)
    fine = (line != own[which]) & (ends[line] != base[which][:, None]).all(axis=1)
    which, line = which[fine], line[fine]
    order = np.lexsort((line, shapely.distance(tips[which], lines[line]), which))
    which, first = np.unique(which[order], return_index=True)
    line = line[order][first]
    there = shapely.line_interpolate_point(lines[line], shapely.line_locate_point(lines[line], tips[which]))
    target[which] = np.round(shapely.get_coordinates(there), 2) + 0.0
    return target
