"""The map page: one HTML file that opens offline and asks the network for nothing."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotspot.errors import InputError
from hotspot.report.page import Page
from hotspot.report.scale import OUTLINE, example
from hotspot.report.scene import Scene
from hotspot.report.tables import readable
from hotspot.report.words import LIMITS, NO_TRUST, TERMS, tied

if TYPE_CHECKING:
    from jinja2 import Template

# The page may run what it carries and show what it carries; every connection is forbidden.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


def write_page(path: str | Path, page: Page, lead: int = 0) -> Path:
    """Write the map page.

    ``#lead=2&selection=1`` at the end of its address opens the third window with the second selection.

    Parameters
    ----------
    path : path
        Of the HTML file.
    page : Page
        What it says.
    lead : int
        Window that is shown at first.

    Returns
    -------
    pathlib.Path
        The file. Equal pages give equal bytes.

    Raises
    ------
    InputError
        If parts of the page do not belong together or there is no such lead.
    SchemaError
        If the forecast breaks its schema.
    """
    path = Path(path)
    path.write_text(page_html(page, lead), encoding="utf-8", newline="\n")
    return path


def page_html(page: Page, lead: int = 0) -> str:
    """Give the map page as text; arguments as in `write_page`.

    Parameters
    ----------
    page : Page
        What it says.
    lead : int
        Window that is shown at first.

    Returns
    -------
    str
        A whole HTML document.
    """
    from hotspot.report.figure import figure_json

    scene = Scene.of(page)
    check_lead(scene, lead)
    return _template().render(
        page=page,
        scene=scene,
        policy=POLICY,
        outline=OUTLINE,
        legend=list(zip(scene.scale.colours, scene.scale.labels, strict=True))[::-1],
        example=example(scene.scale, scene.manner.per),
        tables=_tables(page),
        terms=_terms(page, scene.manner.size),
        limits=LIMITS,
        no_trust=NO_TRUST,
        css=_text("page.css"),
        script=_text("page.js"),
        bokeh=_bokeh(),
        figure=_in_script(figure_json(scene, lead)),
        texts=_in_script(json.dumps(_switches(scene, lead), separators=(",", ":"))),
    )


def check_lead(scene: Scene, lead: int) -> None:
    """Refuse a window that the forecast does not have."""
    if not 0 <= lead < len(scene.windows):
        raise InputError(f"map: lead is {lead!r}; expected 0 to {len(scene.windows) - 1}")


def _tables(page: Page) -> list[tuple[str, Any]]:
    named = [
        ("How the last forecasts did", page.score_table),
        ("Who lives in selected cells", page.exposure_table),
        ("What the data gate found", page.quality_table),
    ]
    return [(caption, readable(frame)) for caption, frame in named if frame is not None and len(frame)]


def _terms(page: Page, size: str) -> list[tuple[str, str]]:
    """Give the words that the page uses and that need explaining, with their meaning."""
    tables = [text for _, table in _tables(page) for row in (table.header, *table.rows) for text in row]
    used = " ".join([*page.trust, *tables]).lower()
    return [(term, meaning.format(size=size)) for term, meaning in TERMS if term.lower() in used]


def _switches(scene: Scene, lead: int) -> dict[str, Any]:
    """Everything that the script shows when window or selection change."""
    from hotspot.report.figure import rings

    leads = range(len(scene.windows))
    return {
        "lead": lead,
        "noun": scene.manner.noun,
        "per": scene.manner.per if scene.manner.unit else "",
        "stroke": round(scene.stroke, 1),
        "windows": scene.windows,
        "totals": [scene.total(k) for k in leads],
        "sums": [float(scene.expected[k].sum()) for k in leads],
        "selections": [
            {
                "cells": [scene.chosen[name][k].nonzero()[0].tolist() for k in leads],
                # of street segments the page has the lines already
                "rings": [] if scene.manner.lines else [rings(scene.outline(name, k)) for k in leads],
                "summary": [scene.summary(name, k) for k in leads],
            }
            for name in scene.chosen
        ],
    }


def _in_script(data: str) -> str:
    """Make JSON safe inside a script element, whatever text it holds."""
    return data.replace("<", "\\u003c")


def _text(name: str) -> str:
    return files("hotspot.report").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _bokeh() -> str:
    from bokeh.resources import Resources

    return "\n".join(Resources(mode="inline", components=["bokeh"], minified=True, log_level="warn").js_raw)


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["tied"] = tied
    return environment.from_string(_text("page.html"))
