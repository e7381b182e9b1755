"""In which cells an incident counts when each cell takes what happens around it."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, eye_array

from hotspot.domain import Domain
from hotspot.features._memo import remembered
from hotspot.features._sweeps import matrix_of
from hotspot.kernels.asof import Matrix


def around(domain: Domain, radius: float | None, *, by: str = "distance", own: bool = True) -> Matrix:
    """Send an incident to the cells that have its cell for a neighbour.

    Parameters
    ----------
    domain : Domain
        Gives the cells.
    radius : float or None
        Largest distance between centres [m]. None: 1.5 times the spacing of the domain.
    by : "distance", "touch" or "streets"
        Measure straight, take cells that touch, or measure along the streets.
    own : bool
        Whether it counts in its own cell as well.

    Returns
    -------
    Matrix
        Ones.
    """

    def make() -> Matrix:
        reach = 1.5 * domain.spacing if radius is None else radius
        network = domain.network if by == "streets" else None
        near = domain.neighbours(None if by == "touch" else reach, network=network)
        shape = (domain.n_cells, domain.n_cells)
        takes = csr_array((np.ones(near.indices.size), near.indices, near.indptr), shape=shape)
        return matrix_of((takes + eye_array(domain.n_cells) if own else takes).T)

    return remembered(domain, ("around", radius, by, own), make)
