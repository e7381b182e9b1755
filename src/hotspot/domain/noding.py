"""Raw lines made into streets that meet at their ends, and nowhere else.

Lines of a file cross and touch without a shared end, stop a metre short of the street they lead to, or run a metre
past it, and are drawn twice. Everything here works on a grid of a centimetre (snap rounding: Hobby 1999,
doi:10.1016/S0925-7721(99)00021-8), so that a crossing is a point and a result does not depend on the order of the file.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from hotspot.domain.lines import GRID, Strings, directed, lengths, owners, pack, split, take, unpack
from hotspot.domain.loose import links, without_overshoots
from hotspot.domain.merging import Codes, Streets, merge
from hotspot.errors import InputError

ROUNDS = 10  # of mending; two or three are enough for real streets


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
        found, cut_now = without_overshoots(found, tolerance)
        drawn = links(found, tolerance, crossings)
        cuts, joins = cuts + cut_now, joins + len(drawn.code)
        if not len(drawn.code):
            break
        found = merge(_met(_together(found, drawn), crossings, new=len(drawn.code)))
    twice = length[0] - length[1]
    if twice > GRID / 2:  # rounding bends lines, and so makes them longer, never shorter
        notes.append(f"streets: {twice:,.{0 if twice > 1 else 2}f} m that lie on other streets, taken once")
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
