"""Square cells of any size, origin and rotation, with ids that do not depend on the boundary.

Columns and rows are counted from the zero of the CRS (shifted by the origin's remainder), along axes turned by
`rotation` about that zero. Two domains with the same size, origin remainder and rotation give the same square the same
id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspot.domain.index import rings_of
from hotspot.domain.nodes import PIECE, Nodes, square_nodes
from hotspot.errors import InputError
from hotspot.kernels.locate import locate_squares
from hotspot.kernels.raster import OUTSIDE, rasterise

MAX_CELLS = 50_000_000
EDGE = 1e-6  # of a side: a point that near to a square touches it, and has that square where no other holds it
BESIDE = ((-1, 0), (0, -1), (-1, -1), (1, 0), (0, 1), (-1, 1), (1, -1), (1, 1))


@dataclass(frozen=True, eq=False)
class SquareGrid:
    """The squares of a domain.

    Parameters
    ----------
    size : float
        Side [m].
    offset : tuple of float
        Where a grid corner lies, modulo `size` [m], along the turned axes.
    rotation : float
        Degrees counter-clockwise.
    column, row : ndarray of int64, shape (n_cells,)
        Counted from the zero of the CRS.
    """

    size: float
    offset: tuple[float, float]
    rotation: float
    column: NDArray[np.int64]
    row: NDArray[np.int64]

    @property
    def ids(self) -> NDArray[np.int64]:
        """Signed 64-bit ids, column in the upper and row in the lower half."""
        return (self.column << np.int64(32)) | (self.row & np.int64(0xFFFFFFFF))

    @cached_property
    def _table(self) -> tuple[int, int, NDArray[np.int32]]:
        """First column, first row, and position (or -1) of each square of the bounding rectangle."""
        column0, row0 = int(self.column.min()), int(self.row.min())
        shape = (int(self.column.max()) - column0 + 1, int(self.row.max()) - row0 + 1)
        table = np.full(shape, -1, np.int32)
        table[self.column - column0, self.row - row0] = np.arange(self.column.size, dtype=np.int32)
        return column0, row0, table

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of the squares that hold points, -1 where there is none.

        Parameters
        ----------
        x, y : ndarray, shape (n,)
            Coordinates [m]; NaN is nowhere.

        Returns
        -------
        ndarray of int64, shape (n,)
            Positions. A point on a common side belongs to the square further along the axes; where there is none, on
            the rim of the domain, to the one that it touches.
        """
        found = self._held(x, y)
        lost = np.flatnonzero(found < 0)
        for step in BESIDE if lost.size else ():
            du, dv = self.size * EDGE * np.array(step, np.float64)
            dx, dy = turn(du, dv, self.rotation)
            found[lost] = self._held(x[lost] + dx, y[lost] + dy)
            lost = lost[found[lost] < 0]
        return found

    def _held(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of the half-open squares that hold points."""
        column0, row0, table = self._table
        points = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
        return locate_squares(points, _cosine_sine(-self.rotation), (*self.offset, column0, row0), self.size, table)

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres of the whole squares [m]."""
        return turn(*self._turned_centres(), self.rotation)

    def shapes(self, positions: NDArray[np.int64] | None = None) -> NDArray[np.object_]:
        """Whole squares, of all cells or at some positions."""
        u, v = self._turned_centres(positions)
        return _squares(u, v, self.size, self.rotation)

    def bounds(self) -> NDArray[np.float64]:
        """West, south, east, north of the whole squares [m], shape (n_cells, 4)."""
        x, y = self.centres()
        half = self.size / 2 * (1 + 1e-9) * sum(map(abs, _cosine_sine(self.rotation)))
        return np.column_stack([x - half, y - half, x + half, y + half])

    def touching(self) -> NDArray[np.int64]:
        """Pairs of positions of squares that share a side or a corner, shape (n_pairs, 2)."""
        column0, row0, table = self._table
        column, row = self.column - column0, self.row - row0
        padded = np.pad(table, 1, constant_values=-1)
        pairs = []
        for right, up in ((0, 1), (1, -1), (1, 0), (1, 1)):
            other = padded[column + 1 + right, row + 1 + up]
            here = np.flatnonzero(other >= 0)
            pairs.append(np.column_stack([here, other[here]]))
        return np.sort(np.concatenate(pairs), axis=1).astype(np.int64)

    def whole_nodes(self, positions: NDArray[np.int64], piece: float = PIECE) -> Nodes:
        """Nodes of whole squares at some positions.

        Parameters
        ----------
        positions : ndarray of int64, shape (n,)
            Which cells.
        piece : float
            Longest side of what one rule serves [m].

        Returns
        -------
        Nodes
            Sorted by cell.
        """
        nodes = square_nodes(*self._turned_centres(positions), self.size, positions, piece)
        return Nodes(*turn(nodes.x, nodes.y, self.rotation), nodes.weight, nodes.cell)

    def _turned_centres(
        self, positions: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        column, row = (each if positions is None else each[positions] for each in (self.column, self.row))
        u = self.offset[0] + (column.astype(np.float64) + 0.5) * self.size
        v = self.offset[1] + (row.astype(np.float64) + 0.5) * self.size
        return u, v


def turn(
    x: NDArray[np.float64], y: NDArray[np.float64], degrees: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn points about the zero of the CRS.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Coordinates [m].
    degrees : float
        Counter-clockwise.

    Returns
    -------
    tuple of ndarray
        Turned coordinates; the same arrays when there is nothing to turn.
    """
    if degrees == 0:
        return x, y
    c, s = _cosine_sine(degrees)
    return c * x - s * y, s * x + c * y


def _cosine_sine(degrees: float) -> tuple[float, float]:
    return float(np.cos(np.deg2rad(degrees))), float(np.sin(np.deg2rad(degrees)))


def _squares(u: NDArray[np.float64], v: NDArray[np.float64], size: float, rotation: float) -> NDArray[np.object_]:
    if rotation == 0:
        half = size / 2
        return np.asarray(shapely.box(u - half, v - half, u + half, v + half))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * size / 2
    x, y = turn(u[:, None] + corners[:, 0], v[:, None] + corners[:, 1], rotation)
    return np.asarray(shapely.polygons(np.stack([x, y], axis=-1)))


def cover(boundary: BaseGeometry, size: float, origin: tuple[float, float] | None, rotation: float) -> SquareGrid:
    """Squares that overlap a boundary, and perhaps some that only touch it.

    Parameters
    ----------
    boundary : shapely geometry
        The area.
    size : float
        Side [m].
    origin : tuple of float, optional
        A corner of the grid [m]. Default: multiples of `size`.
    rotation : float
        Degrees counter-clockwise.

    Returns
    -------
    SquareGrid
        Sorted by column, then row.

    Raises
    ------
    InputError
        If an argument is no finite number, or the size is not positive or gives too many squares.
    """
    size, rotation = _number("size", size), _number("rotation", rotation)
    if not size > 0:
        raise InputError(f"Domain.square: size is {size!r}; expected a side length in metres above 0")
    offset = (0.0, 0.0)
    if origin is not None:
        if len(origin) != 2:
            raise InputError(f"Domain.square: origin is {origin!r}; expected two numbers, x and y in metres")
        x0, y0 = (_number("origin", value) for value in origin)
        u0, v0 = turn(np.array([x0]), np.array([y0]), -rotation)
        offset = (float(u0[0] % size), float(v0[0] % size))
    rings = rings_of(np.array([boundary], object))
    u, v = ((each - start) / size for each, start in zip(turn(rings.x, rings.y, -rotation), offset, strict=True))
    first = np.floor([u.min(), v.min()]) - 1  # so that rounding leaves nothing outside
    last = np.floor([u.max(), v.max()]) + 1
    number = float(np.prod(last - first - 1))
    if number > MAX_CELLS:
        raise InputError(
            f"Domain.square: {number:.3g} squares of {size:g} m span the boundary; expected at most {MAX_CELLS:.0g}; "
            "check the boundary for stray parts, or use larger squares"
        )
    shape = int(last[0] - first[0]) + 1, int(last[1] - first[1]) + 1
    state = rasterise(u - first[0], v - first[1], rings.closes, shape, 1e-6)
    column, row = (each.astype(np.int64) for each in np.nonzero(state != OUTSIDE))
    return SquareGrid(size, offset, rotation, column + int(first[0]), row + int(first[1]))


def _number(name: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise InputError(f"Domain.square: {name} is {value!r}; expected a finite number")
    return number
