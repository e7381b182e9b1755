"""Layers: what a city holds besides incidents. Places, streets, and areas with residents.

A layer has geometries, a CRS and a vintage: the moment from which its content was known. Before it, features
made from the layer are NaN. A layer without a vintage is used at all times and declared as a leakage risk. Layers of
one kind and name, each with a vintage of its own, are a dated series: the newest that was known is used. Rows of
a layer can begin and end: `since`, `until`.
"""

from hotspot.layers.areas import Areas
from hotspot.layers.base import Layer, Shapes
from hotspot.layers.days import Days
from hotspot.layers.events import Events
from hotspot.layers.places import Places, Streets
from hotspot.layers.reach import coverage
from hotspot.layers.series import Series
from hotspot.layers.timed import Timed
from hotspot.layers.tracks import Tracks
from hotspot.layers.vintages import dated

__all__ = [
    "Areas",
    "Days",
    "Events",
    "Layer",
    "Places",
    "Series",
    "Shapes",
    "Streets",
    "Timed",
    "Tracks",
    "coverage",
    "dated",
]
