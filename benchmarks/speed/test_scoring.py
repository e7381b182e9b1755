"""A year of weekly forecasts scored."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.stats import poisson

from benchmarks.speed.city import DAY, FIRST, history
from benchmarks.speed.conftest import Peer
from hotspot.evaluate.scores import score

WEEKS, MODELS, COVERAGE = 52, 4, (0.01, 0.05)


def made_runs(past, rng):
    domain = past.domain
    issue = FIRST + 7 * DAY * np.arange(60, 60 + WEEKS)
    coords = {
        "model": [f"m{i}" for i in range(MODELS)],
        "issue_time": issue,
        "lead": [0],
        "cell": domain.ids,
        "valid_start": (("issue_time", "lead"), issue[:, None]),
        "valid_end": (("issue_time", "lead"), issue[:, None] + 7 * DAY),
        "area": ("cell", domain.area),
        "target": past.target_name,
    }
    expected = rng.gamma(0.5, 0.1, (MODELS, WEEKS, 1, domain.n_cells)) + 1e-3
    dims = ("model", "issue_time", "lead", "cell")
    return xr.Dataset({"expected_count": (dims, expected)}, coords, {"total_area": domain.total_area})


def by_hand(runs, past):
    """Counts, Poisson log scores and hits in plain numpy; incidents are known to the moment or to the day."""
    events = past.events()
    week = (events.start - runs["valid_start"].values[0, 0]) // (7 * DAY)
    inside = (week >= 0) & (week < WEEKS)
    cells = past.domain.n_cells
    happened = np.bincount(week[inside] * cells + events.cell[inside], minlength=WEEKS * cells).reshape(WEEKS, cells)
    expected = runs["expected_count"].values[:, :, 0]
    log_score = poisson.logpmf(happened, expected).sum(axis=-1)
    order = np.argsort(-expected, axis=-1)
    found = np.take_along_axis(np.broadcast_to(happened, expected.shape), order, axis=-1).cumsum(axis=-1)
    hits = np.stack([found[..., round(share * cells) - 1] for share in COVERAGE], axis=-1)
    return log_score, hits


@pytest.mark.parametrize("dates", [False, True], ids=["moments", "dates"])
def test_score(race, rng, dates):
    past = history(50_000, dates=dates)
    runs = made_runs(past, rng)
    scores = score(runs, past, coverage=COVERAGE)
    log_score, hits = by_hand(runs, past)
    assert np.allclose(scores["log_score_sum"].values[:, :, 0], log_score, rtol=1e-10)
    assert np.allclose(scores["hits"].values[:, :, 0], hits, atol=1e-6)
    what = "score, days known" if dates else "score, moments known"
    on = f"{MODELS} models, {WEEKS} weeks, {past.domain.n_cells:,} cells, {len(past.incidents):,} incidents"
    peer = Peer("numpy and scipy, log score and hits only", lambda: by_hand(runs, past))
    race(what, on, lambda: score(runs, past, coverage=COVERAGE), [peer], rounds=3)
