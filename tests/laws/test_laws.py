"""The leakage laws over every registered feature and model, on squares, hexagons, street segments and polygons."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from hotspot import registry
from hotspot.errors import LeakageError
from hotspot.features.recent_counts import RecentCounts
from hotspot.history import History
from hotspot.models.boosted import Boosted
from hotspot.profile import Profile
from hotspot.testing import check_feature, check_model, example_history
from hotspot.testing.checks import CUTOFF, issue_times
from hotspot.testing.city import DAY
from hotspot.testing.compare import columns_of
from hotspot.testing.world import CELLS
from hotspot.windows import Windows

QUICK: dict[str, dict[str, Any]] = {"boosted": {"rounds": 5}}
COUNTING = {"boosted": {"rounds": 5, "features": ("recent_counts",)}}
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("recent_counts", {"of": "all"}),
    ("recent_counts", {"windows": ("1M",)}),
    ("patrol_dwell", {"windows": ("1M",)}),
    ("near_repeat", {"memory": "60D"}),
    ("recent_counts", {"of": "robbery", "windows": ("5h", "28D")}),
    ("neighbour_counts", {"radius": 700.0}),
    ("neighbour_counts", {"radius": 700.0, "by": "streets"}),
    ("place_distance", {"along": "streets"}),
    ("place_density", {"along": "streets", "radius": 600.0}),
    ("place_count", {"along": "streets", "radius": 600.0}),
    ("area_attributes", {"counts": ("residents",)}),
    ("area_attributes", {"weight": "tracts"}),
    ("event_proximity", {"category": "match"}),
    ("holidays", {"country": "US"}),
    ("paydays", {"layer": "school_days"}),
    ("weather", {"recent": ("12h", "7D")}),
    ("dead_ends", {"radius": 400.0}),
    ("intersections", {"radius": 400.0}),
    ("street_length", {"radius": 400.0}),
    ("street_density", {"radius": 400.0}),
]
FEATURES = registry.kinds("feature")
PROFILE = Profile({"burglary": np.random.default_rng(3).dirichlet(np.full(168, 0.3))}, "UTC")


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("kind", FEATURES)
def test_every_feature_keeps_the_laws_on_all_cells(kind: str, cells: str) -> None:
    check_feature(registry.make("feature", kind), cells=[cells])


@pytest.mark.parametrize("number", range(len(FEATURES)), ids=lambda number: FEATURES[number])
def test_every_feature_keeps_the_laws_where_the_clocks_change(number: int) -> None:
    check_feature(registry.make("feature", FEATURES[number]), in_chicago(CELLS[number % len(CELLS)]))


@pytest.mark.parametrize("number", range(len(OPTIONS)), ids=lambda number: "-".join(map(str, OPTIONS[number])))
def test_features_with_other_options_keep_the_laws(number: int) -> None:
    kind, options = OPTIONS[number]
    along_streets = options.get("by") == "streets"  # neighbours along streets are a matter of segments
    cells = "segments" if along_streets else CELLS[number % len(CELLS)]
    check_feature(registry.make("feature", kind, options), cells=[cells])


@cache
def in_chicago(cells: str) -> History:
    """The same world by the clocks of Chicago: issue times lie before and after both changes."""
    world = example_history(cells=cells)
    domain = replace(world.domain, time_zone="America/Chicago")
    return replace(world, domain=domain, log=None, incidents=world.versions)


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_every_model_keeps_the_laws_on_all_cells(kind: str, cells: str) -> None:
    check_model(registry.make("model", kind, QUICK.get(kind)), cells=[cells])


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_every_model_forecasts_sensible_totals_on_all_cells(kind: str, cells: str) -> None:
    past = example_history(cells=cells).as_of(CUTOFF)
    model = registry.make("model", kind, QUICK.get(kind))
    forecast = model.fit(past, windows=Windows("7D"), rng=0).forecast(past, rng=0)
    events, days = past.events(), (past.complete_until - past.observed_from) / DAY
    weekly = 7 * (events.cell >= 0).sum() / days
    assert float(forecast["expected_count"].sum()) == pytest.approx(weekly, rel=0.25)
    busy = np.bincount(events.cell[events.cell >= 0], minlength=past.domain.n_cells)
    assert np.corrcoef(busy, forecast["expected_count"].values[0, 0])[0, 1] > 0.5


def test_trees_without_a_calendar_keep_law_3_too() -> None:
    recipe = Boosted(features=("recent_counts", "neighbour_counts"), rounds=10)
    assert not recipe.uses_calendar
    check_model(recipe, cells=["square"])


@pytest.mark.parametrize("spread", ["weekly", PROFILE], ids=["weekly", "declared"])
@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_every_model_keeps_the_laws_with_profiled_intervals(kind: str, spread: str | Profile) -> None:
    check_model(registry.make("model", kind, COUNTING.get(kind)), replace(example_history(), spread=spread))


@pytest.mark.parametrize("spread", ["weekly", PROFILE], ids=["weekly", "declared"])
@pytest.mark.parametrize("kind", ["recent_counts", "neighbour_counts"])
def test_counting_features_keep_the_laws_with_profiled_intervals(kind: str, spread: str | Profile) -> None:
    check_feature(registry.make("feature", kind), replace(example_history(), spread=spread))


@pytest.mark.parametrize("kind", registry.kinds("model"))
def test_a_fit_keeps_its_profile(kind: str) -> None:
    world = replace(example_history(), spread="weekly")
    past, later = world.as_of(CUTOFF), world.as_of(CUTOFF + 20 * DAY)
    fitted = registry.make("model", kind, COUNTING.get(kind)).fit(past, windows=Windows("1D"), rng=0)
    assert later.profile.fingerprint != past.profile.fingerprint
    frozen = fitted.forecast(later.spread_by(past.profile), rng=0)
    assert fitted.forecast(later, rng=0).identical(frozen)
    assert fitted.forecast(later, state=fitted.state(later), rng=0).identical(frozen)


def test_a_history_cannot_be_lengthened() -> None:
    past = example_history().as_of("2023-06-01")
    with pytest.raises(LeakageError, match="shortened"):
        past.as_of("2023-06-02")
    assert replace(past).cutoff == past.cutoff


@pytest.mark.parametrize("cells", CELLS)
def test_the_worlds_give_every_column_something_to_say(cells: str) -> None:
    """A column that never varies could not show a leak."""
    world, windows = example_history(cells=cells), Windows("1D", leads=2, shifts=("06:00", "18:00"))
    times = issue_times(world)
    for kind in FEATURES:
        array = registry.make("feature", kind).compute(world.as_of(times[-1]), times, windows)
        for name, column in columns_of(array).items():
            if (kind, name) == ("calendar", "length"):
                continue  # of a day by the clocks of UTC
            values = column.values[np.isfinite(column.values)]
            assert np.unique(values).size > 1, (kind, name)


def test_worlds_are_made_once() -> None:
    assert example_history() is example_history()
    assert {example_history(cells=kind).domain.kind for kind in CELLS} == set(CELLS)
    assert all(len(example_history(cells=kind).incidents) > 1000 for kind in CELLS)


def test_a_feature_is_tried_on_a_short_record_too() -> None:
    world = example_history()
    table = world.versions.table
    check_feature(
        RecentCounts(("7D",)),
        replace(world, incidents=world.versions.where(table["known_at"].to_numpy() < CUTOFF - 330 * DAY), log=None),
    )
