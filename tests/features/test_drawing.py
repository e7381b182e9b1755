"""Drawn rows: each as likely as the others of its kind, and together they stand for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.features import drawing
from hotspot.features.drawing import Labels, choose


class Made(Labels):
    """Labels in blocks of given lengths, some kept and some counted again."""

    def __init__(self, has: np.ndarray, lengths: list[int]) -> None:
        parts = np.split(has, np.cumsum(lengths)[:-1])
        self.found = [(np.flatnonzero(part), part[part > 0].astype(float)) for part in parts]
        self.positives = np.array([flat.size for flat, _ in self.found])
        self.rows = np.array(lengths)

    def block(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        return self.found[number]


@given(data=st.data(), lengths=st.lists(st.integers(1, 60), min_size=1, max_size=6), seed=st.integers(0, 1000))
def test_drawn_rows_stand_for_all(data, lengths: list[int], seed: int) -> None:
    total = sum(lengths)
    has = np.array(data.draw(st.lists(st.integers(0, 2), min_size=total, max_size=total)))
    max_rows = data.draw(st.integers(2, 2 * total + 2))
    flat, count, weight = choose(Made(has, lengths), max_rows, np.random.default_rng(seed))
    assert (np.diff(flat) > 0).all()
    assert flat.size == min(max_rows, total)
    np.testing.assert_array_equal(has[flat], count)
    if max_rows >= total:
        np.testing.assert_array_equal(weight, 1)
    if max_rows >= 2 * (has > 0).sum():  # every positive is kept
        assert (count > 0).sum() == (has > 0).sum()
    for kind, size in ((count > 0, (has > 0).sum()), (count == 0, (has == 0).sum())):
        assert kind.any() == (size > 0)  # no kind is lost
        assert weight[kind].sum() == pytest.approx(size)
    whole = choose(Made(has, [total]), max_rows, np.random.default_rng(seed))
    for ours, theirs in zip((flat, count, weight), whole, strict=True):  # blocks change nothing
        np.testing.assert_array_equal(ours, theirs)


def test_each_row_is_as_likely_as_the_others_of_its_kind() -> None:
    has, seen, trials = np.array([1, 0, 0, 1, 1, 0, 0, 0, 0, 3, 0, 0]), np.zeros(12), 3000
    for seed in range(trials):
        seen[choose(Made(has, [5, 7]), 6, np.random.default_rng(seed))[0]] += 1
    expected = np.where(has > 0, 3 / 4, 3 / 8) * trials
    assert (np.abs(seen - expected) < 3.3 * np.sqrt(expected * (1 - expected / trials))).all()


@given(seed=st.integers(0, 2**32 - 1))
def test_weighted_sums_are_right_on_average(seed: int) -> None:
    rng = np.random.default_rng(seed)
    has = rng.poisson(0.4, 40)
    value = rng.normal(size=40)  # any function of the row
    sums = []
    for child in range(200):
        flat, _, weight = choose(Made(has, [10, 30]), 12, np.random.default_rng([seed, child]))
        sums.append(weight @ value[flat])
    error = np.std(sums, ddof=1) / np.sqrt(len(sums))
    assert abs(np.mean(sums) - value.sum()) < 5 * error + 1e-9  # 5: hypothesis looks at many seeds


@pytest.mark.parametrize("size", [0, 1, 30, 999, 1200, 1999, 2000])
def test_ranks_of_many_rows(size: int, monkeypatch) -> None:
    monkeypatch.setattr(drawing, "SHUFFLED", 100)
    seen = np.zeros(2000)
    for seed in range(50):
        ranks = drawing._ranks(2000, size, np.random.default_rng(seed))
        assert ranks.size == size
        assert (np.diff(ranks) > 0).all()
        seen[ranks] += 1
    halves = seen[:1000].sum(), seen[1000:].sum()
    assert abs(halves[0] - halves[1]) <= 3.3 * 2 * np.sqrt(50 * size * (1 - size / 2000) / 4 + 1e-9)
