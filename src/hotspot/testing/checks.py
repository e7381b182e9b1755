"""One call a model or feature: schema, determinism and the leakage laws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hotspot.errors import HotspotError, InputError, SchemaError
from hotspot.history import History
from hotspot.protocols import Feature, Fitted, Model
from hotspot.schema import check_forecast
from hotspot.testing import laws
from hotspot.testing.laws import Trial
from hotspot.testing.world import DAY, DAYS, START, example_history
from hotspot.windows import Windows

CUTOFF = START + (DAYS - 40) * DAY


def check_model(
    model: Model | Callable[[History], Model],
    history: History | None = None,
    *,
    windows: Windows | None = None,
    cutoff: np.datetime64 | None = None,
) -> None:
    """Check that a model keeps its contract and the leakage laws.

    Parameters
    ----------
    model : Model or callable
        A recipe, or a function that makes one from a full History, as a pipeline does which tunes before it fits.
    history : History, optional
        Without a cutoff, in a UTC domain. Default: `example_history()`.
    windows : Windows, optional
        Default: three daily windows.
    cutoff : numpy.datetime64, optional
        Naive UTC. Default: 40 days before the end of the example.

    Raises
    ------
    LeakageError
        With the name of the law that is broken.
    SchemaError, InputError
        If the contract is broken.
    """
    world = example_history() if history is None else history
    trial = Trial(world, CUTOFF if cutoff is None else cutoff, windows or Windows("1D", leads=3))
    recipe = model if isinstance(model, Model) else model(world)
    make: Callable[[History], Model] = (lambda _: recipe) if isinstance(model, Model) else model
    who = f"model {_checked_recipe(recipe)!r}"
    _check_contract(make, trial, who)
    for law in (laws.law_1_future, laws.law_3_weeks, laws.law_4_training_cut, laws.law_5_labels, laws.law_6_vintage):
        law(make, trial, who)


def check_feature(feature: Feature, history: History | None = None, *, windows: Windows | None = None) -> None:
    """Check that a feature keeps its contract and the leakage laws.

    Parameters
    ----------
    feature : Feature
        To check.
    history : History, optional
        Without a cutoff. Default: `example_history()`.
    windows : Windows, optional
        Default: two days of two shifts.

    Raises
    ------
    LeakageError
        With the name of the law that is broken.
    SchemaError
        If the contract is broken.
    """
    world = example_history() if history is None else history
    trial = Trial(world, CUTOFF, windows or Windows("1D", leads=2, shifts=("06:00", "18:00")))
    first = world.as_of(trial.cutoff).observed_from
    times = np.array([first + step * DAY for step in (45, 46, 120, 250, 370)])
    array = feature.compute(world.as_of(times[-1]), times, trial.windows)
    extra = set(map(str, array.dims)) - {"issue_time", "lead", "cell", "column"}
    if extra:
        raise SchemaError(
            f"feature {feature.name!r} has dimensions {sorted(extra)}; expected issue_time, lead, cell, column"
        )
    lacking = [key for key in ("units", "source", "vintage") if key not in array.attrs]
    if lacking:
        raise SchemaError(f"feature {feature.name!r} lacks attributes {lacking}; expected units, source, vintage")
    laws.law_1_feature(feature, trial, times)
    laws.law_2_as_of(feature, trial, times)
    laws.law_6_feature(feature, trial)


def _checked_recipe(recipe: Model) -> str:
    settings = getattr(recipe, "__dataclass_params__", None)
    if settings is None or not settings.frozen:
        raise InputError(f"model {recipe!r} is no frozen dataclass; expected a recipe of plain parameters")
    if not recipe.name:
        raise InputError(f"model {recipe!r} has no name")
    return recipe.name


def _check_contract(make: Callable[[History], Model], trial: Trial, who: str) -> None:
    """Forecast schema, plain parameters, the same for the same seed, state and advance."""
    past = trial.history.as_of(trial.cutoff)
    fitted, again = trial.fit(make, trial.history), trial.fit(make, trial.history)
    for key, value in fitted.params.items():
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise InputError(f"{who}: params[{key!r}] is {value!r}; expected a plain number")
    forecast = check_forecast(fitted.forecast(past, rng=0), who)
    if forecast["expected_count"].shape != (1, trial.windows.n_leads, past.domain.n_cells):
        raise SchemaError(
            f"{who}: expected_count has shape {forecast['expected_count'].shape}; expected one issue time"
        )
    total = f"total_{past.domain.measure}"
    if not forecast.attrs.keys() >= {"time_zone", "crs", total}:
        raise SchemaError(f"{who}: the forecast lacks attributes; expected time_zone, crs and {total}")
    other = again.forecast(past, rng=0)["expected_count"].values
    if forecast["expected_count"].values.tobytes() != other.tobytes():
        raise SchemaError(f"{who}: two fits with the same seed differ; expected equal bytes")
    _check_advance(fitted, trial, who)
    _check_guard(fitted, trial, who)


def _check_advance(fitted: Fitted, trial: Trial, who: str) -> None:
    """Check that a state carried on a day equals the state computed anew, to 1e-10."""
    now, later = trial.history.as_of(trial.cutoff), trial.history.as_of(trial.cutoff + DAY)
    carried = fitted.forecast(later, state=fitted.advance(fitted.state(now), later), rng=0)["expected_count"].values
    anew = fitted.forecast(later, rng=0)["expected_count"].values
    if not np.allclose(carried, anew, rtol=1e-10, atol=1e-14):
        raise SchemaError(f"{who}: advance differs from a full pass by up to {np.abs(carried - anew).max():.3g}")


def _check_guard(fitted: Fitted, trial: Trial, who: str) -> None:
    """Check that a History from before the fit is refused."""
    try:
        fitted.forecast(trial.history.as_of(trial.cutoff - DAY), rng=0)
    except HotspotError:
        return
    raise SchemaError(f"{who}: it forecasts from before its own fit; expected a LeakageError")
