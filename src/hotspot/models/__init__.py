"""Models: one recipe and its fitted object a file. All answer in expected incidents per cell and window.

The recipes load on first use; LightGBM alone costs most of a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotspot.models.boosted import Boosted
    from hotspot.models.counts import Counts
    from hotspot.models.grid_etas import GridEtas
    from hotspot.models.kde import Kde

__all__ = ["Boosted", "Counts", "GridEtas", "Kde"]
_HOME = {"Boosted": "boosted", "Counts": "counts", "GridEtas": "grid_etas", "Kde": "kde"}


def __getattr__(name: str) -> Any:
    """Load a recipe on first use."""
    if name not in _HOME:
        raise AttributeError(f"hotspot.models has no {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"hotspot.models.{_HOME[name]}"), name)
