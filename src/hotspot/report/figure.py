"""The bokeh figure of the map page: cells, streets, boundary and hotspots in one canvas."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from bokeh.core.json_encoder import serialize_json
from bokeh.embed import json_item
from bokeh.models import (
    ColumnDataSource,
    DataRange1d,
    HoverTool,
    LinearInterpolator,
    MultiLine,
    MultiPolygons,
    TapTool,
)
from bokeh.models.annotations import ScaleBar
from bokeh.plotting import figure
from bokeh.transform import linear_cmap, transform

from hotspot.report.scale import LEAST, NIGHT, OUTLINE
from hotspot.report.scene import Rings, Scene
from hotspot.report.shapes import POLYGON, Geometries, line_parts

BAR: dict[str, Any] = {
    "background_fill_alpha": 0.6,
    "border_line_color": None,
    "padding": 5,
    "margin": 5,
    "label_text_font_size": "11px",
}
ROUND: dict[str, Any] = {"line_cap": "round", "line_join": "round"}
WATER = "#eef2f5"  # what is not city


def figure_json(scene: Scene, lead: int) -> str:
    """Build the figure and write it as JSON for `Bokeh.embed.embed_item`.

    Numbers of window k stand in the columns ``expected_k``, ``rank_k`` and ``shade_k`` of the source "cells"; the
    script of the page copies those of the window that is shown. Street segments are strokes whose width [px] the
    script holds to the ground while a reader zooms; hotspots are cased by a wider stroke below.

    Parameters
    ----------
    scene : Scene
        What to draw.
    lead : int
        Window that is shown at first.

    Returns
    -------
    str
        Equal for equal scenes.
    """
    plot = figure(
        name="plot", match_aspect=True, sizing_mode="stretch_both", tools="pan,wheel_zoom,reset",
        active_scroll="wheel_zoom", toolbar_location=None, outline_line_color=None, min_border=0,
        background_fill_color=WATER,
    )  # fmt: skip
    plot.axis.visible = False
    plot.grid.visible = False
    if scene.manner.lines:
        xs, ys = _nested(np.array([scene.ground], object))
        plot.multi_polygons(xs, ys, fill_color="white", line_color=None)
    source = _source(scene, lead)
    cells = _strokes(plot, scene, source) if scene.manner.lines else _areas(plot, scene, source)
    plot.x_range = DataRange1d(renderers=[cells], range_padding=0.03)
    plot.y_range = DataRange1d(renderers=[cells], range_padding=0.03)
    _lines(plot, line_parts(scene.streets), "streets", line_color="#3e4c59", line_width=0.6, line_alpha=0.45)
    _lines(plot, scene.border(), "boundary", line_color=NIGHT, line_width=1.2)
    if scene.manner.lines:
        _cased(plot, scene)
    else:
        spots = _lines(plot, [], "spots", line_color="white", line_width=3.4, line_join="round")
        plot.multi_line("xs", "ys", source=spots, line_color=OUTLINE, line_width=1.8, line_join="round")
    plot.add_tools(HoverTool(renderers=[cells], tooltips=_told(scene), point_policy="follow_mouse", visible=False))
    plot.add_tools(TapTool(renderers=[cells], visible=False))
    plot.add_layout(ScaleBar(range=plot.x_range, unit="m", location="bottom_left", bar_length=0.1, **BAR))
    item = json_item(plot)
    return str(serialize_json(_renamed(item, {})))


def rings(points: Rings) -> dict[str, Any]:
    """Give rings as the two columns of a bokeh multi-line, numbers as short as they can be."""
    return {"xs": [_column(ring, 0) for ring in points], "ys": [_column(ring, 1) for ring in points]}


def _told(scene: Scene) -> list[tuple[str, str]]:
    """Say what is told of the cell under the pointer."""
    manner = scene.manner
    per = [(f"Expected per {manner.per}", "@dense")] if manner.unit else []
    return [
        (manner.noun.capitalize(), "@id"),
        ("Expected incidents", "@show"),
        *per,
        ("Share of the city", "@share"),
        (f"Rank (per {manner.size})", "@rank"),
        ("Selected", "@chosen"),
    ]


def _source(scene: Scene, lead: int) -> ColumnDataSource:
    """Shapes and numbers of the cells."""
    xs, ys = _paths(scene.cells) if scene.manner.lines else _nested(scene.cells)
    source = ColumnDataSource({"xs": xs, "ys": ys, "id": scene.names.tolist()}, name="cells")
    numbers: dict[str, Any] = {
        "expected": scene.expected.astype(np.float32), "rank": scene.ranks, "shade": scene.shades,
    }  # fmt: skip
    for name, rows in numbers.items():
        for k, row in enumerate(rows):
            source.add(row, f"{name}_{k}")
        source.add(rows[lead], name)
    if scene.manner.unit:
        source.add((scene.size / scene.manner.unit).astype(np.float32), "size")  # type: ignore[arg-type]
    return source


def _fill(scene: Scene) -> Any:
    colours = scene.scale.colours
    return linear_cmap("shade", colours, low=-0.5, high=len(colours) - 0.5)


def _areas(plot: figure, scene: Scene, source: ColumnDataSource) -> Any:
    fill = _fill(scene)
    # a line of the colour of the fill hides the seams between neighbours
    drawn = plot.multi_polygons("xs", "ys", source=source, fill_color=fill, line_color=fill, line_width=0.5)
    drawn.nonselection_glyph = None
    drawn.selection_glyph = MultiPolygons(xs="xs", ys="ys", fill_color=fill, line_color=NIGHT, line_width=2.5)
    return drawn


def _strokes(plot: figure, scene: Scene, source: ColumnDataSource) -> Any:
    width = _width(scene, "width")
    drawn = plot.multi_line("xs", "ys", source=source, line_color=_fill(scene), line_width=width, **ROUND)
    drawn.nonselection_glyph = None
    drawn.selection_glyph = MultiLine(xs="xs", ys="ys", line_color=NIGHT, line_width=7)
    return drawn


def _width(scene: Scene, name: str) -> Any:
    """Width by class, which the script sets [px]."""
    top = max(len(scene.scale.colours) - 1, 1)  # an interpolation needs two ends
    return transform("shade", LinearInterpolator(name=name, x=[0, top], y=[LEAST, 1.0]))


def _cased(plot: figure, scene: Scene) -> None:
    """Draw hotspots among street segments: once more, on wider strokes, above all others."""
    spots = ColumnDataSource({"xs": [], "ys": [], "shade": []}, name="spots")
    for name, colour, width in (("rim", "white", 8), ("casing", OUTLINE, 5)):
        plot.multi_line("xs", "ys", source=spots, name=name, line_color=colour, line_width=width, **ROUND)
    plot.multi_line("xs", "ys", source=spots, line_color=_fill(scene), line_width=_width(scene, "core"), **ROUND)


def _lines(plot: figure, points: Rings, name: str, **style: Any) -> ColumnDataSource:
    source = ColumnDataSource(rings(points), name=name)
    plot.multi_line("xs", "ys", source=source, **style)
    return source


def _nested(shapes: Geometries) -> tuple[list[Any], list[Any]]:
    """Nest coordinates as bokeh wants them: cells of polygons of rings, the first ring being the outer one."""
    kind, points, offsets = shapely.to_ragged_array(shapes)
    ring_ends, polygon_ends, *cell_ends = offsets
    nested = []
    for axis in (0, 1):
        numbers = _column(points, axis)
        loops = [numbers[a : b - 1] for a, b in pairwise(ring_ends)]
        polygons = [loops[a:b] for a, b in pairwise(polygon_ends)]
        if kind == POLYGON:
            nested.append([[polygon] for polygon in polygons])
        else:
            ends = cell_ends[0]
            nested.append([polygons[a:b] for a, b in pairwise(ends)])
    return nested[0], nested[1]


def _paths(shapes: Geometries) -> tuple[list[Any], list[Any]]:
    """Give the coordinates of lines; a gap between the parts of one is a NaN."""
    nested: tuple[list[Any], list[Any]] = ([], [])
    for shape in shapes:
        parts = line_parts(shape)
        for axis in (0, 1):
            path: list[float] = []
            for part in parts:
                path += ([np.nan] if path else []) + _column(part, axis)
            nested[axis].append(path)
    return nested


def _column(points: Any, axis: int) -> list[float]:
    """Coordinates of an axis, whole numbers written as such."""
    return [int(v) if v.is_integer() else v for v in np.round(points[:, axis], 1).tolist()]


def _renamed(item: Any, names: dict[str, str]) -> Any:
    """Replace the ids of models, which depend on what was drawn before, by their order of appearance."""
    if isinstance(item, dict):
        return {
            key: names.setdefault(value, f"m{len(names)}")
            if key in ("id", "root_id") and isinstance(value, str)
            else _renamed(value, names)
            for key, value in item.items()
        }
    if isinstance(item, list) and item and not isinstance(item[0], (int, float)):
        return [_renamed(value, names) for value in item]
    return item
