"""`hotspot check`: read everything, compute nothing, say what would happen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotspot.errors import InputError
from hotspot.history import History
from hotspot.quality import Assessment
from hotspot.run.config import Config
from hotspot.run.exports import check_formats
from hotspot.run.gate import assess_run
from hotspot.run.inputs import issue_time, load_inputs, make_models, published
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
            "notes": list(dict.fromkeys((*inputs.incidents.quality.notes, *held.notes))),
        },
        "targets": targets,
        "layers": [f"{type(layer).__name__}: {layer.name}" for layer in inputs.layers],
        "models": {"compared": [model.name for model in make_models(config)], "published": published(config)},
        "output": str(Path(config.output.store) / config.name),
        "gate": {name: assessment.to_json() for name, assessment in gate.items()},
        "warnings": [*leakage_risks(inputs), *_warnings(targets), *_refusals(gate)],
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
