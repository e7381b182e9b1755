"""Where: the study area, its cells, and what maps points to them."""

from hotspot.domain.core import Domain
from hotspot.domain.nodes import Nodes

__all__ = ["Domain", "Nodes"]
