"""Backtests: in memory, in a store, killed half-way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hotspot.errors import InputError, LeakageError, SchemaError
from hotspot.evaluate import backtest, score, select
from hotspot.evaluate import store as store_module
from hotspot.evaluate.store import group_path
from hotspot.incidents import Incidents
from hotspot.profile import Profile
from hotspot.schema import check_forecast
from hotspot.windows import Windows
from tests.evaluate.worlds import SEEN, Past, random_history, square_domain

WEEK = Windows("1D", leads=7)
ORIGINS = pd.date_range("2024-01-15", "2024-02-12", freq="7D")


@pytest.fixture(scope="module")
def history():
    return random_history(np.random.default_rng(1), square_domain(6, 5), n=900)


def fits(name="counts"):
    return len(SEEN[name].fits) if name in SEEN else 0


def test_runs_follow_the_schema(history):
    runs = backtest([Past(), Past(scale=2.0, name="twice")], history, ORIGINS, windows=WEEK, rng=7)
    check_forecast(runs)
    assert runs["model"].values.tolist() == ["counts", "twice"]
    assert dict(runs.sizes) == {"model": 2, "issue_time": 5, "lead": 7, "cell": 30}
    np.testing.assert_allclose(
        runs["expected_count"].sel(model="twice"), 2 * runs["expected_count"].sel(model="counts")
    )
    assert runs.attrs["seed"] == 7
    assert runs.attrs["total_area"] == history.domain.total_area
    for origin in (0, 3):
        past = history.as_of(runs["issue_time"].values[origin])
        alone = Past().fit(past, windows=WEEK).forecast(past)
        np.testing.assert_array_equal(runs["expected_count"][0, origin], alone["expected_count"][0])


def test_issue_times_are_civil_sorted_and_taken_once():
    history = random_history(np.random.default_rng(1), square_domain(zone="America/Chicago"))
    runs = backtest([Past()], history, ["2024-02-05", "2024-01-29", "2024-02-05"], windows=WEEK)
    expected = np.array(["2024-01-29T06", "2024-02-05T06"], "datetime64[us]")
    np.testing.assert_array_equal(runs["issue_time"].values, expected)
    utc = backtest([Past()], history, expected, windows=WEEK)
    xr.testing.assert_identical(runs, utc)


def test_a_store_gives_the_same_runs_lazily(history, tmp_path):
    models = [Past(), Past(floor=1.0, name="flat")]
    plain = backtest(models, history, ORIGINS, windows=WEEK, rng=7)
    stored = backtest(models, history, ORIGINS, windows=WEEK, rng=7, store=tmp_path)
    assert stored["expected_count"].chunks is not None
    assert stored["expected_count"].chunksizes["issue_time"] == (1,) * 5
    xr.testing.assert_equal(plain, stored.load())
    for name in ("issue_time", "valid_start", "valid_end", "cell", "area"):
        assert plain[name].dtype == stored[name].dtype
    xr.testing.assert_equal(score(plain, history, coverage=0.1), score(stored, history, coverage=0.1))
    np.testing.assert_array_equal(select(plain, coverage=0.1), select(stored, coverage=0.1))
    assert plain.attrs.items() <= stored.attrs.items()


def test_pieces_are_appended(history, tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "PIECE_BYTES", 8000)  # five forecasts in three pieces
    stored = backtest([Past()], history, ORIGINS, windows=WEEK, store=tmp_path)
    xr.testing.assert_equal(stored.load(), backtest([Past()], history, ORIGINS, windows=WEEK))


def test_a_group_made_from_the_same_inputs_is_used_again(history, tmp_path):
    calls = []
    backtest([Past()], history, ORIGINS, windows=WEEK, store=tmp_path)
    before = fits()
    again = backtest(
        [Past()], history, ORIGINS, windows=WEEK, store=tmp_path, progress=lambda *done: calls.append(done)
    )
    assert fits() == before
    assert calls == [(5, 5)]
    xr.testing.assert_equal(again.load(), backtest([Past()], history, ORIGINS, windows=WEEK))


def test_rows_known_later_do_not_matter_to_a_group(history, tmp_path):
    backtest([Past()], history.as_of("2024-02-20"), ORIGINS, windows=WEEK, store=tmp_path)
    before = fits()
    backtest([Past()], history, ORIGINS, windows=WEEK, store=tmp_path)
    assert fits() == before


@pytest.mark.parametrize(
    "change",
    [
        {"models": [Past(floor=0.5)]},
        {"windows": Windows("1D", leads=6)},
        {"issue_times": ORIGINS[:-1]},
        {"refit": "7D"},
        {"rng": 8},
        {"history": "fewer"},
        {"history": "weekly"},
        {"history": "declared"},
        {"history": "flagged"},
    ],
    ids=lambda change: "-".join(map(str, next(iter(change.items()))))[:20],
)
def test_a_group_made_from_other_inputs_is_replaced(history, tmp_path, change):
    given = {"models": [Past()], "history": history, "issue_times": ORIGINS, "windows": WEEK, "refit": "28D", "rng": 7}
    backtest(**given, store=tmp_path)
    if change == {"history": "fewer"}:
        records = history.incidents
        change = {"history": type(history)(history.domain, records.where(np.arange(len(records)) != 3))}
    elif change == {"history": "flagged"}:
        table = history.incidents.table.drop(columns="cell")
        flag = pd.array([True, None] * (len(table) // 2), dtype="boolean")
        table = table.assign(discovered=flag, source=pd.Categorical(["calls"] * len(table)))
        change = {"history": type(history)(history.domain, Incidents(table, history.domain.crs))}
    elif "history" in change:
        curve = np.r_[2.0, np.ones(167)] / 169
        spread = "weekly" if change["history"] == "weekly" else Profile({"burglary": curve}, "UTC")
        change = {"history": replace(history, spread=spread)}
    before = fits()
    runs = backtest(**{**given, **change}, store=tmp_path)
    assert fits() > before
    xr.testing.assert_equal(runs.load(), backtest(**{**given, **change}))
    assert len(list((tmp_path / "counts").iterdir())) == 1


def test_a_killed_run_leaves_the_old_group(history, tmp_path):
    class Killed(BaseException):
        """As the shell does it."""

    old = backtest([Past()], history, ORIGINS, windows=WEEK, store=tmp_path).load()

    def kill(done, total):
        if done == 3:
            raise Killed

    with pytest.raises(Killed):
        backtest([Past()], history, ORIGINS, windows=WEEK, refit="7D", store=tmp_path, progress=kill)
    assert [path.name for path in (tmp_path / "counts").iterdir()] == ["all"]
    again = backtest([Past()], history, ORIGINS, windows=WEEK, store=tmp_path)
    xr.testing.assert_identical(again.load(), old)
    with pytest.raises(Killed):
        backtest([Past(name="new")], history, ORIGINS, windows=WEEK, store=tmp_path, progress=kill)
    assert not group_path(tmp_path, "new", "all").exists()


def test_a_foreign_folder_is_not_overwritten(history, tmp_path):
    (tmp_path / "counts" / "all").mkdir(parents=True)
    (tmp_path / "counts" / "all" / "thesis.txt").write_text("dear")
    with pytest.raises(InputError, match="holds no Zarr group"):
        backtest([Past()], history, ORIGINS, windows=WEEK, store=tmp_path)
    assert (tmp_path / "counts" / "all" / "thesis.txt").read_text() == "dear"


def test_group_names_are_safe_and_apart(tmp_path):
    odd = ["../../etc", "a b", "a_b", "a/b", "", "ä" * 200, "."]
    paths = [group_path(tmp_path, name, "all") for name in odd]
    assert len(set(paths)) == len(odd)
    assert all(path.resolve().is_relative_to(tmp_path) and path.resolve() != tmp_path for path in paths)
    assert all(len(path.parent.name) < 100 for path in paths)
    assert group_path(tmp_path, "grid_etas", "burglary").parts[-2:] == ("grid_etas", "burglary")


def test_progress_counts_up(history):
    calls = []
    backtest(
        [Past(), Past(name="b")],
        history,
        ORIGINS,
        windows=WEEK,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(number, 10) for number in range(1, 11)]


def test_models_do_not_influence_each_other(history):
    both = backtest([Past(), Past(floor=1.0, name="flat")], history, ORIGINS, windows=WEEK, rng=3)
    swapped = backtest([Past(floor=1.0, name="flat"), Past()], history, ORIGINS, windows=WEEK, rng=3)
    xr.testing.assert_identical(both, swapped.sel(model=["counts", "flat"]))


class Broken(Past):
    """Gives what the schema forbids."""

    def fit(self, history, *, windows, rng=None):
        inner = super().fit(history, windows=windows, rng=rng)

        class Fitted:
            def forecast(self, history, *, state=None, rng=None):
                forecast = inner.forecast(history)
                return forecast if broken is None else broken(forecast)

        broken = {"negative": lambda f: f - 1, "cells": lambda f: f.isel(cell=slice(None, None, -1))}[self.name]
        return Fitted()


def test_errors(history):
    with pytest.raises(InputError, match="no model"):
        backtest([], history, ORIGINS, windows=WEEK)
    with pytest.raises(InputError, match="single model"):
        backtest(Past(), history, ORIGINS, windows=WEEK)
    with pytest.raises(InputError, match=r"\['counts'\] name more than one model"):
        backtest([Past(), Past(floor=1.0)], history, ORIGINS, windows=WEEK)
    with pytest.raises(InputError, match="no issue time"):
        backtest([Past()], history, [], windows=WEEK)
    with pytest.raises(LeakageError):
        backtest([Past()], history.as_of("2024-02-01"), ORIGINS, windows=WEEK)
    with pytest.raises(SchemaError, match="forecast of 'negative' at 2024-01-15"):
        backtest([Broken(name="negative")], history, ORIGINS, windows=WEEK)
    with pytest.raises(InputError, match="cells are not those of the domain"):
        backtest([Broken(name="cells")], history, ORIGINS, windows=WEEK)
