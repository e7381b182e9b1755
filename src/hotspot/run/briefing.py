"""What stands on the map page beside the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from hotspot.domain.segments import SegmentGrid
from hotspot.history import History
from hotspot.layers import Streets
from hotspot.report import Page
from hotspot.report.words import moment_label
from hotspot.run.config import TargetSection
from hotspot.run.inputs import Inputs, published
from hotspot.schema import MODEL, SIZE_WORDS

MOST_AREAS = 6
FEW_LOST = 0.01  # of the incidents may have no cell before the map says so


def page_of(
    inputs: Inputs,
    target: TargetSection,
    history: History,
    forecast: xr.Dataset,
    selections: Mapping[float, xr.DataArray],
) -> Page:
    """Begin a page: the map itself.

    Parameters
    ----------
    inputs : Inputs
        Data and config.
    target : TargetSection
        Gives the title.
    history : History
        As of the issue time.
    forecast : xarray.Dataset
        One issue time.
    selections : mapping of float to DataArray of bool
        Hotspots by coverage.

    Returns
    -------
    Page
        Without trust lines, tables and facts.
    """
    streets = next((layer for layer in history.layers if isinstance(layer, Streets)), None)
    return Page(
        title=inputs.config.name,
        target=target.name,
        forecast=forecast,
        selections={share: flags for share, flags in selections.items()},  # noqa: C416  keys may be text as well
        domain=history.domain,
        streets=None if streets is None else streets.to_crs(history.domain.crs).geometry,
    )


def beyond_cells(history: History) -> list[str]:
    """Say how many incidents of the target no cell holds, if they are not few.

    Parameters
    ----------
    history : History
        As of the issue time.

    Returns
    -------
    list of str
        No sentence, or one.
    """
    cell, grid = history.events().cell, history.domain.grid
    lost = int((cell < 0).sum())
    if lost <= FEW_LOST * cell.size:
        return []
    why = f", more than {grid.snap_limit:g} m from every street segment" if isinstance(grid, SegmentGrid) else ""
    return [
        f"{lost:,} of {cell.size:,} incidents of the target lie in no cell{why}: models do not learn from them, and "
        "every score counts them as missed"
    ]


def facts(inputs: Inputs, history: History, content: Mapping[str, Any]) -> dict[str, str]:
    """List what a reader may ask about the run.

    Parameters
    ----------
    inputs : Inputs
        Data and config.
    history : History
        As of the issue time.
    content : mapping
        The manifest's, from `describe`.

    Returns
    -------
    dict of str to str
        Label to text.
    """
    zone, quality = history.domain.time_zone, inputs.incidents.quality
    return {
        "Published model": published(inputs.config),
        "Issued": f"{moment_label(history.known_until, zone)} ({zone})",
        "Records complete until": moment_label(history.complete_until, zone),
        "Incidents of the target on record": f"{int(history.is_target.sum()):,}",
        "Rows set aside": f"{sum(quality.set_aside.values()):,} of {quality.rows_read:,}",
        "Cells": f"{history.domain.n_cells:,}",
        "Run": str(content["run_id"]),
        "hotspot version": str(content["version"]),
    }


def exposure_table(audits: Mapping[float, xr.Dataset], model: str) -> pd.DataFrame | None:
    """Show exposure by group, and of the most exposed areas, at the first coverage.

    Parameters
    ----------
    audits : mapping of float to Dataset
        From `audit.exposure`, by coverage.
    model : str
        The published one.

    Returns
    -------
    pandas.DataFrame or None
        One row a group, then the six areas with the largest share of time; None where no groups are configured.
    """
    if not audits:
        return None
    share, audit = next(iter(audits.items()))
    names = ["residents", "exposure", "ratio", "ratio_lower", "ratio_upper"]
    one = audit.sel({MODEL: model})
    groups = one[names].to_dataframe()[names].rename(index=lambda name: f"group {name}")
    areas = pd.DataFrame(
        {"residents": one["residents_by_area"].values, "exposure": one["exposure_by_area"].values},
        index=pd.Index([f"area {name}" for name in one["area_id"].values]),
    )
    areas = areas.dropna().sort_values("exposure", ascending=False, kind="stable").head(MOST_AREAS)
    frame = pd.concat([groups, areas.assign(ratio=areas["exposure"] / float(one["overall"]))])
    frame["residents"] = frame["residents"].round()
    frame.index.name = f"with {share:.1%} of the {SIZE_WORDS[audit.attrs['measure']]} flagged"
    ends = {"ratio": "", "ratio_lower": "_low", "ratio_upper": "_high"}
    return frame.rename(
        columns={"exposure": "share of time"} | {key: f"times average{end}" for key, end in ends.items()}
    )
