"""The colour scale: classes of expected count, light to dark.

Classes are cut at quantiles that spread towards the top, since most cells expect little and a few expect much. Their
edges are rounded to two significant digits and shared by all windows, so that windows can be compared by eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hotspot.report.words import plain

QUANTILES = (0.25, 0.5, 0.75, 0.9, 0.97, 0.99)
COLOURS = ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84")
# thin lines need more colour than areas, so the lightest is left to those
LINE_COLOURS = ("#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58")
OUTLINE = "#d55e00"  # vermilion: far from every blue and green, also for colour-blind eyes
LEAST = 0.35  # width of the lowest class of street segments, that of the highest being 1
NIGHT = "#1f2933"


@dataclass(frozen=True, eq=False)
class Scale:
    """Classes of expected count.

    Parameters
    ----------
    edges : ndarray, shape (n_classes - 1,)
        Where the next class starts [incidents per cell and window], ascending.
    colours : tuple of str
        One a class, light to dark.
    labels : tuple of str
        One a class, for the legend.
    """

    edges: NDArray[np.float64]
    colours: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, expected: NDArray[np.float64], colours: tuple[str, ...] = COLOURS) -> Scale:
        """Cut expected counts into at most seven classes.

        Parameters
        ----------
        expected : ndarray, any shape
            Expected counts of all windows.
        colours : tuple of str
            Seven, light to dark.

        Returns
        -------
        Scale
            One class only if all counts are equal.

        References
        ----------
        Colours: Harrower & Brewer (2003), doi:10.1179/000870403235002042, scheme YlGnBu.
        """
        low, high = float(expected.min()), float(expected.max())
        cuts = [float(plain(cut).replace(",", "")) for cut in np.quantile(expected, QUANTILES)]
        edges = np.unique([cut for cut in cuts if low < cut <= high])
        pick = np.linspace(0, len(colours) - 1, edges.size + 1).round().astype(int)
        return cls(edges, tuple(colours[i] for i in pick), _labels(edges, low))

    def classes(self, expected: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Give the class of each count, 0 the lightest."""
        return np.searchsorted(self.edges, expected, side="right").astype(np.uint8)


def _labels(edges: NDArray[np.float64], low: float) -> tuple[str, ...]:
    if not edges.size:
        return (plain(low),)
    cuts = [plain(edge) for edge in edges.tolist()]
    between = [f"{a} to {b}" for a, b in pairwise(cuts)]
    return (f"below {cuts[0]}", *between, f"{cuts[-1]} and more")


def example(scale: Scale, per: str = "cell") -> str:
    """Explain the unit with the top class of the legend.

    Parameters
    ----------
    scale : Scale
        Gives the class.
    per : str
        What colours count per.

    Returns
    -------
    str
        One sentence.
    """
    if not scale.edges.size or scale.edges[-1] <= 0:
        return ""
    top, on = float(scale.edges[-1]), "" if per == "cell" else f" on each {per}"
    if top >= 1:
        each = "in each" if per == "cell" else f"on each {per}"
        return f"{plain(top)} means: over many such windows, {plain(top)} incidents {each} on average."
    return f"{plain(top)} means: about one incident in {plain(1 / top)} such windows{on} on average."
