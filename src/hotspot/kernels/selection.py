"""Which cells a budget buys, and how many incidents they hold when ties are drawn by lot."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

# A budget is met within this share of it: sums of floats are not exact.
SLACK = 1e-9


@nb.njit(cache=True)
def greedy(size: NDArray[np.float64], budget: float, whole: float, up: bool) -> NDArray[np.bool_]:
    """Walk down the cells and take each one that still fits, until less than a whole cell is left.

    Parameters
    ----------
    size : ndarray, shape (n_cells,)
        Sizes, best cell first.
    budget : float
        Sum of sizes that may be taken.
    whole : float
        Size of a typical cell: once something is taken and less than this is left, the rest is not spent on slivers.
    up : bool
        Instead take cells until the budget is reached or passed.

    Returns
    -------
    ndarray of bool, shape (n_cells,)
        Taken.
    """
    taken = np.zeros(size.size, np.bool_)
    slack = SLACK * budget
    used = 0.0
    for i in range(size.size):
        if (up and used >= budget - slack) or (not up and used > 0 and budget - used < whole - slack):
            break
        if up or used + size[i] <= budget + slack:
            taken[i] = True
            used += size[i]
    return taken


@nb.njit(cache=True)
def expected_hits(
    size: NDArray[np.float64], mass: NDArray[np.float64], group: NDArray[np.int64], budget: float, whole: float
) -> tuple[float, float, float]:
    """Incidents in the cells that `greedy` takes, averaged over the order of tied cells.

    Exact where tied cells are equally large. Otherwise the part of a group that fits is taken to fill what is left of
    the budget, which is right within one cell.

    Parameters
    ----------
    size, mass : ndarray, shape (n_cells,)
        Size and incidents, best cell first.
    group : ndarray of int64, shape (n_cells,)
        Ascending; equal for tied cells.
    budget, whole : float
        As in `greedy`.

    Returns
    -------
    hits, used, chance : float
        Incidents, size taken, and the part of it that the lot decides.
    """
    slack = SLACK * budget
    hits, used, chance = 0.0, 0.0, 0.0
    i = 0
    while i < size.size and (used == 0 or budget - used >= whole - slack):
        room = budget - used + slack
        fit_size, fit_mass, least, most, number = 0.0, 0.0, np.inf, 0.0, 0
        j = i
        while j < size.size and group[j] == group[i]:
            if size[j] <= room:
                fit_size += size[j]
                fit_mass += mass[j]
                number += 1
                least, most = min(least, size[j]), max(most, size[j])
            j += 1
        if number > 0:
            if most - least <= SLACK * most:
                # the last one is taken while a whole cell is left; the very first in any case
                enough = np.floor((room - max(whole, most)) / most) + 1
                fits = most * min(number, max(enough, 1.0 if used == 0 else 0.0))
            else:
                fits = fit_size if fit_size <= room else room - slack
            hits += fit_mass * fits / fit_size
            used += fits
            if fits < fit_size - slack:
                chance += fits
        i = j
    return hits, used, chance
