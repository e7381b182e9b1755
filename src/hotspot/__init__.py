"""Where and when incidents are likely, how good any such forecast is, and who bears its consequences.

The public names load on first use, so that ``import hotspot`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotspot import audit, errors, models, report, testing
    from hotspot.delays import estimate_latency, report_delays
    from hotspot.domain import Domain
    from hotspot.evaluate.backtest import backtest
    from hotspot.evaluate.compare import compare
    from hotspot.evaluate.scores import score
    from hotspot.evaluate.selection import select
    from hotspot.evaluate.summary import summarise
    from hotspot.features.cube import featurize
    from hotspot.features.sampling import sample_rows
    from hotspot.features.store import read_cube, write_cube
    from hotspot.history import History
    from hotspot.incidents import Incidents, join_incidents
    from hotspot.io.days import read_days
    from hotspot.io.events import read_events
    from hotspot.io.incidents import read_incidents
    from hotspot.io.layers import read_areas, read_places, read_streets
    from hotspot.io.series import read_series
    from hotspot.io.store import ingest, read_store
    from hotspot.io.stream import convert_incidents
    from hotspot.io.tracks import read_tracks
    from hotspot.layers import Areas, Days, Events, Places, Series, Streets, Tracks
    from hotspot.profile import Profile
    from hotspot.quality import assess
    from hotspot.windows import Windows

__version__ = "0.1.0"

_HOME = {
    "Areas": "hotspot.layers",
    "Days": "hotspot.layers",
    "Domain": "hotspot.domain",
    "Events": "hotspot.layers",
    "History": "hotspot.history",
    "Incidents": "hotspot.incidents",
    "Places": "hotspot.layers",
    "Profile": "hotspot.profile",
    "Series": "hotspot.layers",
    "Streets": "hotspot.layers",
    "Tracks": "hotspot.layers",
    "Windows": "hotspot.windows",
    "assess": "hotspot.quality",
    "backtest": "hotspot.evaluate.backtest",
    "compare": "hotspot.evaluate.compare",
    "convert_incidents": "hotspot.io.stream",
    "estimate_latency": "hotspot.delays",
    "featurize": "hotspot.features.cube",
    "ingest": "hotspot.io.store",
    "join_incidents": "hotspot.incidents",
    "read_areas": "hotspot.io.layers",
    "read_cube": "hotspot.features.store",
    "read_days": "hotspot.io.days",
    "read_events": "hotspot.io.events",
    "read_incidents": "hotspot.io.incidents",
    "read_places": "hotspot.io.layers",
    "read_series": "hotspot.io.series",
    "read_store": "hotspot.io.store",
    "read_streets": "hotspot.io.layers",
    "read_tracks": "hotspot.io.tracks",
    "report_delays": "hotspot.delays",
    "sample_rows": "hotspot.features.sampling",
    "score": "hotspot.evaluate.scores",
    "select": "hotspot.evaluate.selection",
    "summarise": "hotspot.evaluate.summary",
    "write_cube": "hotspot.features.store",
}
_ROOMS = ("audit", "errors", "models", "report", "testing")

__all__ = [
    "Areas",
    "Days",
    "Domain",
    "Events",
    "History",
    "Incidents",
    "Places",
    "Profile",
    "Series",
    "Streets",
    "Tracks",
    "Windows",
    "assess",
    "audit",
    "backtest",
    "compare",
    "convert_incidents",
    "errors",
    "estimate_latency",
    "featurize",
    "ingest",
    "join_incidents",
    "models",
    "read_areas",
    "read_cube",
    "read_days",
    "read_events",
    "read_incidents",
    "read_places",
    "read_series",
    "read_store",
    "read_streets",
    "read_tracks",
    "report",
    "report_delays",
    "sample_rows",
    "score",
    "select",
    "summarise",
    "testing",
    "write_cube",
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
