"""`hotspot backtest`: every configured model over rolling issue times, beside plain counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from hotspot.errors import ConfigError
from hotspot.evaluate.backtest import backtest
from hotspot.evaluate.compare import compare
from hotspot.evaluate.scores import score
from hotspot.evaluate.summary import summarise
from hotspot.evaluate.truth import complete_until
from hotspot.history import History
from hotspot.run.config import Config
from hotspot.run.inputs import Inputs, load_inputs, make_models
from hotspot.run.nightly import Progress
from hotspot.run.outputs import write_json
from hotspot.run.reach import hold_reach
from hotspot.run.trust import METRICS
from hotspot.windows import as_utc, periods


@dataclass(frozen=True, eq=False)
class Comparison:
    """The result for one target.

    Parameters
    ----------
    target : str
        Its name in the config.
    scores : xarray.Dataset
        Sums.
    summary : xarray.Dataset
        Ratios with intervals.
    gains : pandas.DataFrame
        Information gain per incident over counts, paired, with intervals.
    captures : pandas.DataFrame
        Hit rate less that of counts, paired, with intervals.
    """

    target: str
    scores: xr.Dataset
    summary: xr.Dataset
    gains: pd.DataFrame
    captures: pd.DataFrame


def run_backtest(config: Config, *, progress: Progress | None = None) -> tuple[Path, list[Comparison]]:
    """Compare the configured models over the period in `[backtest]`.

    Parameters
    ----------
    config : Config
        From `load_config`.
    progress : callable, optional
        Told (what, done, total).

    Returns
    -------
    tuple of Path and list of Comparison
        Folder with the forecasts and scores, and one comparison a target.

    Raises
    ------
    ConfigError
        If the file has no `[backtest]`, its period holds no issue time, or a layer lies beside the domain.
    InputError
        If the data cannot be used.
    """
    if config.backtest is None:
        raise ConfigError("the file has no [backtest]; add start, end and every, for example start = 2024-01-01")
    inputs = load_inputs(config)
    hold_reach(inputs)
    folder = config.output.store / config.name / "backtest"
    return folder, [_compare(inputs, number, folder, progress) for number in range(len(config.targets))]


def _compare(inputs: Inputs, number: int, folder: Path, progress: Progress | None) -> Comparison:
    config, target = inputs.config, inputs.config.targets[number]
    history = inputs.history(target)
    origins = _origins(inputs, history)

    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress(f"{target.name}: backtest", done, total)

    refit = config.backtest.refit if config.backtest else "28D"
    runs = backtest(
        make_models(config), history, origins, windows=inputs.windows, refit=refit, rng=config.seed,
        store=folder, progress=tell,
    )  # fmt: skip
    scores = score(runs, history, coverage=config.selection.coverage)
    result = Comparison(
        target.name,
        scores,
        summarise(scores, list(METRICS), interval=0.95),
        compare(scores, to="counts", metric="information_gain"),
        compare(scores, to="counts", metric="hit_rate"),
    )
    record = {"scores": scores, "summary": result.summary, "gains": result.gains, "captures": result.captures}
    write_json(folder / f"{target.name}.json", record)
    return result


def _origins(inputs: Inputs, history: History) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Issue times of the config whose windows lie within the record."""
    section, zone = inputs.config.backtest, inputs.domain.time_zone
    if section is None:
        raise ConfigError("the file has no [backtest]")
    first, last = as_utc(section.start, zone), as_utc(section.end, zone)
    times = periods(first, last, section.every, zone)
    newest = complete_until(history)
    inside = np.array([inputs.windows.bounds(t, zone)[1][-1] <= newest for t in times], bool)
    if not inside.any():
        raise ConfigError(
            f"[backtest]: no window from {first} to {last} UTC lies within the record, which is complete until "
            f"{newest} UTC; choose an earlier start and end"
        )
    return np.asarray(times[inside])
