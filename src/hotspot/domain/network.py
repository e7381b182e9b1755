"""A network of streets: nodes, edges, and distances along them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hotspot.domain.lines import Strings, along, ends_of, lengths, owners, pack, unpack
from hotspot.domain.noding import node
from hotspot.errors import InputError, nearest
from hotspot.kernels.betweenness import edge_betweenness
from hotspot.kernels.graph import Graph, Listed, Spots
from hotspot.kernels.network import between_spots, count_near, list_near, nearest_spot
from hotspot.kernels.pieces import Pieces, bucket_pieces, length_within, nearest_piece

CROSSINGS = ("split", "vertices")
MILLIMETRES = 1000


@dataclass(frozen=True, eq=False)
class Network:
    """Streets that meet at their ends.

    Make one of raw lines with `Network.of`. Distances are along the streets, both ways; a point off the streets is as
    far as its nearest point on them plus the straight line there, at either end.

    Parameters
    ----------
    lines : ndarray of shapely lines, shape (n_edges,)
        Streets that meet share an end (to a millimetre) [m].
    labels : ndarray of str or None, shape (n_edges,), optional
        Class of each street.
    notes : tuple of str
        What was mended or set aside.
    joints : ndarray of int64, shape (n_edges, 2), optional
        Numbers of the nodes at both ends of each edge: edges that share one meet there, others that end at the same
        place do not. Default: edges that end at the same place meet.
    """

    lines: NDArray[np.object_]
    labels: NDArray[np.object_] | None = None
    notes: tuple[str, ...] = ()
    joints: NDArray[np.int64] | None = None

    @classmethod
    def of(
        cls, lines: ArrayLike, *, tolerance: float = 2.0, labels: ArrayLike | None = None, crossings: str = "split"
    ) -> Network:
        """Make streets that meet at their ends out of raw lines.

        Lines are rounded to a centimetre, split where they meet, and joined where only two of one class meet; so an
        edge leads from junction to junction whatever the file's own cuts. Lines drawn twice, and stretches on top of
        each other, are taken once. An end that runs less than `tolerance` past a junction is cut; one that stops
        within `tolerance` of another street is joined to it by a short straight line, to a node where one is near
        enough. Parts without a connection to the rest are kept.

        Parameters
        ----------
        lines : array_like of shapely lines, shape (n,)
            Raw streets [m], perhaps of several parts.
        tolerance : float
            For ends that miss another street [m]; 0 leaves them.
        labels : array_like of str, shape (n,), optional
            Class of each line; missing ones are a class of their own. Where streets of several classes lie on each
            other, the first in the alphabet stays.
        crossings : {"split", "vertices"}
            ``"split"``: lines meet wherever they cross or touch. A bridge becomes a junction with the street under it.
            ``"vertices"``: lines meet only at points that both have, which keeps bridges apart in data drawn so
            (OpenStreetMap before simplification); an end then joins other nodes only.

        Returns
        -------
        Network
            Edges sorted by their western end; the order and the direction of the lines change nothing.

        Raises
        ------
        InputError
            If an option cannot be used, or no line is left.
        """
        if not (np.isfinite(tolerance) and tolerance >= 0):
            raise InputError(f"streets: tolerance is {tolerance!r}; expected metres, 0 or more")
        if crossings not in CROSSINGS:
            raise InputError(f"streets: crossings is {crossings!r}; {nearest(str(crossings), CROSSINGS)}")
        raw = np.atleast_1d(np.asarray(lines, object))
        names, code = _coded(labels, raw.size)
        streets, notes = node(raw, code, float(tolerance), crossings)
        made = cls(pack(streets.strings), None if names is None else names[streets.code], notes)
        return cls(made.lines, made.labels, (*notes, *made.parts_said()))

    def parts_said(self) -> tuple[str, ...]:
        """Say how many connected parts there are, where there are several."""
        parts = np.bincount(self.component[self.ends[:, 0]], weights=self.length)
        if parts.size == 1:
            return ()
        share = parts.max() / parts.sum()
        return (f"streets: {parts.size:,} parts that are not connected; the largest has {share:.1%} of the length",)

    @cached_property
    def _strings(self) -> Strings:
        return unpack(self.lines)

    @cached_property
    def _ends(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        points, first = self._strings
        nodes, ends = ends_of(Strings(np.round(points, 3) + 0.0, first))
        if self.joints is None:
            return nodes, ends
        _, number = np.unique(self.joints, return_inverse=True)
        node, index = np.unique(ends.ravel() * (number.max() + 1) + number.ravel(), return_inverse=True)
        return nodes[node // (number.max() + 1)], index.reshape(-1, 2).astype(np.int64)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.lines)

    @property
    def nodes(self) -> NDArray[np.float64]:
        """Where edges begin and end [m], shape (n_nodes, 2), sorted; two may be at one place, a street over another."""
        return self._ends[0]

    @property
    def ends(self) -> NDArray[np.int64]:
        """The two nodes of each edge, shape (n_edges, 2)."""
        return self._ends[1]

    @cached_property
    def length(self) -> NDArray[np.float64]:
        """Length of each edge [m], shape (n_edges,)."""
        return lengths(self._strings)

    @cached_property
    def degree(self) -> NDArray[np.int64]:
        """Edges that begin or end at each node, a loop twice, shape (n_nodes,)."""
        return np.bincount(self.ends.ravel(), minlength=len(self.nodes)).astype(np.int64)

    @cached_property
    def component(self) -> NDArray[np.int64]:
        """Number of the connected part that each node belongs to, shape (n_nodes,)."""
        links = coo_array((np.ones(self.n_edges), (self.ends[:, 0], self.ends[:, 1])), shape=(len(self.nodes),) * 2)
        return np.asarray(connected_components(links, directed=False)[1], np.int64)

    @cached_property
    def graph(self) -> Graph:
        """Ways out of each node as compressed rows, for the kernels."""
        start, end = np.ascontiguousarray(self.ends.T)
        here, there = np.concatenate([start, end]), np.concatenate([end, start])
        edge = np.tile(np.arange(self.n_edges), 2)
        order = np.lexsort((edge, there, here))
        indptr = np.concatenate([[0], np.cumsum(self.degree)]).astype(np.int64)
        return Graph(indptr, there[order], edge[order], start, end, self.length)

    @cached_property
    def _pieces(self) -> tuple[Pieces, NDArray[np.float64]]:
        """Straight pieces, and how far along its edge each begins."""
        points, line = self._strings.points, owners(self._strings)
        first = np.flatnonzero(line[1:] == line[:-1])
        x0, y0 = np.ascontiguousarray(points[first].T)
        x1, y1 = np.ascontiguousarray(points[first + 1].T)
        return bucket_pieces(x0, y0, x1, y1, line[first]), along(self._strings)[first]

    def touching(self) -> NDArray[np.int64]:
        """Pairs (i, j), i < j, of edges that share a node, shape (n_pairs, 2)."""
        edge = self.graph.edge
        number = np.repeat(self.degree, self.degree)
        first = np.repeat(edge, number)
        start = np.repeat(self.graph.indptr[:-1], self.degree)
        second = edge[np.repeat(start - (np.cumsum(number) - number), number) + np.arange(number.sum())]
        pairs = np.column_stack([first, second])[first < second]
        return np.unique(pairs, axis=0)

    def snap(
        self, x: ArrayLike, y: ArrayLike, limit: float | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Find the nearest street to each point.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Coordinates [m].
        limit : float, optional
            Streets farther away do not count [m].

        Returns
        -------
        edge : ndarray of int64, shape (n,)
            -1 where there is none, or the point is missing; of equally near ones the lower.
        along : ndarray, shape (n,)
            Where on the edge the nearest point lies, from its first end [m]; NaN where there is none.
        distance : ndarray, shape (n,)
            How far away that is [m]; NaN where there is none.
        """
        of, begin = self._pieces
        piece, share, distance = nearest_piece(*_points(x, y), of, np.inf if limit is None else float(limit))
        long = np.hypot(of.x1 - of.x0, of.y1 - of.y0)
        edge = np.where(piece >= 0, of.owner[piece], -1)
        return edge, np.minimum(begin[piece] + share * long[piece], self.length[edge]), distance

    def nearest(
        self, x: ArrayLike, y: ArrayLike, to_x: ArrayLike, to_y: ArrayLike, limit: float | None = None
    ) -> NDArray[np.float64]:
        """Measure the shortest way from each point to the nearest of others.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            From where [m].
        to_x, to_y : array_like, shape (m,)
            The others [m]; perhaps none.
        limit : float, optional
            Longest way that counts [m].

        Returns
        -------
        ndarray, shape (n,)
            Ways [m], NaN where none is connected or near enough.
        """
        reach = np.inf if limit is None else float(limit)
        return nearest_spot(self.graph, self._spots(x, y), self._listed(self._spots(to_x, to_y)), reach)

    def within(
        self, x: ArrayLike, y: ArrayLike, radius: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Find the pairs of points that are near along the streets.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Points [m].
        radius : float
            Longest way that counts [m].

        Returns
        -------
        indptr : ndarray of int64, shape (n + 1,)
            Where the others of each point start.
        indices : ndarray of int64, shape (n_pairs,)
            The others, ascending; the point itself is left out.
        distance : ndarray, shape (n_pairs,)
            Ways [m].
        """
        spots = self._spots(x, y)
        listed, reach = self._listed(spots), _radius(radius)
        number = count_near(self.graph, spots, listed, reach, True)
        indptr = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
        return indptr, *list_near(self.graph, spots, listed, reach, True, indptr)

    def count_within(
        self, x: ArrayLike, y: ArrayLike, to_x: ArrayLike, to_y: ArrayLike, radius: float
    ) -> NDArray[np.int64]:
        """Count the others that are near each point along the streets.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            From where [m].
        to_x, to_y : array_like, shape (m,)
            What to count [m]; perhaps nothing.
        radius : float
            Longest way that counts [m].

        Returns
        -------
        ndarray of int64, shape (n,)
            Numbers.
        """
        return count_near(self.graph, self._spots(x, y), self._listed(self._spots(to_x, to_y)), _radius(radius), False)

    def between(
        self, x: ArrayLike, y: ArrayLike, to_x: ArrayLike, to_y: ArrayLike, limit: float | None = None
    ) -> NDArray[np.float64]:
        """Measure the shortest way from each point to the one of the same number.

        Parameters
        ----------
        x, y, to_x, to_y : array_like, shape (n,)
            Both points [m].
        limit : float, optional
            Longest way that counts [m]; without one, each search may walk the whole network.

        Returns
        -------
        ndarray, shape (n,)
            Ways [m], NaN where they are not connected or too far apart.
        """
        reach = np.inf if limit is None else float(limit)
        return between_spots(self.graph, self._spots(x, y), self._spots(to_x, to_y), reach)

    def betweenness(self, radius: float) -> NDArray[np.float64]:
        """Count the shortest ways between nodes that lead along each edge.

        Lengths count in whole millimetres, so that equally short ways are found equal; each then has its share.

        Parameters
        ----------
        radius : float
            Longest way that counts [m].

        Returns
        -------
        ndarray, shape (n_edges,)
            Pairs of nodes, each pair once.

        References
        ----------
        Brandes (2001), doi:10.1080/0022250X.2001.9990249.
        """
        whole = np.maximum(np.rint(self.length * MILLIMETRES), 1).astype(np.int64)
        return edge_betweenness(self.graph, whole, int(_radius(radius) * MILLIMETRES))

    def length_within(
        self, x: ArrayLike, y: ArrayLike, radius: float, weight: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Measure the streets inside discs, as the crow flies.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Centres [m].
        radius : float
            Of the discs [m].
        weight : array_like, shape (n_edges,), optional
            What a metre of each edge counts. Default: 1.

        Returns
        -------
        ndarray, shape (n,)
            Lengths [m].
        """
        each = np.ones(self.n_edges) if weight is None else np.asarray(weight, float)
        return length_within(*_points(x, y), self._pieces[0], _radius(radius), each)

    def _spots(self, x: ArrayLike, y: ArrayLike) -> Spots:
        return Spots(*self.snap(x, y))

    def _listed(self, spots: Spots) -> Listed:
        """Sort points by edge; those on none are left out."""
        there = np.flatnonzero(spots.edge >= 0)
        order = there[np.argsort(spots.edge[there], kind="stable")]
        number = np.bincount(spots.edge[order], minlength=self.n_edges)
        indptr = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
        return Listed(indptr, order, spots.along[order], spots.away[order])


def _points(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    px, py = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    return np.ascontiguousarray(np.atleast_1d(px)), np.ascontiguousarray(np.atleast_1d(py))


def _radius(radius: float) -> float:
    if not (np.isfinite(radius) and radius >= 0):
        raise InputError(f"streets: radius is {radius!r}; expected metres, 0 or more")
    return float(radius)


def _coded(labels: ArrayLike | None, number: int) -> tuple[NDArray[np.object_] | None, NDArray[np.int64]]:
    """Give the classes in alphabetical order, missing ones last, and the number of each line's."""
    if labels is None:
        return None, np.zeros(number, np.int64)
    given = np.asarray(labels, object)
    if given.shape != (number,):
        raise InputError(f"streets: labels have shape {given.shape}; expected one for each of {number:,} lines")
    text = np.array([None if each is None or each != each else str(each) for each in given], object)
    names = sorted({each for each in text if each is not None})
    where = {name: i for i, name in enumerate(names)} | {None: len(names)}
    return np.array([*names, None], object), np.array([where[each] for each in text], np.int64)
