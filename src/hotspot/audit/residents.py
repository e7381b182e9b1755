"""Residents of cells, carried over from areas by surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array

from hotspot.domain import Domain

if TYPE_CHECKING:
    from hotspot.layers import Areas


def surface_shares(areas: Areas, domain: Domain) -> csr_array:
    """Share of each area's surface that lies in each cell.

    Residents are taken to be spread evenly over their area, water and parks included.

    Parameters
    ----------
    areas : Areas
        Polygons.
    domain : Domain
        Cells; of one that the boundary cuts only the part inside counts.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_areas, n_cells)
        Rows add up to 1 where the whole area is covered by cells, to less elsewhere.

    References
    ----------
    Goodchild & Lam (1980), Areal interpolation: a variant of the traditional spatial problem, Geo-Processing 1,
    297-312.
    """
    shapes, cells = np.asarray(areas.to_crs(domain.crs).geometry.array), domain.shapes
    # from the cells' side: there are many of them, and a prepared area answers fast
    shapely.prepare(shapes)
    cell, area = shapely.STRtree(shapes).query(cells, predicate="intersects")
    inside = shapely.covers(shapes[area], cells[cell])
    surface = shapely.area(cells[cell])
    surface[~inside] = shapely.area(shapely.intersection(shapes[area[~inside]], cells[cell[~inside]]))
    return csr_array((surface / shapely.area(shapes)[area], (area, cell)), (len(shapes), domain.n_cells))
