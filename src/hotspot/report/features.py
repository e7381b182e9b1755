"""A look at a cube: small maps and histograms, what goes together, what is missing, and what looks wrong.

A layer that is shifted, cut or empty shows at once on a map, and never in a table of means.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.report.columns import SAMPLE, Column, correlations, faults, findings, read_columns
from hotspot.report.notebook import MapView
from hotspot.report.panels import Raster, overview, panel
from hotspot.report.shapes import domain_of
from hotspot.report.web import POLICY
from hotspot.report.words import moment_label, percent
from hotspot.schema import CELL, ISSUE_TIME, LEAD

ROW = 19  # [px] of the overviews
LEGEND = (
    "Each map shows the last issue time; dark cells hold more, zeros are the lightest, other classes are cut at "
    "quantiles, grey cells have no value. Below it a histogram of the values that differ from zero, over all issue "
    "times looked at; an orange line says that zeros were left out. A column without cells is drawn over the latest "
    "windows."
)


def features(
    cube: xr.Dataset, *, lead: int = 0, domain: Domain | None = None, path: str | Path | None = None,
    title: str = "Features",
) -> MapView:  # fmt: skip
    """Show the features of a cube on one page.

    Parameters
    ----------
    cube : xarray.Dataset
        From `hotspot.featurize` or `hotspot.read_cube`. A stored one is read a column after another, at up to 60 of
        its issue times.
    lead : int
        Which window columns that vary over leads are mapped for.
    domain : Domain, optional
        Default: the one that the cube carries.
    path : path, optional
        Where to save the page as well.
    title : str
        Heading.

    Returns
    -------
    MapView
        Shows itself in a notebook; ``.save(path)`` writes a page that opens offline.

    Raises
    ------
    InputError
        If it is no cube, has no column or no such lead, carries no domain and none is given, or another is given.
    """
    there = _checked(cube, lead, domain)
    columns, times = read_columns(cube)
    sizes = {ISSUE_TIME: times.size, LEAD: cube.sizes.get(LEAD, 1), CELL: there.n_cells}
    correlation = correlations(columns, sizes)
    wrong = faults(columns, there, lead)
    raster = Raster(there)
    view = MapView(
        _template().render(
            title=title,
            subtitle=_subtitle(cube, there, times),
            policy=POLICY,
            css=files("hotspot.report").joinpath("page.css").read_text(encoding="utf-8"),
            findings=findings(columns, wrong, correlation),
            legend=LEGEND,
            columns=[_shown(column, panel(column, raster, lead), column.name in wrong) for column in columns],
            sample=f"{SAMPLE:,}",
            row=ROW,
            correlation=overview(correlation, [column.name for column in columns], (-1.0, 1.0)),
            missing=overview(_missing(columns, times.size), [column.name for column in columns], (0.0, 1.0)),
        ),
        "features",
    )
    if path is not None:
        view.save(path)
    return view


def _checked(cube: xr.Dataset, lead: int, domain: Domain | None) -> Domain:
    """Refuse what cannot be drawn, and give the domain."""
    if not isinstance(cube, xr.Dataset) or not cube.data_vars:
        got = f"{type(cube).__name__}{' without columns' if isinstance(cube, xr.Dataset) else ''}"
        raise InputError(f"report.features: got a {got}; expected the cube that hotspot.featurize or read_cube gives")
    n_leads = cube.sizes.get(LEAD, 1)
    if isinstance(lead, bool) or not isinstance(lead, int | np.integer) or not 0 <= lead < n_leads:
        raise InputError(f"report.features: lead is {lead!r}; expected a whole number from 0 to {n_leads - 1}")
    if domain is None and "domain" not in cube.attrs:
        raise InputError(
            "report.features: the cube does not carry its domain (attribute 'domain'), as cubes of featurize do; give "
            "it: report.features(cube, domain=domain)"
        )
    there = domain_of(cube, domain)
    if not np.array_equal(there.ids, cube[CELL].values):
        raise InputError(
            f"report.features: the cube has {cube.sizes[CELL]:,} cells, the domain {there.n_cells:,} of kind "
            f"{there.kind!r}, and they are not the same; give the domain that the cube was made for"
        )
    return there


def _shown(column: Column, image: str, odd: bool) -> dict[str, Any]:
    return {
        "name": column.name,
        "picture": image,
        "summary": column.summary(),
        "units": column.attrs.get("units") or "1",
        "dims": "varies over " + ", ".join(column.dims).replace("_", " ") if column.dims else "one value",
        "missing": f"{percent(column.missing)} missing" if column.missing else "none missing",
        "source": column.attrs.get("source", ""),
        "vintage": str(column.attrs.get("vintage", ""))[:10],
        "odd": odd,
    }


def _subtitle(cube: xr.Dataset, domain: Domain, times: NDArray[np.int64]) -> str:
    text = f"{len(cube.data_vars)} columns, {domain.n_cells:,} cells ({domain.kind})"
    if ISSUE_TIME not in cube.coords:
        return text
    every = np.atleast_1d(cube[ISSUE_TIME].values)
    first, last = (moment_label(every[i], domain.time_zone) for i in (times[0], times[-1]))
    some = "" if times.size == every.size else f", {times.size} of them looked at"
    return f"{text}, {every.size:,} issue times from {first} to {last}{some}"


def _missing(columns: list[Column], n_times: int) -> NDArray[np.float64]:
    return np.stack([np.broadcast_to(column.missing_at, n_times) for column in columns])


def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files("hotspot.report").joinpath("features.html").read_text(encoding="utf-8"))
