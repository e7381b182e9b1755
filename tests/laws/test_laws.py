"""The six leakage laws over every registered model and feature; a planted leak of each kind must be caught."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import xarray as xr

from hotspot import registry
from hotspot.errors import LeakageError
from hotspot.history import History
from hotspot.layers import Places
from hotspot.models.boosted import Boosted
from hotspot.models.counts import Counts
from hotspot.profile import Profile
from hotspot.protocols import Fitted, Model
from hotspot.testing import check_feature, check_model, example_history
from hotspot.testing.checks import CUTOFF
from hotspot.testing.laws import Trial, law_1_feature
from hotspot.testing.world import DAY
from hotspot.windows import Times, Windows

WORLD = example_history()


@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_every_model_keeps_the_laws(kind: str) -> None:
    check_model(registry.make("model", kind), WORLD)


def test_trees_without_a_calendar_keep_law_3_too() -> None:
    recipe = Boosted(features=("recent_counts", "neighbour_counts"), rounds=20)
    assert not recipe.uses_calendar
    check_model(recipe, WORLD)


@pytest.mark.parametrize("kind", registry.kinds("feature"))
def test_every_feature_keeps_the_laws(kind: str) -> None:
    check_feature(registry.make("feature", kind), WORLD)


SPREADS = {
    "weekly": "weekly",
    "declared": Profile({"burglary": np.random.default_rng(3).dirichlet(np.full(168, 0.3))}, "UTC"),
}


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_every_model_keeps_the_laws_with_profiled_intervals(kind: str, spread: str) -> None:
    small = {"rounds": 5, "features": ("recent_counts",)} if kind == "boosted" else {}  # counting is what can leak
    check_model(registry.make("model", kind, small), replace(WORLD, spread=SPREADS[spread]))


@pytest.mark.parametrize("kind", ["recent_counts", "neighbour_counts"])
def test_counting_features_keep_the_laws_with_a_declared_profile(kind: str) -> None:
    check_feature(registry.make("feature", kind), replace(WORLD, spread=SPREADS["declared"]))


def test_law_1_holds_for_features_with_an_estimated_profile() -> None:
    world = replace(WORLD, spread="weekly")
    trial = Trial(world, CUTOFF, Windows("1D"))
    law_1_feature(registry.make("feature", "recent_counts"), trial, np.array([CUTOFF - 90 * DAY, CUTOFF]))


@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_a_fit_keeps_its_profile(kind: str) -> None:
    world = replace(WORLD, spread="weekly")
    past, later = world.as_of(CUTOFF), world.as_of(CUTOFF + 20 * DAY)
    fitted = registry.make("model", kind).fit(past, windows=Windows("1D"), rng=0)
    assert later.profile.fingerprint != past.profile.fingerprint
    frozen = fitted.forecast(later.spread_by(past.profile), rng=0)
    assert fitted.forecast(later, rng=0).identical(frozen)
    assert fitted.forecast(later, state=fitted.state(later), rng=0).identical(frozen)


@dataclass(frozen=True)
class Wrapped:
    """Counts with something of the world at hand when it is made."""

    inner: Counts = field(default_factory=Counts)
    level: float = 1.0
    name: str = "wrapped"

    def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> Fitted:
        return Leaky(self.inner.fit(history, windows=windows, rng=rng), self.level)


@dataclass(frozen=True)
class Leaky:
    """A fitted model that multiplies."""

    inner: Fitted
    level: float

    @property
    def params(self) -> dict[str, float]:
        return {**self.inner.params, "level": self.level}

    def factor(self, history: History) -> float:
        return self.level

    def forecast(self, history: History, *, state: object = None, rng: int | None = None) -> xr.Dataset:
        forecast = self.inner.forecast(history, state=state, rng=rng)
        return forecast.assign(expected_count=forecast["expected_count"] * self.factor(history))

    def state(self, history: History) -> object:
        return self.inner.state(history)

    def advance(self, state: object, history: History) -> object:
        return self.inner.advance(state, history)


def test_law_1_catches_a_forecast_scaled_by_the_future() -> None:
    @dataclass(frozen=True)
    class Peeking(Leaky):
        full: History = WORLD

        def factor(self, history: History) -> float:
            return 1.0 + (self.full.versions.known_at > history.known_until).mean()

    @dataclass(frozen=True)
    class Recipe(Wrapped):
        full: History = WORLD

        def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> Fitted:
            return Peeking(self.inner.fit(history, windows=windows, rng=rng), 1.0, self.full)

    with pytest.raises(LeakageError, match="law 1"):
        check_model(lambda full: Recipe(full=full), WORLD)


def test_law_2_catches_a_feature_that_forgets_when_rows_were_known() -> None:
    class Knowing:
        name = "knowing"

        def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
            counts = history.mass(issue_times - np.timedelta64(28, "D"), issue_times)  # asof is missing
            coords = {"issue_time": issue_times, "cell": history.domain.ids}
            return xr.DataArray(
                counts, coords, ("issue_time", "cell"), attrs={"units": "", "source": "", "vintage": ""}
            )

    with pytest.raises(LeakageError, match="law 2"):
        check_feature(Knowing(), WORLD)


def test_law_3_catches_an_anchor_in_time() -> None:
    @dataclass(frozen=True)
    class Anchored(Leaky):
        def factor(self, history: History) -> float:
            return 1.0 + float(history.known_until.astype("datetime64[D]").astype(int) % 365) / 365

    @dataclass(frozen=True)
    class Recipe(Wrapped):
        def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> Fitted:
            return Anchored(self.inner.fit(history, windows=windows, rng=rng), 1.0)

    with pytest.raises(LeakageError, match="law 3"):
        check_model(Recipe(), WORLD)


def test_law_4_catches_tuning_on_all_data() -> None:
    def tuned(full: History) -> Model:
        # as if a bandwidth or a scaler had been chosen on the whole file
        return Wrapped(level=1.0 + full.incidents.x.std() / 1e4)

    with pytest.raises(LeakageError, match=r"law [14]"):
        check_model(tuned, WORLD)


def test_law_5_catches_labels_from_the_incomplete_days() -> None:
    @dataclass(frozen=True)
    class Eager(Wrapped):
        def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> Fitted:
            late = (history.events().start >= history.complete_until).sum()
            return Leaky(self.inner.fit(history, windows=windows, rng=rng), 1.0 + late / 100)

    with pytest.raises(LeakageError, match="law 5"):
        check_model(Eager(), WORLD)


def test_law_6_catches_a_layer_used_before_its_vintage() -> None:
    class Undated:
        name = "undated"

        def compute(self, history: History, issue_times: Times, windows: Windows) -> xr.DataArray:
            places = next(layer for layer in history.layers if isinstance(layer, Places))
            x, y = history.domain.centres
            nearest = np.hypot(x - places.geometry.x.iloc[0], y - places.geometry.y.iloc[0])
            coords = {"cell": history.domain.ids}
            return xr.DataArray(nearest, coords, ("cell",), attrs={"units": "m", "source": "", "vintage": ""})

    with pytest.raises(LeakageError, match="law 6"):
        check_feature(Undated(), WORLD)


def test_a_history_cannot_be_lengthened() -> None:
    past = WORLD.as_of("2023-06-01")
    with pytest.raises(LeakageError, match="shortened"):
        past.as_of("2023-06-02")
    assert replace(past).cutoff == past.cutoff
