"""Event proximity against a sum over all pairs and a numeric integral over time."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hotspot.errors import InputError
from hotspot.features.event_proximity import EventProximity
from hotspot.kernels.proximity import presence
from hotspot.windows import Windows
from tests.features import timed, worlds

SHIFTS = Windows("1D", 2, ["07:00", "15:00", "23:00"])
TIMES = worlds.issue_times(2, 20, 41, 60, 100)


@given(
    low=st.floats(-30, 30), length=st.floats(0.25, 48), event=st.floats(0, 20),
    before=st.sampled_from([0.0, 0.5, 3.0]), after=st.sampled_from([0.0, 1.0, 4.0]),
)  # fmt: skip
def test_presence_is_the_mean_over_the_window(
    low: float, length: float, event: float, before: float, after: float
) -> None:
    def weight(hour: float) -> float:
        if hour < 0:
            return float(np.exp(hour / before)) if before and -hour <= 8 * before else 0.0
        if hour <= event:
            return 1.0
        return float(np.exp((event - hour) / after)) if after and hour - event <= 8 * after else 0.0

    breaks = [x for x in (0.0, event, -8 * before, event + 8 * after) if low < x < low + length]
    expected = quad(weight, low, low + length, points=sorted(set(breaks)) or None, limit=200)[0] / length
    assert presence(low, low + length, event, before, after, 8.0) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", worlds.KINDS)
@pytest.mark.parametrize(
    "feature",
    [EventProximity(), EventProximity(alpha=1, scale=200, reach=700, before=0, after=0.5, category="market")],
    ids=repr,
)
def test_sums_equal_all_pairs(kind: str, feature: EventProximity) -> None:
    layer = timed.events(5)
    history = timed.history(layer, kind=kind)
    found = feature.compute(history, TIMES, SHIFTS)
    start, end = SHIFTS.bounds(TIMES, worlds.ZONE)
    places = layer.to_crs(worlds.CRS)
    centres = shapely.points(*history.domain.centres)
    expected = np.zeros(found.shape)
    for event in places.frame.itertuples():
        distance = shapely.distance(centres, event.geometry)
        near = np.where(distance <= feature.reach, np.exp(-distance / feature.scale), 0)
        weight = 1.0 if np.isnan(event.attendance) else event.attendance**feature.alpha
        for i, j in np.ndindex(start.shape):
            wanted = feature.category in (None, event.category)
            if wanted and np.datetime64(event.known_at) <= TIMES[i]:
                hours = [(edge[i, j] - np.datetime64(event.start, "us")) / timed.HOUR for edge in (start, end)]
                length = (event.end - event.start).total_seconds() / 3600
                share = presence(*hours, length, float(feature.before), float(feature.after), 8.0)
                expected[i, j] += weight * near * share
    assert found.dims == ("issue_time", "lead", "cell")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.values, expected, rtol=1e-5, atol=1e-6)
    assert (expected > 0).mean() > 0.005


def test_several_layers_are_columns() -> None:
    one, two = timed.events(1), timed.events(2)
    found = EventProximity().compute(timed.history(one, two), TIMES, SHIFTS)
    assert list(found["column"].values) == ["shows", "shows_2"]
    for name, layer in (("shows", one), ("shows_2", two)):
        alone = EventProximity().compute(timed.history(layer), TIMES, SHIFTS)
        np.testing.assert_array_equal(found.sel(column=name).values, alone.values)


def test_only_cells_within_reach_count() -> None:
    layer = timed.events(1, n=12)
    history = timed.history(layer)
    found = EventProximity(reach=300, after=200).compute(history, TIMES, SHIFTS)
    distance = shapely.distance(
        np.asarray(shapely.points(*history.domain.centres))[:, None],
        np.asarray(layer.to_crs(worlds.CRS).geometry.array),
    ).min(axis=1)
    touched = (found.values > 0).any(axis=(0, 1))
    assert touched.any()
    assert not touched[distance > 300].any()


@pytest.mark.parametrize(
    "options", [{"scale": 0}, {"reach": np.inf}, {"alpha": -1}, {"before": -0.5}, {"after": np.nan}]
)
def test_odd_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="event_proximity"):
        EventProximity(**options)


def test_an_unknown_category_is_named() -> None:
    with pytest.raises(InputError, match="did you mean 'match'"):
        EventProximity(category="matsch").compute(timed.history(timed.events()), TIMES, SHIFTS)
