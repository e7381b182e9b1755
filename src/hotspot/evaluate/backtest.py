"""Backtest: every model at every issue time, with what was known then."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from hotspot.errors import InputError
from hotspot.evaluate.store import group_path, join_issue_times, read_group, write_group
from hotspot.fingerprints import digest, known_digest
from hotspot.history import History, Times
from hotspot.protocols import Model
from hotspot.rolling import DEFAULT_SEED, roll
from hotspot.schema import CELL, MODEL, check_forecast
from hotspot.windows import Duration, Moment, Windows, as_utc_many
from hotspot.zarr_groups import FINGERPRINT

Progress = Callable[[int, int], None]


def backtest(
    models: Sequence[Model],
    history: History,
    issue_times: Iterable[Moment] | Times | pd.DatetimeIndex,
    *,
    windows: Windows,
    refit: str | Duration = "28D",
    rng: int | None = None,
    store: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Forecast with each model at each issue time, seeing only what was known then.

    Parameters
    ----------
    models : sequence of Model
        Recipes with different names. No model is added.
    history : History
        With no cutoff, or one at or after every issue time.
    issue_times : moments
        Naive ones are civil time of the domain; sorted, each taken once.
    windows : Windows
        What is forecast.
    refit : str or Duration
        Civil time between fits.
    rng : int, optional
        Seed; default 0.
    store : path, optional
        Folder for one Zarr group a model and target, chunked by issue time. A group made from the same inputs is used
        again, another one is replaced; a run that is killed leaves no half group. Without it, runs stay in memory.
    progress : callable, optional
        Called with the number of forecasts done and to do.

    Returns
    -------
    xarray.Dataset
        Runs: forecasts over (model, issue_time, lead, cell), lazy with a store.

    Raises
    ------
    InputError
        If there is no model or issue time, or two models have one name.
    LeakageError
        If an issue time lies after the cutoff of the History.
    HotspotError
        If another process is writing to the store.
    """
    names = _names(models)
    times = np.unique(as_utc_many(issue_times, history.domain.time_zone))
    if not times.size:
        raise InputError("backtest: got no issue time; expected at least one, for example pandas.date_range(...)")
    done = _Count(len(names) * times.size, progress)
    settings = (windows, str(Duration.parse(refit)), rng or DEFAULT_SEED)
    known = "" if store is None else known_digest(history, times, *settings)
    runs = []
    for model in models:
        rolled = _checked(roll(model, history, times, windows=windows, refit=refit, rng=rng), history, model.name, done)
        if store is None:
            run = join_issue_times(list(rolled))
        else:
            path = group_path(store, model.name, history.target_name)
            recipe = f"{type(model).__module__}.{type(model).__qualname__} {model.name} {model!r}"
            key = {FINGERPRINT: digest(recipe, known), "recipe": recipe}
            found = read_group(path, key[FINGERPRINT])
            if found is not None:
                done.add(times.size)
            run = found if found is not None else write_group(path, rolled, key)
        runs.append(run.expand_dims({MODEL: [model.name]}))
    return join_models(runs).assign_attrs(refit=str(refit), seed=DEFAULT_SEED if rng is None else int(rng))


def join_models(runs: Sequence[xr.Dataset]) -> xr.Dataset:
    """Put runs of several models together.

    Parameters
    ----------
    runs : sequence of xarray.Dataset
        Each with a dimension `model`, all over the same issue times, leads and cells.

    Returns
    -------
    xarray.Dataset
        One dataset.
    """
    joined: xr.Dataset = xr.concat(
        runs, MODEL, data_vars="all", coords="minimal", compat="equals", join="exact", combine_attrs="drop_conflicts"
    )
    return joined


class _Count:
    """How many forecasts are done."""

    def __init__(self, total: int, tell: Progress | None) -> None:
        self.done, self.total, self.tell = 0, total, tell

    def add(self, number: int) -> None:
        self.done += number
        if self.tell is not None:
            self.tell(self.done, self.total)


def _names(models: Sequence[Model]) -> list[str]:
    if isinstance(models, Model) or not isinstance(models, Iterable):
        raise InputError("backtest: models is a single model; expected a list, such as [Counts(), Kde()]")
    names = [model.name for model in models]
    if not names:
        raise InputError("backtest: got no model; expected at least one, such as [Counts()]")
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError(f"backtest: {twice} name more than one model; give each its own, such as Kde(name='kde_wide')")
    return names


def _checked(
    rolled: Iterator[tuple[np.datetime64, xr.Dataset]], history: History, name: str, done: _Count
) -> Iterator[xr.Dataset]:
    for issue_time, forecast in rolled:
        check_forecast(forecast, f"forecast of {name!r} at {issue_time}")
        if not np.array_equal(forecast[CELL].values, history.domain.ids):
            raise InputError(
                f"forecast of {name!r} at {issue_time}: its cells are not those of the domain; expected all, in order"
            )
        yield forecast
        done.add(1)
