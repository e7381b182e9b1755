"""The as-of loop: when it fits, what it sees, which seeds it gives."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.errors import LeakageError
from hotspot.rolling import child_seed, roll
from hotspot.windows import Windows
from tests.evaluate.worlds import SEEN, Past, random_history, square_domain


@pytest.fixture(scope="module")
def history():
    return random_history(np.random.default_rng(1), square_domain())


def rolled(history, days, name="probe", **given):
    SEEN.pop(name, None)
    times = np.datetime64("2024-01-15", "us") + np.array(days) * np.timedelta64(1, "D")
    result = list(roll(Past(name=name), history, times, windows=Windows("1D"), **given))
    return result, SEEN[name]


def test_refits_when_the_cadence_is_over(history):
    result, seen = rolled(history, [0, 3, 6, 7, 13, 20, 21], refit="7D")
    fitted = [str(cutoff)[:10] for cutoff, _ in seen.fits]
    # 0, then 7 (a week after), 20 (13 is a day short of the next week), 21 not again
    assert fitted == ["2024-01-15", "2024-01-22", "2024-02-04"]
    assert [moment for moment, _ in result] == [cutoff for cutoff, _ in seen.forecasts]


def test_cadence_is_civil_time():
    zone = "America/Chicago"
    history = random_history(np.random.default_rng(1), square_domain(zone=zone), days=100)
    SEEN.pop("probe", None)
    # seven civil days over the change of clocks on 10 March are an hour short of 168
    times = np.array(["2024-03-05T06", "2024-03-12T05"], "datetime64[us]")
    list(roll(Past(name="probe"), history, times, windows=Windows("1D"), refit="7D"))
    assert len(SEEN["probe"].fits) == 2


def test_nothing_later_is_seen(history):
    result, seen = rolled(history, [0, 10])
    for (moment, forecast), (cutoff, _) in zip(result, seen.forecasts, strict=True):
        assert forecast["issue_time"].values[0] == moment == cutoff
    alone, _ = rolled(history.as_of(np.datetime64("2024-01-26")), [0, 10])
    for (_, first), (_, second) in zip(result, alone, strict=True):
        np.testing.assert_array_equal(first["expected_count"], second["expected_count"])


def test_order_of_issue_times_does_not_matter(history):
    first, seen = rolled(history, [0, 8, 16], refit="7D", rng=5)
    seeds = seen.fits, seen.forecasts
    second, seen = rolled(history, [16, 0, 8], refit="7D", rng=5)
    assert seeds == (seen.fits, seen.forecasts)
    assert [moment for moment, _ in first] == [moment for moment, _ in second]


def test_seeds_differ_by_purpose_number_model_and_parent(history):
    _, seen = rolled(history, [0, 8, 16], refit="7D", rng=5)
    seeds = [seed for _, seed in seen.fits + seen.forecasts]
    _, other = rolled(history, [0, 8, 16], name="probe_2", refit="7D", rng=5)
    _, more = rolled(history, [0, 8, 16], refit="7D", rng=6)
    seeds += [seed for kind in (other, more) for _, seed in kind.fits + kind.forecasts]
    assert len(set(seeds)) == len(seeds) == 18


def test_no_seed_is_seed_zero(history):
    _, first = rolled(history, [0])
    _, second = rolled(history, [0], rng=0)
    assert first.fits == second.fits


def test_beyond_the_cutoff_is_leakage(history):
    with pytest.raises(LeakageError):
        rolled(history.as_of("2024-01-20"), [0, 10])


def test_child_seeds_are_pinned_and_unambiguous():
    assert child_seed(0, "fit", "all", "counts", 0) == child_seed(None, "fit", "all", "counts", 0)
    assert child_seed(1, "a", "bc") != child_seed(1, "ab", "c")
    assert all(0 <= child_seed(seed) < 2**63 for seed in range(100))
    # the same on every machine and in every version: runs are to be repeated
    assert child_seed(0, "fit", "all", "counts", 0) == 435339734899538430
