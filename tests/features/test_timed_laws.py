"""What features of layers that vary in time keep: the as-of loop to the bit, chunks, vintages, on all tessellations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from hotspot.errors import InputError, LeakageError
from hotspot.features.event_proximity import EventProximity
from hotspot.features.holidays import Holidays
from hotspot.features.patrol_dwell import PatrolDwell
from hotspot.features.paydays import Paydays
from hotspot.features.sky import Sky
from hotspot.features.weather import Weather
from hotspot.protocols import Feature
from hotspot.windows import Windows
from tests.features import timed, worlds

SHIFTS = Windows("1D", 2, ["07:00", "15:00", "23:00"])
FEATURES: list[Feature] = [
    Holidays(),
    Holidays(country="US", subdivision="IL", category="strike", cap=5),
    Paydays(),
    Paydays(layer="school"),
    Sky(),
    Weather(recent=("3D", "12h")),
    EventProximity(),
    EventProximity(alpha=0, before=0, category="match"),
    PatrolDwell(("7D", "36h", "1M")),
]
NEEDS = {"holidays": "days", "weather": "series", "event_proximity": "events", "patrol_dwell": "tracks"}
TIMES = worlds.issue_times(-10, 1, 2, 20, 40, 41, 42, 60, 80, 118)  # the clocks change on day 41


@pytest.fixture(scope="module", params=worlds.KINDS)
def history(request):
    return timed.history(timed.events(), timed.days(), timed.weather(), timed.tracks(), kind=request.param)


@pytest.mark.parametrize("feature", FEATURES, ids=repr)
def test_fast_path_equals_the_loop_over_what_was_known(feature: Feature, history) -> None:
    times = TIMES if getattr(feature, "category", None) is None else TIMES[3:]  # from when on the category is there
    fast = feature.compute(history, times, SHIFTS)
    timed.same(fast, timed.loop(feature, history, times, SHIFTS))
    assert np.isfinite(fast.values).any()


@pytest.mark.parametrize("feature", FEATURES, ids=repr)
def test_chunks_and_order_of_issue_times_change_nothing(feature: Feature) -> None:
    history = timed.history(timed.events(3), timed.days(3), timed.weather(3), timed.tracks(3))
    whole = feature.compute(history, TIMES, SHIFTS)
    order = np.random.default_rng(0).permutation(TIMES.size)
    parts = [feature.compute(history, part, SHIFTS) for part in np.array_split(TIMES[order], 3)]
    np.testing.assert_array_equal(xr.concat(parts, "issue_time").values, whole.values[order])


@pytest.mark.parametrize(
    "feature", [f for f in FEATURES if f.name in NEEDS and getattr(f, "country", None) is None], ids=repr
)
def test_nothing_before_the_vintage_and_a_missing_layer_is_named(feature: Feature) -> None:
    vintage = np.datetime64("2021-03-20T00:00", "us")
    layers = [timed.events(), timed.days(), timed.weather(), timed.tracks()]
    dated = [replace(layer, vintage=vintage, checked=False) for layer in layers]
    times = np.array([vintage - 1, vintage, vintage + 5 * timed.DAY])
    early, late = (
        feature.compute(timed.history(*dated), times, SHIFTS),
        feature.compute(timed.history(*layers), times, SHIFTS),
    )
    assert early.isel(issue_time=0).isnull().all()
    assert early.isel(issue_time=2).notnull().any()
    if feature.name != "weather":  # its normal was known before, where the layer was
        np.testing.assert_array_equal(early.values[1:], late.values[1:])
    what = early.attrs["vintage"]
    assert set([what] if isinstance(what, str) else what) == {str(vintage)}
    with pytest.raises(InputError, match=f"feature {feature.name} needs .* add hotspot.read_{NEEDS[feature.name]}"):
        feature.compute(timed.history(), times, SHIFTS)


@pytest.mark.parametrize("feature", FEATURES, ids=repr)
def test_an_issue_time_after_the_cutoff_is_refused(feature: Feature) -> None:
    past = timed.history(timed.events(), timed.days(), timed.weather(), timed.tracks()).as_of("2021-04-01")
    with pytest.raises(LeakageError, match="knows nothing after"):
        feature.compute(past, np.array([past.known_until + np.timedelta64(1, "us")]), SHIFTS)


def test_the_newest_vintage_of_a_name_is_used() -> None:
    old, new = timed.days(1, vintage="2021-01-01"), timed.days(2, vintage="2021-04-01")
    times, week = worlds.issue_times(30, 90), Windows("1D", 7)
    both = Holidays().compute(timed.history(new, old), times, week)
    assert list(both["column"].values) == ["school_share", "school_until", "school_since"]
    for i, layer in enumerate((old, new)):
        alone = Holidays().compute(timed.history(layer), times[[i]], week)
        np.testing.assert_array_equal(both.values[i], alone.values[0])
