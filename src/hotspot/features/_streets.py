"""What features of streets share: the network, where it lies in the cells, and the columns they give."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeAlias, cast

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.errors import InputError
from hotspot.features._groups import Group, named, street_groups, usable
from hotspot.features._layers import Values, by_state, kept, labelled, single
from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.layers import Streets
from hotspot.layers.vintages import State
from hotspot.protocols import Feature
from hotspot.windows import Times

OWN = "the street segments of the domain"
SAME = 25.0  # [m]; a segment lies on the street of a layer that is nearest to it, within this distance
DISC = 250.0  # [m]; around the middle of a segment, which has no area of its own

Compute: TypeAlias = Callable[[Domain, "Network | None"], Values]


class Lying(NamedTuple):
    """Which streets lie in which cells.

    Attributes
    ----------
    edge : ndarray of int64, shape (n,)
        Edges of the network.
    cell : ndarray of int64, shape (n,)
        Positions.
    length : ndarray, shape (n,)
        Of the edge inside the cell and the boundary [m].
    """

    edge: NDArray[np.int64]
    cell: NDArray[np.int64]
    length: Values


def check_radius(radius: float | None, feature: str, *, needed: bool = False) -> None:
    """Refuse a radius that is no distance.

    Parameters
    ----------
    radius : float, optional
        As a feature takes it [m].
    feature : str
        Its name, for the message.
    needed : bool
        Whether there has to be one.

    Raises
    ------
    InputError
        If it is no positive number.
    """
    if radius is None and not needed:
        return
    if not isinstance(radius, int | float) or not (np.isfinite(radius) and radius > 0):
        raise InputError(f"{feature} radius: got {radius!r}, expected metres above 0")


def network_of(history: History, feature: str = "a feature of streets") -> tuple[Network, Streets]:
    """Give the streets of a History as a network, and the layer that they come from.

    Parameters
    ----------
    history : History
        With one streets layer, whose rows hold for ever; or with cells that are street segments, which then are the
        streets.
    feature : str
        Who asks, for the message.

    Returns
    -------
    network : Network
        In the CRS of the domain, made once a layer.
    layer : Streets
        Its `vintage` is that of the network.

    Raises
    ------
    InputError
        If there are no streets, several layers of them, or streets that come and go.
    """
    groups = networks(history, feature)
    layers = [layer for group in groups for layer in group.vintages]
    if len(layers) > 1:
        names = ", ".join(f"{layer.name!r} of {layer.vintage}" for layer in layers)
        raise InputError(f"feature {feature} measures along one network; the History has streets {names}; keep one")
    (layer,) = layers
    if layer.since is not None or layer.until is not None:
        raise InputError(
            f"feature {feature} measures along one network that does not change; streets {layer.name!r} have the "
            "columns since or until; read the layer without them, with a vintage"
        )
    network = _network(State(layer, 0, 1, np.ones(len(layer), bool)), history.domain.crs)
    if network is None:
        raise InputError(f"feature {feature}: streets {layer.name!r} hold no line in {history.domain.crs}")
    return network, cast("Streets", layer)


def networks(history: History, feature: str) -> list[Group]:
    """Give the streets layers of a History, or its segments where it has none.

    Parameters
    ----------
    history : History
        With layers.
    feature : str
        Who asks, for the message.

    Returns
    -------
    list of Group
        One a layer.

    Raises
    ------
    InputError
        If there are no streets.
    """
    domain = history.domain
    if domain.kind != "segments" or any(isinstance(layer, Streets) for layer in history.layers):
        return street_groups(history, feature)
    return named([((remembered(domain, OWN, lambda: _own(domain)),), None)])


def _own(domain: Domain) -> Streets:
    """Turn the segments into a layer."""
    network = domain.network
    columns = {} if network.labels is None else {"class": network.labels}
    frame = gpd.GeoDataFrame(columns, geometry=network.lines, crs=domain.crs)
    return Streets(frame, category="class" if columns else None, name="segments", source=OWN)


def _network(state: State[Any], crs: str) -> Network | None:
    """Make the network of a state of a layer, once; None where no street holds."""

    def make() -> Network | None:
        layer, lines = state.layer, state.layer.shapes_in(crs)
        some = state.rows & ~shapely.is_empty(lines)
        if not some.any():
            return None
        labels = None if layer.category is None else layer.frame[layer.category].to_numpy(dtype=object)[some]
        if layer.source == OWN:  # joined between junctions again, so that the length of segments changes no feature
            return Network.of(lines[some], labels=labels, tolerance=0.0, crossings="vertices")
        return Network.of(lines[some], labels=labels)

    found: Network | None = kept(state, ("network", crs), 20 * len(state.layer), make)
    return found


def network_columns(feature: Feature, history: History, times: Times, units: str, compute: Compute) -> xr.DataArray:
    """Compute a column a streets layer, once for each distinct state of it.

    Parameters
    ----------
    feature : Feature
        A frozen dataclass.
    history : History
        With a streets layer, or cells that are street segments.
    times : ndarray of datetime64[us], shape (n_times,)
        Issue times.
    units : str
        Of all columns.
    compute : callable
        Takes the domain and the network, None where there is no street, and gives a value a cell.

    Returns
    -------
    xarray.DataArray
        Over (cell), with issue_time where a layer is dated, with column where there are several layers.

    Raises
    ------
    InputError
        If there are no streets.
    """
    groups = networks(history, feature.name)
    values, dated = by_state(cast("Hashable", feature), history, times, groups, compute, _network)
    return single(labelled(history, times if dated else None, groups, values, [units] * len(groups)))


def class_columns(
    feature: Feature, history: History, times: Times, units: str, compute: Callable[[str], Compute]
) -> xr.DataArray:
    """Compute a column a class of street; see `network_columns`.

    Parameters
    ----------
    feature, history, times, units
        As for `network_columns`.
    compute : callable
        Takes a class and gives what computes its values.

    Returns
    -------
    xarray.DataArray
        Over (cell, column), with issue_time where a layer is dated.

    Raises
    ------
    InputError
        If there are no streets, or a layer has no classes.
    """
    layers = networks(history, feature.name)
    wanted = [(group.vintages, name) for group in layers for name in _classes(group, feature.name)]
    found = [
        by_state((feature, name), history, times, [Group("", vintages)], compute(name), _network)
        for vintages, name in wanted
    ]
    dated = any(each for _, each in found)
    shape = (times.size, 1, history.domain.n_cells)
    values = [np.broadcast_to(each, shape) if dated else each for each, _ in found]
    groups = [Group(group.column, group.vintages) for group in named(wanted)]
    joined = np.concatenate(values, axis=1 if dated else 0)
    return labelled(history, times if dated else None, groups, joined, [units] * len(groups))


def _classes(group: Group, feature: str) -> list[str]:
    """Classes in any vintage, so that the columns do not change in time."""
    layers = [layer for layer in group.vintages if isinstance(layer, Streets)]
    found = usable(layers)
    if not found:
        raise InputError(
            f"feature {feature}: streets {group.vintages[0].name!r} have no classes; name their column when reading, "
            "for example read_streets(..., category='highway')"
        )
    return found


def lying(domain: Domain, network: Network) -> Lying:
    """Lay a network over the cells.

    Parameters
    ----------
    domain : Domain
        Gives the cells. One that is a street segment holds the nearest street within 25 m of each of its points.
    network : Network
        In the CRS of the domain.

    Returns
    -------
    Lying
        A street along the edge of two cells lies in both.
    """
    find = _along_segments if domain.measure == "length" else _across_cells
    return remembered(network, ("lying", domain.fingerprint), lambda: find(domain, network))


def _across_cells(domain: Domain, network: Network) -> Lying:
    cells = domain.shapes
    edge, cell = shapely.STRtree(cells).query(network.lines, predicate="intersects")
    inside = shapely.length(shapely.intersection(network.lines[edge], cells[cell]))
    some = inside > 0
    return Lying(edge[some].astype(np.int64), cell[some].astype(np.int64), inside[some])


def _along_segments(domain: Domain, network: Network) -> Lying:
    nodes = domain.nodes
    edge, _, _ = network.snap(nodes.x, nodes.y, SAME)
    there = edge >= 0
    return Lying(edge[there], nodes.cell[there], nodes.weight[there])


def street_length(domain: Domain, network: Network | None, radius: float | None) -> Values:
    """Measure the streets in each cell, or within a radius of its centre [m], shape (n_cells,)."""
    if network is None:
        return np.zeros(domain.n_cells)
    if radius is not None:
        return network.length_within(*domain.centres, radius)
    found = lying(domain, network)
    return np.bincount(found.cell, weights=found.length, minlength=domain.n_cells).astype(np.float64)


def junction_density(
    domain: Domain, network: Network | None, radius: float | None, which: Callable[[Network], NDArray[np.bool_]]
) -> Values:
    """Count some nodes of a network in each cell, or within a radius of its centre, per area [1/km2], (n_cells,)."""
    around = reach(domain, radius)
    points = np.empty((0, 2)) if network is None else network.nodes[which(network)]
    if around is not None:
        centres = np.column_stack(domain.centres)
        near = cKDTree(points).query_ball_point(centres, around, return_length=True) if len(points) else 0.0
        return np.asarray(near / square_km(domain, around))
    cell = domain.locate(*points.T)[domain.contains(*points.T)]
    return np.asarray(np.bincount(cell[cell >= 0], minlength=domain.n_cells) / square_km(domain, None))


def reach(domain: Domain, radius: float | None) -> float | None:
    """Radius of the disc that stands for a cell; None where the cell has an area of its own and none is asked for."""
    return DISC if radius is None and domain.measure == "length" else radius


def square_km(domain: Domain, radius: float | None) -> Values:
    """Area of each cell, or of a disc [km2]."""
    return domain.area / 1e6 if radius is None else np.full(domain.n_cells, np.pi * (radius / 1e3) ** 2)
