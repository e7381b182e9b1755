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
    """Share of each area that lies in each cell: of its surface, or of its streets where cells are street segments.

    Residents are taken to be spread evenly over their area, water and parks included; or evenly along the streets of
    their area, and then an area without a street keeps its residents to itself.

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
    measure = shapely.area if domain.measure == "area" else shapely.length
    size = measure(cells[cell])
    size[~inside] = measure(shapely.intersection(shapes[area[~inside]], cells[cell[~inside]]))
    whole = shapely.area(shapes) if domain.measure == "area" else np.bincount(area, size, minlength=len(shapes))
    some = size > 0
    return csr_array(((size / whole[area])[some], (area[some], cell[some])), (len(shapes), domain.n_cells))
