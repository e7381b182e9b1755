"""Residents of cells, carried over from areas by surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.layers.transfer import shares

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from hotspot.domain import Domain
    from hotspot.layers import Areas


def surface_shares(areas: Areas, domain: Domain) -> csr_array:
    """Share of each area that lies in each cell: of its surface, or of its streets where cells are street segments.

    Residents are taken to be spread evenly over their area, water and parks included; or evenly along the streets of
    their area, and then an area without a street has its residents in no cell.

    Parameters
    ----------
    areas : Areas
        Polygons.
    domain : Domain
        Cells; of one that the boundary cuts only the part inside counts.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_areas, n_cells)
        Rows add up to 1 where the whole area is covered by cells, to less elsewhere; see `hotspot.layers.transfer`.
    """
    return shares(areas, domain)
