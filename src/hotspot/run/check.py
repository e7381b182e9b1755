"""`hotspot check`: read everything, compute each feature once, forecast nothing, say what would happen."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.history import History
from hotspot.layers import Layer
from hotspot.layers.reach import coverage
from hotspot.quality import Assessment
from hotspot.run.config import Config
from hotspot.run.exports import check_formats
from hotspot.run.failures import failing_features, unaffordable
from hotspot.run.gate import assess_run
from hotspot.run.inputs import Inputs, issue_time, load_inputs, make_models, published
from hotspot.run.manifest import leakage_risks, run_id
from hotspot.run.reach import beside

QUANTILES = (0.5, 0.9, 0.99)


def check(config: Config, *, as_of: str | None = None) -> dict[str, Any]:
    """Read everything that a run would read, and compute each feature once, at the issue time.

    Parameters
    ----------
    config : Config
        From `load_config`.
    as_of : str, optional
        Moment to run as of.

    Returns
    -------
    dict
        Facts by heading: run, domain, windows, incidents, targets, layers, models, output, gate, warnings.
    """
    check_formats(config)
    inputs = load_inputs(config)
    held = inputs.incidents.quality
    issued = issue_time(inputs, as_of)
    inputs = inputs.as_known(issued)
    zone = inputs.domain.time_zone
    start, end = inputs.windows.bounds(issued, zone)
    histories = {target.name: inputs.history(target).as_of(issued) for target in config.targets}
    targets = {name: _target(history) for name, history in histories.items()}
    gate = assess_run(config, histories)
    return {
        "run": {"name": config.name, "issue_time": f"{issued}Z", "run_id": run_id(inputs, issued)},
        "domain": _domain(inputs.domain),
        "windows": {"number": int(start.size), "first": f"{start[0]}Z", "last_end": f"{end[-1]}Z"},
        "incidents": {
            "rows_read": inputs.incidents.quality.rows_read,
            "rows_kept": inputs.incidents.quality.rows_kept,
            "set_aside": dict(sorted(inputs.incidents.quality.set_aside.items())),
            "notes": list(dict.fromkeys((*inputs.incidents.quality.notes, *held.notes))),
            **_placed(inputs),
        },
        "targets": targets,
        "layers": [_layer(layer, inputs.domain) for layer in inputs.layers],
        "models": {"compared": [model.name for model in make_models(config)], "published": published(config)},
        "output": str(Path(config.output.store) / config.name),
        "gate": {name: assessment.to_json() for name, assessment in gate.items()},
        "warnings": [*leakage_risks(inputs), *_warnings(targets), *_refusals(gate), *_failures(inputs, histories)],
    }


def _domain(domain: Domain) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "cells": domain.n_cells,
        "kind": domain.kind,
        "area_km2": round(domain.total_area / 1e6, 2),
        "crs": domain.crs,
        "time_zone": domain.time_zone,
    }
    if domain.measure == "length":
        facts["length_km"] = round(domain.total_size / 1e3, 2)
    return facts | {"notes": list(domain.notes)}


def _placed(inputs: Inputs) -> dict[str, Any]:
    """Count the incidents inside the boundary that no cell holds; of street segments also say how far they lie off."""
    cell, far = inputs.domain.snap(inputs.incidents.x, inputs.incidents.y)
    facts: dict[str, Any] = {"without_cell": int((cell < 0).sum())}
    if inputs.domain.measure == "length" and (cell >= 0).any():
        found = np.nanquantile(far, QUANTILES).round(1).tolist()
        facts["metres_to_street"] = {f"{share:.0%}": value for share, value in zip(QUANTILES, found, strict=True)}
    return facts


def _layer(layer: Layer, domain: Domain) -> dict[str, Any]:
    covered = coverage(layer, domain)
    return {
        "layer": f"{type(layer).__name__}: {layer.name}",
        "vintage": None if layer.vintage is None else f"{layer.vintage}Z",
        "covers": round(covered.share, 4) if math.isfinite(covered.share) else None,
        "notes": [covered.sentence, *layer.notes],
    }


def _target(history: History) -> dict[str, Any]:
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


def _refusals(gate: dict[str, Assessment]) -> list[str]:
    refused = [finding.line for one in gate.values() for finding in one.refused]
    return [f"a run would be refused by the data gate: {line}" for line in dict.fromkeys(refused)]


def _failures(inputs: Inputs, histories: dict[str, History]) -> list[str]:
    """Say what only a run would find out."""
    known = [history for history in histories.values() if history.is_target.any()]
    features = failing_features(inputs, known[0]) if known else []
    return [f"a run would be refused: {line}" for line in (*beside(inputs), *unaffordable(inputs), *features)]
