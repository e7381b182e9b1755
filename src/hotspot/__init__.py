"""Where and when incidents are likely, how good any such forecast is, and who bears its consequences.

The public names load on first use, so that ``import hotspot`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotspot import audit, errors, models, report, testing
    from hotspot.domain import Domain
    from hotspot.evaluate.backtest import backtest
    from hotspot.evaluate.compare import compare
    from hotspot.evaluate.scores import score
    from hotspot.evaluate.selection import select
    from hotspot.evaluate.summary import summarise
    from hotspot.features.cube import featurize
    from hotspot.history import History
    from hotspot.incidents import Incidents
    from hotspot.io.incidents import read_incidents
    from hotspot.io.layers import read_areas, read_places, read_streets
    from hotspot.layers import Areas, Places, Streets
    from hotspot.quality import assess
    from hotspot.windows import Windows

__version__ = "0.1.0"

_HOME = {
    "Areas": "hotspot.layers",
    "Domain": "hotspot.domain",
    "History": "hotspot.history",
    "Incidents": "hotspot.incidents",
    "Places": "hotspot.layers",
    "Streets": "hotspot.layers",
    "Windows": "hotspot.windows",
    "assess": "hotspot.quality",
    "backtest": "hotspot.evaluate.backtest",
    "compare": "hotspot.evaluate.compare",
    "featurize": "hotspot.features.cube",
    "read_areas": "hotspot.io.layers",
    "read_incidents": "hotspot.io.incidents",
    "read_places": "hotspot.io.layers",
    "read_streets": "hotspot.io.layers",
    "score": "hotspot.evaluate.scores",
    "select": "hotspot.evaluate.selection",
    "summarise": "hotspot.evaluate.summary",
}
_ROOMS = ("audit", "errors", "models", "report", "testing")

__all__ = [
    "Areas",
    "Domain",
    "History",
    "Incidents",
    "Places",
    "Streets",
    "Windows",
    "assess",
    "audit",
    "backtest",
    "compare",
    "errors",
    "featurize",
    "models",
    "read_areas",
    "read_incidents",
    "read_places",
    "read_streets",
    "report",
    "score",
    "select",
    "summarise",
    "testing",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name in _ROOMS:
        return import_module(f"hotspot.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'hotspot' has no attribute {name!r}; it offers {', '.join(__all__)}")
    loaded = getattr(import_module(_HOME[name]), name)
    globals()[name] = loaded
    return loaded


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return [*__all__, "__version__"]
