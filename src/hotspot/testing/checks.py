"""One call a model or feature: its contract, and the leakage laws, on cells of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from hotspot.errors import HotspotError, InputError, SchemaError
from hotspot.history import History
from hotspot.protocols import Feature, Fitted, Model
from hotspot.schema import check_forecast
from hotspot.testing import feature_laws, laws
from hotspot.testing.city import CUTOFF, DAY, ISSUE_DAYS
from hotspot.testing.contract import check_contract
from hotspot.testing.feature_laws import FeatureTrial
from hotspot.testing.laws import Trial
from hotspot.testing.world import CELLS, example_history
from hotspot.windows import Times, Windows


def check_model(
    model: Model | Callable[[History], Model],
    history: History | None = None,
    *,
    windows: Windows | None = None,
    cutoff: np.datetime64 | None = None,
    cells: Sequence[str] = CELLS,
) -> None:
    """Check that a model keeps its contract and the leakage laws.

    Parameters
    ----------
    model : Model or callable
        A recipe, or a function that makes one from a full History, as a pipeline does which tunes before it fits.
    history : History, optional
        Without a cutoff, in a UTC domain. Default: `example_history` on each kind of `cells`.
    windows : Windows, optional
        Default: three daily windows.
    cutoff : numpy.datetime64, optional
        Naive UTC. Default: 40 days before the end of the example.
    cells : sequence of {"square", "h3", "segments", "polygons"}
        On which cells, where no History is given. Default: all.

    Raises
    ------
    LeakageError
        With the name of the law that is broken, and the cells.
    SchemaError, InputError
        If the contract is broken.
    """
    for world, where in _worlds(history, cells):
        recipe = model if isinstance(model, Model) else model(world)
        make: Callable[[History], Model] = (lambda _: model) if isinstance(model, Model) else model
        who = f"model {_checked_recipe(recipe)!r} on {where}"
        trial = Trial(make, world, CUTOFF if cutoff is None else cutoff, windows or Windows("1D", leads=3), who)
        with _named(who):
            _check_contract(trial)
            for law in MODEL_LAWS:
                law(trial)


def check_feature(
    feature: Feature,
    history: History | None = None,
    *,
    windows: Windows | None = None,
    cells: Sequence[str] = CELLS,
) -> None:
    """Check that a feature keeps its contract and the leakage laws.

    Parameters
    ----------
    feature : Feature
        To check.
    history : History, optional
        Without a cutoff. Default: `example_history` on each kind of `cells`. Law 3 is only tried in a UTC domain.
    windows : Windows, optional
        Default: two days of two shifts.
    cells : sequence of {"square", "h3", "segments", "polygons"}
        On which cells, where no History is given. Default: all.

    Raises
    ------
    LeakageError
        With the name of the law that is broken, and the cells.
    SchemaError
        If the contract is broken: dimensions, sizes, labels, attributes, infinite values, or the History is changed.

    Examples
    --------
    >>> from hotspot.features.recent_counts import RecentCounts
    >>> check_feature(RecentCounts(("7D",)), cells=["h3"])
    """
    for world, where in _worlds(history, cells):
        times = issue_times(world)
        world = world.spread_by(world.as_of(times[0]).profile)  # frozen, as a fit does
        leads = windows or Windows("1D", leads=2, shifts=("06:00", "18:00"))
        who = f"feature {getattr(feature, 'name', type(feature).__name__)!r} on {where}"
        trial = FeatureTrial(feature, world, times, leads, who)
        with _named(who):
            check_contract(trial)
            for law in FEATURE_LAWS:
                law(trial)


MODEL_LAWS: tuple[Callable[[Trial], None], ...] = (
    laws.law_1_future,
    laws.law_3_weeks,
    laws.law_4_training_cut,
    laws.law_5_labels,
    laws.law_6_vintage,
)
# A vintage is the more telling name for what other laws would see as well.
FEATURE_LAWS: tuple[Callable[[FeatureTrial], None], ...] = (
    feature_laws.law_6_vintage,
    feature_laws.law_1_future,
    feature_laws.law_2_as_of,
    feature_laws.law_2_chunks,
    feature_laws.law_2_threads,
    feature_laws.law_2_order,
    feature_laws.law_3_weeks,
)


@contextmanager
def _named(who: str) -> Iterator[None]:
    """Say of any other error as well what was checked, on which cells."""
    try:
        yield
    except Exception as error:
        error.add_note(f"while checking {who}")
        raise


def _worlds(history: History | None, cells: Sequence[str]) -> Iterator[tuple[History, str]]:
    if history is not None:
        yield history, f"cells of kind {history.domain.kind!r}"
        return
    for kind in (cells,) if isinstance(cells, str) else cells:
        yield example_history(cells=kind), f"cells of kind {kind!r}"


def issue_times(history: History) -> Times:
    """Spread issue times over the record: two close together, the last one before the end.

    Parameters
    ----------
    history : History
        Without a cutoff.

    Returns
    -------
    ndarray of datetime64[us], shape (5,)
        Naive UTC, ascending.

    Raises
    ------
    InputError
        If the History has a cutoff.
    """
    if history.cutoff is not None:
        raise InputError("check_feature: the History has a cutoff; the laws need to know what became known later")
    known = history.versions.known_at
    first, last = history.as_of(known.max()).observed_from, known.max()
    scale = min(1.0, float((last - first) / (max(ISSUE_DAYS) * DAY)) * 0.95)
    return first + (np.array(ISSUE_DAYS) * scale * 86_400).astype("timedelta64[s]")


def _checked_recipe(recipe: Model) -> str:
    settings = getattr(recipe, "__dataclass_params__", None)
    if settings is None or not settings.frozen:
        raise InputError(f"model {recipe!r} is no frozen dataclass; expected a recipe of plain parameters")
    if not recipe.name:
        raise InputError(f"model {recipe!r} has no name")
    return recipe.name


def _check_contract(trial: Trial) -> None:
    """Forecast schema, plain parameters, the same for the same seed, state and advance."""
    past, fitted, who = trial.history.as_of(trial.cutoff), trial.fitted, trial.who
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
    other = trial.fit(trial.history).forecast(past, rng=0)["expected_count"].values
    if forecast["expected_count"].values.tobytes() != other.tobytes():
        raise SchemaError(f"{who}: two fits with the same seed differ; expected equal bytes")
    _check_advance(fitted, trial)
    _check_guard(fitted, trial)


def _check_advance(fitted: Fitted, trial: Trial) -> None:
    """Check that a state carried on a day equals the state computed anew, to 1e-10."""
    now, later = trial.history.as_of(trial.cutoff), trial.history.as_of(trial.cutoff + DAY)
    carried = fitted.forecast(later, state=fitted.advance(fitted.state(now), later), rng=0)["expected_count"].values
    anew = fitted.forecast(later, rng=0)["expected_count"].values
    if not np.allclose(carried, anew, rtol=1e-10, atol=1e-14):
        raise SchemaError(f"{trial.who}: advance differs from a full pass by up to {np.abs(carried - anew).max():.3g}")


def _check_guard(fitted: Fitted, trial: Trial) -> None:
    """Check that a History from before the fit is refused."""
    try:
        fitted.forecast(trial.history.as_of(trial.cutoff - DAY), rng=0)
    except HotspotError:
        return
    raise SchemaError(f"{trial.who}: it forecasts from before its own fit; expected a LeakageError")
