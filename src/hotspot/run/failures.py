"""What a config asks for that cannot be, as far as it shows before anything is forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hotspot.errors import HotspotError, InputError
from hotspot.evaluate.selection import Budget, check_affordable
from hotspot.features.columns import compute_columns
from hotspot.history import History
from hotspot.protocols import Feature
from hotspot.run.inputs import Inputs, make_models


def unaffordable(inputs: Inputs) -> list[str]:
    """Name the coverages that buy no cell.

    Parameters
    ----------
    inputs : Inputs
        Config and domain.

    Returns
    -------
    list of str
        One sentence a coverage.
    """
    domain, told = inputs.domain, []
    unit = "m2" if domain.measure == "area" else "m"
    for share in inputs.config.selection.coverage:
        try:
            check_affordable(Budget(domain.size, share * domain.total_size, unit), f"selection.coverage {share:g}")
        except InputError as error:
            told.append(str(error))
    return told


def failing_features(inputs: Inputs, history: History) -> list[str]:
    """Compute each feature of each model once, and name those that fail.

    Parameters
    ----------
    inputs : Inputs
        Config and windows; of these the first lead.
    history : History
        As of the issue time.

    Returns
    -------
    list of str
        One sentence a feature.
    """
    told = []
    times, windows = np.array([history.known_until], "datetime64[us]"), replace(inputs.windows, leads=1)
    for feature in _features(inputs):
        try:
            for _ in compute_columns(feature, history, times, windows):
                pass
        except HotspotError as error:
            told.append(f"feature {feature.name!r}: {error}")
    return told


def _features(inputs: Inputs) -> list[Feature]:
    """Recipes of all models, each once; a model that chooses its own has none here."""
    found: list[Feature] = []
    for model in make_models(inputs.config):
        found += [feature for feature in getattr(model, "features", None) or () if feature not in found]
    return found
