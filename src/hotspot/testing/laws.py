"""The leakage laws as functions: each raises `LeakageError` with the name of the law that is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hotspot.errors import LeakageError
from hotspot.history import History
from hotspot.protocols import Feature, Fitted, Model
from hotspot.testing.world import (
    DAY,
    moments,
    moved_layers,
    shifted,
    shuffled_future,
    without_future,
    without_gap,
)
from hotspot.windows import Times, Windows

LAWS = {
    1: "what is not known at the cutoff changes no output byte",
    2: "a feature's fast path equals its as-of loop",
    3: "shifting all input by whole weeks shifts the forecast and nothing else",
    4: "tuning, scaling, early stopping and calibration see only the training cut",
    5: "no training label ends after complete_until",
    6: "a layer is never used before its vintage",
}

Maker = Callable[[History], Model]


@dataclass(frozen=True)
class Trial:
    """What a law is tried on.

    Parameters
    ----------
    history : History
        Without a cutoff.
    cutoff : numpy.datetime64
        Where the training cut lies.
    windows : Windows
        What is forecast.
    """

    history: History
    cutoff: np.datetime64
    windows: Windows

    def fit(self, make: Maker, history: History) -> Fitted:
        """Make the model with all of a History at hand, and fit it at the cutoff."""
        return make(history).fit(history.as_of(self.cutoff), windows=self.windows, rng=0)

    def answer(self, make: Maker, history: History) -> tuple[dict[str, Any], NDArray[np.float64]]:
        """Parameters and expected counts at the cutoff."""
        fitted = self.fit(make, history)
        forecast = fitted.forecast(history.as_of(self.cutoff), rng=0)
        return dict(fitted.params), forecast["expected_count"].values


def broken(law: int, who: str, detail: str) -> LeakageError:
    """Name a broken law.

    Parameters
    ----------
    law : int
        Its number.
    who : str
        Model or feature.
    detail : str
        What was seen.

    Returns
    -------
    LeakageError
        To raise.
    """
    return LeakageError(f"{who} breaks law {law} ({LAWS[law]}): {detail}")


def law_1_future(make: Maker, trial: Trial, who: str) -> None:
    """Delete and shuffle the future: parameters and forecast must stay the same to the byte."""
    _unchanged(1, make, trial, who, without_future(trial.history, trial.cutoff), "deleting later-known records")
    mixed = shuffled_future(trial.history, trial.cutoff, np.random.default_rng(1))
    _unchanged(1, make, trial, who, mixed, "shuffling later-known records")


def law_3_weeks(make: Maker, trial: Trial, who: str) -> None:
    """Move records, vintages and cutoff by three weeks: the numbers stay."""
    if getattr(make(trial.history), "uses_calendar", False):
        return
    span = 21 * DAY
    moved = Trial(shifted(trial.history, span), trial.cutoff + span, trial.windows)
    before = trial.answer(make, trial.history)[1]
    after = moved.answer(make, moved.history)[1]
    if not np.allclose(before, after, rtol=1e-8, atol=1e-12):
        raise broken(3, who, f"the forecast moved by up to {np.abs(before - after).max():.3g} incidents")


def law_4_training_cut(make: Maker, trial: Trial, who: str) -> None:
    """Change everything after the training cut while the recipe is made: parameters and forecast stay."""
    rng = np.random.default_rng(4)
    for changed in (without_future(trial.history, trial.cutoff), shuffled_future(trial.history, trial.cutoff, rng)):
        fitted = make(changed).fit(trial.history.as_of(trial.cutoff), windows=trial.windows, rng=0)
        if not _same_params(fitted.params, trial.fit(make, trial.history).params):
            raise broken(4, who, "its parameters depend on records that were not known at the training cut")


def law_5_labels(make: Maker, trial: Trial, who: str) -> None:
    """Delete what is known of the incomplete last days: the parameters stay."""
    complete = trial.history.as_of(trial.cutoff).complete_until
    changed = without_gap(trial.history, complete)
    if not _same_params(trial.fit(make, changed).params, trial.fit(make, trial.history).params):
        raise broken(5, who, f"its parameters depend on incidents that begin after {complete}")


def law_6_vintage(make: Maker, trial: Trial, who: str) -> None:
    """Move every dated layer: a cutoff before the vintages gives the same answer."""
    vintages = [layer.vintage for layer in trial.history.layers if layer.vintage is not None]
    if not vintages:
        return
    early = Trial(trial.history, min(moments(np.array(vintages))) - DAY, trial.windows)
    _unchanged(6, make, early, who, moved_layers(trial.history, 400.0), "moving a layer that is not out yet")


def law_1_feature(feature: Feature, trial: Trial, times: Times) -> None:
    """Delete and shuffle the future of the last issue time: no value changes."""
    before = feature.compute(trial.history.as_of(times[-1]), times, trial.windows)
    rng = np.random.default_rng(1)
    for changed in (without_future(trial.history, times[-1]), shuffled_future(trial.history, times[-1], rng)):
        after = feature.compute(changed.as_of(times[-1]), times, trial.windows)
        if not _same(before, after):
            raise broken(1, f"feature {feature.name!r}", "records known after the last issue time change it")


def law_2_as_of(feature: Feature, trial: Trial, times: Times) -> None:
    """Compute all issue times at once, and each from its own History: the same."""
    fast = feature.compute(trial.history.as_of(times[-1]), times, trial.windows)
    for row, time in enumerate(moments(times)):
        slow = feature.compute(trial.history.as_of(time), times[row : row + 1], trial.windows)
        one = fast.isel(issue_time=[row]) if "issue_time" in fast.dims else fast
        if "issue_time" in slow.dims and "issue_time" not in one.dims:
            one = one.expand_dims(issue_time=slow["issue_time"])
        if not _same(one.transpose(*slow.dims), slow):
            raise broken(
                2, f"feature {feature.name!r}", f"at issue time {time} it knows more, or less, than was known then"
            )


def law_6_feature(feature: Feature, trial: Trial) -> None:
    """Move every dated layer: values at issue times before the vintage stay, and are NaN where layers give them."""
    vintages = [layer.vintage for layer in trial.history.layers if layer.vintage is not None]
    if not vintages:
        return
    times = np.array([min(moments(np.array(vintages))) - DAY])
    before = feature.compute(trial.history.as_of(times[0]), times, trial.windows)
    after = feature.compute(moved_layers(trial.history, 400.0).as_of(times[0]), times, trial.windows)
    if not _same(before, after):
        raise broken(6, f"feature {feature.name!r}", "moving a layer that is not out yet changes it")


def _unchanged(law: int, make: Maker, trial: Trial, who: str, changed: History, what: str) -> None:
    params, expected = trial.answer(make, trial.history)
    other_params, other = trial.answer(make, changed)
    if not _same_params(params, other_params):
        raise broken(law, who, f"{what} changes its parameters")
    if expected.tobytes() != other.tobytes():
        worst = np.abs(expected - other).max()
        raise broken(law, who, f"{what} changes the forecast by up to {worst:.3g} incidents in a cell and window")


def _same_params(one: Any, other: Any) -> bool:
    return dict(one).keys() == dict(other).keys() and all(
        np.array_equal(np.asarray(one[key]), np.asarray(other[key]), equal_nan=_is_number(one[key])) for key in one
    )


def _is_number(value: Any) -> bool:
    return bool(np.issubdtype(np.asarray(value).dtype, np.number))


def _same(one: xr.DataArray, other: xr.DataArray) -> bool:
    return one.shape == other.shape and bool(np.array_equal(one.values, other.values, equal_nan=True))
