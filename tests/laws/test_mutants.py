"""The built-in features, made to forget a date: the laws must notice. Only then does it say much that features pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from hotspot import registry
from hotspot.errors import LeakageError
from hotspot.features import _layers, _timed
from hotspot.history import ledger
from hotspot.layers import Layer, Shapes, Timed, vintages
from hotspot.layers.base import EVER, NEVER
from hotspot.testing import check_feature, example_history
from hotspot.testing.world import CELLS
from hotspot.windows import Times


def always_known(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Timed, "known_from", property(lambda layer: np.full(len(layer), EVER)))


def always_open(patch: pytest.MonkeyPatch) -> None:
    def lifetimes(layer: Shapes) -> tuple[Times, Times]:
        return np.full(len(layer), EVER), np.full(len(layer), NEVER)

    patch.setattr(Shapes, "lifetimes", property(lifetimes))


def never_closed(patch: pytest.MonkeyPatch) -> None:
    """Take the end of a place for its fate: it counts only if it closes at all later."""

    def lifetimes(layer: Shapes) -> tuple[Times, Times]:
        since = np.full(len(layer), EVER) if layer.since is None else layer.frame[layer.since].to_numpy(EVER.dtype)
        until = np.full(len(layer), NEVER) if layer.until is None else layer.frame[layer.until].to_numpy(EVER.dtype)
        return np.where(np.isnat(since), EVER, since), np.where(np.isnat(until), EVER, until)

    patch.setattr(Shapes, "lifetimes", property(lifetimes))


def no_vintage(patch: pytest.MonkeyPatch) -> None:
    for module in (vintages, _layers):
        patch.setattr(module, "from_when", lambda layer: EVER)


def no_vintage_in_time(patch: pytest.MonkeyPatch) -> None:
    def holding(group: _timed.Group, times: Times) -> Iterator[tuple[Layer, np.ndarray]]:
        yield group.vintages[-1], np.arange(times.size)

    def known_from(layer: Timed) -> Times:
        return np.where(np.isnat(layer.known_at), EVER, layer.known_at)

    patch.setattr(_timed.Group, "holding", holding)
    patch.setattr(Timed, "known_from", property(known_from))


def known_when_it_happens(patch: pytest.MonkeyPatch) -> None:
    made = ledger.Versions

    def forgetful(*arguments: np.ndarray) -> tuple:
        versions = made(*arguments)
        known = np.minimum(versions.moment, versions.known)
        return versions._replace(known=known, by_known=np.argsort(known, kind="stable").astype(np.int32))

    patch.setattr(ledger, "Versions", forgetful)


STREETS = ("betweenness", "dead_ends", "intersections", "street_classes", "street_density", "street_length")
COUNTS = (
    "recent_counts",
    "neighbour_counts",
    "decayed_counts",
    "time_since",
    "near_repeat",
    "neighbourhood",
    "severity_counts",
)
MUTANTS: list[tuple[Callable[[pytest.MonkeyPatch], None], int, tuple[str, ...]]] = [
    (always_known, 1, ("event_proximity", "holidays", "patrol_dwell", "weather")),
    (always_open, 1, ("place_count", "place_density", "place_distance")),
    (never_closed, 1, ("place_count", "place_density", "place_distance")),
    (no_vintage, 6, ("area_attributes", "place_count", "place_density", "place_distance", *STREETS)),
    (no_vintage_in_time, 6, ("event_proximity", "holidays")),
    (known_when_it_happens, 1, COUNTS),
]
CASES = [(forget, law, kind) for forget, law, kinds in MUTANTS for kind in kinds]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda i: f"{CASES[i][0].__name__}-{CASES[i][2]}")
def test_a_forgotten_date_is_noticed(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    forget, law, kind = CASES[number]
    forget(monkeypatch)
    # a world of its own, as what mutants compute is remembered with the world; one kind of cells is enough here
    world = example_history.__wrapped__(cells=CELLS[number % len(CELLS)])
    with pytest.raises(LeakageError, match=rf"{kind!r} on .* breaks law {law} \("):
        check_feature(registry.make("feature", kind), world)
