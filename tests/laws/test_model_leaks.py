"""Each leak that a model can have is caught on each tessellation, with the name of its law."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import xarray as xr

from hotspot.errors import LeakageError
from hotspot.history import History
from hotspot.layers import Places, Tracks
from hotspot.layers.base import Layer
from hotspot.models.counts import Counts
from hotspot.protocols import Fitted, Model
from hotspot.testing import check_model, example_history
from hotspot.testing.world import CELLS
from hotspot.windows import Windows

pytestmark = pytest.mark.parametrize("cells", CELLS)


@dataclass(frozen=True)
class Leaky:
    """A fitted model that multiplies."""

    inner: Fitted
    level: float = 1.0

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


@dataclass(frozen=True)
class Wrapped:
    """Counts with something of the world at hand when it is made or fitted."""

    inner: Counts = field(default_factory=Counts)
    level: float = 1.0
    name: str = "wrapped"

    def fit(self, history: History, *, windows: Windows, rng: int | None = None) -> Fitted:
        return self.leaky(self.inner.fit(history, windows=windows, rng=rng), history)

    def leaky(self, fitted: Fitted, history: History) -> Fitted:
        return Leaky(fitted, self.level)


def layer(history: History, kind: type[Layer]) -> Layer:
    return next(one for one in history.layers if type(one) is kind)


def refused(model: object, cells: str, law: str) -> None:
    with pytest.raises(LeakageError, match=rf"'wrapped' on cells of kind '{cells}' breaks {law} \("):
        check_model(model, cells=[cells])  # type: ignore[arg-type]


def test_law_1_catches_a_forecast_scaled_by_the_future(cells: str) -> None:
    world = example_history(cells=cells)

    @dataclass(frozen=True)
    class Peeking(Leaky):
        full: History = world

        def factor(self, history: History) -> float:
            return 1.0 + float((self.full.versions.known_at > history.known_until).mean())

    @dataclass(frozen=True)
    class Recipe(Wrapped):
        full: History = world

        def leaky(self, fitted: Fitted, history: History) -> Fitted:
            return Peeking(fitted, 1.0, self.full)

    refused(lambda full: Recipe(full=full), cells, "law 1")


def test_law_1_catches_a_fit_to_rows_of_a_layer_that_were_recorded_later(cells: str) -> None:
    @dataclass(frozen=True)
    class Recipe(Wrapped):
        def leaky(self, fitted: Fitted, history: History) -> Fitted:
            return Leaky(fitted, 1.0 + len(layer(history, Tracks)) / 1e6)

    refused(Recipe(), cells, "law 1")


def test_law_3_catches_an_anchor_in_time(cells: str) -> None:
    @dataclass(frozen=True)
    class Anchored(Leaky):
        def factor(self, history: History) -> float:
            return 1.0 + float(history.known_until.astype("datetime64[D]").astype(int) % 365) / 365

    @dataclass(frozen=True)
    class Recipe(Wrapped):
        def leaky(self, fitted: Fitted, history: History) -> Fitted:
            return Anchored(fitted)

    refused(Recipe(), cells, "law 3")


def test_law_4_catches_tuning_on_all_data(cells: str) -> None:
    def tuned(full: History) -> Model:
        # as if a bandwidth or a scaler had been chosen on the whole file
        return Wrapped(level=1.0 + full.incidents.x.std() / 1e4)

    refused(tuned, cells, "law [14]")


def test_law_5_catches_labels_from_the_incomplete_days(cells: str) -> None:
    @dataclass(frozen=True)
    class Eager(Wrapped):
        def leaky(self, fitted: Fitted, history: History) -> Fitted:
            late = (history.events().start >= history.complete_until).sum()
            return Leaky(fitted, 1.0 + late / 100)

    refused(Eager(), cells, "law 5")


def test_law_6_catches_a_layer_used_before_its_vintage(cells: str) -> None:
    @dataclass(frozen=True)
    class Undated(Wrapped):
        def leaky(self, fitted: Fitted, history: History) -> Fitted:
            return Leaky(fitted, 1.0 + layer(history, Places).geometry.iloc[-1].centroid.x / 1e9)

    refused(Undated(), cells, "law 6")
