"""The truth behind a synthetic city: parameters, expected totals, and the background cell by cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from hotspot.errors import InputError
from hotspot.simulate.background import Background, rhythm, surface
from hotspot.simulate.process import Catalogue, World

_STEP = 25.0  # [m] spacing of the points a cell's mean is taken over


def mean_background(world: World, *, size: float = 250.0) -> pd.DataFrame:
    """Average the background intensity over the span, on squares counted from the CRS zero.

    Parameters
    ----------
    world : World
        The city and its process.
    size : float
        Side of a square [m], a multiple of 25.

    Returns
    -------
    pandas.DataFrame
        One row a square that overlaps the city: x, y of its centre [m], area_km2 of its part inside the
        boundary, and one column a category: the mean over that part [incidents per km2 per day].

    Raises
    ------
    InputError
        If the size is not a multiple of 25 m.
    """
    if size <= 0 or size % _STEP:
        raise InputError(f"size is {size} m; expected a positive multiple of {_STEP:g} m")
    left, low, right, high = world.boundary.bounds
    x, y = np.meshgrid(_centres(left, right, size), _centres(low, high, size))
    half = size / 2
    squares = shapely.box(x.ravel() - half, y.ravel() - half, x.ravel() + half, y.ravel() + half)
    parts = shapely.intersection(squares, world.boundary)
    area = shapely.area(parts)
    kept = area > 0
    cells = pd.DataFrame({"x": x.ravel()[kept], "y": y.ravel()[kept], "area_km2": area[kept] / 1e6})
    cell, points_x, points_y = _points(world, cells, parts[kept], size)
    for category, background in world.backgrounds.items():
        values = pd.Series(surface(background, points_x, points_y))
        cells[category] = values.groupby(cell).mean() * _mean_rhythm(world, background)
    return cells


def describe(world: World, catalogue: Catalogue, cells: pd.DataFrame) -> dict[str, Any]:
    """Write down the parameters and the expected and drawn totals of each category.

    Parameters
    ----------
    world : World
        The city and its process.
    catalogue : Catalogue
        What was drawn from it.
    cells : pandas.DataFrame
        The mean background, as `mean_background` gives it.

    Returns
    -------
    dict
        One entry a category, ready for JSON.
    """
    return {category: _describe_one(world, category, catalogue, cells) for category in world.backgrounds}


def _describe_one(world: World, category: str, catalogue: Catalogue, cells: pd.DataFrame) -> dict[str, Any]:
    trigger = world.triggers.get(category)
    ratio = trigger.branching_ratio if trigger else 0.0
    days = float((world.end - world.start) / np.timedelta64(1, "D"))
    expected = float((cells[category] * cells["area_km2"]).sum() * days)
    mine = catalogue.category == category
    seen = mine & catalogue.observed
    return {
        "branching_ratio": ratio,
        "delay_days": trigger.delay_days if trigger else None,
        "scale_m": trigger.scale_m if trigger else None,
        "expected_background": round(expected, 1),
        "expected_total": round(expected / (1 - ratio), 1),
        "observed_background": int((seen & (catalogue.parent < 0)).sum()),
        "observed_triggered": int((seen & (catalogue.parent >= 0)).sum()),
        "background": _formula(world.backgrounds[category]),
    }


def _formula(background: Background) -> dict[str, Any]:
    near = background.near
    return {
        "uniform": background.uniform,
        "bumps": [vars(bump) for bump in background.bumps],
        "near": None if near is None else {"places": "bar", "gain": near.gain, "scale_m": near.scale_m},
        "season": background.season,
        "season_peak": background.season_peak,
        "week": background.week.tolist(),
    }


def _mean_rhythm(world: World, background: Background) -> float:
    """Average over the span; the rhythm is constant within each hour, so the mean is exact."""
    hours = np.arange(world.start, world.end, np.timedelta64(1, "h"))
    return float(rhythm(background, hours, world.time_zone).mean())


def _centres(low: float, high: float, size: float) -> np.ndarray:
    return (np.arange(np.floor(low / size), np.ceil(high / size)) + 0.5) * size


def _points(
    world: World, cells: pd.DataFrame, parts: np.ndarray, size: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List points inside the boundary and the cell of each; a sliver without any gets one of its own."""
    offsets = np.arange(_STEP / 2, size, _STEP) - size / 2
    dx, dy = (grid.ravel() for grid in np.meshgrid(offsets, offsets))
    x = (cells["x"].to_numpy()[:, None] + dx).ravel()
    y = (cells["y"].to_numpy()[:, None] + dy).ravel()
    cell = np.repeat(np.arange(len(cells)), len(dx))
    inside = shapely.contains_xy(world.boundary, x, y)
    slivers = np.setdiff1d(np.arange(len(cells)), cell[inside])
    single = shapely.point_on_surface(parts[slivers])
    return (
        np.concatenate([cell[inside], slivers]),
        np.concatenate([x[inside], shapely.get_x(single)]),
        np.concatenate([y[inside], shapely.get_y(single)]),
    )
