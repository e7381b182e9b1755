"""`manifest.json`: what a run was made of and what it made. A folder without one is not a run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import hotspot
from hotspot.history import History
from hotspot.layers import Layer
from hotspot.run.config import Config
from hotspot.run.inputs import Inputs
from hotspot.run.records import declared_latency, shown_source

LIBRARIES = ("numpy", "scipy", "pandas", "xarray", "geopandas", "shapely", "pyproj", "numba", "lightgbm", "zarr", "h3")


def run_id(inputs: Inputs, issue_time: np.datetime64) -> str:
    """Name a run by what goes into it.

    Parameters
    ----------
    inputs : Inputs
        Config and digests of all files.
    issue_time : numpy.datetime64
        Nothing later is known.

    Returns
    -------
    str
        Twelve hexadecimal digits: equal inputs, equal id.
    """
    parts = {
        "config": config_text(inputs.config),
        "inputs": dict(sorted(inputs.digests.items())),
        "issue_time": str(issue_time),
        "version": hotspot.__version__,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def config_text(config: Config) -> str:
    """Put a config into one canonical text.

    Files stand there by name only, since the same data in another folder make the same run; their content is hashed
    apart.

    Parameters
    ----------
    config : Config
        From `load_config`.

    Returns
    -------
    str
        JSON with sorted keys.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, Path):
            return value.name
        if isinstance(value, Mapping):
            return {key: plain(entry) for key, entry in value.items() if key != "store"}
        return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value

    content = plain(config.model_dump(by_alias=True))
    content["incidents"]["source"] = shown_source(config)  # a store's URL may hold a password
    if config.incidents.schema_name is not None:
        content["incidents"]["schema"] = Path(config.incidents.schema_name).name
    return json.dumps(content, sort_keys=True, default=str)


def describe(
    inputs: Inputs, history: History, *, model: str, fitted: Mapping[str, Any], warnings: tuple[str, ...]
) -> dict[str, Any]:
    """Say what a target's run was made of; the same for two equal runs.

    Parameters
    ----------
    inputs : Inputs
        Config, report and digests.
    history : History
        As of the issue time.
    model : str
        Name of the published model.
    fitted : mapping
        Its parameters.
    warnings : tuple of str
        What a reader must know.

    Returns
    -------
    dict
        Ready for JSON.
    """
    known = history.versions.known_at
    return {
        "run_id": run_id(inputs, history.known_until),
        "config": json.loads(config_text(inputs.config)),
        "config_sha256": hashlib.sha256(config_text(inputs.config).encode()).hexdigest(),
        "target": history.target_name,
        "issue_time": f"{history.known_until}Z",
        "cutoff": f"{history.known_until}Z",
        "complete_until": f"{history.complete_until}Z",
        "seed": inputs.config.seed,
        "model": {"name": model, "params": dict(fitted)},
        "domain": {
            "fingerprint": history.domain.fingerprint,
            "kind": history.domain.kind,
            "cells": history.domain.n_cells,
            "crs": history.domain.crs,
            "notes": list(history.domain.notes),
        },
        "inputs": {
            "sha256": dict(sorted(inputs.digests.items())),
            "rows_read": inputs.incidents.quality.rows_read,
            "rows_kept": inputs.incidents.quality.rows_kept,
            "set_aside": dict(sorted(inputs.incidents.quality.set_aside.items())),
            "notes": list(inputs.incidents.quality.notes),
            # a replay reads the store with --recorded at this moment, whatever came back-dated since
            "recorded_until": None if inputs.recorded_until is None else f"{inputs.recorded_until}Z",
            "rows_known_at_cutoff": len(history.versions),
            "latest_known_at": f"{known.max()}Z" if len(known) else None,
        },
        "layers": [described_layer(layer) for layer in inputs.layers],
        "latency": history.latency,
        "eligibility": history.eligibility,
        "leakage_risks": leakage_risks(inputs),
        "warnings": list(warnings),
        "version": hotspot.__version__,
        "commit": _commit(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def described_layer(layer: Layer) -> dict[str, Any]:
    """Say what a layer is.

    Parameters
    ----------
    layer : Layer
        Of a run.

    Returns
    -------
    dict
        Kind, name, file, vintage, fingerprint of the content, and what was mended or set aside.
    """
    return {
        "kind": type(layer).__name__.lower(),
        "name": layer.name,
        "file": Path(layer.source).name,
        "vintage": None if layer.vintage is None else f"{layer.vintage}Z",
        "fingerprint": layer.fingerprint,
        "notes": [note.replace(layer.source, Path(layer.source).name) for note in layer.notes],
    }


def leakage_risks(inputs: Inputs) -> list[str]:
    """Name what the data cannot rule out.

    Parameters
    ----------
    inputs : Inputs
        Data and layers.

    Returns
    -------
    list of str
        Sentences.
    """
    risks = []
    if bool(np.isnat(inputs.incidents.known_at).any()):
        risks.append(
            "some or all incidents do not say when they were known; end plus the declared latency of "
            f"{declared_latency(inputs.config)} stands in for it"
        )
    risks += [
        f"layer {layer.name!r} has no vintage, so it may know the future"
        for layer in inputs.layers
        if not layer.is_dated
    ]
    return risks


def write_manifest(folder: Path, content: Mapping[str, Any], timings: Mapping[str, float]) -> None:
    """Write the manifest last, by atomic rename.

    Parameters
    ----------
    folder : Path
        With every other file in place; their hashes go into the manifest.
    content : mapping
        From `describe`.
    timings : mapping of str to float
        Seconds by stage; the only part that differs between equal runs.
    """
    full = dict(content) | {"outputs_sha256": hashes(folder), "timings_s": {k: round(v, 3) for k, v in timings.items()}}
    fresh = folder / ".manifest-new"
    fresh.write_text(json.dumps(full, indent=2, sort_keys=True, default=str) + "\n", "utf-8")
    os.replace(fresh, folder / "manifest.json")


def hashes(folder: Path) -> dict[str, str]:
    """Hash every file below a folder, its manifest left out.

    Parameters
    ----------
    folder : Path
        Of one target.

    Returns
    -------
    dict of str to str
        SHA-256 by path inside the folder.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _commit() -> str | None:
    """Ask for the commit of a source checkout; None where the package was installed."""
    root = Path(hotspot.__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        asked = subprocess.run(  # noqa: S603  fixed words, no shell
            ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607  whichever git the user has
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip()
