"""The static map: one PNG for mails and printed briefings."""

from __future__ import annotations

import textwrap
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspot.report.page import Page
from hotspot.report.scale import LEAST, NIGHT, OUTLINE, example
from hotspot.report.scene import Scene
from hotspot.report.shapes import Geometries, line_parts
from hotspot.report.web import check_lead
from hotspot.report.words import LIMITS, NO_TRUST, tied

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE, DPI = (10.0, 9.0), 150
STROKES = (0.9, 4.0)  # width of street segments of the highest class [pt]
MAX_LINES = 14  # of warnings and trust, so that the map keeps its room
MAX_WARNINGS, WARNING_LINES = 3, 2  # so that trust keeps its own


def write_png(path: str | Path, page: Page, lead: int = 0) -> Path:
    """Write the static map of one window, 1500 x 1350 pixels, north up.

    Parameters
    ----------
    path : path
        Of the PNG file.
    page : Page
        What it says; the first selection is outlined.
    lead : int
        Which window.

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
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scene = Scene.of(page)
    check_lead(scene, lead)
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams["text.parse_math"] = False  # a dollar sign in a name is a dollar sign
        # a letter that the font lacks is drawn as a box; no reason to stop a run
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(SIZE, DPI, facecolor="white")
        FigureCanvasAgg(figure)
        bottom = _foot(figure, page)
        _head(figure, page, scene, lead)
        axes = figure.add_axes((0.03, bottom, 0.70, 0.885 - bottom))
        _map(axes, scene, lead)
        _legend(figure, page, scene)
        figure.savefig(path, format="png", metadata={"Software": None})
    return Path(path)


def _head(figure: Figure, page: Page, scene: Scene, lead: int) -> None:
    figure.text(0.03, 0.962, _clip(page.heading, 72), size=15, weight="bold", color=NIGHT, va="center")
    figure.text(0.03, 0.925, f"{scene.windows[lead]}  ({scene.zone} time)", size=12, color=NIGHT, va="center")
    sentence = _sentence(scene, lead)
    figure.text(0.03, 0.9, sentence, size=9 if len(sentence) < 125 else 8, color="#52606d", va="center")


def _sentence(scene: Scene, lead: int) -> str:
    first = next(iter(scene.chosen), None)
    return f"{scene.summary(first, lead)} {scene.total(lead)}" if first else scene.total(lead)


def _foot(figure: Figure, page: Page) -> float:
    """Write what is below the map from the bottom up, and return where it ends (share of the height)."""
    trust = [line for text in page.trust or [NO_TRUST] for line in _wrapped(text)]
    lines = [*_warned(page.warnings, MAX_LINES - len(trust)), *trust]
    blocks = [
        ("What this map does not say", 8.0, [line for text in LIMITS for line in textwrap.wrap(text, 152)]),
        ("How far to trust this map", 9.0, _shortened(lines)),
    ]
    y = 0.018
    for title, size, block in blocks:
        for line in reversed(block):
            figure.text(0.03, y, line, size=size, color=NIGHT)
            y += 0.00195 * size
        figure.text(0.03, y + 0.002, title, size=9.5, weight="bold", color=NIGHT)
        y += 0.034
    return y


def _wrapped(text: str, most: int | None = None) -> list[str]:
    return textwrap.wrap(tied(text), 138, subsequent_indent="   ", max_lines=most, placeholder=" ...")


def _warned(warnings: tuple[str, ...], room: int) -> list[str]:
    """Show the first warnings in some lines; long ones are cut, to one line each where there is no room for more."""
    more = len(warnings) - MAX_WARNINGS
    last = [f"... and {more:,} more on the page beside this picture."] if more > 0 else []
    for most in range(WARNING_LINES, 0, -1):
        lines = [line for text in warnings[:MAX_WARNINGS] for line in _wrapped(text, most)]
        if len(lines) + len(last) <= room:
            break
    return [*lines, *last]


def _shortened(lines: list[str]) -> list[str]:
    """Keep the room of the map, and say so where a line is left out."""
    return lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "... more on the page beside this picture."]


def _map(axes: Axes, scene: Scene, lead: int) -> None:
    from matplotlib.collections import LineCollection

    xmin, ymin, xmax, ymax = shapely.total_bounds(scene.cells)
    pad = 0.02 * max(xmax - xmin, ymax - ymin)
    axes.set(xlim=(xmin - pad, xmax + pad), ylim=(ymin - pad, ymax + pad), aspect="equal", xticks=[], yticks=[])
    axes.set_anchor("N")
    axes.set_axis_off()
    shades = np.array(scene.scale.colours)[scene.shades[lead]]
    if scene.manner.lines:
        _strokes(axes, scene, lead, shades)
    else:
        _areas(axes, scene, shades)
    axes.add_collection(
        LineCollection(line_parts(scene.streets), colors="#3e4c59", linewidths=0.4, alpha=0.45), autolim=False
    )
    axes.add_collection(LineCollection(scene.border(), colors=NIGHT, linewidths=0.9), autolim=False)
    first = next(iter(scene.chosen), None)
    rings = scene.outline(first, lead) if first and not scene.manner.lines else []
    for colour, width in (("white", 2.6), (OUTLINE, 1.3)):
        axes.add_collection(LineCollection(rings, colors=colour, linewidths=width, joinstyle="round"), autolim=False)


def _areas(axes: Axes, scene: Scene, shades: Any) -> None:
    from matplotlib.collections import PathCollection

    cells = PathCollection(_paths(scene.cells), facecolors=shades, edgecolors=shades, linewidths=0.3)
    axes.add_collection(cells, autolim=False)


def _strokes(axes: Axes, scene: Scene, lead: int, shades: Any) -> None:
    """Draw street segments, light ones first; those that are chosen come last, on a wider stroke."""
    from matplotlib.collections import LineCollection

    axes.apply_aspect()
    (west, east), inches = axes.get_xlim(), axes.get_position().width * SIZE[0]
    widest = float(np.clip(scene.stroke * 72 * inches / (east - west), *STROKES))
    parts, owner = shapely.get_parts(scene.cells, return_index=True)
    order = np.argsort(scene.shades[lead][owner], kind="stable")
    lines, owner = [shapely.get_coordinates(part) for part in parts[order]], owner[order]
    width = widest * (LEAST + (1 - LEAST) * scene.shades[lead][owner] / max(len(scene.scale.colours) - 1, 1))
    axes.add_collection(LineCollection(lines, colors=shades[owner], linewidths=width, capstyle="round"), False)
    first = next(iter(scene.chosen), None)
    picked = np.flatnonzero(scene.chosen[first][lead][owner]) if first else np.empty(0, int)
    chosen = [lines[i] for i in picked]
    for colour, more in (("white", 3.6), (OUTLINE, 2.2), (shades[owner[picked]], 0.0)):
        axes.add_collection(LineCollection(chosen, colors=colour, linewidths=widest + more, capstyle="round"), False)


def _paths(shapes: Geometries) -> list[Any]:
    """Give cells as compound paths; holes run the other way round and so stay empty."""
    from matplotlib.path import Path as Outline

    parts, owner = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    loops, part = shapely.get_rings(parts, return_index=True)
    points, loop = shapely.get_coordinates(loops, return_index=True)
    codes = np.full(loop.size, Outline.LINETO, np.uint8)
    start = np.flatnonzero(np.diff(loop, prepend=-1))
    codes[start] = Outline.MOVETO
    codes[np.append(start[1:], loop.size) - 1] = Outline.CLOSEPOLY
    cut = np.searchsorted(owner[part][loop], np.arange(1, shapes.size))
    return [Outline(p, c) for p, c in zip(np.split(points, cut), np.split(codes, cut), strict=True)]


def _legend(figure: Figure, page: Page, scene: Scene) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    scale = scene.scale
    handles: list[Any] = [
        Patch(facecolor=colour, edgecolor="#9aa5b1", linewidth=0.5, label=label)
        for colour, label in zip(scale.colours[::-1], scale.labels[::-1], strict=True)
    ]
    first = next(iter(scene.chosen), None)
    if first:
        handles.append(Patch(facecolor="none", edgecolor=OUTLINE, linewidth=2, label=f"hotspot: {_clip(first, 24)}"))
    handles.append(Line2D([], [], color=NIGHT, linewidth=0.9, label="boundary"))
    if not shapely.is_empty(scene.streets):
        handles.append(Line2D([], [], color="#3e4c59", alpha=0.6, linewidth=0.6, label="street"))
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.745, 0.885), frameon=False, fontsize=9, borderpad=0,
        borderaxespad=0, alignment="left", labelspacing=0.55,
        title=f"Expected incidents\nper {scene.manner.per} and window",
        title_fontproperties={"weight": "bold", "size": 9.5},
    )  # fmt: skip
    notes = [*textwrap.wrap(example(scale, scene.manner.per), 32), "", *_facts(page)]
    figure.text(
        0.745, 0.84 - 0.0222 * len(handles), "\n".join(notes), size=8, color="#52606d", va="top", linespacing=1.4
    )
    _scale_bar(figure)


def _facts(page: Page) -> list[str]:
    return [
        line
        for label, text in list(page.facts.items())[:6]
        for line in textwrap.wrap(f"{label}: {text}", 34, subsequent_indent="  ")
    ][:12]


def _scale_bar(figure: Figure) -> None:
    """Draw the north arrow and a bar of a round length, at the scale of the map."""
    axes = figure.axes[0]
    axes.apply_aspect()
    box = axes.get_position()
    per_metre = box.width / (axes.get_xlim()[1] - axes.get_xlim()[0])
    length = _round_length(0.17 / per_metre)
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    x, y = 0.745, box.y0 + 0.02
    from matplotlib.lines import Line2D

    figure.add_artist(Line2D([x, x + length * per_metre], [y, y], color=NIGHT, linewidth=2.5, solid_capstyle="butt"))
    figure.text(x, y + 0.008, text, size=9, color=NIGHT)
    figure.text(x + 0.2, y, "N\n\u25b2", size=10, weight="bold", color=NIGHT, ha="center", linespacing=1.0)


def _round_length(longest: float) -> float:
    """Give the largest of 1, 2, 5, 10, ... that is not longer."""
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(step for step in (1, 2, 5) if step * power <= longest) * power)


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
