"""`hotspot check`: read everything, compute nothing, say what would happen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hotspot.errors import InputError
from hotspot.run.config import Config
from hotspot.run.exports import check_formats
from hotspot.run.inputs import Inputs, issue_time, load_inputs, make_models, published
from hotspot.run.manifest import leakage_risks, run_id


def check(config: Config, *, as_of: str | None = None) -> dict[str, Any]:
    """Read everything that a run would read.

    Parameters
    ----------
    config : Config
        From `load_config`.
    as_of : str, optional
        Moment to run as of.

    Returns
    -------
    dict
        Facts by heading: run, domain, windows, incidents, targets, layers, models, warnings.
    """
    check_formats(config)
    inputs = load_inputs(config)
    issued = issue_time(inputs, as_of)
    zone = inputs.domain.time_zone
    start, end = inputs.windows.bounds(issued, zone)
    targets = {target.name: _target(inputs, target.name, issued) for target in config.targets}
    return {
        "run": {"name": config.name, "issue_time": f"{issued}Z", "run_id": run_id(inputs, issued)},
        "domain": {
            "cells": inputs.domain.n_cells,
            "kind": inputs.domain.kind,
            "area_km2": round(inputs.domain.total_area / 1e6, 2),
            "crs": inputs.domain.crs,
            "time_zone": zone,
        },
        "windows": {"number": int(start.size), "first": f"{start[0]}Z", "last_end": f"{end[-1]}Z"},
        "incidents": {
            "rows_read": inputs.incidents.quality.rows_read,
            "rows_kept": inputs.incidents.quality.rows_kept,
            "set_aside": dict(sorted(inputs.incidents.quality.set_aside.items())),
            "notes": list(inputs.incidents.quality.notes),
        },
        "targets": targets,
        "layers": [f"{type(layer).__name__}: {layer.name}" for layer in inputs.layers],
        "models": {"compared": [model.name for model in make_models(config)], "published": published(config)},
        "output": str(Path(config.output.store) / config.name),
        "warnings": [*leakage_risks(inputs), *_warnings(targets)],
    }


def _target(inputs: Inputs, name: str, issued: np.datetime64) -> dict[str, Any]:
    target = next(target for target in inputs.config.targets if target.name == name)
    history = inputs.history(target).as_of(issued)
    known = int(history.is_target.sum())
    facts: dict[str, Any] = {"categories": list(history.target or ("all",)), "known_incidents": known}
    try:
        facts["record_from"], facts["complete_until"] = f"{history.observed_from}Z", f"{history.complete_until}Z"
    except InputError as error:
        facts["fault"] = str(error)
    return facts


def _warnings(targets: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"target {name!r} has no known incident at the issue time, so a run would be refused"
        for name, facts in targets.items()
        if not facts["known_incidents"]
    ]
