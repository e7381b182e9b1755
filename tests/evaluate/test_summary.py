"""Summaries and comparisons."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from hotspot.errors import InputError, SchemaError
from hotspot.evaluate import compare, score, summarise
from hotspot.evaluate.bootstrap import Bootstrap, block_length, block_weights, percentiles
from hotspot.metrics import METRICS
from tests.evaluate.worlds import random_history, runs_of, square_domain

ALL = sorted(METRICS)


@pytest.fixture(scope="module")
def history():
    return random_history(np.random.default_rng(21), square_domain(6, 5), n=900)


@pytest.fixture(scope="module")
def scores(history):
    expected = np.random.default_rng(22).gamma(0.5, 1, (3, 15, 2, 30))
    return score(runs_of(history, expected, names=["counts", "other", "third"]), history, coverage=[0.1, 0.3])


def test_sums_are_pooled_before_they_are_divided(scores):
    result = summarise(scores, ALL)
    for model in scores["model"].values:
        one = scores.sel(model=model).sum(["issue_time", "lead"])
        at = result.sel(model=model)
        np.testing.assert_allclose(at["hit_rate"], one["hits"] / one["incidents"])
        np.testing.assert_allclose(at["pai"], one["hits"] / one["incidents"] / (one["flagged_area"] / one["area"]))
        np.testing.assert_allclose(at["brier"], one["brier_sum"] / one["cells"])
        np.testing.assert_allclose(at["calibration"], one["expected_sum"] / one["incidents"])
        np.testing.assert_allclose(at["incidents"], one["incidents"])
    assert result["hit_rate"].dims == ("model", "coverage")
    assert result["log_score"].dims == ("model",)


def test_by_keeps_windows_apart(scores):
    result = summarise(scores, "hit_rate", by=["issue_time", "lead"])
    np.testing.assert_allclose(result["hit_rate"].transpose(*scores["hits"].dims), scores["hits"] / scores["incidents"])
    by_lead = summarise(scores, ["hit_rate"], by="lead", interval=0.9)
    assert set(by_lead["hit_rate"].dims) == {"model", "lead", "coverage"}
    assert (by_lead["hit_rate_lower"] <= by_lead["hit_rate"]).all()
    assert summarise(scores, "brier", by="model")["brier"].dims == ("model",)
    assert summarise(scores, "pai", by=["model", "coverage"]).equals(summarise(scores, "pai"))


def test_information_gain_of_counts_to_itself_is_zero(scores):
    result = summarise(scores, "information_gain", interval=0.95).sel(model="counts")
    for name in ("information_gain", "information_gain_lower", "information_gain_upper"):
        assert float(result[name]) == 0


def test_intervals_hold_the_value_and_say_how_they_were_made(scores):
    result = summarise(scores, ALL, interval=0.95)
    for name in ALL:
        assert (result[f"{name}_lower"] <= result[name]).all()
        assert (result[name] <= result[f"{name}_upper"]).all()
        assert result[f"{name}_lower"].dims == result[name].dims
    assert "15 issue times in blocks of 3, 1000 draws, seed 0" in result.attrs["interval"]
    xr.testing.assert_identical(result, summarise(scores, ALL, interval=0.95))


def test_order_of_issue_times_does_not_matter(scores):
    shuffled = scores.isel(issue_time=np.random.default_rng(0).permutation(15))
    for name in ("hit_rate", "hit_rate_lower"):
        first, second = (summarise(given, "hit_rate", interval=0.95)[name] for given in (scores, shuffled))
        np.testing.assert_allclose(first, second)


def test_interval_covers_the_mean_of_independent_weeks(history):
    """The limits of a pooled ratio of independent weeks agree with the normal ones."""
    from hotspot.evaluate.summary import pooled_sums

    rng = np.random.default_rng(5)
    expected = np.ones((1, 300, 1, 30))
    scores = score(runs_of(history, expected, days=0.1), history, coverage=0.3)
    hits = rng.binomial(50, 0.4, (1, 300, 1, 1)).astype(float)
    scores = scores.assign(hits=scores["hits"].copy(data=hits), incidents=scores["incidents"] * 0 + 50)
    result = summarise(scores, "hit_rate", interval=0.95)
    width = float((result["hit_rate_upper"] - result["hit_rate_lower"]).item())
    assert width == pytest.approx(2 * 1.96 * np.sqrt(0.24 / 50 / 300), rel=0.15)
    assert float(pooled_sums(scores)("incidents").item()) == 15000


def test_too_few_origins_give_no_limits(scores):
    result = summarise(scores.isel(issue_time=slice(0, 4)), "hit_rate", interval=0.95)
    assert np.isnan(result["hit_rate_lower"]).all()
    assert np.isfinite(result["hit_rate"]).all()
    assert "fewer than 3 blocks" in result.attrs["interval"]


def test_no_incidents_give_nan_and_no_warning(history):
    runs = runs_of(history, np.full((1, 9, 1, 30), 0.1), start="2024-02-01", days=0.001, names=["counts"])
    scores = score(runs, history, coverage=0.1)
    scores = scores.assign(incidents=scores["incidents"] * 0, hits=scores["hits"] * 0, oracle_hits=scores["hits"] * 0)
    result = summarise(scores, ALL, interval=0.95)
    for name in ("hit_rate", "pai", "pei_star", "information_gain", "calibration"):
        assert np.isnan(result[name]).all()
        assert np.isnan(result[f"{name}_upper"]).all()
    assert np.isfinite(result["brier"]).all()


def test_minus_infinity_stays_where_it_belongs(scores):
    logs = scores["log_score_sum"].copy(deep=True)
    logs[1, 4, 0] = -np.inf
    result = summarise(scores.assign(log_score_sum=logs), ["log_score", "information_gain"], interval=0.95)
    assert result["log_score"].sel(model="other") == result["log_score_lower"].sel(model="other") == -np.inf
    assert np.isfinite(result["log_score_lower"].sel(model="third"))
    table = compare(scores.assign(log_score_sum=logs), to="counts", metric="information_gain").set_index("model")
    assert table.loc["other", "difference"] == -np.inf
    assert np.isfinite(table.loc["third", ["lower", "upper"]].astype(float)).all()


def test_summary_errors(scores):
    with pytest.raises(InputError, match="did you mean 'pei_star'"):
        summarise(scores, ["pei_sta"])
    with pytest.raises(InputError, match="a model named 'counts'"):
        summarise(scores.sel(model=["other"]), "information_gain")
    with pytest.raises(InputError, match="did you mean 'lead'"):
        summarise(scores, "pai", by="leads")
    with pytest.raises(InputError, match="leave issue_time out of by"):
        summarise(scores, "pai", by="issue_time", interval=0.95)
    with pytest.raises(InputError, match="between 0 and 1"):
        summarise(scores, "pai", interval=95)
    with pytest.raises(SchemaError, match="lacks hits"):
        summarise(scores.drop_vars("hits"), "pai")


@pytest.mark.parametrize("metric", ALL)
def test_a_model_compared_with_itself_differs_by_nothing(scores, metric):
    twin = scores.sel(model=["counts"]).assign_coords(model=["twin"])
    both = xr.concat([scores.sel(model=["counts"]), twin], "model", coords="minimal", compat="override")
    table = compare(both, to="counts", metric=metric)
    assert (table[["difference", "lower", "upper"]] == 0).all().all()
    assert set(table["model"]) == {"twin"}


def test_comparison_is_the_difference_of_summaries_and_is_paired(scores):
    table = compare(scores, to="counts", metric="hit_rate")
    summary = summarise(scores, "hit_rate", interval=0.95)
    assert list(table.columns) == [
        "model", "coverage", "value", "baseline", "difference", "lower", "upper", "n_origins", "incidents"
    ]  # fmt: skip
    assert len(table) == 4
    for row in table.itertuples():
        assert row.value == float(summary["hit_rate"].sel(model=row.model, coverage=row.coverage))
        assert row.baseline == float(summary["hit_rate"].sel(model="counts", coverage=row.coverage))
        assert row.difference == row.value - row.baseline
        assert row.lower <= row.difference <= row.upper
        assert row.n_origins == 15
    # a shift common to both models widens neither limit
    shifted = scores.assign(hits=scores["hits"] + np.arange(15.0)[:, None, None])
    again = compare(shifted, to="counts", metric="hit_rate")
    np.testing.assert_allclose(
        again[["difference", "lower", "upper"]], table[["difference", "lower", "upper"]], atol=1e-12
    )


def test_information_gain_takes_the_chosen_baseline(scores):
    table = compare(scores, to="third", metric="information_gain").set_index("model")
    pooled = scores[["log_score_sum", "incidents"]].sum(["issue_time", "lead"])
    gain = (pooled["log_score_sum"].sel(model="other") - pooled["log_score_sum"].sel(model="third")) / pooled[
        "incidents"
    ][0]
    assert table.loc["other", "difference"] == pytest.approx(float(gain))
    assert (table["baseline"] == 0).all()
    assert "coverage" not in table


def test_compare_errors(scores):
    with pytest.raises(InputError, match="did you mean 'counts'"):
        compare(scores, to="count", metric="pai")
    with pytest.raises(InputError, match="did you mean 'brier'"):
        compare(scores, to="counts", metric="brie")


def test_blocks_are_as_long_as_windows_overlap():
    start = np.datetime64("2024-01-01", "us") + np.timedelta64(1, "D") * np.arange(100)[:, None]
    assert block_length(start, start + np.timedelta64(1, "D")) == 5  # the cube root of 100, rounded up
    assert block_length(start, start + np.timedelta64(7, "D")) == 7
    assert block_length(start[:27], start[:27] + np.timedelta64(1, "D")) == 3
    assert block_length(start[:1], start[:1] + np.timedelta64(7, "D")) == 1


def test_weights_are_whole_blocks():
    weight = block_weights(12, 4)
    assert (weight.sum(axis=1) == 12).all()
    assert weight.mean(axis=0).std() < weight.mean() * 0.5
    single = block_weights(4, 4)
    assert (single == 1).all()


def test_percentiles_leave_out_nan_and_keep_infinity():
    draws = np.r_[np.arange(1, 101.0), np.nan, np.nan]
    assert [float(end) for end in percentiles(draws, 0.9)] == [5, 95]
    lower, upper = percentiles(np.r_[[-np.inf] * 10, np.arange(90.0)], 0.9)
    assert (lower, upper) == (-np.inf, 84)
    assert np.isnan(percentiles(np.full(5, np.nan), 0.9)).all()


def test_resampled_sums_equal_a_plain_loop(scores):
    boot = Bootstrap.of(scores)
    drawn = boot.sums(scores["hits"].sum("lead"))
    hits = scores["hits"].sum("lead").values
    for draw in (0, 17):
        by_hand = sum(times * hits[:, i] for i, times in enumerate(boot.weight.values[draw]))
        np.testing.assert_allclose(drawn.transpose("draw", "model", "coverage").values[draw], by_hand)
