"""How much of a domain a layer covers, said in a sentence: a layer of half the city is a fault that looks like zeros.

Areas cover what lies inside them. Places and streets cover what was searched for them, if somebody says so (`extent`).
Nobody can tell from points alone whether there is nothing or nobody looked; so without an extent the hull round all of
them is taken, grown by the largest distance from one of them to the next, and this is told and used for nothing else:
counts stay 0 where the layer has no place, and NaN is only what a declared extent leaves out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from hotspot.domain import Domain
from hotspot.layers.areas import Areas
from hotspot.layers.base import Layer, Shapes
from hotspot.layers.events import Events
from hotspot.layers.places import Places
from hotspot.layers.transfer import overlap_share, overlaps

FEWEST = 10  # places: from fewer nobody can tell how far a layer reaches
NOTABLE = 0.001  # share of areas that overlap


class Coverage(NamedTuple):
    """How much of a domain a layer covers.

    Attributes
    ----------
    share : float
        Of the area of the domain, or of its length of street; NaN where that cannot be told.
    sentence : str
        The same for a reader, with what it rests on.
    """

    share: float
    sentence: str


def coverage(layer: Layer, domain: Domain) -> Coverage:
    """Tell how much of a domain a layer covers.

    Parameters
    ----------
    layer : Layer
        Of any kind; one without geometries holds for the whole city.
    domain : Domain
        The study area.

    Returns
    -------
    Coverage
        Share and sentence. Of a layer of rows with a beginning and an end, all of them are looked at.
    """
    who = f"{type(layer).__name__.lower()} {layer.name!r}"
    if isinstance(layer, Areas):
        return _of_areas(layer, domain, who)
    if not isinstance(layer, Shapes):
        return Coverage(1.0, f"{who} holds for the whole domain")
    declared = layer.extent_in(domain.crs) if isinstance(layer, Places) else None
    if declared is not None:
        share = _share(inside(declared, domain), domain)
        return Coverage(share, f"{who} was searched for in {share:.1%} of the domain, as its extent says")
    shapes = layer.shapes_in(domain.crs)
    shapes = shapes[~shapely.is_empty(shapes)]
    if isinstance(layer, Events):
        return _of_events(shapes, domain, who)
    return _of_shapes(shapes, domain, who)


def inside(extent: BaseGeometry, domain: Domain) -> NDArray[np.bool_]:
    """Tell which cells have their centre inside an extent.

    Parameters
    ----------
    extent : shapely geometry
        In the CRS of the domain.
    domain : Domain
        Gives the cells.

    Returns
    -------
    ndarray of bool, shape (n_cells,)
        Whether inside.
    """
    shapely.prepare(extent)
    return np.asarray(shapely.intersects_xy(extent, *domain.centres))


def _of_areas(layer: Areas, domain: Domain, who: str) -> Coverage:
    surface = overlaps(layer, domain)
    share = float(np.minimum(surface.sum(axis=0), domain.size).sum() / domain.size.sum())
    double = overlap_share(surface, domain)
    more = f"; {double:.1%} of that lies in several of them" if double > NOTABLE else ""
    return Coverage(share, f"{who} cover {share:.1%} of the domain; other cells are NaN{more}")


def _of_events(shapes: NDArray[np.object_], domain: Domain, who: str) -> Coverage:
    """Count venues: how far a calendar reaches cannot be told from where its events take place."""
    venues = np.unique(shapely.to_wkb(shapes))
    inside = int(shapely.intersects(shapely.from_wkb(venues), domain.boundary).sum())
    sentence = f"{who}: {venues.size:,} venues, {inside:,} of them in the domain"
    if not inside:
        return Coverage(0.0, f"{sentence}; is the CRS of the file the right one?")
    return Coverage(float("nan"), sentence)


def _of_shapes(shapes: NDArray[np.object_], domain: Domain, who: str) -> Coverage:
    near = shapely.dwithin(shapes, domain.boundary, domain.spacing)
    if not near.any():
        return Coverage(
            0.0, f"{who}: none of {shapes.size:,} lies in the domain; is the CRS of the file the right one?"
        )
    if shapes.size < FEWEST and not shapely.get_dimensions(shapes).any():  # a few streets do reach somewhere
        return Coverage(float("nan"), f"{who}: {shapes.size} are too few to tell how much of the domain they cover")
    share = _share(inside(_reach(shapes), domain), domain)
    doubt = "" if share > 0.95 else "; beyond, none is counted as 0: if the file ends there, say so with extent=..."
    return Coverage(
        share, f"{who} reach over {share:.1%} of the domain, to judge by where its {shapes.size:,} lie{doubt}"
    )


def _reach(shapes: NDArray[np.object_]) -> BaseGeometry:
    """Hull round shapes, grown by the largest distance from one to the next."""
    middles = np.unique(shapely.get_coordinates(shapely.centroid(shapes)), axis=0)
    apart = cKDTree(middles).query(middles, k=2)[0][:, 1].max() if len(middles) > 1 else 0.0
    hull = shapely.GeometryCollection(list(shapes)).convex_hull
    return hull.buffer(apart)


def _share(which: NDArray[np.bool_], domain: Domain) -> float:
    return float(domain.size[which].sum() / domain.size.sum())
