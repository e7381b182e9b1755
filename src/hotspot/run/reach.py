"""Layers that miss the city, or a part of it: the first are refused, the others told, since both look like zeros."""

from __future__ import annotations

from hotspot.errors import ConfigError
from hotspot.layers import Layer, Tracks
from hotspot.layers.base import Shapes
from hotspot.layers.reach import coverage
from hotspot.run.inputs import Inputs

SCANT = 0.9  # share of the domain; a layer that covers less is told on the map


def hold_reach(inputs: Inputs) -> list[str]:
    """Refuse the run where a layer misses the city, and say which layers cover only a part of it.

    Parameters
    ----------
    inputs : Inputs
        Layers and domain.

    Returns
    -------
    list of str
        One sentence a layer that covers less than `SCANT` of the domain.

    Raises
    ------
    ConfigError
        If nothing of a layer lies in the domain.
    """
    missed = beside(inputs)
    if missed:
        raise ConfigError("\n".join(missed))
    found = [coverage(layer, inputs.domain) for layer in inputs.layers]
    return [f"Layer in part: {covered.sentence}" for covered in found if covered.share < SCANT]


def beside(inputs: Inputs) -> list[str]:
    """Name the layers of which nothing lies in the domain.

    Parameters
    ----------
    inputs : Inputs
        Layers and domain.

    Returns
    -------
    list of str
        One sentence a layer.
    """
    return [_missed(layer, inputs) for layer in inputs.layers if _misses(layer, inputs)]


def _misses(layer: Layer, inputs: Inputs) -> bool:
    if isinstance(layer, Tracks):
        cells = layer.cells(inputs.domain)
        return bool(cells.size) and bool((cells < 0).all())
    return coverage(layer, inputs.domain).share == 0.0


def _missed(layer: Layer, inputs: Inputs) -> str:
    crs = layer.crs if isinstance(layer, (Shapes, Tracks)) else "none"
    return (
        f"layer {layer.name!r} ({type(layer).__name__.lower()}): nothing of it lies in the domain when it is read in "
        f"{crs}, as its file or the config says, so every feature of it would be zero or missing; give the crs that it "
        f"is in (the domain is in {inputs.domain.crs}), or leave the layer out"
    )
