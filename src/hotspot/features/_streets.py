"""What features of streets share: the network, where it lies in the cells, and the labelled columns they give."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.domain.network import Network
from hotspot.errors import InputError
from hotspot.features._memo import remembered
from hotspot.history import History
from hotspot.layers import Layer, Streets

SAME = 25.0  # [m]; a segment lies on the street of a layer that is nearest within this distance
DISC = 250.0  # [m]; radius around the middle of a segment, which has no area of its own

Values = NDArray[np.float64]


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


def network_of(history: History, feature: str = "a feature of streets") -> tuple[Network, Layer]:
    """Give the streets of a History as a network, and the layer that they come from.

    Parameters
    ----------
    history : History
        With one streets layer; or with cells that are street segments, which then are the streets.
    feature : str
        Who asks, for the message.

    Returns
    -------
    network : Network
        In the CRS of the domain, made once a layer.
    layer : Layer
        Its `vintage` is that of the network.

    Raises
    ------
    InputError
        If there are no streets, or several layers of them.
    """
    found = networks_of(history, feature)
    if len(found) > 1:
        names = ", ".join(repr(layer.name) for _, layer in found)
        raise InputError(f"feature {feature} measures along one network; the History has streets {names}; keep one")
    return found[0]


def networks_of(history: History, feature: str) -> list[tuple[Network, Layer]]:
    """Give every streets layer of a History as a network; see `network_of`."""
    domain = history.domain
    layers = [layer for layer in history.layers if isinstance(layer, Streets)]
    if layers:
        return [(_network(layer, domain.crs), layer) for layer in layers]
    if domain.kind == "segments":
        return [remembered(domain, "network of segments", lambda: _own(domain))]
    raise InputError(
        f"feature {feature} needs streets and the History has none; add hotspot.read_streets(...) to "
        'History(layers=[...]), or [[layers]] with kind = "streets" to the config'
    )


def _network(layer: Streets, crs: str) -> Network:
    def make() -> Network:
        here = layer.to_crs(crs)
        labels = None if here.category is None else here.frame[here.category]
        return Network.of(np.asarray(here.geometry.array), labels=labels)

    return remembered(layer, ("network", crs), make)


def _own(domain: Domain) -> tuple[Network, Layer]:
    """Join the segments between junctions again, so that their length changes no feature."""
    parts = domain.network
    whole = Network.of(parts.lines, labels=parts.labels, tolerance=0.0, crossings="vertices")
    return whole, Layer(name="segments", source="the streets of the domain")
