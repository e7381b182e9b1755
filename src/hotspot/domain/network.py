"""A network of streets: nodes, edges, and distances along them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Network:
    """Streets that meet at their ends.

    Parameters
    ----------
    lines : ndarray of shapely lines, shape (n_edges,)
        Noded: streets that meet share an end [m].
    """

    lines: NDArray[np.object_]

    @cached_property
    def _ends(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Coordinates of the nodes, and the two nodes of each edge."""
        first = shapely.get_coordinates(shapely.get_point(self.lines, 0))
        last = shapely.get_coordinates(shapely.get_point(self.lines, -1))
        nodes, index = np.unique(np.round(np.concatenate([first, last]), 3), axis=0, return_inverse=True)
        return nodes, index.reshape(2, -1).T

    @property
    def ends(self) -> NDArray[np.int64]:
        """The two nodes of each edge, shape (n_edges, 2)."""
        return self._ends[1]

    def touching(self) -> NDArray[np.int64]:
        """Pairs of edges that share a node, shape (n_pairs, 2)."""
        node = self.ends.ravel()
        edge = np.repeat(np.arange(len(self.lines)), 2)
        order = np.argsort(node, kind="stable")
        first = np.searchsorted(node[order], np.arange(node.max() + 2))
        pairs = []
        for a, b in zip(first[:-1], first[1:], strict=True):
            here = np.unique(edge[order[a:b]])
            i, j = np.triu_indices(here.size, 1)
            pairs.append(np.column_stack([here[i], here[j]]))
        return np.unique(np.concatenate(pairs), axis=0)

    def within(
        self, x: NDArray[np.float64], y: NDArray[np.float64], radius: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Pairs of points within a distance along the streets, as compressed rows."""
        raise NotImplementedError
