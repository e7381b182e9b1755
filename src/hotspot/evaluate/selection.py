"""Selection: which cells a patrol budget buys."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import InputError, nearest
from hotspot.evaluate.draws import lots
from hotspot.evaluate.pieces import pieces
from hotspot.kernels.selection import SLACK, greedy
from hotspot.rolling import child_seed
from hotspot.schema import CELL, EXPECTED, ISSUE_TIME, VALID_START, check_forecast

TIE = 1e-9  # relative; areas of equal cells differ by rounding, which says where they lie


class Budget(NamedTuple):
    """What may be taken.

    Attributes
    ----------
    size : ndarray, shape (n_cells,)
        What each cell costs: m2, m, or 1.
    limit : float
        Sum of sizes that may be taken.
    unit : str
        Of both.
    """

    size: NDArray[np.float64]
    limit: float
    unit: str


def select(
    forecast: xr.Dataset,
    *,
    coverage: float | None = None,
    cells: int | None = None,
    area_km2: float | None = None,
    length_km: float | None = None,
    rounding: str = "down",
    rng: int | None = None,
) -> xr.DataArray:
    """Choose hotspots: the densest cells that a budget buys, for each window on its own.

    Cells are taken in descending order of expected count per area (or length; with `cells`, of expected count). Tied
    cells are drawn by lot, never by the order of rows.

    Parameters
    ----------
    forecast : xarray.Dataset
        A forecast, or runs with a `model` dimension.
    coverage : float, optional
        Budget as a share of the area (length) of the whole domain, in (0, 1].
    cells : int, optional
        Budget as a number of cells.
    area_km2 : float, optional
        Budget [km2].
    length_km : float, optional
        Budget [km] of street segments.
    rounding : {"down", "up"}
        Never above the budget: each next cell that still fits is taken, until less than a whole (median) cell is left,
        so that no rest is spent on slivers which the boundary cuts. Or take cells until the budget is reached.
    rng : int, optional
        Seed of the lots; default 0. They depend on cell id and window only, so two models share them.

    Returns
    -------
    xarray.DataArray of bool
        Chosen, with the dimensions of `expected_count`.

    Raises
    ------
    InputError
        Unless exactly one budget is given, and at least one cell fits.

    References
    ----------
    Chainey, Tompson & Uhlig (2008), doi:10.1057/palgrave.sj.8350066, for budgets as a share of the area.
    """
    if rounding not in ("down", "up"):
        raise InputError(f"select: rounding is {rounding!r}; {nearest(rounding, ['down', 'up'])}")
    if EXPECTED not in forecast or ISSUE_TIME not in forecast[EXPECTED].dims:
        check_forecast(forecast, "select")
    budget = _budget(forecast, coverage=coverage, cells=cells, area_km2=area_km2, length_km=length_km)
    if rounding == "down":
        check_affordable(budget, "select")
    expected = forecast[EXPECTED]
    chosen = np.zeros(expected.shape, bool)
    axis = expected.dims.index(ISSUE_TIME)
    for where, piece in pieces(forecast):
        values = np.moveaxis(piece[EXPECTED].values, axis, 0)
        part = np.moveaxis(chosen, axis, 0)[where]
        keys = _window_lots(piece, rng)
        for index in np.ndindex(values.shape[:-1]):
            part[index] = _choose(values[index], budget, keys[index[0], index[-1]], rounding == "up")
    return xr.DataArray(chosen, expected.coords, expected.dims, "selected", {"units": "1"})


def sizes(forecast: xr.Dataset) -> tuple[NDArray[np.float64], float, str]:
    """Give the size of each cell and of the whole domain.

    Parameters
    ----------
    forecast : xarray.Dataset
        With a coordinate `area` [m2] or `length` [m], and perhaps the attribute `total_area` or `total_length`.

    Returns
    -------
    size : ndarray, shape (n_cells,)
        Of each cell.
    total : float
        Of the domain.
    name : {"area", "length"}
        Which of them.

    Raises
    ------
    InputError
        If a size is not a positive number.
    """
    name = "area" if "area" in forecast.coords else "length"
    if name not in forecast.coords:
        raise InputError("the forecast lacks the size of its cells; expected a coordinate area or length")
    size = np.asarray(forecast[name].values, np.float64)
    if not (np.isfinite(size) & (size > 0)).all():
        raise InputError(f"the forecast's {name} holds values that are not positive numbers; leave such cells out")
    return size, float(forecast.attrs.get(f"total_{name}", size.sum())), name


def whole_size(size: NDArray[np.float64]) -> float:
    """Give the size of a typical cell, in the unit of `size`.

    Parameters
    ----------
    size : ndarray, shape (n_cells,)
        Of each cell.

    Returns
    -------
    float
        The median.
    """
    return float(np.median(size))


def rank(
    value: NDArray[np.float64], lot: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order cells from the highest value down, and say which are tied.

    Parameters
    ----------
    value : ndarray, shape (n_cells,)
        At least 0.
    lot : ndarray, shape (n_cells,), optional
        Decides between tied cells.

    Returns
    -------
    order : ndarray of int64, shape (n_cells,)
        Positions, best first.
    group : ndarray of int64, shape (n_cells,)
        In that order: ascending, equal for cells whose values agree to 1e-9 of them.
    """
    order = np.argsort(-value)
    down = value[order]
    group = np.zeros(value.size, np.int64)
    np.cumsum(down[1:] < down[:-1] * (1 - TIE), out=group[1:])
    if lot is not None:
        order = order[np.lexsort((lot[order], group))]
    return order, group


def check_affordable(budget: Budget, where: str) -> None:
    """Refuse a budget that buys no cell.

    Parameters
    ----------
    budget : Budget
        Sizes and limit.
    where : str
        Who asks, for the message.

    Raises
    ------
    InputError
        If the smallest cell is larger than the budget.
    """
    smallest = float(budget.size.min(initial=np.inf))
    if smallest > budget.limit * (1 + SLACK):
        raise InputError(
            f"{where}: the budget of {budget.limit:g} {budget.unit} is less than the smallest cell, {smallest:g} "
            f"{budget.unit}; raise the budget, use smaller cells, or select with rounding='up'"
        )


def _budget(forecast: xr.Dataset, **asked: float | None) -> Budget:
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) != 1:
        raise InputError(f"select: got {sorted(given) or 'no budget'}; expected exactly one of {', '.join(asked)}")
    ((name, amount),) = given.items()
    if not np.isfinite(amount) or amount <= 0 or (name == "coverage" and amount > 1):
        expected = "0 < coverage <= 1" if name == "coverage" else "more than 0"
        raise InputError(f"select: {name} is {amount!r}; expected {expected}")
    if name == "cells":
        if amount != int(amount) or amount > forecast.sizes[CELL]:
            raise InputError(f"select: cells is {amount!r}; expected a whole number up to {forecast.sizes[CELL]}")
        return Budget(np.ones(forecast.sizes[CELL]), float(amount), "cells")
    size, total, kind = sizes(forecast)
    unit = "m2" if kind == "area" else "m"
    if name == "coverage":
        return Budget(size, amount * total, unit)
    if not name.startswith(kind):
        right = "area_km2" if kind == "area" else "length_km"
        raise InputError(f"select: {name} was given, but the cells of this forecast have a {kind}; use {right}")
    return Budget(size, amount * (1e6 if kind == "area" else 1e3), unit)


def _window_lots(piece: xr.Dataset, rng: int | None) -> NDArray[np.float64]:
    """Lots of each cell in each window, shape (n_issue_times, n_leads, n_cells)."""
    target = str(piece["target"].values)
    starts = piece[VALID_START].values.astype("datetime64[us]")
    drawn = [lots(piece[CELL].values, child_seed(rng, "select", target, start)) for start in starts.reshape(-1)]
    return np.reshape(drawn, (*starts.shape, -1))


def _choose(expected: NDArray[np.float64], budget: Budget, lot: NDArray[np.float64], up: bool) -> NDArray[np.bool_]:
    order, _ = rank(expected / budget.size, lot)
    chosen = np.zeros(expected.size, bool)
    chosen[order] = greedy(budget.size[order], budget.limit, whole_size(budget.size), up)
    return chosen
