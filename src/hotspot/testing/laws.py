"""The leakage laws for models: each raises `LeakageError` with the name of the law that is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hotspot.errors import LeakageError
from hotspot.history import History
from hotspot.protocols import Fitted, Model
from hotspot.testing.changes import (
    replaced_layers,
    shifted,
    shuffled_future,
    vintages,
    with_fewest_layers,
    without_future,
    without_gap,
)
from hotspot.testing.city import DAY
from hotspot.windows import Windows

LAWS = {
    1: "what is not known at the cutoff changes no output byte",
    2: "a feature's fast path equals its as-of loop, in any parts and order, with any number of threads",
    3: "shifting all input by whole weeks shifts the forecast and nothing else",
    4: "tuning, scaling, early stopping and calibration see only the training cut",
    5: "no training label ends after complete_until",
    6: "a layer is never used before its vintage",
}

SPAN = 91 * DAY  # by which law 3 moves the world: weeks after which months and years have other lengths
Maker = Callable[[History], Model]
Answer: TypeAlias = tuple[dict[str, Any], NDArray[np.float64]]


@dataclass(frozen=True)
class Trial:
    """A model, and what the laws try it on.

    Parameters
    ----------
    make : callable
        Makes the recipe from a full History.
    history : History
        Without a cutoff.
    cutoff : numpy.datetime64
        Where the training cut lies.
    windows : Windows
        What is forecast.
    who : str
        What the model and the cells are called in messages.
    """

    make: Maker
    history: History
    cutoff: np.datetime64
    windows: Windows
    who: str

    def fit(self, history: History) -> Fitted:
        """Make the model with all of a History at hand, and fit it at the cutoff."""
        return self.make(history).fit(history.as_of(self.cutoff), windows=self.windows, rng=0)

    @cached_property
    def fitted(self) -> Fitted:
        """Fitted to the History as it is."""
        return self.fit(self.history)

    @cached_property
    def baseline(self) -> Answer:
        """What the History as it is leads to."""
        return self.answer(self.history, self.fitted)

    def answer(self, history: History, fitted: Fitted | None = None) -> Answer:
        """Parameters and expected counts at the cutoff."""
        fitted = fitted or self.fit(history)
        forecast = fitted.forecast(history.as_of(self.cutoff), rng=0)
        return dict(fitted.params), forecast["expected_count"].values

    def mixed(self) -> History:
        """Shuffle what was not known at the cutoff."""
        return shuffled_future(self.history, self.cutoff, np.random.default_rng(1))


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


def law_1_future(trial: Trial) -> None:
    """Delete and shuffle the future: parameters and forecast must stay the same to the byte."""
    _unchanged(1, trial, without_future(trial.history, trial.cutoff), "deleting later-known records")
    _unchanged(1, trial, trial.mixed(), "shuffling later-known records")


def law_3_weeks(trial: Trial) -> None:
    """Move records, layers and cutoff by 13 weeks: the numbers stay."""
    if getattr(trial.make(trial.history), "uses_calendar", False):
        return
    moved = Trial(trial.make, shifted(trial.history, SPAN), trial.cutoff + SPAN, trial.windows, trial.who)
    before, after = trial.baseline[1], moved.baseline[1]
    if not np.allclose(before, after, rtol=1e-8, atol=1e-12):
        raise broken(3, trial.who, f"the forecast moved by up to {np.abs(before - after).max():.3g} incidents")


def law_4_training_cut(trial: Trial) -> None:
    """Change everything after the training cut while the recipe is made: the parameters stay."""
    if trial.make(trial.history) is trial.make(trial.history):
        return  # the recipe was there before: it has seen no data
    for changed in (without_future(trial.history, trial.cutoff), trial.mixed()):
        fitted = trial.make(changed).fit(trial.history.as_of(trial.cutoff), windows=trial.windows, rng=0)
        if not _same_params(fitted.params, trial.fitted.params):
            raise broken(4, trial.who, "its parameters depend on records that were not known at the training cut")


def law_5_labels(trial: Trial) -> None:
    """Delete what is known of the incomplete last days: the parameters stay."""
    complete = trial.history.as_of(trial.cutoff).complete_until
    if not _same_params(trial.fit(without_gap(trial.history, complete)).params, trial.fitted.params):
        raise broken(5, trial.who, f"its parameters depend on incidents that begin after {complete}")


def law_6_vintage(trial: Trial) -> None:
    """Replace every dated layer, and leave the fewest: a cutoff before the vintages gives the same answer."""
    dates = vintages(trial.history)
    if not dates:
        return
    early = Trial(trial.make, trial.history, dates[0] - DAY, trial.windows, trial.who)
    _unchanged(6, early, replaced_layers(trial.history, 400.0), "replacing layers that are not out yet")
    _unchanged(6, early, with_fewest_layers(trial.history, dates[0]), "removing layers that are not out yet")


def _unchanged(law: int, trial: Trial, changed: History, what: str) -> None:
    (params, expected), (other_params, other) = trial.baseline, trial.answer(changed)
    if not _same_params(params, other_params):
        raise broken(law, trial.who, f"{what} changes its parameters")
    if expected.tobytes() != other.tobytes():
        worst = np.abs(expected - other).max()
        raise broken(law, trial.who, f"{what} changes the forecast by up to {worst:.3g} incidents in a cell and window")


def _same_params(one: Any, other: Any) -> bool:
    return dict(one).keys() == dict(other).keys() and all(
        np.array_equal(np.asarray(one[key]), np.asarray(other[key]), equal_nan=_is_number(one[key])) for key in one
    )


def _is_number(value: Any) -> bool:
    return bool(np.issubdtype(np.asarray(value).dtype, np.number))
