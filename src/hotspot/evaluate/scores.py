"""Scores: what forecasts and what happened add up to, window by window. Ratios come later, from the sums."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from hotspot.errors import InputError
from hotspot.evaluate.pieces import pieces
from hotspot.evaluate.selection import rank, sizes, whole_size
from hotspot.evaluate.truth import Placed, Truth, complete_until
from hotspot.history import History
from hotspot.kernels.selection import expected_hits, greedy
from hotspot.schema import (
    CELL,
    COVERAGE,
    COVERAGE_SUMS,
    EXPECTED,
    ISSUE_TIME,
    LEAD,
    MODEL,
    SCORE_SUMS,
    VALID_END,
    VALID_START,
    check_forecast,
    check_scores,
)

DEFAULT_COVERAGE = (0.01, 0.05)
ZERO_HITS = "zero_hits"
_UNITS = {
    "hits": "incidents",
    "oracle_hits": "incidents",
    "incidents": "incidents",
    "expected_sum": "incidents",
    ZERO_HITS: "incidents",
    "cells": "cells",
    "log_score_sum": "nat",
    "brier_sum": "1",
}


class _Space(NamedTuple):
    size: NDArray[np.float64]
    total: float
    unit: str
    coverage: tuple[float, ...]
    whole: float


def score(runs: xr.Dataset, history: History, *, coverage: float | Iterable[float] | None = None) -> xr.Dataset:
    """Score forecasts against what happened.

    Ties at the cut are scored by their expectation over the lots that `select` draws. Hits share out the mass of
    interval times; the log and Brier scores average over 20 seeded whole placements of them, the same for all models
    and windows.

    Parameters
    ----------
    runs : xarray.Dataset
        From `backtest`, or one forecast, which is then called ``"forecast"``.
    history : History
        What is known today, of the same domain and target; with no cutoff, or one late enough. Its profile spreads
        interval times for all models alike, whatever profile each was fitted with.
    coverage : float or sequence of float, optional
        Shares of the domain's area (length) to flag; default 0.01 and 0.05. One that buys no cell has no hits and no
        flagged area.

    Returns
    -------
    xarray.Dataset
        Sums over (model, issue_time, lead): `incidents` (all inside the boundary), `area` of the boundary [m2] (or
        length [m]), `expected_sum`, `log_score_sum` (Poisson log probability, summed over cells [nat]), `brier_sum`
        (of whether any incident happens, over cells), `cells`, `zero_hits` (incidents where none was expected; the
        log score is then minus infinity). Over coverage as well: `hits`, `flagged_area`, `oracle_hits` (the most
        incidents found for the model's own flagged area) and `tie_area` (the flagged area that lots decide).

    Raises
    ------
    InputError
        If domain or target differ, a coverage is not in (0, 1], or a window is not over and known.
    """
    runs = with_model(runs)
    size, total, name = sizes(runs)
    space = _Space(size, total, "m2" if name == "area" else "m", _levels(coverage), whole_size(size))
    truth = Truth(history)
    _check_same(runs, history)
    _check_known(runs, history)
    scored = [_piece(piece, truth, space) for _, piece in pieces(runs)]
    return check_scores(_assemble(runs, scored, space))


def with_model(runs: xr.Dataset) -> xr.Dataset:
    """Give a single forecast a model dimension.

    Parameters
    ----------
    runs : xarray.Dataset
        Runs, or a forecast.

    Returns
    -------
    xarray.Dataset
        With dimensions (model, issue_time, lead, cell).
    """
    if EXPECTED not in runs or ISSUE_TIME not in runs[EXPECTED].dims:
        check_forecast(runs)
    return runs if MODEL in runs[EXPECTED].dims else runs.expand_dims({MODEL: ["forecast"]})


def _levels(coverage: float | Iterable[float] | None) -> tuple[float, ...]:
    given = DEFAULT_COVERAGE if coverage is None else coverage
    levels = tuple(float(level) for level in (given if isinstance(given, Iterable) else [given]))
    if not levels or len(set(levels)) < len(levels) or not all(0 < level <= 1 for level in levels):
        raise InputError(
            f"score: coverage is {list(levels)}; expected different shares of the area (length), 0 < coverage <= 1"
        )
    return levels


def _check_same(runs: xr.Dataset, history: History) -> None:
    if not np.array_equal(runs[CELL].values, history.domain.ids):
        raise InputError(
            f"score: the runs have {runs.sizes[CELL]} cells, the History's domain {history.domain.n_cells}, and their "
            "ids are not the same; score with the domain of the backtest"
        )
    target = str(runs["target"].values)
    if target != history.target_name:
        raise InputError(
            f"score: the runs forecast {target!r}, the History's target is {history.target_name!r}; expected the same"
        )


def _check_known(runs: xr.Dataset, history: History) -> None:
    issue, end, until = runs[ISSUE_TIME].values, runs[VALID_END].values, complete_until(history)
    late = np.argwhere(end > until)
    if late.size:
        listed = [f"issue {str(issue[i])[:16]} lead {lead} ends {str(end[i, lead])[:16]}" for i, lead in late]
        more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
        raise InputError(
            f"score: {len(listed)} windows end after {str(until)[:16]} UTC, up to which the History is complete: "
            f"{'; '.join(listed[:5])}{more}; leave them out, or give a later History (history.as_of(moment) where the "
            "record goes on without incidents)"
        )


def _piece(piece: xr.Dataset, truth: Truth, space: _Space) -> dict[str, NDArray[np.float64]]:
    """Score some issue times: arrays of shape (n_models, n_issue_times, n_leads[, n_coverages])."""
    starts, ends = (piece[name].values.astype("datetime64[us]") for name in (VALID_START, VALID_END))
    mass = truth.mass(starts.reshape(-1), ends.reshape(-1)).reshape(*starts.shape, -1)
    expected = piece[EXPECTED].transpose(MODEL, ISSUE_TIME, LEAD, CELL).values
    rows = np.empty(expected.shape[:-1], object)
    for window, start, end in zip(np.ndindex(starts.shape), starts.flat, ends.flat, strict=True):
        placed = truth.placed(start, end)
        for model in range(len(expected)):
            rows[model, *window] = _window(expected[model, *window], mass[window], placed, space)
    flat = rows.reshape(-1)
    return {
        name: np.array([row[name] for row in flat], float).reshape(*rows.shape, *np.shape(flat[0][name]))
        for name in flat[0]
    }


def _window(
    expected: NDArray[np.float64], mass: NDArray[np.float64], placed: Placed, space: _Space
) -> dict[str, object]:
    """Score one window of one model; `mass` has a last entry for incidents without a cell."""
    inside = mass[:-1]
    sums: dict[str, object] = {
        "incidents": mass.sum(),
        "area": space.total,
        "expected_sum": expected.sum(),
        "log_score_sum": log_score_sum(expected, placed),
        "brier_sum": brier_sum(expected, placed),
        "cells": expected.size,
        ZERO_HITS: inside[expected == 0].sum(),
    }
    order, group = rank(expected / space.size)
    down = space.size[order], inside[order], group
    flagged = np.array([expected_hits(*down, level * space.total, space.whole) for level in space.coverage])
    best = [max(hits, _oracle(space.size, inside, used)) for hits, used, _ in flagged]
    names = dict(zip(("hits", "flagged_area", "tie_area"), flagged.T, strict=True))
    return {**sums, **names, "oracle_hits": best}


def _oracle(size: NDArray[np.float64], mass: NDArray[np.float64], used: float) -> float:
    """Incidents that the same greedy walk finds with hindsight."""
    hit = np.flatnonzero(mass)
    order = hit[np.lexsort((size[hit], -mass[hit] / size[hit]))]
    return float(mass[order] @ greedy(size[order], used, 0.0, False))


def log_score_sum(expected: NDArray[np.float64], placed: Placed) -> float:
    """Poisson log probability of a window's counts, summed over cells and averaged over placements.

    Parameters
    ----------
    expected : ndarray, shape (n_cells,)
        Expected incidents.
    placed : Placed
        Incidents.

    Returns
    -------
    float
        At most 0 [nat]; minus infinity where an incident fell and none was expected.
    """
    found = (xlogy(placed.counts, expected[placed.cell]) - gammaln(placed.counts + 1)).sum(axis=1)
    return float(found.mean() - expected.sum())


def brier_sum(expected: NDArray[np.float64], placed: Placed) -> float:
    """Squared error of the probability of any incident, summed over cells and averaged over placements.

    Parameters
    ----------
    expected : ndarray, shape (n_cells,)
        Expected incidents; the probability is 1 - exp(-expected).
    placed : Placed
        Incidents.

    Returns
    -------
    float
        At least 0.
    """
    chance = -np.expm1(-expected)
    happened = placed.counts > 0
    # no matrix product: its threads cost more than these few cells
    return float(np.square(chance).sum() + (happened * (1 - 2 * chance[placed.cell])).sum(axis=1).mean())


def _assemble(runs: xr.Dataset, scored: list[dict[str, NDArray[np.float64]]], space: _Space) -> xr.Dataset:
    units = {**_UNITS, "area": space.unit, "flagged_area": space.unit, "tie_area": space.unit}
    dims = (MODEL, ISSUE_TIME, LEAD, COVERAGE)
    data = {}
    for name in (*SCORE_SUMS, ZERO_HITS, *COVERAGE_SUMS):
        values = np.concatenate([piece[name] for piece in scored], axis=1)
        data[name] = (dims[: values.ndim], values, {"units": units[name]})
    kept = (MODEL, ISSUE_TIME, LEAD, VALID_START, VALID_END, "target")
    coords = {name: runs[name].load() for name in kept if name in runs.coords}
    return xr.Dataset(data, {**coords, COVERAGE: list(space.coverage)}, dict(runs.attrs))
