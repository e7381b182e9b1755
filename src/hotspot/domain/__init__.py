"""Where: the study area, its cells, and what maps points to them."""

from hotspot.domain.core import Domain
from hotspot.domain.network import Network
from hotspot.domain.nodes import Nodes
from hotspot.domain.record import read_domain, write_domain

__all__ = ["Domain", "Network", "Nodes", "read_domain", "write_domain"]
