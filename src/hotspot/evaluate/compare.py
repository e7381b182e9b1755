"""Comparison of models on the same windows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from hotspot.errors import InputError, nearest
from hotspot.evaluate.summary import bootstrap_of, evaluate, pooled_sums, resampled_sums
from hotspot.metrics import find_metric
from hotspot.schema import COVERAGE, ISSUE_TIME, MODEL, check_scores

LEVEL = 0.95


def compare(scores: xr.Dataset, *, to: str, metric: str) -> pd.DataFrame:
    """Compare each model with one of them, paired by issue time.

    The same blocks of issue times are drawn for both, so what makes a week easy or hard for every model cancels.

    Parameters
    ----------
    scores : xarray.Dataset
        Sums from `score`.
    to : str
        The model to compare with.
    metric : str
        Name in `hotspot.metrics.METRICS`. A metric that has a baseline (information_gain) takes `to` as its baseline.

    Returns
    -------
    pandas.DataFrame
        One row for each other model, and coverage where the metric has one: `model`, `coverage`, `value`, `baseline`,
        `difference`, `lower` and `upper` (95 % limits of the difference; NaN with fewer than three blocks),
        `n_origins`, `incidents`. `attrs["interval"]` says how the limits were made.

    Raises
    ------
    InputError
        If the metric or the model is not known.

    References
    ----------
    Kunsch (1989), doi:10.1214/aos/1176347265.
    """
    scores = check_scores(scores).sortby(ISSUE_TIME)
    chosen = find_metric(metric)
    models = [str(name) for name in scores[MODEL].values]
    if to not in models:
        raise InputError(f"compare: no model is called {to!r}; {nearest(to, models)}")
    boot = bootstrap_of(scores, frozenset(), LEVEL)
    pooled = pooled_sums(scores)
    value = evaluate(chosen, pooled, to)
    lower, upper = boot.limits(_less(evaluate(chosen, resampled_sums(scores, boot), to), to), LEVEL)
    table = xr.Dataset(
        {
            "value": value,
            "baseline": value.sel({MODEL: to}, drop=True).broadcast_like(value),
            "difference": _less(value, to),
            "lower": lower,
            "upper": upper,
            "n_origins": scores.sizes[ISSUE_TIME],
            "incidents": pooled("incidents"),
        }
    )
    others = table.drop_vars("target", errors="ignore").sel({MODEL: [name for name in models if name != to]})
    keys = [name for name in (MODEL, COVERAGE) if name in value.dims]
    frame = others.to_dataframe(dim_order=keys).reset_index()
    frame = frame[[*keys, *table.data_vars]]
    frame.attrs.update(metric=metric, to=to, interval=boot.note(LEVEL))
    return frame


def _less(value: xr.DataArray, to: str) -> xr.DataArray:
    with np.errstate(invalid="ignore"):  # minus infinity less itself is NaN: two that failed utterly
        return value - value.sel({MODEL: to}, drop=True)
