"""Small pictures of the columns of a cube: a map or a curve, a histogram, and two overviews."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from hotspot.domain import Domain
from hotspot.report.columns import Column
from hotspot.report.scale import COLOURS, NIGHT, OUTLINE, QUANTILES
from hotspot.report.shapes import line_parts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIXELS = 260  # of the longer side of a map
POINTS = 60  # of a curve
MISSING = "#c9ced6"
DPI = 100


class Raster:
    """Pixels of a small map, and the cell behind each.

    Parameters
    ----------
    domain : Domain
        To draw.
    """

    def __init__(self, domain: Domain) -> None:
        west, south, east, north = domain.boundary.bounds
        step = max(east - west, north - south) / PIXELS
        x = np.arange(west + step / 2, east, step)
        y = np.arange(north - step / 2, south, -step)
        grid_x, grid_y = np.meshgrid(x, y)
        self.cell = domain.locate(grid_x.ravel(), grid_y.ravel()).reshape(grid_x.shape)
        self.extent = (west, east, south, north)
        self.border = line_parts(shapely.simplify(shapely.boundary(domain.boundary), step))

    def image(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Put the value of each cell on its pixels; NaN where there is none."""
        padded = np.append(np.asarray(values, np.float64), np.nan)
        return np.asarray(padded[self.cell])


def panel(column: Column, raster: Raster, lead: int) -> str:
    """Draw one column: a map (or a curve over time) above a histogram.

    Parameters
    ----------
    column : Column
        What to draw.
    raster : Raster
        Of the domain.
    lead : int
        Which one is mapped.

    Returns
    -------
    str
        PNG as base64 text.
    """

    def draw(figure: Figure) -> None:
        upper, lower = figure.add_axes((0.02, 0.30, 0.96, 0.69)), figure.add_axes((0.06, 0.09, 0.88, 0.16))
        values = column.on_map(lead)
        if values is None:
            _curve(upper, column)
        else:
            _map(upper, values, raster)
        _histogram(lower, column)

    return picture(draw, (2.7, 3.5))


def overview(matrix: NDArray[np.float64], names: list[str], limits: tuple[float, float]) -> str:
    """Draw a table of numbers as colours: one row a column of the cube.

    Parameters
    ----------
    matrix : ndarray, shape (n_columns, n)
        Correlations, or shares of missing values.
    names : list of str
        Of the rows; of the columns as well where there are as many.
    limits : tuple of float
        Values of the lightest and the darkest colour; below zero to above it for two-sided colours.

    Returns
    -------
    str
        PNG as base64 text.
    """
    side = 0.19 * len(names)

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.001, 0.001, 0.998, 0.998))
        colours = "RdBu_r" if limits[0] < 0 else "OrRd"
        axes.imshow(np.ma.masked_invalid(matrix), cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto")
        axes.set_facecolor(MISSING)
        axes.set(xticks=[], yticks=[])

    return picture(draw, (max(side, 1.2), max(side, 0.4)))


def picture(draw: Callable[[Figure], None], size: tuple[float, float]) -> str:
    """Draw with matplotlib's own defaults, whatever the user has set.

    Parameters
    ----------
    draw : callable
        Takes the figure.
    size : tuple of float
        Width and height [inches].

    Returns
    -------
    str
        PNG as base64 text. Equal pictures give equal text.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(size, DPI, facecolor="white")
        FigureCanvasAgg(figure)
        draw(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()


def _map(axes: Axes, values: NDArray[Any], raster: Raster) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.colors import BoundaryNorm, ListedColormap

    edges = _edges(values[np.isfinite(values)])
    shades = ListedColormap([COLOURS[i] for i in np.linspace(0, len(COLOURS) - 1, edges.size - 1).round().astype(int)])
    image = raster.image(values)
    outside = raster.cell < 0
    backdrop = np.where(outside, np.nan, 0.0)  # cells without a value stay grey, the country around white
    axes.imshow(backdrop, cmap=ListedColormap([MISSING]), extent=raster.extent, interpolation="nearest")
    norm = BoundaryNorm(edges, shades.N, clip=True)
    axes.imshow(np.ma.masked_invalid(image), cmap=shades, norm=norm, extent=raster.extent, interpolation="nearest")
    axes.add_collection(LineCollection(raster.border, colors=NIGHT, linewidths=0.6), autolim=False)
    axes.set_axis_off()


def _edges(there: NDArray[Any]) -> NDArray[np.float64]:
    """Cut values into classes; where some are zero, and none below, zeros are a class of their own, however many."""
    if not there.size:
        return np.array([0.0, 1.0])
    zeros = bool((there == 0).any() and there.min() == 0)
    varied = there[there > 0] if zeros else there
    edges = np.unique(np.quantile(varied, (0, *QUANTILES, 1))) if varied.size else np.array([1.0])
    if edges.size < 2:
        edges = np.append(edges, edges[-1] + 1)
    return np.append(0.0, edges) if zeros else edges


def _curve(axes: Axes, column: Column) -> None:
    """Draw the latest windows, one after another."""
    values = column.values.ravel()[-POINTS:]
    axes.plot(values, color=COLOURS[-2], linewidth=1.0, marker=".", markersize=3)
    axes.tick_params(labelsize=6, length=2)
    axes.set_xlabel("window", fontsize=6, labelpad=1)
    axes.set_position((0.14, 0.40, 0.82, 0.56))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _histogram(axes: Axes, column: Column) -> None:
    values = column.finite[column.finite != 0]
    if values.size:
        low, high = np.quantile(values, [0.0, 0.995])
        axes.hist(np.clip(values, low, high), bins=30, color=COLOURS[-2])
    if column.zero:
        axes.axvline(0, color=OUTLINE, linewidth=1)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=5)
    axes.tick_params(labelsize=6, length=2, pad=1)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
