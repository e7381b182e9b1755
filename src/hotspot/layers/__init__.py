"""Layers: what a city holds besides incidents. Places, streets, and areas with residents.

A layer has geometries, a CRS and a vintage: the moment from which its content was known. Before it, features
made from the layer are NaN. A layer without a vintage is used at all times and declared as a leakage risk.
"""

from hotspot.layers.areas import Areas
from hotspot.layers.base import Layer, Shapes
from hotspot.layers.places import Places, Streets

__all__ = ["Areas", "Layer", "Places", "Shapes", "Streets"]
