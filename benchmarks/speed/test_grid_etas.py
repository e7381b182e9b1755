"""Fit of the self-exciting cells, against the arithmetic that its steps cannot do without."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.speed.city import BRANCHING, DAY, DAYS, DELAY, FIRST, draw, history
from benchmarks.speed.conftest import Peer
from hotspot.models import GridEtas
from hotspot.models._etas_em import fit_etas
from hotspot.models.grid_etas import read_record
from hotspot.windows import Windows


@pytest.mark.parametrize("n", [10_000, 50_000])
def test_fit(race, n):
    past, model, week = history(n).as_of(pd.Timestamp(FIRST + DAYS * DAY)), GridEtas(), Windows("7D")
    record = read_record(past)
    steps, gap = len(fit_etas(record, model.tolerance).bounds), record.gap / record.gap.max()

    def arithmetic():
        return [np.log(np.exp(-gap) + gap) for _ in range(steps)]

    found = model.fit(past, windows=week).params
    truth = BRANCHING * draw(n).stays
    error = (
        f"branching {found['branching_ratio']:.3f} (true in the own cell {truth:.3f}), "
        f"delay {found['delay_days']:.1f} d (true {DELAY:.0f})"
    )
    assert 0.5 * truth < found["branching_ratio"] < 2 * truth
    peers = [Peer("limit: numpy exp and log a step", arithmetic, "not a fit")]
    on = f"{gap.size:,} incidents, {past.domain.n_cells:,} cells, {steps} steps"
    race("grid_etas fit", on, lambda: model.fit(past, windows=week), peers, error=error)
