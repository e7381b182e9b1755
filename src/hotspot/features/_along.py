"""Places along streets: how far, and how many, on the network instead of as the crow flies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import shapely
import xarray as xr

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.errors import InputError, nearest
from hotspot.features._groups import Group
from hotspot.features._layers import Geometries, Values, layer_columns
from hotspot.features._streets import network_of
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.windows import Times

Along: TypeAlias = Callable[[Network, Domain, Geometries], Values]

WAYS = ("straight", "streets")
STEP = 50.0  # [m] between the points that stand for the rim of a large place


def check_along(along: str, where: str) -> None:
    """Refuse a way to measure that there is not.

    Parameters
    ----------
    along : str
        As a feature takes it.
    where : str
        The feature, for the message.

    Raises
    ------
    InputError
        If it is none of "straight" and "streets".
    """
    if along not in WAYS:
        raise InputError(f"{where} along: got {along!r}; {nearest(str(along), WAYS)}")


def street_columns(
    feature: Feature, history: History, times: Times, groups: Sequence[Group], units: str, compute: Along
) -> xr.DataArray:
    """Compute columns that need the network of streets besides; see `layer_columns`.

    Parameters
    ----------
    feature : Feature
        A frozen dataclass.
    history : History
        With one streets layer, or cells that are street segments.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    groups : sequence of Group
        One a column.
    units : str
        Of all columns.
    compute : callable
        Takes the network, the domain and the geometries, and gives a value a cell.

    Returns
    -------
    xarray.DataArray
        NaN before the vintage of the streets too.

    Raises
    ------
    InputError
        If there are no streets, or several layers of them.
    """
    network, streets = network_of(history, feature.name)
    both = [replace(group, needs=(streets,)) for group in groups]
    key = (feature, streets.fingerprint)
    return layer_columns(key, history, times, both, units, lambda domain, shapes: compute(network, domain, shapes))


def way(network: Network, domain: Domain, shapes: Geometries) -> Values:
    """Way along the streets from each centre to the nearest shape [m]; NaN where none can be reached.

    Parameters
    ----------
    network : Network
        In the CRS of the domain.
    domain : Domain
        Gives the cells.
    shapes : ndarray of shapely geometries, shape (n,)
        The rim of a line or polygon counts, at points 50 m apart; a centre inside a polygon is 0 m away.

    Returns
    -------
    ndarray, shape (n_cells,)
        Distances.
    """
    x, y = domain.centres
    to_x, to_y = shapely.get_coordinates(shapely.segmentize(shapes, STEP)).T
    ways = network.nearest(x, y, to_x, to_y)
    large = shapes[shapely.get_dimensions(shapes) == 2]
    inside, _ = shapely.STRtree(large).query(shapely.points(x, y), predicate="intersects")
    ways[inside] = 0.0
    return ways


def near(network: Network, domain: Domain, shapes: Geometries, radius: float) -> Values:
    """Count the shapes that are near each centre along the streets.

    Parameters
    ----------
    network : Network
        In the CRS of the domain.
    domain : Domain
        Gives the cells.
    shapes : ndarray of shapely geometries, shape (n,)
        A line or polygon counts as one, at a point on it.
    radius : float
        Longest way [m].

    Returns
    -------
    ndarray, shape (n_cells,)
        Numbers.
    """
    to_x, to_y = shapely.get_coordinates(shapely.point_on_surface(shapes)).T
    return network.count_within(*domain.centres, to_x, to_y, radius).astype(float)
