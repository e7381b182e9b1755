"""Selection, scores and exposure on street segments: shares are of length, and by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspot.audit import exposure
from hotspot.errors import InputError
from hotspot.evaluate import backtest, compare, score, select, summarise
from hotspot.history import History
from hotspot.layers import Areas
from hotspot.models.counts import Counts
from hotspot.models.kde import Kde
from hotspot.windows import Windows
from tests.evaluate.worlds import CRS, Past, incidents, runs_of, street_domain

DOMAIN = street_domain()
# one incident on each street, two on the third, and three far from every street but inside the boundary
X = [100, 100, 100, 200, 100, 20, 30, 40]
Y = [105, 195, 300, 310, 400, 550, 560, 570]


@pytest.fixture(scope="module")
def history() -> History:
    start = np.datetime64("2024-01-15T06:00", "us") + np.arange(8) * np.timedelta64(1, "h")
    return History(DOMAIN, incidents(start, X, Y))


def one_window(history: History, expected: list[float]):
    return runs_of(history, np.array(expected)[None, None, None])


def test_the_world_is_what_it_says() -> None:
    assert DOMAIN.ids.tolist() == [1, 2, 3, 4]
    assert DOMAIN.size.tolist() == [100, 200, 300, 400]
    assert DOMAIN.total_size == 1000
    assert DOMAIN.locate(X, Y).tolist() == [0, 1, 2, 2, 3, -1, -1, -1]


def test_selection_goes_by_expected_count_per_length(history: History) -> None:
    runs = one_window(history, [0.2, 0.3, 0.5, 0.1])  # per 100 m: 0.2, 0.15, 0.17, 0.025
    chosen = [select(runs, coverage=share).values.ravel().tolist() for share in (0.1, 0.4, 0.75)]
    # a rest shorter than a median street (250 m) is not spent
    assert chosen == [
        [True, False, False, False], [True, False, True, False], [True, True, True, False],
    ]  # fmt: skip
    np.testing.assert_array_equal(select(runs, length_km=0.4), select(runs, coverage=0.4))
    with pytest.raises(InputError, match=r"area_km2 was given.*have a length; use length_km"):
        select(runs, area_km2=0.4)
    with pytest.raises(InputError, match="less than the smallest cell, 100 m"):
        select(runs, length_km=0.05)


def test_scores_by_hand(history: History) -> None:
    scores = score(one_window(history, [0.2, 0.3, 0.5, 0.1]), history, coverage=0.4)
    one = scores.squeeze()
    assert float(one["incidents"]) == 8  # those without a cell as well
    assert float(one["area"]) == 1000
    assert float(one["hits"]) == 3  # one on the first street, two on the third
    assert float(one["flagged_area"]) == 400
    assert {scores[name].attrs["units"] for name in ("area", "flagged_area", "tie_area")} == {"m"}
    ratios = summarise(scores, ["hit_rate", "pai"]).squeeze()
    assert float(ratios["hit_rate"]) == pytest.approx(3 / 8)
    assert float(ratios["pai"]) == pytest.approx((3 / 8) / (400 / 1000))


def test_the_oracle_has_the_same_length(history: History) -> None:
    one = score(one_window(history, [0.0, 0.0, 0.0, 1.0]), history, coverage=0.4).squeeze()
    assert float(one["hits"]) == 1
    assert float(one["flagged_area"]) == 400
    assert float(one["oracle_hits"]) == 3  # the first and the third street


def test_models_are_compared_from_backtest_to_interval() -> None:
    rng = np.random.default_rng(4)
    start = np.datetime64("2024-01-01", "us") + np.sort(rng.integers(0, 100 * 86400, 400)) * np.timedelta64(
        1_000_000, "us"
    )
    x, y = np.full(400, 100.0), rng.choice([100.0, 200.0, 200.0, 300.0, 400.0, 590.0], 400)
    history = History(DOMAIN, incidents(start, x, y))
    origins = np.arange("2024-02-12", "2024-04-01", 7, "datetime64[D]")
    models = [Counts(), Kde(bandwidth=100.0)]
    runs = backtest(models, history, origins, windows=Windows("7D"), refit="28D")
    assert runs.attrs["total_length"] == 1000
    scores = score(runs, history, coverage=[0.3])
    lost = float((DOMAIN.locate(x, y) < 0).mean())
    assert 0 < lost < 0.3
    rates = summarise(scores, ["hit_rate"])["hit_rate"]
    assert float(rates.max()) < 1 - lost / 2
    rows = compare(scores, to="counts", metric="information_gain")
    assert np.isfinite(rows[["difference", "lower", "upper"]].to_numpy()).all()


def test_residents_are_exposed_by_the_length_of_their_streets(history: History) -> None:
    # the left half holds 50 to 250 m of x: all of the first two streets, two thirds and half of the others
    halves = gpd.GeoDataFrame(
        {"name": ["left", "right"], "pop": [1000.0, 3000.0], "red": [900.0, 600.0], "blue": [100.0, 2400.0]},
        geometry=[shapely.box(0, 0, 250, 600), shapely.box(250, 0, 500, 600)], crs=CRS,
    )  # fmt: skip
    groups = Areas(halves, "name", "pop", {"red": "red", "blue": "blue"})
    runs = one_window(history, [0.0, 0.0, 1.0, 0.0])  # the third street alone is flagged
    one = exposure(runs, groups=groups, coverage=0.3, domain=DOMAIN).squeeze()
    left, right = 200 / 700, 100 / 300
    np.testing.assert_allclose(one["exposure_by_area"], [left, right])
    np.testing.assert_allclose(one["overall"], (1000 * left + 3000 * right) / 4000)
    np.testing.assert_allclose(one["exposure"], [(900 * left + 600 * right) / 1500, (100 * left + 2400 * right) / 2500])
    assert one.attrs["measure"] == "length"
    assert "along the streets of their area" in one.attrs["caveats"][0]
    assert "segments of 250 m" in one.attrs["caveats"][2]


def test_a_foreign_model_may_answer_with_lengths(history: History) -> None:
    fitted = Past().fit(history.as_of("2024-02-01"), windows=Windows("1D"))
    forecast = fitted.forecast(history.as_of("2024-02-01"))
    assert forecast["length"].values.tolist() == [100, 200, 300, 400]
    assert select(forecast, coverage=0.5).any()
