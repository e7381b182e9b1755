"""Summaries: sums pooled over windows, then divided; with intervals if asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import xarray as xr

from hotspot.errors import InputError, nearest
from hotspot.evaluate.bootstrap import Bootstrap, check_level
from hotspot.metrics import Metric, find_metric
from hotspot.schema import COVERAGE, ISSUE_TIME, LEAD, MODEL, VALID_END, VALID_START, check_scores

BASELINE = "counts"
Sums = Callable[[str], xr.DataArray]


def summarise(
    scores: xr.Dataset,
    metrics: str | Sequence[str],
    *,
    by: str | Iterable[str] = (),
    interval: float | None = None,
) -> xr.Dataset:
    """Turn scores into metrics.

    Parameters
    ----------
    scores : xarray.Dataset
        Sums from `score`.
    metrics : str or sequence of str
        Names in `hotspot.metrics.METRICS`: hit_rate, pai, pei_star, log_score, brier, information_gain, calibration.
    by : str or sequence of str
        What is not pooled over: ``"issue_time"``, ``"lead"``. Models and coverages always stay apart.
    interval : float, optional
        Such as 0.95: adds ``<metric>_lower`` and ``<metric>_upper`` from a moving-block bootstrap over issue times.
        A block is as long as the cube root of the number of issue times, or as windows overlap; with fewer than three
        blocks the limits are NaN.

    Returns
    -------
    xarray.Dataset
        One variable a metric over (model[, issue_time][, lead][, coverage]), and `incidents`, the N of each. A ratio
        with nothing below the line is NaN.

    Raises
    ------
    InputError
        If a metric is not known, information_gain lacks a model named ``"counts"``, or an interval is asked for by
        issue_time.

    References
    ----------
    Kunsch (1989), doi:10.1214/aos/1176347265.
    """
    scores = check_scores(scores).sortby(ISSUE_TIME)
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    wanted = {name: find_metric(name) for name in names}
    kept = _kept(by)
    _check_baseline(scores, wanted)
    base = BASELINE if BASELINE in scores[MODEL].values else None
    pooled = pooled_sums(scores, kept)
    result = {name: evaluate(metric, pooled, base) for name, metric in wanted.items()}
    attrs: dict[str, object] = {"target": str(scores["target"].values)} if "target" in scores else {}
    if interval is not None:
        boot = bootstrap_of(scores, kept, interval)
        drawn = resampled_sums(scores, boot, kept)
        for name, metric in wanted.items():
            ends = boot.limits(evaluate(metric, drawn, base), interval)
            result |= {f"{name}_{end}": limit for end, limit in zip(("lower", "upper"), ends, strict=True)}
        attrs["interval"] = boot.note(interval)
    summary = xr.Dataset({**result, "incidents": pooled("incidents")}, attrs=attrs)
    return summary.drop_vars("target", errors="ignore")


def pooled_sums(scores: xr.Dataset, kept: frozenset[str] = frozenset()) -> Sums:
    """Add scores up over windows.

    Parameters
    ----------
    scores : xarray.Dataset
        Sums.
    kept : frozenset of str
        Dimensions not added over.

    Returns
    -------
    callable
        Gives the pooled sum of a name.
    """

    def pooled(name: str) -> xr.DataArray:
        return scores[name].sum({ISSUE_TIME, LEAD} - kept, skipna=False, keep_attrs=True)

    return pooled


def resampled_sums(scores: xr.Dataset, boot: Bootstrap, kept: frozenset[str] = frozenset()) -> Sums:
    """Add scores up over windows of resampled issue times.

    Parameters
    ----------
    scores : xarray.Dataset
        Sums.
    boot : Bootstrap
        Draws.
    kept : frozenset of str
        Dimensions not added over.

    Returns
    -------
    callable
        Gives the resampled sum of a name, with a dimension draw.
    """

    def resampled(name: str) -> xr.DataArray:
        return boot.sums(scores[name].sum({LEAD} - kept, skipna=False))

    return resampled


def evaluate(metric: Metric, sums: Sums, baseline: str | None) -> xr.DataArray:
    """Compute a metric from sums.

    Parameters
    ----------
    metric : Metric
        What to compute.
    sums : callable
        Gives the sum of a name, over models.
    baseline : str, optional
        Name of the baseline model.

    Returns
    -------
    xarray.DataArray
        Over the dimensions of the sums.
    """
    own = [sums(name) for name in metric.sums]
    base = [sums(name).sel({MODEL: baseline}, drop=True) for name in metric.baseline]
    last = [sums(name) for name in metric.last]
    value: xr.DataArray = xr.apply_ufunc(metric.function, *own, *base, *last)
    return value.assign_attrs({"units": metric.units})


def bootstrap_of(scores: xr.Dataset, kept: frozenset[str], level: float) -> Bootstrap:
    """Resample the issue times of scores.

    Parameters
    ----------
    scores : xarray.Dataset
        Sorted by issue time, with `valid_start` and `valid_end`.
    kept : frozenset of str
        Dimensions not pooled over.
    level : float
        Of the interval.

    Returns
    -------
    Bootstrap
        Draws.

    Raises
    ------
    InputError
        If issue times are not pooled over, or the level is no share.
    """
    check_level(level, "summarise")
    if ISSUE_TIME in kept:
        raise InputError("summarise: intervals resample issue times; leave issue_time out of by, or interval=None")
    lacking = [name for name in (VALID_START, VALID_END) if name not in scores.coords]
    if lacking:
        raise InputError(f"summarise: the scores lack {lacking}, which intervals need; keep these coordinates")
    return Bootstrap.of(scores)


def _kept(by: str | Iterable[str]) -> frozenset[str]:
    kept = frozenset([by] if isinstance(by, str) else by) - {MODEL, COVERAGE}
    for name in kept - {ISSUE_TIME, LEAD}:
        raise InputError(f"summarise: by names {name!r}; {nearest(name, [ISSUE_TIME, LEAD, MODEL, COVERAGE])}")
    return kept


def _check_baseline(scores: xr.Dataset, wanted: dict[str, Metric]) -> None:
    models = [str(name) for name in scores[MODEL].values]
    for name, metric in wanted.items():
        if metric.baseline and BASELINE not in models:
            raise InputError(
                f"summarise: {name} compares with a model named {BASELINE!r}; got models {models}; add Counts() to the "
                "backtest, or use compare(scores, to=...)"
            )
