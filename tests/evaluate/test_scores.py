"""Scores: sums against oracles, brute force and known truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.stats
import scoringrules
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import InputError, SchemaError
from hotspot.evaluate import score, select, summarise
from hotspot.evaluate.truth import Truth, complete_until
from hotspot.history import History
from hotspot.profile import Profile
from tests.evaluate.worlds import DAY, incidents, random_history, runs_of, square_domain


@pytest.fixture(scope="module")
def domain():
    return square_domain(6, 5)


@pytest.fixture(scope="module")
def history(domain):
    return random_history(np.random.default_rng(11), domain, n=600)


def truth_of(history, runs):
    """Counts by window and cell, one incident after the other."""
    events = history.events()
    start, end = runs["valid_start"].values, runs["valid_end"].values
    counts = np.zeros((*start.shape, history.domain.n_cells))
    for when, cell in zip(events.start, events.cell, strict=True):
        counts[(start <= when) & (when < end), cell] += 1
    return counts


def runs_at_random(history, seed, models=2, issues=5, leads=2, **given):
    expected = np.random.default_rng(seed).gamma(0.5, 1, (models, issues, leads, history.domain.n_cells))
    return runs_of(history, expected, **given)


def test_log_and_brier_scores_equal_their_oracles(history):
    runs = runs_at_random(history, 1)
    scores = score(runs, history, coverage=0.1)
    counts, expected = truth_of(history, runs), runs["expected_count"].values
    log = scipy.stats.poisson.logpmf(counts, expected).sum(axis=-1)
    np.testing.assert_allclose(scores["log_score_sum"], log)
    rules = -scoringrules.logs_poisson(counts, expected).sum(axis=-1)
    np.testing.assert_allclose(scores["log_score_sum"], rules)
    brier = scoringrules.brier_score((counts > 0).astype(float), 1 - np.exp(-expected)).sum(axis=-1)
    np.testing.assert_allclose(scores["brier_sum"], brier)
    np.testing.assert_allclose(scores["incidents"], np.broadcast_to(counts.sum(axis=-1), (2, 5, 2)))
    np.testing.assert_allclose(scores["expected_sum"], expected.sum(axis=-1))
    assert (scores["area"] == history.domain.total_area).all()
    assert (scores["cells"] == 30).all()


def test_hits_without_ties_are_those_of_the_selected_cells(history):
    runs = runs_at_random(history, 2)
    scores = score(runs, history, coverage=[0.05, 0.2])
    counts = truth_of(history, runs)
    for coverage in (0.05, 0.2):
        chosen = select(runs, coverage=coverage)
        at = scores.sel(coverage=coverage)
        np.testing.assert_allclose(at["hits"], (chosen.values * counts).sum(axis=-1))
        np.testing.assert_allclose(at["flagged_area"], (chosen * runs["area"]).sum("cell"))
        best = np.sort(counts, axis=-1)[..., ::-1][..., : int(coverage * 30 + 1e-9)].sum(axis=-1)
        np.testing.assert_allclose(at["oracle_hits"], np.broadcast_to(best, (2, 5, 2)))
    assert (scores["tie_area"] == 0).all()


def test_tied_hits_are_the_mean_over_500_selections(history):
    expected = np.random.default_rng(3).integers(0, 3, (1, 1, 2, 30))
    runs = runs_of(history, expected)
    scores = score(runs, history, coverage=0.3)
    assert (scores["tie_area"] > 0).any()
    counts = truth_of(history, runs)
    drawn = np.array([(select(runs, coverage=0.3, rng=seed).values * counts).sum(axis=-1) for seed in range(500)])
    error = drawn.std(axis=0) / np.sqrt(500)
    assert (np.abs(drawn.mean(axis=0) - scores["hits"].values[..., 0]) <= 3.3 * error + 1e-9).all()


def test_tied_hits_with_cut_cells_are_close_to_500_selections():
    import shapely

    from hotspot.domain import Domain

    circle = Domain.square(shapely.Point(500, 500).buffer(480), size=60, crs="EPSG:32616", time_zone="UTC")
    history = random_history(np.random.default_rng(4), circle, n=2000)
    runs = runs_of(history, np.ones((1, 1, 1, circle.n_cells)) * circle.area, days=5.0)
    scores = score(runs, history, coverage=0.2)
    counts = truth_of(history, runs)[0, 0]
    many = runs_of(history, np.ones((1, 500, 1, circle.n_cells)) * circle.area)  # each window draws its own lots
    drawn = (select(many, coverage=0.2).values[0, :, 0] * counts).sum(axis=-1)
    cell = counts.sum() * 3600 / circle.total_area  # incidents of one cell
    assert abs(drawn.mean() - float(scores["hits"].item())) < cell + 3.3 * drawn.std() / np.sqrt(500)


def test_the_perfect_forecast_is_the_oracle(history):
    base = runs_at_random(history, 5, models=1)
    runs = base.assign(expected_count=base["expected_count"].copy(data=truth_of(history, base)[None]))
    summary = summarise(score(runs, history, coverage=[0.04, 0.1, 0.5]), "pei_star")
    np.testing.assert_allclose(summary["pei_star"], 1.0)


@given(st.data())
@settings(max_examples=25)
def test_oracle_is_between_the_hits_and_the_best_choice_there_is(data):
    from hotspot.evaluate.scores import _oracle
    from hotspot.kernels.selection import expected_hits

    n = data.draw(st.integers(1, 8))
    size = np.array(data.draw(st.lists(st.sampled_from([1.0, 0.5, 0.7]), min_size=n, max_size=n)))
    mass = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), float)
    hits, used, _ = expected_hits(size, mass, np.arange(n), data.draw(st.floats(0.5, 5)), 0.0)
    choices = itertools.product([0, 1], repeat=n)
    best = max(mass @ np.array(choice) for choice in choices if size @ np.array(choice) <= used * (1 + 1e-9))
    assert hits <= best + 1e-9
    assert _oracle(size, mass, used) <= best + 1e-9
    if len(set(size)) == 1:
        assert _oracle(size, mass, used) == pytest.approx(best)


def test_shuffled_cells_have_pai_one(history):
    rng = np.random.default_rng(6)
    map_of_counts = truth_of(history, runs_at_random(history, 0, models=1))[0, 0] + rng.random(30)
    shuffled = np.stack([rng.permutation(map_of_counts) for _ in range(500)])
    runs = runs_of(history, shuffled[:, None, None], days=20)
    pai = summarise(score(runs, history, coverage=0.1), "pai")["pai"].values[:, 0]
    assert abs(pai.mean() - 1) < 3.3 * pai.std(ddof=1) / np.sqrt(500)


def test_cells_in_another_order_change_nothing(history):
    runs = runs_at_random(history, 7).round(1)
    # a domain with the same cells in another order does not exist: permute forecast and truth alike
    from hotspot.evaluate.scores import _Space, _window
    from hotspot.evaluate.truth import Placed

    counts = truth_of(history, runs)[0, 0]
    space = _Space(history.domain.area, history.domain.total_area, "m2", (0.1,), float(np.median(history.domain.area)))
    order = np.random.default_rng(1).permutation(30)
    rows = []
    for index in (np.arange(30), order):
        placed = Placed(np.arange(30), counts[index].astype(int)[None])
        expected = runs["expected_count"].values[0, 0, 0][index]
        rows.append(_window(expected, np.append(counts[index], 0.0), placed, space))
    for name in rows[0]:
        np.testing.assert_allclose(rows[0][name], rows[1][name])


def test_splitting_a_window_adds_up(history):
    """The same map over two days, and over each of the two."""
    expected = np.random.default_rng(8).random((2, 6, 1, 30))
    whole = score(runs_of(history, expected, days=2.0), history, coverage=0.1)
    halves = score(runs_of(history, np.repeat(expected / 2, 2, axis=2), days=1.0), history, coverage=0.1)
    for name in ("hits", "incidents", "expected_sum"):
        np.testing.assert_allclose(whole[name].sum("lead"), halves[name].sum("lead"))
    pooled = summarise(halves, "hit_rate")["hit_rate"] * halves["incidents"].sum(["issue_time", "lead"])
    np.testing.assert_allclose(pooled, whole["hits"].sum(["issue_time", "lead"]))


def test_intervals_share_out_their_mass_and_are_placed_whole(domain):
    start = np.array(["2024-01-15T18", "2024-01-15T06", "2024-01-16T12"], "datetime64[us]")
    history = History(domain, incidents(start, [50, 150, 50], [50, 50, 50], hours=[12, 2, 0]), cutoff="2024-03-01")
    runs = runs_of(history, np.full((1, 1, 2, 30), 0.1))
    scores = score(runs, history, coverage=1.0)
    np.testing.assert_allclose(scores["incidents"], [[[1.5, 1.5]]])
    np.testing.assert_allclose(scores["hits"][..., 0], [[[1.5, 1.5]]])
    bounds = zip(runs["valid_start"].values[0], runs["valid_end"].values[0], strict=True)
    first, second = (Truth(history).placed(start, end) for start, end in bounds)
    assert first.counts.shape[0] == second.counts.shape[0] == 20
    # each placement puts each incident into exactly one of the two windows
    np.testing.assert_array_equal(first.counts.sum(axis=1) + second.counts.sum(axis=1), 3)
    assert 0 < (first.counts.sum(axis=1) - 1).mean() < 1
    log = np.mean([scipy.stats.poisson.logpmf(row, 0.1).sum() for row in first.counts]) - 0.1 * (30 - first.cell.size)
    np.testing.assert_allclose(scores["log_score_sum"].isel(lead=0).item(), log)


def test_mass_and_placements_follow_the_profile_of_the_scoring_history(domain):
    night = Profile({"burglary": np.where(np.arange(168) % 24 >= 18, 3.0, 1 / 3) / 168}, "UTC")
    start = np.full(40, np.datetime64("2024-01-15T12", "us"))
    records = incidents(start, np.full(40, 50.0), np.full(40, 50.0), hours=24)  # half of it at night
    even, profiled = (History(domain, records, cutoff="2024-03-01", spread=s) for s in ("uniform", night))
    low, high = np.datetime64("2024-01-15T18", "us"), np.datetime64("2024-01-16", "us")
    share = profiled.profile.share(start, start + DAY, "burglary", low, high)[0]
    assert share > 0.7
    truth = Truth(profiled)
    assert truth.mass(np.array([low]), np.array([high])).sum() == pytest.approx(40 * share)
    counts = truth.placed(low, high).counts.sum(axis=1)
    assert abs(counts.mean() - 40 * share) < 3.3 * np.sqrt(40 * share * (1 - share) / 20)
    runs = runs_of(even, np.full((1, 1, 2, 30), 0.1))
    one, other = (score(runs, history, coverage=1.0) for history in (even, profiled))
    assert not np.allclose(one["incidents"], other["incidents"])
    np.testing.assert_allclose(one["incidents"].sum(), other["incidents"].sum())


def test_placements_hang_on_the_id_alone(domain):
    start = np.datetime64("2024-01-15T18", "us") + np.arange(50) * np.timedelta64(1, "m")
    records = incidents(start, np.full(50, 50.0), np.full(50, 50.0), hours=12)
    window = np.array(["2024-01-15", "2024-01-16"], "datetime64[us]")
    everything = Truth(History(domain, records)).placed(*window).counts
    half = records.where(np.arange(50) % 2 == 0), records.where(np.arange(50) % 2 == 1)
    parts = [Truth(History(domain, part)).placed(*window).counts for part in half]
    np.testing.assert_array_equal(everything, parts[0] + parts[1])


def test_truth_mass_equals_whole_placements_where_there_are_no_intervals(history):
    start, end = np.array(["2024-01-20"], "datetime64[us]"), np.array(["2024-02-10"], "datetime64[us]")
    truth = Truth(history)
    placed = truth.placed(start[0], end[0])
    dense = np.zeros(31)
    dense[placed.cell] = placed.counts[0]
    np.testing.assert_array_equal(dense, truth.mass(start, end)[0])


def test_only_live_rows_of_the_target_count(domain):
    day = np.datetime64("2024-01-15T12", "us")
    records = incidents(
        [day] * 4, [50, 250, 50, 50], [50] * 4,
        ids=["a", "a", "b", "c"], known_at=np.array([day, day + DAY, day, day]),
        superseded_at=np.array([day + DAY, "NaT", "NaT", day + DAY], "datetime64[us]"),
        category=["burglary", "burglary", "theft", "burglary"],
    )  # fmt: skip
    history = History(domain, records, target="burglary", cutoff="2024-03-01")
    expected = np.full((1, 1, 1, 30), 0.1)
    expected[..., 10] = 0.0
    scores = score(runs_of(history, expected), history, coverage=0.5)
    assert float(scores["incidents"].item()) == 1  # version two of "a"; "c" was deleted
    assert float(scores["zero_hits"].item()) == 1
    assert float(scores["log_score_sum"].item()) == -np.inf
    placed = Truth(history).placed(np.datetime64("2024-01-15", "us"), np.datetime64("2024-01-16", "us"))
    assert placed.cell.tolist() == [10]


def test_incidents_without_a_cell_count():
    import shapely

    from hotspot.domain import Domain

    triangle = shapely.Polygon([(0, 0), (200, 0), (0, 200)])
    domain = Domain.square(triangle, size=100, crs="EPSG:32616", time_zone="UTC", keep="centre")
    assert domain.area.sum() == pytest.approx(triangle.area)
    narrow = Domain.square(shapely.box(0, 0, 240, 100), size=100, crs="EPSG:32616", time_zone="UTC", keep="centre")
    history = History(narrow, incidents(["2024-01-15T12"] * 2, [50.0, 230.0], [50.0, 50.0]), cutoff="2024-03-01")
    scores = score(runs_of(history, np.ones((1, 1, 1, 2))), history, coverage=1.0)
    assert float(scores["incidents"].item()) == 2
    assert float(scores["hits"].item()) == 1
    assert float(scores["area"].item()) == 24000


def test_one_forecast_is_called_forecast(history):
    runs = runs_at_random(history, 9, models=1, issues=1)
    single = score(runs.isel(model=0, drop=True), history, coverage=0.1)
    assert single["model"].values.tolist() == ["forecast"]
    np.testing.assert_array_equal(single["hits"], score(runs, history, coverage=0.1)["hits"])


def test_lazy_runs_score_the_same(history):
    runs = runs_at_random(history, 10)
    xr.testing.assert_identical(
        score(runs.chunk(issue_time=1), history, coverage=0.1), score(runs, history, coverage=0.1)
    )


def test_what_is_known(domain):
    records = incidents(["2024-01-02T10", "2024-01-20T10"], [50, 50], [50, 50])
    assert complete_until(History(domain, records)) == np.datetime64("2024-01-21")
    assert complete_until(History(domain, records, latency="3D")) == np.datetime64("2024-01-21")
    assert complete_until(History(domain, records, latency="3D", cutoff="2024-01-18")) == np.datetime64("2024-01-15")
    with pytest.raises(InputError, match="no incident"):
        complete_until(History(domain, records.where(np.zeros(2, bool))))


def test_errors(domain, history):
    runs = runs_at_random(history, 12)
    late = runs_at_random(history, 12, start="2024-02-27")
    with pytest.raises(InputError, match=r"windows end after 2024-03-01T00:00 UTC.*issue 2024-02-29T00:00 lead 1"):
        score(late, history, coverage=0.1)
    with pytest.raises(InputError, match="windows end after 2024-01-20"):
        score(runs, history.as_of("2024-01-20"), coverage=0.1)
    with pytest.raises(InputError, match="30 cells, the History's domain 16"):
        score(runs, random_history(np.random.default_rng(0), square_domain()), coverage=0.1)
    with pytest.raises(InputError, match="runs forecast 'all', the History's target is 'burglary'"):
        score(runs, History(domain, history.incidents, target="burglary"), coverage=0.1)
    for coverage in ([], [0.1, 0.1], [0.0], [1.5]):
        with pytest.raises(InputError, match="0 < coverage <= 1"):
            score(runs, history, coverage=coverage)
    nothing = score(runs, history, coverage=[0.001])
    assert not nothing["flagged_area"].any()
    assert not nothing["hits"].any()
    with pytest.raises(SchemaError):
        score(runs.drop_vars("expected_count"), history)


def test_half_a_year_of_weekly_windows():
    domain = square_domain(100, 100, size=250.0)
    rng = np.random.default_rng(0)
    history = random_history(rng, domain, n=20000, days=365)
    runs = runs_of(history, rng.gamma(0.3, 0.1, (1, 26, 1, 10000)), days=7.0)
    scores = score(runs, history)
    assert scores["coverage"].values.tolist() == [0.01, 0.05]
    assert float(scores["incidents"].sum()) == pytest.approx(
        history.mass(*(np.array([t]) for t in (runs["valid_start"].values.min(), runs["valid_end"].values.max()))).sum()
    )
