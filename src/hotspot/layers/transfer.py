"""From areas to cells: how much of each cell lies in each area, and what areas say carried over to cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array

from hotspot.domain import Domain
from hotspot.errors import InputError

if TYPE_CHECKING:
    from hotspot.layers.areas import Areas

ROUNDING = 1e-6  # of a cell: less of it in an area is none
UNKNOWN = 0.01  # of a cell: more of it in an area without a number, and the cell's count is not known
MOST_OVERLAP = 0.2  # of what areas cover in cells: more is no accident of drawing
AT_ONCE = 200_000  # cells


def overlaps(areas: Areas, domain: Domain) -> csr_array:
    """Measure how much of each cell lies in each area.

    Parameters
    ----------
    areas : Areas
        Polygons, in any CRS.
    domain : Domain
        Cells; of one that the boundary cuts only the part inside counts.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_areas, n_cells)
        Surface [m2], or length of street segments [m]. A street along the common edge of areas is shared between them;
        where areas overlap, each has the whole surface.
    """
    return _overlaps(_shapes(areas, domain), domain)


def shares(areas: Areas, domain: Domain) -> csr_array:
    """Share of each area that lies in each cell, where what it counts is spread evenly.

    It is spread over its surface, water and parks included. Where cells are street segments, what lies inside the
    boundary is spread along the streets there.

    Parameters
    ----------
    areas : Areas
        Polygons.
    domain : Domain
        Cells.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_areas, n_cells)
        Rows add up to 1 where the whole area is covered by cells, to less elsewhere. With street segments they add up
        to the share of the area inside the boundary, or to 0 where that holds no street.

    References
    ----------
    Goodchild & Lam (1980), Areal interpolation: a variant of the traditional spatial problem, Geo-Processing 1,
    297-312.
    """
    shapes = _shapes(areas, domain)
    return _shares(_overlaps(shapes, domain), shapes, domain)


@dataclass(frozen=True, eq=False)
class Transfer:
    """What carries numbers of areas over to cells; make one with `Transfer.of`.

    Parameters
    ----------
    surface : scipy.sparse.csr_array, shape (n_areas, n_cells)
        From `overlaps`.
    spread : scipy.sparse.csr_array, shape (n_areas, n_cells)
        Share of what an area counts that belongs to a cell.
    living : scipy.sparse.csr_array, shape (n_areas, n_cells), optional
        Residents that area and cell share.
    size : ndarray, shape (n_cells,)
        Of the cells [m2 or m].
    """

    surface: csr_array
    spread: csr_array
    living: csr_array | None
    size: NDArray[np.float64]

    @classmethod
    def of(cls, areas: Areas, domain: Domain, population: Areas | None = None) -> Transfer:
        """Measure areas against cells.

        Parameters
        ----------
        areas : Areas
            What describes them is carried over.
        domain : Domain
            Cells.
        population : Areas, optional
            With residents, perhaps the same layer: rates are weighted by them, and counts spread by them within each
            area, evenly where it has none. Default: all goes by surface (by length of street, with segments).

        Returns
        -------
        Transfer
            For one set of areas.

        Raises
        ------
        InputError
            If areas overlap on more than a fifth of what they cover.

        References
        ----------
        Goodchild & Lam (1980), Geo-Processing 1, 297-312; Eicher & Brewer (2001), Dasymetric mapping and areal
        interpolation: implementation and evaluation, Cartography and Geographic Information Science 28(2), 125-138,
        doi:10.1559/152304001782173727.
        """
        shapes = _shapes(areas, domain)
        surface = _overlaps(shapes, domain)
        _check_overlap(surface, domain, areas.name)
        spread, living = _shares(surface, shapes, domain), None
        if population is not None:
            living, total = _living(areas, domain, population, spread)
            peopled = total > 0
            by_people = diags_array(np.where(peopled, 1 / np.where(peopled, total, 1.0), 0.0)) @ living
            spread = csr_array(by_people + diags_array(np.where(peopled, 0.0, 1.0)) @ spread)
        return cls(surface, spread, living, domain.size)

    @property
    def covered(self) -> NDArray[np.float64]:
        """Share of each cell that lies in areas, shape (n_cells,), at most 1."""
        return np.asarray(np.minimum(self.surface.sum(axis=0) / self.size, 1.0))

    def share(self) -> float:
        """Share of the whole domain that areas cover."""
        return float((self.covered * self.size).sum() / self.size.sum())

    def rate(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Average what does not grow with the area, such as a share, a mean or a density.

        Parameters
        ----------
        values : ndarray, shape (n_areas,)
            NaN where missing: such an area does not count.

        Returns
        -------
        ndarray, shape (n_cells,)
            Mean over the areas that share a cell, weighted by the residents there, or by the surface where nobody lives
            or no population is given; areas that overlap count each. NaN where there is none.
        """
        even = _mean(values, self.surface)
        if self.living is None:
            return even
        weighted = _mean(values, self.living)
        return np.where(np.isnan(weighted), even, weighted)

    def count(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share out what adds up, such as households; areas that overlap add up.

        Parameters
        ----------
        values : ndarray, shape (n_areas,)
            NaN where missing.

        Returns
        -------
        ndarray, shape (n_cells,)
            Adds up to the total of the areas that cells cover. NaN where no area covers a cell, or one without a number
            covers more than a hundredth of it.
        """
        missing = np.isnan(values)
        unknown = self.surface.T @ missing.astype(float) > UNKNOWN * self.size
        total = np.asarray(self.spread.T @ np.nan_to_num(values))
        return np.where(unknown | (self.covered == 0), np.nan, total)


def _shapes(areas: Areas, domain: Domain) -> NDArray[np.object_]:
    return areas.shapes_in(domain.crs)


def _mean(values: NDArray[np.float64], weights: csr_array) -> NDArray[np.float64]:
    there = np.isfinite(values)
    weight = np.asarray(weights.T @ there.astype(float))
    total = np.asarray(weights.T @ np.where(there, values, 0.0))
    return np.asarray(np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan))


def _overlaps(shapes: NDArray[np.object_], domain: Domain) -> csr_array:
    shapely.prepare(shapes)
    tree, cells = shapely.STRtree(shapes), domain.shapes
    parts = [_pairs(shapes, tree, cells, first) for first in range(0, domain.n_cells, AT_ONCE)]
    area, cell, size = (np.concatenate(column) for column in zip(*parts, strict=True))
    found = csr_array((size, (area, cell)), (len(shapes), domain.n_cells))
    if domain.measure == "area":
        return found
    total = np.asarray(found.sum(axis=0))  # more than the street where it runs along the edge of two areas
    return csr_array(found @ diags_array(np.minimum(1.0, domain.size / np.where(total > 0, total, 1.0))))


def _pairs(
    shapes: NDArray[np.object_], tree: shapely.STRtree, cells: NDArray[np.object_], first: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Areas, cells and what they share, for some cells after another."""
    some = cells[first : first + AT_ONCE]
    # from the cells' side: there are many of them, and a prepared area answers fast
    cell, area = tree.query(some)
    measure = shapely.area if (shapely.get_dimensions(some) == 2).any() else shapely.length
    size = measure(some)
    inside = shapely.covers(shapes[area], some[cell])
    shared = np.where(inside, size[cell], 0.0)
    cut = np.flatnonzero(~inside)
    cut = cut[shapely.intersects(shapes[area[cut]], some[cell[cut]])]
    shared[cut] = measure(shapely.intersection(shapes[area[cut]], some[cell[cut]]))
    kept = shared > ROUNDING * size[cell]
    return area[kept], cell[kept] + first, shared[kept]


def _shares(found: csr_array, shapes: NDArray[np.object_], domain: Domain) -> csr_array:
    whole = shapely.area(shapes)
    if domain.measure == "length":
        shapely.prepare(domain.boundary)
        inside = whole.copy()
        cut = ~shapely.covers(domain.boundary, shapes)
        inside[cut] = shapely.area(shapely.intersection(domain.boundary, shapes[cut]))
        streets = np.asarray(found.sum(axis=1))
        some = (streets > 0) & (inside > 0)
        whole = np.where(some, whole * streets / np.where(some, inside, 1.0), np.inf)
    return csr_array(diags_array(1 / np.where(whole > 0, whole, np.inf)) @ found)


def _living(areas: Areas, domain: Domain, population: Areas, even: csr_array) -> tuple[csr_array, NDArray[np.float64]]:
    """Residents that areas and cells share, and those of whole areas; they are spread evenly over their own areas."""
    people = population.residents
    if population is areas:
        return csr_array(diags_array(people) @ even), people
    outer, inner = _shapes(areas, domain), _shapes(population, domain)
    i, j = shapely.STRtree(inner).query(outer, predicate="intersects")
    common = shapely.intersection(outer[i], inner[j])
    part = shapely.area(common) / shapely.area(inner[j])
    some = part > ROUNDING
    i, common, living = i[some], common[some], (people[j] * part)[some]
    owner = coo_array((living, (i, np.arange(i.size))), (len(outer), i.size))
    pieces = _shares(_overlaps(common, domain), common, domain)
    return csr_array(owner @ pieces), np.bincount(i, living, len(outer)).astype(float)


def overlap_share(surface: csr_array, domain: Domain) -> float:
    """Share of what areas cover in cells that an other area covers too; at least so much.

    Parameters
    ----------
    surface : scipy.sparse.csr_array, shape (n_areas, n_cells)
        From `overlaps`.
    domain : Domain
        Of the cells.

    Returns
    -------
    float
        0 to 1; 0 where cells are street segments, as streets along common edges are shared.
    """
    total = np.asarray(surface.sum(axis=0))
    return float(np.maximum(total - domain.size, 0).sum() / total.sum()) if total.any() else 0.0


def _check_overlap(surface: csr_array, domain: Domain, name: str) -> None:
    share = overlap_share(surface, domain)
    if share > MOST_OVERLAP:
        raise InputError(
            f"layer {name!r}: areas overlap on {share:.0%} of what they cover; expected at most {MOST_OVERLAP:.0%}; "
            "are there two levels or two vintages in one file? Keep one of them, or name the columns of their time: "
            "since=..., until=..."
        )
